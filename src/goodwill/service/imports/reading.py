"""A file read and checked: its rows laid down by table, so that they can be sent in parts; its rejects listed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.service.imports.begin import place_of
from goodwill.service.store.models import Import, ImportReject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodwill.firm import Firm
    from goodwill.lake import Reject

ROWS = 10_240
"""Rows of one part: a multiple of the engine's own 2,048; the drainer's lock is short then."""
REJECTS_KEPT = 100_000
FIRST = ("people", "handles", "roles")
"""Tables that go first, so that authors are known when their messages come."""


def order(tables: Sequence[str]) -> list[str]:
    """The tables in the order in which they are sent."""
    return sorted(tables, key=lambda name: (name not in FIRST, name == "messages", list(TABLES).index(name)))


def read(one: Import, firm: Firm, progress: Callable[[str, float], None]) -> None:
    """Reads an import's file. Done again after a crash it does the same.

    Raises InputError where the file cannot be used at all; the import has failed then, and says why.
    """
    Import.objects.filter(pk=one.pk).update(state=Import.READING, done=0.0)
    progress("reading", 0.0)
    place = place_of(one)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    try:
        tables, rejects, rejected, notes = _read(Path(one.path), firm, place, progress)
    except InputError as refused:
        fail(one, str(refused))
        raise
    if not tables:
        reason = f" (first: {rejects[0]})" if rejects else ""
        fail(one, f"no row could be read{reason}", rejects)
        raise InputError(
            f"no row could be read{reason}", where=one.name, mend="`goodwill try FILE` shows how it is understood"
        )
    with transaction.atomic():
        _keep_rejects(one, rejects)
        Import.objects.filter(pk=one.pk, state=Import.READING).update(
            state=Import.SENDING,
            done=0.0,
            tables=tables,
            rows=sum(tables.values()),
            rejected=rejected,
            notes=notes[:200],
        )
    one.refresh_from_db()


def fail(one: Import, why: str, rejects: Sequence[Reject] = ()) -> None:
    """It has failed, for good."""
    with transaction.atomic():
        _keep_rejects(one, rejects)
        Import.objects.filter(pk=one.pk).update(
            state=Import.FAILED, error=why[:4_000], ended=datetime.now(UTC), rejected=len(rejects)
        )
    shutil.rmtree(place_of(one), ignore_errors=True)
    one.refresh_from_db()


def _keep_rejects(one: Import, rejects: Sequence[Reject]) -> None:
    ImportReject.objects.filter(of=one).delete()
    ImportReject.objects.bulk_create(
        (
            ImportReject(
                of=one,
                file=reject.file[:200],
                line=reject.line,
                column=_plain(reject.column)[:200],
                value=_plain(reject.value),
                reason=_plain(reject.reason),
                mend=_plain(reject.mend),
            )
            for reject in rejects
        ),
        batch_size=2_000,
    )


def _plain(text: str) -> str:
    """Text as both databases keep it: without NUL and halves of characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _read(
    path: Path, firm: Firm, place: Path, progress: Callable[[str, float], None]
) -> tuple[dict[str, int], tuple[Reject, ...], int, list[str]]:
    """Rows by table, laid down as Parquet; the rejects, how many in all, and the notes."""
    from goodwill.lake import Lake
    from goodwill.listen.assembling import assemble
    from goodwill.listen.folder import files_in
    from goodwill.listen.reading import A_DAY, Reading

    lake = Lake()
    reading = Reading(firm, lake.connection.con, datetime.now(UTC) + A_DAY, guess=not path.is_dir(), keep=REJECTS_KEPT)
    try:
        files = files_in(path) if path.is_dir() else [path]
        for at, file in enumerate(files):
            progress(f"reading {file.name}", 0.8 * at / len(files))
            if path.is_dir():
                _or_reject(reading, file)
            else:
                reading.read_file(file)
        progress("checking", 0.8)
        assemble(reading, lake)
        tables = {}
        for name in TABLES:
            rows = _lay(lake.connection.con, name, place)
            if rows:
                tables[name] = rows
        rejects = reading.rejects()
        rejected = max(sum(reading.troubles.values()), len(rejects))
    finally:
        reading.close()
    progress("reading", 1.0)
    return tables, rejects, rejected, reading.notes


def _or_reject(reading: Any, file: Path) -> None:
    """Of a folder, a file that cannot be used costs itself alone."""
    from goodwill.lake import Reject

    try:
        reading.read_file(file)
    except InputError as wrong:
        reading.failed.append(Reject(file.name, None, "", wrong.what, wrong.mend))


def _lay(connection: Any, name: str, place: Path) -> int:
    """One table as a Parquet file, by its key: the same rows in the same parts, whenever it is read."""
    from goodwill.listen.source import identifier, text

    rows = int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
    if rows:
        table = TABLES[name]
        columns = ", ".join(identifier(column) for column in table.names)
        key = ", ".join(identifier(column) for column in (table.key or table.names[:1]))
        connection.execute(
            f"COPY (SELECT {columns} FROM {name} ORDER BY {key}) TO {text(str(place / name))}"
            f" (FORMAT parquet, ROW_GROUP_SIZE {ROWS}, COMPRESSION zstd)"
        )
    return rows
