"""How facts lie in the lake: the columns of a table, and the month that a row belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator


def schema_of(name: str) -> pa.Schema:
    """The columns of a table in the lake."""
    return pa.schema(
        [pa.field("row", pa.int64()), *TABLES[name].arrow, pa.field("arrived", pa.timestamp("us", tz="UTC"))]
    )


def by_month(name: str, part: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows by the month in which they happened; tables without a time by that in which they arrived."""
    when = part["at"] if "at" in TABLES[name] else part["arrived"]
    months = pc.strftime(pc.coalesce(when, part["arrived"]).cast(pa.timestamp("us")), "%Y-%m")
    for month in sorted(set(months.to_pylist())):
        yield month, part.filter(pc.equal(months, month))
