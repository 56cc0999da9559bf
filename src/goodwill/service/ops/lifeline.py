"""How a part of the service knows that its parent ended though nobody could say so: the other end of a pipe closes."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIFELINE = "GOODWILL_LIFELINE"
"""The environment's word for the pipe's number; `serve` says it to its parts."""


def when_the_parent_ends(act: Callable[[], None]) -> None:
    """Calls `act` in a thread once nobody holds the other end of the lifeline."""
    written = os.environ.get(LIFELINE, "")
    if not written:
        return

    def wait() -> None:
        try:
            while os.read(int(written), 1):
                pass
        except OSError:
            return  # no such file here: started by hand
        act()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
