"""Arrow columns as NumPy, nulls replaced, and instants as microseconds: where the mathematics of every room begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError

Flags: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Instants: TypeAlias = npt.NDArray[np.int64]
Column: TypeAlias = pa.ChunkedArray | pa.Array

HOUR = 3600 * 1_000_000
DAY = 24 * HOUR
NEVER = np.iinfo(np.int64).min


def instant(when: datetime) -> int:
    """An aware time in microseconds since 1970.

    >>> instant(datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC))
    2000000
    """
    if when.tzinfo is None:
        raise InputError(f"as_of = {when.isoformat()} names no time zone", mend="give an aware datetime, e.g. in UTC")
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def flags(column: Column, null: bool = False) -> Flags:
    """A column of truth values."""
    return _without_nulls(column, null).astype(bool)


def floats(column: Column, null: float = 0.0) -> Floats:
    """A column of numbers or money as float64."""
    return _without_nulls(pc.cast(column, pa.float64()), null).astype(np.float64)


def integers(column: Column, null: int = 0) -> Integers:
    """A column of whole numbers as int64."""
    return _without_nulls(pc.cast(column, pa.int64()), null).astype(np.int64)


def instants(column: Column) -> Integers:
    """A column of instants as microseconds since 1970; `NEVER` where null."""
    return integers(pc.cast(column, pa.timestamp("us", tz="UTC")), NEVER)


def places(wanted: Column, among: Column) -> Integers:
    """Where each value stands among others; −1 where it does not, and for null.

    >>> places(pa.array(["b", None, "x"]), pa.array(["a", "b"])).tolist()
    [1, -1, -1]
    """
    others = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    found = integers(pc.index_in(wanted, value_set=others), -1)
    return np.where(flags(pc.is_valid(wanted)), found, -1)


def codes(column: Column) -> tuple[Integers, list[str]]:
    """A column of words as numbers and the words, in order of the words; −1 where null.

    >>> codes(pa.array(["b", None, "a", "b"]))
    (array([ 1, -1,  0,  1]), ['a', 'b'])
    """
    words = sorted(pc.unique(column).drop_null().to_pylist())
    return places(column, pa.array(words, pa.string())), words


def _without_nulls(column: Column, value: float | bool) -> npt.NDArray[np.generic]:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(pc.fill_null(whole, value).to_numpy(zero_copy_only=False))
