"""A SQL database: a table or a query, read in batches by a watermark; PostgreSQL through ADBC, and SQLite files.

What is asked is a SELECT within a read-only transaction, whatever was entered. Rows are read in the order of the
watermark, then the key, so that a pull that breaks off goes on behind the last row that was kept.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import Field, SecretStr, field_validator, model_validator

from goodwill.errors import SourceError
from goodwill.facts import TABLES
from goodwill.listen.databases.sql_database import Database, Mark, opened, relation_of, watermark_time
from goodwill.listen.databases.table_rows import TableRows, keyed, pairs, table_called, told
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Settings, from_date

if TYPE_CHECKING:
    from goodwill.lake import Reject

BATCH = 2_000
REMEMBERED = 5_000
_FALSE = frozenset({"", "0", "f", "false", "no", "n"})


class DatabaseSettings(Settings):
    """What the database must be told."""

    secret: SecretStr = Field(
        description="its address: postgresql://reader:password@host/database, or sqlite:///whole/path/file.db; "
        "make an account for goodwill that may only read"
    )
    query: str = Field(description="the name of a table or view, or a SELECT")
    table: str = Field(description="which of our tables it gives: messages, purchases, people, ...")
    key: str = Field(description="the column that names a row: its primary key")
    watermark: str = Field(
        description="the column that tells what is new: a time of the last change, or a growing number; never empty"
    )
    columns: tuple[str, ...] = Field(
        default=(), description="columns that are not recognised by name, ours=theirs: text=body, at=created_at"
    )
    deleted: str = Field(default="", description="a column that says that the row is gone: deleted_at, is_deleted")
    rows_change: bool = Field(
        default=True, description="rows may change after they were written, and the watermark tells; no: only added"
    )
    overlap: int = Field(
        default=60, ge=0, le=86_400, description="seconds read once more, for what was committed late (PostgreSQL)"
    )

    @field_validator("table")
    @classmethod
    def _ours(cls, table: str) -> str:
        return table_called(table)

    @field_validator("query")
    @classmethod
    def _reads_only(cls, query: str) -> str:
        relation_of(query)
        return query

    @model_validator(mode="after")
    def _columns_of_the_table(self) -> DatabaseSettings:
        pairs(self.columns, self.table)
        if self.deleted and TABLES[self.table].key:
            raise ValueError(f"what is deleted cannot be told of {self.table}, whose rows have no key of their own")
        return self


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """What lies behind the watermark, a batch at a time; each has the cursor to go on from."""
    with closing(opened(place, place.settings.query)) as database:
        yield from _Pulling(place, database, cursor).batches()


class _Pulling:
    def __init__(self, place: Place, database: Database, cursor: Cursor) -> None:
        self.place, self.database, self.settings = place, database, place.settings
        self.columns = _checked(place, database)
        self.mark: Mark | None = _mark(cursor.get("mark"))
        self.whole = bool(cursor.get("whole"))
        self.read_at = str(cursor.get("read_at") or "")  # by the database's own clock
        self.since = str(cursor.get("since") or "")
        self.recent: dict[str, list[str]] = dict(cursor.get("recent") or {})  # key -> digest, watermark

    def cursor(self) -> Cursor:
        return {
            "mark": list(self.mark) if self.mark else None,
            "whole": self.whole,
            "read_at": self.read_at,
            "recent": {key: list(one) for key, one in self.recent.items()},
        }

    def batches(self) -> Iterator[Heard]:
        """The batches; after the last one the table counts as read whole, and what comes later as a change."""
        start, now = self._start(), self.database.clock()
        while True:
            rows = self.database.after(start, self.settings.watermark, self.settings.key, BATCH)
            heard = self._heard(rows, now) if rows else Heard()
            if rows:
                start = (rows[-1][self.settings.watermark], rows[-1][self.settings.key])
                self.mark = _later(self.mark, start)
            last = len(rows) < BATCH
            if last:
                heard.said += [] if self.whole else self._unreachable()
                self.whole, self.read_at = True, now
            heard.cursor = self.cursor()
            yield heard
            if last:
                return

    def _start(self) -> Mark | None:
        """Where to go on: what had not been committed when it was last read may lie a little before the mark."""
        if self.mark is None and self.since:
            return self._from_date()
        read, reached = watermark_time(self.read_at), watermark_time(self.mark[0]) if self.mark else None
        if read is not None and reached is not None and self.settings.overlap:
            earliest = read - timedelta(seconds=self.settings.overlap)
            if earliest < reached:
                return (earliest.isoformat(), None)
        return self.mark

    def _from_date(self) -> Mark | None:
        """Where a date lies, where the watermark is a time; else the beginning. A day early: some name no zone."""
        first = self.database.after(None, self.settings.watermark, self.settings.key, 1)
        reached, since = first[0][self.settings.watermark] if first else None, watermark_time(self.since)
        if since is None or watermark_time(reached) is None or "-" not in str(reached):  # 20260503 is a number
            return None
        return ((since - timedelta(days=1)).date().isoformat(), None)

    def _heard(self, rows: list[dict[str, Any]], now: str) -> Heard:
        heard = Heard()
        by_digest = {self._key(row): _digest(row) for row in rows}
        fresh = [row for row in rows if self.recent.get(self._key(row), [""])[0] != by_digest[self._key(row)]]
        self._remember(rows, by_digest, now)
        gone = [row for row in fresh if self._is_gone(row)]
        kept = [row for row in fresh if not self._is_gone(row)]
        if gone:
            heard.removed[self.settings.table] = [self._fact_key(row) for row in gone]
        if kept:
            self._read(heard, kept)
        return heard

    def _read(self, heard: Heard, rows: list[dict[str, Any]]) -> None:
        """Lets goodwill's own readers understand the rows, as if they had come in a file."""
        import pyarrow.parquet as pq

        names = list(rows[0])
        table = pa.table({name: pa.array([_text(row[name]) for row in rows], pa.string()) for name in names})
        with tempfile.TemporaryDirectory(prefix="goodwill-") as folder:
            path = Path(folder) / f"{self.settings.table}.parquet"
            pq.write_table(table, path)
            reader = TableRows(path, self.place, self.settings.table, self.columns)
            for piece in reader.pieces():
                for name, found in piece.items():
                    into = heard.edited if self.whole and self.settings.rows_change else heard.facts
                    into.setdefault(name, []).extend(found)
        heard.said += told([self._plainly(reject, rows) for reject in reader.rejects])

    def _plainly(self, reject: Reject, rows: list[dict[str, Any]]) -> str:
        """A row that could not be read, by its key."""
        if reject.line is None or not 0 < reject.line <= len(rows):
            return str(reject)
        key = f"{self.settings.key} {self._key(rows[reject.line - 1])}"
        return f"{key}: {reject.column + ': ' if reject.column else ''}{reject.reason}; {reject.mend}".removesuffix(
            "; "
        )

    def _is_gone(self, row: dict[str, Any]) -> bool:
        said = row.get(self.settings.deleted) if self.settings.deleted else None
        return said is not None and str(said).strip().lower() not in _FALSE

    def _key(self, row: dict[str, Any]) -> str:
        return str(row[self.settings.key])

    def _fact_key(self, row: dict[str, Any]) -> str:
        own = TABLES[self.settings.table].names[0]
        named = str(row[self.columns[own]])
        return self.place.key(named) if own in keyed(self.settings.table) else named

    def _unreachable(self) -> list[str]:
        count = self.database.without(self.settings.watermark, self.settings.key)
        empty = f"{count:,} rows have no {self.settings.watermark} or no {self.settings.key}: they are not read"
        return [empty] if count else []

    def _remember(self, rows: list[dict[str, Any]], digests: dict[str, str], now: str) -> None:
        """Keeps the digests of the rows that will come once more: those of the last seconds."""
        read = watermark_time(now)
        if read is None or not self.settings.overlap:
            return
        earliest = read - timedelta(seconds=self.settings.overlap)
        for row in rows:
            self.recent[self._key(row)] = [digests[self._key(row)], str(row[self.settings.watermark])]
        lately = [(key, one) for key, one in self.recent.items() if (watermark_time(one[1]) or read) >= earliest]
        self.recent = dict(lately[-REMEMBERED:])


def _later(one: Mark | None, other: Mark) -> Mark:
    """The later of two marks: of times the later, else what was read last."""
    first, second = watermark_time(one[0]) if one else None, watermark_time(other[0])
    return one if one is not None and first is not None and second is not None and first > second else other


def _checked(place: Place, database: Database) -> dict[str, str]:
    """The columns, ours to theirs, the key among them; SourceError where one that is named is not there."""
    settings, there = place.settings, database.columns
    columns = pairs(settings.columns, settings.table)
    own = TABLES[settings.table].names[0]
    if not TABLES[settings.table].key:
        columns.setdefault(own, settings.key)
    wanted = {"key": settings.key, "watermark": settings.watermark, "deleted": settings.deleted, **columns}
    for what, name in wanted.items():
        if name and name not in there:
            raise SourceError(
                f"{what} = {name!r} is no column", where=place.name, mend=f"it gives {', '.join(there[:30])}"
            )
    return columns


def _mark(given: Any) -> Mark | None:
    return (given[0], given[1]) if isinstance(given, list) and len(given) == 2 else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return repr(value) if isinstance(value, float) else str(value)


def _digest(row: dict[str, Any]) -> str:
    said = "\x1f".join(f"{name}\x1e{_text(value)}" for name, value in row.items())
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def check(place: Place) -> str:
    """Reads the first rows and says how they are understood."""
    with closing(opened(place, place.settings.query)) as database:
        pulling = _Pulling(place, database, {})
        rows = database.after(None, place.settings.watermark, place.settings.key, 20)
        heard = pulling._heard(rows, "") if rows else Heard()
        kept = sum(len(found) for found in heard.facts.values())
        seen = f"of the first {len(rows)} rows {kept} were understood"
        found = f"{database.title} gives {', '.join(database.columns[:12])}"
        return "; ".join([found, seen, *heard.said[:3], *pulling._unreachable()])


def hosts(settings: DatabaseSettings) -> frozenset[str]:
    """The host of a PostgreSQL address; a file and a socket have none."""
    from goodwill.listen.databases.sql_database import host_of

    return host_of(settings.secret.get_secret_value())


KIND = Kind(
    name="database",
    title="A SQL database",
    says="Rows of a PostgreSQL or SQLite database, by a table's name or a query: what another system keeps there.",
    connect="Make an account that may only read what goodwill shall hear (PostgreSQL: CREATE ROLE, GRANT SELECT) and "
    "enter its address. Choose a table, view or SELECT with a key and a column that tells what is new. A database on a "
    "private network is named in GOODWILL_OUT_PRIVATE, a socket by its folder.",
    settings=DatabaseSettings,
    tried="against a real PostgreSQL server and real SQLite files",
    pull=pull,
    check=check,
    hosts=hosts,
    every=300,
    since=from_date,
    goes_back="By the watermark, where that is a time, a day early. Where it is a number, all is heard again.",
)
