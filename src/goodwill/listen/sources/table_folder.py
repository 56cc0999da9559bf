"""A folder of CSV, JSON Lines and Parquet files, looked at on a schedule: what is new or changed in it is read."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from goodwill.errors import InputError, SourceError
from goodwill.listen.databases.table_rows import TableRows, pairs, table_called, told
from goodwill.listen.source import format_of
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Settings, beginning, from_date

SETTLED = 5.0  # seconds since a file was last written to: until then it may be half written
BLOCK = 1 << 20
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_TABLE = re.compile(r"\.(csv|tsv|jsonl|ndjson|parquet)(\.gz)?$", re.IGNORECASE)


class TableFolderSettings(Settings):
    """What the folder must be told."""

    folder: str = Field(description="the folder's whole path on the machine that goodwill runs on")
    pattern: str = Field(default="*", description="which files in it: *.csv, orders-*.parquet, ...")
    table: str = Field(default="", description="which of our tables they hold; empty: as their names or columns tell")
    columns: tuple[str, ...] = Field(
        default=(), description="columns that are not recognised, ours=theirs: text=body; needs the table"
    )

    @field_validator("folder")
    @classmethod
    def _whole(cls, folder: str) -> str:
        if not Path(folder).is_absolute():
            raise ValueError("wants a whole path, such as /srv/exports")
        return folder

    @field_validator("pattern")
    @classmethod
    def _in_the_folder(cls, pattern: str) -> str:
        if "/" in pattern or "\\" in pattern or ".." in pattern or not pattern:
            raise ValueError("wants names of files, such as *.csv, without a path")
        return pattern

    @field_validator("table")
    @classmethod
    def _ours(cls, table: str) -> str:
        return table_called(table)

    @model_validator(mode="after")
    def _columns_of_a_table(self) -> TableFolderSettings:
        if self.columns and not self.table:
            raise ValueError("columns are named of a table: enter which one")
        pairs(self.columns, self.table)
        return self


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """Each file that is new or changed. The watermark of a file is its size, its time and a digest of what it said.

    A file that only grew gives what was added; one that changed otherwise takes the place of what it gave. A pull that
    breaks off goes on in the same file behind the last piece that was kept, unless it was changed meanwhile. A file
    that cannot be read stops no other; it is said at the end, and tried again. What a file gave stays when it is gone.
    """
    marks: dict[str, list[Any]] = dict(cursor.get("files") or {})
    begun: list[Any] = list(cursor.get("begun") or ("", "", 0))  # a file, its digest, how many pieces were kept
    broken: list[str] = []
    earliest = beginning(cursor, LONG_AGO).timestamp()
    again = {"since": cursor["since"]} if "since" in cursor else {}
    for path in files(place):
        mark, seen = marks.get(path.name), path.stat()
        if mark is None and seen.st_mtime < earliest:
            marks[path.name] = [seen.st_size, seen.st_mtime_ns, digest(path, seen.st_size)]
            continue
        if time.time() - seen.st_mtime < SETTLED or (mark and mark[:2] == [seen.st_size, seen.st_mtime_ns]):
            continue
        new = [seen.st_size, seen.st_mtime_ns, digest(path, seen.st_size)]
        grown = mark is not None and seen.st_size >= mark[0] and digest(path, mark[0]) == mark[2]
        said: list[str] = []
        if mark is None or not grown or seen.st_size > mark[0]:  # else it was only touched
            done = begun[2] if begun[:2] == [path.name, new[2]] else 0
            reader = TableRows(path, place, place.settings.table, pairs(place.settings.columns, place.settings.table))
            try:
                for count, rows in enumerate(reader.pieces(), 1):
                    if count > done:
                        at = {"files": dict(marks), "begun": [path.name, new[2], count], **again}
                        yield Heard(rows, cursor=at) if mark is None or grown else Heard(edited=rows, cursor=at)
            except InputError as wrong:
                broken.append(str(wrong))
                continue
            said = told([str(reject) for reject in reader.rejects])
        marks[path.name] = new
        yield Heard(cursor={"files": dict(marks), **again}, said=said)
    if again:
        yield Heard(cursor={"files": dict(marks)})
    if broken:
        more = f", and {len(broken) - 1} more files" if len(broken) > 1 else ""
        raise SourceError(f"a file cannot be read: {broken[0]}{more}", where=place.name)


def files(place: Place) -> list[Path]:
    """The files that are read, in the order of their names. Raises SourceError where the folder cannot be opened."""
    folder = Path(place.settings.folder)
    try:
        found = sorted(path for path in folder.glob(place.settings.pattern) if path.is_file())
        if not folder.is_dir():
            raise FileNotFoundError(2, "no such folder")
    except OSError as refused:
        raise SourceError(
            f"the folder cannot be opened ({refused.strerror})", where=str(folder), mend="check the path and its rights"
        ) from refused
    plainly = place.settings.pattern != "*"  # who names other files means them
    return [
        path
        for path in found
        if format_of(path) and not path.name.startswith(".") and (plainly or _TABLE.search(path.name))
    ]


def digest(path: Path, size: int) -> str:
    """A digest of a file's first bytes."""
    made = hashlib.blake2b(digest_size=16)
    with path.open("rb") as given:
        while size > 0 and (block := given.read(min(BLOCK, size))):
            made.update(block)
            size -= len(block)
    return made.hexdigest()


def check(place: Place) -> str:
    """How many files there are, and how the first is understood."""
    from goodwill.listen.databases.table_rows import with_columns
    from goodwill.listen.preview import preview

    found = files(place)
    if not found:
        return f"There is no file yet in {place.settings.folder} that matches {place.settings.pattern}"
    count = f"{len(found):,} files" if len(found) > 1 else "1 file"
    if place.settings.table:
        columns = pairs(place.settings.columns, place.settings.table)
        rows = sum(
            len(part)
            for piece in TableRows(found[0], place, place.settings.table, columns).pieces()
            for part in piece.values()
        )
        return f"{count}; {found[0].name} gives {rows:,} rows of {place.settings.table}"
    seen = preview(found[0], with_columns(place.firm, "", {}))
    return f"{count}; {found[0].name} is taken for {seen.table} by {seen.how}"


KIND = Kind(
    name="table-folder",
    title="A folder of tables",
    says="CSV, JSON Lines and Parquet files that another system puts into a folder.",
    connect="Let the other system write its files into a folder that goodwill may read, and enter its path. Name them "
    "after our tables (messages-2026.csv, purchases.parquet), or say which table they hold. A file counts when it has "
    "not been written to for five seconds.",
    settings=TableFolderSettings,
    tried="with files of every kind",
    pull=pull,
    check=check,
    every=300,
    since=from_date,
    goes_back="Files that were written to since then are read again, each from its first row.",
)
