"""Sources: what came in, from where, when last, what waits, what could not be read; and two ways to bring more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q, Sum
from django.http import HttpResponse
from django.shortcuts import render

from goodwill.service import intake
from goodwill.service.ops.invitations import base_address
from goodwill.service.pages.needs import needs
from goodwill.service.store.models import Batch, Source, Token, Unread

if TYPE_CHECKING:
    from django.http import HttpRequest

LATEST = 5_000
"""Deliveries that the figures are of: so that the page costs the same after years."""


@needs("analyst")
def sources(request: HttpRequest) -> HttpResponse:
    """The list."""
    return page(request)


def page(request: HttpRequest, problem: str = "") -> HttpResponse:
    rows, since = came_in()
    known = {row.name: row for row in Source.objects.order_by("name")[:500]}
    unread = dict(
        Unread.objects.filter(settled__isnull=True).order_by().values_list("source").annotate(number=Count("pk"))
    )
    for name in known:
        if not any(row["source"] == name for row in rows):
            rows.append({"source": name, "token": "", "name": name})
    named: set[str] = set()
    for row in rows:
        row["known"] = known.get(row["source"])
        row["unread"] = unread.get(row["source"], 0) if row["source"] not in named else 0
        named.add(row["source"])
    context = {
        "rows": rows,
        "since": since,
        "latest": LATEST,
        "backlog": intake.backlog(),
        "unread": sum(unread.values()),
        "base": base_address().rstrip("/"),
        "tokens": Token.objects.filter(revoked__isnull=True).exists(),
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "problem": problem,
    }
    return render(request, "sources/sources.html", context, status=422 if problem else 200)


def came_in() -> tuple[list[dict[str, Any]], Any]:
    """What the latest deliveries brought, by source and sender; and since when these are (None: since ever)."""
    last = Batch.objects.aggregate(last=Max("pk"))["last"] or 0
    latest = Batch.objects.filter(pk__gt=last - LATEST)
    waits = Q(state=Batch.WAITING)
    rows = [
        {**row, "name": row["source"] or row["token"] or "no name"}
        for row in latest.order_by()
        .values("source", "token")
        .annotate(
            deliveries=Count("pk"),
            sent=Sum("rows"),
            new=Sum("stored"),
            last=Max("received"),
            waiting=Sum("rows", filter=waits),
            waiting_since=Min("received", filter=waits),
            failed=Count("pk", filter=Q(state=Batch.FAILED)),
        )
    ]
    rows.sort(key=lambda row: (row["last"], row["name"]), reverse=True)
    first = latest.order_by("pk").values_list("received", flat=True).first() if last > LATEST else None
    return rows[:200], first
