"""The facts of a source that was deleted with them: removed in parts, by the way that every removal takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.facts import TABLES
from goodwill.service import intake
from goodwill.service.intake import removals
from goodwill.service.jobs import job
from goodwill.service.sources.connect import FORGET
from goodwill.service.store.models import FACTS, Batch, Delivery, Unread

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

ROWS = 10_000
PATIENCE = 60.0
"""Seconds that are waited for the drainer; then the job is tried again later."""


@job(FORGET, tries=20)
def forget_source(tell: Tell, source: str, by: str) -> str:
    """Removes every fact that a source brought, and what of it could not be read."""
    name = source
    removed, most = 0, sum(FACTS[table].objects.filter(fact_source=name).count() for table in TABLES) or 1
    while True:
        _when_drained(name, tell, min(removed / most, 1.0))
        found = 0
        for table in TABLES:
            keys = list(FACTS[table].objects.filter(fact_source=name).values_list("fact_key", flat=True)[:ROWS])
            if keys:
                intake.remove(table, keys, source=name, by=by)
                found += len(keys)
        if not found:
            break
        removed += found
    Unread.objects.filter(source=name).delete()
    Delivery.objects.filter(source=name).delete()
    removals.forget(name)
    return f"{removed:,} facts of {name} removed"


def _when_drained(name: str, tell: Tell, done: float) -> None:
    """Waits until nothing of the source waits to be stored or removed."""
    until = time.monotonic() + PATIENCE
    while Batch.objects.filter(source=name, state=Batch.WAITING).exists():
        tell(f"removing the facts of {name}", done)
        if time.monotonic() > until:
            raise GoodwillError("the drainer is behind", where=f"source {name}", mend="it goes on by itself")
        time.sleep(0.1)
