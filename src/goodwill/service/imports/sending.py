"""An import's rows on their way: a part at a time, each kept in one transaction with the note that it was sent.

Killed at any moment, a part was sent or it was not; whoever goes on sends those that were not. Messages are read here,
beside the drainer and not by it: on two processors an import of messages takes half the time.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import F

from goodwill.facts import TABLES
from goodwill.service.imports.begin import clear, place_of
from goodwill.service.imports.reading import fail, order, read
from goodwill.service.imports.state import Progress, progress
from goodwill.service.intake import arrow
from goodwill.service.store.models import Batch, Import, ImportPart, ImportReject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from goodwill.firm import Firm

MOST_WAITING = 12
"""Parts that may wait for the drainer: enough that it never waits, few enough that the disk is not filled."""
LOOKS_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its number, its table, and the row group of the file in which it lies."""

    number: int
    table: str
    file: Path
    group: int


def parts_of(one: Import) -> Iterator[Part]:
    """Every part of an import, in the order in which they are sent."""
    number = 0
    for table in order(list(one.tables)):
        file = place_of(one) / table
        for group in range(pq.ParquetFile(file).num_row_groups):
            yield Part(number, table, file, group)
            number += 1


def send(
    one: Import,
    say: Callable[[str, float], None],
    *,
    seconds: float = float("inf"),
    drive: Callable[[], None] | None = None,
) -> bool:
    """Sends what has not been sent, for so many seconds; whether all of it is sent, or it was stopped.

    While too much waits for the drainer it waits too; `drive` is called then, to drain where nobody else does.
    """
    from goodwill.service import live

    if not Import.objects.filter(pk=one.pk, state=Import.SENDING).exists():
        return True
    if not place_of(one).is_dir():
        fail(one, "its rows lay in a folder of the home that is gone: bring the file again")
        return True
    until = time.monotonic() + seconds
    sent = set(ImportPart.objects.filter(of=one).values_list("part", flat=True))
    firm = live.firm()
    for part in parts_of(one):
        if part.number in sent:
            continue
        most = 0 if part.table == "messages" and _waits(one, but="messages") else MOST_WAITING
        while _waiting(one) > most:
            say("storing", _share(one))
            if time.monotonic() > until:
                return False
            _wait(drive)
        if not _send(one, part, firm):
            return True  # it is being undone
        say("sending", _share(one))
        if time.monotonic() > until:
            return False
    Import.objects.filter(pk=one.pk, state=Import.SENDING).update(state=Import.STORING)
    shutil.rmtree(place_of(one), ignore_errors=True)
    one.refresh_from_db()
    return True


def _wait(drive: Callable[[], None] | None) -> None:
    if drive is not None:
        drive()
    else:
        time.sleep(LOOKS_EVERY)


def _waiting(one: Import) -> int:
    return Batch.objects.filter(state=Batch.WAITING, bulk=True).count()


def _waits(one: Import, but: str) -> bool:
    """Whether any of an import's parts of other tables has not been stored yet: authors are known by then."""
    batches = ImportPart.objects.filter(of=one).exclude(table=but).values("batch")
    return Batch.objects.filter(state=Batch.WAITING, bulk=True, pk__in=batches).exists()


def _share(one: Import) -> float:
    return progress(one).share


def _send(one: Import, part: Part, firm: Firm) -> bool:
    """Sends one part; False where the import is no longer to be sent."""
    given = pq.ParquetFile(part.file).read_row_group(part.group).cast(_schema(part.table)).combine_chunks()
    rows, unfit = arrow.fitted(part.table, given)
    readings = _readings(rows, firm) if part.table == "messages" and rows.num_rows else None
    with transaction.atomic():
        # Holding the import's row, so that an undo waits for this part, or this part sees the undo.
        if not Import.objects.filter(pk=one.pk, state=Import.SENDING).update(sent=F("sent") + rows.num_rows):
            return False
        if readings is not None:
            from goodwill.service.live import reading

            reading.write(readings)
        batch = arrow.keep(part.table, rows, source=one.source, by=one.by)
        ImportPart.objects.create(of=one, part=part.number, batch=batch, table=part.table, rows=rows.num_rows)
        if unfit:
            keys = arrow.keys_of(part.table, given)
            _reject(one, [(fault, keys[fault.row].as_py() or "") for fault in unfit])
    return True


def _schema(table: str) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.type) for column in TABLES[table]])


def _readings(messages: pa.Table, firm: Firm) -> pa.Table:
    from goodwill.service.live import reading

    return reading.read(firm, messages)


def _reject(one: Import, faults: list[tuple[arrow.Unfit, str]]) -> None:
    ImportReject.objects.bulk_create(
        ImportReject(of=one, file=one.name, column=fault.field, value=key[:80], reason=fault.reason, mend=fault.mend)
        for fault, key in faults
    )
    Import.objects.filter(pk=one.pk).update(rejected=F("rejected") + len(faults))


# --- the end ----------------------------------------------------------------------------------------------------------


def finish(one: Import) -> bool:
    """Whether all that was sent is stored; the import is done then, and what lay about for it is gone."""
    now = progress(one)
    if one.state != Import.STORING or now.waiting:
        return one.state not in Import.UNDER_WAY
    Import.objects.filter(pk=one.pk, state=Import.STORING).update(
        state=Import.DONE, stored=now.stored, done=1.0, ended=datetime.now(UTC)
    )
    one.refresh_from_db()
    clear(one)
    return True


def work(
    one: Import,
    firm: Firm,
    say: Callable[[str, float], None],
    *,
    drive: Callable[[], None] | None = None,
    patience: float = 3_600.0,
) -> Progress:
    """Takes an import in from where it stands until it is done: the command line. `drive` as in `send`.

    Raises InputError where the file cannot be used.
    """
    if one.state in (Import.WAITING, Import.READING):
        read(one, firm, say)
    if one.state == Import.SENDING:
        send(one, say, drive=drive)
    until = time.monotonic() + patience
    while not finish(one) and time.monotonic() < until:
        say("storing", _share(one))
        _wait(drive)
    say("storing", 1.0)
    return progress(one)
