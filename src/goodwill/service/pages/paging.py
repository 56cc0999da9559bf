"""Where a page of a long list ends: the values of its last row, as one word for the address."""

from __future__ import annotations

import base64
import json
from typing import Any

LONGEST = 2000


def cursor_of(*values: Any) -> str:
    """The values as one word.

    >>> values_of(cursor_of("12.50", "c:7"), 2)
    ['12.50', 'c:7']
    """
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def values_of(cursor: str | None, number: int) -> list[str] | None:
    """So many values from a word; None where it is not one of ours: the list then begins at its start.

    >>> values_of("no such", 2) is None
    True
    """
    if not cursor or len(cursor) > LONGEST:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, UnicodeError):
        return None
    if not isinstance(found, list) or len(found) != number or any(one is None for one in found):
        return None
    return [str(one) for one in found]


def number_of(given: str | None) -> int | None:
    """A whole number from an address or a form; None where it is none that a database could hold.

    >>> number_of("17"), number_of("-1"), number_of("1e9"), number_of("9" * 30)
    (17, None, None, None)
    """
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 19 else None
