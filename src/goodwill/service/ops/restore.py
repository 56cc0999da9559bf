"""`goodwill restore`: a backup into an empty home and database, or with `replace` over what is there.

The whole file is checked before anything is touched. On SQLite a new database is made beside the old and takes its
place at the end; on PostgreSQL everything happens in one transaction. So there is the old or the new, never a mixture.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from goodwill.errors import GoodwillError, InputError
from goodwill.service.erasing import restoring
from goodwill.service.home import home
from goodwill.service.intake.tables import without_zone
from goodwill.service.ops import locks
from goodwill.service.ops.archive import INSTANT, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARTS = ("drainer", "worker", "web")
TELLING = ("colleague", "token", "source", "batch", "unread", "reading", "case", "deed", "valuation", "setting")
"""Tables in which a row means that somebody has used this database (facts too)."""
ROWS = 10_000


def restore(
    file: Path, *, replace: bool = False, progress: Callable[[str, float], None] | None = None
) -> dict[str, Any]:
    """Puts everything back; gives the manifest. The lake and sessions are not in a backup: one is made again from the
    facts, and people sign in again.

    Raises InputError for a damaged or foreign file, GoodwillError where the home is in use or not empty.
    """
    say = progress or (lambda step, done: None)
    say("checking the backup", 0.0)
    manifest = read_manifest(file)
    held = locks.take(home(), PARTS, grace=0.0)
    try:
        _may_replace(replace)
        erased = restoring.remembered()
        with (
            tempfile.TemporaryDirectory(prefix="goodwill-restore-") as place,
            zipfile.ZipFile(file) as whole,
            _target(),
        ):
            _fill(manifest, whole, Path(place), say)
        _put_files(file, manifest)
        say("erasing again whoever was erased since", 0.0)
        manifest["erased_again"] = restoring.reapply(erased, key_came="secret.key" in manifest["files"])
    finally:
        for lock in held.values():
            os.close(lock)
    return manifest


def _may_replace(replace: bool) -> None:
    used = [] if replace else [*_used_tables(), *_used_files()]
    if used:
        raise GoodwillError(
            f"there is something here already ({', '.join(used[:4])})",
            where=str(home().folder),
            mend="restore into an empty home and database, or say --replace",
        )
    if "heartbeat" in connection.introspection.table_names():
        from goodwill.service.store.models import Heartbeat

        lately = Heartbeat.objects.filter(kind__in=PARTS, at__gt=timezone.now() - timedelta(seconds=20))
        recent = lately.order_by("process").first()
        if recent and connection.vendor == "postgresql":
            raise GoodwillError(
                f"a service works on this database ({recent.process})",
                where="restore",
                mend="stop it first; after a crash, wait 20 seconds",
            )


def _used_tables() -> list[str]:
    there = connection.introspection.table_names()
    wanted = [name for name in there if name in TELLING or name.startswith("fact_")]
    used = []
    with connection.cursor() as cursor:
        for name in wanted:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")
            if cursor.fetchone():
                used.append(name)
    return used


def _used_files() -> list[str]:
    place = home()
    lake = place.lake.is_dir() and any(place.lake.iterdir())
    return [path.name for path, used in ((place.firm_file, place.firm_file.exists()), (place.lake, lake)) if used]


@contextmanager
def _target() -> Iterator[None]:
    """Turns Django's connection to an empty database, which becomes the real one where the block ends well."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            _drop_all()
            yield
        return
    path = Path(connection.settings_dict["NAME"])
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.restoring")
    _remove(fresh)
    connection.close()
    # Not a second alias: migrations of others ask for the default connection by name.
    connection.settings_dict["NAME"] = str(fresh)
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        fresh.replace(path)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = str(path)
        _remove(fresh)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _drop_all() -> None:
    ours = {*connection.introspection.django_table_names(), "django_migrations"}
    with connection.cursor() as cursor:
        for name in sorted(ours & set(connection.introspection.table_names(cursor))):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)} CASCADE")


def _fill(manifest: dict[str, Any], whole: zipfile.ZipFile, place: Path, say: Callable[[str, float], None]) -> None:
    say("making the tables", 0.0)
    _migrate_to(manifest)
    with transaction.atomic():
        if connection.vendor == "postgresql":  # the making of the tables has left them immediate
            connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")
        for number, (name, about) in enumerate(manifest["tables"].items()):
            say(f"restoring {name}", number / len(manifest["tables"]))
            path = Path(whole.extract(f"tables/{name}.parquet", place))
            _load(name, path, about["rows"])
            path.unlink()
        _go_on_counting(list(manifest["tables"]))
        connection.check_constraints()
    say("bringing it up to date", 0.0)
    call_command("migrate", verbosity=0, interactive=False)


def _migrate_to(manifest: dict[str, Any]) -> None:
    """Makes the tables as they were when the backup was made; what was added since then comes after the rows."""
    executor = MigrationExecutor(connection)
    nodes = {(app, name) for app, names in manifest["migrations"].items() for name in names}
    unknown = sorted(f"{app}.{name}" for app, name in nodes if (app, name) not in executor.loader.graph.nodes)
    if unknown:
        raise InputError(
            f"this backup is of goodwill {manifest['goodwill']}, which is newer (it has {unknown[0]})",
            where="restore",
            mend="install that version",
        )
    graph = executor.loader.graph.node_map
    followed = {parent.key for node in nodes for parent in graph[node].parents if parent.key[0] == node[0]}
    last = nodes - followed
    executor.migrate(sorted(last))


def _load(table: str, path: Path, rows: int) -> None:
    quote = connection.ops.quote_name
    loaded = 0
    with pq.ParquetFile(path) as file, connection.cursor() as cursor:
        names = file.schema_arrow.names
        columns = ", ".join(quote(name) for name in names)
        put = _copy if connection.vendor == "postgresql" else _insert
        try:
            for batch in file.iter_batches(ROWS):
                put(cursor, quote(table), columns, batch)
                loaded += batch.num_rows
        except DatabaseError as refused:
            said = str(refused).strip().splitlines()[0]
            raise GoodwillError(
                f"the database refuses a row: {said}", where=table, mend="nothing was changed"
            ) from refused
    if loaded != rows:
        raise InputError(f"{loaded:,} rows where the manifest says {rows:,}", where=table, mend="use another backup")


def _copy(cursor: Any, table: str, columns: str, batch: pa.RecordBatch) -> None:
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            copy.write_row(row)


def _insert(cursor: Any, table: str, columns: str, batch: pa.RecordBatch) -> None:
    values = [_as_sqlite(column) for column in batch.columns]
    marks = ", ".join(["%s"] * len(values))
    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(zip(*values, strict=True)))


def _as_sqlite(column: pa.Array) -> list[Any]:
    """As Django keeps it: times as text without a zone, money as a number written out."""
    if column.type == INSTANT:
        return without_zone(column)
    if pa.types.is_decimal(column.type):
        return column.cast(pa.string()).to_pylist()
    return column.to_pylist()


def _go_on_counting(tables: list[str]) -> None:
    """PostgreSQL's counters stand where they stood at the table's making; SQLite's follow the rows."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in tables:
            for found in connection.introspection.get_sequences(cursor, table):
                quoted, column = connection.ops.quote_name(table), connection.ops.quote_name(found["column"])
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max({column}), 1),"
                    f" max({column}) IS NOT NULL) FROM {quoted}",
                    [quoted, found["column"]],
                )


def _put_files(file: Path, manifest: dict[str, Any]) -> None:
    place = home()
    shutil.rmtree(place.lake, ignore_errors=True)  # it is of other facts; the next export makes it again
    with zipfile.ZipFile(file) as whole:
        for name in manifest["files"]:
            if name not in ("goodwill.toml", "secret.key"):
                continue
            unfinished = place.folder / f".{name}.unfinished"
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(whole.read(f"home/{name}"))
            unfinished.replace(place.folder / name)
