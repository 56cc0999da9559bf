"""`goodwill backup`: everything, as it was at one instant, while the service runs on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

import goodwill
from goodwill.errors import GoodwillError
from goodwill.service.home import home
from goodwill.service.ops import migrating
from goodwill.service.ops.archive import FORM, INSTANT, MANIFEST, Digesting, StoredTable, stored_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 20_000
"""Rows fetched, and written as one group, at a time: what bounds the memory."""


def backup(file: Path, *, key: bool = True, progress: Callable[[str, float], None] | None = None) -> dict[str, Any]:
    """Writes a backup whole or not at all, readable by its owner alone; gives its manifest.

    On SQLite the tables are read in one read transaction (a snapshot of the WAL: writers go on), on PostgreSQL in one
    repeatable-read transaction. Raises GoodwillError where the database lacks migrations or the file cannot be written.
    """
    if migrating.missing():
        raise GoodwillError("the database is not up to date", where="backup", mend="goodwill serve brings it there")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as raw:
            manifest = _write(raw, key, progress or (lambda step, done: None))
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(file)
    except OSError as refused:
        raise GoodwillError(
            f"the backup cannot be written: {refused.strerror or refused}",
            where=str(file),
            mend="nothing is left of it",
        ) from refused
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return manifest


def _write(raw: Any, key: bool, progress: Callable[[str, float], None]) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "form": FORM,
        "goodwill": goodwill.__version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": connection.vendor,
        "migrations": _migrations(),
        "tables": {},
        "files": {},
    }
    tables = stored_tables()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED, allowZip64=True) as whole:
        with _snapshot() as run:
            for number, table in enumerate(tables):
                progress(f"saving {table.name}", number / len(tables))
                with whole.open(f"tables/{table.name}.parquet", "w", force_zip64=True) as member:
                    out = Digesting(member)
                    rows = _save(table, run, out)
                manifest["tables"][table.name] = {"rows": rows, "sha256": out.sum.hexdigest()}
        for path in _files(key):
            content = path.read_bytes()
            whole.writestr(f"home/{path.name}", content)
            manifest["files"][path.name] = {"sha256": hashlib.sha256(content).hexdigest()}
        whole.writestr(MANIFEST, json.dumps(manifest, indent=1), zipfile.ZIP_DEFLATED)
    return manifest


def _files(key: bool) -> list[Path]:
    """goodwill.toml, and the installation's own key where the environment does not hold it."""
    place = home()
    own_key = key and not os.environ.get("GOODWILL_SECRET_KEY")
    wanted = [place.firm_file, *([place.folder / "secret.key"] if own_key else [])]
    return [path for path in wanted if path.is_file()]


def _migrations() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


@contextmanager
def _snapshot() -> Iterator[Callable[[str], Any]]:
    """Gives a function that runs a query and whose cursor streams; all of them see one and the same instant."""
    if connection.vendor == "sqlite":
        with _second_look() as cursor:
            yield cursor
        return
    with transaction.atomic(), connection.cursor() as first:
        first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

        def stream(query: str) -> Any:
            cursor = connection.chunked_cursor()
            cursor.execute(query)
            return cursor

        yield stream


@contextmanager
def _second_look() -> Iterator[Callable[[str], Any]]:
    """SQLite: a connection of its own, since Django's begins each transaction as a writer's, in the drainer's way."""
    path = Path(connection.settings_dict["NAME"]).absolute().as_uri()
    file = sqlite3.connect(f"{path}?mode=ro", uri=True, isolation_level=None, timeout=30)
    try:
        file.execute("BEGIN")
        file.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
        yield file.execute
    finally:
        file.close()


def _save(table: StoredTable, run: Callable[[str], Any], out: Digesting) -> int:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in table.schema.names)
    cursor = run(f"SELECT {columns} FROM {quote(table.name)} ORDER BY {quote(table.key)}")
    rows = 0
    try:
        with pq.ParquetWriter(out, table.schema, compression="zstd") as writer:
            while batch := cursor.fetchmany(ROWS):
                arrays = [
                    _array(list(column), field.type)
                    for column, field in zip(zip(*batch, strict=True), table.schema, strict=True)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=table.schema))
                rows += len(batch)
    finally:
        cursor.close()
    return rows


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """A column as the database gave it, in its Arrow type. SQLite has no times, decimals or booleans of its own."""
    first = next((value for value in values if value is not None), None)
    if kind == INSTANT and isinstance(first, str):
        return _instants(values)
    if pa.types.is_decimal(kind) and isinstance(first, float | int):
        floats = pa.array(values, pa.float64())
        return pc.round(floats, kind.scale).cast(kind)
    if pa.types.is_boolean(kind) and isinstance(first, int) and not isinstance(first, bool):
        return pa.array(values, pa.int64()).cast(kind)
    if pa.types.is_floating(kind):
        return pa.array([None if value is None else float(value) for value in values], kind)
    if (
        first is not None
        and (pa.types.is_string(kind) or pa.types.is_large_string(kind))
        and not isinstance(first, str)
    ):
        return pa.array([None if value is None else str(value) for value in values], kind)
    return pa.array(values, kind)


def _instants(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(INSTANT)
    except pa.ArrowInvalid:  # a zone is written beside some
        read = [None if value is None else datetime.fromisoformat(value) for value in values]
        return pa.array([at and (at if at.tzinfo else at.replace(tzinfo=UTC)) for at in read], INSTANT)
