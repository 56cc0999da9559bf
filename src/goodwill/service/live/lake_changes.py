"""The lake follows what was edited, removed, undone or corrected since facts were written to it (`LakeChange`).

Files are rewritten one by one, each put in the place of the old one at once. A crash in between leaves changes that are
carried out again at the next export, with the same result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goodwill.facts import TABLES
from goodwill.lake import write_table
from goodwill.service.live import mending, tables
from goodwill.service.live.lake_shape import by_month, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CHANGE = pa.schema([("id", pa.int64()), ("table", pa.string()), ("fact_key", pa.string()), ("upto", pa.int64())])
AT_ONCE = 10_000


def follow(store: tables.Snapshot, folder: Path) -> list[int]:
    """Rewrites the files concerned, as the store stands in this look at it; the changes that are done then."""
    found = store.table("lake_change", CHANGE)
    for name in TABLES:
        of_table = found.filter(pc.equal(found["table"], name))
        if of_table.num_rows and (folder / name).is_dir():
            upto = of_table.group_by("fact_key").aggregate([("upto", "max")])
            _rewrite(folder / name, name, upto["fact_key"].combine_chunks(), upto["upto_max"].combine_chunks())
            _add_again(
                folder / name, name, dict(zip(*(upto[one].to_pylist() for one in upto.column_names), strict=True))
            )
    ids: list[int] = found["id"].to_pylist()
    return ids


def done(changes: Iterable[int]) -> None:
    """Forgets changes that the lake has followed."""
    from goodwill.service.store.models import LakeChange

    ids = list(changes)
    for start in range(0, len(ids), AT_ONCE):
        LakeChange.objects.filter(pk__in=ids[start : start + AT_ONCE]).delete()


def _rewrite(folder: Path, name: str, keys: pa.Array, upto: pa.Array) -> None:
    """Drops the versions of these facts up to these rows from every file that has any."""
    columns = ["row", *(TABLES[name].key or TABLES[name].names[:1])]
    for file in sorted(folder.glob("month=*/*.parquet")):
        rows = pq.ParquetFile(file).read(columns)
        place = pc.index_in(mending.keys_of(name, rows), value_set=keys)
        last = upto.take(place)  # null where the fact is not among them
        goes = pc.fill_null(pc.less_equal(rows["row"].combine_chunks(), last), False)
        if not pc.any(goes).as_py():
            continue
        left = pq.ParquetFile(file).read().filter(pc.invert(goes))
        if left.num_rows:
            write_table(left, file)
        else:
            file.unlink()


def _add_again(folder: Path, name: str, upto: dict[str, int]) -> None:
    """Facts that were corrected where they stand: they keep their row, so no export would bring them otherwise."""
    keys = sorted(upto)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        rows = tables.few(f"fact_{name}", schema_of(name), *tables.among("t.fact_key", some), 'ORDER BY t."row"')
        last = pa.array([upto[key] for key in mending.keys_of(name, rows).to_pylist()], pa.int64())
        rows = rows.filter(pc.less_equal(rows["row"].combine_chunks(), last))
        for month, of_month in by_month(name, rows):
            numbers = of_month["row"]
            first, final = numbers[0].as_py(), numbers[-1].as_py()
            file = folder / f"month={month}" / f"{first:012d}-{final:012d}-corrected.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():
                of_month = pa.concat_tables([pq.ParquetFile(file).read().cast(of_month.schema), of_month])
            write_table(of_month, file)
