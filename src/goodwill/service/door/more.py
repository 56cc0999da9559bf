"""Older things of one kind, page by page: what does not fit on the page of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404

from goodwill.service import holdings
from goodwill.service.door import entry, shown
from goodwill.service.door.frame import show
from goodwill.service.door.home import LOOKED, looked_at
from goodwill.service.pages.paging import number_of
from goodwill.service.store.models import Reading

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

A_PAGE = LOOKED
KINDS = {
    "said": ("What you said", "messages", shown.PROVIDED),
    "bought": ("What you bought", "purchases", shown.OBSERVED),
    "answers": ("Your answers to surveys", "responses", shown.PROVIDED),
    "ideas": ("Your ideas and help", "contributions", shown.PROVIDED),
    "events": ("What happened", "events", shown.OBSERVED),
    "done": ("What we did for you", "actions", shown.OBSERVED),
    "notes": ("What we wrote down", "answers_and_notes", shown.OBSERVED),
    "waiting": ("What waits for us, and what waited", "cases", shown.INFERRED),
    "corrected": ("What was put right", "corrections", shown.PROVIDED),
    "looked": ("Who looked at it", "looks", shown.OBSERVED),
}
"""Each kind by its place on the page of everything: its name, its part of what is held, and how we came to it."""


@entry.visitor
def more(request: HttpRequest, customer_id: str, kind: str) -> HttpResponse:
    """One page of one kind, the latest first."""
    if kind not in KINDS:
        raise Http404("no such kind")
    name, part, origin = KINDS[kind]
    page = max(1, number_of(request.GET.get("page")) or 1)
    first = min((page - 1) * A_PAGE, 10**9)
    rows = looked_at(customer_id, first) if part == "looks" else holdings.some(customer_id, part, first, A_PAGE + 1)
    return show(
        request,
        "more",
        here="door" if part == "looks" else "held",
        name=name,
        kind=kind,
        part=part,
        origin=origin,
        at_page=page,
        first=first + 1,
        last=first + len(rows[:A_PAGE]),
        rows=_said(part, rows[:A_PAGE]),
        older=page + 1 if len(rows) > A_PAGE else 0,
    )


def _said(part: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as the page says them."""
    if part == "messages":
        return shown.messages(_read(rows))
    in_words = {
        "actions": shown.actions,
        "answers_and_notes": shown.notes,
        "cases": shown.cases,
        "corrections": shown.corrections,
    }
    return in_words[part](rows) if part in in_words else rows


def _read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages with how each was read."""
    wanted = ("mood", "p_negative", "p_positive", "intents", "topics", "corrected")
    found = Reading.objects.filter(message_id__in=[row["message_id"] for row in rows]).values("message_id", *wanted)
    read = {one["message_id"]: one for one in found}
    return [{**row, **read.get(row["message_id"], dict.fromkeys(wanted))} for row in rows]
