"""A figure with its range (80 %), and draws from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from goodwill.assumptions import Assumption

Floats = npt.NDArray[np.float64]
NINTH_DECILE = 1.2815515655446004  # of the standard normal


@dataclass(frozen=True)
class Range:
    """A middle with its tenth and ninetieth hundredth."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, assumption: Assumption) -> Range:
        return cls(assumption.low, assumption.value, assumption.high)

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """(draws,) numbers: two half normals that meet at the middle, so that 80 % lie between low and high.

        Never below zero where the low end is not.

        >>> drawn = Range(0.05, 0.10, 0.20).draw(np.random.default_rng(0), 10_000)
        >>> [round(float(q), 2) for q in np.quantile(drawn, [0.1, 0.5, 0.9])]
        [0.05, 0.1, 0.2]
        """
        normal = rng.standard_normal(draws)
        below, above = (self.middle - self.low) / NINTH_DECILE, (self.high - self.middle) / NINTH_DECILE
        drawn = self.middle + normal * np.where(normal < 0, below, above)
        return np.maximum(drawn, 0.0) if self.low >= 0 else drawn
