"""Every decision about who is who that was ever taken, in order; and who some records are by them.

history()            the whole log, as `know.History`
persons(records)     who these records are, and all others that their case depends on
write(events)        what was decided, at the end of the log
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.live.decisions import history, persons
from goodwill.service.store.models import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodwill.know import Event

__all__ = ["history", "persons", "write"]


def write(events: Iterable[Event]) -> list[Decision]:
    """Adds to the log, within the caller's transaction and under the drainer's lock: numbers have no holes."""
    rows = [
        Decision(
            number=event.number,
            at=event.at,
            by=event.by,
            kind=event.kind,
            left=list(event.left),
            right=list(event.right),
            why=event.why,
            probability=event.probability,
            undoes=event.undoes,
        )
        for event in events
    ]
    return Decision.objects.bulk_create(rows, batch_size=500)
