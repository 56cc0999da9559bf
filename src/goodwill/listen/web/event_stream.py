"""Server-sent events (the WHATWG's HTML standard, 9.2): lines to events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """An event: its kind ('message' where none is named) and what it says."""

    kind: str
    data: str


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of some lines. What is not ended by an empty line is none, and a comment (a heartbeat) says nothing.

    >>> list(events([":thump", "event: delete", "data: 17", "", "data: a", "data: b", "", "data: cut"]))
    [Event(kind='delete', data='17'), Event(kind='message', data='a\\nb')]
    """
    kind, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield Event(kind or "message", "\n".join(data))
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
