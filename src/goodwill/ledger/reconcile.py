"""The reconciliation: the entries, as they are written, added up once more and held against the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import BooksError
from goodwill.ledger import kinds
from goodwill.ledger.book import Book
from goodwill.ledger.cents import Cents, decimal_to_cents
from goodwill.ledger.solve import LAW_TOLERANCE
from goodwill.ledger.statement import POOL
from goodwill.ledger.writing import CAUSE, FIRM


@dataclass(frozen=True)
class Reconciliation:
    """What the entries add up to, in cents.

    ``sums`` by class of account (customers, pool, firm) over the lines that count; ``beside`` by kind (reach, harm,
    earns) on the accounts of customers and causes; ``differences`` that must all be 0; ``law`` is |Σx − Σg| as a part
    of Σ|g|, before rounding.
    """

    lines: int
    sums: dict[str, int]
    beside: dict[str, int]
    generated: int
    worth: int
    differences: dict[str, int]
    law: float

    @property
    def balanced(self) -> bool:
        """Whether every difference is 0 and the law holds."""
        return not any(self.differences.values()) and self.law <= LAW_TOLERANCE

    def __str__(self) -> str:
        rows = [f"the books: {self.lines:,} lines", *(_row(name, cents) for name, cents in self.sums.items())]
        rows += [_row("generated", self.generated), _row("worth", self.worth)]
        rows += [_row(f"beside the sums: {name}", cents) for name, cents in self.beside.items()]
        rows += [f"  {name:<34}{count:>24,}" for name, count in self.differences.items()]
        rows += [f"  {'Σ worth − Σ generated, unrounded':<34}{self.law:>24.1e} of Σ|generated|"]
        rows += ["the books balance" if self.balanced else "THE BOOKS DO NOT BALANCE"]
        return "\n".join(rows)


def reconcile(book: Book, entries: pa.Table | None = None) -> Reconciliation:
    """Add up the entries (those of the book, or a table read back from disk) and hold them against the book.

    Raises BooksError, with the whole reconciliation in its text, if anything that must be 0 is not.

    >>> from datetime import UTC, datetime
    >>> from goodwill.ledger import Lines, Ties
    >>> spend = Lines([0, 1], [10.0, 100.0], kind="spend", counter="firm:sales")
    >>> book = Book.build(datetime(2026, 11, 1, tzinfo=UTC), ["ann", "ben"], [spend], [Ties([1], [0], [0.5])])
    >>> print(reconcile(book))
    the books: 6 lines
      customers                                           110.00
      pool                                                  0.00
      firm                                               -110.00
      generated                                           110.00
      worth                                               110.00
      lines without their counter-line                         0
      all lines together, cents                                0
      worth less generated, cents                              0
      customers whose lines miss worth                         0
      Σ worth − Σ generated, unrounded                   0.0e+00 of Σ|generated|
    the books balance
    """
    entries = book.entries if entries is None else entries
    found = _add_up(book, entries)
    if not found.balanced:
        raise BooksError(
            f"the books do not balance\n{found}",
            where="ledger",
            mend="nothing was written; please report it with the figures above",
        )
    return found


def _add_up(book: Book, entries: pa.Table) -> Reconciliation:
    cents = decimal_to_cents(entries["amount"])
    counts = ~_bools(pc.is_in(entries["kind"], pa.array(kinds.BESIDE_THE_SUMS)))
    account = entries["customer_id"]
    of = {
        "firm": _bools(pc.starts_with(account, FIRM)),
        "cause": _bools(pc.starts_with(account, CAUSE)),
        "pool": _bools(pc.equal(account, POOL)),
    }
    persons = ~(of["firm"] | of["cause"])
    of["customers"] = persons & ~of["pool"]
    sums = {name: _sum(cents, of[name] & counts) for name in ("customers", "pool", "firm")}
    beside = {}
    for kind in kinds.BESIDE_THE_SUMS:
        rows = _bools(pc.equal(entries["kind"], kind)) & ~of["firm"]
        if rows.any():
            beside[kind] = _sum(cents, rows)
    worth, generated = sums["customers"] + sums["pool"], int(book.generated.sum())
    size = float(np.abs(book.generated).sum()) / 100
    return Reconciliation(
        lines=len(cents),
        sums=sums,
        beside=beside,
        generated=generated,
        worth=worth,
        differences={
            "lines without their counter-line": _unmatched(entries["entry_id"], cents),
            "all lines together, cents": _sum(cents, np.ones(len(cents), dtype=np.bool_)),
            "worth less generated, cents": worth - generated,
            "customers whose lines miss worth": _off(book, account, cents, persons & counts),
        },
        law=abs(float(book.net.sum()) - generated / 100) / size if size else 0.0,
    )


def _unmatched(entry_id: pa.ChunkedArray, cents: Cents) -> int:
    """How many entries have not exactly one line a and one line b that cancel; they lie side by side as written."""
    number = pc.utf8_slice_codeunits(entry_id, 0, -1).combine_chunks()
    if len(cents) % 2 == 0:
        paired = _bools(pc.equal(number[0::2], number[1::2])) if len(cents) else np.ones(0, dtype=np.bool_)
        if paired.all():
            return int((cents[0::2] + cents[1::2] != 0).sum())
    codes = number.dictionary_encode().indices.to_numpy()
    total = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    np.add.at(total, codes, cents)
    return int(((total != 0) | (np.bincount(codes) != 2)).sum())


def _off(book: Book, account: pa.ChunkedArray, cents: Cents, rows: npt.NDArray[np.bool_]) -> int:
    """How many customers' lines do not add up to the worth in the book."""
    coded = account.combine_chunks().dictionary_encode()
    place = pc.index_in(coded.dictionary, book.customers).to_numpy(zero_copy_only=False)
    position = np.where(np.isnan(place), book.size, place).astype(np.int64)[coded.indices.to_numpy()]
    stranger = np.append(np.zeros(book.size, dtype=np.int64), 0)
    np.add.at(stranger, position[rows], cents[rows])
    return int((stranger[:-1] != book.worth).sum()) + int(stranger[-1] != 0)


def _sum(cents: Cents, rows: npt.NDArray[np.bool_]) -> int:
    return int(cents[rows].sum())


def _bools(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    flat: npt.NDArray[np.bool_] = np.asarray(column).astype(np.bool_)
    return flat


def _row(name: str, cents: int) -> str:
    sign, whole = "-" if cents < 0 else "", abs(cents)
    return f"  {name:<34}{f'{sign}{whole // 100:,}.{whole % 100:02d}':>24}"
