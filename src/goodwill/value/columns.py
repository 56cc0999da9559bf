"""Rows of a table up to an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc


def until(table: pa.Table, as_of: datetime, days: int | None = None, column: str = "at") -> pa.Table:
    """The rows up to an instant, and no older than so many days. Rows without a time go."""
    edge = pa.scalar(as_of, table[column].type)
    rows = pc.less_equal(table[column], edge)
    if days is not None:
        rows = pc.and_(rows, pc.greater(table[column], pa.scalar(as_of - timedelta(days=days), edge.type)))
    return table.filter(rows)
