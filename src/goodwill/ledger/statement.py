"""Reading one account, and all of them: the table of worths, and the statement of one customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import BooksError
from goodwill.ledger import kinds
from goodwill.ledger.book import Book
from goodwill.ledger.cents import MONEY, Cents, cents_to_decimal, decimal_to_cents, to_cents
from goodwill.ledger.columns import Words, as_strings, numbers
from goodwill.ledger.pairs import evidence_lists
from goodwill.ledger.writing import CAUSE, FIRM

POOL = "pool"

STATEMENT = pa.schema(
    [
        ("at", pa.timestamp("us", tz="UTC")),
        ("what", pa.string()),
        ("who", pa.string()),
        ("happened", MONEY),
        ("expected", MONEY),
        ("low", MONEY),
        ("high", MONEY),
        ("balance", MONEY),
        ("evidence", pa.list_(pa.string())),
        ("rule", pa.string()),
        ("counts", pa.bool_()),
    ]
)


def worth_table(
    book: Book,
    *,
    follows_low: npt.ArrayLike | None = None,
    follows_high: npt.ArrayLike | None = None,
    worth_low: npt.ArrayLike | None = None,
    worth_high: npt.ArrayLike | None = None,
    standing: Words | None = None,
) -> pa.Table:
    """One row a customer, in the order of the book, in the columns of worth.parquet; money is decimal(18, 2).

    The four parts, ``passed_on`` and ``worth`` are sums of the customer's entries: so ``follows`` is the sum of the
    parts and ``worth`` is ``follows + passed_on``, to the cent. The intervals, (n,) money each, come from outside (from
    draws); they are widened where they would not bracket the sum, and null where they are NaN or not given. So is
    ``standing``, (n,) words.

    Raises BooksError where a column has not one row for each customer.

    >>> from datetime import UTC, datetime
    >>> from goodwill.ledger import Lines
    >>> spend = Lines([0], [10.0], kind="spend", counter="firm:sales")
    >>> book = Book.build(datetime(2026, 11, 1, tzinfo=UTC), ["ann"], [spend])
    >>> row = worth_table(book, follows_low=[7.5], follows_high=[9.0], standing=["loyal"]).to_pylist()[0]
    >>> str(row["worth"]), str(row["follows_low"]), str(row["follows_high"]), row["evidence"], row["standing"]
    ('10.00', '7.50', '10.00', ['measured'], 'loyal')
    """
    columns = {
        "customer_id": book.customers,
        **{part: cents_to_decimal(book.part(part)) for part in kinds.PARTS},
        "follows": cents_to_decimal(book.follows),
        "passed_on": cents_to_decimal(book.passed_on),
        "worth": cents_to_decimal(book.worth),
        "follows_low": _bound(book.follows, follows_low, np.minimum, "follows_low"),
        "follows_high": _bound(book.follows, follows_high, np.maximum, "follows_high"),
        "worth_low": _bound(book.worth, worth_low, np.minimum, "worth_low"),
        "worth_high": _bound(book.worth, worth_high, np.maximum, "worth_high"),
        "generated": cents_to_decimal(book.generated),
        "evidence": evidence_lists(book.evidence),
        "standing": _standing(standing, book.size),
    }
    return pa.table(columns)


def statement(source: Book | pa.Table, customer_id: str) -> pa.Table:
    """The statement of one account: its lines in time order with a running balance, others counted and never named.

    ``source`` is a book or a table of entries as in ledger.parquet. Columns: ``at``; ``what`` (the kind); ``who``
    ('from 14 people', 'to 2 people', or the firm's account); ``happened`` (our records show it) or ``expected``
    (estimated or assumed), the other null; ``low``, ``high``; ``balance`` after the line; ``evidence``; ``rule``;
    ``counts``, False for what stands beside the sums: the balance passes over it.

    What passes between customers is added up by kind, direction and whether it happened, and dated by its latest line.

    Raises BooksError where the book has no such account.

    >>> from datetime import UTC, datetime
    >>> from goodwill.ledger import Lines, Ties
    >>> spend = Lines([0, 1, 2], [10.0, 100.0, 50.0], kind="spend", counter="firm:sales", evidence="estimated")
    >>> ties = Ties(owner=[1, 2], beneficiary=[0, 0], share=[0.5, 0.1], kind="referral")
    >>> book = Book.build(datetime(2026, 11, 1, tzinfo=UTC), ["ann", "ben", "cy"], [spend], [ties])
    >>> for line in statement(book, "ann").select(["what", "who", "expected", "balance"]).to_pylist():
    ...     print(line["what"], line["who"], line["expected"], line["balance"])
    spend firm:sales 10.00 10.00
    referral from 2 people 55.00 65.00
    """
    if isinstance(source, Book):
        lines = source.lines_of(customer_id)
    else:
        lines = source.filter(pc.equal(source["customer_id"], customer_id))
        if not len(lines):
            raise BooksError(
                f"no account {customer_id!r}", where="ledger", mend="give the id of a customer in the book"
            )
    return _statement(lines)


def _statement(lines: pa.Table) -> pa.Table:
    """Groups of lines that are shown as one, each line of the firm's being its own group; then the running balance."""
    code = _evidence_of(lines["evidence"])
    received = _bools(pc.ends_with(lines["entry_id"], "a"))
    kind = lines["kind"].combine_chunks().dictionary_encode()
    between = ~_bools(
        pc.or_(pc.starts_with(lines["counterparty_id"], FIRM), pc.starts_with(lines["counterparty_id"], CAUSE))
    )
    label = (kind.indices.to_numpy().astype(np.int64) * 2 + received) * 2 + (code == kinds.MEASURED)
    label = np.where(between, label, label.max(initial=0) + 1 + np.arange(len(lines)))
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    groups = len(first)

    at = lines["at"].cast(pa.int64()).to_numpy()
    latest = np.full(groups, np.iinfo(np.int64).min)
    np.maximum.at(latest, group, at)
    evidence = np.zeros(groups, dtype=np.uint8)
    np.bitwise_or.at(evidence, group, code)
    order = np.lexsort((first, latest))
    shown = lines.take(pa.array(first[order]))
    cents = _sums(decimal_to_cents(lines["amount"]), group, groups)[order]
    ranged = np.bincount(group, _bools(lines["low"].is_null()), groups)[order] == 0
    evidence = evidence[order]
    counts = ~_bools(pc.is_in(shown["kind"], pa.array(kinds.BESIDE_THE_SUMS)))
    happened = evidence == kinds.MEASURED
    return pa.Table.from_arrays(
        [
            pa.array(latest[order]).cast(pa.timestamp("us", tz="UTC")),
            shown["kind"],
            _who(lines, shown, group, groups, order, between, received),
            cents_to_decimal(cents, happened),
            cents_to_decimal(cents, ~happened),
            cents_to_decimal(_sums(_or_zero(lines["low"]), group, groups)[order], ranged),
            cents_to_decimal(_sums(_or_zero(lines["high"]), group, groups)[order], ranged),
            cents_to_decimal(np.cumsum(np.where(counts, cents, 0))),
            evidence_lists(evidence),
            shown["rule"],
            pa.array(counts),
        ],
        schema=STATEMENT,
    )


def _who(
    lines: pa.Table,
    shown: pa.Table,
    group: npt.NDArray[np.int64],
    groups: int,
    order: npt.NDArray[np.int64],
    between: npt.NDArray[np.bool_],
    received: npt.NDArray[np.bool_],
) -> pa.Array:
    """The firm's account by name; customers only by their number."""
    pool = _bools(pc.equal(lines["counterparty_id"], POOL))
    people = np.bincount(group, between & ~pool, groups)[order].astype(np.int64)
    pools = np.bincount(group, between & pool, groups)[order] > 0
    inward = np.bincount(group, received, groups)[order] > 0
    accounts, what = shown["counterparty_id"].to_pylist(), shown["kind"].to_pylist()
    words = []
    for row, account in enumerate(accounts):
        toward = "from" if inward[row] else "to"
        if what[row] == kinds.SMALL_TIES:
            words.append(f"{toward} people, each less than a cent")
        elif not people[row] and not pools[row]:
            words.append(account)
        else:
            counted = ["1 person" if people[row] == 1 else f"{people[row]:,} people"] if people[row] else []
            words.append(f"{toward} " + " and ".join(counted + ["the pool"] * bool(pools[row])))
    return pa.array(words, pa.string())


def _bound(amount: Cents, given: npt.ArrayLike | None, widen: Callable[[Any, Any], Any], name: str) -> pa.Array:
    """One side of an interval, widened to bracket the amount."""
    if given is None:
        return pa.nulls(len(amount), MONEY)
    money = numbers(given, len(amount), name=name)
    known = ~np.isnan(money)
    return cents_to_decimal(widen(amount, to_cents(np.where(known, money, 0.0), name=name)), known)


def _standing(standing: Words | None, size: int) -> pa.Array:
    if standing is None:
        return pa.nulls(size, pa.string())
    words = as_strings(standing, name="standing")
    if len(words) != size:
        raise BooksError(
            f"standing has {len(words)} rows, not {size}", where="ledger", mend="give one for each customer"
        )
    return words


def _evidence_of(column: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    """Lists of words back to codes."""
    lists = column.combine_chunks()
    codes = np.zeros(len(lists), dtype=np.uint8)
    words, owner = lists.flatten(), pc.list_parent_indices(lists).to_numpy()
    for bit, word in enumerate(kinds.EVIDENCE):
        codes[owner[_bools(pc.equal(words, word))]] |= np.uint8(1 << bit)
    return codes


def _sums(cents: Cents, group: npt.NDArray[np.int64], groups: int) -> Cents:
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, group, cents)
    return total


def _or_zero(column: pa.ChunkedArray) -> Cents:
    return decimal_to_cents(pc.fill_null(column, pa.scalar(0, MONEY)))


def _bools(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    flat: npt.NDArray[np.bool_] = np.asarray(column).astype(np.bool_)
    return flat
