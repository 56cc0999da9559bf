"""Contractual firms: subscribers renew or leave at each due date, and we see which.

The billing period is the median gap between payments. A subscriber whose last payment is more than one and a half
periods ago has left, after so many renewals. Cohorts by how many renewals they could have made are fitted by the
shifted beta-geometric (Fader & Hardie 2007) and the beta-discrete-Weibull (Fader et al. 2018); the lower AIC is taken.
Customers who buy without a subscription are valued by the free model beside it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillError
from goodwill.facts.columns import Floats, Integers, floats
from goodwill.value.spend import BetaDiscreteWeibull, ShiftedBetaGeo
from goodwill.value.spend.unsure import as_likely
from goodwill.value.summary import DAYS

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.spend.contractual import ContractualModel
    from goodwill.value.spending import FreeSpending
    from goodwill.value.summary import Summary

GRACE = 1.5  # periods since the last payment after which a subscriber has left
FEWEST = 30
LONGEST = 400  # renewals looked at


@dataclass(frozen=True)
class Subscribers:
    """One row a subscriber: renewals made, days since the last payment, mean payment (money), still there."""

    customer_id: pa.Array
    renewals: Integers
    silent: Floats
    payment: Floats
    active: npt.NDArray[np.bool_]
    could: Integers  # renewals that they could have made by now
    period: float  # days


@dataclass(frozen=True)
class Subscriptions:
    """Subscribers by a contractual model, everybody else by the free one: the same questions as `FreeSpending`."""

    model: ContractualModel
    subscribers: Subscribers
    rest: FreeSpending
    aic: dict[str, float]

    @property
    def assumed(self) -> bool:
        return False

    @property
    def level(self) -> float:
        return self.rest.level

    def _rows(self, bought: Summary) -> Integers:
        """The row of each customer among the subscribers; −1 for those without."""
        found = pc.index_in(bought.customer_id, self.subscribers.customer_id).fill_null(-1)
        return np.asarray(found).astype(np.int64)

    def _due(self, bought: Summary, horizon: float, row: Integers) -> Integers:
        """How many renewals fall due over the horizon; 0 for those who left."""
        days = horizon * DAYS[bought.grain]
        due = np.floor((self.subscribers.silent + days) / self.subscribers.period)
        due = np.where(self.subscribers.active, np.minimum(due, LONGEST), 0).astype(np.int64)
        return np.where(row >= 0, due[row], 0)

    def expected(self, bought: Summary, horizon: float, force: float) -> tuple[Floats, Floats]:
        """Payments to come, as they are and discounted, (customers,) each."""
        plain, discounted = self.rest.expected(bought, horizon, force)
        row = self._rows(bought)
        mine = row >= 0
        due, renewals = self._due(bought, horizon, row), self.subscribers.renewals[row]
        wait = force / DAYS[bought.grain]
        total, present = np.zeros(len(row)), np.zeros(len(row))
        so_far = np.asarray(self.model.survival(np.maximum(renewals, 0)), dtype=np.float64)
        for turn in range(1, int(due.max(initial=0)) + 1):
            some = np.flatnonzero(due >= turn)
            stays = np.asarray(self.model.survival(renewals[some] + turn)) / so_far[some]
            days = np.maximum(turn * self.subscribers.period - self.subscribers.silent[row[some]], 0.0)
            total[some] += stays
            present[some] += stays * np.exp(-wait * days)
        return np.where(mine, total, plain), np.where(mine, present, discounted)

    def expected_spend(self, bought: Summary) -> Floats:
        """Money of one payment, or to expect of one purchase."""
        row = self._rows(bought)
        return np.where(row >= 0, self.subscribers.payment[row], self.rest.expected_spend(bought))

    def draw(self, bought: Summary, horizon: float, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
        """Payments that may come, (draws, customers)."""
        drawn = self.rest.draw(bought, horizon, draws, rng)
        row = self._rows(bought)
        mine = np.flatnonzero(row >= 0)
        if len(mine):
            renewals = self.subscribers.renewals[row[mine]]
            models = as_likely(self.model)
            parts = np.array_split(np.arange(draws), len(models))
            more = np.concatenate(
                [model.draw_lifetimes(renewals, len(part), rng) for model, part in zip(models, parts, strict=True)]
            )
            drawn[:, mine] = np.minimum(more, self._due(bought, horizon, row)[mine])
        return drawn

    def draw_spend(
        self, bought: Summary, who: npt.NDArray[np.int64], count: Floats, rng: np.random.Generator
    ) -> Floats:
        """A subscription's price is its price; free purchases vary."""
        row = self._rows(bought)[who]
        return np.where(row >= 0, self.subscribers.payment[row] * count, self.rest.draw_spend(bought, who, count, rng))

    def probability_alive(self, bought: Summary) -> Floats:
        """1 for subscribers who are there, 0 for those who left: it is seen, not guessed."""
        row = self._rows(bought)
        return np.where(row >= 0, self.subscribers.active[row].astype(np.float64), self.rest.probability_alive(bought))

    def told(self) -> dict[str, Any]:
        """Which models, their parameters and how they were found, for the report."""
        return {
            **self.rest.told(),
            "model": type(self.model).__name__,
            "parameters": self.model.params,
            "assumed": False,
            "period_days": self.subscribers.period,
            "subscribers": len(self.subscribers.renewals),
            "active": int(self.subscribers.active.sum()),
            "aic": self.aic,
        }


def subscriptions(facts: Facts, as_of: datetime, rest: FreeSpending) -> tuple[Subscriptions | None, list[str]]:
    """The contractual model of a firm; None with the reason where it cannot be fitted."""
    found = subscribers(facts, as_of)
    if found is None or len(found.renewals) < FEWEST:
        return None, [f"fewer than {FEWEST} subscribers who paid: subscriptions are valued as free purchases"]
    fitted: list[ContractualModel] = []
    notes: list[str] = []
    for kind in (ShiftedBetaGeo, BetaDiscreteWeibull):
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                fitted.append(kind(time_unit="period").fit(cohorts(found)))
            notes += [str(one.message) for one in caught]
        except GoodwillError as failed:
            notes.append(f"{kind.__name__} could not be fitted ({failed})")
    if not fitted:
        return None, notes
    best = min(fitted, key=lambda model: model.aic)
    return Subscriptions(best, found, rest, {type(model).__name__: model.aic for model in fitted}), notes


def subscribers(facts: Facts, as_of: datetime) -> Subscribers | None:
    """The payments of each subscriber, as renewals; None where nobody paid twice."""
    import ibis

    log = facts.purchases
    paid = log.filter(
        log.kind == "subscription",
        log.amount > 0,
        log.customer_id.notnull(),
        log.at <= ibis.literal(as_of, "timestamp('UTC')"),
    )
    rows = facts.lake.arrow(
        paid.mutate(day=paid.at.date(), money=paid.amount.cast("float64"))
        .group_by("customer_id")
        .agg(
            first=lambda table: table.day.min(),
            last=lambda table: table.day.max(),
            paid=lambda table: table.day.nunique(),
            payment=lambda table: table.money.mean(),
        )
        .order_by("customer_id")
    )
    first, last = (
        np.asarray(rows[name].cast(pa.date32()).cast(pa.int32())).astype(float) for name in ("first", "last")
    )
    number = floats(rows["paid"], 0.0)
    twice = number > 1
    if not twice.any():
        return None
    period = max(float(np.median((last - first)[twice] / (number[twice] - 1))), 1.0)
    today = as_of.timestamp() // 86_400
    renewals = np.rint((last - first) / period).astype(np.int64)
    silent = np.maximum(today - last, 0.0)
    active = silent <= GRACE * period
    could = np.where(active, renewals, np.maximum(np.floor((today - first) / period).astype(np.int64), renewals + 1))
    return Subscribers(
        rows["customer_id"].combine_chunks(), renewals, silent, floats(rows["payment"], 0.0), active, could, period
    )


def cohorts(found: Subscribers) -> list[Integers]:
    """Survivors by cohort: those who could have renewed equally often, the cohort's size first."""
    tables = []
    for could in np.unique(found.could[found.could > 0]):
        some = found.renewals[found.could == could]
        turns = np.arange(could + 1)
        tables.append((some[:, None] >= turns[None, :]).sum(axis=0))
    return tables
