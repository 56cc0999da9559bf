"""From the four values to lines of the ledger: who generates what, with its evidence and its rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.ledger import Lines
from goodwill.ledger.kinds import ASSUMED, ESTIMATED
from goodwill.value.pool import RULE as POOL_RULE
from goodwill.value.referral import SAVED_RULE

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.value.accounts import Accounts
    from goodwill.value.knowledge import Taught
    from goodwill.value.own import Own
    from goodwill.value.referral import Referrals
    from goodwill.value.talk import Talk

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
SALES, CONTACTS, ACQUISITION, IDEAS, REACH = (
    "firm:sales",
    "firm:contacts",
    "firm:acquisition",
    "firm:ideas",
    "firm:reach",
)
SPEND_RULE = "expected margin of {days} days, {model} and Gamma–Gamma; rule 1"
NEVER_RULE = "nothing until the first purchase; rule 1"
REACH_RULE = "people reached who are not known × stranger_value; rule 1"
YEAR = 365.0


@dataclass(frozen=True)
class Generated:
    """Lines of what customers generate, and the same money as (accounts,) sums for the draws."""

    lines: list[Lines]
    low: Floats
    middle: Floats
    high: Floats


def spend_lines(who: Accounts, own: Own, place: Integers, low: Floats, high: Floats, days: int) -> list[Lines]:
    """What customers pay: one line each; `low` and `high` are (accounts,). Who never bought has a line of nothing."""
    rule = SPEND_RULE.format(days=days, model=own.spending.told()["model"])
    never = np.setdiff1d(np.arange(who.single), place)
    nothing = np.zeros(len(never))
    return [
        Lines(place, own.expected, "spend", SALES, None, low[place], high[place], own.evidence, rule),
        Lines(never, nothing, "spend", SALES, None, nothing, nothing, "assumed", NEVER_RULE),
    ]


def pool_line(who: Accounts, expected: float, low: Floats, high: Floats) -> list[Lines]:
    """What the pool pays, where there is one."""
    if who.pool is None:
        return []
    at = [who.pool]
    return [Lines(at, [expected], "spend", SALES, None, low[at], high[at], ESTIMATED | ASSUMED, POOL_RULE)]


def saved_lines(who: Accounts, brought: Referrals, horizon_days: float) -> Generated:
    """Acquisition cost that referrals spared, less their rewards: one line a referral; the pool at the mean."""
    account = who.of_members(brought.by)
    amount = brought.spared(horizon_days)
    scale = min(horizon_days / YEAR, 1.0)
    low = (brought.saved.low / brought.among - brought.reward) * scale
    high = (brought.saved.high / brought.among - brought.reward) * scale
    rows = (account >= 0) & ((np.abs(low) >= 0.005) | (np.abs(high) >= 0.005))
    own_rows = rows & (account != who.pool) if who.pool is not None else rows
    evidence = np.full(len(account), ESTIMATED | brought.saved_evidence, dtype=np.uint8)
    lines = Lines(
        account[own_rows],
        amount[own_rows],
        "acquisition",
        ACQUISITION,
        brought.at[own_rows].astype("datetime64[us]"),
        low[own_rows],
        high[own_rows],
        evidence[own_rows],
        SAVED_RULE,
    )
    sums = [_added(account[own_rows], values[own_rows], who) for values in (low, amount, high)]
    return _with_pool([lines], sums, who, "acquisition", ACQUISITION, SAVED_RULE)


def knowledge_lines(who: Accounts, taught: Taught) -> Generated:
    """What customers teach: one line a customer and kind; the pool at the mean of the others."""
    account = who.of_members(taught.member)
    rows = (account >= 0) & (np.maximum(np.abs(taught.low), np.abs(taught.high)) >= 0.005)
    if who.pool is not None:
        rows &= account != who.pool
    kinds = np.array(taught.kind, dtype=object)
    rules = np.array(taught.rule, dtype=object)
    counter = np.where(kinds == "answer", CONTACTS, IDEAS)
    lines = Lines(
        account[rows],
        taught.middle[rows],
        list(kinds[rows]),
        list(counter[rows]),
        None,
        taught.low[rows],
        taught.high[rows],
        taught.evidence[rows],
        list(rules[rows]),
    )
    sums = [_added(account[rows], values[rows], who) for values in (taught.low, taught.middle, taught.high)]
    return _with_pool([lines] if rows.any() else [], sums, who, "knowledge", CONTACTS, POOL_RULE)


def reach_lines(who: Accounts, said: Talk, can_sway: npt.NDArray[np.bool_], firm: Firm) -> list[Lines]:
    """Strangers reached by what customers said for us in the past year: a line apart, outside every sum."""
    value = firm.assumptions.stranger_value
    if value.low == value.high == 0:
        return []
    rows = np.flatnonzero(can_sway & (said.age < YEAR) & ~np.isnan(said.audience))
    reached = _added(who.of_members(said.author[rows]), said.audience[rows], who)
    if who.pool is not None:
        reached[who.pool] = 0.0
    account = np.flatnonzero(reached > 0)
    people = reached[account]
    return [
        Lines(
            account,
            people * value.value,
            "reach",
            REACH,
            None,
            people * value.low,
            people * value.high,
            "assumed",
            REACH_RULE,
        )
    ]


def fixed_part(parts: list[Generated], size: int) -> tuple[Floats, Floats, Floats]:
    """Low, middle and high of what accounts generate besides purchases, (accounts,) each."""
    none = np.zeros(size)
    return (
        sum((part.low for part in parts), none),
        sum((part.middle for part in parts), none),
        sum((part.high for part in parts), none),
    )


def _added(account: Integers, values: Floats, who: Accounts) -> Floats:
    return np.bincount(account, values, minlength=len(who)).astype(np.float64)


def _with_pool(lines: list[Lines], sums: list[Floats], who: Accounts, kind: str, counter: str, rule: str) -> Generated:
    """Adds the pool's line: the mean of those who are valued one by one, times the pool's number."""
    low, middle, high = sums
    if who.pool is not None and who.single and middle.any():
        at = who.pool
        for values in (low, middle, high):
            values[at] = float(values[: who.single].mean()) * who.pooled
        ends = sorted((low[at], high[at]))
        lines = [
            *lines,
            Lines([at], [middle[at]], kind, counter, None, [ends[0]], [ends[1]], ESTIMATED | ASSUMED, rule),
        ]
    return Generated(lines, low, middle, high)
