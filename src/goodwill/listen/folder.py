"""A folder of files to facts: which file is which table, read one after the other, checked together."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.facts import RESULTS, TABLES
from goodwill.firm import FILE_NAME, Firm
from goodwill.lake import Facts, Lake, MappedColumn, Reject
from goodwill.listen import checks
from goodwill.listen.columns import guess_table
from goodwill.listen.dialects import dialect_of
from goodwill.listen.dialects.grammar import apply
from goodwill.listen.dialects.plain import apply_plain
from goodwill.listen.files import REJECTS_KEPT, Typed, mapped, read
from goodwill.listen.query import SQL_TYPES
from goodwill.listen.shapes import worth_opening
from goodwill.listen.shapes.archive import unpacked
from goodwill.listen.shapes.shape import Context
from goodwill.listen.source import Source, format_of, identifier, open_source, stem_of, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from goodwill.listen.columns import TableMap
    from goodwill.listen.files import Pending

A_DAY = timedelta(days=1)  # nobody's clock or zone is wrong by more


@dataclass(frozen=True)
class Understood:
    """Which table a file is; what told it ('its name', 'its columns', a dialect's name), and how sure that is."""

    table: str
    how: str
    sure: float
    maps: list[TableMap]


@dataclass
class Reading:
    """What has been read so far: shared by the folder, the preview of one file, and an import.

    `guess`: a file that neither its name nor a dialect tells is taken for the table that its columns look like.
    """

    firm: Firm
    connection: Any
    not_after: datetime
    guess: bool = False
    keep: int = REJECTS_KEPT  # a file's rejects kept as objects; all are counted
    sources: list[Source] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    failed: list[Reject] = field(default_factory=list)
    mapping: list[MappedColumn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    troubles: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # file -> how many rejects in all
    _open: ExitStack = field(default_factory=ExitStack)

    def read_file(self, path: Path) -> None:
        """Reads whatever tables one file holds; what cannot be used is an InputError."""
        for source, found in self.look(path):
            self.read_tables(source, found.maps)

    def look(self, path: Path, most: int | None = None) -> Iterator[tuple[Source, Understood]]:
        """Each table file that a file is, or holds (a zip), opened and understood; of each the first `most` rows.

        Raises InputError where there is none.
        """
        if format_of(path) != "zip":
            source = self.open(path, most=most)
            yield source, understand(source, self.firm, self.notes, guess=self.guess)
            return
        yield from self._look_into(path, most)

    def open(self, path: Path, within: str = "", most: int | None = None) -> Source:
        """Opens one file and notes what in it is no row."""
        context = Context(frozenset({self.firm.name.casefold()}))
        with said_plainly(path.name):
            source = open_source(path, self.connection, self.keep, context)
        source.within = within
        if most is not None:
            source.relation = f"(SELECT * FROM {source.relation} LIMIT {most})"
        self.sources.append(source)
        self.notes += source.notes
        self._note_faults(source, len(self.sources) - 1)
        return source

    def _look_into(self, path: Path, most: int | None) -> Iterator[tuple[Source, Understood]]:
        """What a zip holds; of many files only those that a dialect or their name tells."""
        members = self._open.enter_context(unpacked(path, lambda name: format_of(Path(name)) not in (None, "zip")))
        guess = self.guess and len(members) == 1
        aside: list[str] = []
        found = 0
        for member in members:
            notes: list[str] = []
            try:
                if format_of(member) == "shape" and not worth_opening(member):
                    raise InputError("not known")
                source = self.open(member, path.name, most)
            except InputError as refused:
                if len(members) == 1:
                    raise
                if refused.what != "the file is empty":
                    aside.append(member.name)
                continue
            try:
                understood = understand(source, self.firm, notes, guess=guess)
            except InputError:
                if len(members) == 1:
                    raise
                aside.append(member.name)
                source.forget()
                continue
            self.notes += notes
            found += 1
            yield source, understood
        if not found:
            raise InputError(
                "nothing in this archive is known", where=path.name, mend="unpack it, and bring the files one by one"
            )
        if aside:
            more = f" and {len(aside) - 5:,} more" if len(aside) > 5 else ""
            self.notes.append(f"{path.name}: left aside: {', '.join(aside[:5])}{more}")

    def read_tables(self, source: Source, maps: list[TableMap]) -> None:
        at = self.sources.index(source)
        for found in maps:
            stage = f"goodwill_stage_{len(self.typed)}"
            with said_plainly(source.name):
                typed = read(
                    source,
                    found,
                    self.firm,
                    self.connection,
                    stage=stage,
                    file=at,
                    not_after=self.not_after,
                    keep=self.keep,
                )
            self.typed.append(typed)
            self.mapping += mapped(typed)
            self.notes += typed.styles.notes
            self.pending += typed.pending
            self.troubles[at] += typed.troubles
            if not typed.rows and not source.rejected:
                self.notes.append(f"{source.name} has a header and no row for {found.table}")

    def _note_faults(self, source: Source, at: int) -> None:
        if source.faults:
            rows = self.connection.execute(f"SELECT _row FROM {source.faults} ORDER BY _row").fetchall()
            for (line,) in rows:
                source.reject(
                    Reject(
                        source.name, int(line), "", "this line is no JSON object", 'write one {"name": value} a line'
                    ),
                    self.keep,
                )
        self.troubles[at] += source.rejected

    def rejects(self) -> tuple[Reject, ...]:
        """All that could not be read, by file and line; the first ones of each file, then how many more there are."""
        result = list(self.failed)
        by_file: dict[int, list[Pending]] = defaultdict(list)
        for one in self.pending:
            by_file[one.file].append(one)
        for at, source in enumerate(self.sources):
            lines = source.lines(one.row for one in by_file[at])
            found = list(source.rejects)
            found += [
                Reject(source.name, lines[one.row], one.column, one.reason, one.mend, one.value) for one in by_file[at]
            ]
            found.sort(key=lambda reject: (reject.line or 0, reject.column, reject.reason))
            result += found[: self.keep]
            more = self.troubles[at] - len({reject.line for reject in found[: self.keep]})
            if len(found) >= self.keep and more > 0:
                result.append(Reject(source.name, None, "", f"and {more:,} more rows that could not be read in full"))
        return tuple(result)

    def place(self, file: int, row: int) -> str:
        """Where a row stands, as a note says it."""
        return f"{self.sources[file].name}, line {self.sources[file].lines([row])[row]}"

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self._open.close()


@contextmanager
def said_plainly(name: str) -> Iterator[None]:
    """What the engine cannot read is said as ours: the file, its first words, and what to try."""
    import duckdb

    try:
        yield
    except duckdb.Error as wrong:
        raise InputError(
            f"cannot be read ({str(wrong).splitlines()[0][:160]})", where=name, mend="save it again as CSV (UTF-8)"
        ) from wrong


def read_folder(
    folder: str | Path,
    *,
    firm: Firm | None = None,
    engine: str = "duckdb",
    progress: Callable[[str, float], None] | None = None,
    not_after: datetime | None = None,
) -> Facts:
    """Reads a folder of CSV, JSON Lines and Parquet files into facts.

    A file belongs to the table that it is named after (`purchases.csv`, `messages-2026.jsonl`), or to those that its
    header tells (exports of Shopify, Stripe, Zendesk, Typeform, Delighted, Trustpilot). Bad rows are left out and kept
    as `facts.rejects`, with file, physical line, column, reason and mend; the rest goes on. `goodwill.toml` in the
    folder is the firm unless one is given.

    Parameters: `engine` names where the tables lie. `progress(step, done)` is called with done from 0 to 1. What lies
    later than `not_after` (default: a day from now, since clocks and zones err) is rejected as lying in the future.

    Raises InputError where the folder is not there, or holds neither purchases nor messages that can be read;
    SettingsError where goodwill.toml says something that cannot be.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = "Order ID,Customer,Date,Total\\n1,ann,2026-01-31,9.50\\n2,bob,soon,1\\n"
    >>> _ = (folder / "purchases.csv").write_text(rows)
    >>> facts = read_folder(folder)
    >>> facts.arrow("purchases").select(["purchase_id", "customer_id", "amount"]).to_pylist()
    [{'purchase_id': '1', 'customer_id': 'ann', 'amount': Decimal('9.50')}]
    >>> print(facts.rejects[0])
    purchases.csv, line 3, Date: 'soon' is no time; write it as 2026-12-31 or 2026-12-31T14:30:00+01:00
    """
    folder = Path(folder)
    files = _files_in(folder)
    firm = firm if firm is not None else Firm.load(folder / FILE_NAME)
    lake = Lake(engine)
    reading = Reading(firm, lake.connection.con, not_after or datetime.now(UTC) + A_DAY)
    try:
        sizes = [path.stat().st_size + 1 for path in files]
        for at, path in enumerate(files):
            if progress:
                progress(f"reading {path.name}", 0.9 * sum(sizes[:at]) / sum(sizes))
            try:
                reading.read_file(path)
            except InputError as wrong:
                reading.failed.append(Reject(path.name, None, "", wrong.what, wrong.mend))
        _say_useless(folder, reading)
        tables = {name: lake.let_go(name) for name in assemble(reading, lake, progress)}
        rejects = reading.rejects()
    finally:
        reading.close()
    if progress:
        progress("reading", 1.0)
    return Facts(lake, firm, tables, rejects, tuple(reading.mapping), tuple(reading.notes))


def _files_in(folder: Path) -> list[Path]:
    if not folder.exists():
        raise InputError("no such folder", where=str(folder), mend="check the path")
    if not folder.is_dir():
        raise InputError(
            "this is a file, not a folder", where=str(folder), mend="`goodwill try FILE` looks at one file"
        )
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as refused:
        raise InputError(f"cannot be opened ({refused.strerror})", where=str(folder)) from refused
    written = {*(f"{name}.parquet" for name in RESULTS), "now.csv"}
    files = [path for path in paths if format_of(path) and path.name not in written]
    if not files:
        others = ", ".join(path.name for path in paths[:8]) or "nothing"
        raise InputError(
            f"no file that can be read (found {others})",
            where=str(folder),
            mend="put purchases.csv or messages.csv there (also .jsonl, .parquet)",
        )
    return files


def understand(source: Source, firm: Firm, notes: list[str], *, guess: bool = False) -> Understood:
    """Which tables a file holds, and how their columns are mapped; a dialect's note is added to `notes`.

    Raises InputError where neither its name nor its header tells (nor, with `guess`, its columns).
    """
    named = table_by_name(source.path)
    dialect = dialect_of(source)
    if dialect is not None and (named is None or named in {part.table for part in dialect.parts}):
        if dialect.note:
            notes.append(f"{source.name}: {dialect.note}")
        return Understood(dialect.parts[0].table, dialect.name, 0.95, apply(source, dialect, firm))
    if named is not None:
        return Understood(named, "its name", 1.0, [apply_plain(source, named, firm)])
    guessed = guess_table(source) if guess else None
    if guessed is not None:
        table, sure = guessed
        return Understood(table, "its columns", sure, [apply_plain(source, table, firm)])
    if not guess:
        raise InputError(
            "left aside: neither its name nor its header tells which table it is",
            where=source.name,
            mend=f"name it after one of {', '.join(TABLES)}",
        )
    columns = ", ".join(repr(column.name) for column in source.columns[:12])
    raise InputError(
        f"looks like no table that goodwill knows (columns: {columns})",
        where=source.name,
        mend="name it purchases.csv, messages.csv, ... and map its columns in goodwill.toml, [columns.purchases]",
    )


def table_by_name(path: Path) -> str | None:
    """The table that a file is named after.

    >>> table_by_name(Path("Purchases-2026.csv")), table_by_name(Path("orders.csv"))
    ('purchases', None)
    """
    stem = stem_of(path).casefold()
    return next((table for table in TABLES if re.match(rf"{table}(?![a-z])", stem)), None)


def _say_useless(folder: Path, reading: Reading) -> None:
    useful = [one for one in reading.typed if one.found.table in ("purchases", "messages")]
    for one in useful:
        kept = reading.connection.execute(f"SELECT count(*) FROM {one.stage}").fetchone()[0]
        if kept:
            return
    rejects = reading.rejects()
    first = f" (first: {rejects[0]})" if rejects else ""
    raise InputError(
        f"neither a purchase nor a message could be read{first}",
        where=str(folder),
        mend="bring purchases.csv or messages.csv; `goodwill try FILE` shows how a file is understood",
    )


def assemble(reading: Reading, lake: Lake, progress: Callable[[str, float], None] | None = None) -> dict[str, Any]:
    """Joins what the files gave into the tables of facts, each with its schema exactly, and checks them."""
    connection = reading.connection
    for name in TABLES:
        _lay(name, [one for one in reading.typed if one.found.table == name], connection)
    _lay_handles(reading)
    for typed in reading.typed:
        if typed.stage != typed.found.table:
            connection.execute(f"DROP TABLE {typed.stage}")
    if progress:
        progress("checking", 0.92)
    for name in TABLES:
        checks.unique(name, reading)
    checks.together(reading)
    for name, table in TABLES.items():
        keep = {column.name for column in table}
        for (column,) in connection.execute(
            f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{name}' ORDER BY column_index"
        ).fetchall():
            if column not in keep:
                connection.execute(f'ALTER TABLE {name} DROP COLUMN "{column}"')
    for spare in ("goodwill_twice", "goodwill_ranked"):
        connection.execute(f"DROP TABLE IF EXISTS {spare}")
    return {name: lake.connection.table(name) for name in TABLES}


def _lay(name: str, parts: list[Typed], connection: Any) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    columns = ", ".join(f"{identifier(column.name)} {SQL_TYPES[str(column.type)]}" for column in TABLES[name])
    if len(parts) == 1:
        # The only file's rows become the table as they lie: ten million rows are not copied again.
        connection.execute(f"ALTER TABLE {parts[0].stage} RENAME TO {name}")
        parts[0].stage = name
        return
    connection.execute(f"CREATE TABLE {name} ({columns}, _file INTEGER, _row BIGINT)")
    for part in parts:
        names = ", ".join(identifier(column) for column in TABLES[name].names)
        connection.execute(f"INSERT INTO {name} SELECT {names}, _file, _row FROM {part.stage}")


def _lay_handles(reading: Reading) -> None:
    """Columns that say who somebody is (an e-mail beside a purchase) become rows of handles."""
    insert = "INSERT INTO handles (customer_id, kind, value, channel, source, _file, _row)"
    for typed in reading.typed:
        for name in sorted(typed.styles.emails):
            reading.connection.execute(
                f"{insert} SELECT {name}, 'email', substr({name}, 7), NULL, {text(typed.source.name)}, _file, min(_row)"
                f" FROM {typed.stage} WHERE starts_with({name}, 'email:') GROUP BY ALL ORDER BY min(_row)"
            )
        for at, handle in enumerate(typed.found.handles):
            told = f"'{handle.kind}', _h{at}, {text(handle.channel) if handle.channel else 'NULL'}"
            reading.connection.execute(
                f"{insert} SELECT customer_id, {told}, {text(typed.source.name)}, _file, min(_row) FROM {typed.stage}"
                f" WHERE customer_id IS NOT NULL AND _h{at} IS NOT NULL GROUP BY ALL ORDER BY min(_row)"
            )
