"""Whether anything is held under an id: nobody is merged with an id that was mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from goodwill.errors import InputError
from goodwill.facts import POOL, TABLES
from goodwill.service.erasing import ERASED
from goodwill.service.live import tables

if TYPE_CHECKING:
    from collections.abc import Collection

_WHERE = [
    (f"fact_{table.name}", "fact_key" if table.name == "people" else column.name)
    for table in TABLES.values()
    for column in table
    if column.refers_to == "people.customer_id" or (table.name, column.name) == ("people", "customer_id")
]


def required(ids: Collection[str]) -> None:
    """Raises InputError for the first of these ids under which nothing is held, or that is nobody's own."""
    missing = sorted(set(ids) - among(sorted(set(ids))))
    missing += sorted({POOL, ERASED} & set(ids))
    if missing:
        raise InputError(
            f"nothing is held under the id {missing[0][:80]!r}", where="who is who", mend="give an id of a customer"
        )


def among(ids: Collection[str]) -> set[str]:
    """Those of these ids under which any fact is held."""
    found: set[str] = set()
    for table, column in _WHERE:
        left = sorted(set(ids) - found)
        if not left:
            break
        condition, parameters = tables.among(f"t.{column}", left)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT t.{column} FROM {table} t WHERE {condition}", parameters)
            found |= {row[0] for row in cursor.fetchall()}
    return found
