"""Rows of our tables in a signed body: what the kinds that the firm itself writes to have in common.

A body is `{"messages": [{…}, …], "purchases": […]}`; or a list of rows, or a single one, with `?table=messages` in the
address; or as Standard Webhooks advises, `{"type": "messages", "timestamp": …, "data": {…}}`. Beside the tables there
may be `"edited": {table: rows}`, which take the place of what is held under the same key, and `"removed": {table:
keys}`. Columns are those of docs/facts.md, ids are the firm's own, as in its files.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from goodwill.errors import NotUnderstood
from goodwill.facts.tables import TABLES
from goodwill.listen.posted.payload import cleaned, kind
from goodwill.listen.sources.kind import Heard, Place, Row

MOST_ROWS = 10_000
AS_WRITTEN = "docs/sources.md says how rows are sent"


def rows_into(heard: Heard, place: Place, body: Any, table: str, sender: str) -> None:
    """Puts a body's rows into what is heard. Raises NotUnderstood."""
    if isinstance(body, Mapping) and isinstance(body.get("type"), str) and "data" in body and not table:
        body, table = body["data"], body["type"].removeprefix("facts.")
    if table:
        body = {table: body}
    if not isinstance(body, Mapping):
        raise NotUnderstood(f"it is {kind(body)}, and no table is named", where=f"{sender}, the body", mend=AS_WRITTEN)
    for name, given in body.items():
        if name in ("edited", "removed"):
            continue
        table = _known(name, sender, name)
        heard.facts[table] = _rows(place, table, given, sender, name)
    for name, given in _inner(body, "edited", sender).items():
        table = _known(name, sender, f"edited.{name}")
        heard.edited[table] = _rows(place, table, given, sender, f"edited.{name}")
    for name, given in _inner(body, "removed", sender).items():
        table = _known(name, sender, f"removed.{name}")
        heard.removed[table] = _keys(given, sender, f"removed.{name}")
    total = sum(len(some) for found in (heard.facts, heard.edited, heard.removed) for some in found.values())
    if total > MOST_ROWS:
        raise NotUnderstood(f"it has {total:,} rows", where=f"{sender}, the body", mend=f"send {MOST_ROWS:,} at most")
    if not total:
        heard.said.append("it has no rows")


def _inner(body: Mapping[str, Any], name: str, sender: str) -> Mapping[str, Any]:
    given = body.get(name) or {}
    if not isinstance(given, Mapping):
        raise NotUnderstood(f"it is {kind(given)}, not an object", where=f"{sender}, {name}", mend=AS_WRITTEN)
    return given


def _known(name: str, sender: str, where: str) -> str:
    if name not in TABLES:
        near = difflib.get_close_matches(name[:80], TABLES, n=1)
        mend = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(TABLES)}"
        raise NotUnderstood(f"no table of facts is called {name[:80]!r}", where=f"{sender}, {where[:90]}", mend=mend)
    return name


def _rows(place: Place, table: str, given: Any, sender: str, where: str) -> list[Row]:
    rows = given if isinstance(given, list) else [given]
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            here = f"{sender}, {where}[{at}]"
            raise NotUnderstood(f"it is {kind(row)}, not an object", where=here, mend=AS_WRITTEN)
    has_source = table in ("messages", "handles")
    return [{**({"source": place.name} if has_source else {}), **_plain(row)} for row in rows]


def _plain(value: Any) -> Any:
    """Values as they can be stored: numbers with a point as texts of themselves, so that a sum stays exact."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {cleaned(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _keys(given: Any, sender: str, where: str) -> list[str]:
    keys = given if isinstance(given, list) else [given]
    for at, key in enumerate(keys):
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise NotUnderstood(f"it is {kind(key)}, not an id", where=f"{sender}, {where}[{at}]", mend=AS_WRITTEN)
    return [cleaned(str(key)) for key in keys]
