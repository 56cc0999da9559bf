"""The shifted beta-geometric model of Fader & Hardie, for subscriptions."""

from __future__ import annotations

from goodwill.value.spend.contractual import ContractualModel


class ShiftedBetaGeo(ContractualModel):
    """At each renewal a subscriber leaves with a probability of their own that does not change.

    Parameters: alpha, beta (that probability: beta over subscribers). The cohort's retention still rises, because those
    likely to leave do so first.

    Source: Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1).

    >>> model = ShiftedBetaGeo().fit([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> {name: round(value, 4) for name, value in model.params.items()}
    {'alpha': 0.6681, 'beta': 3.8061}
    >>> round(float(model.survival(12)), 3)
    0.378
    """

    names = ("alpha", "beta")
