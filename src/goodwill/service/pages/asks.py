"""Asks: what customers said at their own door that they look for. It is read to be answered, and used for nothing else:
it is in no export, no list of customers and no API, and is gone on the day that they chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from goodwill.service import jobs
from goodwill.service.live import people
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Ask, Audit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

PAGE = 25
ANSWERED = 15
LONGEST = 5_000
LETTER = "an ask was answered"
"""The job (door.letters) that tells the customer so."""
READ = "read asks"
OFTEN = timedelta(hours=1)
"""Who reads the list again within so long reads it once, for the log."""


@needs("agent")
def asks(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the soonest over first; below it what was answered last."""
    return _page(request)


def _page(request: HttpRequest, wrong: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    now = Ask.objects.filter(expires__gte=datetime.now(UTC).date())
    waiting = now.filter(state=Ask.OPEN)
    rows = list(waiting.order_by("expires", "pk")[:PAGE])
    answered = list(now.filter(state=Ask.ANSWERED).order_by("-answered", "-pk")[:ANSWERED])
    _written_down(request, [*rows, *answered])
    names = _names([*rows, *answered])
    return render(
        request,
        "asks/asks.html",
        {
            "rows": [{"one": row, "name": names.get(row.customer_id, "")} for row in rows],
            "answered": [{"one": row, "name": names.get(row.customer_id, "")} for row in answered],
            "number": waiting.count(),
            "wrong": wrong or {},
        },
        status=status,
    )


def _names(rows: Iterable[Ask]) -> dict[str, str]:
    persons = people.persons_of(row.customer_id for row in rows)
    ids = people.ids_of(sorted(set(persons.values()))) if persons else {}
    found: dict[str, str] = {}
    for key, name in FACTS["people"].objects.filter(fact_key__in=sorted(ids)).values_list("fact_key", "name"):
        if name:
            found.setdefault(ids[key], name)
    return {given: found.get(person, "") for given, person in persons.items()}


def _written_down(request: HttpRequest, rows: Iterable[Ask]) -> None:
    """Each of whom something was read has a line of it in their log."""
    wanted = {row.customer_id for row in rows}
    lately = Audit.objects.filter(act=READ, who=request.user.email, at__gt=timezone.now() - OFTEN)  # type: ignore[union-attr]
    wanted -= set(lately.filter(customer_id__in=wanted).values_list("customer_id", flat=True))
    for one in sorted(wanted):
        record(request.user, READ, customer_id=one, purpose="answer me")  # type: ignore[arg-type]


@require_POST
@needs("agent")
def answer(request: HttpRequest) -> HttpResponse:
    """Answers an ask. It stands at their door, and a letter tells them so."""
    number, text = number_of(request.POST.get("ask")) or 0, request.POST.get("text", "").replace("\x00", "").strip()
    if not text:
        return _page(request, {"id": number, "words": "Write the answer."}, 422)
    today = datetime.now(UTC).date()
    with transaction.atomic():
        row = Ask.objects.filter(pk=number, expires__gte=today).first()
        given = {"answer": text[:LONGEST], "answered": timezone.now(), "answered_by": request.user.email}  # type: ignore[union-attr]
        done = Ask.objects.filter(pk=number, expires__gte=today, state=Ask.OPEN).update(state=Ask.ANSWERED, **given)
        if row is None or not done:
            return _page(request, {"id": 0, "words": "It was answered, taken back or has ended meanwhile."}, 409)
        record(request.user, "answered an ask", customer_id=row.customer_id, purpose="answer me")  # type: ignore[arg-type]
        jobs.add(LETTER, ask=row.pk, once=f"{LETTER} {row.pk}")
    messages.success(request, "Answered. It stands at their door.")
    return redirect("asks")
