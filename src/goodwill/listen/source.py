"""One file, opened: its columns as text, a relation that DuckDB can read, and the physical line of every row."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.lake import Reject
from goodwill.listen.records import LONGEST_LINE, Fault, record_lines, records
from goodwill.listen.scan import first_rows, open_bytes, scan, separator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.listen.scan import Scan
    from goodwill.listen.shapes.shape import Context

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "shape",
    ".js": "shape",
    ".xml": "shape",
    ".mbox": "shape",
    ".mbx": "shape",
    ".zip": "zip",
}
_KEYS_FROM = 5_000  # rows of JSON Lines whose keys make the columns


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as the file has it, and the SQL that gives it as text."""

    name: str
    sql: str


@dataclass
class Source:
    """A file that DuckDB can read: `relation` has `_row` and what `columns` need.

    `_row` counts the rows that can be parsed; `lines` turns such counts into physical lines (the header is line 1).
    """

    path: Path
    format: str
    columns: tuple[SourceColumn, ...]
    relation: str
    notes: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)  # what is no row at all; the first ones
    rejected: int = 0  # how many there are
    rows_are_lines: bool = True
    line_of: Sequence[int] = ()  # of a shape: the line of each row
    faults: str = ""  # a query of the rows that are none (JSON Lines)
    temporary: Path | None = None
    within: str = ""  # the archive that it lies in

    @property
    def name(self) -> str:
        return f"{self.within}/{self.path.name}" if self.within else self.path.name

    def close(self) -> None:
        if self.temporary is not None:
            self.temporary.unlink(missing_ok=True)

    def forget(self) -> None:
        """It is left aside after all: what was wrong with it does not matter."""
        self.rejects.clear()
        self.rejected = 0
        self.faults = ""

    def lines(self, rows: Iterable[int]) -> dict[int, int]:
        """The physical line on which each of these rows starts."""
        wanted = sorted(set(rows))
        if self.line_of:
            return {row: self.line_of[row - 1] for row in wanted}
        if self.rows_are_lines or not wanted:
            return {row: row for row in wanted}
        return dict(zip(wanted, record_lines(self.path, wanted), strict=True))

    def reject(self, reject: Reject, limit: int) -> None:
        """Counts a reject; keeps it while there is room."""
        self.rejected += 1
        if len(self.rejects) < limit:
            self.rejects.append(reject)


def format_of(path: Path) -> str | None:
    """'csv', 'jsonl', 'parquet', 'shape' (no table: see `listen.shapes`), 'zip', or None where it is not read.

    >>> format_of(Path("orders.CSV.gz")), format_of(Path("notes.docx"))
    ('csv', None)
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
        return (
            None
            if suffixes and suffixes[-1] in (".parquet", ".pq", ".zip")
            else ENDINGS.get(suffixes[-1] if suffixes else "")
        )
    return ENDINGS.get(suffixes[-1]) if suffixes else None


def stem_of(path: Path) -> str:
    """The file's name without its endings.

    >>> stem_of(Path("purchases.2024.csv.gz"))
    'purchases.2024'
    """
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem


def open_source(path: Path, connection: Any, limit: int, context: Context | None = None) -> Source:
    """Opens a file for DuckDB; at most `limit` rejects are kept as objects. `context` says who we are.

    Raises InputError where it is empty, no text, or of a kind that goodwill does not read.
    """
    if not path.exists():
        raise InputError("no such file", where=str(path), mend="check the path")
    if path.is_dir():
        raise InputError("this is a folder, not a file", where=str(path), mend="name a file in it")
    kind = format_of(path)
    if kind is None:
        raise InputError(
            f"goodwill does not read files that end in {path.suffix or 'nothing'!r}",
            where=path.name,
            mend="save it as .csv, .jsonl or .parquet (.csv.gz and .jsonl.gz will do)",
        )
    if kind == "zip":
        raise InputError("this is an archive", where=path.name, mend="unpack it first")
    if kind == "shape":
        return _open_shape(path, connection, limit, context)
    if kind == "parquet":
        return _open_parquet(path, connection)
    found = scan(path, separator_matters=kind == "csv")
    return _open_csv(path, connection, found, limit) if kind == "csv" else _open_jsonl(path, connection, found)


def text(value: str) -> str:
    """A text as an SQL literal.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''").replace("\x00", "") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


# --- what is no table ---------------------------------------------------------------------------------------------


def _open_shape(path: Path, connection: Any, limit: int, context: Context | None) -> Source:
    from goodwill.listen import shapes
    from goodwill.listen.shapes.document import CELL, are_lines
    from goodwill.listen.shapes.shape import Context, lay

    shape = shapes.shape_of(path)
    if shape is None:
        found = scan(path, separator_matters=False)
        if path.name.lower().removesuffix(".gz").endswith(".json") and are_lines(found.head.encode()):
            return _open_jsonl(path, connection, found)
        raise InputError(
            "goodwill does not know what this is",
            where=path.name,
            mend="it reads tables, JSON documents, mailboxes (mbox), and the archives that docs/imports.md lists",
        )
    laid = lay(path, shape, context or Context(), limit)
    if not laid.lines and laid.faults:
        laid.file.unlink(missing_ok=True)
        first = laid.faults[0]
        raise InputError(first.reason, where=f"{path.name}, line {first.line}", mend=first.mend)
    source = Source(path, shape.name, (), "", rows_are_lines=False, line_of=laid.lines, temporary=laid.file)
    for fault in laid.faults:
        source.reject(Reject(path.name, fault.line, "", fault.reason, fault.mend), limit)
    source.rejected += laid.more_faults
    read = f"read_parquet({text(str(laid.file))})"
    if shape.columns == (CELL,):
        paths = _json_paths(f"SELECT {CELL} FROM {read} LIMIT {_KEYS_FROM}", connection)
        _cells_of_lines(source, paths, read, "")
    else:
        source.relation = f"(SELECT * FROM {read})"
        source.columns = tuple(SourceColumn(name, identifier(name)) for name in shape.columns)
    return source


# --- CSV ---------------------------------------------------------------------------------------------------------


def _open_csv(path: Path, connection: Any, found: Scan, limit: int) -> Source:
    delimiter = separator(found.head)
    head = first_rows(found.head, delimiter, 30)
    if not head or not any(cell.strip() for cell in head[0]):
        raise InputError(
            "the first line is no header",
            where=path.name,
            mend="begin the file with the columns' names, and close every quote",
        )
    names = [cell.strip() for cell in head[0]]
    # Some exports end every line but the first with one separator too many.
    ragged = len(head) > 1 and all(len(row) == len(names) + 1 and not row[-1].strip() for row in head[1:-1] or head[1:])
    width = len(names) + ragged
    columns = tuple(
        SourceColumn(name or f"column {at + 1}", f"c{at}") for at, name in enumerate(_without_repeats(names))
    )
    source = Source(path, "csv", columns, "")
    _say_encoding(source, found)
    skip = _physical_lines_of_header(found.head, delimiter)
    if found.plain and skip is not None:
        source.relation = _csv_relation(path, width, delimiter, skip)
        source.rows_are_lines = False
        if _reads_without_a_fault(source, connection):
            return source
    _rewrite(source, found, delimiter, width, limit)
    inner = _csv_relation(source.temporary or path, width + 1, ",", 0, numbered=False)
    shifted = ", ".join(f"c{at + 1} AS c{at}" for at in range(width))
    source.relation = f"(SELECT CAST(c0 AS BIGINT) AS _row, {shifted} FROM {inner})"
    return source


def _say_encoding(source: Source, found: Scan) -> None:
    if found.encoding not in ("utf-8", "utf-8-sig"):
        said = "Windows-1252 (Latin-1)" if found.encoding == "cp1252" else found.encoding.upper()
        source.notes.append(
            f"{source.name} is not UTF-8; it was read as {said}. If letters look wrong, save it as UTF-8"
        )


def _without_repeats(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def _physical_lines_of_header(head: str, delimiter: str) -> int | None:
    """How many physical lines the header takes; None where the first line is blank."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    first = next(reader, [])
    return reader.line_num if any(cell.strip() for cell in first) else None


def _csv_relation(path: Path, width: int, delimiter: str, skip: int, numbered: bool = True) -> str:
    names = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    packed = "gzip" if path.name.lower().endswith(".gz") else "none"
    read = (
        f"read_csv({text(str(path))}, auto_detect=false, header=false, skip={skip}, delim={text(delimiter)},"
        f" quote='\"', escape='\"', nullstr='', columns={{{names}}}, max_line_size={LONGEST_LINE},"
        f" compression='{packed}')"
    )
    return f"(SELECT row_number() OVER () AS _row, * FROM {read})" if numbered else read


def _reads_without_a_fault(source: Source, connection: Any) -> bool:
    """Whether every line has as many cells as the header; a quick walk, since no value is looked at."""
    import duckdb

    try:
        connection.execute(f"SELECT count(c0) FROM {source.relation}").fetchall()
    except duckdb.Error:
        return False
    return True


def _rewrite(source: Source, found: Scan, delimiter: str, width: int, limit: int) -> None:
    """Copies a faulty, or not plainly encoded, CSV into a clean one whose first cell is the physical line."""
    handle, name = tempfile.mkstemp(prefix="goodwill-", suffix=".csv")
    source.temporary = Path(name)
    source.rows_are_lines = True
    # newline=None: a bare return, as old Macs wrote it, ends a line too. Half a character at the end of UTF-16 cannot
    # be carried over as it is; it becomes the sign for one that could not be read.
    faulty = "surrogateescape" if found.encoding.lower().startswith("utf-8") else "replace"
    with (
        os.fdopen(handle, "w", encoding="utf-8", newline="") as out,
        io.TextIOWrapper(open_bytes(source.path), found.encoding, errors=faulty, newline=None) as given,
    ):
        write = csv.writer(out, lineterminator="\n").writerow
        first = True
        for line, row in records(given, delimiter, width):
            if first:
                first = False
            elif isinstance(row, Fault):
                source.reject(Reject(source.name, line, "", row.reason, row.mend), limit)
            else:
                write([line, *row])


# --- JSON Lines and Parquet -------------------------------------------------------------------------------------


def _open_jsonl(path: Path, connection: Any, found: Scan) -> Source:
    source = Source(path, "jsonl", (), "", rows_are_lines=True)
    _say_encoding(source, found)
    if not found.plain or "\x01" in found.head:
        handle, name = tempfile.mkstemp(prefix="goodwill-", suffix=".jsonl")
        source.temporary = Path(name)
        with (
            os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out,
            io.TextIOWrapper(open_bytes(path), found.encoding, errors="replace", newline=None) as given,
        ):
            for line in given:
                out.write(line.replace("\x00", "").replace("\x01", ""))
    readable = source.temporary or path
    packed = "gzip" if readable.name.lower().endswith(".gz") else "none"
    lines = (
        f"read_csv({text(str(readable))}, auto_detect=false, header=false, delim='\x01', quote='', escape='',"
        f" columns={{'line': 'VARCHAR'}}, max_line_size={LONGEST_LINE}, strict_mode=false, ignore_errors=true,"
        f" compression='{packed}')"
    )
    numbered = f"(SELECT row_number() OVER () AS _row, line FROM {lines})"
    good = "starts_with(ltrim(line), '{') AND json_valid(line)"
    paths = _json_paths(f"SELECT line FROM {numbered} WHERE {good} LIMIT {_KEYS_FROM}", connection)
    _cells_of_lines(source, paths, numbered, f" WHERE {good}")
    source.faults = f"(SELECT _row FROM {numbered} WHERE trim(line) <> '' AND NOT ({good}))"
    return source


def _cells_of_lines(source: Source, paths: list[tuple[str, ...]], lines: str, where: str) -> None:
    """One walk through each line takes all the cells out at once."""
    wanted = ", ".join(text("$" + "".join(f'."{step}"' for step in path)) for path in paths) or "'$'"
    source.relation = f"(SELECT _row, json_extract_string(line, [{wanted}]) AS cells FROM {lines}{where})"
    source.columns = tuple(SourceColumn(".".join(path), f"cells[{at}]") for at, path in enumerate(paths, start=1))


def _json_paths(lines: str, connection: Any) -> list[tuple[str, ...]]:
    """The keys of the first rows; an object within one gives `outer.inner`."""
    seen: dict[tuple[str, ...], None] = {}
    for (line,) in connection.execute(lines).fetchall():
        try:
            items = json.loads(line).items()
        except (ValueError, RecursionError):
            continue  # valid to the engine, but a thousand brackets deep
        for key, value in items:
            inner = [(key, within) for within in value] if isinstance(value, dict) else [(key,)]
            seen.update(dict.fromkeys(inner))
    # A quote or a star in a key would mean something else in a path.
    return [path for path in seen if not any(mark in step for step in path for mark in '"*\\')]


def _open_parquet(path: Path, connection: Any) -> Source:
    import duckdb

    read = f"read_parquet({text(str(path))}, file_row_number=true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()
    except duckdb.Error as broken:
        raise InputError(
            f"cannot be read as Parquet ({str(broken).splitlines()[0][:200]})", where=path.name, mend="write it again"
        ) from broken
    columns = tuple(
        SourceColumn(name, _as_text(identifier(name), kind))
        for name, kind, *_ in described
        if name != "file_row_number"
    )
    relation = f"(SELECT file_row_number + 1 AS _row, * FROM {read})"
    return Source(path, "parquet", columns, relation)


def _as_text(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        return column
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP", "LIST")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind == "BLOB":
        return f"try_cast({column} AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"
