"""What people decided about who is who: merged, split, confirmed, rejected; all kept and reversible for ever.

Nothing is ever overwritten. A decision is an event that names the records of both sides as they stood; who is who now
follows by replay, from what handles prove and from the events in order. A later decision beats an earlier one, and a
person's word beats any handle: records that a person put apart stay apart, whatever they share later. Undoing an event
leaves it in the log and replays without it; an undo can itself be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Literal

from goodwill.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["merge", "split", "confirm", "reject", "undo"]
_KINDS = ("merge", "split", "confirm", "reject", "undo")


@dataclass(frozen=True, slots=True)
class Event:
    """One decision: who took it, when and why, and the records of both sides as they stood then."""

    number: int
    at: datetime
    by: str
    kind: Kind
    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str = ""
    probability: float | None = None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Persons:
    """Who each record is now. A person's id is the first of their records' ids, those made up from an e-mail last."""

    person_of: Mapping[str, str]
    apart: frozenset[frozenset[str]] = frozenset()

    def records_of(self, person: str) -> tuple[str, ...]:
        """The records of a person, sorted; empty where there is no such person."""
        return tuple(sorted(record for record, whose in self.person_of.items() if whose == person))

    def same(self, left: str, right: str) -> bool:
        """Whether two records are one person now."""
        return self.person_of[left] == self.person_of[right]


@dataclass
class History:
    """The log of decisions, oldest first. Decisions are added by the methods below and never taken away.

    >>> history = History()
    >>> start = history.persons(["a", "b", "c"], proofs=[("a", "b")])
    >>> merged = history.merge("a", "c", start, by="Ida", why="she said so on the phone")
    >>> after = history.persons(["a", "b", "c"], proofs=[("a", "b")])
    >>> after.records_of("a")
    ('a', 'b', 'c')
    >>> undone = history.undo(merged.number, by="Ida", why="it was her sister")
    >>> history.persons(["a", "b", "c"], proofs=[("a", "b")]) == start
    True
    """

    events: list[Event] = field(default_factory=list)

    def merge(
        self, left: str, right: str, now: Persons, *, by: str, why: str = "", at: datetime | None = None
    ) -> Event:
        """Two records, with all that each one's person is known by, are one person."""
        return self._joined("merge", left, right, now, by, why, at, None)

    def confirm(
        self,
        left: str,
        right: str,
        now: Persons,
        *,
        by: str,
        probability: float,
        why: str = "",
        at: datetime | None = None,
    ) -> Event:
        """A probable link is confirmed: from now on it counts as a merge, and says how probable it looked."""
        return self._joined("confirm", left, right, now, by, why, at, probability)

    def split(
        self, records: Iterable[str], now: Persons, *, by: str, why: str = "", at: datetime | None = None
    ) -> Event:
        """Some of a person's records are somebody else's. Neither side ever joins again by a handle alone."""
        off = tuple(sorted(set(records)))
        whose = {self._person(record, now) for record in off}
        if len(whose) != 1:
            raise InputError(
                f"{len(off)} records of {len(whose)} persons" if off else "no record",
                where="split",
                mend="name some of the records of one person",
            )
        rest = tuple(record for record in now.records_of(whose.pop()) if record not in set(off))
        if not rest:
            raise InputError("every record of the person is named", where="split", mend="leave at least one record")
        return self._add("split", off, rest, by, why, at)

    def reject(
        self,
        left: str,
        right: str,
        now: Persons,
        *,
        by: str,
        probability: float | None = None,
        why: str = "",
        at: datetime | None = None,
    ) -> Event:
        """A probable link is none: these two are never proposed again, and no handle joins them."""
        if self._person(left, now) == self._person(right, now):
            raise InputError(
                f"'{left}' and '{right}' are one person now", where="reject", mend="split them: that is kept too"
            )
        return self._add(
            "reject",
            now.records_of(now.person_of[left]),
            now.records_of(now.person_of[right]),
            by,
            why,
            at,
            probability=probability,
        )

    def undo(self, number: int, *, by: str, why: str = "", at: datetime | None = None) -> Event:
        """Takes one decision back (an undo too); it stays in the log."""
        if not 0 <= number < len(self.events):
            raise InputError(f"there is no decision {number}", where="undo", mend="give the number of one in the log")
        if number in self.undone():
            raise InputError(
                f"decision {number} is undone already", where="undo", mend="undo its undoing to have it back"
            )
        return self._add("undo", (), (), by, why, at, undoes=number)

    def confirm_above(
        self,
        links: pa.Table,
        least: float,
        now: Persons,
        proofs: Sequence[Sequence[str]],
        *,
        by: str,
        why: str = "",
        at: datetime | None = None,
    ) -> list[Event]:
        """Confirms every proposed link at or above a probability that the firm states, the surest first.

        Each joins two groups of those that the one before it left, as replaying the log would: a joining that came
        later could only be kept from happening by records put apart, and of those the two groups have none.
        """
        if not 0.5 <= least <= 1:
            raise InputError(
                f"{least} is no probability to confirm by", where="confirm_above", mend="state one from 0.5 to 1"
            )
        said = why or f"all links of at least {least:g}"
        groups = self._groups(sorted(now.person_of), proofs)
        confirmed = []
        for link in self.proposals(links, now, least=least):
            left, right = link["left_id"], link["right_id"]
            if groups.may_join(left, right):
                sides = groups.first(left), groups.first(right)
                confirmed.append(self._add("confirm", *sides, by, said, at, probability=link["probability"]))
                groups.join(left, right)
        return confirmed

    def proposals(self, links: pa.Table, now: Persons, *, least: float = 0.0) -> list[dict[str, Any]]:
        """Links that wait for a person: not of one person already, never rejected, not between records put apart.

        `links` has left_id, right_id and probability. They are hints for whoever answers: nothing else may use them.
        """
        apart = {frozenset(now.person_of[record] for record in pair) for pair in now.apart}
        return [
            link
            for link in links.to_pylist()
            if link["probability"] >= least
            and link["left_id"] in now.person_of
            and link["right_id"] in now.person_of
            and not now.same(link["left_id"], link["right_id"])
            and frozenset((now.person_of[link["left_id"]], now.person_of[link["right_id"]])) not in apart
        ]

    def persons(self, records: Iterable[str], proofs: Sequence[Sequence[str]] = ()) -> Persons:
        """Who each record is: what handles prove (`proofs`: records that share one), as the decisions let stand.

        The decisions come first, in their order; then the proofs, each joining what nobody put apart.
        """
        known = sorted(set(records))
        groups = self._groups(known, proofs)
        return Persons(groups.named(), groups.apart())

    def touched(self) -> set[str]:
        """Every record that a decision names."""
        return {record for event in self.events for record in (*event.left, *event.right)}

    def to_rows(self) -> list[dict[str, Any]]:
        """The log as plain rows, for a table or JSON."""
        return [{**asdict(event), "at": event.at.isoformat()} for event in self.events]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> History:
        """Reads what `to_rows` wrote; raises `InputError` where the log has a hole or is not in order."""
        events = []
        for place, row in enumerate(rows):
            if row.get("number") != place or row.get("kind") not in _KINDS:
                raise InputError(
                    f"row {place} is no decision {place}", where="History.from_rows", mend="give the whole log in order"
                )
            events.append(
                Event(
                    place,
                    datetime.fromisoformat(str(row["at"])),
                    row["by"],
                    row["kind"],
                    tuple(row["left"]),
                    tuple(row["right"]),
                    row["why"],
                    row["probability"],
                    row["undoes"],
                )
            )
        return cls(events)

    def _joined(
        self,
        kind: Kind,
        left: str,
        right: str,
        now: Persons,
        by: str,
        why: str,
        at: datetime | None,
        probability: float | None,
    ) -> Event:
        if self._person(left, now) == self._person(right, now):
            raise InputError(f"'{left}' and '{right}' are one person already", where=kind, mend="name two persons")
        return self._add(kind, _first(left, now), _first(right, now), by, why, at, probability=probability)

    def _add(
        self,
        kind: Kind,
        left: tuple[str, ...],
        right: tuple[str, ...],
        by: str,
        why: str,
        at: datetime | None,
        *,
        probability: float | None = None,
        undoes: int | None = None,
    ) -> Event:
        if not by.strip():
            raise InputError("nobody took this decision", where=kind, mend="say by whom")
        when = at or datetime.now(UTC)
        event = Event(len(self.events), when, by, kind, left, right, why, probability, undoes)
        self.events.append(event)
        return event

    @staticmethod
    def _person(record: str, now: Persons) -> str:
        if record not in now.person_of:
            raise InputError(f"there is no record '{record}'", where="the history", mend="give the id of a record")
        return now.person_of[record]

    def _groups(self, known: Sequence[str], proofs: Sequence[Sequence[str]]) -> _Groups:
        proved = sorted(tuple(sorted(set(proof))) for proof in proofs)
        edges, apart = self._decided(known, proved)
        return _gathered(known, edges, proved, apart)

    def undone(self) -> set[int]:
        """The numbers of the decisions that were taken back, and hold no more."""
        undone: set[int] = set()
        for event in reversed(self.events):
            if event.undoes is not None and event.number not in undone:
                undone.add(event.undoes)
        return undone

    def _decided(
        self, known: Sequence[str], proofs: Sequence[tuple[str, ...]]
    ) -> tuple[list[tuple[str, str]], set[frozenset[str]]]:
        """What holds after all decisions: pairs of records joined, and pairs put apart."""
        undone = self.undone()
        edges: dict[tuple[str, str], None] = {}
        apart: set[frozenset[str]] = set()
        for event in self.events:
            if event.number in undone or event.kind == "undo":
                continue
            across = [(left, right) for left in event.left for right in event.right]
            if event.kind in ("merge", "confirm"):
                apart.difference_update(frozenset(pair) for pair in across)
                edges[event.left[0], event.right[0]] = None
                continue
            if event.kind == "split":  # who was one person on either side stays so, though what held them may go
                before = _gathered(known, list(edges), proofs, apart).named()
                edges.update(dict.fromkeys([*_chained(event.left, before), *_chained(event.right, before)]))
            apart.update(frozenset(pair) for pair in across)
            for left, right in across:
                edges.pop((left, right), None)
                edges.pop((right, left), None)
        return list(edges), apart


def _chained(side: tuple[str, ...], before: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those of one side who were one person before, each with the next."""
    by_person: dict[str, list[str]] = {}
    for record in side:
        if record in before:
            by_person.setdefault(before[record], []).append(record)
    return [pair for group in by_person.values() for pair in pairwise(group)]


def _gathered(
    known: Sequence[str],
    edges: Sequence[tuple[str, str]],
    proofs: Sequence[tuple[str, ...]],
    apart: set[frozenset[str]],
) -> _Groups:
    """Decisions first, then what handles prove, each joining what nobody put apart."""
    groups = _Groups(known, apart)
    for left, right in edges:
        groups.join(left, right)
    for shared in proofs:
        for left, right in combinations(shared, 2):
            groups.join(left, right)
    return groups


def _first(record: str, now: Persons) -> tuple[str, ...]:
    """A record, then the others of its person."""
    return (record, *(other for other in now.records_of(now.person_of[record]) if other != record))


_NOBODY: frozenset[str] = frozenset()


class _Groups:
    """Records gathered into groups, never across a pair that was put apart."""

    def __init__(self, records: Sequence[str], apart: set[frozenset[str]]) -> None:
        self._group: dict[str, set[str]] = {record: {record} for record in records}
        self._foes: dict[str, set[str]] = {}
        for pair in apart:
            left, right = tuple(pair)
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    def join(self, left: str, right: str) -> None:
        """Joins the groups of two records unless somebody put a record of one apart from a record of the other."""
        if not self.may_join(left, right):
            return
        one, other = self._group[left], self._group[right]
        one |= other
        for record in other:
            self._group[record] = one

    def may_join(self, left: str, right: str) -> bool:
        """Whether both are here, of two groups, and nobody put a record of one apart from a record of the other."""
        if left not in self._group or right not in self._group:
            return False
        one, other = self._group[left], self._group[right]
        return one is not other and all(self._foes.get(record, _NOBODY).isdisjoint(other) for record in one)

    def first(self, record: str) -> tuple[str, ...]:
        """A record, then the others of its group."""
        return (record, *sorted(self._group[record] - {record}))

    def apart(self) -> frozenset[frozenset[str]]:
        """The pairs of these records that somebody put apart."""
        here = self._group.keys()
        return frozenset(
            frozenset((one, foe)) for one, foes in self._foes.items() if one in here for foe in foes & here
        )

    def named(self) -> dict[str, str]:
        first = {id(group): min(group, key=canonical) for group in self._group.values()}
        return {record: first[id(group)] for record, group in self._group.items()}


def canonical(record: str) -> tuple[bool, str]:
    """The order in which a person's records give the person's id: ids made up from an e-mail come last."""
    return (record.startswith("email:"), record)
