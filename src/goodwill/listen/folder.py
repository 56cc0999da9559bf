"""A folder of files to facts: each file read in turn, then all of them together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import InputError
from goodwill.facts import RESULTS
from goodwill.firm import FILE_NAME, Firm
from goodwill.lake import Facts, Lake, Reject
from goodwill.listen.assembling import assemble
from goodwill.listen.reading import A_DAY, Reading
from goodwill.listen.source import format_of

if TYPE_CHECKING:
    from collections.abc import Callable


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
    files = files_in(folder)
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


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that may hold facts, by name; InputError where there is none."""
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
