"""Probable links as rows: those that wait, those that may be told of, and what becomes of them when somebody decides.

A link's state follows from the log alone, so that it comes back as it was when a decision is taken back: confirmed
while its two records are one person's, rejected while somebody has put them apart, else proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from django.db.models import Q

from goodwill.service import live
from goodwill.service.live import people, tables, terms
from goodwill.service.store.models import Link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from goodwill.know import Event, History, Persons

LINKS = pa.schema([("left_id", pa.string()), ("right_id", pa.string()), ("probability", pa.float64())])
CHANGED = ("state", "decided_by", "decided")


def open_above(least: float) -> list[Link]:
    """Links of at least a probability that wait for a person, the surest first."""
    rows = Link.objects.filter(state=Link.PROPOSED, probability__gte=least).order_by("-probability", "id")
    return may_be_told(list(rows))


def may_be_told(rows: Sequence[Link]) -> list[Link]:
    """Without what is only a guess about somebody whose terms forbid it."""
    guesses = [row for row in rows if row.state == Link.PROPOSED]
    person = people.persons_of(one for row in guesses for one in (row.a, row.b))
    hidden = terms.unvalued(live.firm(), sorted(set(person.values()))) if guesses else set()
    return [row for row in rows if row.state != Link.PROPOSED or not {person[row.a], person[row.b]} & hidden]


def as_table(rows: Iterable[Link], without: Collection[str] = ()) -> pa.Table:
    """Links (LINKS), those of some ids left out."""
    kept = [row for row in rows if row.a not in without and row.b not in without]
    columns = ([row.a for row in kept], [row.b for row in kept], [row.probability for row in kept])
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, LINKS, strict=True)], schema=LINKS)


def settle(records: Collection[str], log: History, now: Persons) -> None:
    """Gives the links among some records the state that the log says, within the caller's transaction."""
    last = _last_words(log)
    apart = {frozenset(now.person_of[one] for one in pair) for pair in now.apart}
    changed = []
    for row in _among(records):
        if row.a not in now.person_of or row.b not in now.person_of:
            continue
        sides = frozenset((now.person_of[row.a], now.person_of[row.b]))
        state = Link.CONFIRMED if len(sides) == 1 else Link.REJECTED if sides in apart else Link.PROPOSED
        said = None if state == Link.PROPOSED else _word(row, last)
        wanted = (state, said.by if said else "", said.at if said else None)
        if wanted != tuple(getattr(row, name) for name in CHANGED):
            row.state, row.decided_by, row.decided = wanted
            changed.append(row)
    Link.objects.bulk_update(changed, CHANGED, batch_size=200)


def _among(records: Collection[str]) -> list[Link]:
    """Links of which either side is one of these."""
    found = []
    for column in ("a", "b"):
        condition, parameters = tables.among(f"link.{column}", sorted(records))
        found += list(Link.objects.extra(where=[condition], params=parameters))
    return sorted({row.pk: row for row in found}.values(), key=lambda row: int(row.pk))


def _last_words(log: History) -> dict[str, list[Event]]:
    """For each record the decisions that name it and hold, the latest first."""
    undone = log.undone()
    found: dict[str, list[Event]] = {}
    for event in reversed(log.events):
        if event.kind != "undo" and event.number not in undone:
            for record in (*event.left, *event.right):
                found.setdefault(record, []).append(event)
    return found


def _word(row: Link, last: dict[str, list[Event]]) -> Event | None:
    """The latest decision about both sides of a link; else about either; none where a handle has proved it."""
    of_a, of_b = last.get(row.a, []), last.get(row.b, [])
    both = {event.number for event in of_b}
    together = next((event for event in of_a if event.number in both), None)
    return together or max((*of_a[:1], *of_b[:1]), key=lambda event: event.number, default=None)


def of(ids: Collection[str]) -> Q:
    """Links of which either side is one of a few ids."""
    return Q(a__in=ids) | Q(b__in=ids)
