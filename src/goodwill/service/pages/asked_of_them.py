"""What we ask of a customer from their page: leave to quote them, or to come. It is one budget with surveys, and stands
at their door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from goodwill.service.door import budget
from goodwill.service.door.letters import asks_by_letter, tell_asked
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.live.asked import DAYS
from goodwill.service.pages import holdings
from goodwill.service.pages.addresses import customer_url
from goodwill.service.pages.back import back_to
from goodwill.service.pages.needs import needs
from goodwill.service.store.models import Asking

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

QUOTE, INVITATION = Asking.QUOTE, Asking.INVITATION
SAID = {Asking.SURVEY: "a survey", QUOTE: "leave to quote them", INVITATION: "an invitation"}
LONGEST = 300
SHOWN = 5


def shown(customer_id: str, ids: list[str]) -> dict[str, Any]:
    """What the customer's page shows: the budget, what was asked, and why they may not be asked where they may not."""
    since = datetime.now(UTC) - timedelta(days=DAYS)
    rows = Asking.objects.filter(customer_id__in=ids, at__gte=since).order_by("-at", "-id")[:SHOWN]
    return {
        "budget": budget.of(customer_id),
        "days": DAYS,
        "rows": [{"one": row, "says": SAID[row.kind]} for row in rows],
        "not_quote": budget.why_not(customer_id, QUOTE),
        "not_invite": budget.why_not(customer_id, INVITATION),
        "longest": LONGEST,
    }


@require_POST
@needs("agent")
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for something, where the budget lets us."""
    given = request.POST.get("customer", "").replace("\x00", "")
    person, kind = people.person_of(given), request.POST.get("kind", "")
    ids = holdings.ids_of(person)
    if not given or kind not in (QUOTE, INVITATION) or not holdings.is_known(ids, person):
        raise Http404("nobody is called so, or no such ask")
    words = " ".join(request.POST.get("words", "").replace("\x00", "").split())[:LONGEST]
    if holdings.person(ids, person)["kind"] == "organisation":
        messages.error(request, "Not asked: an organisation has no door. Ask one of its people.")
    elif kind == INVITATION and not words:
        messages.error(request, "Not asked: write to what they are invited.")
    else:
        _ask(request, person, kind, words if kind == INVITATION else "")
    return redirect(back_to(request, customer_url(person)))


def _ask(request: HttpRequest, person: str, kind: str, words: str) -> None:
    try:
        left = budget.ask(person, kind, request.user, words).left  # type: ignore[arg-type]
    except Refused as refused:
        messages.error(request, f"Not asked: {refused.what}.")
        return
    told = "It stands at their door"
    if asks_by_letter(person):
        tell_asked(person)
        told += ", and a letter says that it does"
    messages.success(request, f"Asked. {told}. {left or 'None'} left for now.")
