"""Writing the firm's files: CSV where a person might open them, Parquet where they are large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from goodwill.demo import stories
from goodwill.demo.setting import SOURCES, START

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from goodwill.demo.talk import Flags, Integers, Reals

LARGE = 20_000
"""From this number of customers on, the large tables are written as Parquet."""
LARGE_TABLES = frozenset({"people", "handles", "purchases", "messages", "actions", "responses", "referrals", "events"})
_START_US = int(START.timestamp()) * 1_000_000


def times(at: Reals) -> pa.Array:
    """Days since the shop opened as UTC instants, to the second; what is not finite is null."""
    known = np.isfinite(at)
    seconds = np.floor(np.where(known, at, 0.0) * 86_400 + 1e-6).astype(np.int64)
    values: pa.Array = pa.array(_START_US + seconds * 1_000_000, mask=~known)
    return values.cast(pa.timestamp("us", tz="UTC"))


def money(cents: Integers, known: Flags | None = None) -> pa.Array:
    """Cents as decimal(18, 2), without a detour through floats; null where not `known`."""
    whole = np.ascontiguousarray(cents, dtype=np.int64)
    wide = np.empty((len(whole), 2), dtype=np.int64)
    wide[:, 0], wide[:, 1] = whole, whole >> 63
    mask = None
    if known is not None and not known.all():
        mask = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(whole), [mask, pa.py_buffer(wide.tobytes())])


def words_of(codes: Integers, words: tuple[str, ...]) -> pa.Array:
    """Codes as words; a negative code is null."""
    indices = pa.array(codes, mask=codes < 0, type=pa.int32())
    return pa.DictionaryArray.from_arrays(indices, pa.array(words)).cast(pa.string())


def numbers(values: npt.NDArray[Any], known: Flags) -> pa.Array:
    """Numbers, null where not known."""
    return pa.array(values, mask=~known)


def strings(values: list[str]) -> pa.Array:
    """Strings; an empty one is null."""
    return pc.if_else(pc.equal(column := pa.array(values, type=pa.string()), ""), None, column)


def customer_ids(who: Integers) -> pa.Array:
    """Customers' numbers as ids (C0000001 is the first); a negative number is null."""
    padded = pc.utf8_lpad(pa.array(who + 1, mask=who < 0).cast(pa.string()), width=7, padding="0")
    return pc.binary_join_element_wise(pa.scalar("C"), padded, "")


def message_ids(sheet: dict[str, npt.NDArray[Any]]) -> list[str]:
    """Every message's id: its source and a running number; the stories' own where they have one."""
    said = stories.tell().said
    return [
        said[told].message_id if told >= 0 else f"{SOURCES[channel]}:{row + 1}"
        for row, (channel, told) in enumerate(zip(sheet["channel"].tolist(), sheet["told"].tolist(), strict=True))
    ]


def write(folder: Path, name: str, blocks: Iterable[pa.Table], customers: int) -> None:
    """Writes one of the firm's tables, block by block; the other form of it, from an earlier call, goes."""
    for ending in ("csv", "jsonl", "parquet"):
        (folder / f"{name}.{ending}").unlink(missing_ok=True)
    if customers <= LARGE or name not in LARGE_TABLES:
        pa_csv.write_csv(_flat(pa.concat_tables(blocks)), folder / f"{name}.csv")
        return
    writer: Any = None
    for block in blocks:
        if writer is None:
            writer = pq.ParquetWriter(folder / f"{name}.parquet", block.schema, compression="zstd")
        writer.write_table(block, row_group_size=500_000)
    writer.close()


def _flat(table: pa.Table) -> pa.Table:
    """For CSV: instants in ISO 8601 with Z, decimals and lists as text."""
    columns = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column.cast(pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_list(column.type):
            column = pc.binary_join(column, "; ")
        elif pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=table.column_names)
