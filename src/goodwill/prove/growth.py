"""Earned growth: what came from customers who stayed, and from those whom they brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.lake import Facts

EARNED = frozenset({"recommended", "recommendation", "referred", "referral", "friend", "family", "word of mouth"})
"""Reasons for coming that customers earned for the firm."""
NOT_KNOWN = frozenset({"", "unknown", "other", "not known", "don't know", "no answer"})
"""Reasons that say nothing: they widen the range."""


@dataclass(frozen=True, slots=True)
class EarnedGrowth:
    """Shares of the earlier period's revenue: .05 is five per cent. The truth lies from `low` to `high`."""

    low: float  # no newcomer of unknown reason was earned
    high: float  # all of them were
    retention: float  # net revenue retention: those who were here before, now over then
    earned_low: float  # earned newcomers' revenue over the earlier period's
    earned_high: float
    bought: float  # bought newcomers' revenue over the earlier period's
    customers_before: int
    newcomers: int
    newcomers_unknown: int
    evidence: str = "measured"


Revenue = Mapping[Any, float] | Sequence[float] | npt.NDArray[np.float64]
Reasons = Mapping[Any, str | None] | Sequence[str | None] | npt.NDArray[Any]


def earned_growth(before: Revenue, after: Revenue, reason: Reasons) -> EarnedGrowth:
    """The earned growth rate: net revenue retention + earned new customers − 100 % (Reichheld, Darnell, Burns 2021).

    Retention is this period's revenue from those who bought in the earlier one, over that one's revenue. Earned new
    customers are this period's revenue from newcomers who came because somebody recommended us, over the same. Where
    nobody asked why a newcomer came, the rate is a range: `low` as if none of them was earned, `high` as if all were.

    Parameters
    ----------
    before, after: revenue per customer in the two periods, money: mappings by customer, or arrays aligned with one
        another (0: bought nothing).
    reason: why each came: 'recommended' (or 'referral', 'friend', 'family', 'word of mouth'), 'advertised' or any other
        word for what was bought, None or 'unknown' where nobody knows; a mapping or an array aligned with the others.

    Raises `ModelError` where arrays are not aligned or a revenue is not finite, `NotEnoughData` where the earlier
    period has no revenue.

    >>> found = earned_growth({"a": 60, "b": 40}, {"a": 70, "c": 20, "d": 10, "e": 5},
    ...                       {"c": "recommended", "d": "advertised", "e": None})
    >>> round(found.retention, 2), round(found.low, 2), round(found.high, 2)
    (0.7, -0.1, -0.05)
    """
    then, now, why = _aligned(before, after, reason)
    base = float(then.sum())
    if not base > 0:
        raise NotEnoughData(
            "the earlier period has no revenue to grow from", where="earned_growth", mend="choose longer periods"
        )
    new = (then == 0) & (now != 0)
    earned = np.array([word in EARNED for word in why], dtype=bool)
    unknown = np.array([word in NOT_KNOWN for word in why], dtype=bool)
    retention = float(now[then != 0].sum()) / base
    earned_for_sure = float(now[new & earned].sum()) / base
    perhaps = float(now[new & unknown].sum()) / base
    ends = sorted((earned_for_sure, earned_for_sure + perhaps))
    return EarnedGrowth(
        low=retention + ends[0] - 1,
        high=retention + ends[1] - 1,
        retention=retention,
        earned_low=ends[0],
        earned_high=ends[1],
        bought=float(now[new & ~earned & ~unknown].sum()) / base,
        customers_before=int((then != 0).sum()),
        newcomers=int(new.sum()),
        newcomers_unknown=int((new & unknown).sum()),
    )


def _aligned(
    before: Revenue, after: Revenue, reason: Reasons
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[str]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        who = list(dict.fromkeys([*before, *after]))
        if not isinstance(reason, Mapping):
            raise ModelError("reason is no mapping but the revenues are", where="earned_growth", mend="give a mapping")
        then = np.array([float(before.get(customer) or 0) for customer in who])
        now = np.array([float(after.get(customer) or 0) for customer in who])
        why = [reason.get(customer) for customer in who]
    else:
        then, now = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
        if isinstance(reason, Mapping) or then.ndim != 1 or then.shape != now.shape or len(reason) != len(then):
            raise ModelError(
                "before, after and reason do not go together",
                where="earned_growth",
                mend="give three mappings by customer, or three lists of one length",
            )
        why = list(reason)
    if not (np.isfinite(then).all() and np.isfinite(now).all()):
        raise ModelError("a revenue is not finite", where="earned_growth", mend="leave out what is not known")
    return then, now, [word.strip().lower() if isinstance(word, str) else "" for word in why]


def growth(facts: Facts, *, as_of: datetime, days: int = 365) -> EarnedGrowth | None:
    """Earned growth of the past `days` against those before, from purchases, referrals and newcomers' own answers.

    None where the purchases do not reach back for both periods, or the earlier one has no revenue.
    """
    start, middle = as_of - timedelta(days=2 * days), as_of - timedelta(days=days)
    purchases = facts.purchases.filter(facts.purchases.customer_id.notnull() & (facts.purchases.at <= as_of))
    first = facts.lake.arrow(purchases.aggregate(first=purchases.at.min()))["first"][0].as_py()
    if first is None or first > middle - timedelta(days=days // 2):
        return None
    lately = purchases.filter(purchases.at > start)
    told = facts.responses.filter(facts.responses.reason.notnull() & facts.responses.customer_id.notnull())
    answers = facts.lake.arrow(told.order_by("at", "response_id").select("customer_id", "at", "reason"))
    referred = facts.lake.arrow(facts.referrals.select("referred_id").distinct())
    why: dict[str, str | None] = dict.fromkeys(referred["referred_id"].to_pylist(), "recommended")
    why.update(zip(answers["customer_id"].to_pylist(), answers["reason"].to_pylist(), strict=True))
    late = lately.at > middle
    money = lately.amount.cast("float64")
    sums = facts.lake.arrow(
        lately.group_by("customer_id")
        .agg(before=(~late).ifelse(money, 0.0).sum(), after=late.ifelse(money, 0.0).sum())
        .order_by("customer_id")
    )
    # Who bought before the earlier period and comes back is no newcomer, but nobody's retention either: left aside.
    known = facts.lake.arrow(purchases.filter(purchases.at <= start).select("customer_id").distinct())
    old = set(known["customer_id"].to_pylist())
    who = sums["customer_id"].to_pylist()
    then, now = np.round(sums["before"].to_numpy(), 2), np.round(sums["after"].to_numpy(), 2)
    kept = [i for i, customer in enumerate(who) if then[i] != 0 or customer not in old]
    if not then[kept].sum() > 0:
        return None
    return earned_growth(then[kept], now[kept], [why.get(who[i]) for i in kept])
