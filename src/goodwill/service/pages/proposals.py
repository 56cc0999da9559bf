"""Proposals: what agent programs (MCP) would do, waiting until a person accepts or declines it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service.deeds import Overtaken, settle
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.models import FACTS, Proposal, Reading

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 25
SETTLED = 15
WORDS = {"answer": "an answer", "thanks": "thanks", "correction": "a correction"}


@needs("agent")
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; below it what was settled last."""
    return _page(request)


def _page(request: HttpRequest, wrong: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    waiting = Proposal.objects.filter(state=settle.WAITING)
    settled = Proposal.objects.exclude(state=settle.WAITING).select_related("settled_by").order_by("-settled_at")
    rows = list(waiting.order_by("at", "pk")[:PAGE])
    return render(
        request,
        "proposals/proposals.html",
        {
            "rows": _shown(rows),
            "number": waiting.count(),
            "settled": [{"one": one, "kind": WORDS.get(one.kind, one.kind)} for one in settled[:SETTLED]],
            "wrong": wrong or {},
            "wrong_elsewhere": wrong is not None and wrong["id"] not in [row.pk for row in rows],
        },
        status=status,
    )


def _shown(rows: list[Proposal]) -> list[dict[str, Any]]:
    """Each proposal beside what was said, and beside what is understood of it now."""
    ids = [row.message_id for row in rows if row.message_id]
    said = {one.fact_key: one for one in FACTS["messages"].objects.filter(fact_key__in=ids)}
    read = {one.message_id: one for one in Reading.objects.filter(message_id__in=ids)}
    return [
        {
            "one": row,
            "kind": WORDS.get(row.kind, row.kind),
            "message": said.get(row.message_id),
            "now": _now(read.get(row.message_id), row.what.get("field", "")),
        }
        for row in rows
    ]


def _now(reading: Reading | None, field: str) -> str:
    """What the reading says in the field that a correction would change."""
    value = getattr(reading, field, None) if reading and field else None
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@require_POST
@needs("agent")
def settling(request: HttpRequest) -> HttpResponse:
    """Accepts it, in the words as they stand in the form, or declines it."""
    number = number_of(request.POST.get("proposal")) or 0
    try:
        if request.POST.get("act") == "accept":
            again = request.POST.get("again") == "1"
            done = settle.accept(request.user, number, request.POST.get("text"), again=again)  # type: ignore[arg-type]
            messages.success(request, "Accepted, and recorded as yours.", extra_tags=str(done.pk))
        else:
            settle.decline(request.user, number)  # type: ignore[arg-type]
            messages.success(request, "Declined.")
    except GoodwillError as refused:
        words = f"{refused.what}{f': {refused.mend}' if refused.mend else ''}."
        wrong = {"id": number, "words": words, "again": isinstance(refused, Overtaken)}
        wrong["text"] = request.POST.get("text", "")
        return _page(request, wrong, 409 if wrong["again"] else 422)
    return redirect("proposals")
