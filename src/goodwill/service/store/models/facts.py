"""One model for each table of `goodwill.facts`, made from its schema: the vocabulary stands in one place.

Every fact carries beside its own columns: `row` (grows with every fact stored: the watermark for exports), `fact_key`
(its own key as one text, unique: the same fact twice is one), `fact_source` (the source that brought it), `batch`
(the raw batch it came in) and `arrived`. Facts are written in bulk by intake/, not by `save()`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models
from django.db.models.functions import Left, Lower

from goodwill.facts import TABLES
from goodwill.facts.schema import INSTANT, MONEY, WORDS, Column, Table

KEY_SEPARATOR = "\x1f"
ADDRESS_BEGINS = 200
"""Letters of an address that are in the index: PostgreSQL's takes 2,700 bytes a row."""


def key_of(table: str, row: dict[str, Any]) -> str:
    """A fact's key as one text.

    >>> key_of("messages", {"message_id": "forum:17"})
    'forum:17'
    """
    columns = TABLES[table].key or TABLES[table].names[:1]
    return KEY_SEPARATOR.join("" if row.get(name) is None else str(row[name]) for name in columns)


def keys_of(name: str, rows: pa.Table) -> pa.Array:
    """The key of each fact as one text, as `key_of` makes it."""
    columns = TABLES[name].key or TABLES[name].names[:1]
    texts = [_texts(rows[column]) for column in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, KEY_SEPARATOR)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of a key as text; an instant as Python writes it, for so it stands in the key."""
    if pa.types.is_timestamp(column.type):
        return pa.array(["" if one is None else str(one) for one in column.to_pylist()], pa.string())
    return pc.fill_null(column.cast(pa.string()), "").combine_chunks()


def _field(column: Column) -> models.Field[Any, Any]:
    optional: dict[str, Any] = {} if column.required else {"null": True, "blank": True}
    if column.type == INSTANT:
        return models.DateTimeField(**optional)
    if column.type == MONEY:
        return models.DecimalField(max_digits=18, decimal_places=2, **optional)
    if column.type == WORDS:
        return models.JSONField(**optional)
    if pa.types.is_string(column.type):
        return models.TextField(**optional)
    if pa.types.is_integer(column.type):
        return models.BigIntegerField(**optional)
    if pa.types.is_floating(column.type):
        return models.FloatField(**optional)
    if pa.types.is_boolean(column.type):
        return models.BooleanField(**optional)
    raise TypeError(f"no field for {column.name}: {column.type}")


def _bounds(table: Table) -> list[models.BaseConstraint]:
    """What the schema says of choices and bounds, held by the database itself."""
    found: list[models.BaseConstraint] = []
    for column in table:
        wanted = models.Q()
        if column.choices:
            wanted &= models.Q((f"{column.name}__in", list(column.choices)))
        if column.low is not None:
            wanted &= models.Q((f"{column.name}__gte", column.low))
        if column.high is not None:
            wanted &= models.Q((f"{column.name}__lte", column.high))
        if not wanted:
            continue
        if not column.required:
            wanted |= models.Q((f"{column.name}__isnull", True))
        found.append(models.CheckConstraint(condition=wanted, name=f"{table.name}_{column.name}_allowed"))
    return found


def _indexes(table: Table) -> list[models.Index]:
    """What the service asks for: whose it is, when it was, what it answers."""
    if table.name == "purchases":  # whose, then when: one more, of times alone, took a third of what storing them takes
        return [models.Index(fields=["customer_id", "at"], name="purchases_customer_at")]
    asked = [column.name for column in table if column.refers_to or column.name in ("at", "thread", "value")]
    indexes = [models.Index(fields=[name], name=f"{table.name}_{name}"[:30]) for name in asked]
    # Which channels and languages there are is found by one step of an index for each, organisations among persons too;
    # and the latest of a channel without looking at the others of it.
    listed = {"messages": (("channel", "at"),), "people": (("language", "fact_key"), ("kind",))}.get(table.name, ())
    indexes += [models.Index(fields=names, name=f"{table.name}_{names[0]}") for names in listed]
    if "author" in table:  # the same handle however it is written
        indexes.append(models.Index(Lower("author"), name=f"{table.name}_author"[:30]))
    if table.name == "messages":  # what a link leads to
        begins, said = Left("url", ADDRESS_BEGINS), models.Q(url__isnull=False)
        indexes.append(models.Index(begins, condition=said, name="messages_url"))
    return indexes


def _model(table: Table) -> type[models.Model]:
    meta = type(
        "Meta",
        (),
        {
            "app_label": "store",
            "db_table": f"fact_{table.name}",
            # Not `unique=True`, which on PostgreSQL would add a second index for patterns that nobody asks for.
            "constraints": [
                models.UniqueConstraint(fields=["fact_key"], name=f"{table.name}_fact_key"),
                *_bounds(table),
            ],
            "indexes": _indexes(table),
        },
    )
    fields: dict[str, Any] = {
        "row": models.BigAutoField(primary_key=True),
        # The fact's own key, made by `key_of`; a column called `key` (corrections) keeps its name.
        "fact_key": models.TextField(),
        "fact_source": models.TextField(default=""),
        "batch": models.BigIntegerField(null=True, db_index=True),
        "arrived": models.DateTimeField(),
    }
    fields |= {column.name: _field(column) for column in table}
    name = table.name.title().replace("_", "")
    fields |= {"Meta": meta, "__module__": __name__, "__doc__": f"{table.meaning} (goodwill.facts)."}
    return type(name, (models.Model,), fields)


FACTS: dict[str, type[models.Model]] = {table.name: _model(table) for table in TABLES.values()}
"""The model of each table of facts, by the table's name."""
OWN_COLUMNS = ("row", "fact_key", "fact_source", "batch", "arrived")
"""What the store adds to a fact's own columns."""
