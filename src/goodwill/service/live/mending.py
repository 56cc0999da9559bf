"""Corrections of facts: what a person corrected is so wherever facts are read from the store.

A correction names the table, the fact's key, the field and the value; the value 'none' means 'not known'. The latest of
each field wins, also over a newer version of the fact that its source sends. A message whose `customer_id` was
corrected to `NOBODY` is from nobody that we know, whatever handle it was written with.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.facts.schema import INSTANT, MONEY, WORDS
from goodwill.service.live import tables
from goodwill.service.store.models.facts import keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOBODY = "none"
SCHEMA = TABLES["corrections"].arrow


def corrections_of_facts(names: Sequence[str], keys: Sequence[str] | None = None) -> pa.Table:
    """What people corrected of the facts of some tables (of some keys alone), the latest last."""
    condition, parameters = tables.among('t."table"', list(names))
    if keys is not None:
        of_keys, listed = tables.among('t."key"', keys)
        condition, parameters = f"{condition} AND {of_keys}", [*parameters, *listed]
    return tables.few("fact_corrections", SCHEMA, condition, parameters, 'ORDER BY t."at", t."row"')


def mended(given: Mapping[str, pa.Table], corrections: pa.Table) -> dict[str, pa.Table]:
    """Tables of facts with the corrections that concern them."""
    found = dict(given)
    by_table: dict[str, list[dict[str, Any]]] = {}
    for row in corrections.to_pylist():
        if row["table"] in found and row["table"] != "corrections":
            by_table.setdefault(row["table"], []).append(row)
    for name, rows in by_table.items():
        found[name] = _mended(name, found[name], rows)
    return found


def stored(name: str, column: str, values: Sequence[str]) -> pa.Table:
    """Facts of a table of which a column is one of some values, as they hold: corrected where a person did so."""
    rows = tables.few(f"fact_{name}", TABLES[name].arrow, *tables.among(f"t.{tables.quoted(column)}", values))
    keys = keys_of(name, rows).to_pylist()
    return mended({name: rows}, corrections_of_facts([name], keys))[name] if keys else rows


def _mended(name: str, rows: pa.Table, corrections: list[dict[str, Any]]) -> pa.Table:
    keys = keys_of(name, rows)
    changed: dict[str, dict[str, str]] = {}
    for one in corrections:
        changed.setdefault(one["key"], {})[one["field"]] = one["value"]
    place = pc.index_in(pa.array(list(changed), pa.string()), value_set=keys).to_pylist()
    for (_, fields), row in zip(changed.items(), place, strict=True):
        if row is None:
            continue
        if name == "messages" and fields.get("customer_id") == NOBODY:
            fields |= {"customer_id": "", "author": ""}
        for field, value in fields.items():
            if field in TABLES[name]:
                rows = _set(rows, field, row, value)
    return rows


def _set(rows: pa.Table, field: str, row: int, value: str) -> pa.Table:
    kind = rows.schema.field(field).type
    try:
        new = pa.array([_read(value, kind)], kind)
    except (ValueError, KeyError, InvalidOperation, pa.ArrowInvalid):
        return rows  # what cannot be was refused when it was entered; an old one is left aside
    column = rows[field]
    parts = [*column.slice(0, row).chunks, new, *column.slice(row + 1).chunks]
    return rows.set_column(rows.schema.get_field_index(field), field, pa.chunked_array(parts, kind).combine_chunks())


def _read(value: str, kind: pa.DataType) -> Any:
    text = value.strip()
    if text.lower() in ("", NOBODY):
        return None
    if kind == INSTANT:
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    if kind == MONEY:
        return Decimal(text).quantize(Decimal("0.01"))
    if kind == WORDS:
        return [] if text == "none" else [word.strip() for word in text.split("|") if word.strip()]
    if pa.types.is_boolean(kind):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
    if pa.types.is_integer(kind):
        return int(text)
    return float(text) if pa.types.is_floating(kind) else value
