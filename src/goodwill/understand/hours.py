"""Opening hours as goodwill.toml has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Spans = tuple[tuple[int, int], ...]
"""Minutes of the day (opens, closes), in order; none: closed."""

_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def week_of(hours: Mapping[str, str | dict[str, str]], place: str | None) -> dict[str, Spans]:
    """The days whose hours are held: those of the place where places have their own, else the firm's.

    >>> hours = {"monday": "09:00-18:00", "sunday": "closed", "Mill Road": {"monday": "10:00-12:00, 14:00-17:00"}}
    >>> week_of(hours, None), week_of(hours, "mill road")
    ({'monday': ((540, 1080),), 'sunday': ()}, {'monday': ((600, 720), (840, 1020))})
    """
    places = {name.lower(): own for name, own in hours.items() if isinstance(own, dict)}
    if place and places:
        said = places.get(place.strip().lower(), {})
    else:
        said = {day: times for day, times in hours.items() if isinstance(times, str)}
    return {day: _spans(times) for day, times in said.items()}


def _spans(times: str) -> Spans:
    minutes = [60 * int(hour) + int(minute) for hour, minute in _TIME.findall(times)]
    return tuple(zip(minutes[::2], minutes[1::2], strict=True))


def in_words(spans: Spans) -> str:
    """
    >>> in_words(((540, 1080),)), in_words(())
    ('09:00 to 18:00', 'closed')
    """
    told = [" to ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span) for span in spans]
    return " and ".join(told) or "closed"
