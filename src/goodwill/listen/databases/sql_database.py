"""Reading another system's database: a SELECT behind a watermark, in a transaction that can write nothing.

PostgreSQL is read through ADBC; each column comes as the text that PostgreSQL itself writes, so that every type of it
can be read. SQLite files are opened by Python's own sqlite3, read-only: another library within one process, when it
closes the file, would give up the locks that this one holds.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from goodwill.errors import SourceError
from goodwill.listen.sources.kind import Place

Mark = tuple[Any, Any]
"""The watermark and the key of the last row that was read; without a key: all rows from that watermark on."""
SECONDS = 60  # that one query may take
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,2}")
_POSTGRESQL = ("postgresql", "postgres")


class Database(Protocol):
    """What a source asks of a database."""

    title: str
    columns: list[str]

    def after(self, mark: Mark | None, watermark: str, key: str, limit: int) -> list[dict[str, Any]]:
        """The next rows in the order of watermark and key; all columns."""

    def without(self, watermark: str, key: str) -> int:
        """How many rows have no watermark or no key."""

    def clock(self) -> str:
        """What time it was for the database when this look at it began; empty where it has no clock of its own."""

    def close(self) -> None:
        """Ends the connection."""


def relation_of(query: str) -> str:
    """What stands behind FROM: a table's name, quoted, or a SELECT in brackets. Raises ValueError for anything else.

    >>> relation_of("shop.orders"), relation_of("select 1 as a;")
    ('"shop"."orders"', '(select 1 as a)')
    """
    plain = query.strip().rstrip(";").strip()
    if _NAME.fullmatch(plain):
        return ".".join(identifier(part) for part in plain.split("."))
    if not re.match(r"(select|with)\b", plain, re.IGNORECASE):
        raise ValueError("wants the name of a table or view, or a SELECT")
    if "\x00" in plain:
        raise ValueError("wants a SELECT without a NUL in it")
    # A comment at its end must not swallow the bracket.
    return f"({plain}\n)" if "--" in plain else f"({plain})"


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""').replace("\x00", "") + '"'


def opened(place: Place, query: str) -> Database:
    """The database of a source, opened to read. Raises SourceError, NoAnswer and NotLetOut."""
    address = place.settings.secret.get_secret_value()
    scheme = urlsplit(address).scheme
    if scheme == "sqlite":
        return SQLiteFile(place, address, relation_of(query))
    if scheme in _POSTGRESQL:
        return PostgreSQL(place, address, relation_of(query))
    raise SourceError(
        "this is no address of a database that goodwill reads",
        where=place.name,
        mend="write postgresql://user:password@host/database or sqlite:///whole/path/file.db",
    )


def host_of(address: str) -> frozenset[str]:
    """The host and port of a PostgreSQL address; nothing for files and sockets.

    >>> host_of("postgresql://reader:pw@db.example/shop"), host_of("sqlite:////srv/shop.db")
    (frozenset({'db.example:5432'}), frozenset())
    """
    parts = urlsplit(address)
    if parts.scheme not in _POSTGRESQL or not parts.hostname:
        return frozenset()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return frozenset({f"{host}:{_port(parts)}"})


def _port(parts: Any) -> int:
    try:
        return parts.port or 5432
    except ValueError as wrong:
        raise SourceError("the address has no port that is a number", mend="write host:5432") from wrong


def watermark_time(written: Any) -> datetime | None:
    """A watermark as a time; none where it is none."""
    if not isinstance(written, str):
        return None
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


# --- SQLite -----------------------------------------------------------------------------------------------------------


class SQLiteFile:
    """A SQLite file, read-only."""

    def __init__(self, place: Place, address: str, relation: str) -> None:
        written = unquote(urlsplit(address).path)
        path = Path(written.removeprefix("/") if written.startswith("//") else written)
        self.title, self._place, self._relation = f"SQLite file {path.name}", place, relation
        if not path.is_file():
            raise SourceError("there is no such file", where=str(path), mend="write sqlite:///whole/path/file.db")
        try:
            self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as refused:
            raise self._wrong(refused) from refused
        self.columns = [one[0] for one in self._ask(f"SELECT * FROM {relation} LIMIT 0").description or ()]

    def after(self, mark: Mark | None, watermark: str, key: str, limit: int) -> list[dict[str, Any]]:
        wm, id_ = identifier(watermark), identifier(key)
        behind = f"({wm}, {id_}) > (?, ?)" if mark else f"{wm} IS NOT NULL AND {id_} IS NOT NULL"
        query = f"SELECT * FROM {self._relation} AS q WHERE {behind} ORDER BY {wm}, {id_} LIMIT {limit:d}"
        rows = [dict(row) for row in self._ask(query, mark or ())]
        if rows and isinstance(rows[0][watermark], bytes):
            raise SourceError(f"{watermark} holds bytes", where=self._place.name, mend="choose a time or a number")
        return rows

    def without(self, watermark: str, key: str) -> int:
        wm, id_ = identifier(watermark), identifier(key)
        asked = f"SELECT count(*) FROM {self._relation} AS q WHERE {wm} IS NULL OR {id_} IS NULL"
        return int(self._ask(asked).fetchone()[0])

    def clock(self) -> str:
        """SQLite has one writer at a time: what is committed later was, but for long transactions, written later."""
        return ""

    def _ask(self, query: str, given: Any = ()) -> sqlite3.Cursor:
        until = time.monotonic() + SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
        try:
            return self._connection.execute(query, given)
        except sqlite3.Error as refused:
            raise self._wrong(refused) from refused

    def _wrong(self, refused: sqlite3.Error) -> SourceError:
        said = " ".join(str(refused).split())[:200]
        return SourceError(
            f"{self.title} refuses ({said})", where=self._place.name, mend="check the query and the file"
        )

    def close(self) -> None:
        self._connection.close()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class PostgreSQL:
    """A PostgreSQL database, read through ADBC within one read-only transaction."""

    def __init__(self, place: Place, address: str, relation: str) -> None:
        import adbc_driver_postgresql.dbapi as adbc  # type: ignore[import-untyped]

        parts = urlsplit(address)
        self.title, self._place, self._relation = "PostgreSQL", place, relation
        self._secret = unquote(parts.password or "")
        checked = checked_address(place, address)
        try:
            self._connection = adbc.connect(checked)
        except Exception as refused:  # the driver's own errors, of many kinds
            raise self._wrong(refused) from refused
        self._types: dict[str, str] = {}
        self.columns: list[str] = []
        try:
            self._cursor = self._connection.cursor()
            self._cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS:d}s'")
            self._cursor.execute("SET LOCAL datestyle = 'ISO, YMD'")
            self._cursor.execute("SET LOCAL timezone = 'UTC'")
            self._cursor.execute(f"SELECT * FROM {relation} AS q LIMIT 0")
            self.columns = [str(one[0]) for one in self._cursor.description or ()]
            self._cursor.fetchall()
        except Exception as refused:
            self.close()
            raise self._wrong(refused) from refused

    def after(self, mark: Mark | None, watermark: str, key: str, limit: int) -> list[dict[str, Any]]:
        wm, id_ = identifier(watermark), identifier(key)
        names = ", ".join(f"CAST(q.{identifier(name)} AS text) AS {identifier(name)}" for name in self.columns)
        behind, given = f"q.{wm} IS NOT NULL AND q.{id_} IS NOT NULL", tuple(mark or ())
        if mark and mark[1] is None:
            behind, given = f"{behind} AND q.{wm} >= {self._cast(1, watermark)}", given[:1]
        elif mark:
            behind = f"(q.{wm}, q.{id_}) > ({self._cast(1, watermark)}, {self._cast(2, key)})"
        query = f"SELECT {names} FROM {self._relation} AS q WHERE {behind} ORDER BY q.{wm}, q.{id_} LIMIT {limit:d}"
        return self._rows(query, given)

    def without(self, watermark: str, key: str) -> int:
        wm, id_ = identifier(watermark), identifier(key)
        asked = f"SELECT count(*) AS n FROM {self._relation} AS q WHERE q.{wm} IS NULL OR q.{id_} IS NULL"
        return int(self._rows(asked)[0]["n"])

    def clock(self) -> str:
        return str(self._rows("SELECT CAST(now() AS text) AS t")[0]["t"])

    def _cast(self, at: int, column: str) -> str:
        return f"CAST(CAST(${at} AS text) AS {self._type(column)})"

    def _type(self, column: str) -> str:
        if column not in self._types:
            one = f"SELECT q.{identifier(column)} FROM {self._relation} AS q LIMIT 1"
            asked = f"SELECT CAST(pg_typeof(({one})) AS text) AS t"
            self._types[column] = str(self._rows(asked)[0]["t"])
        return self._types[column]

    def _rows(self, query: str, given: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        try:
            self._cursor.execute(query, [str(one) for one in given] if given else None)
            rows: list[dict[str, Any]] = self._cursor.fetch_arrow_table().to_pylist()
        except Exception as refused:
            raise self._wrong(refused) from refused
        return rows

    def _wrong(self, refused: Exception) -> SourceError:
        if isinstance(refused, SourceError):
            return refused
        said = " ".join(str(refused).split())
        for secret in filter(None, (self._secret, quote(self._secret, safe=""))):
            said = said.replace(secret, "…")
        return SourceError(f"PostgreSQL refuses ({said[:300]})", where=self._place.name, mend="check address and query")

    def close(self) -> None:
        cursor: Any = getattr(self, "_cursor", None)
        for end in (getattr(cursor, "close", None), self._connection.close):
            _quietly(end)


def _quietly(end: Callable[[], Any] | None) -> None:
    try:
        if end is not None:
            end()
    except Exception:  # what is closed after an error may complain of it once more
        return


def checked_address(place: Place, address: str) -> str:
    """The address with the one that the gate has checked beside its name, for libpq to connect to.

    A socket's folder must be among those that the operator named (GOODWILL_OUT_PRIVATE).
    """
    parts = urlsplit(address)
    given = dict(parse_qsl(parts.query))
    port = int(given["port"]) if given.get("port", "").isdigit() else _port(parts)
    for name in ("hostaddr", "service", "servicefile", "passfile"):
        if name in given:
            raise SourceError(f"{name} may not stand in the address", where=place.name, mend="name the host alone")
    host = parts.hostname or given.get("host", "")
    if "," in host or not host:
        raise SourceError("the address names no one host", where=place.name, mend="write postgresql://host/database")
    if host.startswith("/"):
        if not place.gate.inside(host, port):
            raise SourceError(
                f"the socket in {host} is not among those that goodwill may call",
                where=place.name,
                mend="the operator adds the folder to GOODWILL_OUT_PRIVATE",
            )
        checked = {}
    else:
        with place.gate.connect(host, port) as tried:
            checked = {"hostaddr": tried.getpeername()[0]}
    more = {**given, **checked, "connect_timeout": given.get("connect_timeout", "10"), "application_name": "goodwill"}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(more), ""))
