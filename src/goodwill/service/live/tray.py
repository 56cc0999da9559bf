"""A lake for small facts: its tables are Arrow as they lie, so that laying one in costs next to nothing.

DuckDB reads Arrow in place; a table's expression is made once for each name, since names keep their schemas. A question
is compiled once too: the rooms ask the same ones again and again, each time with another present, which is a parameter
here. One tray serves one thread.
"""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.lake import Facts, Lake, conform

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from goodwill.firm import Firm

MOST_QUESTIONS = 200
"""Compiled questions that are kept; the rooms ask some twenty."""
_ELSEWHEN = datetime(1901, 1, 1, tzinfo=UTC)
"""Its seconds stand for the instants of a question while it is compiled: the first, the second, ..."""
_PLACE = re.compile(r"MAKE_TIMESTAMPTZ\(1901, 1, 1, 0, 0, (\d+)(?:\.0+)?, 'UTC'\)")
_Question = tuple[str, pa.Schema]


class Tray(Lake):
    """A `Lake` whose tables are looked at, not copied."""

    def __init__(self) -> None:
        super().__init__()
        self.connection.con.execute("SET threads = 1")
        self._expressions: dict[str, ir.Table] = {}
        self._empty: set[str] = set()
        self._questions: dict[Any, _Question | None] = {}

    def put(self, name: str, table: pa.Table) -> ir.Table:
        self.connection.con.register(name, table)
        self._empty.discard(name)
        if name not in self._expressions:
            self._expressions[name] = self.connection.table(name)
        return self._expressions[name]

    def lay(self, name: str, table: pa.Table | None) -> ir.Table:
        """A table of facts, in its schema; None: there are none."""
        if table is None and name in self._empty:
            return self._expressions[name]
        laid = self.put(name, conform(name, table))
        if table is None:
            self._empty.add(name)
        return laid

    def arrow(self, expression: ir.Table) -> pa.Table:
        import ibis.expr.operations as ops

        instants = [
            one for one in expression.op().find(ops.Literal) if isinstance(one.value, datetime) and one.value.tzinfo
        ]
        places = {
            one: ops.Literal(_ELSEWHEN + timedelta(seconds=at), one.dtype) for at, one in enumerate(instants, start=1)
        }
        asked = expression.op().replace(places) if places else expression.op()
        if asked not in self._questions:
            if len(self._questions) >= MOST_QUESTIONS:
                self._questions.clear()
            self._questions[asked] = self._compiled(asked.to_expr(), len(instants))
        question = self._questions[asked]
        if question is None:
            return super().arrow(expression)
        sql, schema = question
        found = self.connection.con.execute(sql, [one.value for one in instants]).to_arrow_table()
        return found.cast(schema)

    def _compiled(self, expression: ir.Table, instants: int) -> _Question | None:
        """The SQL with a mark for each instant, and what comes of it; None where it cannot be asked so."""
        import ibis.expr.operations as ops

        sql = self.connection.compile(expression)
        marks = {int(second) for second in _PLACE.findall(sql)}
        if marks != set(range(1, instants + 1)) or expression.op().find(ops.InMemoryTable):
            return None
        return _PLACE.sub(r"$\1", sql), expression.schema().to_pyarrow()


_HERE = threading.local()


def small_facts(firm: Firm, given: Mapping[str, pa.Table]) -> Facts:
    """Facts from a few Arrow tables. The facts made before them by this thread are gone with this call."""
    tray = getattr(_HERE, "tray", None)
    if tray is None:
        tray = _HERE.tray = Tray()
    return Facts(tray, firm, {name: tray.lay(name, given.get(name)) for name in TABLES})
