"""Money in the books: integer cents inside, decimal(18, 2) in every table.

Cents are 64-bit integers, so sums are exact in any order. An Arrow decimal is 128 bits wide: its low half is the
cents, its high half their sign. Writing the two halves side by side is the whole conversion, with no text and no
Python number in between.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import BooksError

Cents = npt.NDArray[np.int64]

MONEY = pa.decimal128(18, 2)
LARGEST = 2**53  # cents; up to here float64 sums of cents are exact too


def to_cents(money: npt.ArrayLike, *, name: str = "amount") -> Cents:
    """Money (float) to integer cents, half to even; a NaN or more than 90 million million is refused by its row.

    >>> to_cents([1.0, 0.125, 0.135, -2.5]).tolist()
    [100, 12, 14, -250]
    """
    scaled = np.multiply(money, 100.0, dtype=np.float64)
    return round_cents(scaled, name=name)


def round_cents(scaled: npt.NDArray[np.float64], *, name: str = "amount") -> Cents:
    """Fractional cents to whole ones, half to even; refused as in :func:`to_cents`."""
    rounded = np.rint(scaled)
    good = np.abs(rounded) < LARGEST  # False for NaN
    if not good.all():
        row = int(np.flatnonzero(~np.atleast_1d(good))[0])
        money = float(np.atleast_1d(scaled)[row]) / 100
        raise BooksError(
            f"{name}, row {row}: {money:g} is no sum of money that the books can hold",
            where="ledger",
            mend="give a finite sum below 9e13; leave the line out where nothing is known",
        )
    return rounded.astype(np.int64)


def cents_to_decimal(cents: Cents, valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Integer cents to an Arrow array of decimal(18, 2); null where ``valid`` is False.

    >>> cents_to_decimal(np.array([1999, -5])).to_pylist()
    [Decimal('19.99'), Decimal('-0.05')]
    """
    halves = np.empty((len(cents), 2), dtype=np.int64)
    halves[:, 0] = cents
    np.right_shift(halves[:, 0], 63, out=halves[:, 1])  # all ones below zero: the sign carried on
    mask = None
    if valid is not None and not valid.all():
        mask = pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(cents), [mask, pa.py_buffer(halves)])


def decimal_to_cents(column: pa.Array | pa.ChunkedArray) -> Cents:
    """The way back: a decimal(18, 2) column without nulls to integer cents.

    >>> decimal_to_cents(cents_to_decimal(np.array([1999, -5]))).tolist()
    [1999, -5]
    """
    if column.type != MONEY:
        column = pc.cast(column, MONEY)
    if column.null_count:
        raise BooksError("a sum of money is missing", where="ledger", mend="leave out lines without an amount")
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        for chunk in chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def largest_remainder(fractional: npt.NDArray[np.float64], total: int) -> Cents:
    """Whole cents that add up to ``total``, each within one of its fractional sum (Hare's quota, Hamilton's method).

    ``total`` must lie within a cent an element of the sum; equal remainders go to the first.

    >>> largest_remainder(np.array([0.4, 0.4, 0.2]), 1).tolist()
    [1, 0, 0]
    """
    floor = np.floor(fractional)
    whole = floor.astype(np.int64)
    missing = total - int(whole.sum())
    if missing:
        if not 0 < missing <= len(whole):
            raise BooksError(
                f"{len(whole)} sums cannot be rounded to add up to {total}",
                where="ledger",
                mend="this is a fault of goodwill: please report it",
            )
        order = np.argsort(floor - fractional, kind="stable")
        whole[order[:missing]] += 1
    return whole
