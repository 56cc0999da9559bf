"""Server-sent events (the WHATWG's HTML standard, 9.2): lines to events; and when to stop hearing them."""

from __future__ import annotations

import threading
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


class Either(threading.Event):
    """Set when one of two events is."""

    def __init__(self, one: threading.Event, other: threading.Event) -> None:
        super().__init__()
        self._both = (one, other)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._both)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for either, looking at both four times a second."""
        left = timeout
        while not self.is_set() and (left is None or left > 0):
            self._both[1].wait(0.25 if left is None else min(0.25, left))
            left = None if left is None else left - 0.25
        return self.is_set()
