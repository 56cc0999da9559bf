"""Tables of facts that are in memory already (an invented firm's), by the same way in as files', stored on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from goodwill.service.imports.reading import ROWS, order
from goodwill.service.intake import arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa


def store(tables: Mapping[str, pa.Table], *, source: str, by: str, say: Callable[[str, float], None]) -> dict[str, int]:
    """Sends every row and drains it in this process; gives rows by table. There is no undoing it."""
    from goodwill.service import intake, live

    for table in order(list(tables)):
        for start in range(0, tables[table].num_rows, ROWS):
            say(f"storing {table}", start / tables[table].num_rows)
            rows, _ = arrow.fitted(table, tables[table].slice(start, ROWS))
            with transaction.atomic():
                arrow.keep(table, rows, source=source, by=by)
            while (drained := intake.drain()).batches:
                live.after_drain(drained)
    say("storing", 1.0)
    return {table: rows.num_rows for table, rows in tables.items()}
