"""No more than so many requests a minute by one token, so that one program in a loop does not slow everybody.

Each token has a store of requests that fills again evenly, up to a minute's worth. It lies in the memory of each web
process: nothing is written, and with several processes a token may ask up to that many times as often. What comes in
(facts, by a token that writes) is not counted: the backlog alone holds it back.
"""

from __future__ import annotations

import math
import os
import threading
import time
from typing import TYPE_CHECKING

from goodwill.errors import SettingsError
from goodwill.service.intake.refused import Refused

if TYPE_CHECKING:
    from goodwill.service.store.models import Token

SETTING, USUAL = "GOODWILL_API_RATE", "600"
MOST_TOKENS = 10_000
"""So many are remembered; who asks seldom is forgotten first, and has a full store then anyway."""


class TooOften(Refused):
    """The token has asked too often (429)."""


class Paces:
    """The stores of many names. `take` is for threads.

    >>> paces = Paces()
    >>> [paces.take("till", 2, now) for now in (0.0, 0.0, 0.0, 30.0)]
    [0.0, 0.0, 30.0, 0.0]
    """

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, a_minute: int, now: float | None = None) -> float:
        """Takes one: 0.0, or how many seconds there is none."""
        now = time.monotonic() if now is None else now
        with self._lock:
            left, since = self._left.pop(name, (float(a_minute), now))
            left = min(float(a_minute), left + (now - since) * a_minute / 60.0)
            wait = 0.0 if left >= 1.0 else (1.0 - left) * 60.0 / a_minute
            self._left[name] = (left if wait else left - 1.0, now)
            if len(self._left) > MOST_TOKENS:
                del self._left[next(iter(self._left))]
        return wait


_PACES = Paces()


def a_minute() -> int:
    """GOODWILL_API_RATE: requests a minute of one token; 0 for no limit. SettingsError where it is no number."""
    told = os.environ.get(SETTING, USUAL)
    if not told.isascii() or not told.isdigit():
        raise SettingsError(f"{told!r} is no whole number", where=SETTING, mend=f"write it as {USUAL}; 0: no limit")
    return int(told)


def count(token: Token) -> None:
    """Counts one request of a token. Raises TooOften, with the seconds after which there is room again."""
    most = a_minute()
    wait = _PACES.take(token.digest, most) if most else 0.0
    if wait:
        seconds = max(1, math.ceil(wait))
        raise TooOften(
            429,
            f"this token has asked more than {most:,} times in a minute",
            where=f"token {token.name}",
            mend=f"ask again in {seconds} s, and less often",
            retry_after=seconds,
        )
