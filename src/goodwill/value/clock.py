"""The clock on which a firm's purchases come evenly; most firms' is the ordinary one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Clock:
    """Days since 1970 to days on the firm's clock. `index` (12,) is the speed of each month, January first.

    >>> steady = Clock((1.0,) * 12)
    >>> steady(np.array([0.0, 20000.5])).tolist()
    [0.0, 20000.5]
    """

    index: tuple[float, ...]

    def __call__(self, day: npt.ArrayLike) -> Floats:
        """The time that the clock shows on a day, with its fraction."""
        edges = month_edges()
        speed = np.tile(self.index, len(edges) // 12)[: len(edges) - 1]
        shown = np.concatenate([[0.0], np.cumsum(np.diff(edges) * speed)])
        found: Floats = np.interp(np.asarray(day, dtype=np.float64), edges, shown)
        return found

    @property
    def steady(self) -> bool:
        """Does it run like any other clock?"""
        return all(speed == 1 for speed in self.index)


STEADY = Clock((1.0,) * 12)


@cache
def month_edges() -> Floats:
    """The first day of each month from 1970 to 2100, in days since 1970."""
    return np.arange("1970-01", "2100-01", dtype="datetime64[M]").astype("datetime64[D]").astype(np.float64)
