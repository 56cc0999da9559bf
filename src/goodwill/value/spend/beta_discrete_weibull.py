"""The beta-discrete-Weibull model of Fader, Hardie, Liu, Davin & Steenburgh, for subscriptions."""

from __future__ import annotations

from goodwill.value.spend.contractual import ContractualModel


class BetaDiscreteWeibull(ContractualModel):
    """As the shifted beta-geometric, but staying may get easier (c < 1) or harder (c > 1) with each renewal.

    Parameters: gamma, delta (probability of leaving at the first renewal: beta over subscribers), c (duration
    dependence; 1 gives `ShiftedBetaGeo`).

    Source: Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to project customer retention" revisited: The role of
    duration dependence, Journal of Interactive Marketing 43.

    >>> model = BetaDiscreteWeibull().fit([1000, 869, 743, 653, 593])
    >>> {name: round(value, 4) for name, value in model.params.items()}
    {'gamma': 0.2593, 'delta': 1.7226, 'c': 1.5844}
    """

    names = ("gamma", "delta", "c")
