"""The weight of a pair, part by part, from a model's own parameters: what Splink adds up, for a few pairs at once.

Splink weighs millions of pairs in one go; a pair that somebody asks about, or a record that has just come, is weighed
here by the same levels, the same m and u and the same term frequencies. A test holds the two together.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goodwill.know.resolving import rarity

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from goodwill.know.resolving.evidence import Evidence
    from goodwill.know.resolving.model import Model

_TF_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """One level of agreement: its words, its weight in bits, and the column whose rarity counts, if any."""

    value: int
    said: str
    bits: float
    u: float
    rarity: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing that was compared gave: its words, its bits, and of them those for a value's rarity."""

    thing: Evidence
    level: Level
    rarity_bits: float

    @property
    def bits(self) -> float:
        """Bits for and against, the rarity of the shared value in them."""
        return self.level.bits + self.rarity_bits


class Scale:
    """Weighs pairs by a model. `counted(column, value)` says how many records have a value, the pair among them, and
    how many have any."""

    def __init__(
        self, model: Model, counted: Callable[[str, str], tuple[int, int]], db: duckdb.DuckDBPyConnection
    ) -> None:
        self._model, self._counted, self._db = model, counted, db
        self._levels = [_levels(comparison) for comparison in model.settings["comparisons"]]
        self._columns = _columns(model)
        self._sql = _sql(model, self._columns)

    @property
    def columns(self) -> list[str]:
        """The prepared columns that are needed."""
        return self._columns

    def weigh(self, left: pa.Table, right: pa.Table) -> list[tuple[Part, ...]]:
        """The parts of each pair, row by row: `left` has one row, or as many as `right`."""
        if left.num_rows == 1 and right.num_rows != 1:
            left = left.take(pa.array(np.zeros(right.num_rows, np.int64)))
        both = {f"{name}_l": left[name] for name in self._columns} | {
            f"{name}_r": right[name] for name in self._columns
        }
        met = pa.table(both).append_column("place", pa.array(np.arange(right.num_rows)))
        found = self._asked(met)
        rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
        return [
            tuple(self._part(at, value, left, place) for at, value in enumerate(row)) for place, row in enumerate(rows)
        ]

    def _asked(self, met: pa.Table) -> pa.Table:
        self._db.register("met", met)
        try:
            return self._db.execute(self._sql).to_arrow_table()
        finally:
            self._db.unregister("met")

    def _part(self, at: int, value: int, left: pa.Table, place: int) -> Part:
        level = self._levels[at][value]
        bits = 0.0
        if level.rarity:
            count, of = self._counted(level.rarity, left[level.rarity][place].as_py())
            bits = math.log2(level.u / max(rarity.share(count, of, level.u), _TF_LEAST)) if count else 0.0
        return Part(self._model.plan.evidence[at], level, bits)


def _levels(comparison: dict[str, Any]) -> dict[int, Level]:
    """The levels by Splink's numbers: −1 where something is missing, else the first has the highest."""
    levels = comparison["comparison_levels"]
    number = sum(not level.get("is_null_level", False) for level in levels)
    found = {}
    for level in levels:
        missing = bool(level.get("is_null_level", False))
        number -= not missing
        bits = 0.0 if missing else math.log2(level["m_probability"] / level["u_probability"])
        value = -1 if missing else number
        found[value] = Level(
            value,
            level["label_for_charts"],
            bits,
            level.get("u_probability", 1.0),
            level.get("tf_adjustment_column", ""),
            missing,
        )
    return found


def _columns(model: Model) -> list[str]:
    levels = (level for comparison in model.settings["comparisons"] for level in comparison["comparison_levels"])
    text = " ".join(level["sql_condition"] for level in levels)
    return sorted(set(re.findall(r"\b([a-z_0-9]+)_[lr]\b", text)))


def _sql(model: Model, columns: list[str]) -> str:
    cases = []
    for comparison in model.settings["comparisons"]:
        levels = comparison["comparison_levels"]
        number = sum(not level.get("is_null_level", False) for level in levels)
        case = []
        for level in levels:
            number -= not level.get("is_null_level", False)
            value = -1 if level.get("is_null_level", False) else number
            condition = level["sql_condition"]
            case.append(f"else {value}" if condition == "ELSE" else f"when {condition} then {value}")
        cases.append(f"case {' '.join(case)} end as {comparison['output_column_name']}")
    return f"select {', '.join(cases)} from met order by place"


def rare_columns(model: Model) -> list[str]:
    """The prepared columns whose values' rarity counts."""
    return sorted(rarity.columns_of(model.settings))
