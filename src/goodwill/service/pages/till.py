"""The till: a shopper says a handle of their own, the page says what the firm's rule gives them, and why.

What is typed is hashed here, on the server: the key never reaches a browser. What was typed is not kept, not logged and
not shown again, so the next in the queue reads nobody's address on the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from goodwill.engage.recognition import reason
from goodwill.errors import GoodwillError
from goodwill.service import live, recognise
from goodwill.service.pages.needs import needs

if TYPE_CHECKING:
    from django.http import HttpRequest

KINDS = (("email", "E-mail"), ("phone", "Phone"), ("card", "Card"))


@never_cache
@needs("agent")
def till(request: HttpRequest) -> HttpResponse:
    """The form; after it was sent, the answer above it."""
    given: dict[str, Any] = {"kinds": KINDS, "kind": "email", "rules": _rules()}
    if request.method == "POST":
        given |= _answer(request)
    return render(request, "till/till.html", given, status=given.pop("status", 200))


def _rules() -> list[tuple[str, str, str]]:
    """Each rule as it is published: its name, what it gives, and for what."""
    return [
        (rule.name, rule.perk, ", or ".join(reason(act).removeprefix("Thank you ").rstrip(".") for act in rule.acts))
        for rule in live.firm().perks
    ]


def _answer(request: HttpRequest) -> dict[str, Any]:
    kind = request.POST.get("kind", "")
    kind = kind if kind in dict(KINDS) else "email"
    handle = request.POST.get("handle", "").replace("\x00", "").strip()[:254]
    try:
        found = recognise.recognise(kind, recognise.hash_of(kind, handle), request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        status = getattr(refused, "status", 422)
        return {"kind": kind, "problem": f"{refused.what}; {refused.mend}", "status": status}
    return {"kind": kind, "asked": True, "perk": found.perk, "reason": found.reason}
