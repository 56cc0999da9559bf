"""New ids and handles, placed among the known as they arrive: by the model of the last search, in a job of the worker.

The index of the known is kept in the worker's memory, and made anew after each search and each erasure. What comes in
too large a number at once waits for the search of the night.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.know.links import Link as Explained
from goodwill.service import live
from goodwill.service.live import mending, people, tables
from goodwill.service.store.models import Erasure, Finding
from goodwill.service.who import evidence, finding

if TYPE_CHECKING:
    from goodwill.know import Index, Model

JOB = "place newcomers"
MOST = 500
"""Ids that are placed one by one at most; of more the search of the night says who they may be."""
NEW = pa.schema([("row", pa.int64()), ("customer_id", pa.string())])
_KNOWN: dict[Any, Index] = {}
_ONE_AT_A_TIME = threading.Lock()


def came() -> None:
    """New people or handles were stored: a worker looks who they may be. Costs the drainer two look-ups."""
    from goodwill.service import jobs

    if Finding.objects.exists():
        jobs.add(JOB, once=JOB)


def place() -> int:
    """Places whoever came since the last time; how many links were found."""
    last = Finding.objects.order_by("-pk").first()
    if last is None:
        return 0
    new, upto = _new_ids(last.upto)
    number = 0
    if 0 < len(new) <= MOST:
        with _ONE_AT_A_TIME:
            number = _placed(last, new)
    Finding.objects.filter(pk=last.pk).update(upto=upto)
    return number


def _placed(last: Finding, new: list[str]) -> int:
    from goodwill.know import Model

    model = Model.from_json(last.model)
    index = _index(last, model)
    found: dict[frozenset[str], Explained] = {}
    for record in _compared(model, _of(new)).to_pylist():
        one = record["record_id"]
        candidates = index.place(record)
        index.add(record, one)
        near = [_as_known(candidate.link, one) for candidate in candidates if candidate.probability >= finding.LEAST]
        persons = people.persons_of([one, *(link.right_id for link in near)])
        for link in near:
            both = frozenset((persons[one], persons[link.right_id]))
            if len(both) == 2 and (both not in found or link.probability > found[both].probability):
                found[both] = link
    return finding.add(finding.undecided(list(found.values())), datetime.now(UTC))


def _as_known(link: Explained, one: str) -> Explained:
    return Explained(one, link.right_id, link.bits, link.probability, link.reasons)


def _new_ids(upto: dict[str, int]) -> tuple[list[str], dict[str, int]]:
    """Ids with a row of people or handles that nobody looked at yet, and up to which rows that is."""
    ids: set[str] = set()
    seen = dict(upto)
    piece = f'ORDER BY t."row" LIMIT {100 * MOST}'
    for name in finding.WATCHED:
        rows = tables.few(f"fact_{name}", NEW, 't."row" > %s', [upto.get(name, 0)], piece)
        if rows.num_rows:
            ids |= set(rows["customer_id"].to_pylist())
            seen[name] = rows["row"][-1].as_py()
    return sorted(ids), seen


def _of(ids: list[str]) -> pa.Table:
    """The records of these ids, as the search compares them."""
    persons, handles = mending.stored("people", "fact_key", ids), mending.stored("handles", "customer_id", ids)
    person = people.ids_of(sorted(set(people.persons_of(ids).values())))
    condition, parameters = tables.among("t.customer_id", sorted(person))
    terms = tables.few("fact_terms", TABLES["terms"].arrow, condition, parameters, 'ORDER BY t."at", t."row"')
    return evidence.table_of(persons, handles, live.firm(), terms, person)


def _compared(model: Model, records: pa.Table) -> pa.Table:
    """The columns that the model compares."""
    sources = {name for thing in model.plan.evidence for name in thing.sources}
    return records.select(["record_id", *(name for name in evidence.COLUMNS if name in sources)])


def _index(last: Finding, model: Model) -> Index:
    """The known, as the last search saw them; in this process's memory."""
    from goodwill.know import Index

    mark = (last.pk, last.at, Erasure.objects.count())
    if mark not in _KNOWN:
        _KNOWN.clear()
        records = finding.records()[0]
        new = pa.array(_new_ids(last.upto)[0], pa.string())  # they are to be placed themselves
        old = records.filter(pc.invert(pc.is_in(records["record_id"], value_set=new)))
        _KNOWN[mark] = Index(model, _compared(model, old), old["record_id"])
    return _KNOWN[mark]
