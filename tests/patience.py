"""Waiting, in one place: until something is so, with a limit that only what is broken ever reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
LONG = 300.0
"""Seconds. A machine that does eight other things besides is slow, not wrong; what is right is seen long before."""


def until(
    holds: Callable[[], Found],
    what: str | Callable[[], str] = "what is waited for",
    *,
    seconds: float = LONG,
    pause: float = 0.05,
    unless: Callable[[], object] = lambda: None,
) -> Found:
    """Waits until `holds()` is true, and gives what it said.

    Raises AssertionError, with the words of `what`, after so many seconds, or as soon as `unless()` is not None: the
    process that should do it has ended, say (`unless=process.poll`).
    """
    end = time.monotonic() + seconds
    while not (found := holds()):
        never = unless() is not None and not holds()
        if never or time.monotonic() > end:
            said = what() if callable(what) else what
            raise AssertionError(f"{'it can no longer come' if never else f'not within {seconds:g} s'}: {said}")
        time.sleep(pause)
    return found
