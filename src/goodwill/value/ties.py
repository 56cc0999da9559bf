"""Who brought or swayed whom, account by account: the shares that the books are solved from.

Ties of members of the pool go through the pool. As beneficiary it adds up theirs; as owner each member counts by the
cohort's mean that they stand for. A tie within the pool, or to oneself, is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.facts import TIES
from goodwill.facts.columns import DAY
from goodwill.ledger import Ties
from goodwill.ledger.kinds import EVIDENCE
from goodwill.value.accounts import Accounts
from goodwill.value.influence import RULE as INFLUENCE_RULE
from goodwill.value.influence import Sway, divided
from goodwill.value.ranges import Range
from goodwill.value.referral import HALF, Referrals
from goodwill.value.referral import RULE as REFERRAL_RULE
from goodwill.value.tau import Tau

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)
MOST = 0.95  # of what is left after referrals, the most that influence may have


@dataclass(frozen=True)
class Network:
    """All ties between accounts, one row each; `owner` was brought or swayed, `beneficiary` did it.

    `share` with `low` and `high`; `base` is the share where the newcomer is of type one for certain (referral), or for
    τ = 1 and nobody referred (influence): what the draws start from.
    """

    owner: Integers
    beneficiary: Integers
    referral: npt.NDArray[np.bool_]
    share: Floats
    low: Floats
    high: Floats
    base: Floats
    responses: Integers
    last_at: Integers  # microseconds
    evidence: npt.NDArray[np.uint8]
    type_one: Floats  # (accounts,) the probability that the newcomer is of type one; 1 for the pool
    referred: Floats  # (accounts,) Σ of base of referral ties, by owner
    tau: Range

    def __len__(self) -> int:
        return len(self.owner)

    def for_book(self) -> list[Ties]:
        """The ties as the ledger takes them."""
        found = []
        for kind, rows, rule in (
            ("referral", self.referral, REFERRAL_RULE),
            ("influence", ~self.referral, INFLUENCE_RULE),
        ):
            found.append(
                Ties(
                    self.owner[rows],
                    self.beneficiary[rows],
                    self.share[rows],
                    kind,
                    self.low[rows],
                    self.high[rows],
                    self.last_at[rows].astype("datetime64[us]"),
                    self.evidence[rows],
                    rule,
                )
            )
        return found

    def table(self, who: Accounts) -> pa.Table:
        """The ties in the schema of `facts.TIES`: one row an owner, beneficiary and kind."""
        size = len(who)
        key = (self.owner * size + self.beneficiary) * 2 + ~self.referral
        distinct, place = np.unique(key, return_inverse=True)

        def added(values: Floats) -> Floats:
            return np.bincount(place, values, minlength=len(distinct)).astype(np.float64)

        last = np.full(len(distinct), np.iinfo(np.int64).min)
        np.maximum.at(last, place, self.last_at)
        weakest = np.zeros(len(distinct), dtype=np.uint8)
        np.bitwise_or.at(weakest, place, self.evidence)
        words = [EVIDENCE[int(code).bit_length() - 1] for code in range(1, 8)]
        owner, rest = np.divmod(distinct, 2 * size) if size else (distinct, distinct)
        columns = [
            who.ids.take(pa.array(owner)),
            who.ids.take(pa.array(rest // 2)),
            pa.array(np.where(rest % 2 == 0, "referral", "influence")).cast(pa.string()),
            pa.array(added(self.share)),
            pa.array(added(self.low)),
            pa.array(np.minimum(added(self.high), 1.0)),
            pa.array(np.rint(added(self.responses.astype(np.float64))).astype(np.int64)),
            pa.array(last).cast(pa.timestamp("us", tz="UTC")),
            pa.array(words).take(pa.array(weakest.astype(np.int64) - 1)),
        ]
        return pa.Table.from_arrays(columns, schema=TIES.arrow)


def network(
    who: Accounts,
    brought: Referrals,
    swayed: Sway,
    tau: Tau,
    weight: Floats,
    as_of: datetime,
) -> Network:
    """The ties between accounts. `weight` (members,) is a pooled member's part of the pool's sum, else 1."""
    share, part = divided(swayed)
    left = np.ones(len(who.members))
    np.subtract.at(left, brought.newcomer, brought.share)
    highest = np.ones(len(who.members))
    np.subtract.at(highest, brought.newcomer, HALF * brought.type_one_low / brought.among)
    base = share * part
    middle, low, high = (min(value, MOST) for value in (tau.share.middle, tau.share.low, tau.share.high))
    single = who.place[swayed.swayed] != (-1 if who.pool is None else who.pool)
    parts = {
        "owner": (brought.newcomer, swayed.swayed),
        "by": (brought.by, swayed.by),
        "share": (brought.share, left[swayed.swayed] * middle * base),
        "low": (HALF * brought.type_one_low / brought.among, left[swayed.swayed] * low * base),
        "high": (
            HALF * brought.type_one_high / brought.among,
            np.minimum(highest, 1.0)[swayed.swayed] * high * base,
        ),
        "base": (HALF / brought.among, np.where(single, 1.0, left[swayed.swayed]) * base),
    }
    columns = {name: np.concatenate([np.asarray(one) for one in both]) for name, both in parts.items()}
    referral = np.repeat([True, False], [len(brought), len(swayed)])
    owner, beneficiary = who.of_members(columns["owner"]), who.of_members(columns["by"])
    pooled = np.zeros(len(owner), dtype=bool) if who.pool is None else owner == who.pool
    # What a pooled newcomer's own answer says is not drawn for the pool as a whole: there the mean stands.
    columns["base"] = np.where(pooled & referral, columns["share"], columns["base"])
    scale = np.where(pooled, weight[columns["owner"]], 1.0) if len(owner) else np.empty(0)
    now = round(as_of.timestamp() * 1_000_000)
    last = np.concatenate([brought.at, now - np.rint(swayed.latest * DAY).astype(np.int64)])
    evidence = np.concatenate([brought.evidence, np.full(len(swayed), tau.evidence, dtype=np.uint8)])
    responses = np.concatenate([np.ones(len(brought), dtype=np.int64), swayed.responses])
    good = (owner != beneficiary) & (columns["share"] > 0)
    type_one, referred = np.ones(len(who)), np.zeros(len(who))
    mine = good & referral & ~pooled
    np.add.at(referred, owner[mine], columns["base"][mine])
    chance = np.zeros(len(who))
    np.add.at(chance, owner[mine], columns["share"][mine])
    type_one = np.where(referred > 0, np.divide(chance, referred, out=np.ones(len(who)), where=referred > 0), 1.0)
    order = np.lexsort((~referral[good], beneficiary[good], owner[good]))

    def kept(values: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
        chosen: npt.NDArray[Kind] = values[good][order]
        return chosen

    return Network(
        owner=kept(owner),
        beneficiary=kept(beneficiary),
        referral=kept(referral),
        share=kept(columns["share"] * scale),
        low=kept(np.minimum(columns["low"], columns["share"]) * scale),
        high=kept(np.maximum(columns["high"], columns["share"]) * scale),
        base=kept(columns["base"] * scale),
        responses=kept(responses),
        last_at=kept(last),
        evidence=kept(evidence),
        type_one=type_one,
        referred=referred,
        tau=tau.share,
    )
