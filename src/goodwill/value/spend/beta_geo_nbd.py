"""The BG/NBD model of Fader, Hardie & Lee."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.customers import Customers
from goodwill.value.spend.geometric_dropout import ALPHA, GeometricDropout, R
from goodwill.value.spend.notices import NeverReturnedWarning
from goodwill.value.spend.terms import Terms, Value

Array = npt.NDArray[np.float64]


class BetaGeoNBD(GeometricDropout):
    """Customers buy at a steady rate of their own and may leave for good after each repeat purchase.

    Parameters: r, alpha (rates over customers: gamma with shape r and rate alpha, alpha in units of time), a, b
    (probability of leaving after a repeat purchase: beta).
    Covariates: alpha · exp(−coefficient · value), a and b · exp(coefficient · value); the coefficients are called
    "purchase:…", "dropout_a:…" and "dropout_b:…".

    Source: Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), equations 6 to
    10; covariates: Fader & Hardie (2007).

    It takes a customer who never bought again for alive, however long ago that was: `probability_alive` then warns
    (NeverReturnedWarning). `ModifiedBetaGeoNBD` and `ParetoNBD` make no such claim.

    >>> model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(float(model.expected_purchases(39, 2, 30.43, 38.86)), 3)
    1.226
    >>> round(float(model.probability_alive(2, 30.43, 38.86)), 3)
    0.727
    """

    chances: ClassVar[int] = 0
    merges_ages: ClassVar[bool] = False

    def never_returned_terms(self, parameters: Sequence[Value], age: Array) -> Terms:
        """−r ln(1 + T/α): without a repeat purchase nobody has had the chance to leave."""
        r, alpha, _, _ = parameters
        log_part = np.log1p(age / alpha)
        from_age = 1 / (alpha + age) - 1 / alpha
        return Terms(
            -r * log_part,
            {R: -log_part, ALPHA: -r * from_age},
            {(R, ALPHA): -from_age, (ALPHA, ALPHA): r * from_age * (from_age + 2 / alpha)},
        )

    def _warn_of(self, customers: Customers) -> None:
        silent = int(np.count_nonzero((customers.frequency == 0) & (customers.age > 0)))
        if silent:
            message = (
                f"BetaGeoNBD: {silent} of {len(customers)} customers never bought again, and this model calls each of "
                "them alive for certain, for lack of data; ask ModifiedBetaGeoNBD or ParetoNBD, "
                "or rank them by expected_purchases"
            )
            warnings.warn(NeverReturnedWarning(message), stacklevel=3)
