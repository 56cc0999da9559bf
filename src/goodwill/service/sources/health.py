"""How each source is: when it was last heard, how late it is, what is wrong, how much it brought."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Min, Sum, TextField
from django.db.models.functions import Cast, Substr

from goodwill.errors import SourceError
from goodwill.service.sources import connect, places
from goodwill.service.store.models import Batch, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = 14
"""Days that the volume is of."""


@dataclass(frozen=True)
class Health:
    """One source as a page or a list shows it.

    `lag`: seconds by which it is late: since its next pull was due, or since what it brought waits to be stored. `way`
    and `title` are '' for a kind that this version has not. `volume`: rows by day, the oldest first, today last.
    """

    name: str
    kind: str
    title: str
    way: str
    address: str
    paused: bool
    last_seen: datetime | None
    last_well: datetime | None
    next_pull: datetime | None
    lag: float
    failures: int
    last_error: str
    said: str
    volume: tuple[int, ...]

    @property
    def state(self) -> str:
        """'paused', 'fails', 'waits' (nothing was heard yet) or 'well'."""
        if self.paused:
            return "paused"
        if self.failures:
            return "fails"
        return "well" if self.last_well or self.last_seen else "waits"

    def line(self) -> str:
        """The source in one line."""
        heard = f"last heard {self.last_seen:%Y-%m-%d %H:%M}" if self.last_seen else "never heard"
        late = f", {self.lag:,.0f} s late" if self.lag >= 1 and not self.paused else ""
        wrong = f"  failed {self.failures} times: {self.last_error}" if self.failures else ""
        title = f" ({self.title})" if self.title else " (this version has no such kind)"
        return f"{self.name}  {self.kind}{title}  {'paused' if self.paused else heard}{late}{wrong}"

    def as_json(self) -> dict[str, Any]:
        """Instants as text."""
        plain = {name: one.isoformat() if isinstance(one, datetime) else one for name, one in asdict(self).items()}
        return {**plain, "state": self.state}


def all_sources(now: datetime | None = None) -> list[Health]:
    """Every source, by name."""
    return healths(Source.objects.order_by("name"), now)


def of(name: str, now: datetime | None = None) -> Health:
    """One source; SourceError where there is none."""
    from goodwill.service.sources.keeping import must

    return healths([must(name)], now)[0]


def healths(sources: Iterable[Source], now: datetime | None = None) -> list[Health]:
    """The same of some rows of `Source`."""
    now = now or datetime.now(UTC)
    rows = list(sources)
    waiting = dict(
        Batch.objects.filter(state=Batch.WAITING, source__in=[row.name for row in rows])
        .order_by()
        .values_list("source")
        .annotate(since=Min("received"))
    )
    volume = _volume([row.name for row in rows], now)
    return [_health(row, waiting.get(row.name), volume.get(row.name, {}), now) for row in rows]


def _volume(names: list[str], now: datetime) -> dict[str, dict[Any, int]]:
    """Rows by source and day, over the days that are shown."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    found: dict[str, dict[Any, int]] = {}
    came = Batch.objects.filter(received__gte=first, source__in=names).order_by()
    day = Substr(Cast("received", TextField()), 1, len("2026-11-22"))  # in UTC, as both databases write it
    for name, written, rows in came.annotate(day=day).values_list("source", "day").annotate(number=Sum("rows")):
        found.setdefault(name, {})[date.fromisoformat(written)] = int(rows or 0)
    return found


def _health(source: Source, waiting: datetime | None, volume: dict[Any, int], now: datetime) -> Health:
    try:
        kind = places.kind_of(source)
        title, way = kind.title, kind.way
    except SourceError:
        title = way = ""
    due = source.next_pull if way == "pull" and not source.paused else None
    late = max([(now - since).total_seconds() for since in (due, waiting) if since is not None], default=0.0)
    days = [now.date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return Health(
        name=source.name,
        kind=source.kind,
        title=title,
        way=way,
        address=connect.address_of(source),
        paused=source.paused,
        last_seen=source.last_seen,
        last_well=source.last_well,
        next_pull=source.next_pull,
        lag=max(0.0, late),
        failures=source.failures,
        last_error=source.last_error,
        said=source.said,
        volume=tuple(volume.get(day, 0) for day in days),
    )
