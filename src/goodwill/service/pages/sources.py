"""Sources: how each is, what came in without one, files that were brought, and the ways to bring more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q, Sum
from django.http import HttpResponse
from django.shortcuts import render

from goodwill.service import intake
from goodwill.service.ops.invitations import base_address
from goodwill.service.pages import imports
from goodwill.service.pages.needs import needs
from goodwill.service.pages.source_words import sparkline, state_of
from goodwill.service.sources import health
from goodwill.service.store.models import Batch, Source, Token, Unread

if TYPE_CHECKING:
    from django.http import HttpRequest

LATEST = 5_000
"""Deliveries that the figures are of: so that the page costs the same after years."""
MOST = 500
"""Sources on one page."""


@needs("analyst")
def sources(request: HttpRequest) -> HttpResponse:
    """The list."""
    return page(request)


def page(request: HttpRequest, problem: str = "") -> HttpResponse:
    unread = dict(
        Unread.objects.filter(settled__isnull=True).order_by().values_list("source").annotate(number=Count("pk"))
    )
    connected = _connected(unread)
    rows, since = came_in({row["health"].name for row in connected})
    _with_unread(rows, unread)
    context = {
        "connected": connected,
        "wrong": sum(row["state"].tone == "debit" for row in connected),
        "rows": rows,
        "since": since,
        "latest": LATEST,
        "backlog": intake.backlog(),
        "unread": sum(unread.values()),
        "base": base_address().rstrip("/"),
        "tokens": Token.objects.filter(revoked__isnull=True).exists(),
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "problem": problem,
        "imports": imports.latest(),
    }
    return render(request, "sources/sources.html", context, status=422 if problem else 200)


def _connected(unread: dict[str, int]) -> list[dict[str, Any]]:
    """Every source that was connected, those with something wrong first."""
    known = {row.name: row for row in Source.objects.order_by("name")[:MOST]}
    rows = [
        {
            "health": one,
            "state": state_of(one, known[one.name]),
            "volume": sum(one.volume),
            "days": sparkline(one.volume),
            "unread": unread.get(one.name, 0),
        }
        for one in health.healths(known.values())
    ]
    return sorted(rows, key=lambda row: (row["state"].tone != "debit", row["health"].name))


def came_in(known: set[str]) -> tuple[list[dict[str, Any]], Any]:
    """What came without a connected source, by its own name and sender, and since when these are (None: since ever)."""
    last = Batch.objects.aggregate(last=Max("pk"))["last"] or 0
    latest = Batch.objects.filter(pk__gt=last - LATEST)
    waits = Q(state=Batch.WAITING)
    rows = [
        {**row, "name": row["source"] or row["token"] or "no name"}
        for row in latest.exclude(source__in=known)
        .order_by()
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


def _with_unread(rows: list[dict[str, Any]], unread: dict[str, int]) -> None:
    """What could not be read, once for each name, whoever sent it."""
    named: set[str] = set()
    for row in rows:
        row["unread"] = unread.get(row["source"], 0) if row["source"] not in named else 0
        named.add(row["source"])
