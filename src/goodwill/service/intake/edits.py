"""Asking for a change of facts that are held: each is a batch like any other, carried out in its turn by the drainer.

So an edit that comes after its fact is applied after it, whatever waits, and happens exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.intake.accept import as_json, check, check_source, keep_unchecked, known
from goodwill.service.intake.body import rows_of
from goodwill.service.intake.limits import MOST_KEY_BYTES
from goodwill.service.intake.refused import Refused
from goodwill.service.store.models import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodwill.service.intake.columns import Row


def replace_rows(table: str, rows: list[Row], *, source: str, by: str) -> Batch:
    """Rows that take the place of the facts that have their keys; one whose key is not held is a new fact.

    A field that a row does not name stays as it is; one named as None is emptied. What a person corrected stays
    corrected. A fact that came from another source is left alone, and the row listed as one that could not be read; a
    person (source 'goodwill') may replace any. Messages are read again. `by` is who asked: the audit log says so.
    Raises Refused as `store_rows` does.
    """
    known(table)
    check_source(source)
    check(table, rows_of(as_json(rows))[0])
    return keep_unchecked(table, rows, source=source, by=by, kind=Batch.EDIT)


def remove(table: str, keys: Iterable[str], *, source: str, by: str) -> Batch:
    """Facts that are to go, by their keys (`store.models.key_of`), with all that was made of them, from the lake too.

    A key that is not held is harmless; a fact of another source is left alone, as in `replace_rows`.
    """
    known(table)
    check_source(source)
    wanted = list(keys)
    for at, key in enumerate(wanted, 1):
        if not isinstance(key, str) or not key or len(key.encode("utf-8", "replace")) > MOST_KEY_BYTES:
            raise Refused(422, "this is no key of a fact", where=f"key {at}", mend="give it as 'source:external id'")
    if not wanted:
        raise Refused(422, "there is no key in it", where=table, mend="name what is to go")
    return keep_unchecked(table, [{"key": key} for key in wanted], source=source, by=by, kind=Batch.REMOVE)
