"""The lake: facts as Parquet, a folder a table and a month, so that DuckDB and Spark read them where they lie.

Each export takes what arrived since the last one, by `row`; a file is named by its first and last row. Files hold facts
as they arrived: where one came again in a newer version, the file with the greater `row` holds. What was edited,
removed or corrected is no longer in it after the next export (`lake_changes`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from goodwill.facts import TABLES
from goodwill.lake import write_table
from goodwill.service.live import lake_changes, tables
from goodwill.service.live.lake_shape import by_month, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARKS = "exported.json"
AT_ONCE = 500_000
"""Rows that lie in memory at a time."""


def export_lake(progress: Callable[[str, float], None] | None = None) -> dict[str, int]:
    """Writes what is new to the lake in the installation's home; how many rows of each table.

    Carried out again after a crash it does the same: files beyond the mark are made anew.
    """
    from goodwill.service.home import home

    folder = home().lake
    folder.mkdir(parents=True, exist_ok=True)
    marks: dict[str, int] = json.loads((folder / MARKS).read_text()) if (folder / MARKS).exists() else {}
    written: dict[str, int] = {}
    with tables.snapshot() as store:
        for place, name in enumerate(TABLES):
            if progress:
                progress(f"exporting {name}", place / len(TABLES))
            last = store.number(f'SELECT max("row") FROM fact_{name}')
            mark = int(marks.get(name, 0))
            if last <= mark:
                continue
            _drop_beyond(folder / name, mark)
            written[name] = _export(store, folder / name, name, mark, last)
            marks[name] = last
            _keep(folder / MARKS, marks)
        changed = lake_changes.follow(store, folder)
    lake_changes.done(changed)
    return written


def _drop_beyond(folder: Path, mark: int) -> None:
    for file in folder.glob("month=*/*.parquet"):
        if int(file.stem.split("-")[0]) > mark:
            file.unlink()


def _export(store: tables.Snapshot, folder: Path, name: str, mark: int, last: int) -> int:
    schema, rows = schema_of(name), 0
    while mark < last:
        # The rows of a table have gaps, so a step is by number of rows and never by their numbers.
        part = store.table(
            f"fact_{name}", schema, f't."row" > {mark} AND t."row" <= {last}', f'ORDER BY t."row" LIMIT {AT_ONCE}'
        )
        if not part.num_rows:
            break
        for month, of_month in by_month(name, part):
            numbers = of_month["row"]
            to = folder / f"month={month}"
            to.mkdir(parents=True, exist_ok=True)
            write_table(of_month, to / f"{numbers[0].as_py():012d}-{numbers[-1].as_py():012d}.parquet")
        rows += part.num_rows
        mark = int(part["row"][-1].as_py())
    return rows


def _keep(path: Path, marks: dict[str, int]) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(marks, indent=1, sort_keys=True))
    unfinished.replace(path)
