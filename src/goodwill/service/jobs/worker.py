"""The worker: takes what is due, does it, says how far it is, and holds its lease while it lives."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from goodwill.errors import GoodwillError
from goodwill.service.jobs import queue, schedule
from goodwill.service.jobs.registry import kind
from goodwill.service.store.models import Heartbeat, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

log = logging.getLogger("goodwill.worker")
TOLD_EVERY = 0.5
"""Seconds between two words of how far a job is: more often nobody looks."""


class Interrupted(Exception):
    """The worker is asked to stop: the job it has goes back into the queue."""


class Worker:
    """One worker. `run(stop)` works until `stop` is set; `once()` does one job, if one is due.

    `names`: the jobs that it does, all without; `but`: those that it leaves to others. One that does not `beat` is part
    of a process that says for itself that it lives.
    """

    def __init__(
        self,
        name: str = "",
        *,
        lease: timedelta = queue.LEASE,
        looks_every: float = 1.0,
        names: Collection[str] | None = None,
        but: Collection[str] = (),
        beats: bool = True,
    ) -> None:
        self.name = name or f"worker {socket.gethostname()}:{os.getpid()}"
        self.lease, self.looks_every, self.beats = lease, looks_every, beats
        self.names, self.but = names, but
        self._stop = threading.Event()
        self._seen = 0.0

    def run(self, stop: threading.Event) -> None:
        """Works until told to stop; a database that is away is waited for."""
        self._stop = stop
        ready = False
        while not stop.is_set():
            try:
                if not ready:
                    schedule.set_up()
                    ready = True
                self._alive()
                schedule.tick()
                queue.reap()
                if not self.once():
                    stop.wait(self.looks_every)
            except (DatabaseError, InterfaceError) as away:
                log.warning("work waits for the database: %s", str(away).strip().partition("\n")[0])
                connections.close_all()
                stop.wait(max(self.looks_every, 2.0))
            close_old_connections()
        self._gone()

    def once(self) -> bool:
        """Does the next job that is due; whether there was one."""
        held = queue.take(self.name, self.lease, self.names, self.but)
        if held is None:
            return False
        self._alive(held.job, at_once=True)
        self._do(held)
        return True

    def _do(self, held: queue.Held) -> None:
        started = time.monotonic()
        try:
            with self._holding(held):
                said = kind(held.job.name).work(self._teller(held), **held.job.arguments)
            held.finish(said)
            log.info("%s done in %.1f s", held.job.name, time.monotonic() - started)
        except Interrupted:
            held.give_back()
            log.info("%s interrupted; it waits for the next worker", held.job.name)
        except queue.LeaseLost as lost:
            log.warning("%s", lost)
        except (DatabaseError, InterfaceError) as away:
            # The store may be away: the lease runs out, and the job comes back.
            connections.close_all()
            log.warning("%s failed on the database: %s", held.job.name, away)
            held.fail(_told(away))
        except Exception as error:
            log.warning("%s failed in try %d: %s", held.job.name, held.job.tries, _told(error))
            held.fail(_told(error))

    def _teller(self, held: queue.Held) -> Callable[[str, float], None]:
        last = [0.0, ""]

        def tell(saying: str, done: float) -> None:
            if self._stop.is_set():
                raise Interrupted
            now = time.monotonic()
            if saying != last[1] or now - float(last[0]) >= TOLD_EVERY:
                last[:] = [now, saying]
                held.tell(saying, done)

        return tell

    @contextmanager
    def _holding(self, held: queue.Held) -> Iterator[None]:
        """Extends the lease from a thread of its own, so that a long computation does not lose its job."""
        ended = threading.Event()

        def extend() -> None:
            try:
                while not ended.wait(held.lease.total_seconds() / 3):
                    try:
                        held.extend()
                        self._alive(held.job)
                    except queue.LeaseLost:
                        return  # the next word, or the end, finds it out
                    except (DatabaseError, InterfaceError):
                        connections.close_all()
            finally:
                connections.close_all()

        thread = threading.Thread(target=extend, name=f"lease of job {held.job.pk}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _alive(self, job: Job | None = None, *, at_once: bool = False) -> None:
        """Says every few seconds that this worker lives, and what it does."""
        now = time.monotonic()
        if not self.beats or (not at_once and now - self._seen < 5.0):
            return
        self._seen = now
        figures = {"job": job.name if job else "", "job_id": job.pk if job else None}
        figures |= {state: Job.objects.filter(state=state).count() for state in (Job.WAITING, Job.FAILED)}
        Heartbeat.objects.update_or_create(
            process=self.name, defaults={"kind": "worker", "at": datetime.now(UTC), "figures": figures}
        )

    def _gone(self) -> None:
        try:
            Heartbeat.objects.filter(process=self.name).delete()
        except (DatabaseError, InterfaceError):
            connections.close_all()


def _told(error: BaseException) -> str:
    """What went wrong and in which line, for the page: a goodwill error says it itself."""
    if isinstance(error, GoodwillError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {str(error).strip() or 'without a word'}{place}"
