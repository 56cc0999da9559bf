"""Their terms: purpose by purpose, each with what it rests on; one click to object; the signed records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect

from goodwill.facts import PURPOSES
from goodwill.service import terms
from goodwill.service.door import budget, entry
from goodwill.service.door.frame import show
from goodwill.service.door.words import ALLOWED, GROUNDS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

OBJECTED = ("value me", "tell me news")
"""What one click says no to (GDPR art. 21 (1) and (2))."""


@entry.visitor
def allowed(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page, and what it sends. A box is ticked beforehand only where the purpose holds already; none that needs a
    yes is ever ticked for them."""
    if request.method == "POST":
        if request.POST.get("object"):
            kept = [one for one in terms.state(customer_id)["purposes"] if one not in OBJECTED]
            terms.set(customer_id, kept, None, entry.CUSTOMER)
            messages.success(request, "Done: nobody adds up what you give, and you get no news.")
        elif request.POST.get("quote") in ("yes", "no"):
            _may_we_quote(request, customer_id, request.POST["quote"] == "yes")
        else:
            chosen = [one for one in PURPOSES if one in request.POST.getlist("purpose")]
            terms.set(customer_id, chosen, None, entry.CUSTOMER)
            messages.success(request, "Kept. It counts from now on.")
        return redirect("door-allowed")
    state = terms.state(customer_id)
    rows = [
        {
            **one,
            "name": ALLOWED[one["purpose"]][0],
            "says": ALLOWED[one["purpose"]][1],
            "ground_said": GROUNDS[one["ground"]],
        }
        for one in state["answers"]
    ]
    objects = any(one in OBJECTED for one in state["purposes"])
    records = terms.records(customer_id)
    return show(
        request,
        "allowed",
        here="allowed",
        state=state,
        rows=rows,
        objects=objects,
        records=records,
        may_we_quote=budget.asked_to_be_quoted(customer_id),
    )


def _may_we_quote(request: HttpRequest, customer_id: str, yes: bool) -> None:
    """Their answer where we asked leave to quote them; all else stays as it was."""
    held = [one for one in terms.state(customer_id)["purposes"] if one != budget.QUOTE_ME]
    terms.set(customer_id, [*held, *[budget.QUOTE_ME] * yes], None, entry.CUSTOMER)
    messages.success(
        request, "Thank you. You can take it back here at any time." if yes else "Kept. We will not ask again."
    )
