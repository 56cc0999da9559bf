"""The shares of all ties as one matrix A, row by beneficiary, column by owner: built, multiplied, summed.

It has one of three forms. A small one is a dense array, which LAPACK solves at once. One of ordinary size is sorted by
beneficiary (CSR): that takes a copy of the ties, and each product is the faster for it. The very large one is left
where it lies (COO over the caller's own arrays): it is solved once, seldom twice, so that the sorting hardly pays, and
a copy of a hundred million ties takes 1.2 GB. Repeated ties stay apart in the sparse forms and add.

What is measured is in ``docs/decisions/0003-how-the-worth-solve-works.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]

DENSE_UP_TO = 256  # customers; below it LAPACK is exact, needs no SciPy and takes a millisecond
WHERE_THEY_LIE_FROM = 1 << 25  # ties; from here on no copy of them is made
ROWS = 1 << 17  # customers whose shares are widened from float32 at a time, where the ties are sorted
TIES = 1 << 23  # ties whose shares are widened at a time, where they are left where they lie


def built(size: int, owner: Integers, beneficiary: Integers, share: npt.NDArray[Any]) -> Any:
    """The matrix of ``size`` customers, (size, size): a NumPy array, or a SciPy ``csr_array`` or ``coo_array``."""
    shape = (size, size)
    if size <= DENSE_UP_TO:
        dense = np.zeros(shape)
        np.add.at(dense, (beneficiary, owner), share)
        return dense
    from scipy.sparse import coo_array, csr_array

    if np.all(beneficiary[1:] >= beneficiary[:-1]):  # in order already: nothing is copied
        starts = np.searchsorted(beneficiary, np.arange(size + 1))
        narrow = np.int32 if share.size < 2**31 else np.int64
        return csr_array((share, owner.astype(narrow, copy=False), starts.astype(narrow)), shape=shape)
    ties = coo_array((share, (beneficiary, owner)), shape=shape)
    return ties if share.size >= WHERE_THEY_LIE_FROM else _sorted(ties)


def _sorted(ties: Any) -> Any:
    """COO to CSR; ties keep their order within a row."""
    ties.has_canonical_format = True  # not so, and it need not be: it spares the sorting of each row
    return ties.tocsr()


def is_dense(matrix: Any) -> bool:
    return isinstance(matrix, np.ndarray)


def values_of(matrix: Any) -> npt.NDArray[Any]:
    """The shares, in the matrix's own order."""
    return np.asarray(matrix if is_dense(matrix) else matrix.data)


def with_values(matrix: Any, values: npt.NDArray[Any]) -> Any:
    """The same ties with other values. (SciPy's own abs and min would merge repeated ties in place.)"""
    if is_dense(matrix):
        return values
    if matrix.format == "coo":
        return type(matrix)((values, matrix.coords), shape=matrix.shape)
    return type(matrix)((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def order_of_values(matrix: Any, owner: Integers, beneficiary: Integers) -> Integers | slice:
    """Where each value of a sparse matrix stands among its ties as they were given."""
    if matrix.format == "coo":
        return slice(None)
    from scipy.sparse import coo_array

    places: Integers = _sorted(coo_array((np.arange(owner.size), (beneficiary, owner)), shape=matrix.shape)).data
    return places


def product(matrix: Any, v: Floats) -> Floats:
    """``A v``. Of shares in float32 a part at a time is widened: SciPy would widen all of them, each round anew."""
    if matrix.dtype == np.float64:
        whole: Floats = matrix @ v
        return whole
    found = np.zeros(len(v))
    for rows, some in _widened(matrix):
        found[rows] += some @ v
    return found


def given_away(matrix: Any) -> Floats:
    """Σ of each owner's shares: the column sums."""
    if matrix.dtype == np.float64:
        whole: Floats = matrix.T @ np.ones(matrix.shape[0])
        return whole
    found = np.zeros(matrix.shape[1])
    for _, some in _widened(matrix):
        np.add.at(found, some.col if some.format == "coo" else some.indices, some.data)
    return found


def _widened(matrix: Any) -> Iterator[tuple[slice, Any]]:
    """Parts of the matrix with their shares as float64, and the rows that each part adds to."""
    return _stretches(matrix) if matrix.format == "coo" else _strips(matrix)


def _strips(matrix: Any) -> Iterator[tuple[slice, Any]]:
    for start in range(0, matrix.shape[0], ROWS):
        rows = slice(start, min(start + ROWS, matrix.shape[0]))
        first, last = matrix.indptr[rows.start], matrix.indptr[rows.stop]
        values = matrix.data[first:last].astype(np.float64)
        starts = matrix.indptr[rows.start : rows.stop + 1] - first
        shape = (rows.stop - rows.start, matrix.shape[1])
        yield rows, type(matrix)((values, matrix.indices[first:last], starts), shape=shape)


def _stretches(matrix: Any) -> Iterator[tuple[slice, Any]]:
    for start in range(0, len(matrix.data), TIES):
        some = slice(start, start + TIES)
        values = matrix.data[some].astype(np.float64)
        yield slice(None), type(matrix)((values, (matrix.row[some], matrix.col[some])), shape=matrix.shape)
