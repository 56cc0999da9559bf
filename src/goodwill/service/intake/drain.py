"""The drainer: waiting batches become facts, each exactly once.

The rows are read outside the transaction. Within it the facts are written, what could not be read is listed, and the
batches are marked as drained: killed at any moment, either all of that happened or nothing did. Two drainers cannot
both mark a batch, so the second one's transaction is undone.
"""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import DataError, IntegrityError, connection, transaction

from goodwill.facts import TABLES
from goodwill.service.erasing import keeping_out
from goodwill.service.intake import arrow, removals
from goodwill.service.intake.before import remember
from goodwill.service.intake.changes import Changes, edit, remove
from goodwill.service.intake.columns import Columns, Found
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.kept_out import names_any, without_erased, without_removed
from goodwill.service.intake.limits import DRAINED_AT_ONCE, LARGEST_BODY
from goodwill.service.intake.pieces import Piece, contradicts, keys_of, list_unread, lock, pieces_of, ready
from goodwill.service.intake.tables import OWN, REPLACED, Facts, Line, Writer, writer
from goodwill.service.store.models import Batch, Raw, Source, Unread
from goodwill.service.store.models.facts import KEY_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goodwill.firm import Firm


log = logging.getLogger("goodwill.drainer")


@dataclass(frozen=True)
class Drained:
    """What one call of `drain` did: for each table the first and last `row` that it wrote and how many.

    `persons`: those of whom messages were removed, so that their others may have another place. `bulk`: it was a part
    of an import, whose messages have been read already.
    """

    stored: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    unread: int = 0
    batches: int = 0
    persons: frozenset[str] = frozenset()
    bulk: bool = False


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
            if batches[0].encoding == arrow.ARROW and (whole := _drain_whole(batches[0])) is not None:
                return whole
            return _drain(batches)
    except _SomebodyElse:
        return Drained()
    except (DataError, IntegrityError) as error:
        # Something that the checks let through and the database refuses: find the row, keep the others.
        log.error("a batch could not be stored whole (%s); its rows are tried one by one", first_line(error))
        return _drain_one_by_one(batches[0])


def drain_batch(batch: Batch) -> Drained:
    """Moves one batch now, before those that came earlier: for what counts at once, such as a customer's own terms.

    What is stored is empty where another drainer was quicker. Raises django.db's errors; the batch waits then.
    """
    try:
        return _drain([batch])
    except _SomebodyElse:
        return Drained()


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
    waiting = Batch.objects.filter(state=Batch.WAITING).order_by("bulk", "id")
    chosen: list[Batch] = []
    rows = size = 0
    for batch in waiting.iterator(chunk_size=200):
        rows, size = rows + batch.rows, size + batch.size
        # Facts, edits and removals are never mixed: what came later is carried out later.
        # An import's parts go one by one, each in a short transaction, so that nothing waits long behind one.
        if chosen and (rows > limit or size > LARGEST_BODY or batch.kind != chosen[0].kind or batch.bulk):
            break
        chosen.append(batch)
        if batch.bulk:
            break
        if rows >= limit:
            break
    return chosen


def _drain(batches: list[Batch]) -> Drained:
    from goodwill.service import live

    pieces = pieces_of(batches)
    unread: list[Unread] = []
    readable = [_ready(piece, batches[0].kind, live.firm(), unread) for piece in pieces]
    with transaction.atomic():
        lock()
        now = datetime.now(UTC)
        handles: dict[Found, Batch] = {}
        changes = Changes()
        readable, left_out = without_erased(readable, batches[0].kind, live.firm(), unread)
        readable, removed = without_removed(readable, batches[0].kind, live.firm(), unread)
        for piece, found in readable:
            _carry_out(batches[0].kind, piece, found, now, unread, changes)
            _note_handles(handles, piece, found)
        _store_handles(handles, now)
        changes.audit(batches)
        stored, counts = _what_is_new(batches, pieces, bool(handles))
        _mark(batches, counts, unread, now)
        left_out.settle(batches, now)
        removed.settle(batches)
    return Drained(stored, len(unread), len(batches), frozenset(changes.persons), batches[0].bulk)


def _drain_whole(batch: Batch) -> Drained | None:
    """An import's part, all of which is new, at once; None, and nothing done, where some of it is here already."""
    rows = arrow.unpacked(bytes(Raw.objects.values_list("body", flat=True).get(batch=batch.id)))
    with transaction.atomic():
        lock()
        now = datetime.now(UTC)
        if names_any(batch, rows) or not arrow.insert_new(batch, rows, now):
            return None
        stored, counts = _what_is_new([batch], [Piece(batch.table)], False)
        _mark([batch], counts, [], now)
    return Drained(stored, 0, 1, bulk=True)


def _ready(piece: Piece, kind: str, firm: Firm, unread: list[Unread]) -> tuple[Piece, Columns]:
    """The columns of rows that can be read; of removals there are only keys, and nothing to read."""
    return (piece, Columns(TABLES[piece.table], {})) if kind == Batch.REMOVE else ready(piece, firm, unread)


def _carry_out(kind: str, piece: Piece, found: Columns, now: datetime, unread: list[Unread], changes: Changes) -> None:
    if kind == Batch.REMOVE:
        remove(piece, now, unread, changes)
    elif kind == Batch.EDIT:
        edit(piece, found, now, unread, changes)
    else:
        _store(piece, found, now, unread)


def _store(piece: Piece, found: Columns, now: datetime, unread: list[Unread]) -> None:
    if not piece.rows:
        return
    names = tuple(name for name in found.table.names if name in found.values)
    keys = keys_of(found, len(piece.rows))
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


def _once(piece: Piece, lines: list[Line], found: Columns, unread: list[Unread]) -> list[Line]:
    """One line for each key, as if they had come one after the other."""
    chosen: dict[str, Line] = {}
    faults = []
    for at, line in enumerate(lines):
        first = chosen.get(line[0])
        if first is None:
            chosen[line[0]] = line
        elif (both := merged(piece.table, first[len(OWN) :], line[len(OWN) :])) is None:
            faults.append(contradicts(found, at))
        else:
            chosen[line[0]] = (*line[: len(OWN)], *both)
    list_unread(piece, faults, unread)
    return list(chosen.values())


def _settle_with_standing(
    facts: Facts, to: Writer, piece: Piece, found: Columns, at: dict[str, int], unread: list[Unread]
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
            faults.append(contradicts(found, at[line[0]]))
        elif both != before:
            newer.append((*line[: len(OWN)], *both))
    list_unread(piece, faults, unread)
    if newer:
        if piece.of[0][0].bulk:
            remember(facts.table, [(line[0], line[OWN.index("batch")]) for line in newer])
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


def _note_handles(handles: dict[Found, Batch], piece: Piece, found: Columns) -> None:
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
    lines = removals.without("handles", lines)
    writer().insert(Facts("handles", ("customer_id", "kind", "value", "channel", "source"), lines))


def _what_is_new(
    batches: list[Batch], pieces: list[Piece], with_handles: bool
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

    firm, changes = live.firm(), Changes()
    left_out, removed = keeping_out.LeftOut(), removals.Removed()
    unread: list[Unread] = []
    [piece] = pieces_of([batch])
    with transaction.atomic():
        lock()
        now = datetime.now(UTC)
        for at, row in enumerate(piece.rows):
            single = Piece(piece.table, [row], [piece.of[at]])
            listed = len(unread)
            try:
                with transaction.atomic():
                    single, found = _ready(single, batch.kind, firm, unread)
                    [(single, found)], alone = without_erased([(single, found)], batch.kind, firm, unread)
                    left_out.add(alone)
                    [(single, found)], again = without_removed([(single, found)], batch.kind, firm, unread)
                    removed.add(again)
                    _carry_out(batch.kind, single, found, now, unread, changes)
                    _store_handles(dict.fromkeys(found.handles, batch), now)
            except (DataError, IntegrityError) as error:
                del unread[listed:]
                fault = Fault(0, "", f"the store refuses it: {first_line(error)}", "correct it and replay it")
                list_unread(Piece(piece.table, [row], [piece.of[at]]), [fault], unread)
        changes.audit([batch])
        stored, counts = _what_is_new([batch], [piece], True)
        _mark([batch], counts, unread, now)
        left_out.settle([batch], now)
        removed.settle([batch])
    return Drained(stored, len(unread), 1, frozenset(changes.persons))


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
