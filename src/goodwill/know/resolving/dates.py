"""Dates as people write them, brought to eight digits: year, month, day. Slips of the pen are kept: they are evidence.

A day and a month that could be either way round are read as most of the column is written.
"""

from __future__ import annotations

import re

_YEAR_FIRST = re.compile(r"^\s*(\d{4})[-/. ]?(\d{2})[-/. ]?(\d{2})(?:[T ].*)?$")
_YEAR_LAST = re.compile(r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})\s*$")


def looks_like_date(text: str) -> bool:
    """Whether a text has the form of a date, in a year that somebody alive or in a book may have seen.

    >>> looks_like_date("1971-06-24"), looks_like_date("24.6.1971"), looks_like_date("19710624")
    (True, True, True)
    >>> looks_like_date("4930255"), looks_like_date("12345678")
    (False, False)
    """
    found = _YEAR_FIRST.match(text)
    if found:
        year, month, day = (int(part) for part in found.groups())
        return 1000 <= year < 2200 and 1 <= month <= 12 and 1 <= day <= 31
    found = _YEAR_LAST.match(text)
    return found is not None and 1 <= int(found[1]) <= 31 and 1 <= int(found[2]) <= 31 and 1000 <= int(found[3]) < 2200


def month_first(texts: list[str]) -> bool:
    """Whether dates with the year last have the month in front, by the days above twelve in the column."""
    found = [match for text in texts if (match := _YEAR_LAST.match(text))]
    return sum(int(match[2]) > 12 for match in found) > sum(int(match[1]) > 12 for match in found)


def date_digits(text: str, *, month_in_front: bool = False) -> str:
    """A date as eight digits, '' where there is none.

    >>> date_digits("24/6/1971"), date_digits("1971-06-24"), date_digits("6/24/1971", month_in_front=True)
    ('19710624', '19710624', '19710624')
    >>> date_digits("1856-86-18")  # a slip is kept
    '18568618'
    """
    found = _YEAR_FIRST.match(text)
    if found:
        return found[1] + found[2] + found[3]
    found = _YEAR_LAST.match(text)
    if found:
        first, second = found[1].zfill(2), found[2].zfill(2)
        return found[3] + (first + second if month_in_front else second + first)
    kept = re.sub(r"\D", "", text)
    return kept if len(kept) == 8 else ""
