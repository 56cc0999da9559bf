"""Each process says every few seconds that it lives; who has not for a while is missed."""

from __future__ import annotations

import logging
import os
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone

from goodwill.service.store.models import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 5.0
FORGOTTEN_AFTER = timedelta(days=1)
log = logging.getLogger("goodwill.heartbeat")


@contextmanager
def beating(kind: str, stop: threading.Event) -> Iterator[None]:
    """Beats while the block runs; a clean end takes the mark away."""
    ended = threading.Event()
    name = f"{kind} {socket.gethostname()[:50]} {os.getpid()}"
    thread = threading.Thread(target=_beat, args=(kind, name, ended), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
        if not stop.is_set():
            log.warning("the %s ended without being told to", kind)
    finally:
        ended.set()
        thread.join(timeout=2)


def _beat(kind: str, name: str, ended: threading.Event) -> None:
    started = timezone.now()
    while True:
        try:
            now = timezone.now()
            figures = {"started": started.isoformat(timespec="seconds"), "megabytes": _megabytes()}
            Heartbeat.objects.update_or_create(process=name, defaults={"kind": kind, "at": now, "figures": figures})
            Heartbeat.objects.filter(kind=kind, at__lt=now - FORGOTTEN_AFTER).delete()
        except DatabaseError as problem:  # the database may come back; the heart goes on
            log.warning("no heartbeat: %s", problem)
            connection.close()
        if ended.wait(SECONDS):
            break
    try:
        Heartbeat.objects.filter(process=name).delete()
    except DatabaseError:
        log.debug("the mark of %s stays; it is forgotten after a day", name)
    finally:
        connection.close()


def _megabytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
