"""What the firm keeps of a customer's purchases: measured where margins are known, shrunk towards the firm's own.

The customer's ratio Σ margin / Σ amount is weighted against the firm's by the credibility of Bühlmann & Straub (1970),
"Glaubwürdigkeit für Schadensätze": Z = A / (A + K), with A the money that the ratio rests on and K the variance within
customers over the variance between them, both estimated from the same purchases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.ledger.kinds import ASSUMED, ESTIMATED

if TYPE_CHECKING:
    from goodwill.assumptions import Assumption
    from goodwill.value.summary import Summary

Floats = npt.NDArray[np.float64]
FEWEST = 30  # customers with known margins; below it the firm's one ratio stands for all


@dataclass(frozen=True)
class Margins:
    """`rate` and its `spread` (standard deviation) for each customer, (customers,); the firm's rate and its range.

    `firm_low` and `firm_high` are the range (80 %) of what is common to all; equal where the rate was measured.
    """

    rate: Floats
    spread: Floats
    firm: float
    firm_low: float
    firm_high: float
    evidence: int


def margins(bought: Summary, assumed: Assumption) -> Margins:
    """The margin ratio of each customer of a summary.

    >>> from goodwill.assumptions import Assumption
    >>> import pyarrow as pa
    >>> from datetime import UTC, datetime
    >>> from goodwill.value.summary import Summary
    >>> none = {"known_amount": [0.0], "known_margin": [0.0], "known_square": [0.0], "orders": [1.0]}
    >>> found = margins(Summary(pa.table(none), "week", datetime(2026, 1, 1, tzinfo=UTC)),
    ...                 Assumption(value=0.3, low=0.2, high=0.4))
    >>> found.rate.tolist(), found.firm_low
    ([0.3], 0.2)
    """
    amount, margin, square = (bought.column(f"known_{name}") for name in ("amount", "margin", "square"))
    size, total = len(amount), float(amount.sum())
    if total <= 0:
        evidence = ESTIMATED if assumed.measured else ASSUMED
        flat = np.full(size, assumed.value)
        return Margins(flat, np.zeros(size), assumed.value, assumed.low, assumed.high, evidence)
    firm = float(margin.sum()) / total
    known = amount > 0
    own = np.divide(margin, amount, out=np.full(size, firm), where=known)
    within, between = _variances(amount[known], own[known], square[known], bought.column("orders")[known], firm)
    if between <= 0 or known.sum() < FEWEST:
        return Margins(np.full(size, firm), np.zeros(size), firm, firm, firm, ESTIMATED)
    credibility = amount / (amount + within / between)
    rate = firm + credibility * (own - firm)
    return Margins(rate, np.sqrt(between * (1 - credibility)), firm, firm, firm, ESTIMATED)


def _variances(amount: Floats, own: Floats, square: Floats, orders: Floats, firm: float) -> tuple[float, float]:
    """Within a customer (for one unit of money) and between customers: the estimators of Bühlmann and Straub."""
    freedom = float(np.maximum(orders - 1, 0).sum())
    inside = float(np.maximum(square - amount * own**2, 0.0).sum())
    within = inside / freedom if freedom > 0 else 0.0
    total = float(amount.sum())
    effective = total - float((amount**2).sum()) / total
    if effective <= 0:
        return within, 0.0
    between = (float((amount * (own - firm) ** 2).sum()) - (len(amount) - 1) * within) / effective
    return within, max(between, 0.0)
