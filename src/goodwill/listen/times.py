"""Text to UTC instants, as DuckDB SQL: ISO quickly, then epochs, other orders of day and month, and months in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from goodwill.listen.values import Parse


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How a column writes times: which comes first in 3/4/2026, which zone a naive one is in, and in which words."""

    zone: str = "UTC"
    day_first: bool = True
    shapes: tuple[str, ...] = ()  # strptime formats seen in a sample; they are tried before the others


# What a zone looks like at the end of a time.
_ZONED = r"[0-9] ?(Z|z|UTC|GMT|[+-][0-9]{2}:?([0-9]{2})?)$"
_WITH_ZONE = (
    "%a %b %d %H:%M:%S %z %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
)
_DAYS = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%d-%b-%Y", "%d. %B %Y", "%a %d %b %Y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p", " at %I:%M %p")
_NAIVE = (
    *(f"{day}{hour}" for day in _DAYS for hour in _HOURS),
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y%m%d",
    "%Y%m%dT%H%M%S",
    "%Y%m%d%H%M%S",
    "%Y.%m.%d",
    "%Y.%m.%d %H:%M",
)
SHAPES = (*_WITH_ZONE, *_NAIVE)
SLASHED = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})(?:$|[T,]? *(.*)$)"


def time(text: str, style: TimeStyle, naive: str) -> Parse:
    """The UTC instant of a text. `naive` is a column that holds `naive_iso` of it.

    A time without a zone is read in the column's; where clocks go back, the first of the two hours is meant.
    """
    zoned = f"length({text}) > 15 AND regexp_matches({text}, '{_ZONED}')"
    quick = f"CASE WHEN {zoned} THEN try_cast({_guarded(text)} AS TIMESTAMPTZ) ELSE {in_zone(naive, style.zone)} END"
    patient = f"coalesce({_epoch(text)}, {_in_other_order(text, style)}, {_in_words(text, style)})"
    return Parse(quick, f"CASE WHEN regexp_matches({text}, '[0-9]') THEN {patient} END", naive_iso(text))


def naive_iso(text: str) -> str:
    """SQL of an ISO time as it stands, whatever zone it names."""
    return f"try_cast({_guarded(text)} AS TIMESTAMP)"


def _guarded(text: str) -> str:
    # To the engine 31/1/26 is a day in the year 31, and 'infinity' a time; a year has four digits here.
    return f"CASE WHEN regexp_matches({text}, '^[0-9]{{4}}[-/]') AND NOT contains({text}, '(') THEN {text} END"


def in_zone(naive: str, zone: str) -> str:
    """SQL of the instant of a naive time in a zone.

    Where an hour comes twice the engine takes the second; the first is what people mean, and what `firm.to_utc` takes.
    """
    instant = f"timezone('{zone}', {naive})"
    hours = ", ".join(str(hour) for hour in _hours_that_come_twice(zone))
    if not hours:
        return instant
    earlier = f"{instant} - INTERVAL 1 HOUR"
    return (
        f"CASE WHEN hour({naive}) IN ({hours}) AND timezone('{zone}', {earlier}) = {naive}"
        f" THEN {earlier} ELSE {instant} END"
    )


@cache
def _hours_that_come_twice(zone: str) -> tuple[int, ...]:
    """The hours of the day that clocks in a zone have ever repeated, 1970 to 2037."""
    local, hours = ZoneInfo(zone), set()
    day = datetime(1970, 1, 1, tzinfo=local)
    while day.year < 2038:
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            for half_hour in range(48):
                at = day + timedelta(minutes=30 * half_hour)
                if at.utcoffset() != at.replace(fold=1).utcoffset():
                    hours.add(at.hour)
        day += timedelta(days=1)
    return tuple(sorted(hours))


def _epoch(text: str) -> str:
    number = f"try_cast({text} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{9,10}}([.][0-9]+)?') THEN to_timestamp({number})"
        f" WHEN regexp_full_match({text}, '[0-9]{{12,13}}') THEN to_timestamp({number} / 1000)"
        f" WHEN regexp_full_match({text}, '[0-9]{{15,16}}') THEN to_timestamp({number} / 1000000) END"
    )


def _in_other_order(text: str, style: TimeStyle) -> str:
    day, month = ("\\1", "\\2") if style.day_first else ("\\2", "\\1")
    turned = f"trim(regexp_replace({text}, '{SLASHED}', '\\3-{month}-{day} \\4'))"
    full = f"CASE WHEN regexp_matches({turned}, '^[0-9]{{2}}-') THEN '20' || {turned} ELSE {turned} END"
    with_half = f"try_strptime({full}, ['%Y-%m-%d %I:%M %p', '%Y-%m-%d %I:%M:%S %p'])"
    naive = f"coalesce(try_cast({full} AS TIMESTAMP), {with_half})"
    zoned = f"regexp_matches({text}, ':.*{_ZONED}')"
    return (
        f"CASE WHEN regexp_matches({text}, '{SLASHED}') THEN"
        f" CASE WHEN {zoned} THEN try_cast({full} AS TIMESTAMPTZ) ELSE {in_zone(naive, style.zone)} END END"
    )


def in_one_spacing(text: str) -> str:
    """SQL of a text with single spaces and its zone as strptime wants it."""
    return f"regexp_replace(replace({text}, ' UTC', ' +0000'), ' +', ' ', 'g')"


def _in_words(text: str, style: TimeStyle) -> str:
    spaced = in_one_spacing(text)
    zoned, naive = (
        ", ".join(f"'{shape}'" for shape in sorted(shapes, key=lambda shape: shape not in style.shapes))
        for shapes in (_WITH_ZONE, _NAIVE)
    )
    # What has neither a month's name, nor AM or PM, nor eight digits, nor a dot is none of these.
    likely = f"regexp_matches({text}, '[A-Za-z]{{3}}[-., ]|[AaPp][Mm]$|^[0-9]{{8}}|[.]|[+-][0-9]{{4}}$|UTC$')"
    return (
        f"CASE WHEN {likely} THEN coalesce(try_strptime({spaced}, [{zoned}]),"
        f" {in_zone(f'try_strptime({spaced}, [{naive}])', style.zone)}) END"
    )
