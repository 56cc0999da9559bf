"""The door: a body is checked whole and kept as one raw batch; what is 202 is on the disk."""

from __future__ import annotations

import difflib
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import DatabaseError, InterfaceError, connection, transaction

from goodwill.facts import TABLES
from goodwill.service.intake.body import rows_of
from goodwill.service.intake.columns import Row, read
from goodwill.service.intake.limits import LARGEST_BODY, MOST_ROWS, largest_backlog
from goodwill.service.intake.refused import Refused
from goodwill.service.store.models import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS_TOLD = 20
RETRY_AFTER = 5
"""Seconds after which a sender may try again: a full backlog is drained at some 40,000 facts a second."""


@dataclass(frozen=True)
class Accepted:
    """A batch that is kept: its number, and how many rows it has."""

    batch: int
    rows: int


def accept(
    table: str,
    body: bytes,
    *,
    encoding: str = "",
    source: str = "",
    token: str = "",
    content_type: str = "application/json",
) -> Accepted:
    """Checks a body (JSON array or NDJSON, perhaps gzip) once and keeps it as one raw batch.

    When it returns, the batch is in the database and on the disk; the drainer stores each of its facts exactly once.
    Raises Refused, and nothing is kept: see there for the statuses.
    """
    known(table)
    check_source(source)
    rows, text = rows_of(body, encoding, content_type)
    check(table, rows)
    refuse_when_full(len(rows))
    packed = "gzip" if text is not body and len(body) < len(text) else ""
    waiting = _Waiting(table, source, token, body if packed else text, packed, len(rows), len(text))
    return Accepted(_writer.keep(waiting), len(rows))


def store_rows(table: str, rows: list[Row], *, source: str, by: str) -> Batch:
    """Keeps rows that goodwill itself made (a deed, a file, a pulled source) as one raw batch, for the drainer.

    Values may be datetimes and decimals. Within a transaction the batch stands or falls with it. `by` is who did it.
    Raises Refused (404, 422, 413, 503) as `accept` does; the backlog does not matter here.
    """
    known(table)
    check_source(source)
    check(table, rows_of(as_json(rows))[0])
    return keep_unchecked(table, rows, source=source, by=by)


def keep_unchecked(table: str, rows: list[Row], *, source: str, by: str, kind: str = Batch.FACTS) -> Batch:
    """Keeps rows without a look at them: the drainer lists those that cannot be read."""
    text = as_json(rows)
    if len(text) > LARGEST_BODY or len(rows) > MOST_ROWS:
        raise Refused(413, f"{len(rows):,} rows are too many at once", where=table, mend="store them in several parts")
    return Batch.objects.get(id=_writer.keep(_Waiting(table, source, by, text, "", len(rows), len(text), kind)))


def as_json(rows: list[Row]) -> bytes:
    """Rows that may hold instants and decimals as a body; TypeError for what has no place in a fact."""
    return json.dumps(rows, default=_written, ensure_ascii=False, separators=(",", ":")).encode()


def known(table: str) -> None:
    """Raises Refused (404) where there is no such table."""
    if table not in TABLES:
        near = difflib.get_close_matches(table[:80], TABLES, n=1)
        mend = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(TABLES)}"
        raise Refused(404, f"no table of facts is called {table[:80]!r}", where="the address", mend=mend)


def check_source(source: str) -> None:
    """Raises Refused (422) where a source's name cannot be kept."""
    if len(source) > 80 or not source.isprintable():
        raise Refused(422, "the source's name is too long or not printable", where="source", mend="80 letters at most")


def check(table: str, rows: list[Row]) -> None:
    """Raises Refused (422) with the first faults where rows break the table's schema."""
    # The firm's zone, for times that name none, is the drainer's matter: hours, where a whole day is allowed for.
    faults = read(table, rows, ZoneInfo("UTC"), datetime.now(UTC)).faults
    if not faults:
        return
    first = faults[0]
    more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
    raise Refused(
        422,
        first.reason + more,
        where=f"row {first.row + 1}, {first.field}",
        mend=first.mend,
        row=first.row + 1,
        field=first.field,
        others=faults[1:FAULTS_TOLD],
    )


def _written(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a fact")


# --- the backlog ------------------------------------------------------------------------------------------------------


class _Backlog:
    """How many facts wait; asked of the database once a second at most, what this process adds is counted between."""

    def __init__(self) -> None:
        self.rows, self.at, self.database = 0, 0.0, ""

    def now(self) -> int:
        database = str(connection.settings_dict["NAME"])
        if time.monotonic() - self.at > 1 or database != self.database:
            self.rows, self.at, self.database = backlog(), time.monotonic(), database
        return self.rows


def backlog() -> int:
    """How many facts wait to be drained."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(rows), 0) FROM batch WHERE state = 'waiting' AND NOT bulk")
        return int(cursor.fetchone()[0])


_backlog = _Backlog()


def refuse_when_full(rows: int) -> None:
    """Raises Refused (429) while too many facts wait, or 503 where the database does not answer."""
    largest = largest_backlog()
    try:
        waiting = _backlog.now()
    except (DatabaseError, InterfaceError) as error:
        raise unstored(error) from error
    if waiting and waiting + rows > largest:
        _backlog.at = 0.0  # the next one asks again
        raise Refused(
            429,
            f"{waiting:,} facts wait to be stored, {largest:,} may",
            where="the backlog",
            mend=f"send it again in {RETRY_AFTER} seconds",
            retry_after=RETRY_AFTER,
        )
    _backlog.rows += rows


def unstored(error: Exception) -> Refused:
    """What a sender is told when the database cannot take it: lost, locked, or its disk full."""
    connection.close_if_unusable_or_obsolete()
    full = any(said in str(error) for said in ("full", "No space", "disk I/O", "readonly"))
    return Refused(
        503,
        "the disk is full, or cannot be written to" if full else "the database does not answer",
        where="the store",
        mend=f"nothing of it was kept: send it again in {RETRY_AFTER} seconds",
        retry_after=RETRY_AFTER,
    )


@contextmanager
def lasting() -> Iterator[None]:
    """A transaction whose end is on the disk, even if the power fails: for what a sender is told has been taken.

    The drainer need not wait so: what it loses is drained again.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = on")  # whatever the server does elsewhere
        yield


# --- one transaction for those who come at once -----------------------------------------------------------------------


@dataclass(eq=False)
class _Waiting:
    table: str
    source: str
    token: str
    body: bytes
    encoding: str
    rows: int
    size: int
    kind: str = Batch.FACTS
    batch: int = 0
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class _Writer:
    """Writes batches. Threads that come while another writes are written together next, in one transaction: a commit
    waits for the disk, and then twenty wait once."""

    def __init__(self) -> None:
        self._queue: list[_Waiting] = []
        self._of_queue = threading.Lock()
        self._turn = threading.Lock()

    def keep(self, one: _Waiting) -> int:
        """Writes a batch and gives its number. Raises Refused (503) where that failed."""
        if connection.in_atomic_block:
            self._insert([one])
            return one.batch
        with self._of_queue:
            self._queue.append(one)
        with self._turn:
            if not one.done.is_set():
                self._write_all()
        if one.error is not None:
            if isinstance(one.error, DatabaseError | InterfaceError):
                raise unstored(one.error) from one.error
            raise one.error
        return one.batch

    def _write_all(self) -> None:
        with self._of_queue:
            together, self._queue = self._queue, []
        try:
            try:
                self._commit(together)
            except (DatabaseError, InterfaceError):
                if len(together) == 1:
                    raise
                connection.close_if_unusable_or_obsolete()
                for one in together:  # what one has wrong is not the others' loss
                    try:
                        self._commit([one])
                    except (DatabaseError, InterfaceError) as error:
                        one.error = error
        except BaseException as error:
            for one in together:
                one.error = error
        finally:
            for one in together:
                one.done.set()

    def _commit(self, together: list[_Waiting]) -> None:
        with lasting():
            self._insert(together)

    def _insert(self, together: list[_Waiting]) -> None:
        now = datetime.now(UTC)
        with connection.cursor() as cursor:
            for one in together:
                cursor.execute(
                    'INSERT INTO batch (kind, "table", source, encoding, rows, size, state, received, stored, unread,'
                    " token) VALUES (%s, %s, %s, %s, %s, %s, 'waiting', %s, 0, 0, %s) RETURNING id",
                    (
                        one.kind,
                        one.table,
                        one.source,
                        one.encoding,
                        one.rows,
                        one.size,
                        connection.ops.adapt_datetimefield_value(now),
                        one.token[:120],
                    ),
                )
                one.batch = int(cursor.fetchone()[0])
                cursor.execute("INSERT INTO batch_raw (batch_id, body) VALUES (%s, %s)", (one.batch, one.body))


_writer = _Writer()
