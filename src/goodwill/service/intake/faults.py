"""One thing that is wrong with one row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with a row (counted from 0 within its batch), and how to mend it."""

    row: int
    field: str
    reason: str
    mend: str = ""
