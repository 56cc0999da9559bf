"""Requests: what customers ask for by law, the clock from receipt, and one button for the answer to each."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import live, requests
from goodwill.service.api import finding
from goodwill.service.live import people
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Request

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SETTLED = 50
NAMES = {
    "access": "Access",
    "rectify": "Correction",
    "erase": "Erasure",
    "restrict": "Restriction",
    "portability": "Taking along",
    "object": "Objection",
}
BUTTONS = {
    "access": "Answer with the file",
    "rectify": "Say it is corrected",
    "erase": "Erase them",
    "restrict": "Restrict it",
    "portability": "Answer with the file",
    "object": "Heed the objection",
}


@needs("agent")
def requests_page(request: HttpRequest) -> HttpResponse:
    """What is open, the one that is due first on top; what was settled last below."""
    return _page(request)


def _page(
    request: HttpRequest, wrong: str = "", given: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    opened = list(Request.objects.filter(state=Request.OPEN).order_by("due", "number"))
    settled = list(Request.objects.exclude(state=Request.OPEN).order_by("-answered", "number")[:SETTLED])
    names = _names([*opened, *settled])
    return render(
        request,
        "requests/requests.html",
        {
            "opened": [_shown(row, names) for row in opened],
            "settled": [_shown(row, names) for row in settled],
            "late": sum(row.due < datetime.now(UTC) for row in opened),
            "kinds": [(kind, f"{NAMES[kind]}: {words}") for kind, words in requests.KINDS.items()],
            "wrong": wrong,
            "given": given or {},
        },
        status=status,
    )


def _names(rows: list[Request]) -> dict[str, str]:
    ids = {row.customer_id for row in rows if row.customer_id}
    return dict(FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"))


def _shown(row: Request, names: dict[str, str]) -> dict[str, Any]:
    who = "somebody who was erased" if row.customer_id is None else names.get(row.customer_id) or row.customer_id
    return {"one": row, "who": who, "kind": NAMES[row.kind], "late": row.due < datetime.now(UTC)}


@needs("agent")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One request with its steps, and what may be done."""
    return _one(request, number)


def _one(request: HttpRequest, number: str, wrong: str = "", status: int = 200) -> HttpResponse:
    row = Request.objects.filter(number=number).first()
    if row is None:
        raise Http404("no such request")
    if row.customer_id:
        record(request.user, "seen", customer_id=row.customer_id, what=f"request {number}", purpose="their request")  # type: ignore[arg-type]
    given = {
        **_shown(row, _names([row])),
        "row": row,
        "words": requests.KINDS[row.kind],
        "does": requests.DOES[row.kind],
        "button": BUTTONS[row.kind],
        "file": row.kind in ("access", "portability") and row.customer_id,
        "steps": [{**step, "at": datetime.fromisoformat(step["at"])} for step in row.steps],
        "open": row.state == Request.OPEN,
        "may": request.user.may("admin"),  # type: ignore[union-attr]
        "wrong": wrong,
    }
    return render(request, "requests/one.html", given, status=status)


@require_POST
@needs("agent")
def take_in(request: HttpRequest) -> HttpResponse:
    """A request that came by letter, mail or telephone; its clock runs from the day on which it came."""
    given = {
        name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("kind", "customer", "words", "day")
    }
    try:
        person = people.person_of(given["customer"]) if given["customer"] else ""
        if not person or not finding.exists(person):
            raise GoodwillError("nobody is called so", where="customer", mend="write the id from the customer’s page")
        row = requests.open(
            given["kind"],
            person,
            request.user,  # type: ignore[arg-type]
            given["words"],
            received=_day(given["day"]),
            identity=request.POST.get("identity", "").strip(),
        )
    except GoodwillError as refused:
        return _page(request, f"{refused.what}{f': {refused.mend}' if refused.mend else ''}.", given, 422)
    messages.success(request, "It is in the queue; a month runs from its receipt.")
    return redirect("request", number=row.number)


def _day(written: str) -> datetime | None:
    if not written:
        return None
    try:
        day = datetime.fromisoformat(written).date()
    except ValueError as wrong:
        raise GoodwillError(f"{written[:20]!r} is no day", where="day", mend="write it as 2026-11-22") from wrong
    at = datetime.combine(day, time(), live.firm().zone).astimezone(UTC)
    return at if day != datetime.now(live.firm().zone).date() else None


@require_POST
@needs("agent")
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Notes how their identity was checked; an admin answers, takes longer, or refuses."""
    wanted, text = request.POST.get("act", ""), request.POST.get("text", "").replace("\x00", "")
    if wanted != "identity" and not request.user.may("admin"):  # type: ignore[union-attr]
        return render(request, "403.html", {"role": "admin"}, status=403)
    who: Any = request.user
    try:
        if wanted == "identity":
            requests.check_identity(number, text, who)
            said = "Noted how it was made sure that it is they."
        elif wanted == "extend":
            said = f"Two months more: due {requests.extend(number, text, who).due:%-d %B %Y}. Tell them why."
        elif wanted == "refuse":
            requests.settle(number, text, who, state=Request.REFUSED)
            said = "Refused. Tell them why, and that they may complain to the authority."
        elif wanted == "fulfil":
            requests.fulfil(number, who, text.strip())
            said = "Done, and settled."
        else:
            raise Http404("no such act")
    except GoodwillError as refused:
        if not Request.objects.filter(number=number).exists():
            raise Http404("no such request") from refused
        return _one(request, number, f"{refused.what}{f': {refused.mend}' if refused.mend else ''}.", 422)
    messages.success(request, said)
    return redirect("request", number=number)
