"""What comes round by itself. Any number of tickers may run: a turn is taken by one compare-and-set, and comes once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from goodwill.service.jobs.queue import add
from goodwill.service.jobs.registry import kinds
from goodwill.service.store.models import Schedule

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from goodwill.service.jobs.registry import Kind


def set_up(now: datetime | None = None) -> None:
    """A row for every job that comes round; one whose times have changed since is put right, `paused` is kept."""
    now = now or datetime.now(UTC)
    zone = _zone()
    for one in kinds().values():
        if one.every is None and one.at_hour is None:
            continue
        wanted = {"every_seconds": one.every, "at_hour": one.at_hour}
        row, made = Schedule.objects.get_or_create(name=one.name, defaults={**wanted, "next": _first(one, now, zone)})
        if not made and (row.every_seconds, row.at_hour) != (one.every, one.at_hour):
            Schedule.objects.filter(name=one.name).update(**wanted, next=_first(one, now, zone))


def tick(now: datetime | None = None) -> int:
    """Adds the jobs whose time has come; how many. A turn that was missed while nobody ticked is made up for once."""
    now = now or datetime.now(UTC)
    known = kinds()
    added = 0
    for row in Schedule.objects.filter(paused=False, next__lte=now).order_by("name"):
        if row.name not in known:
            continue  # from a version that had this job
        with transaction.atomic():
            mine = Schedule.objects.filter(name=row.name, next=row.next, paused=False).update(
                next=after(row.every_seconds, row.at_hour, now, _zone())
            )
            if mine:
                add(row.name, once=f"schedule: {row.name}")
                added += 1
    return added


def after(every_seconds: int | None, at_hour: int | None, now: datetime, zone: ZoneInfo) -> datetime:
    """When it comes round next: after so many seconds, or at that hour of the next day that has it.

    >>> from zoneinfo import ZoneInfo
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> after(None, 3, noon, ZoneInfo("Europe/Zurich")).isoformat()
    '2026-07-02T01:00:00+00:00'
    >>> after(30, None, noon, ZoneInfo("UTC")).isoformat()
    '2026-07-01T12:00:30+00:00'
    """
    if at_hour is None:
        return now + timedelta(seconds=every_seconds or 3600)
    local = now.astimezone(zone)
    day = local.date() if local.hour < at_hour else local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, at_hour, tzinfo=zone).astimezone(UTC)


def _first(one: Kind, now: datetime, zone: ZoneInfo) -> datetime:
    return now if one.every is not None else after(None, one.at_hour, now, zone)


def _zone() -> ZoneInfo:
    from goodwill.service.live import firm

    found: ZoneInfo = firm().zone
    return found
