"""Which written promise covers a message, and by when it is due.

A promise counts in plain hours, day and night: what a firm promises 'within 24 hours' a customer reads so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.engage.reasons import hours_in_words
from goodwill.facts.columns import HOUR, NEVER, Floats, Instants, flags, instants

if TYPE_CHECKING:
    from goodwill.engage.reasons import Reasons
    from goodwill.engage.waiting import Messages
    from goodwill.facts.columns import Flags
    from goodwill.lake import Facts

SOON_HOURS = 1.0
"""A promise would break soon when no more than this is left of it."""
LONG_OVERDUE_HOURS = 7 * 24.0
"""Broken for longer than this, a promise no longer brings a message forward: else an old backlog would bury all."""


@dataclass(frozen=True)
class Owed:
    """For each message: the hours promised, the instant due (microseconds), hours left, and whether in writing.

    An answer is owed to whoever spoke to us. What is said to others may deserve one, but no promise covers it.
    """

    hours: Floats
    due: Instants
    left: Floats  # below 0: overdue
    written: npt.NDArray[np.bool_]
    to_us: npt.NDArray[np.bool_]

    @property
    def would_break_soon(self) -> npt.NDArray[np.bool_]:
        """Can still be kept, but only just."""
        return self.to_us & (self.left >= 0) & (self.left <= SOON_HOURS)

    @property
    def broken(self) -> npt.NDArray[np.bool_]:
        """Overdue, but not for so long that it no longer counts."""
        return self.to_us & (self.left < 0) & (self.left >= -LONG_OVERDUE_HOURS)


def owed(facts: Facts, said: Messages, end: int) -> Owed:
    """By when each message is to be answered.

    The promise of its channel holds, else the one for all channels, else `[assumptions] answer_hours`. Of several the
    strictest holds; one made later than the message does not cover it. Where the source does not say to whom a message
    was said, it was said to us.
    """
    promises = facts.arrow("promises")
    kept = pc.and_(pc.equal(promises["kind"], "answer"), pc.is_valid(promises["within_hours"]))
    promises = promises.filter(pc.fill_null(kept, False))
    channel = pc.utf8_lower(pc.fill_null(said.column("channel"), ""))
    everywhere = np.full(len(said), np.inf)
    here = np.full(len(said), np.inf)
    since = instants(promises["since"])
    for row, (where, within) in enumerate(
        zip(promises["channel"].to_pylist(), promises["within_hours"].to_pylist(), strict=True)
    ):
        covers = said.at >= since[row] if since[row] != NEVER else np.ones(len(said), dtype=bool)
        if where in (None, ""):
            everywhere = np.where(covers, np.minimum(everywhere, within), everywhere)
        else:
            covers = covers & flags(pc.equal(channel, pa.scalar(where.lower())))
            here = np.where(covers, np.minimum(here, within), here)
    promised = np.where(np.isfinite(here), here, everywhere)
    written = np.isfinite(promised)
    hours = np.where(written, promised, facts.firm.assumptions.answer_hours.value)
    due = said.at + np.rint(hours * HOUR).astype(np.int64)
    to_us = flags(pc.fill_null(said.column("to_us"), True))
    return Owed(hours, due, (due - end) / HOUR, written, to_us)


def say_promise(reasons: Reasons, due: Owed, asked: Flags) -> None:
    """How much time is left of the promise, for those who asked us something."""
    row = np.flatnonzero(asked)
    within, left = hours_in_words(due.hours[row]), hours_in_words(due.left[row])
    what = [
        f"answer {'promised' if written else 'due'} within {hours}: "
        + (f"overdue by {span}" if late else f"{span} left")
        for hours, span, late, written in zip(
            within, left, (due.left[row] < 0).tolist(), due.written[row].tolist(), strict=True
        )
    ]
    reasons.say(row, what, ["measured" if written else "assumed" for written in due.written[row].tolist()])
