"""Streams: sources that are heard all the time, each in a thread of the worker's process.

One process hears a stream: it holds a lease on the row, which another takes over when it dies. A thread ends when the
connection does, when it is told to, or when a person changes the source; it is started again from the cursor that was
kept last, later each time where it fails.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Q

from goodwill.service.sources import keeping, places
from goodwill.service.sources.keeping import Overtaken
from goodwill.service.sources.pulling import way_of
from goodwill.service.store.models import Source

if TYPE_CHECKING:
    from collections.abc import Callable

LEASE = timedelta(seconds=60)
LOOKS_EVERY = 2.0
AGAIN_AFTER = timedelta(seconds=2)
"""After a connection that ended in good order."""
log = logging.getLogger("goodwill.sources")


@dataclass
class _Listener:
    """One stream that is heard: the source at the turn that it is at, the word to stop, and its thread."""

    source: Source
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    keeps: threading.Lock = field(default_factory=threading.Lock)
    extended: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self.thread = threading.Thread(target=self._run, name=f"stream {self.source.name}", daemon=True)
        self.thread.start()

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether its thread has ended, within so many seconds."""
        if self.thread is not None:
            self.thread.join(max(0.0, seconds))
        return self.thread is None or not self.thread.is_alive()

    def _run(self) -> None:
        """Hears until the stream ends; how it ended stands on the source."""
        try:
            self._hear()
            if not self.stop.is_set():
                keeping.went_well(self.source, AGAIN_AFTER)
        except Overtaken:
            pass  # changed by a person: it starts again as it is now
        except (DatabaseError, InterfaceError) as away:
            log.warning("stream %s waits for the database: %s", self.source.name, _line(away))
        except Exception as error:
            if not self.stop.is_set():
                self._went_wrong(error)
        finally:
            connections.close_all()

    def _hear(self) -> None:
        place, kind = places.place_of(self.source), places.kind_of(self.source)
        assert kind.stream is not None
        well = self.source.failures == 0
        with contextlib.closing(_generator(kind.stream(place, dict(self.source.cursor), self.stop))) as pieces:
            for heard in pieces:
                with self.keeps:
                    keeping.keep(self.source, heard)
                if not well:
                    Source.objects.filter(name=self.source.name).update(failures=0, last_error="")
                    well = True

    def overtaken(self) -> bool:
        """Whether the source is at another turn than this thread has brought it to; not in the midst of keeping."""
        with self.keeps:
            return not Source.objects.filter(name=self.source.name, turn=self.source.turn).exists()

    def _went_wrong(self, error: Exception) -> None:
        with contextlib.suppress(DatabaseError, InterfaceError):
            wait = keeping.went_wrong(self.source, error).total_seconds()
            why = keeping.reason_of(error)
            log.warning("stream %s broke off, next in %d s: %s", self.source.name, wait, why)


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _generator(pieces):  # type: ignore[no-untyped-def]
    yield from pieces


class Streams:
    """Keeps every stream heard by somebody; `run(stop)` until told to stop."""

    def __init__(self, looks_every: float = LOOKS_EVERY, lease: timedelta = LEASE) -> None:
        self.me = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"[:80]
        self.looks_every, self.lease = looks_every, lease
        self._listeners: dict[str, _Listener] = {}

    def run(self, stop: threading.Event) -> None:
        """Looks after the streams until told to stop; then ends them and gives them free."""
        while not stop.is_set():
            self._safely(self.look)
            stop.wait(self.looks_every)
        for listener in self._listeners.values():
            listener.stop.set()
        until = time.monotonic() + 5.0
        for listener in self._listeners.values():
            listener.ended(until - time.monotonic())
        self._safely(lambda: self._release(*self._listeners))
        connections.close_all()

    def look(self) -> None:
        """One round: ends what should not be heard any more, takes up what should."""
        rows = {source.name: source for source in Source.objects.filter(held_by=self.me)}
        for name, listener in list(self._listeners.items()):
            if listener.ended():
                self._release(name)
                del self._listeners[name]
            elif self._is_over(rows.get(name), listener):
                listener.stop.set()  # it ends in its own time, and is taken up again in a later round
            else:
                self._extend(listener)
        now = datetime.now(UTC)
        free = Q(held_until=None) | Q(held_until__lt=now)
        due = Q(next_pull=None) | Q(next_pull__lte=now)
        for source in Source.objects.filter(free, due, paused=False).order_by("name"):
            if source.name not in self._listeners and way_of(source) == "stream":
                self._begin(source, free)

    def _is_over(self, row: Source | None, listener: _Listener) -> bool:
        """Whether it was paused, deleted, changed, or taken by another process."""
        return row is None or row.paused or (row.turn > listener.source.turn and listener.overtaken())

    def _begin(self, source: Source, free: Q) -> None:
        mine = Source.objects.filter(free, name=source.name, turn=source.turn, paused=False)
        if not mine.update(held_by=self.me, held_until=datetime.now(UTC) + self.lease):
            return
        self._listeners[source.name] = _Listener(source)
        self._listeners[source.name].begin()

    def _extend(self, listener: _Listener) -> None:
        if time.monotonic() - listener.extended > self.lease.total_seconds() / 3:
            until = datetime.now(UTC) + self.lease
            if Source.objects.filter(name=listener.source.name, held_by=self.me).update(held_until=until):
                listener.extended = time.monotonic()

    def _release(self, *names: str) -> None:
        Source.objects.filter(name__in=names, held_by=self.me).update(held_by="", held_until=None)

    def _safely(self, act: Callable[[], None]) -> None:
        """A store that is away is waited for; streams that cannot be extended end at the next piece."""
        try:
            act()
        except (DatabaseError, InterfaceError) as away:
            log.warning("streams wait for the database: %s", _line(away))
            connections.close_all()
