"""What every customer is worth for all that they give: spend, referral, influence, knowledge, in books that balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import ModelError
from goodwill.facts.columns import DAY, Floats
from goodwill.ledger import Book, Reconciliation, reconcile, worth_table
from goodwill.value import booking
from goodwill.value.accounts import Accounts, accounts
from goodwill.value.alike import FEWEST, SPLIT, YEAR, before
from goodwill.value.choice import Chosen, choose
from goodwill.value.clock import Clock
from goodwill.value.harm import Loss, harm, loss_share
from goodwill.value.influence import Responses, Sway, helps_or_recommends, purchases_after, responses, sway
from goodwill.value.knowledge import Answers, taught
from goodwill.value.outcomes import Fixed, Outcomes, outcomes
from goodwill.value.own import Own, own_margin
from goodwill.value.pool import Pool, pool
from goodwill.value.referral import Referrals, referrals
from goodwill.value.season import seasonal_clock
from goodwill.value.spending import Spending
from goodwill.value.stability import Stability, stability
from goodwill.value.standing import standing
from goodwill.value.summary import Summary, summary
from goodwill.value.talk import Talk, talk
from goodwill.value.tau import Tau, influence_share
from goodwill.value.ties import Network, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Facts

    Progress = Callable[[str, float], None]

STEP = "valuing customers"


@dataclass(frozen=True)
class Valuation:
    """What was found. `worth`, `ledger` and `ties` are as `goodwill.facts` describes them.

    `own` has one row a customer valued singly: customer_id, expected, low, high (money of own purchases over the
    horizon), purchases, alive, spend_each, margin_rate (floats). `spend` says which models, their parameters and
    checks. `ownership_quotient` is the share of customers who are apostles or owners. `tau` and `loss` are the shares
    found for influence and for what is lost with those who complain, each with its range, evidence and a sentence.
    """

    worth: pa.Table
    ledger: pa.Table
    ties: pa.Table
    book: Book
    reconciliation: Reconciliation
    stability: Stability
    spend: dict[str, Any]
    own: pa.Table
    ownership_quotient: float
    draws: int
    notes: tuple[str, ...]
    as_of: datetime
    horizon_days: int
    spending: Spending  # the fitted models themselves
    clock: Clock
    tau: Tau
    loss: Loss


def value(
    facts: Facts,
    readings: pa.Table,
    *,
    as_of: datetime,
    horizon_days: int = 365,
    progress: Progress | None = None,
) -> Valuation:
    """Values every customer of a firm as of an instant, over a horizon.

    `facts` has the ids of persons (`know.identify`), `readings` the meaning of messages (`facts.READINGS`). Money is in
    the firm's currency. The same input gives the same output.

    Errors: ModelError for an `as_of` without a zone or a horizon that is not above zero. Too little data is no error:
    the firm's assumptions stand in, and the notes say so.
    """
    if as_of.tzinfo is None:
        raise ModelError("as_of has no time zone", where="value", mend="give an instant, e.g. in UTC")
    if not horizon_days > 0:
        raise ModelError(f"a horizon of {horizon_days} days", where="value", mend="give one above zero")
    tell = progress or (lambda step, done: None)
    tell(STEP, 0.0)
    customers = _customers(facts, as_of)
    tell(STEP, 0.15)
    chosen = choose(facts, customers.alone if len(customers.alone) else customers.bought, as_of)
    spent = _spent(facts, customers, chosen.spending, horizon_days)
    tell(STEP, 0.35)
    social = _social(facts, readings, customers, as_of, horizon_days)
    tell(STEP, 0.5)
    shares = _shares(facts, social, customers.who, as_of)
    ties = network(customers.who, social.brought, social.swayed, shares.tau, spent.pool.weight, as_of)
    drawn = outcomes(
        spent.own, customers.place, _fixed(social, customers.who), spent.pool.expected, ties, customers.who
    )
    tell(STEP, 0.8)
    book = _book(facts, readings, customers, spent, social, shares, ties, drawn, as_of, horizon_days)
    tell(STEP, 0.95)
    return _valuation(facts, customers, chosen, spent, social, shares, ties, drawn, book, as_of, horizon_days)


@dataclass(frozen=True)
class _Customers:
    """Everybody's purchases, the accounts, and those valued one by one with the account of each row."""

    bought: Summary
    calendar: tuple[str, ...]  # what is to be said of the clock
    who: Accounts
    single: npt.NDArray[np.bool_]  # rows of `bought`
    alone: Summary
    place: npt.NDArray[np.int64]  # accounts of the rows of `alone`


@dataclass(frozen=True)
class _Spent:
    """What purchases are expected to bring: one by one, and the pool together; `margin` by account."""

    own: Own
    pool: Pool
    margin: Floats


@dataclass(frozen=True)
class _Social:
    """What customers said and did for one another and for us, and what it spares us."""

    said: Talk
    responded: Responses
    brought: Referrals
    swayed: Sway
    helped: Answers
    saved: booking.Generated
    knows: booking.Generated
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Shares:
    """The two shares that customers alike tell of: τ, and what is lost with those who complain."""

    tau: Tau
    loss: Loss


def _customers(facts: Facts, as_of: datetime) -> _Customers:
    bought = summary(facts, as_of=as_of)
    clock, said = seasonal_clock(facts, bought, as_of)
    bought = bought.on(clock)
    who = accounts(facts, bought, as_of)
    single = who.place[who.member(bought.customer_id)] < who.single
    alone = bought.take(single)
    return _Customers(bought, tuple(said), who, single, alone, who.positions(alone.customer_id))


def _spent(facts: Facts, customers: _Customers, spending: Spending, horizon_days: int) -> _Spent:
    def own_of(some: Summary) -> Own:
        return own_margin(some, spending, facts.firm, horizon_days)

    own, who = own_of(customers.alone), customers.who
    pooled = pool(who, customers.bought, customers.single, own.expected, lambda some: own_of(some).expected)
    margin = np.zeros(len(who))
    margin[customers.place] = own.expected
    if who.pool is not None:
        margin[who.pool] = pooled.expected
    return _Spent(own, pooled, margin)


def _social(facts: Facts, readings: pa.Table, customers: _Customers, as_of: datetime, horizon_days: int) -> _Social:
    who = customers.who
    said = talk(facts, readings, who, as_of)
    brought = referrals(facts, who, customers.bought, as_of)
    responded = responses(said)
    after = purchases_after(responded, *_purchases(facts, who, as_of))
    learnt, helped, notes = taught(facts, said, who, as_of, horizon_days)
    return _Social(
        said,
        responded,
        brought,
        sway(responded, after, facts.firm.assumptions.influence_half_life.value),
        helped,
        booking.saved_lines(who, brought, horizon_days),
        booking.knowledge_lines(who, learnt),
        (*brought.notes, *notes),
    )


def _shares(facts: Facts, social: _Social, who: Accounts, as_of: datetime) -> _Shares:
    assume, said, size = facts.firm.assumptions, social.said, len(who.members)
    complained = said.age[said.against & (said.author >= 0)]
    at = before(facts, who, as_of) if _enough_to_compare(social.responded.age, complained) else None
    return _Shares(
        influence_share(assume.influence_share, at, social.responded, said, size),
        loss_share(assume.leave_after_complaint, at, said, size),
    )


def _fixed(social: _Social, who: Accounts) -> Fixed:
    return Fixed(*booking.fixed_part([social.saved, social.knows], len(who)))


def _book(
    facts: Facts,
    readings: pa.Table,
    customers: _Customers,
    spent: _Spent,
    social: _Social,
    shares: _Shares,
    ties: Network,
    drawn: Outcomes,
    as_of: datetime,
    horizon_days: int,
) -> Book:
    who, said = customers.who, social.said
    lines = booking.spend_lines(who, spent.own, customers.place, drawn.own_low, drawn.own_high, horizon_days)
    lines += booking.pool_line(who, spent.pool.expected, drawn.own_low, drawn.own_high)
    return Book.build(
        as_of,
        who.ids,
        [*lines, *social.saved.lines, *social.knows.lines],
        ties.for_book(),
        reach=booking.reach_lines(who, said, helps_or_recommends(said), facts.firm),
        harm=harm(facts, readings, said, who, spent.margin, shares.loss),
    )


def _valuation(
    facts: Facts,
    customers: _Customers,
    chosen: Chosen,
    spent: _Spent,
    social: _Social,
    shares: _Shares,
    ties: Network,
    drawn: Outcomes,
    book: Book,
    as_of: datetime,
    horizon_days: int,
) -> Valuation:
    who = customers.who
    ladder = standing(facts, who, customers.bought, social.said, social.swayed, social.helped, as_of)
    entries = book.entries
    return Valuation(
        worth=worth_table(
            book,
            follows_low=drawn.follows_low,
            follows_high=drawn.follows_high,
            worth_low=drawn.worth_low,
            worth_high=drawn.worth_high,
            standing=ladder.words(who),
        ),
        ledger=entries,
        ties=ties.table(who),
        book=book,
        reconciliation=reconcile(book, entries),
        stability=stability(book, ties, who),
        spend=chosen.spending.told(),
        own=_own_table(spent.own, drawn, who, customers.place),
        ownership_quotient=ladder.ownership_quotient(who),
        draws=drawn.draws,
        notes=(*customers.calendar, *chosen.notes, *social.notes, shares.tau.words, shares.loss.words),
        as_of=as_of,
        horizon_days=horizon_days,
        spending=chosen.spending,
        clock=customers.bought.clock,
        tau=shares.tau,
        loss=shares.loss,
    )


def _enough_to_compare(*ages: Floats) -> bool:
    """Did enough happen before the split for customers alike to be compared?"""
    return any(int(((age >= SPLIT) & (age < YEAR)).sum()) >= FEWEST for age in ages)


def _purchases(facts: Facts, who: Accounts, as_of: datetime) -> tuple[npt.NDArray[np.int64], Floats]:
    """Buyers (members) and days before as_of of every purchase of the past year by somebody with an account."""
    import ibis

    table = facts.purchases
    recent = table.filter(
        table.amount > 0,
        table.customer_id.notnull(),
        table.at <= ibis.literal(as_of, "timestamp('UTC')"),
        table.at > ibis.literal(as_of, "timestamp('UTC')") - ibis.interval(days=365),
    ).select("customer_id", "at", "purchase_id")
    rows = facts.lake.arrow(recent)
    at = np.asarray(rows["at"].cast(pa.int64()).to_numpy(), dtype=np.float64)
    member = who.member(rows["customer_id"])
    known = member >= 0
    return member[known], ((as_of.timestamp() * 1e6 - at) / DAY)[known]


def _own_table(own: Own, drawn: Outcomes, who: Accounts, place: npt.NDArray[np.int64]) -> pa.Table:
    order = np.argsort(place, kind="stable")
    return pa.table(
        {
            "customer_id": who.ids.take(pa.array(place[order])),
            "expected": own.expected[order],
            "low": np.minimum(drawn.own_low[place], own.expected)[order],
            "high": np.maximum(drawn.own_high[place], own.expected)[order],
            "purchases": own.purchases[order],
            "alive": own.spending.probability_alive(own.bought)[order],
            "spend_each": own.spend_each[order],
            "margin_rate": own.margins.rate[order],
        }
    )
