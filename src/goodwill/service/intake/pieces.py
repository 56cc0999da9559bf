"""Rows on their way into the tables: taken from their batches, read into columns, listed where they cannot be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from goodwill.facts import TABLES
from goodwill.service.intake import arrow
from goodwill.service.intake.body import parsed, unpacked
from goodwill.service.intake.cells import bad_rows
from goodwill.service.intake.columns import Columns, read
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.finish import finish
from goodwill.service.store.models import Batch, Raw, Unread
from goodwill.service.store.models.facts import KEY_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.firm import Firm

_LOCK = 7_461_991_201
"""One drainer at a time on PostgreSQL: the number of an advisory lock."""


@dataclass
class Piece:
    """The rows of one table in the order in which they came, and where each came from."""

    table: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    of: list[tuple[Batch, int]] = field(default_factory=list)  # batch, position from 1

    def keep(self, places: Sequence[int]) -> None:
        self.rows = [self.rows[at] for at in places]
        self.of = [self.of[at] for at in places]


def pieces_of(batches: list[Batch]) -> list[Piece]:
    """The rows of batches, by table."""
    bodies = dict(Raw.objects.filter(batch__in=[batch.id for batch in batches]).values_list("batch_id", "body"))
    pieces: dict[str, Piece] = {}
    for batch in batches:
        piece = pieces.setdefault(batch.table, Piece(batch.table))
        body = bytes(bodies[batch.id])
        if batch.encoding == arrow.ARROW:
            rows = arrow.as_rows(arrow.unpacked(body))
        else:
            rows = parsed(unpacked(body, batch.encoding))
        piece.rows += rows
        piece.of += [(batch, at) for at in range(1, len(rows) + 1)]
    # People before what they did, so that a table's rows never point at what comes later.
    return sorted(pieces.values(), key=lambda piece: list(TABLES).index(piece.table))


def ready(piece: Piece, firm: Firm, unread: list[Unread]) -> tuple[Piece, Columns]:
    """The columns of the rows that can be read; the others are listed."""
    while True:
        found = read(piece.table, piece.rows, firm.zone, datetime.now(UTC))
        if not found.faults:
            finish(found, firm)
        if not found.faults:
            return piece, found
        bad = bad_rows(found.faults)
        list_unread(piece, found.faults, unread)
        piece.keep([at for at in range(len(piece.rows)) if at not in bad])
        if not piece.rows:
            return piece, Columns(TABLES[piece.table], {})


def list_unread(piece: Piece, faults: Sequence[Fault], unread: list[Unread]) -> None:
    """Lists rows that cannot be read, each once with all that is wrong with it."""
    by_row: dict[int, list[Fault]] = {}
    for fault in sorted(faults):
        by_row.setdefault(fault.row, []).append(fault)
    for row, of_row in by_row.items():
        batch, position = piece.of[row]
        unread.append(
            Unread(
                batch=batch.id,
                position=position,
                table=piece.table,
                source=batch.source,
                row=json.dumps(piece.rows[row], ensure_ascii=False),
                field=of_row[0].field[:80],
                reason="; ".join(dict.fromkeys(fault.reason for fault in of_row)),
                mend="; ".join(dict.fromkeys(fault.mend for fault in of_row if fault.mend)),
                at=datetime.now(UTC),
            )
        )


def keys_of(found: Columns, rows: int) -> list[str]:
    """As `store.models.key_of` makes them, for whole columns."""
    names = found.table.key or found.table.names[:1]
    if len(names) == 1:
        return list(found.values[names[0]])
    columns = [
        ["" if value is None else str(value) for value in found.values[name]] if name in found.values else [""] * rows
        for name in names
    ]
    return [KEY_SEPARATOR.join(parts) for parts in zip(*columns, strict=True)]


def contradicts(found: Columns, at: int) -> Fault:
    """The fault of a fact that came in two versions which cannot both be."""
    key = " and ".join(found.table.key or found.table.names[:1])
    what = f"{found.table.name} has this {key} already, with other values; the first version was kept"
    return Fault(at, key[:80], what, "give it an id of its own, or correct the first one")


def lock() -> None:
    """Waits until no other drainer is within its transaction; SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
