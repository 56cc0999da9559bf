"""No more than so many in a stretch of time, counted in the database: one statement, exact over all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from goodwill.service.store.models import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence


def count(what: str, stretch: timedelta, now: datetime | None = None) -> int:
    """Counts one more, and gives how many there are in this stretch of the clock."""
    return count_in(what, (stretch,), now)[0]


def count_in(what: str, stretches: Sequence[timedelta], now: datetime | None = None) -> list[int]:
    """Counts one more in each of several stretches, and gives how many there are in each."""
    now = now or datetime.now(UTC)
    rows = [_row(what, stretch, now) for stretch in stretches]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO pace (name, count, ends) VALUES {', '.join(['(%s, 1, %s)'] * len(rows))}"
            " ON CONFLICT (name) DO UPDATE SET count = pace.count + 1 RETURNING name, count",
            [value for row in rows for value in row],
        )
        found = dict(cursor.fetchall())  # in whatever order the database likes
    return [int(found[name]) for name, _ in rows]


def _row(what: str, stretch: timedelta, now: datetime) -> tuple[str, Any]:
    """The name of a count in this stretch, and when it is over, as the database keeps it."""
    seconds = int(stretch.total_seconds())
    begun = int(now.timestamp()) // seconds * seconds
    ends = connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(begun + seconds, UTC))
    return f"{what[:150]}|{seconds}|{begun}", ends


def ends_in(stretch: timedelta, now: datetime | None = None) -> int:
    """In how many seconds the present stretch is over."""
    seconds = int(stretch.total_seconds())
    return seconds - int((now or datetime.now(UTC)).timestamp()) % seconds


def forget(now: datetime | None = None) -> int:
    """Forgets stretches that are over; how many."""
    return Pace.objects.filter(ends__lt=now or datetime.now(UTC)).delete()[0]
