"""Which spend model: fitted on the first part of the log, compared on the weeks held out, the best fitted to it all.

Too little to fit: the firm's own figure `purchases_a_year` stands in, and every sum that rests on it says 'assumed'.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import GoodwillError
from goodwill.value.calibration import calibrated_level
from goodwill.value.compare import Candidate, hold_out, judge
from goodwill.value.ranges import Range
from goodwill.value.spend import BetaGeoNBD, GammaGamma, ModifiedBetaGeoNBD, ParetoNBD
from goodwill.value.spend.unsure import KNOWN_FROM
from goodwill.value.spending import LEVEL, FreeSpending, Spending
from goodwill.value.subscriptions import subscriptions
from goodwill.value.summary import DAYS, Summary

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.spend.purchases import PurchaseModel

Floats = npt.NDArray[np.float64]

CANDIDATES: tuple[type[PurchaseModel], ...] = (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD)
FEWEST_CUSTOMERS = 50
FEWEST_REPEATERS = 20
NO_VARIETY = 1e6
SETS, SEED = 20, 20_130_203  # of parameters that outcomes are drawn with


@dataclass(frozen=True)
class Chosen:
    """The models that a run uses, and what is to be said about the choice."""

    spending: Spending
    notes: tuple[str, ...]


def fit_all(model: PurchaseModel, bought: Summary) -> list[str]:
    """Fits a purchase model to a summary; what it warns of comes back as lines."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(bought.frequency, bought.recency, bought.age)
    return [str(one.message) for one in caught]


def enough(bought: Summary) -> bool:
    """Are there customers and repeat purchases enough to fit a model?"""
    return len(bought) >= FEWEST_CUSTOMERS and int((bought.frequency > 0).sum()) >= FEWEST_REPEATERS


def assumed_model(a_year: float, grain: str) -> PurchaseModel:
    """A rate that was entered rather than fitted: exponential over customers around it, and hardly anyone leaves.

    Whoever has been silent for long is expected to buy less, as their own history enters all the same.
    """
    per_grain = max(a_year, 1e-6) / 365 * DAYS[grain]
    return ParetoNBD.from_params(time_unit=grain, r=1.0, alpha=1 / per_grain, s=1.0, beta=NO_VARIETY)


def choose(facts: Facts, bought: Summary, as_of: datetime) -> Chosen:
    """The spend models for the customers of `bought`, by how well they foretell the weeks held out."""
    buyers = bought.take(bought.column("occasions") > 0)
    free, notes = _free(facts, buyers, as_of)
    if subscribing(buyers):
        found, more = subscriptions(facts, as_of, free)
        if found is not None:
            return Chosen(found, (*notes, *more))
        notes += more
    return Chosen(free, tuple(notes))


def subscribing(buyers: Summary) -> bool:
    """Does most of the money come by subscription?"""
    total = float(buyers.column("total").sum())
    return total > 0 and float(buyers.column("subscription_amount").sum()) > 0.5 * total


def _free(facts: Facts, buyers: Summary, as_of: datetime) -> tuple[FreeSpending, list[str]]:
    spend, spend_assumed, notes = spend_model(buyers)
    if enough(buyers):
        compared, level = compare(facts, buyers, as_of)
        order = [one.model for one in sorted(compared, key=lambda one: -one.log_likelihood)]
        first = {candidate.__name__: candidate for candidate in CANDIDATES}
        for name in [*order, *(name for name in first if name not in order)]:
            try:
                model = first[name](time_unit=buyers.grain)
                notes += fit_all(model, buyers)
            except GoodwillError as failed:
                notes.append(f"{name} could not be fitted ({failed})")
                continue
            likely = with_likely(FreeSpending(model, spend, buyers.grain, False, spend_assumed, compared, level=level))
            return likely, notes
    else:
        repeaters = int((buyers.frequency > 0).sum())
        notes.append(
            f"{len(buyers):,} buyers, {repeaters:,} of them more than once, are too few to fit a purchase model "
            f"({FEWEST_CUSTOMERS} and {FEWEST_REPEATERS} are needed)"
        )
    given = facts.firm.assumptions.purchases_a_year
    notes.append(f"purchases to come rest on the assumption purchases_a_year = {given.value:g}")
    drawn = Range.of(given).draw(np.random.default_rng(SEED), SETS)
    return FreeSpending(
        assumed_model(given.value, buyers.grain),
        spend,
        buyers.grain,
        True,
        spend_assumed,
        likely=tuple(assumed_model(float(rate), buyers.grain) for rate in drawn),
    ), notes


def with_likely(spending: FreeSpending) -> FreeSpending:
    """The same with the parameters that its data allow as well; many customers leave next to nothing unsure."""

    def others(model: Any) -> tuple[Any, ...]:
        fitted_to = model.customers
        if fitted_to is None or fitted_to >= KNOWN_FROM:
            return ()
        return tuple(model.draw_models(SETS, np.random.default_rng(SEED)))

    return replace(spending, likely=others(spending.model), likely_spend=others(spending.spend))


def compare(facts: Facts, buyers: Summary, as_of: datetime) -> tuple[tuple[Candidate, ...], float]:
    """Every candidate on the weeks held out, and the level at which the best one's intervals hold what they say.

    No candidates where the log is too short or those customers too few.
    """
    held = hold_out(facts, buyers, as_of)
    if held is None or not enough(held.fitted):
        return (), LEVEL
    judged = [(judge(model, held), model) for model in (candidate(time_unit=buyers.grain) for candidate in CANDIDATES)]
    found = [(one, model) for one, model in judged if one is not None]
    if not found:
        return (), LEVEL
    best = max(found, key=lambda both: both[0].log_likelihood)[1]
    spend, assumed, _ = spend_model(held.fitted)
    early = with_likely(FreeSpending(best, spend, buyers.grain, False, assumed))
    return tuple(one for one, _ in found), calibrated_level(early, held)


def spend_model(buyers: Summary) -> tuple[GammaGamma, bool, list[str]]:
    """Gamma–Gamma for what a purchase comes to, all purchases counted; assumed where it cannot be fitted.

    The assumed one has the customers' mean, and a variety between and within customers like CDNOW's.
    """
    seen, mean = buyers.column("occasions"), buyers.column("mean_of_all")
    spent = mean > 0
    if spent.sum() >= FEWEST_CUSTOMERS and (seen[spent] > 1).sum() >= FEWEST_REPEATERS:
        try:
            model = GammaGamma()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model.fit(seen[spent], mean[spent])
            if model.params["q"] > 1:
                return model, False, [str(one.message) for one in caught]
        except GoodwillError as failed:
            return _plain_spend(mean[spent]), True, [f"spend per purchase could not be fitted ({failed})"]
    return _plain_spend(mean[spent]), True, []


def _plain_spend(mean: Floats) -> GammaGamma:
    typical = float(mean.mean()) if len(mean) else 1.0
    p, q = 6.25, 3.74
    return GammaGamma.from_params(p=p, q=q, gamma=max(typical, 0.01) * (q - 1) / p)
