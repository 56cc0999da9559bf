"""Placing one new record among the known, at once: who it may be, how sure that is, and why.

A fitted model says by which rules records meet and what agreement weighs; the index keeps, rule by rule, the hashes of
the known records' keys in order, so that those who share a key with the newcomer are found by bisection and only they
are weighed. A million known records take about half a gigabyte and the answer a few hundredths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError
from goodwill.know.links import Link, link_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodwill.know.resolving.model import Model

MOST = 400
"""Known records that are weighed for one newcomer; the narrowest keys are asked first."""
LEAST = 0.001
"""Candidates less probable than this are not named."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known customer who may be the newcomer, by the record that agrees best."""

    customer_id: str
    probability: float
    link: Link


class Index:
    """The known records, ready to be asked. `place` asks, `add` makes the newcomer known.

    `table` has the columns the model was fitted on (`record_id` and any of the others), `customers` says whose each
    record is, in the same order. Not safe for use by two threads at once.
    """

    def __init__(self, model: Model, table: pa.Table, customers: pa.Array | pa.ChunkedArray) -> None:
        import duckdb

        from goodwill.know.resolving.evidence import prepare
        from goodwill.know.resolving.weights import Scale

        if len(customers) != table.num_rows:
            raise InputError(
                f"{table.num_rows:,} records and {len(customers):,} customers",
                where="placing.Index",
                mend="name one customer for each record",
            )
        self._model = model
        self._db = duckdb.connect()
        self._db.execute("set enable_progress_bar = false; set threads = 1")
        prepared = prepare(_widened(table, model), model.plan)
        ids = table["record_id"].cast(pa.string()).combine_chunks()
        whose = customers.combine_chunks() if isinstance(customers, pa.ChunkedArray) else customers
        self._customer = whose.cast(pa.string()).take(pc.index_in(prepared["record_id"].combine_chunks(), ids))
        self._scale = Scale(model, _Frequencies(model, prepared), self._db)
        self._known = prepared.select(["record_id", *self._scale.columns]).combine_chunks()
        self._sorted = [_in_order(column) for column in self._hashes(prepared)]
        self._added: list[tuple[pa.Table, str]] = []
        self._meet: dict[tuple[int, int], list[int]] = {}

    def __len__(self) -> int:
        return int(self._known.num_rows) + len(self._added)

    def place(self, record: Mapping[str, str | None], *, most: int = 5) -> tuple[Candidate, ...]:
        """The customers whom a new record may belong to, the surest first; the columns may be given in part."""
        newcomer = self._prepared(record)
        left, right = self._candidates(newcomer)
        if not right.num_rows:
            return ()
        best: dict[str, Candidate] = {}
        new_id = newcomer["record_id"][0].as_py()
        for customer, known_id, parts in zip(
            left, right["record_id"].to_pylist(), self._scale.weigh(newcomer, right), strict=True
        ):
            link = link_of(self._model, new_id, known_id, parts)
            held = best.get(customer)
            if link.probability >= LEAST and (held is None or _order(link) < _order(held.link)):
                best[customer] = Candidate(customer, link.probability, link)
        return tuple(sorted(best.values(), key=lambda candidate: _order(candidate.link))[:most])

    def add(self, record: Mapping[str, str | None], customer_id: str) -> None:
        """Makes a record known as this customer's, so that the next newcomer is compared with it too."""
        newcomer = self._prepared(record)
        position = len(self)
        for rule, (value, present) in enumerate(self._hashes(newcomer)):
            if present[0]:
                self._meet.setdefault((rule, int(value[0])), []).append(position)
        self._added.append((newcomer.select(self._known.column_names), customer_id))

    def _prepared(self, record: Mapping[str, str | None]) -> pa.Table:
        from goodwill.know.resolving.evidence import prepare

        sources = {name for thing in self._model.plan.evidence for name in thing.sources}
        unknown = sorted(set(record) - sources - {"record_id"})
        left_out = {name for name, _ in self._model.plan.left_out}
        strange = [name for name in unknown if name not in left_out]
        if strange:
            raise InputError(
                f"the model knows no column '{strange[0]}'",
                where="placing.Index",
                mend=f"give any of {', '.join(sorted(sources))}",
            )
        row = {name: pa.array([record.get(name)], pa.string()) for name in sorted(sources)}
        return prepare(pa.table({"record_id": [record.get("record_id") or "(new)"], **row}), self._model.plan)

    def _hashes(self, prepared: pa.Table) -> list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]]:
        """For each rule the hash of every record's keys, and whether it has them all; rules by single words rest."""
        asked = []
        rules = [rule for rule in self._model.rules if not any(key.many for key in rule.keys)]
        for number, rule in enumerate(rules):
            parts = rule.expressions()
            asked.append(f"hash({', '.join(parts)}) as h{number}")
            asked.append(f"({' and '.join(f'{part} is not null' for part in parts)}) as p{number}")
        if not asked:
            return []
        self._db.register("asked", prepared)
        found = self._db.execute(f"select {', '.join(asked)} from asked order by row").to_arrow_table()
        self._db.unregister("asked")
        return [
            (found[f"h{number}"].to_numpy(), found[f"p{number}"].to_numpy(zero_copy_only=False))
            for number in range(len(rules))
        ]

    def _candidates(self, newcomer: pa.Table) -> tuple[list[str], pa.Table]:
        """The known records that some rule lets meet the newcomer: whose they are, and their evidence."""
        blocks: list[npt.NDArray[np.int64]] = []
        for rule, (value, present) in enumerate(self._hashes(newcomer)):
            if not present[0]:
                continue
            hashes, places = self._sorted[rule]
            begin, end = np.searchsorted(hashes, value[0], "left"), np.searchsorted(hashes, value[0], "right")
            later = np.array(self._meet.get((rule, int(value[0])), []), np.int64)
            blocks.append(np.concatenate([places[begin:end], later]))
        met: list[npt.NDArray[np.int64]] = []
        for block in sorted(blocks, key=len):
            if sum(map(len, met)) + len(block) > MOST and met:
                break
            met.append(block[:MOST])
        if not met:
            return [], self._known.slice(0, 0)
        places = np.unique(np.concatenate(met))
        old, new = places[places < self._known.num_rows], places[places >= self._known.num_rows]
        tables = [self._known.take(pa.array(old))]
        customers = self._customer.take(pa.array(old)).to_pylist()
        for place in new.tolist():
            table, customer = self._added[place - self._known.num_rows]
            tables.append(table)
            customers.append(customer)
        return customers, pa.concat_tables(tables)


def _order(link: Link) -> tuple[float, str]:
    return (-link.bits, link.right_id)


def _widened(table: pa.Table, model: Model) -> pa.Table:
    """Columns of the model that the table lacks are empty."""
    for name in dict.fromkeys(name for thing in model.plan.evidence for name in thing.sources):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
    return table


def _in_order(
    keys: tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    value, present = keys
    places = np.flatnonzero(present)
    order = places[np.argsort(value[places], kind="stable")].astype(np.int32)
    return value[order], order


class _Frequencies:
    """How many have a value: of the known, of whom only what stands twice is kept, the rest stands once; and the
    newcomer."""

    def __init__(self, model: Model, prepared: pa.Table) -> None:
        from goodwill.know.resolving.weights import rare_columns

        self._kept: dict[str, tuple[dict[str, int], int]] = {}
        for column in rare_columns(model):
            present = prepared[column].drop_null()
            counts = pc.value_counts(present)
            twice = counts.filter(pc.greater(counts.field("counts"), 1))
            pairs = zip(twice.field("values").to_pylist(), twice.field("counts").to_pylist(), strict=True)
            self._kept[column] = (dict(pairs), len(present))

    def __call__(self, column: str, value: str) -> tuple[int, int]:
        counts, of = self._kept[column]
        return counts.get(value, 1) + 1, of + 1
