"""From columns to pairs: each group of sums is checked, coded and rounded to the cent here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from goodwill.errors import BooksError
from goodwill.ledger import kinds
from goodwill.ledger.cents import Cents, to_cents
from goodwill.ledger.columns import (
    Harm,
    Lines,
    Names,
    Ties,
    Words,
    evidence_codes,
    instants,
    interval,
    numbers,
    positions,
)
from goodwill.ledger.matrix import Floats
from goodwill.ledger.pairs import Pairs
from goodwill.ledger.transfers import Pooled, Transfers, aggregate, pooled, rounded

FIRM, CAUSE = "firm:", "cause:"
CLEARING = "firm:small ties"  # where small ties pass through; it always closes at 0
SMALL_RULE = "{kind}: ties below a cent together, by largest remainders"


class Writer:
    """Writes pairs for one book: knows its day, its customers' number, and the words met so far."""

    def __init__(self, as_of: int, size: int, others: Names, kind_names: Names, rules: Names) -> None:
        self.as_of, self.size = as_of, size
        self.others, self.kinds, self.rules = others.copy(), kind_names.copy(), rules.copy()

    def lines(self, lines: Lines, allowed: Sequence[str]) -> Pairs:
        """Sums on customers' accounts, against the firm's."""
        customer = positions(lines.customer, self.size, name="customer")
        counter = self._accounts(lines.counter, len(customer), FIRM, name="counter")
        return self._pairs(lines, customer, counter, allowed)

    def harm(self, harm: Harm) -> Pairs:
        """Sums on causes' accounts, against the firm's."""
        rows = numbers(harm.amount, None, name="amount").size
        cause = self._accounts(harm.cause, rows, CAUSE, name="cause")
        counter = self._accounts(harm.counter, rows, FIRM, name="counter")
        return self._pairs(harm, cause, counter, kinds.CAUSE_KINDS)

    def ties(self, groups: Sequence[Ties]) -> Transfers:
        """All ties in one, in the order given; what is money there is still a share here."""
        parts = [self._tie_group(ties) for ties in groups]
        return Transfers.together(parts) if parts else self._tie_group(Ties([], [], []))

    def passed(self, ties: Transfers, gross: Floats, own_evidence: npt.NDArray[np.uint8]) -> Iterator[Pairs]:
        """The pairs of what passes between customers: first those of a cent or more, then the small ties pooled.

        A transfer is as sure as its tie and as the owner's own sums, so it carries the evidence of both.
        """
        transfers = aggregate(ties.priced(gross * 100.0, own_evidence), self.size)
        cents, low, high = rounded(transfers)
        small = cents == 0
        large = ~small
        yield Pairs(
            transfers.beneficiary[large],
            transfers.owner[large],
            transfers.kind[large],
            self._parts(transfers.kind[large]),
            cents[large],
            low[large],
            high[large],
            transfers.ranged[large],
            transfers.evidence[large],
            transfers.rule[large],
            transfers.at[large],
        )
        for pool in pooled(transfers, small, self.size):
            yield self._small_ties(pool)

    def _pairs(
        self,
        lines: Lines | Harm,
        account: npt.NDArray[np.int32],
        counter: npt.NDArray[np.int32],
        allowed: Sequence[str],
    ) -> Pairs:
        rows = len(account)
        cents = to_cents(numbers(lines.amount, rows, name="amount"))
        low, high, ranged = interval(cents, lines.low, lines.high)
        kind = self._kinds(lines.kind, rows, allowed)
        return Pairs(
            account,
            counter,
            kind,
            self._parts(kind),
            cents,
            low,
            high,
            ranged,
            evidence_codes(lines.evidence, rows),
            self.rules.codes(lines.rule, rows, name="rule"),
            instants(lines.at, rows, self.as_of),
        )

    def _tie_group(self, ties: Ties) -> Transfers:
        owner = positions(ties.owner, self.size, name="owner")
        rows = len(owner)
        share = numbers(ties.share, rows, name="share")
        ranged = ties.low is not None and ties.high is not None
        return Transfers(
            self._kinds(ties.kind, rows, kinds.TIE_KINDS),
            owner,
            positions(ties.beneficiary, self.size, name="beneficiary"),
            share,
            share if ties.low is None else np.fmin(share, numbers(ties.low, rows, name="low")),
            share if ties.high is None else np.fmax(share, numbers(ties.high, rows, name="high")),
            np.full(rows, ranged),
            evidence_codes(ties.evidence, rows),
            self.rules.codes(ties.rule, rows, name="rule"),
            instants(ties.at, rows, self.as_of),
        )

    def _small_ties(self, pool: Pooled) -> Pairs:
        """Received: from the clearing account to the customer; passed on: from the customer to the clearing account."""
        rows = len(pool.customer)
        clearing = np.full(rows, self.size + self.others.code(CLEARING), dtype=np.int32)
        kind = self.kinds.words[pool.kind]
        return Pairs(
            pool.customer if pool.received else clearing,
            clearing if pool.received else pool.customer,
            np.full(rows, self.kinds.code(kinds.SMALL_TIES), dtype=np.int32),
            np.full(rows, kinds.part_code(kind), dtype=np.int8),
            pool.cents,
            pool.low,
            pool.high,
            pool.ranged,
            pool.evidence,
            np.full(rows, self.rules.code(SMALL_RULE.format(kind=kind)), dtype=np.int32),
            np.full(rows, self.as_of),
        )

    def _accounts(self, values: Words, rows: int, prefix: str, *, name: str) -> npt.NDArray[np.int32]:
        codes = self.others.codes(values, rows, name=name)
        for code in np.unique(codes).tolist():
            if not self.others.words[code].startswith(prefix):
                raise BooksError(
                    f"{name} {self.others.words[code]!r} is no such account",
                    where="ledger",
                    mend=f"its name begins with {prefix!r}",
                )
        return codes + np.int32(self.size)

    def _kinds(self, values: Words, rows: int, allowed: Sequence[str]) -> npt.NDArray[np.int32]:
        codes = self.kinds.codes(values, rows, name="kind")
        for code in np.unique(codes).tolist():
            if self.kinds.words[code] not in allowed:
                raise BooksError(
                    f"kind {self.kinds.words[code]!r} cannot stand here",
                    where="ledger",
                    mend=f"use one of {', '.join(allowed)}",
                )
        return codes

    def _parts(self, kind: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
        allowed = {*kinds.PART_OF_KIND, *kinds.BESIDE_THE_SUMS}
        codes = [kinds.part_code(word) if word in allowed else kinds.BESIDE for word in self.kinds.words]
        return np.array(codes, dtype=np.int8)[kind]


def sum_by(account: npt.NDArray[np.int32], cents: Cents, size: int) -> Cents:
    """(size,) cents by account. Exact: the book refuses more than 2**53 cents in all, and floats hold so many."""
    return np.bincount(account, cents, size).astype(np.int64)
