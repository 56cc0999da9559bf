"""One column of a batch: JSON values to what the store holds. Whole columns at a time; a wrong cell is named.

The quick way reads a column whose cells all have the expected type; the patient way looks at each cell. Both give the
same values. A cell that cannot be read gives None and a fault in the words of `goodwill.listen.reasons`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts.schema import INSTANT, MONEY, WORDS
from goodwill.listen.reasons import reason
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.limits import LONGEST_KEY, LONGEST_WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

    from goodwill.facts.schema import Column, Table

Values = list[Any]
_TEXT_OR_NOT, _NUMBERS = {str, type(None)}, {int, float}
_EARLIEST, _EARLIEST_EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(1900, 1, 2, tzinfo=UTC)
_MAY_LIE_AHEAD = ("decide_by", "until", "since")
CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of ours a sender's clock may be."""
_CENT, _LARGEST_SUM = Decimal("0.01"), Decimal(10) ** 16
_LARGEST_WHOLE = 2**63


class Unreadable(ValueError):
    """A cell that cannot be read; its argument is a code of `goodwill.listen.reasons`, or the reason itself."""


@dataclass
class Reader:
    """Reads the columns of one table's rows; collects what is wrong."""

    table: Table
    zone: ZoneInfo
    now: datetime
    faults: list[Fault] = field(default_factory=list)

    def column(self, column: Column, values: Values) -> Values:
        """The values of one column, in order; None where a cell is empty or cannot be read."""
        if column.type == INSTANT:
            return self._times(column, values)
        if column.type == MONEY:
            return self._sums(column, values)
        if column.type == WORDS:
            return self._each(column, values, _words)
        if pa.types.is_string(column.type):
            return self._texts(column, values)
        read = {"int64": _whole, "double": _number, "bool": _flag}[str(column.type)]
        found = self._each(column, values, read)
        return self._within(column, found) if column.low is not None else found

    def identifying(self, name: str, kind: str, values: Values) -> Values:
        """A column that says who it was, normalised as files' are."""
        return [None if value is None else self._handle(name, kind, row, value) for row, value in enumerate(values)]

    def _handle(self, name: str, kind: str, row: int, value: object) -> str | None:
        try:
            text = handle(kind, _text(value))
        except Unreadable as error:
            self.fault(row, name, str(error), value)
            return None
        if text and len(text) > LONGEST_KEY:
            self._too_long(row, name, text, LONGEST_KEY)
        return text or None

    def fault(self, row: int, name: str, code: str, value: object) -> None:
        """Notes what is wrong with a cell."""
        if " " in code:
            what, _, mend = code.partition("; ")
        else:
            what, mend = reason(self.table.name, name, code, _shown(value), row_is_out=True)
        self.faults.append(Fault(row, name, what, mend))

    def _each(self, column: Column, values: Values, read: Callable[[Any], Any]) -> Values:
        found = []
        for row, value in enumerate(values):
            if value is None or value == "":
                found.append(None)
                continue
            try:
                found.append(read(value))
            except Unreadable as error:
                self.fault(row, column.name, str(error), value)
                found.append(None)
        return found

    def _sums(self, column: Column, values: Values) -> Values:
        plain = set(map(type, values)) <= _NUMBERS and math.isfinite(sum(values))
        if plain and values and min(values) > -_LARGEST_SUM and max(values) < _LARGEST_SUM:
            return [Decimal(str(value)).quantize(_CENT) for value in values]
        return self._each(column, values, _money)

    def _texts(self, column: Column, values: Values) -> Values:
        kinds = set(map(type, values))
        if not kinds <= _TEXT_OR_NOT:
            values = self._each(column, values, _text)
        elif "" in values:
            values = [value or None for value in values]
        if column.choices:
            return self._choices(column, values)
        most = longest(self.table, column)
        if most:
            values = [value and (value.strip() or None) for value in values]
            if max(map(len, filter(None, values)), default=0) > most:
                for row, value in enumerate(values):
                    if value and len(value) > most:
                        self._too_long(row, column.name, value, most)
        return values

    def _too_long(self, row: int, name: str, value: str, most: int) -> None:
        self.faults.append(Fault(row, name, f"it has {len(value):,} characters", bounded(most)))

    def _choices(self, column: Column, values: Values) -> Values:
        allowed = {None, *column.choices}
        if set(values) <= allowed:
            return values
        for row, value in enumerate(values):
            if value not in allowed:
                self.fault(row, column.name, "choice", value)
        return [value if value in allowed else None for value in values]

    def _within(self, column: Column, values: Values) -> Values:
        assert column.low is not None
        high = math.inf if column.high is None else column.high
        known = [value for value in values if value is not None]
        if known and (min(known) < column.low or max(known) > high):
            for row, value in enumerate(values):
                if value is not None and not column.low <= value <= high:
                    self.fault(row, column.name, "range", value)
        return values

    def _times(self, column: Column, values: Values) -> Values:
        try:
            found = list(map(datetime.fromisoformat, values))
            if any(at.tzinfo is not UTC for at in found):
                found = [self._in_utc(at) for at in found]
        except (TypeError, ValueError, OverflowError):
            found = self._each(column, values, self._time)
        return self._in_our_age(column, found)

    def _time(self, value: object) -> datetime:
        if isinstance(value, str) and len(value) >= 8:
            try:
                return self._in_utc(datetime.fromisoformat(value.strip()))
            except (ValueError, OverflowError):
                raise Unreadable("time") from None
        if isinstance(value, int | float) and not isinstance(value, bool) and 1e8 <= value < 1e16:
            # Seconds, milliseconds or microseconds since 1970, by the number of digits.
            unit = 1e6 if value >= 1e14 else 1e3 if value >= 1e11 else 1
            return datetime.fromtimestamp(value / unit, UTC)
        raise Unreadable("time")

    def _in_utc(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def _in_our_age(self, column: Column, values: Values) -> Values:
        earliest = _EARLIEST if column.required else _EARLIEST_EVER
        latest = datetime.max.replace(tzinfo=UTC) if column.name in _MAY_LIE_AHEAD else self.now + CLOCKS_DIFFER
        known = [at for at in values if at is not None]
        if known and (min(known) < earliest or max(known) > latest):
            for row, at in enumerate(values):
                if at is not None and not earliest <= at <= latest:
                    self.fault(row, column.name, "past" if at < earliest else "future", at.isoformat())
        return values


_LISTED = {("messages", "channel"), ("people", "language")}


def longest(table: Table, column: Column) -> int:
    """Characters that a text column may have, where the store keeps an index of it (`store.models.facts`); 0: any."""
    key = table.key or table.names[:1]
    if column.refers_to or column.name in key or column.name in ("thread", "author", "value"):
        return LONGEST_KEY
    return LONGEST_WORD if (table.name, column.name) in _LISTED else 0


def bounded(most: int) -> str:
    """How to mend a text that is longer than so many characters."""
    return f"{'a language or a channel' if most == LONGEST_WORD else 'an id or a name'} has at most {most}"


def handle(kind: str, text: str) -> str:
    """One handle, normalised.

    >>> handle("email", "mailto:Anna@Firm.example"), handle("account", "@anna")
    ('anna@firm.example', 'anna')
    """
    text = text.strip()
    if kind == "email" and text:
        text = text.lower().removeprefix("mailto:")
        if not is_email(text):
            raise Unreadable("email")
    return text.lstrip("@") if kind == "account" else text


def is_email(text: str) -> bool:
    """Whether a text looks like an e-mail address."""
    name, at, domain = text.partition("@")
    return bool(name and at) and "@" not in domain and "." in domain[1:-1] and not set(text) & set(" \t\r\n")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # an id that is written as a number
    raise Unreadable(f"it is {_kind(value)}, not a text; put it in quotation marks")


def _money(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable("money")
    try:
        sum_ = Decimal(str(value).strip())
        if not sum_.is_finite():
            raise Unreadable("money")
        if abs(sum_) >= _LARGEST_SUM:
            raise Unreadable("large")
        return sum_.quantize(_CENT)
    except InvalidOperation:
        raise Unreadable("money") from None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable("number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Unreadable("number") from None
    if not math.isfinite(number):
        raise Unreadable("number")
    return number


def _whole(value: object) -> int:
    number = value if type(value) is int else _number_or_whole(value)
    if number != number // 1 or not -_LARGEST_WHOLE <= number < _LARGEST_WHOLE:
        raise Unreadable("whole")
    return int(number)


def _number_or_whole(value: object) -> float | int:
    try:
        return int(value) if isinstance(value, str) and len(value) < 20 else _number(value)
    except (ValueError, Unreadable):
        raise Unreadable("whole") from None


_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    told = _FLAGS.get(str(value).lower()) if isinstance(value, str | int) else None
    if told is None:
        raise Unreadable("flag")
    return told


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise Unreadable('it is no list of texts; write it as ["one", "two"]')


def _kind(value: object) -> str:
    return {list: "a list", dict: "an object", bool: "true or false", float: "a number with a point"}.get(
        type(value), "a number"
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else str(value)[:80]


def bad_rows(faults: Iterable[Fault]) -> set[int]:
    """The rows that have a fault."""
    return {fault.row for fault in faults}
