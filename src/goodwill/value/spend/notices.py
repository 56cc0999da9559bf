"""What a spend model warns of. Each message says what was seen and what to do."""

from __future__ import annotations

from goodwill.errors import GoodwillWarning


class FlatRidgeWarning(GoodwillWarning):
    """The likelihood hardly changes along a ridge: several sets of parameters fit equally well.

    Predictions along the ridge agree, the single parameters do not: read the predictions, not the parameters.
    """


class NeverReturnedWarning(GoodwillWarning):
    """The BG/NBD calls a customer who never bought again alive for certain: it has no data to say otherwise."""


class StoppedEarlyWarning(GoodwillWarning):
    """The fit used all its passes before it settled: the parameters are not yet the best ones."""
