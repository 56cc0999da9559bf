"""What a column and a table of facts are: the grammar of the vocabulary in `goodwill.facts.tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTANT = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(18, 2)
WORDS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type, what it means, its unit and what it may hold."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers_to: str = ""  # "people.customer_id": the column that this one points at


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of fact. The first column is the key, except where `key` names others."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema; meaning and unit travel along as field metadata."""
        return pa.schema(
            [
                pa.field(
                    column.name,
                    column.type,
                    nullable=not column.required,
                    metadata={"meaning": column.meaning, "unit": column.unit},
                )
                for column in self.columns
            ]
        )

    def empty(self) -> pa.Table:
        """The table with no rows."""
        return self.arrow.empty_table()
