"""What is left of deleted rows in a database's files, and in the lake.

SQLite: `secure_delete` writes noughts over what is deleted, VACUUM makes the file anew without free pages, and the
write-ahead log is emptied (sqlite.org: pragma secure_delete, VACUUM, wal_checkpoint). PostgreSQL: VACUUM (FULL) makes
the files of each table anew and frees the old ones, ANALYZE renews the statistics that repeat values (of a table that
became empty it leaves the old ones: these are dropped), a CHECKPOINT lets the old files go; its write-ahead log cannot
be emptied, and is overwritten as the server goes on.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import DatabaseError, OperationalError, connection

from goodwill.errors import GoodwillError
from goodwill.service.live.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger("goodwill.erasing")
WAIT = 20.0
"""Seconds to wait for readers of the write-ahead log, and for locks."""
IN_MEMORY = 256 * 1024 * 1024
"""A SQLite file of more bytes is made anew beside itself rather than in memory."""
WAL_SAID = (
    "PostgreSQL's write-ahead log, and archives of it, hold it until they are overwritten: out of goodwill's reach."
)


def write_over() -> None:
    """From now on this connection writes noughts over what it deletes (SQLite)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def make_anew(tables: Iterable[str], tell: Callable[[str, float], None]) -> list[str]:
    """Makes the files of the database anew; what is to be said of it in receipts.

    Raises GoodwillError where somebody reads for so long that it cannot be done now.
    """
    if connection.vendor == "sqlite":
        _sqlite(tell)
        return []
    return [WAL_SAID, *_postgresql(sorted(set(tables)), tell)]


def _sqlite(tell: Callable[[str, float], None]) -> None:
    tell("making the database file anew", 0.8)
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        large = cursor.fetchone()[0] > IN_MEMORY
        if large:
            cursor.execute("PRAGMA temp_store = FILE")
        cursor.execute("VACUUM")
        if large:
            cursor.execute("PRAGMA temp_store = MEMORY")
    empty_log()


def empty_log() -> None:
    """Empties SQLite's write-ahead log. Raises GoodwillError where a reader is in the way for long."""
    if connection.vendor != "sqlite":
        return
    until = time.monotonic() + WAIT
    while True:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        if not busy:
            return
        if time.monotonic() > until:
            raise GoodwillError(
                "somebody reads the database, so that its log cannot be emptied", mend="it is tried again"
            )
        time.sleep(0.1)


def _postgresql(tables: list[str], tell: Callable[[str, float], None]) -> list[str]:
    said = []
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(WAIT)}s'")
        try:
            for place, table in enumerate(tables):
                tell(f"making {table} anew", 0.8 + 0.15 * place / max(len(tables), 1))
                cursor.execute(f"VACUUM (FULL, ANALYZE) {quoted(table)}")
            for table in all_tables():  # the others may have held a row of theirs once
                if table not in tables:
                    cursor.execute(f"ANALYZE {quoted(table)}")
                _forget_statistics(cursor, table)
        except OperationalError as waited:
            raise GoodwillError("a table is in use, and cannot be made anew now", mend="it is tried again") from waited
        finally:
            cursor.execute("RESET lock_timeout")
        for command in ("VACUUM (FULL) pg_catalog.pg_statistic", "CHECKPOINT"):
            try:
                cursor.execute(command)
            except DatabaseError as refused:
                log.info("%s is not allowed: %s", command, str(refused).strip().partition("\n")[0])
                said.append(f"The database's user may not {command}: the server does it in its own time.")
    return said


def _forget_statistics(cursor: Any, table: str) -> None:
    """Drops what PostgreSQL remembers of the values of a table that is empty now, which ANALYZE would keep.

    No command does just that; giving a column the type that it has does it on the way.
    """
    cursor.execute(f"SELECT EXISTS (SELECT FROM {quoted(table)})")
    if cursor.fetchone()[0]:
        return
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_stats s "
        "ON s.schemaname = current_schema() AND s.tablename = %s AND s.attname = a.attname "
        "WHERE a.attrelid = to_regclass(%s) ORDER BY a.attnum",
        [table, quoted(table)],
    )
    for column, kind in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} TYPE {kind}")


def make_small_anew(table: str) -> None:
    """The same for one small table that was changed after the rest."""
    if connection.vendor == "sqlite":
        empty_log()
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {quoted(table)}")


def all_tables() -> list[str]:
    """Every table of the store, and sessions."""
    models = apps.get_app_config("store").get_models()
    return sorted({*(str(model._meta.db_table) for model in models), "django_session"})
