"""What a customer brings: newcomers who would not have come, and what winning them otherwise would have cost.

After Kumar, Petersen & Leone (2007), "How valuable is word of mouth?", Harvard Business Review 85(10), and (2010)
"Driving profitability by encouraging customer referrals: who, when, and how", Journal of Marketing 74(5): the
referrals of one year; type one would not have come otherwise, type two would.

* A newcomer of type one and the one who brought them make that money together and neither alone, so each has half of
  it (Shapley 1953 for two players). The share booked is ½ · p(type one). Several who brought the same newcomer divide
  the half.
* Both types spared the firm the cost of winning a customer, less the reward that it gave. That is booked to the one who
  brought them, as a year's saving that the coming horizon is expected to repeat.

p(type one) is 1 − the newcomer's own answer to 'would you have come without it?' (measured); else their stated reason
for coming (measured); else the mean of those who were asked, where thirty were (estimated); else the firm's assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import DAY, Floats, Integers, flags, floats, instant, instants, integers
from goodwill.ledger.kinds import ASSUMED, ESTIMATED, MEASURED
from goodwill.value.columns import until
from goodwill.value.ranges import NINTH_DECILE, Range

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts
    from goodwill.value.summary import Summary

HALF = 0.5
YEAR = 365
ASKED_ENOUGH = 30
RULE = "referral: half of what a newcomer of type one brings; Kumar, Petersen & Leone 2010; rule 1"
SAVED_RULE = "acquisition cost spared by a referral, less its reward; rule 1"
ADVERTISING = ("advertised", "advertising", "advertisement", "advert", "ad", "ads", "campaign")
WORD_OF_MOUTH = ("recommended", "recommendation", "referred", "referral", "friend", "friends", "word of mouth")


@dataclass(frozen=True)
class Referrals:
    """Converted referrals of the past year between people who have accounts, one row each, sorted.

    `newcomer` and `by` are members (`Accounts.members`); `at` microseconds of the conversion; `type_one` the
    probability; `type_one_low`, `type_one_high` its range; `among` how many brought the same newcomer; `reward` money;
    `evidence` codes of type_one. `saved` is the cost of winning one customer, with its evidence.
    """

    newcomer: Integers
    by: Integers
    at: Integers
    type_one: Floats
    type_one_low: Floats
    type_one_high: Floats
    among: Integers
    reward: Floats
    evidence: npt.NDArray[np.uint8]
    saved: Range
    saved_evidence: int
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.newcomer)

    @property
    def share(self) -> Floats:
        """Of what the newcomer brings, the part due to the one who brought them."""
        return HALF * self.type_one / self.among

    def spared(self, horizon_days: float) -> Floats:
        """Money each referral spared the firm, scaled from the past year to a horizon of at most a year."""
        return (self.saved.middle / self.among - self.reward) * min(horizon_days / YEAR, 1.0)


def referrals(facts: Facts, who: Accounts, bought: Summary, as_of: datetime) -> Referrals:
    """The referrals that count: converted in the past year, by someone else, of someone who was new."""
    rows = _converted(facts, who, bought, as_of)
    type_one, low, high, evidence = _type_one(facts, who, rows, as_of)
    saved, saved_evidence, notes = acquisition_cost(facts, who, bought, rows, as_of)
    newcomer = np.asarray(rows["newcomer"].to_numpy(), dtype=np.int64)
    _, place, times = np.unique(newcomer, return_inverse=True, return_counts=True)
    return Referrals(
        newcomer=newcomer,
        by=np.asarray(rows["by"].to_numpy(), dtype=np.int64),
        at=np.asarray(rows["at"].to_numpy(), dtype=np.int64),
        type_one=type_one,
        type_one_low=low,
        type_one_high=high,
        among=times[place] if len(newcomer) else np.empty(0, dtype=np.int64),
        reward=np.asarray(rows["reward"].to_numpy(), dtype=np.float64),
        evidence=evidence,
        saved=saved,
        saved_evidence=saved_evidence,
        notes=notes,
    )


def _converted(facts: Facts, who: Accounts, bought: Summary, as_of: datetime) -> pa.Table:
    """One row for each newcomer and bringer: the conversion is the first purchase where no time is given."""
    given = until(facts.arrow("referrals"), as_of)
    newcomer, by = who.member(given["referred_id"]), who.member(given["referrer_id"])
    first = _first_bought(who, bought)
    first_of = np.where(newcomer >= 0, first[newcomer] if len(first) else -1, -1)
    said = instants(given["at"])
    told = instants(given["converted_at"])
    converted = np.where(told >= 0, told, np.where(first_of >= said - DAY, np.maximum(first_of, said), -1))
    end = instant(as_of)
    good = (newcomer >= 0) & (by >= 0) & (newcomer != by)
    good &= (converted > end - YEAR * DAY) & (converted <= end)
    # Who had bought long before was no newcomer.
    good &= ~((first_of >= 0) & (first_of < np.minimum(said, converted) - 7 * DAY))
    table = pa.table(
        {
            "newcomer": newcomer,
            "by": by,
            "at": converted,
            "asked": floats(given["would_have_come"], np.nan),
            "reward": floats(given["reward_cost"], 0.0),
            "referral_id": given["referral_id"],
        }
    ).filter(pa.array(good, pa.bool_()))
    table = table.sort_by([(name, "ascending") for name in ("newcomer", "by", "at", "referral_id")])
    pair = np.stack([table["newcomer"].to_numpy(), table["by"].to_numpy()])
    first_row = np.concatenate([[True], (pair[:, 1:] != pair[:, :-1]).any(axis=0)])[: table.num_rows]
    return table.filter(pa.array(first_row, pa.bool_()))


def _first_bought(who: Accounts, bought: Summary) -> Integers:
    """(members,) the day of the first purchase in microseconds; −1 where there is none."""
    first = np.full(len(who.members), -1, dtype=np.int64)
    days = integers(bought.rows["first_at"].cast(pa.date32()).cast(pa.int32()), -1)
    first[who.member(bought.customer_id)] = np.where(days >= 0, days * DAY, -1)
    return first


def _type_one(
    facts: Facts, who: Accounts, rows: pa.Table, as_of: datetime
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.uint8]]:
    """The probability that each newcomer would not have come otherwise, its range, and what it rests on."""
    asked = np.asarray(rows["asked"].to_numpy(), dtype=np.float64)
    answer = 1 - asked
    reason = _reasons(facts, who, as_of)[np.asarray(rows["newcomer"].to_numpy(), dtype=np.int64)]
    answer = np.where(np.isnan(answer) & (reason >= 0), reason == 2, answer)
    known = ~np.isnan(answer)
    assumed = facts.firm.assumptions.would_have_come
    middle, low, high, evidence = 1 - assumed.value, 1 - assumed.high, 1 - assumed.low, ASSUMED
    if known.sum() >= ASKED_ENOUGH:
        middle = float(answer[known].mean())
        error = NINTH_DECILE * float(np.sqrt(middle * (1 - middle) / known.sum()))
        low, high, evidence = max(middle - error, 0.0), min(middle + error, 1.0), ESTIMATED
    elif assumed.measured:
        evidence = ESTIMATED
    filled = np.where(known, answer, middle)
    return (
        filled,
        np.where(known, answer, low),
        np.where(known, answer, high),
        np.where(known, MEASURED, evidence).astype(np.uint8),
    )


def _reasons(facts: Facts, who: Accounts, as_of: datetime) -> Integers:
    """(members,) their first stated reason for coming: word of mouth 2, advertising 1, another 0, none −1."""
    given = until(facts.arrow("responses"), as_of)
    given = given.filter(pc.is_valid(given["reason"]))
    given = given.sort_by([("at", "descending"), ("response_id", "descending")])
    reason = pc.utf8_lower(pc.utf8_trim_whitespace(given["reason"]))
    code = 2 * flags(pc.is_in(reason, value_set=pa.array(WORD_OF_MOUTH)))
    code = code + flags(pc.is_in(reason, value_set=pa.array(ADVERTISING)))
    member = who.member(given["customer_id"])
    stated = np.full(len(who.members), -1)
    stated[member[member >= 0]] = code[member >= 0]  # the earliest is written last and stands
    return stated


def acquisition_cost(
    facts: Facts, who: Accounts, bought: Summary, rows: pa.Table, as_of: datetime
) -> tuple[Range, int, tuple[str, ...]]:
    """What winning one customer by advertising costs: the year's outlays on push over those who came unreferred."""
    outlays = until(facts.arrow("outlays"), as_of, YEAR)
    push = outlays.filter(pc.equal(outlays["kind"], "push"))
    spent = float(pc.sum(push["amount"].cast(pa.float64())).as_py() or 0.0)
    first = _first_bought(who, bought)
    new = first > instant(as_of) - YEAR * DAY
    new[np.asarray(rows["newcomer"].to_numpy(), dtype=np.int64)] = False
    reason = _reasons(facts, who, as_of)[new]
    told = reason >= 0
    # Not everybody who came unreferred came by advertising: where enough said why, their answers tell how many.
    part = float((reason[told] == 1).mean()) if told.sum() >= ASKED_ENOUGH else 1.0
    won = round(float(new.sum()) * part)
    if spent > 0 and won > 0:
        cost = spent / won
        error = NINTH_DECILE * cost / np.sqrt(won)
        note = f"winning a customer by advertising cost {cost:.2f}: {spent:,.2f} over {won:,} who came by it"
        return Range(max(cost - error, 0.0), cost, cost + error), ESTIMATED, (note,)
    assumed = facts.firm.assumptions.acquisition_cost
    return Range.of(assumed), ESTIMATED if assumed.measured else ASSUMED, ()
