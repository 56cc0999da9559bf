"""Facts that were read from files, sent through the same way in as everything else."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goodwill.facts import TABLES
from goodwill.service import intake
from goodwill.service.home import home
from goodwill.service.ops import locks
from goodwill.service.store.models import Batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from goodwill.firm import Firm
    from goodwill.lake import Reject

ROWS = 10_000
"""Rows of one batch."""


def read(path: Path, firm: Firm) -> tuple[dict[str, pa.Table], tuple[Reject, ...], list[str]]:
    """The tables of facts in one file, or in every file of a folder; what could not be read; what is odd but was kept.

    Raises InputError where a file cannot be used at all.
    """
    from goodwill.lake import Facts, Lake
    from goodwill.listen import folder

    lake = Lake()
    reading = folder.Reading(firm, lake.connection.con, datetime.now(UTC) + folder.A_DAY)
    try:
        for file in folder._files_in(path) if path.is_dir() else [path]:
            reading.read_file(file)
        facts = Facts(lake, firm, folder.assemble(reading, lake))
        found = {name: facts.arrow(name) for name in TABLES}
        return {name: rows for name, rows in found.items() if rows.num_rows}, reading.rejects(), reading.notes
    finally:
        reading.close()


def send(
    tables: dict[str, pa.Table], *, source: str, by: str, progress: Callable[[str, float], None]
) -> dict[str, int]:
    """Accepts every row, as raw batches; gives rows by table. People come first, so that authors are known."""
    order = sorted(tables, key=lambda name: (name not in ("people", "handles", "roles"), list(TABLES).index(name)))
    for table in order:
        rows = tables[table]
        for start in range(0, rows.num_rows, ROWS):
            progress(f"accepting {table}", start / rows.num_rows)
            told = [
                {name: value for name, value in row.items() if value is not None}
                for row in rows.slice(start, ROWS).to_pylist()
            ]
            intake.store_rows(table, told, source=source, by=by)
    return {table: tables[table].num_rows for table in order}


def see_stored(progress: Callable[[str, float], None], patience: float = 600.0) -> bool:
    """Waits until nothing waits: the running drainer does it, or else this process. False where that took too long."""
    from goodwill.service import live

    until = time.monotonic() + patience
    most = _waiting() or 1
    while (waiting := _waiting()) and time.monotonic() < until:
        progress("storing", 1 - waiting / most)
        if locks.held_by(home(), "drainer") is None:
            live.after_drain(intake.drain())
        else:
            time.sleep(0.2)
    progress("storing", 1.0)
    return _waiting() == 0


def _waiting() -> int:
    return Batch.objects.filter(state=Batch.WAITING).count()
