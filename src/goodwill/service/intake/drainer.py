"""The drainer as a process runs it: for ever, through lost databases and full disks, telling `live` what is new."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError, connections

from goodwill.errors import GoodwillError
from goodwill.service.intake.drain import drain, first_line
from goodwill.service.store.models import Batch, Raw

if TYPE_CHECKING:
    import threading

RAW_IS_KEPT = timedelta(days=7)
"""How long the bytes of a drained batch are kept."""
log = logging.getLogger("goodwill.drainer")


class Drainer:
    """Drains until told to stop. A database that is away, or a full disk, is waited for: nothing is lost meanwhile."""

    LOOKS_EVERY = 0.05
    LONGEST_WAIT = 15.0

    def __init__(self) -> None:
        self.failures = 0
        self._forgot = 0.0

    def run(self, stop: threading.Event) -> None:
        """Drains, tells `live` what is new, and waits a little where nothing came."""
        while not stop.is_set():
            if not self.once():
                stop.wait(self.LOOKS_EVERY if not self.failures else self._wait())

    def once(self) -> bool:
        """One round; whether there was anything to do."""
        from goodwill.service import live

        try:
            drained = drain()
            if drained.stored or drained.persons:
                live.after_drain(drained)
            if self.failures:
                log.warning("the store answers again; draining goes on")
            self.failures = 0
            self._forget_now_and_then()
        except (DatabaseError, InterfaceError, GoodwillError, OSError) as error:
            self.failures += 1
            log.warning("draining waits %.1f s: %s", self._wait(), first_line(error))
            connections.close_all()
            return False
        return drained.batches > 0

    def _wait(self) -> float:
        return min(self.LONGEST_WAIT, 0.1 * 2 ** min(self.failures, 10))

    def _forget_now_and_then(self) -> None:
        if time.monotonic() - self._forgot > 600:
            forget()
            self._forgot = time.monotonic()


def forget(older_than: timedelta = RAW_IS_KEPT) -> int:
    """Throws the bytes of batches away that were drained longer ago than this; gives how many."""
    before = datetime.now(UTC) - older_than
    old = list(
        Raw.objects.filter(batch__state=Batch.DRAINED, batch__drained__lt=before).values_list("batch_id", flat=True)[
            :1000
        ]
    )
    Raw.objects.filter(batch__in=old).delete()
    return len(old)
