"""Arrow columns as NumPy arrays, with a stated stand-in for what is missing: never NaN by accident."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Column: TypeAlias = "pa.Array | pa.ChunkedArray"

DAY = 86_400_000_000  # microseconds


def flags(column: Column) -> Flags:
    """Booleans; what is missing is False.

    >>> flags(pa.array([True, None]))
    array([ True, False])
    """
    return np.asarray(_flat(pc.fill_null(column, False)).to_numpy(zero_copy_only=False), dtype=bool)


def numbers(column: Column, missing: float) -> Floats:
    """Numbers, decimals too.

    >>> numbers(pa.array([1, None]), 0.0)
    array([1., 0.])
    """
    return np.asarray(_flat(column).cast(pa.float64()).fill_null(missing).to_numpy(), dtype=np.float64)


def micros(column: Column) -> Integers:
    """Instants as microseconds since 1970; −1 where there is none."""
    return np.asarray(_flat(column).cast(pa.int64()).fill_null(-1).to_numpy(), dtype=np.int64)


def micro(at: datetime) -> int:
    """One instant in microseconds since 1970."""
    return round(at.timestamp() * 1_000_000)


def until(table: pa.Table, as_of: datetime, days: int | None = None, column: str = "at") -> pa.Table:
    """The rows up to an instant, and no older than so many days. Rows without a time go."""
    edge = pa.scalar(as_of, table[column].type)
    rows = pc.less_equal(table[column], edge)
    if days is not None:
        rows = pc.and_(rows, pc.greater(table[column], pa.scalar(as_of - timedelta(days=days), edge.type)))
    return table.filter(rows)


def _flat(column: Column) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
