"""What a customer brings by own purchases: the expected discounted margin over the horizon, and draws of its outcome.

Expectation: purchases to come (BG/NBD or the model that was chosen), each discounted to today, times the mean spend to
expect (Gamma–Gamma, Fader & Hardie 2013) times the margin rate, less what serving a purchase costs. Nothing is cut off
at zero: a customer may cost more than they bring.

Outcome: for each draw a customer's rate and leaving are drawn from what their history says of them, then the purchases
of the horizon; then the level of their spending, then the sum of those purchases; then the margin. It is the money that
comes, as the till will show it: not discounted, so that it can be held against what came.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.ledger.kinds import ASSUMED, ESTIMATED
from goodwill.value.margins import Margins, margins
from goodwill.value.ranges import Range

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.value.spending import Spending
    from goodwill.value.summary import Summary

Floats = npt.NDArray[np.float64]
DAYS_A_YEAR = 365.0


@dataclass(frozen=True)
class Own:
    """One value a customer of the summary, (customers,), in its order.

    `expected` is money; `purchases` the expected number, not discounted; `worth_of_one` the mean discount; `alive` the
    probability of still being a customer; `spend_each` the money to expect of a purchase.
    """

    bought: Summary
    spending: Spending
    margins: Margins
    horizon: float  # grains
    orders_each: float  # orders in a purchase: those of one day were merged
    cost: Range  # of serving an order
    purchases: Floats
    worth_of_one: Floats
    spend_each: Floats
    expected: Floats
    evidence: int

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Margins that may come, (draws, customers): draw by draw the same firm's rate and cost for all customers."""
        bought = self.spending.draw(self.bought, self.horizon, draws, rng)
        row, who = np.nonzero(bought)
        count = bought[row, who].astype(np.float64)
        spent = self.spending.draw_spend(self.bought, who, count, rng)
        common = Range(self.margins.firm_low, self.margins.firm, self.margins.firm_high).draw(rng, draws)
        own_rate = self.margins.rate - self.margins.firm + self.margins.spread * rng.standard_normal(len(self.expected))
        cost = self.cost.draw(rng, draws)
        gained = spent * np.clip(common[row] + own_rate[who], -1.0, 1.0)
        gained -= count * self.orders_each * cost[row]
        outcome = np.zeros(bought.shape)
        outcome[row, who] = gained
        return outcome


def own_margin(bought: Summary, spending: Spending, firm: Firm, horizon_days: float) -> Own:
    """The expected discounted margin of each customer of a summary.

    Discounting is continuous: with a yearly rate d a purchase t years away is worth (1 + d)^−t.
    """
    assume = firm.assumptions
    rates = margins(bought, firm.margin)
    horizon = bought.ahead(horizon_days)
    force = math.log1p(assume.discount_rate.value) / bought.in_grains(DAYS_A_YEAR)
    purchases, discounted = spending.expected(bought, horizon, force)
    spend_each = spending.expected_spend(bought)
    occasions = float(bought.column("occasions").sum())
    orders_each = float(bought.column("orders").sum()) / occasions if occasions else 1.0
    expected = discounted * (spend_each * rates.rate - orders_each * assume.cost_to_serve.value)
    one = np.divide(discounted, purchases, out=np.ones_like(purchases), where=purchases > 0)
    evidence = ESTIMATED | rates.evidence | (ASSUMED if spending.assumed or assume.cost_to_serve.value else 0)
    cost = Range.of(assume.cost_to_serve)
    return Own(bought, spending, rates, horizon, orders_each, cost, purchases, one, spend_each, expected, evidence)
