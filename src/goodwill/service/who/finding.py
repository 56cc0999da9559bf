"""What is probable: who may be who beside what handles prove, by `know.resolution` over all people and handles.

A hint to whoever answers, until somebody decides: no sum, perk or public reply rests on it. What was decided stays as
it is; what is proposed is made anew by each search, and goes where it is not probable any more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.service import live
from goodwill.service.intake.pieces import lock
from goodwill.service.live import decisions, mending, people, tables
from goodwill.service.store.models import Finding, Link
from goodwill.service.who import evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa

    from goodwill.know import Link as Explained
    from goodwill.know import Resolution

    Progress = Callable[[str, float], None]
    Pair = tuple[str, str]

LEAST = 0.5
"""A link is proposed from this probability on: more likely than not."""
MOST = 20_000
"""Links that are proposed at most, the surest; nobody looks through more."""
WATCHED = ("people", "handles")
log = logging.getLogger("goodwill.who")


@dataclass(frozen=True)
class Found:
    """What a search found: how many links wait now, by which rules records met, and what to know about it."""

    links: int
    rules: tuple[str, ...]
    notes: tuple[str, ...]


def find(progress: Progress | None = None) -> Found:
    """Searches everybody, and proposes links that are more likely than not; one for each pair of persons."""
    tell = progress or (lambda step, done: None)
    begun = datetime.now(UTC)
    tell("reading people and handles", 0.0)
    table, person, upto = records()
    try:
        from goodwill.know import resolution

        tell(f"comparing {table.num_rows:,} records", 0.1)
        found = resolution(table)
    except InputError as nothing:  # too few, or nothing says who they are
        _propose([], begun)
        return Found(0, (), (str(nothing),))
    tell("saying why", 0.8)
    pairs = _surest_of_persons(found, person)
    explained = found.explain_each(pairs[:MOST])
    tell("proposing", 0.95)
    number = _propose(explained, begun)
    notes = list(found.notes)
    if len(pairs) > MOST:
        notes.append(f"{len(pairs):,} links are more likely than not; the surest {MOST:,} are proposed")
    _remember(found, begun, upto, number, notes)
    rules = (" and ".join(f"the same {key.said}" for key in rule.keys) for rule in found.model.rules)
    return Found(number, tuple(rules), tuple(notes))


def records() -> tuple[pa.Table, dict[str, str], dict[str, int]]:
    """The records to compare, whom ids stand for, and up to which row of each table that was."""
    with tables.snapshot() as store:
        given = {name: store.table(f"fact_{name}", TABLES[name].arrow) for name in (*WATCHED, "terms")}
        upto = {name: store.number(f'SELECT max("row") FROM fact_{name}') for name in WATCHED}
        rows = store.table("person", people.ROWS, f"t.given LIKE '{people.ID}%'")
    given = mending.mended(given, mending.corrections_of_facts(list(given)))
    ids = (one.removeprefix(people.ID) for one in rows["given"].to_pylist())
    person = dict(zip(ids, rows["customer_id"].to_pylist(), strict=True))
    table = evidence.table_of(given["people"], given["handles"], live.firm(), given["terms"], person)
    return table, person, upto


def _surest_of_persons(found: Resolution, person: Mapping[str, str]) -> list[Pair]:
    """For each two persons who are probably one the surest pair of their records, the surest first."""
    kept: dict[frozenset[str], Pair] = {}
    for row in found.links.select(["left_id", "right_id", "probability"]).to_pylist():
        if row["probability"] < LEAST:
            break
        pair = min(row["left_id"], row["right_id"]), max(row["left_id"], row["right_id"])
        persons = frozenset(person.get(one, one) for one in pair)
        if len(persons) == 2:
            kept.setdefault(persons, pair)
    return list(kept.values())


def _propose(explained: Iterable[Explained], begun: datetime) -> int:
    """Puts what was found in the place of what was proposed before `begun`; how many wait for a person now."""
    with transaction.atomic():
        lock()
        fresh = undecided(list(explained))
        known = {(row.a, row.b): row for row in Link.objects.filter(state=Link.PROPOSED)}
        wanted = {_sides(one): one for one in fresh}
        gone = [row.pk for pair, row in known.items() if pair not in wanted and row.found < begun]
        for start in range(0, len(gone), 500):
            Link.objects.filter(pk__in=gone[start : start + 500]).delete()
        again = [_rewritten(known[pair], one) for pair, one in wanted.items() if pair in known]
        Link.objects.bulk_update(again, ["probability", "bits", "reasons"], batch_size=200)
        add([one for pair, one in wanted.items() if pair not in known], begun)
        return Link.objects.filter(state=Link.PROPOSED).count()


def add(explained: Iterable[Explained], at: datetime) -> int:
    """Proposes links that nobody has decided on; those that are there stay as they are. How many were given."""
    rows = [_rewritten(Link(a=_sides(one)[0], b=_sides(one)[1], found=at), one) for one in explained]
    Link.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def undecided(explained: list[Explained]) -> list[Explained]:
    """Without pairs that are one person by now, or that somebody put apart."""
    history = decisions.history()
    person = people.persons_of(one for link in explained for one in _sides(link))
    named = history.touched() & person.keys()
    now = decisions.standing(named, history).persons if named else None
    apart = {frozenset(now.person_of[one] for one in pair) for pair in now.apart} if now else set()
    kept = []
    for link in explained:
        persons = frozenset(person[one] for one in _sides(link))
        if len(persons) == 2 and persons not in apart:
            kept.append(link)
    return kept


def _sides(link: Explained) -> Pair:
    return min(link.left_id, link.right_id), max(link.left_id, link.right_id)


def _rewritten(row: Link, link: Explained) -> Link:
    row.probability, row.bits = link.probability, link.bits
    row.reasons = [{"what": one.what, "agreement": one.agreement, "bits": one.bits} for one in link.reasons]
    return row


def _remember(found: Resolution, at: datetime, upto: dict[str, int], number: int, notes: list[str]) -> None:
    """Keeps the model, by which newcomers are placed until the next search; the one before it goes."""
    kept = Finding.objects.create(at=at, model=found.model.to_json(), upto=upto, links=number, notes=notes)
    Finding.objects.exclude(pk=kept.pk).delete()
    log.info("%s links wait for a person", f"{number:,}")
