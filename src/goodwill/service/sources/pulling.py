"""Pulling: a job for each source that is due, each in a thread of its own, so that a slow one is in nobody's way.

Each piece that a kind gives is kept with its cursor in one transaction: whatever kills the process in the middle, the
next pull goes on from the last piece that was kept. A source that fails is left alone for longer each time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Q

from goodwill.errors import SourceError
from goodwill.service.jobs import Interrupted, LeaseLost, Worker, add, job
from goodwill.service.sources import keeping, places
from goodwill.service.sources.keeping import Overtaken
from goodwill.service.store.models import Source

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

LOOK, PULL = "pull sources", "pull a source"
JOBS = frozenset({LOOK, PULL})
"""What the threads of `Pullers` do, and the worker beside them leaves to them."""
LOOKS_EVERY = 5
LONGEST_PULL = 120.0
"""Seconds after which a pull makes room for others; it goes on from there."""
AT_ONCE = 3
"""Pulls of one worker process at the same time."""
log = logging.getLogger("goodwill.sources")


@job(LOOK, every=LOOKS_EVERY, tries=1)
def pull_sources(tell: Tell) -> str:
    """Adds a job for every source that is due."""
    due = Q(next_pull=None) | Q(next_pull__lte=datetime.now(UTC))
    added = 0
    for source in Source.objects.filter(due, paused=False).order_by("next_pull", "name"):
        if way_of(source) == "pull":
            add(PULL, once=f"pull {source.name}", source=source.name)
            added += 1
    return f"{added:,} due"


def way_of(source: Source) -> str:
    """How a source is heard; '' where this version has no such kind."""
    try:
        return places.kind_of(source).way
    except SourceError:
        return ""


@job(PULL, tries=3)
def pull_source(tell: Tell, source: str) -> str:
    """Hears what is new at one source."""
    return pull(source, tell)


def pull(name: str, tell: Tell | None = None) -> str:
    """Hears what is new at one source and keeps it; says how it went. Only the store's own failures are raised."""
    source = Source.objects.filter(name=name).first()
    if source is None or source.paused or way_of(source) != "pull":
        return "nothing to do: it is paused, or gone"
    try:
        rows, more = _hear(source, tell or (lambda saying, done: None))
    except (Interrupted, LeaseLost, DatabaseError, InterfaceError):
        raise
    except Overtaken as overtaken:
        return str(overtaken)
    except Exception as error:
        wait = keeping.went_wrong(source, error)
        log.warning("source %s cannot be heard, next in %d s: %s", name, wait.total_seconds(), keeping.reason_of(error))
        return f"could not: {keeping.reason_of(error)}"
    keeping.went_well(source, timedelta() if more else timedelta(seconds=places.kind_of(source).every))
    return f"{rows:,} rows" + (", and there is more" if more else "")


def _hear(source: Source, tell: Tell) -> tuple[int, bool]:
    """How many rows were kept, and whether time was up before the end."""
    place, kind = places.place_of(source), places.kind_of(source)
    assert kind.pull is not None
    until, rows = time.monotonic() + LONGEST_PULL, 0
    with contextlib.closing(_generator(kind.pull(place, dict(source.cursor)))) as pieces:
        for heard in pieces:
            keeping.keep(source, heard)
            rows += sum(map(len, (*heard.facts.values(), *heard.edited.values(), *heard.removed.values())))
            tell(f"{source.name}: {rows:,} rows", 0.5)
            if time.monotonic() > until:
                return rows, True
    return rows, False


def _generator(pieces):  # type: ignore[no-untyped-def]
    """Whatever a kind gives, as something that can be closed."""
    yield from pieces


# --- threads of the worker ------------------------------------------------------------------------------------------


class Pullers:
    """Threads that do nothing but pull, so that the worker's other jobs never wait for somebody else's server."""

    def __init__(self, threads: int = AT_ONCE) -> None:
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"pulls {number}", daemon=True)
            for number in range(1, threads + 1)
        ]
        self._stop = threading.Event()

    def start(self, stop: threading.Event) -> None:
        """Begins; ends when `stop` is set, within a piece."""
        self._stop = stop
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Waits for those that end in time; what another server holds up is cut off with the process, and safe."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, number: int) -> None:
        worker = Worker(f"pulls {socket.gethostname()}:{os.getpid()} {number}", names=JOBS, beats=False)
        worker.run(self._stop)
        connections.close_all()
