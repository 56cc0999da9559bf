"""A purchase model and a spend model that belong together: what to expect of customers, and draws of what may come."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from goodwill.errors import GoodwillWarning

if TYPE_CHECKING:
    from goodwill.value.spend import GammaGamma
    from goodwill.value.spend.purchases import PurchaseModel
    from goodwill.value.summary import Summary

Floats = npt.NDArray[np.float64]
LEVEL = 0.8  # of every interval of money
NODES = 5  # of the discount integral: expectations over time are smooth, five are exact to six digits over a year


class Spending(Protocol):
    """What the rest of the room asks of a firm's spend models, whether customers buy freely or subscribe."""

    @property
    def assumed(self) -> bool: ...

    @property
    def level(self) -> float: ...

    def expected(self, bought: Summary, horizon: float, force: float) -> tuple[Floats, Floats]: ...

    def expected_spend(self, bought: Summary) -> Floats: ...

    def draw(self, bought: Summary, horizon: float, draws: int, rng: np.random.Generator) -> npt.NDArray[Any]: ...

    def draw_spend(
        self, bought: Summary, who: npt.NDArray[np.int64], count: Floats, rng: np.random.Generator
    ) -> Floats: ...

    def probability_alive(self, bought: Summary) -> Floats: ...

    def told(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class FreeSpending:
    """Customers who buy whenever they like: BG/NBD, MBG/NBD or Pareto/NBD, with Gamma–Gamma.

    `rate_assumed` where the purchase rate is a figure that somebody entered, `spend_assumed` where the variety of
    spending is. `likely` and `likely_spend` are the same models at other parameters that the data (or the range of the
    figure) allow as well: draws of outcomes go round them. `level` is that at which intervals of draws hold 80 % of
    what came in the weeks held out. Every method takes a `Summary` in the grain that the model was fitted in, else
    ModelError.
    """

    model: PurchaseModel
    spend: GammaGamma
    grain: str
    rate_assumed: bool = False
    spend_assumed: bool = False
    comparison: tuple[Any, ...] = field(default=())
    likely: tuple[PurchaseModel, ...] = ()
    likely_spend: tuple[GammaGamma, ...] = ()
    level: float = LEVEL

    @property
    def assumed(self) -> bool:
        return self.rate_assumed or self.spend_assumed

    def expected(self, bought: Summary, horizon: float, force: float) -> tuple[Floats, Floats]:
        """Purchases over the horizon, as they are and discounted by e^(−force · time), (customers,) each.

        By parts: ∫ e^(−δt) dE(t) = e^(−δH) E(H) + δ ∫ e^(−δt) E(t) dt.
        """
        bought.refuse_other_grain(self.grain)
        history = bought.frequency, bought.recency, bought.age
        buyers = bought.column("occasions") > 0
        plain = np.where(buyers, self.model.expected_purchases(horizon, *history), 0.0)
        if force == 0:
            return plain, plain
        node, weight = np.polynomial.legendre.leggauss(NODES)
        discounted = math.exp(-force * horizon) * plain
        for place, part in zip((node + 1) / 2 * horizon, weight / 2 * horizon, strict=True):
            by_then = self.model.expected_purchases(float(place), *history)
            discounted += force * math.exp(-force * place) * part * np.where(buyers, by_then, 0.0)
        return plain, discounted

    def expected_spend(self, bought: Summary) -> Floats:
        """Money to expect of one purchase: the customer's own mean, shrunk to everybody's.

        p (γ + n z̄) / (p n + q − 1); a mean of nothing (all was given back) is taken as it is.
        """
        p, q, scale = (self.spend.params[name] for name in ("p", "q", "gamma"))
        seen, mean = bought.column("occasions"), bought.column("mean_of_all")
        spend: Floats = p * (scale + seen * mean) / (p * seen + q - 1)
        return spend

    def draw(self, bought: Summary, horizon: float, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
        """Purchases that may come, (draws, customers)."""
        bought.refuse_other_grain(self.grain)
        history = bought.frequency, bought.recency, bought.age
        models = self.likely or (self.model,)
        parts = [
            model.draw_purchases(horizon, *history, len(turns), rng)
            for model, turns in zip(models, np.array_split(np.arange(draws), len(models)), strict=True)
            if len(turns)
        ]
        drawn = np.concatenate(parts)
        drawn[:, bought.column("occasions") == 0] = 0
        return drawn

    def draw_spend(
        self, bought: Summary, who: npt.NDArray[np.int64], count: Floats, rng: np.random.Generator
    ) -> Floats:
        """Money of `count` purchases by customer `who`, (outcomes,): a gamma sum at a level drawn from their history.

        Fader & Hardie (2013): z | ν is gamma(p, ν), ν is gamma(q, γ); so ν | history is gamma(q + p n, γ + n z̄).
        """
        seen, mean = bought.column("occasions"), bought.column("mean_of_all")
        models = self.likely_spend or (self.spend,)
        money = np.empty(len(who))
        # Outcomes come draw by draw, so that each stretch of them is some draws of the whole firm.
        for model, some in zip(models, np.array_split(np.arange(len(who)), len(models)), strict=True):
            p, q, scale = (model.params[name] for name in ("p", "q", "gamma"))
            level = rng.standard_gamma((q + p * seen)[who[some]]) / (scale + seen * mean)[who[some]]
            money[some] = rng.standard_gamma(p * count[some]) / level
        return money

    def probability_alive(self, bought: Summary) -> Floats:
        """The probability that each is still a customer; 1 where the model cannot tell, 0 for who never bought."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GoodwillWarning)  # that BG/NBD cannot tell: `told` says which model it is
            alive = self.model.probability_alive(bought.frequency, bought.recency, bought.age)
        return np.where(bought.column("occasions") > 0, alive, 0.0)

    def told(self) -> dict[str, Any]:
        """Which models, their parameters and how they were found, for the report."""
        return {
            "model": type(self.model).__name__,
            "parameters": self.model.params,
            "grain": self.grain,
            "assumed": self.assumed,
            "spend_model": type(self.spend).__name__,
            "spend_parameters": self.spend.params,
            "comparison": [one.told() for one in self.comparison],
            "level": self.level,
        }
