"""Transfers: what passes from owners to beneficiaries, pair by pair and kind by kind, rounded to the cent once.

A pair whose sum rounds to 0 is not written. All such pairs of a customer are pooled, kind by kind, into one line for
what he receives and one for what he passes on, against a clearing account. Largest remainders make the whole cents of
both sides add up to the same total, so the clearing account closes at 0 and the books balance exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from goodwill.ledger.cents import Cents, largest_remainder, round_cents

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Transfers:
    """What passes, tie by tie or pair by pair; ``money``, ``low`` and ``high`` are shares, or cents before rounding."""

    kind: npt.NDArray[np.int32]
    owner: npt.NDArray[np.int32]
    beneficiary: npt.NDArray[np.int32]
    money: Floats
    low: Floats
    high: Floats
    ranged: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]
    rule: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]

    @classmethod
    def together(cls, parts: Sequence[Transfers]) -> Transfers:
        """All rows in one, in the order given."""
        return cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))

    def priced(self, gross: Floats, own_evidence: npt.NDArray[np.uint8]) -> Transfers:
        """Shares turned into money: times what follows from the owner, (n,), with his evidence beside the tie's."""
        worth = gross[self.owner]
        one, other = self.low * worth, self.high * worth
        return replace(
            self,
            money=self.money * worth,
            low=np.minimum(one, other),
            high=np.maximum(one, other),
            evidence=self.evidence | own_evidence[self.owner],
        )


@dataclass(frozen=True)
class Pooled:
    """Small ties of one kind in one direction: whole cents for each customer who has some."""

    kind: int
    received: bool
    customer: npt.NDArray[np.int32]
    cents: Cents
    low: Cents
    high: Cents
    ranged: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]


def aggregate(ties: Transfers, size: int) -> Transfers:
    """One row for each (kind, beneficiary, owner), sorted so: sums, all evidence, the latest time.

    An interval is known where all ties of the pair have one.
    """
    key = (ties.kind.astype(np.int64) * size + ties.beneficiary) * size + ties.owner
    if np.all(key[1:] > key[:-1]):  # sorted, and no pair twice
        return ties
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    first = order[starts]
    return Transfers(
        ties.kind[first],
        ties.owner[first],
        ties.beneficiary[first],
        np.add.reduceat(ties.money[order], starts),
        np.add.reduceat(ties.low[order], starts),
        np.add.reduceat(ties.high[order], starts),
        np.logical_and.reduceat(ties.ranged[order], starts),
        np.bitwise_or.reduceat(ties.evidence[order], starts),
        ties.rule[first],
        np.maximum.reduceat(ties.at[order], starts),
    )


def rounded(transfers: Transfers) -> tuple[Cents, Cents, Cents]:
    """Whole cents of the money and of its interval, which brackets it."""
    cents = round_cents(transfers.money, name="transfer")
    low = np.minimum(cents, round_cents(transfers.low, name="transfer, low"))
    high = np.maximum(cents, round_cents(transfers.high, name="transfer, high"))
    return cents, low, high


def pooled(transfers: Transfers, small: npt.NDArray[np.bool_], size: int) -> Iterator[Pooled]:
    """The small ties of each kind: first what customers receive, then what they pass on."""
    for kind in np.unique(transfers.kind[small]).tolist():
        rows = np.flatnonzero(small & (transfers.kind == kind))
        total = int(np.rint(transfers.money[rows].sum()))
        for received, customer in ((True, transfers.beneficiary), (False, transfers.owner)):
            yield _pool(transfers, rows, customer[rows], kind, received, total, size)


def _pool(
    transfers: Transfers,
    rows: npt.NDArray[np.int64],
    customer: npt.NDArray[np.int32],
    kind: int,
    received: bool,
    total: int,
    size: int,
) -> Pooled:
    present = np.flatnonzero(np.bincount(customer, minlength=size))
    sums = _sum_by(customer, transfers.money[rows], size)[present]
    cents = largest_remainder(sums, total)
    low = np.floor(_sum_by(customer, transfers.low[rows], size)[present]).astype(np.int64)
    high = np.ceil(_sum_by(customer, transfers.high[rows], size)[present]).astype(np.int64)
    bare = np.bincount(customer[~transfers.ranged[rows]], minlength=size)[present] > 0
    written = cents != 0
    return Pooled(
        kind,
        received,
        present[written].astype(np.int32),
        cents[written],
        np.minimum(cents, low)[written],
        np.maximum(cents, high)[written],
        ~bare[written],
        evidence_of(customer, transfers.evidence[rows], size)[present][written],
    )


def evidence_of(customer: npt.NDArray[np.int32], evidence: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """(size,) all the evidence of each customer's rows together; 0 where there are none."""
    seen = np.zeros(size, dtype=np.uint8)
    for bit in (1, 2, 4):
        seen[customer[(evidence & bit) > 0]] |= np.uint8(bit)
    return seen


def _sum_by(customer: npt.NDArray[np.int32], money: Floats, size: int) -> Floats:
    """(size,) the money of each customer's rows."""
    return np.bincount(customer, money, size).astype(np.float64, copy=False)
