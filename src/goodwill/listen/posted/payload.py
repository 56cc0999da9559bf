"""What a request says: JSON read with care, and each value asked for by name, so that what is wrong has its place.

A `Part` is an object of the body. Asking it for a value gives the value, None where it is not there and need not be, or
raises NotUnderstood with the name of the field. What other systems let people write is cleaned on the way: a NUL or
half a character is replaced, and no text is longer than the store takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from goodwill.errors import NotUnderstood

LONGEST_TEXT = 200_000
LONGEST_ID = 300
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST_SUM = Decimal(10) ** 15
_UTC_AT_END = re.compile(r"\s*(UTC|GMT)$")


def read(body: bytes, sender: str) -> Any:
    """JSON in UTF-8. Raises NotUnderstood where it is none, is nested too deeply, or has a number that is none.

    >>> read(b'{"a": NaN}', "Forum")
    Traceback (most recent call last):
        ...
    goodwill.errors.NotUnderstood: Forum, the body: it is no JSON (NaN is no number); send JSON in UTF-8
    """
    where = f"{sender}, the body"
    try:
        return json.loads(body.decode(), parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise NotUnderstood("it is nested too deeply", where=where, mend="send it as documented") from None
    except UnicodeDecodeError:
        raise NotUnderstood("it is not UTF-8", where=where, mend="send JSON in UTF-8") from None
    except ValueError as error:
        said = str(error).split(":")[0][:80]
        raise NotUnderstood(f"it is no JSON ({said})", where=where, mend="send JSON in UTF-8") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def opened(body: bytes, sender: str) -> Part:
    """The body as a Part. Raises NotUnderstood where it is no JSON object."""
    return Part.of(read(body, sender), sender, "the body")


def cleaned(text: str) -> str:
    """A text as it can be kept.

    >>> cleaned("half a \\ud83d, and \\x00") == "half a \\ufffd, and \\ufffd"
    True
    """
    return _UNKEEPABLE.sub("\ufffd", text[:LONGEST_TEXT])


@dataclass(frozen=True, slots=True)
class Part:
    """An object of a body, and where in it it stands."""

    values: Mapping[str, Any]
    sender: str
    path: str = ""

    @classmethod
    def of(cls, value: object, sender: str, path: str) -> Part:
        """A value that has to be an object."""
        if not isinstance(value, Mapping):
            raise NotUnderstood(f"it is {kind(value)}, not an object", where=f"{sender}, {path}", mend=AS_DOCUMENTED)
        return cls(value, sender, "" if path == "the body" else path)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def where(self, name: str) -> str:
        """A value's place, for people: 'Discourse, post.created_at'."""
        return f"{self.sender}, {self._path(name)}"

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, what: str) -> NotUnderstood:
        """What to raise where a value is not what it should be."""
        return NotUnderstood(what, where=self.where(name), mend=AS_DOCUMENTED)

    def part(self, name: str) -> Part:
        """An object that has to be there."""
        if name not in self:
            raise self.wrong(name, "it is not there")
        return Part.of(self.values[name], self.sender, self._path(name))

    def maybe(self, name: str) -> Part:
        """An object; an empty one where there is none."""
        return self.part(name) if name in self else Part({}, self.sender, self._path(name))

    def parts(self, name: str) -> list[Part]:
        """A list of objects; empty where there is none."""
        given = self.values.get(name)
        if given is None:
            return []
        if not isinstance(given, list):
            raise self.wrong(name, f"it is {kind(given)}, not a list")
        return [Part.of(one, self.sender, f"{self._path(name)}[{at}]") for at, one in enumerate(given)]

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        given = self.values.get(name)
        if given is None:
            return ""
        if not isinstance(given, str):
            raise self.wrong(name, f"it is {kind(given)}, not a text")
        return cleaned(given).strip()

    def id(self, name: str) -> str:
        """An id, written as a text or a whole number, that has to be there."""
        found = self.maybe_id(name)
        if not found:
            raise self.wrong(name, "it is not there")
        return found

    def maybe_id(self, name: str) -> str:
        """An id; empty where there is none."""
        given = self.values.get(name)
        if given is None:
            return ""
        if isinstance(given, bool) or not isinstance(given, str | int):
            raise self.wrong(name, f"it is {kind(given)}, not an id")
        found = cleaned(str(given)).strip()
        if len(found) > LONGEST_ID:
            raise self.wrong(name, f"it has {len(found):,} characters; an id has {LONGEST_ID} at most")
        return found

    def whole(self, name: str) -> int | None:
        """A whole number."""
        given = self.values.get(name)
        if given is None:
            return None
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,18}", given.strip()):
            return int(given)
        if isinstance(given, bool) or not isinstance(given, int | Decimal):
            raise self.wrong(name, f"it is {kind(given)}, not a whole number")
        number = Decimal(given)
        if abs(number) >= 10**18 or number != int(number):
            raise self.wrong(name, f"{str(given)[:40]} is no whole number that can be kept")
        return int(number)

    def count(self, name: str) -> int:
        """How many; 0 where nothing is told that can be counted."""
        return max(self.whole(name) or 0, 0)

    def flag(self, name: str) -> bool:
        """Whether something is so; no where it is not said."""
        given = self.values.get(name)
        if given is None:
            return False
        if not isinstance(given, bool):
            raise self.wrong(name, f"it is {kind(given)}, not true or false")
        return given

    def money(self, name: str) -> Decimal | None:
        """A sum, written as a text or a number."""
        given = self.values.get(name)
        if given is None or given == "":
            return None
        if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
            raise self.wrong(name, f"it is {kind(given)}, not a sum")
        try:
            sum_ = Decimal(given.strip() if isinstance(given, str) else given)
        except InvalidOperation:
            raise self.wrong(name, f"{str(given)[:40]!r} is no sum") from None
        if not sum_.is_finite() or abs(sum_) >= _LARGEST_SUM:
            raise self.wrong(name, f"{str(given)[:40]!r} is no sum")
        return sum_

    def at(self, name: str) -> datetime:
        """A time that has to be there."""
        found = self.maybe_at(name)
        if found is None:
            raise self.wrong(name, "it is not there")
        return found

    def maybe_at(self, name: str) -> datetime | None:
        """A time: ISO 8601, or seconds since 1970; without a zone it is UTC, as every sender here writes it."""
        given = self.values.get(name)
        if given is None or given == "":
            return None
        found = instant(given)
        if found is None:
            raise self.wrong(name, f"{str(given)[:40]!r} is no time")
        return found


AS_DOCUMENTED = "send it as the sender's documentation says; goodwill may need an update"


def instant(given: object) -> datetime | None:
    """A time in UTC, of ISO 8601 or of a number of seconds (or thousandths) since 1970.

    >>> instant("2026-03-03 13:05:57 UTC").isoformat(), instant(1772543157).isoformat()
    ('2026-03-03T13:05:57+00:00', '2026-03-03T13:05:57+00:00')
    """
    try:
        if isinstance(given, str) and not given.strip().isdigit():
            at = datetime.fromisoformat(_with_microseconds(_UTC_AT_END.sub("+00:00", given.strip())))
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(given, str | int | Decimal) and not isinstance(given, bool):
            seconds = float(given)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _with_microseconds(text: str) -> str:
    """Nanoseconds, which some write, cut to the six digits that are read."""
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)


def kind(value: object) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"
