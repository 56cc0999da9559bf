"""What people decided about who is who, as the store has it; and who some records are by it, with no look at the rest.

Whom a decision can concern is found by following two threads until nobody new comes: the persons as they stand, and
the decisions that named several records together. (A handle that two records share has made them one person, unless
somebody put records of theirs apart: then a decision names them.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodwill.know.history import History, Persons
from goodwill.service.live import people, proving

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodwill.service.live.proving import Proved

TOMBSTONE = "erased|"
"""Begins what stands in a decision for the id of somebody who was erased: no record of anybody's."""


@dataclass(frozen=True)
class Standing:
    """Some records, what handles prove of them, and who they are as the decisions let stand."""

    records: tuple[str, ...]
    proved: Proved
    persons: Persons

    def after(self, log: History) -> Persons:
        """Who they are by a log that has grown since."""
        return log.persons(self.records, self.proved.proofs)


def history() -> History:
    """The whole log."""
    from goodwill.service.store.models import Decision

    rows = Decision.objects.order_by("number")
    names = ("number", "at", "by", "kind", "left", "right", "why", "probability", "undoes")
    return History.from_rows(rows.values(*names).iterator(chunk_size=5_000))


def persons(records: Iterable[str]) -> Persons:
    """Who these records are, and all others that their case depends on."""
    return standing(records, history()).persons


def standing(records: Iterable[str], log: History) -> Standing:
    """These records with all others that a decision about them can concern."""
    concerned = tuple(sorted(_concerned(set(records), log)))
    proved = proving.of(concerned)
    return Standing(concerned, proved, log.persons(concerned, proved.proofs))


def kept_apart(one: str, other: str) -> bool:
    """Whether somebody put a record of one person apart from a record of the other: no handle joins these two."""
    from goodwill.service.store.models import Decision

    if not Decision.objects.filter(kind__in=("split", "reject")).exists():
        return False
    of = people.ids_of([one, other])
    both = {one, other}
    return any({of[record] for record in pair} == both for pair in history().persons(of).apart)


def _concerned(records: set[str], log: History) -> set[str]:
    together = _named_together(log)
    found: set[str] = set()
    new = {one for one in records if not one.startswith(TOMBSTONE)}
    while new:
        found |= new
        named = {other for one in new for other in together.get(one, ()) if not other.startswith(TOMBSTONE)}
        whole = people.ids_of(sorted(set(people.persons_of(new | named).values())))
        new = (named | whole.keys()) - found
    return found


def _named_together(log: History) -> dict[str, set[str]]:
    """For each record that a decision names, all that decisions tie it to, one after the other."""
    of: dict[str, set[str]] = {}
    for event in log.events:
        group = {*event.left, *event.right}
        for one in list(group):
            group |= of.get(one, set())
        for one in group:
            of[one] = group
    return of
