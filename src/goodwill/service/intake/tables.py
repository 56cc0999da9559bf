"""Writing many facts at once: SQLite by executemany, PostgreSQL by COPY. Both skip a fact that is there already.

All within the caller's transaction.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from django.db import connection

from goodwill.facts import INSTANT, MONEY, TABLES, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodwill.facts.schema import Column

REPLACED = frozenset({"people", "handles", "roles", "messages", "referrals", "contributions", "promises", "causes"})
"""Tables whose facts say how something *is* (or was edited by its source): what the newest version says holds.

In the others a fact is something that happened once: the first version stays, and one that contradicts it goes to the
list of what could not be read. In both, what was not known is filled in, what is not said any more stays as it was, and
a fact that has changed gets a new `row`.
"""
OWN = ("fact_key", "fact_source", "batch", "arrived")
Line = tuple[Any, ...]


@dataclass
class Facts:
    """Rows of one table to be written: each line has `OWN`, then the columns named. No key comes twice."""

    table: str
    columns: tuple[str, ...]
    lines: list[Line]

    @property
    def names(self) -> tuple[str, ...]:
        return (*OWN, *self.columns)


class Writer(Protocol):
    """How a database is written to."""

    def insert(self, facts: Facts) -> int:
        """Writes facts, but for those whose key is there; gives how many were new."""
        ...

    def standing(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """Those of these facts that stood there before other batches than theirs came: key → column → value."""
        ...

    def replace(self, facts: Facts) -> None:
        """Puts facts in the place of those that have their keys."""
        ...


def writer() -> Writer:
    """The writer for this process's database."""
    return OnPostgreSQL() if connection.vendor == "postgresql" else OnSQLite()


def quoted(name: str) -> str:
    """A name of our own as an SQL identifier ('table' and 'key' are words of SQL)."""
    return f'"{name}"'


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))


@cache
def _json_columns(table: str) -> frozenset[str]:
    return frozenset(column.name for column in TABLES[table] if str(column.type).startswith("list"))


class OnSQLite:
    """Lines as Django itself would store them: times as text in UTC, sums as text that SQLite makes a number."""

    def insert(self, facts: Facts) -> int:
        places = ", ".join("?" * len(facts.names))
        # Not 'INSERT OR IGNORE': that would drop, without a word, what breaks a constraint.
        return self._many(
            f"INSERT INTO fact_{facts.table} ({_names(facts.names)}) VALUES ({places})"
            " ON CONFLICT (fact_key) DO NOTHING",
            self._lines(facts),
        )

    def standing(self, facts: Facts) -> dict[str, dict[str, Any]]:
        names = TABLES[facts.table].names
        query = (
            f"SELECT fact_key, batch, {_names(names)} FROM fact_{facts.table}"
            " WHERE fact_key IN (SELECT value FROM json_each(?))"
        )
        with connection.wrap_database_errors:
            found = self._raw().execute(query, (json.dumps([line[0] for line in facts.lines]),)).fetchall()
        return _standing(facts, found, _from_sqlite)

    def replace(self, facts: Facts) -> None:
        places = ", ".join("?" * len(facts.names))
        self._many(
            f"INSERT OR REPLACE INTO fact_{facts.table} ({_names(facts.names)}) VALUES ({places})", self._lines(facts)
        )

    def _many(self, sql: str, lines: list[Line]) -> int:
        with connection.wrap_database_errors:
            return int(self._raw().executemany(sql, lines).rowcount)

    def _raw(self) -> Any:
        # Django's cursor would look at every line for the sake of its debugging; the transaction is the same.
        connection.ensure_connection()
        return connection.connection.cursor()

    def _lines(self, facts: Facts) -> list[Line]:
        return _lines(facts, without_zone)


class OnPostgreSQL:
    """COPY into a table of this transaction, and from there what is new into the facts."""

    def insert(self, facts: Facts) -> int:
        self._copy(facts)
        with connection.cursor() as cursor:
            names = _names(facts.names)
            cursor.execute(
                f"INSERT INTO fact_{facts.table} ({names}) SELECT {names} FROM coming_{facts.table}"
                " ON CONFLICT (fact_key) DO NOTHING"
            )
            return int(cursor.rowcount)

    def standing(self, facts: Facts) -> dict[str, dict[str, Any]]:
        names = TABLES[facts.table].names
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT fact_key, batch, {_names(names)} FROM fact_{facts.table} WHERE fact_key = ANY(%s)",
                ([line[0] for line in facts.lines],),
            )
            found = cursor.fetchall()
        return _standing(facts, found, _from_postgresql)

    def replace(self, facts: Facts) -> None:
        with connection.cursor() as cursor:
            keys = [line[0] for line in facts.lines]
            cursor.execute(f"DELETE FROM fact_{facts.table} WHERE fact_key = ANY(%s)", (keys,))
        self.insert(facts)

    def _copy(self, facts: Facts) -> None:
        coming, names = f"coming_{facts.table}", _names(facts.names)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(_lines(facts, _with_zone))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {coming}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {coming} ON COMMIT DROP AS SELECT {names} FROM fact_{facts.table} WITH NO DATA"
            )
            copy = f"COPY {coming} ({names}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (fact_source))"
            with cursor.copy(copy) as stream:
                stream.write(text.getvalue())


def _standing(facts: Facts, found: Sequence[Line], read: Callable[[Column, Any], Any]) -> dict[str, dict[str, Any]]:
    ours = {line[OWN.index("batch")] for line in facts.lines}
    table = TABLES[facts.table]
    return {
        key: {column.name: None if v is None else read(column, v) for column, v in zip(table, values, strict=True)}
        for key, batch, *values in found
        if batch not in ours
    }


def _from_sqlite(column: Column, value: Any) -> Any:
    if column.type == INSTANT:
        return value.replace(tzinfo=UTC)  # Django's connection makes a naive datetime of the text
    if column.type == MONEY:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    if column.type == WORDS:
        return json.loads(value)
    return bool(value) if str(column.type) == "bool" else value


def _from_postgresql(column: Column, value: Any) -> Any:
    return json.loads(value) if column.type == WORDS and isinstance(value, str) else value


def _with_zone(column: Sequence[datetime | None]) -> list[str | None]:
    return [None if at is None else str(at) for at in column]


def without_zone(column: Sequence[datetime | None] | pa.Array) -> list[str | None]:
    """Instants in UTC as SQLite keeps them; those of whole seconds, which most are, by the column.

    >>> without_zone([datetime(2026, 5, 1, 9, tzinfo=UTC), None, datetime(2026, 5, 1, 9, 0, 0, 500, tzinfo=UTC)])
    ['2026-05-01 09:00:00', None, '2026-05-01 09:00:00.000500']
    """
    instants = pa.array(column, INSTANT)
    try:
        seconds = instants.cast(pa.timestamp("us")).cast(pa.timestamp("s"))
    except pa.ArrowInvalid:  # a part of a second would be lost
        return [None if at is None else at.isoformat(" ")[: -len("+00:00")] for at in instants.to_pylist()]
    found: list[str | None] = seconds.cast(pa.string()).to_pylist()
    return found


def _lines(facts: Facts, times: Callable[[Sequence[datetime | None]], list[str | None]]) -> list[Line]:
    """The lines with every value as the database takes it; whole columns at a time."""
    lists = _json_columns(facts.table)
    columns = []
    for name, column in zip(facts.names, zip(*facts.lines, strict=True), strict=True):
        if name == "arrived":
            columns.append(times(column[:1]) * len(column))
            continue
        kinds = set(map(type, column))
        if datetime in kinds:
            columns.append(times(column))
        elif Decimal in kinds:
            columns.append(list(map(str, column)) if len(kinds) == 1 else [v if v is None else str(v) for v in column])
        elif name in lists:
            columns.append([None if value is None else json.dumps(value, ensure_ascii=False) for value in column])
        else:
            columns.append(list(column))
    return list(zip(*columns, strict=True))
