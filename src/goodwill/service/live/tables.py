"""The store's rows as Arrow: a few of them through Django's connection, whole tables through one of their own.

Both ways ask for the same simple columns (text, whole numbers, floats), so that both databases answer alike; the types
of `goodwill.facts` are made from those here, in one place.

PostgreSQL's whole tables come through ADBC. SQLite's must not: ADBC's driver is a second copy of SQLite in the process,
and two copies do not see each other's locks. Seen: the second one, closing, took itself for the last reader and deleted
the write-ahead log under the first, whose later commits were lost (sqlite.org, 'How To Corrupt', 2.2.1).
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.schema import INSTANT, MONEY, WORDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime

ROWS_AT_ONCE = 50_000
TEXT, WHOLE, REAL = pa.string(), pa.int64(), pa.float64()


# --- the SQL of a column, and of a condition ----------------------------------------------------------------------


def quoted(name: str) -> str:
    """A table's or a column's name as both databases write it."""
    return '"' + name.replace('"', '""') + '"'


def _simple(column: pa.Field, vendor: str, alias: str) -> tuple[str, pa.DataType]:
    """The SQL that gives a column as text, whole number or float, and which of them it is."""
    name, kind = f"{alias}{quoted(column.name)}", column.type
    lite = vendor == "sqlite"
    if kind == INSTANT:
        return (f"CAST({name} AS TEXT)", TEXT) if lite else (f"(extract(epoch from {name}) * 1000000)::bigint", WHOLE)
    if kind == MONEY:
        return (f"CAST(ROUND({name} * 100) AS INTEGER)", WHOLE) if lite else (f"round({name} * 100)::bigint", WHOLE)
    if kind == WORDS:
        return (name, TEXT) if lite else (f"{name}::text", TEXT)
    if pa.types.is_boolean(kind):
        return (f"CAST({name} AS INTEGER)", WHOLE) if lite else (f"{name}::int::bigint", WHOLE)
    if pa.types.is_integer(kind):
        return (name, WHOLE) if lite else (f"{name}::bigint", WHOLE)
    if pa.types.is_floating(kind):
        return (f"CAST({name} AS REAL)", REAL) if lite else (name, REAL)
    return name, TEXT


def among(column: str, values: Sequence[str]) -> tuple[str, list[Any]]:
    """A condition that holds where the column is one of many values, and its parameters: one, however many."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(values))]
    return f"{column} = ANY(%s)", [list(values)]


def sorted_at(column: str) -> str:
    """An instant for ORDER BY that no index has: the few rows that a condition finds are gathered and sorted.

    Else PostgreSQL walks the index of the instants until it has met enough of them, which may lie at its very end.
    """
    from django.db import connection

    return f"(+{column})" if connection.vendor == "sqlite" else f"({column} + interval '0')"


def sorted_key(column: str) -> str:
    """A key for ORDER BY as no index has it, for the same reason."""
    from django.db import connection

    return f"(+{column})" if connection.vendor == "sqlite" else f"({column} || '')"


def at_least(column: str, when: datetime) -> tuple[str, list[Any]]:
    """A condition that holds from an instant on."""
    return f"{column} >= %s", [stored(when)]


def stored(when: datetime) -> Any:
    """An instant as the database keeps it."""
    from django.db import connection

    return connection.ops.adapt_datetimefield_value(when)


# --- a few rows ---------------------------------------------------------------------------------------------------


def few(
    table: str,
    schema: pa.Schema,
    where: str = "",
    parameters: Sequence[Any] = (),
    rest: str = "",
) -> pa.Table:
    """Rows of a table through Django's own connection, so inside its transaction; `where` has %s for parameters."""
    from django.db import connection

    simple = [_simple(column, connection.vendor, "t.") for column in schema]
    sql = f"SELECT {', '.join(sql for sql, _ in simple)} FROM {quoted(table)} t"
    sql += (f" WHERE {where}" if where else "") + (f" {rest}" if rest else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, kind) for values, (_, kind) in zip(columns, simple, strict=True)]
    return _shaped(arrays, schema)


# --- whole tables -------------------------------------------------------------------------------------------------


class Snapshot:
    """One consistent look at the database, whatever is written meanwhile. Made by `snapshot()`."""

    vendor = ""

    def table(self, table: str, schema: pa.Schema, where: str = "", rest: str = "") -> pa.Table:
        """All rows of a table, or those that `where` (SQL without parameters; no text from outside) keeps."""
        kept = pa.schema([pa.field(column.name, column.type) for column in schema])
        return pa.Table.from_batches(list(self.batches(table, schema, where, rest)), kept)

    def batches(self, table: str, schema: pa.Schema, where: str = "", rest: str = "") -> Iterator[pa.RecordBatch]:
        """The same a batch at a time, for what is too long to lie in memory whole."""
        simple = [_simple(column, self.vendor, "t.") for column in schema]
        chosen = ", ".join(f"{sql} AS c{place}" for place, (sql, _) in enumerate(simple))
        sql = f"SELECT {chosen} FROM {quoted(table)} t" + (f" WHERE {where}" if where else "")
        for arrays in self._columns(sql + (f" {rest}" if rest else ""), [kind for _, kind in simple]):
            yield from _shaped(arrays, schema).to_batches()

    def number(self, sql: str) -> int:
        """One whole number; 0 where there is none."""
        raise NotImplementedError

    def _columns(self, sql: str, kinds: Sequence[pa.DataType]) -> Iterator[list[pa.Array]]:
        raise NotImplementedError


class _OnSQLite(Snapshot):
    vendor = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def number(self, sql: str) -> int:
        row = self._connection.execute(sql).fetchone()
        return int(row[0] or 0)

    def _columns(self, sql: str, kinds: Sequence[pa.DataType]) -> Iterator[list[pa.Array]]:
        cursor = self._connection.execute(sql)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]


class _OnPostgreSQL(Snapshot):
    vendor = "postgresql"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def number(self, sql: str) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
        return int(row[0] or 0)

    def _columns(self, sql: str, kinds: Sequence[pa.DataType]) -> Iterator[list[pa.Array]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            for batch in cursor.fetch_record_batch():
                if batch.num_rows:
                    yield [array.cast(kind) for array, kind in zip(batch.columns, kinds, strict=True)]


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """A read through a connection of its own: consistent over all tables, and in nobody's way."""
    from django.db import connection

    database = connection.settings_dict
    if connection.vendor == "sqlite":
        import sqlite3

        opened = sqlite3.connect(str(database["NAME"]), isolation_level=None, timeout=30)
        begin = "PRAGMA query_only = ON; BEGIN"
    else:
        import adbc_driver_postgresql.dbapi as driver

        opened = driver.connect(_address(database))
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    try:
        if connection.vendor == "sqlite":
            opened.executescript(begin)
            yield _OnSQLite(opened)
        else:
            with opened.cursor() as cursor:
                cursor.execute(begin)
            yield _OnPostgreSQL(opened)
        opened.rollback()
    finally:
        opened.close()


def _address(database: dict[str, Any]) -> str:
    """A PostgreSQL database of Django's settings as an address."""
    from urllib.parse import quote, urlencode

    who = quote(database["USER"], safe="") + (
        ":" + quote(database["PASSWORD"], safe="") if database.get("PASSWORD") else ""
    )
    host, port = database.get("HOST") or "", database.get("PORT") or ""
    socket = host.startswith("/")
    where = "" if socket else quote(host, safe=":[]") + (f":{port}" if port else "")
    asked = {"host": host, **({"port": port} if port else {})} if socket else {}
    return f"postgresql://{who}{'@' if who else ''}{where}/{quote(database['NAME'], safe='')}" + (
        "?" + urlencode(asked) if asked else ""
    )


# --- simple columns to the schema's types -------------------------------------------------------------------------


def _shaped(arrays: Sequence[pa.Array], schema: pa.Schema) -> pa.Table:
    plain = pa.schema([pa.field(column.name, column.type) for column in schema])
    columns = [_typed(array, column.type) for array, column in zip(arrays, schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=plain)


def _typed(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if kind == INSTANT:
        if pa.types.is_integer(array.type):
            return array.cast(pa.int64()).cast(INSTANT)
        naive = pc.replace_substring_regex(array, r"(\+00:00|Z)$", "")
        return naive.cast(pa.timestamp("us")).cast(pa.int64()).cast(INSTANT)
    if kind == MONEY:
        return _money(array)
    if kind == WORDS:
        return _words(array)
    if pa.types.is_boolean(kind):
        return array.cast(pa.bool_())
    return array.cast(kind)


def _money(cents: pa.Array) -> pa.Array:
    import numpy as np

    from goodwill.ledger.cents import cents_to_decimal

    known = np.asarray(pc.is_valid(cents))
    whole = np.asarray(pc.fill_null(cents, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    return cents_to_decimal(whole, known)


def _words(texts: pa.Array) -> pa.Array:
    """JSON lists of words; the few that differ are read once."""
    coded = texts.dictionary_encode()
    lists = pa.array([json.loads(text) for text in coded.dictionary.to_pylist()], WORDS)
    return lists.take(coded.indices)
