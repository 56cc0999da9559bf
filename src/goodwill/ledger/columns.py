"""What a book is built from: whole columns of sums, ties and harm, each value once or one for every row.

Positions count the customers given to ``Book.build`` from 0. Money and shares are floats here; they become cents once,
in the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import BooksError
from goodwill.ledger import kinds
from goodwill.ledger.cents import Cents, to_cents

Words: TypeAlias = str | Sequence[str] | npt.NDArray[Any] | pa.Array | pa.ChunkedArray
Instants: TypeAlias = datetime | np.datetime64 | npt.NDArray[np.datetime64] | pa.Array | None
Evidence: TypeAlias = int | str | Sequence[str] | npt.NDArray[Any] | pa.Array


@dataclass(frozen=True)
class Lines:
    """Sums on customers' own accounts: what they generate (``Book.build(own=…)``) or their ``reach``.

    ``customer`` (m,) positions; ``amount``, ``low``, ``high`` (m,) money, NaN or None where no interval is known;
    ``kind`` one of ``kinds.OWN_KINDS`` (left out for reach); ``counter`` the firm's account that the sum comes from;
    ``at`` when, None for the day of the books; ``evidence`` a word of ``kinds.EVIDENCE`` or codes that add;
    ``rule`` the rule and its version. All but ``customer`` and ``amount`` may be one value for every row.
    """

    customer: npt.ArrayLike
    amount: npt.ArrayLike
    kind: Words = kinds.REACH
    counter: Words = "firm:reach"
    at: Instants = None
    low: npt.ArrayLike | None = None
    high: npt.ArrayLike | None = None
    evidence: Evidence = "measured"
    rule: Words = ""


@dataclass(frozen=True)
class Ties:
    """Of what ``owner`` brings, ``share`` goes to ``beneficiary``: referral or influence, (m,) each.

    ``low`` and ``high`` are shares too. Repeated ties add, pair by pair and kind by kind; the pair keeps its latest
    ``at``, all its evidence and the rule of its first tie.
    """

    owner: npt.ArrayLike
    beneficiary: npt.ArrayLike
    share: npt.ArrayLike
    kind: Words = "influence"
    low: npt.ArrayLike | None = None
    high: npt.ArrayLike | None = None
    at: Instants = None
    evidence: Evidence = "estimated"
    rule: Words = ""


@dataclass(frozen=True)
class Harm:
    """What a cause costs (kind ``harm``, below 0) or earns (``earns``): on its own account, beside the sums.

    ``cause`` is the account, ``cause:…``, once or row by row.
    """

    cause: Words
    amount: npt.ArrayLike
    low: npt.ArrayLike | None = None
    high: npt.ArrayLike | None = None
    kind: Words = "harm"
    counter: Words = "firm:harm"
    at: Instants = None
    evidence: Evidence = "estimated"
    rule: Words = ""


@dataclass
class Names:
    """Words to codes and back: accounts, kinds and rules are held as integers until they are written."""

    words: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Names:
        """The same words, to add to without changing these."""
        return Names(list(self.words), dict(self._codes))

    def find(self, word: str) -> int | None:
        """The code of a known word."""
        return self._codes.get(word)

    def code(self, word: str) -> int:
        """The code of one word, new or known."""
        if word not in self._codes:
            self._codes[word] = len(self.words)
            self.words.append(word)
        return self._codes[word]

    def codes(self, values: Words, rows: int, *, name: str) -> npt.NDArray[np.int32]:
        """(rows,) codes of one word for all rows, or of a column of words."""
        if isinstance(values, str):
            return np.full(rows, self.code(values), dtype=np.int32)
        column = as_strings(values, name=name)
        if len(column) != rows:
            raise _length(name, len(column), rows)
        encoded = column.dictionary_encode()
        known = np.array([self.code(word) for word in encoded.dictionary.to_pylist()], dtype=np.int32)
        return known[encoded.indices.to_numpy(zero_copy_only=False)] if rows else np.empty(0, dtype=np.int32)


def as_strings(values: Words, *, name: str) -> pa.Array:
    """Any column of words as one Arrow string array without nulls."""
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type=pa.string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if column.type != pa.string():
        column = pc.cast(column, pa.string())
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise BooksError(f"{name}, row {row} is empty", where="ledger", mend=f"give a {name} for every row")
    return column


def instants(values: Instants, rows: int, as_of: int) -> npt.NDArray[np.int64]:
    """(rows,) microseconds since 1970 in UTC."""
    if values is None:
        return np.full(rows, as_of)
    if isinstance(values, datetime):
        return np.full(rows, microseconds(values))
    if isinstance(values, pa.Array | pa.ChunkedArray):
        values = pc.cast(values, pa.timestamp("us", tz=values.type.tz)).to_numpy(zero_copy_only=False)
    times = np.asarray(values).astype("datetime64[us]")
    if np.isnat(times).any():
        row = int(np.flatnonzero(np.isnat(times))[0])
        raise BooksError(
            f"at, row {row} is empty", where="ledger", mend="give a time, or None for the day of the books"
        )
    if times.ndim and len(times) != rows:
        raise _length("at", len(times), rows)
    return np.broadcast_to(times.astype(np.int64), rows)


def microseconds(at: datetime) -> int:
    """A time with its zone as microseconds since 1970 in UTC."""
    if at.tzinfo is None:
        raise BooksError(f"{at.isoformat()} has no time zone", where="ledger", mend="give an instant in UTC")
    return round(at.timestamp() * 1_000_000)


def evidence_codes(values: Evidence, rows: int) -> npt.NDArray[np.uint8]:
    """(rows,) codes from 1 to 7."""
    if isinstance(values, int):
        codes = np.full(rows, values)
    elif isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        codes = values
    else:
        names = Names(list(kinds.EVIDENCE), {word: code for code, word in enumerate(kinds.EVIDENCE)})
        position = names.codes(values, rows, name="evidence")
        if len(names.words) > len(kinds.EVIDENCE):
            raise BooksError(
                f"evidence {names.words[-1]!r} is unknown",
                where="ledger",
                mend=f"use one of {', '.join(kinds.EVIDENCE)}",
            )
        codes = np.left_shift(1, position)
    if len(codes) != rows:
        raise _length("evidence", len(codes), rows)
    if rows and not (codes.min() >= 1 and codes.max() <= 7):
        raise BooksError("an evidence code is not from 1 to 7", where="ledger", mend="add 1, 2 and 4 of ledger.kinds")
    return codes.astype(np.uint8)


def positions(values: npt.ArrayLike, size: int, *, name: str) -> npt.NDArray[np.int32]:
    """(m,) positions of customers, each from 0 to size − 1."""
    column = np.asarray(values)
    if column.size == 0:
        return np.empty(0, dtype=np.int32)
    if column.ndim != 1 or column.dtype.kind not in "iu":
        raise BooksError(f"{name} is no column of integers", where="ledger", mend="give positions of customers")
    outside = (column < 0) | (column >= size)
    if outside.any():
        row = int(outside.argmax())
        raise BooksError(
            f"{name}, row {row}: {column[row]} is out of range", where="ledger", mend=f"there are {size} customers"
        )
    return column.astype(np.int32)


def numbers(values: npt.ArrayLike, rows: int | None, *, name: str) -> npt.NDArray[np.float64]:
    """One column of floats of the right length."""
    column = np.asarray(values, dtype=np.float64)
    if column.ndim == 0 and rows is not None:
        column = np.broadcast_to(column, rows)
    if column.ndim != 1:
        raise BooksError(f"{name} has {column.ndim} dimensions", where="ledger", mend="give one column")
    if rows is not None and len(column) != rows:
        raise _length(name, len(column), rows)
    return column


def interval(
    cents: Cents, low: npt.ArrayLike | None, high: npt.ArrayLike | None
) -> tuple[Cents, Cents, npt.NDArray[np.bool_]]:
    """Low and high in cents, and where both are known; they always bracket the amount.

    A skewed outcome can have its mean above its ninth decile; then the interval is widened to the amount.
    """
    rows = len(cents)
    if low is None or high is None:
        return cents, cents, np.zeros(rows, dtype=np.bool_)
    lowest, highest = numbers(low, rows, name="low"), numbers(high, rows, name="high")
    known = ~(np.isnan(lowest) | np.isnan(highest))
    return (
        np.minimum(cents, to_cents(np.where(known, lowest, cents / 100), name="low")),
        np.maximum(cents, to_cents(np.where(known, highest, cents / 100), name="high")),
        known,
    )


def _length(name: str, given: int, wanted: int) -> BooksError:
    return BooksError(f"{name} has {given} rows, not {wanted}", where="ledger", mend="give one for each row")
