"""The second reading: what the fast model was unsure of, read again by the careful one, where it is there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.service.live import placing, reading, tables
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

SURE = 0.8
"""A mood less sure than this is read again, unless the firm asked for all of it (`lane = "careful"`)."""
AT_ONCE = 500


def careful_can_read() -> bool:
    """Whether this copy of goodwill has the careful model."""
    from goodwill import understand

    try:
        understand.read_texts([], lane="careful")
    except GoodwillError:
        return False
    return True


def read_carefully(
    limit: int = 2_000, progress: Callable[[str, float], None] | None = None, *, beyond_now: bool = False
) -> int:
    """Reads up to `limit` messages a second time, those that stand first in *Now* first; returns how many.

    `beyond_now`: of all messages of the window, the latest first. None is read where the model is not there, or where
    goodwill.toml says `lane = "fast"` in so many words.
    """
    from django.db import transaction

    firm = the_firm()
    if ("lane" in firm.reading.model_fields_set and firm.reading.lane == "fast") or not careful_can_read():
        return 0
    found = _unsure(limit, everything=firm.reading.lane == "careful", beyond_now=beyond_now)
    done = 0
    for start in range(0, found.num_rows, AT_ONCE):
        some = found.slice(start, AT_ONCE)
        rows = reading.read(firm, some, "careful")
        with transaction.atomic():
            reading.write(rows)
        placing.place(some["message_id"].to_pylist())
        done += some.num_rows
        if progress:
            progress(f"{done} of {found.num_rows} read", done / max(found.num_rows, 1))
    return done


def _unsure(limit: int, *, everything: bool, beyond_now: bool) -> pa.Table:
    """Messages in English (the careful model reads no other language) that the fast model alone has read."""
    unsure = "" if everything else f" AND r.p_negative < {SURE} AND r.p_neutral < {SURE} AND r.p_positive < {SURE}"
    read_fast = f"r.message_id = t.fact_key AND r.lane = 'fast' AND r.language = 'en'{unsure}"
    if not beyond_now:
        return tables.few(
            "fact_messages",
            reading.MESSAGES,
            't.fact_key IN (SELECT c.message_id FROM "case" c JOIN reading r ON r.message_id = c.message_id'
            f" WHERE c.state = 'open' AND c.place IS NOT NULL AND {read_fast.replace('t.fact_key', 'c.message_id')}"
            f" ORDER BY c.place LIMIT {int(limit)})",
        )
    recent, since = tables.at_least('t."at"', datetime.now(UTC) - placing.WINDOW)
    where = f"{recent} AND EXISTS (SELECT 1 FROM reading r WHERE {read_fast})"
    return tables.few("fact_messages", reading.MESSAGES, where, since, f'ORDER BY t."at" DESC LIMIT {int(limit)}')
