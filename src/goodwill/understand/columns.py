"""NumPy's arrays, plain lists and single values as Arrow has them.

`pa.array` and `pa.scalar` do this too, but look first whether they were given something of pandas, and load pandas for
that wherever it is installed: a third of the time until a first reading. What is made of buffers needs nothing of it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence


def floats(values: npt.NDArray[np.floating[Any]], known: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """[N] null where `known` is False; without it where the value is NaN.

    >>> floats(np.array([0.25, np.nan])).to_pylist()
    [0.25, None]
    """
    held = np.ascontiguousarray(values, np.float64)
    valid = _validity(~np.isnan(held) if known is None else known)
    return pa.Array.from_buffers(pa.float64(), len(held), [valid, pa.py_buffer(held)])


def places(values: npt.NDArray[np.int64], known: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """[N] whole numbers, to take by; null where `known` is False."""
    held = np.ascontiguousarray(values, np.int64)
    valid = None if known is None else _validity(known)
    return pa.Array.from_buffers(pa.int64(), len(held), [valid, pa.py_buffer(held)])


def texts(values: Sequence[str | None]) -> pa.Array:
    """[N] null where there is None.

    >>> texts(["né", None, ""]).to_pylist()
    ['né', None, '']
    """
    letters = [b"" if value is None else value.encode() for value in values]
    known = np.fromiter((value is not None for value in values), bool, len(values))
    buffers = [_validity(known), _offsets(letters), pa.py_buffer(b"".join(letters))]
    return pa.Array.from_buffers(pa.string(), len(letters), buffers)


def lists(values: Sequence[Sequence[str]]) -> pa.Array:
    """[N] lists of texts.

    >>> lists([["late", "price"], []]).to_pylist()
    [['late', 'price'], []]
    """
    inner = texts(list(chain.from_iterable(values)))
    kind = pa.list_(pa.string())
    return pa.Array.from_buffers(kind, len(values), [None, _offsets(values)], children=[inner])


def number(value: float) -> pa.Scalar:
    """One number; null where it is NaN."""
    return floats(np.array([value]))[0]


def word(value: str) -> pa.Scalar:
    return texts([value])[0]


def _offsets(values: Sequence[Any]) -> pa.Buffer:
    """Where each begins, and the end of the last. Raises OverflowError above 2 GB, which Arrow's texts cannot hold."""
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=ends[1:])
    if ends[-1] > np.iinfo(np.int32).max:
        raise OverflowError(f"{ends[-1]:,} bytes in one column of texts")
    return pa.py_buffer(ends.astype(np.int32))


def _validity(known: npt.NDArray[np.bool_]) -> pa.Buffer | None:
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
