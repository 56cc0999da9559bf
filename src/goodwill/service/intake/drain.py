"""The drainer: waiting batches become facts, each exactly once.

The rows are read outside the transaction. Within it the facts are written, what could not be read is listed, and the
batches are marked as drained: killed at any moment, either all of that happened or nothing did. Two drainers cannot
both mark a batch, so the second one's transaction is undone.
"""

from __future__ import annotations

import gc
import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import DataError, IntegrityError, connection, transaction

from goodwill.facts import TABLES
from goodwill.service.intake.body import parsed, unpacked
from goodwill.service.intake.cells import bad_rows
from goodwill.service.intake.columns import Columns, Found, read
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.finish import finish
from goodwill.service.intake.limits import DRAINED_AT_ONCE, LARGEST_BODY
from goodwill.service.intake.tables import OWN, REPLACED, Facts, Line, Writer, writer
from goodwill.service.store.models import Batch, Raw, Source, Unread
from goodwill.service.store.models.facts import KEY_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goodwill.firm import Firm

_LOCK = 7_461_991_201
"""One drainer at a time on PostgreSQL: the number of an advisory lock."""
log = logging.getLogger("goodwill.drainer")


@dataclass(frozen=True)
class Drained:
    """What one call of `drain` did: for each table the first and last `row` that it wrote and how many."""

    stored: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    unread: int = 0
    batches: int = 0


@dataclass
class _Piece:
    """The rows of one table in the order in which they came, and where each came from."""

    table: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    of: list[tuple[Batch, int]] = field(default_factory=list)  # batch, position from 1

    def keep(self, places: Sequence[int]) -> None:
        self.rows = [self.rows[at] for at in places]
        self.of = [self.of[at] for at in places]


class _SomebodyElse(Exception):
    """Another drainer has marked one of our batches."""


def drain(limit: int = DRAINED_AT_ONCE) -> Drained:
    """Moves waiting batches, the oldest first, into the tables of facts: up to `limit` facts, at least one batch.

    Raises django.db's errors where the database cannot be written to; nothing is lost then, the batches wait.
    """
    batches = _waiting(limit)
    if not batches:
        return Drained()
    try:
        with _no_collecting():
            return _drain(batches)
    except _SomebodyElse:
        return Drained()
    except (DataError, IntegrityError) as error:
        # Something that the checks let through and the database refuses: find the row, keep the others.
        log.error("a batch could not be stored whole (%s); its rows are tried one by one", first_line(error))
        return _drain_one_by_one(batches[0])


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the search for circular garbage: a quarter of the time went into it, and rows of JSON have no circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _waiting(limit: int) -> list[Batch]:
    waiting = Batch.objects.filter(state=Batch.WAITING).order_by("id")
    chosen: list[Batch] = []
    rows = size = 0
    for batch in waiting.iterator(chunk_size=200):
        rows, size = rows + batch.rows, size + batch.size
        if chosen and (rows > limit or size > LARGEST_BODY):
            break
        chosen.append(batch)
        if rows >= limit:
            break
    return chosen


def _drain(batches: list[Batch]) -> Drained:
    from goodwill.service import live

    firm = live.firm()
    pieces = _pieces(batches)
    unread: list[Unread] = []
    ready = [_ready(piece, firm, unread) for piece in pieces]
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        now = datetime.now(UTC)
        handles: dict[Found, Batch] = {}
        for piece, found in ready:
            _store(piece, found, now, unread)
            _note_handles(handles, piece, found)
        _store_handles(handles, now)
        stored, counts = _what_is_new(batches, pieces, bool(handles))
        _mark(batches, counts, unread, now)
    return Drained(stored, len(unread), len(batches))


def _pieces(batches: list[Batch]) -> list[_Piece]:
    bodies = dict(Raw.objects.filter(batch__in=[batch.id for batch in batches]).values_list("batch_id", "body"))
    pieces: dict[str, _Piece] = {}
    for batch in batches:
        piece = pieces.setdefault(batch.table, _Piece(batch.table))
        rows = parsed(unpacked(bytes(bodies[batch.id]), batch.encoding))
        piece.rows += rows
        piece.of += [(batch, at) for at in range(1, len(rows) + 1)]
    # People before what they did, so that a table's rows never point at what comes later.
    return sorted(pieces.values(), key=lambda piece: list(TABLES).index(piece.table))


def _ready(piece: _Piece, firm: Firm, unread: list[Unread]) -> tuple[_Piece, Columns]:
    """The columns of the rows that can be read; the others are listed."""
    while True:
        found = read(piece.table, piece.rows, firm.zone, datetime.now(UTC))
        if not found.faults:
            finish(found, firm)
        if not found.faults:
            return piece, found
        bad = bad_rows(found.faults)
        _list_unread(piece, found.faults, unread)
        piece.keep([at for at in range(len(piece.rows)) if at not in bad])
        if not piece.rows:
            return piece, Columns(TABLES[piece.table], {})


def _list_unread(piece: _Piece, faults: Sequence[Fault], unread: list[Unread]) -> None:
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


def _store(piece: _Piece, found: Columns, now: datetime, unread: list[Unread]) -> None:
    if not piece.rows:
        return
    names = tuple(name for name in found.table.names if name in found.values)
    keys = _keys(found, len(piece.rows))
    lines: list[Line] = list(
        zip(
            keys,
            [batch.source for batch, _ in piece.of],
            [batch.id for batch, _ in piece.of],
            [now] * len(keys),
            *(found.values[name] for name in names),
            strict=True,
        )
    )
    at = dict(zip(keys, range(len(keys)), strict=True))
    if len(at) < len(keys):
        lines = _once(piece, lines, found, unread)
    facts = Facts(piece.table, names, lines)
    to = writer()
    if to.insert(facts) < len(lines):
        _settle_with_standing(facts, to, piece, found, at, unread)


def _once(piece: _Piece, lines: list[Line], found: Columns, unread: list[Unread]) -> list[Line]:
    """One line for each key, as if they had come one after the other."""
    chosen: dict[str, Line] = {}
    faults = []
    for at, line in enumerate(lines):
        first = chosen.get(line[0])
        if first is None:
            chosen[line[0]] = line
        elif (both := merged(piece.table, first[len(OWN) :], line[len(OWN) :])) is None:
            faults.append(_contradicts(found, at))
        else:
            chosen[line[0]] = (*line[: len(OWN)], *both)
    _list_unread(piece, faults, unread)
    return list(chosen.values())


def _settle_with_standing(
    facts: Facts, to: Writer, piece: _Piece, found: Columns, at: dict[str, int], unread: list[Unread]
) -> None:
    """What was there already: the same once more, a newer version, or one that contradicts it."""
    standing = to.standing(facts)
    every = found.table.names
    newer: list[Line] = []
    faults = []
    for line in facts.lines:
        old = standing.get(line[0])
        if old is None:
            continue
        new = dict(zip(facts.columns, line[len(OWN) :], strict=True))
        before = tuple(old[name] for name in every)
        both = merged(facts.table, before, tuple(new.get(name) for name in every))
        if both is None:
            faults.append(_contradicts(found, at[line[0]]))
        elif both != before:
            newer.append((*line[: len(OWN)], *both))
    _list_unread(piece, faults, unread)
    if newer:
        to.replace(Facts(facts.table, every, newer))


def merged(table: str, old: Line, new: Line) -> Line | None:
    """Two versions of one fact, in the order in which they came; None where that cannot be both.

    >>> merged("people", ("c1", "Anna", None), ("c1", "Anna B.", "DE"))
    ('c1', 'Anna B.', 'DE')
    >>> merged("responses", (9, None), (9, "quick")), merged("responses", (9, None), (3, None))
    ((9, 'quick'), None)
    """
    if table not in REPLACED and any(a is not None and b is not None and a != b for a, b in zip(old, new, strict=True)):
        return None
    return tuple(a if b is None else b for a, b in zip(old, new, strict=True))


def _keys(found: Columns, rows: int) -> list[str]:
    """As `store.models.key_of` makes them, for whole columns."""
    names = found.table.key or found.table.names[:1]
    if len(names) == 1:
        return list(found.values[names[0]])
    columns = [
        ["" if value is None else str(value) for value in found.values[name]] if name in found.values else [""] * rows
        for name in names
    ]
    return [KEY_SEPARATOR.join(parts) for parts in zip(*columns, strict=True)]


def _contradicts(found: Columns, at: int) -> Fault:
    key = " and ".join(found.table.key or found.table.names[:1])
    what = f"{found.table.name} has this {key} already, with other values; the first version was kept"
    return Fault(at, key[:80], what, "give it an id of its own, or correct the first one")


def _note_handles(handles: dict[Found, Batch], piece: _Piece, found: Columns) -> None:
    for handle, row in found.handles.items():
        handles.setdefault(handle, piece.of[row][0])


def _store_handles(handles: dict[Found, Batch], now: datetime) -> None:
    """Handles found beside facts; one that stands already, entered with more care, is left as it is."""
    if not handles:
        return
    lines = [
        (
            KEY_SEPARATOR.join((customer, kind, value, channel or "")),
            batch.source,
            batch.id,
            now,
            customer,
            kind,
            value,
            channel,
            batch.source or None,
        )
        for (customer, kind, channel, value), batch in handles.items()
    ]
    writer().insert(Facts("handles", ("customer_id", "kind", "value", "channel", "source"), lines))


def _what_is_new(
    batches: list[Batch], pieces: list[_Piece], with_handles: bool
) -> tuple[dict[str, tuple[int, int, int]], dict[int, int]]:
    """For each table the first and last row that was written and how many; for each batch how many of its facts."""
    tables = list(dict.fromkeys([piece.table for piece in pieces] + ["handles"] * with_handles))
    stored: dict[str, tuple[int, int, int]] = {}
    counts: dict[int, int] = {}
    own = {batch.id: batch.table for batch in batches}
    with connection.cursor() as cursor:
        for table in tables:
            places = ", ".join(["%s"] * len(own))
            cursor.execute(
                f'SELECT batch, min("row"), max("row"), count(*) FROM fact_{table} WHERE batch IN ({places})'
                " GROUP BY batch",
                list(own),
            )
            found = cursor.fetchall()
            if found:
                stored[table] = (min(f[1] for f in found), max(f[2] for f in found), sum(f[3] for f in found))
            counts |= {batch: count for batch, _, _, count in found if own[batch] == table}
    return stored, counts


def _mark(batches: list[Batch], counts: dict[int, int], unread: list[Unread], now: datetime) -> None:
    listed: dict[int, int] = {}
    for one in unread:
        listed[one.batch] = listed.get(one.batch, 0) + 1
    Unread.objects.bulk_create(unread, batch_size=500)
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        marked = 0
        for batch in batches:
            cursor.execute(
                "UPDATE batch SET state = 'drained', drained = %s, stored = %s, unread = %s"
                " WHERE id = %s AND state = 'waiting'",
                (at, counts.get(batch.id, 0), listed.get(batch.id, 0), batch.id),
            )
            marked += cursor.rowcount
    if marked != len(batches):
        raise _SomebodyElse
    Source.objects.filter(name__in={batch.source for batch in batches}).update(last_seen=now)


# --- what the database refuses ----------------------------------------------------------------------------------------


def _drain_one_by_one(batch: Batch) -> Drained:
    """One batch, a row at a time: what the database refuses is listed with its own words."""
    from goodwill.service import live

    firm = live.firm()
    unread: list[Unread] = []
    [piece] = _pieces([batch])
    with transaction.atomic():
        now = datetime.now(UTC)
        for at, row in enumerate(piece.rows):
            single = _Piece(piece.table, [row], [piece.of[at]])
            listed = len(unread)
            try:
                with transaction.atomic():
                    single, found = _ready(single, firm, unread)
                    _store(single, found, now, unread)
                    _store_handles(dict.fromkeys(found.handles, batch), now)
            except (DataError, IntegrityError) as error:
                del unread[listed:]
                fault = Fault(0, "", f"the store refuses it: {first_line(error)}", "correct it and replay it")
                _list_unread(_Piece(piece.table, [row], [piece.of[at]]), [fault], unread)
        stored, counts = _what_is_new([batch], [piece], True)
        _mark([batch], counts, unread, now)
    return Drained(stored, len(unread), 1)


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
