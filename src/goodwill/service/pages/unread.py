"""Could not read: each fact that came and could not be stored, why, and how to mend it; sent in again or put aside."""

from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count
from django.db.models.functions import Length, Substr
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import intake
from goodwill.service.intake.unread import replay
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import Unread

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

PAGE = 50
SHOWN = 4_000
"""Letters of a row that are shown; a longer one is mended where it came from."""
MOST = 5_000
FILTERS = ("table", "source", "reason")


@needs("agent")
def unread(request: HttpRequest) -> HttpResponse:
    """The list, the latest first."""
    return _page(request)


def _page(request: HttpRequest, wrong: dict[str, Any] | None = None) -> HttpResponse:
    filters = _filters(request.GET)
    found = chosen(filters)
    before = number_of(request.GET.get("before"))
    rows = list(
        (found.filter(pk__lt=before) if before else found)
        .order_by("-pk")
        .defer("row")
        .annotate(shown=Substr("row", 1, SHOWN), size=Length("row"))[: PAGE + 1]
    )
    kinds = (
        Unread.objects.filter(settled__isnull=True)
        .order_by()
        .values("table", "source", "reason")
        .annotate(number=Count("pk"))
        .order_by("-number", "table", "source", "reason")[:30]
    )
    context = {
        "rows": [
            {"one": row, "whole": row.size <= SHOWN, "text": _written(row.shown) if row.size <= SHOWN else row.shown}
            for row in rows[:PAGE]
        ],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "filters": filters,
        "kinds": [
            {
                **kind,
                "href": "?" + urllib.parse.urlencode({name: kind[name] for name in FILTERS}),
                "here": all(kind[name] == filters.get(name) for name in FILTERS),
            }
            for kind in kinds
        ],
        "number": found.count(),
        "most": MOST,
        "wrong": wrong or {},
    }
    return render(request, "unread/unread.html", context, status=422 if wrong else 200)


def _filters(query: Any) -> dict[str, str]:
    return {name: query[name][:500].replace("\x00", "") for name in FILTERS if name in query}


def chosen(filters: dict[str, str]) -> QuerySet[Unread]:
    """What nobody has settled, as the filters keep it."""
    return Unread.objects.filter(settled__isnull=True, **filters)


def _written(row: str) -> str:
    """A row as a person reads it."""
    try:
        return json.dumps(json.loads(row), ensure_ascii=False, indent=1)
    except ValueError:
        return row


@require_POST
@needs("agent")
def settle(request: HttpRequest) -> HttpResponse:
    """Sends in again, or puts aside, the rows that were ticked, or all that the filter keeps."""
    filters = _filters(request.POST)
    if request.POST.get("all"):
        ids = list(chosen(filters).order_by("pk").values_list("pk", flat=True)[:MOST])
    else:
        ids = [number for given in request.POST.getlist("id") if (number := number_of(given))]
    act = request.POST.get("act", "")
    if act not in ("replay", "aside") or not ids:
        messages.error(request, "Nothing was chosen. Tick some rows first.")
    elif act == "replay":
        number = intake.replay(ids)
        record(request.user, "sent in again", what=f"{number} unread")  # type: ignore[arg-type]
        messages.success(request, f"{number:,} sent in again; what still cannot be read comes back here.")
    else:
        number = intake.put_aside(ids)
        record(request.user, "put aside", what=f"{number} unread")  # type: ignore[arg-type]
        messages.success(request, f"{number:,} put aside.")
    query = urllib.parse.urlencode(filters)
    return redirect(reverse("unread") + (f"?{query}" if query else ""))


@require_POST
@needs("agent")
def mend(request: HttpRequest) -> HttpResponse:
    """Sends one row in again as a person wrote it."""
    number, text = number_of(request.POST.get("id")) or 0, request.POST.get("row", "")
    problem = ""
    try:
        row = json.loads(text)
        if not isinstance(row, dict):
            problem = "One row is one object: {…}."
    except (ValueError, RecursionError) as wrong:
        problem = f"This is no JSON: {wrong}."
    if not problem:
        try:
            done = replay([number], {number: row})
        except GoodwillError as refused:
            problem, done = str(refused), 0
        if not problem and not done:
            messages.error(request, "Somebody has settled this row meanwhile.")
            return redirect("unread")
    if problem:
        return _page(request, {"id": number, "problem": problem, "text": text})
    record(request.user, "mended a row", what=f"unread {number}")  # type: ignore[arg-type]
    messages.success(request, "Sent in again as you wrote it.")
    return redirect("unread")
