"""Rows of one customer in the order of time and key, some hundreds at a time: never all of them in memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from goodwill.facts import READINGS, TABLES
from goodwill.service.live import mending, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

Row = dict[str, Any]
AT_ONCE = 500
SAID = 't."fact_key" IN (SELECT message_id FROM reading WHERE customer_id = %s)'
"""Messages of a person, who has a reading of each."""


@dataclass(frozen=True)
class Facts:
    """Facts of one table for which a condition holds (SQL, `t` being the table), with what people corrected of them."""

    table: str
    condition: str
    parameters: Sequence[Any]

    @classmethod
    def of(cls, table: str, column: str, values: Sequence[str]) -> Facts:
        """Those whose column is one of some values."""
        return cls(table, *tables.among(f"t.{tables.quoted(column)}", values))

    def in_order(self) -> Iterator[Row]:
        """All of them, the earliest first; each page begins after the last row of the one before."""
        order = ("at", "fact_key") if self._timed else ("fact_key",)
        columns = ", ".join(f't."{name}"' for name in order)
        condition, parameters = f"({self.condition})", list(self.parameters)
        while True:
            found, keys = self._some(condition, parameters, f"ORDER BY {columns} LIMIT {AT_ONCE}")
            yield from self._corrected(found, keys)
            if found.num_rows < AT_ONCE:
                return
            after = [tables.stored(found["at"][-1].as_py())] if self._timed else []
            condition = f"({self.condition}) AND ({columns}) > ({', '.join(['%s'] * len(order))})"
            parameters = [*self.parameters, *after, keys[-1]]

    def latest(self, first: int, most: int) -> list[Row]:
        """So many of them, the latest first, from the place `first` on; each with its `key`."""
        at = (
            't."at"' if self.table == "purchases" else tables.sorted_at('t."at"')
        )  # those alone as their index has them
        order = f'{at} DESC, t."row" DESC' if self._timed else 't."fact_key"'
        rest = f"ORDER BY {order} LIMIT {int(most)} OFFSET {int(first)}"
        found, keys = self._some(f"({self.condition})", list(self.parameters), rest)
        return [{**row, "key": key} for row, key in zip(self._corrected(found, keys), keys, strict=True)]

    @property
    def _timed(self) -> bool:
        return "at" in TABLES[self.table]

    def _some(self, condition: str, parameters: list[Any], rest: str) -> tuple[pa.Table, list[str]]:
        found = tables.few(f"fact_{self.table}", TABLES[self.table].arrow, condition, parameters, rest)
        return found, mending.keys_of(self.table, found).to_pylist()

    def _corrected(self, found: pa.Table, keys: list[str]) -> list[Row]:
        if self.table == "corrections" or not keys:
            return found.to_pylist()
        rows: list[Row] = mending.mended({self.table: found}, mending.corrections_of_facts([self.table], keys))[
            self.table
        ].to_pylist()
        return rows


def readings(person: str) -> Iterator[Row]:
    """How each message of theirs was read, by the message's id."""
    theirs, order, last = "t.customer_id = %s AND t.message_id > %s", f"ORDER BY t.message_id LIMIT {AT_ONCE}", ""
    while True:
        rows = tables.few("reading", READINGS.arrow, theirs, [person, last], order).to_pylist()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1]["message_id"]


def in_pages(query: Any, *order: str) -> Iterator[list[Row]]:
    """The rows of a query of Django's that gives `values`, some hundreds at a time, from one cursor that stays open."""
    rows = query.order_by(*order).iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield some
