"""How much may come at once. Only the backlog is the firm's to set (GOODWILL_BACKLOG)."""

from __future__ import annotations

import os

from goodwill.errors import SettingsError

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of a body once unpacked."""
LARGEST_ROW = 1024 * 1024
"""Bytes of one row."""
MOST_ROWS = 100_000
"""Rows of one batch: it is stored in one transaction, which others must not wait long for."""
LONGEST_KEY = 500
"""Characters of an id, or of another text that is indexed: PostgreSQL's index takes 2,700 bytes a row."""
LONGEST_WORD = 100
"""Characters of a language or a channel, which are indexed together with an id or a time."""
MOST_KEY_BYTES = 2_000
"""Bytes of a whole key, where several columns make it."""
DRAINED_AT_ONCE = 20_000
"""Facts of one transaction of the drainer, unless one batch has more."""


def largest_backlog() -> int:
    """Facts that may wait to be drained before the door closes.

    >>> largest_backlog()
    1000000
    """
    told = os.environ.get("GOODWILL_BACKLOG", "1000000")
    if not told.isascii() or not told.isdigit():
        raise SettingsError(f"{told!r} is no whole number", where="GOODWILL_BACKLOG", mend="write it as 1000000")
    return int(told)
