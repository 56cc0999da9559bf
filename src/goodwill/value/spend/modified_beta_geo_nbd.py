"""The MBG/NBD model of Batislam, Denizel & Filiztekin."""

from __future__ import annotations

from typing import ClassVar

from goodwill.value.spend.geometric_dropout import GeometricDropout


class ModifiedBetaGeoNBD(GeometricDropout):
    """As BG/NBD, but a customer may leave after the first purchase already.

    So a customer who never bought again is not taken for alive as a matter of course. Parameters and covariates as in
    `BetaGeoNBD`. A newcomer's probability of being alive is b/(a+b): some leave at once.

    Source: Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base
    analysis, International Journal of Research in Marketing 24; Hoppe & Wagner (2007).

    >>> model = ModifiedBetaGeoNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> round(float(model.probability_alive(0, 0, 38.86)), 3)
    0.39
    """

    chances: ClassVar[int] = 1
