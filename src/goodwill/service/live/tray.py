"""A lake for small facts: its tables are Arrow as they lie, so that laying one in costs next to nothing.

DuckDB reads Arrow in place; a table's expression is made once for each name, since names keep their schemas. One tray
serves one thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.lake import Facts, Lake, conform

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from goodwill.firm import Firm


class Tray(Lake):
    """A `Lake` whose tables are looked at, not copied."""

    def __init__(self) -> None:
        super().__init__()
        self.connection.con.execute("SET threads = 1")
        self._expressions: dict[str, ir.Table] = {}

    def put(self, name: str, table: pa.Table) -> ir.Table:
        self.connection.con.register(name, table)
        if name not in self._expressions:
            self._expressions[name] = self.connection.table(name)
        return self._expressions[name]


_HERE = threading.local()


def small_facts(firm: Firm, given: Mapping[str, pa.Table]) -> Facts:
    """Facts from a few Arrow tables. The facts made before them by this thread are gone with this call."""
    tray = getattr(_HERE, "tray", None)
    if tray is None:
        tray = _HERE.tray = Tray()
    return Facts(tray, firm, {name: tray.put(name, conform(name, given.get(name))) for name in TABLES})
