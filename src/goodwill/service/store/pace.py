"""No more than so many in a stretch of time, counted in the database: one statement, exact over all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from goodwill.service.store.models import Pace


def count(what: str, stretch: timedelta, now: datetime | None = None) -> int:
    """Counts one more, and gives how many there are in this stretch of the clock."""
    now = now or datetime.now(UTC)
    seconds = int(stretch.total_seconds())
    begun = int(now.timestamp()) // seconds * seconds
    name = f"{what[:150]}|{seconds}|{begun}"
    ends = connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(begun + seconds, UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pace (name, count, ends) VALUES (%s, 1, %s)"
            " ON CONFLICT (name) DO UPDATE SET count = pace.count + 1 RETURNING count",
            [name, ends],
        )
        return int(cursor.fetchone()[0])


def ends_in(stretch: timedelta, now: datetime | None = None) -> int:
    """In how many seconds the present stretch is over."""
    seconds = int(stretch.total_seconds())
    return seconds - int((now or datetime.now(UTC)).timestamp()) % seconds


def forget(now: datetime | None = None) -> int:
    """Forgets stretches that are over; how many."""
    return Pace.objects.filter(ends__lt=now or datetime.now(UTC)).delete()[0]
