"""The book: what each customer generates, what passes between customers, and what stands beside the sums.

Every sum is one pair of accounts (``pairs.py``), so the book balances by construction; the cents of a worth are the sum
of its lines, whatever the solver's tolerance. ``statement.py`` reads the book; ``Book.entries`` is the ledger as it is
written to disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import BooksError
from goodwill.ledger import kinds
from goodwill.ledger.cents import LARGEST, Cents
from goodwill.ledger.columns import Harm, Lines, Names, Ties, Words, as_strings, microseconds
from goodwill.ledger.matrix import Floats
from goodwill.ledger.pairs import Pairs, lines_of, together
from goodwill.ledger.solve import TieMatrix
from goodwill.ledger.transfers import evidence_of
from goodwill.ledger.writing import CAUSE, FIRM, Writer, sum_by


@dataclass(frozen=True)
class Book:
    """One reckoning: accounts, pairs of entries and what was solved. Made by :meth:`build`; never changed.

    ``as_of`` in microseconds since 1970; ``customers`` are the first accounts, in the order given (``pool`` among them
    where there is one), ``others`` the firm's and the causes' after them; ``generated`` (n,) cents that each generates;
    ``gross`` and ``net`` (n,) money as solved, before rounding; ``matrix`` the ties, to solve again with other shares.
    """

    as_of: int
    customers: pa.Array
    others: Names
    kinds: Names
    rules: Names
    pairs: Pairs
    generated: Cents
    gross: Floats
    net: Floats
    matrix: TieMatrix

    @classmethod
    def build(
        cls,
        at: datetime,
        customers: Words,
        own: Iterable[Lines],
        ties: Iterable[Ties] = (),
        *,
        reach: Iterable[Lines] = (),
        harm: Iterable[Harm] = (),
    ) -> Book:
        """Book what customers generate, solve what follows from whom, and write the transfers to the cent.

        Parameters
        ----------
        at
            The day of the books, an instant with its zone; lines without a time of their own are dated so.
        customers
            (n,) ids, each once; ``pool`` may be one of them.
        own
            What customers generate (``g``): see :class:`Lines`. Each sum is rounded to a cent once.
        ties
            Referral and influence: see :class:`Ties`. ``V = g + A V`` is solved with ``g`` in whole cents.
        reach, harm
            What stands beside the sums: strangers on customers' accounts, and what causes cost or earn.

        Raises
        ------
        BooksError
            An unknown kind or evidence, a missing sum or time, a position out of range, an id twice.
        ModelError
            Ties that cannot be solved: see :func:`goodwill.ledger.solve_worth`.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> book = Book.build(
        ...     datetime(2026, 11, 1, tzinfo=UTC),
        ...     customers=["ann", "ben"],
        ...     own=[Lines([0, 1], [10.0, 100.0], kind="spend", counter="firm:sales")],
        ...     ties=[Ties(owner=[1], beneficiary=[0], share=[0.5], kind="referral")],
        ... )
        >>> book.worth.tolist(), book.follows.tolist()
        ([6000, 5000], [6000, 10000])
        >>> book.entries.select(["customer_id", "counterparty_id", "kind", "amount"]).slice(4).to_pylist()
        [{'customer_id': 'ann', 'counterparty_id': 'ben', 'kind': 'referral', 'amount': Decimal('50.00')},
         {'customer_id': 'ben', 'counterparty_id': 'ann', 'kind': 'referral', 'amount': Decimal('-50.00')}]
        """
        ids = _checked_customers(customers)
        writer = Writer(microseconds(at), len(ids), Names(), Names(), Names())
        own_pairs = together([writer.lines(lines, kinds.OWN_KINDS) for lines in [_NO_LINES, *own]])
        _check_total(own_pairs)
        generated = sum_by(own_pairs.account, own_pairs.cents, len(ids))
        shares = writer.ties(tuple(ties))
        matrix = TieMatrix(len(ids), shares.owner, shares.beneficiary, shares.money)
        solution = matrix.solve(generated / 100.0)
        own_evidence = evidence_of(own_pairs.account, own_pairs.evidence, len(ids))
        pairs = together(
            [
                own_pairs,
                *writer.passed(shares, solution.gross, own_evidence),
                *(writer.lines(lines, (kinds.REACH,)) for lines in reach),
                *(writer.harm(one) for one in harm),
            ]
        )
        _check_total(pairs)
        return cls(
            as_of=writer.as_of,
            customers=ids,
            others=writer.others,
            kinds=writer.kinds,
            rules=writer.rules,
            pairs=pairs,
            generated=generated,
            gross=solution.gross,
            net=solution.net,
            matrix=matrix,
        )

    def with_harm(self, harm: Iterable[Harm]) -> Book:
        """The same book with what causes cost or earn, booked after the solve: no customer's line changes."""
        writer = Writer(self.as_of, self.size, self.others, self.kinds, self.rules)
        pairs = together([self.pairs, *(writer.harm(one) for one in harm)])
        _check_total(pairs)
        return replace(self, others=writer.others, kinds=writer.kinds, rules=writer.rules, pairs=pairs)

    @property
    def size(self) -> int:
        """How many customers."""
        return len(self.customers)

    @cached_property
    def entries(self) -> pa.Table:
        """The ledger: two lines for each pair, in the schema of ledger.parquet."""
        return self._lines(self.pairs, np.arange(len(self.pairs)))

    def lines_of(self, customer_id: str) -> pa.Table:
        """The lines of one account, in the schema of the ledger."""
        position = self._position(customer_id)
        rows = np.flatnonzero((self.pairs.account == position) | (self.pairs.counter == position))
        lines = self._lines(self.pairs[rows], rows)
        return lines.filter(pc.equal(lines["customer_id"], customer_id))

    def part(self, name: str) -> Cents:
        """(n,) cents of one of ``kinds.PARTS``: what a customer generates and receives under that head."""
        return self._received(self.pairs.part == kinds.PARTS.index(name))

    @cached_property
    def follows(self) -> Cents:
        """(n,) cents: the four parts together."""
        return self._received(self.pairs.part != kinds.BESIDE)

    @cached_property
    def passed_on(self) -> Cents:
        """(n,) cents, 0 or less unless shares or sums are negative: what is booked to others."""
        rows = (self.pairs.part != kinds.BESIDE) & (self.pairs.counter < self.size)
        return -sum_by(self.pairs.counter[rows], self.pairs.cents[rows], self.size)

    @property
    def worth(self) -> Cents:
        """(n,) cents: follows and passed on together."""
        return self.follows + self.passed_on

    @cached_property
    def evidence(self) -> npt.NDArray[np.uint8]:
        """(n,) the evidence of all lines of a customer that count, as codes that add."""
        counts = self.pairs.part != kinds.BESIDE
        seen = np.zeros(self.size, dtype=np.uint8)
        for side in (self.pairs.account, self.pairs.counter):
            rows = counts & (side < self.size)
            seen |= evidence_of(side[rows], self.pairs.evidence[rows], self.size)
        return seen

    def _received(self, rows: npt.NDArray[np.bool_]) -> Cents:
        rows = rows & (self.pairs.account < self.size)
        return sum_by(self.pairs.account[rows], self.pairs.cents[rows], self.size)

    def _lines(self, pairs: Pairs, numbers: npt.NDArray[np.int64]) -> pa.Table:
        accounts = pa.concat_arrays([self.customers, pa.array(self.others.words, pa.string())])
        return lines_of(pairs, numbers, accounts, self.kinds.words, self.rules.words)

    def _position(self, account: str) -> int:
        position = int(pc.index(self.customers, account).as_py())
        if position >= 0:
            return position
        other = self.others.find(account)
        if other is None:
            raise BooksError(f"no account {account!r}", where="ledger", mend="give the id of a customer of this book")
        return self.size + other


_NO_LINES = Lines([], [], kind="spend", counter="firm:sales")


def _checked_customers(customers: Words) -> pa.Array:
    ids = as_strings(customers, name="customers")
    taken = pc.or_(pc.starts_with(ids, FIRM), pc.starts_with(ids, CAUSE))
    if pc.any(taken).as_py():
        row = int(pc.index(taken, True).as_py())
        raise BooksError(
            f"customers, row {row}: {ids[row].as_py()!r} is kept for the accounts of the firm and of causes",
            where="ledger",
            mend=f"give the customer an id that begins with neither {FIRM!r} nor {CAUSE!r}",
        )
    codes = ids.dictionary_encode()
    if len(codes.dictionary) < len(ids):
        _, first = np.unique(codes.indices.to_numpy(), return_index=True)
        row = int(np.setdiff1d(np.arange(len(ids)), first)[0])
        raise BooksError(
            f"customers, row {row}: {ids[row].as_py()!r} is there twice", where="ledger", mend="give each customer once"
        )
    return ids


def _check_total(pairs: Pairs) -> None:
    """Up to 2**53 cents in all, every sum by account is exact in float64 as well."""
    total = float(np.abs(pairs.cents).astype(np.float64).sum())
    if total >= LARGEST:
        raise BooksError(
            f"{total / 100:.3g} is more money than the books can hold to the cent",
            where="ledger",
            mend="reckon in thousands: the books hold 9e13",
        )
