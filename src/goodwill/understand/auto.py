"""Which messages the careful reader reads once more: those of which the fast one is least sure.

Doubt is compared with a threshold, never with the neighbours' doubt, so that a message goes the same way in any batch;
the threshold is the quantile, over messages held out, that leaves the wanted speed (a cascade: Viola and Jones 2001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.understand.model import softmax

if TYPE_CHECKING:
    from goodwill.understand.careful import Calibration

Floats = npt.NDArray[np.float64]

SPEED = 2_000
"""Messages a second on one core that the auto lane aims at by itself."""


def doubt(mood_log_odds: Floats) -> Floats:
    """[N] the probability that the mood is another than the likeliest; `mood_log_odds` [N, 3] are calibrated.

    Of our own messages and of tweets, sums that count doubtful intents too found no more of the fast reader's errors,
    neither of mood nor of intent, among the 30 % that they doubt most.

    >>> sure, unsure = doubt(np.array([[5.0, 0, 0], [0.1, 0, 0]]))
    >>> bool(sure < 0.02 and unsure > 0.6)
    True
    """
    return np.asarray(1 - softmax(mood_log_odds).max(axis=1))


def share_at(speed: float, known: Calibration) -> float:
    """The share of messages that the careful reader can read if so many a second are wanted."""
    fast, careful = known.speeds.tolist()
    return float(np.clip(careful * (1 / speed - 1 / fast), 0.0, 1.0))


def threshold(speed: float, known: Calibration) -> float:
    """The doubt from which a message is read carefully: none is sent beyond the highest speed, all below the lowest."""
    share = share_at(speed, known)
    if share in (0.0, 1.0):
        return np.inf if share == 0.0 else -np.inf
    return float(np.interp(1 - share, np.linspace(0, 1, len(known.doubts)), known.doubts))
