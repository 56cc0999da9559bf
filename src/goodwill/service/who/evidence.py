"""What is compared when who is probably who is looked for: names, handles and the country, as people gave them.

One row for each id. Nothing else of anybody is looked at: no purchase, no word that they wrote, no health, wealth or
age. An organisation is nobody's other record, and whoever's terms forbid valuing is guessed at by nobody: what they
objected to is being worked out, and a guess at who else they are is that. (A handle that proves it still makes one
person of two records, so that their word holds for both.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL
from goodwill.know.handles import normalise_account
from goodwill.know.terms import VALUE_ME, holds
from goodwill.service.erasing import ERASED
from goodwill.service.live import people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodwill.firm import Firm

KINDS = ("email", "phone", "account", "card", "device")
COLUMNS = ("name", *KINDS, "country")
DISCLAIMED = 0.05
"""Handles held with less confidence than this were disclaimed."""


def table_of(persons: pa.Table, handles: pa.Table, firm: Firm, terms: pa.Table, person: Mapping[str, str]) -> pa.Table:
    """The records to compare: record_id and COLUMNS, in the order of ids.

    `persons`, `handles` and `terms` are facts; `person` says whom an id stands for where it is another's.
    """
    organisation = pc.fill_null(pc.equal(persons["kind"], "organisation"), False)
    nobody = pa.array([POOL, ERASED, *persons.filter(organisation)["customer_id"].to_pylist()], pa.string())
    ids = pc.unique(pa.concat_arrays([_flat(persons["customer_id"]), _flat(handles["customer_id"])])).drop_null()
    ids = ids.filter(pc.invert(pc.is_in(ids, value_set=nobody)))
    ids = ids.take(pc.sort_indices(ids))
    ids = ids.filter(_may_be_guessed_at(ids, firm, terms, person))
    columns: dict[str, pa.Array] = {"record_id": ids}
    given = handles.filter(pc.greater(pc.fill_null(handles["confidence"], 1.0), DISCLAIMED))
    own = _first(persons, "customer_id", "name", ids)
    columns["name"] = pc.coalesce(own, _handle(given, "name", ids))
    columns |= {kind: _handle(given, kind, ids) for kind in KINDS}
    columns["account"] = normalise_account(columns["account"])
    columns["country"] = _first(persons, "customer_id", "country", ids)
    return pa.table(columns)


def _may_be_guessed_at(ids: pa.Array, firm: Firm, terms: pa.Table, person: Mapping[str, str]) -> pa.Array:
    of_ids = pa.array([person.get(one, one) for one in ids.to_pylist()], pa.string())
    found: pa.Array = holds(people.in_persons("terms", terms, dict(person)), firm, VALUE_ME, of_ids)
    return found


def _handle(handles: pa.Table, kind: str, ids: pa.Array) -> pa.Array:
    """The surest handle of a kind of each id."""
    some = handles.filter(pc.equal(handles["kind"], kind))
    sure = pc.fill_null(some["confidence"], 1.0)
    some = some.append_column("sure", pc.add(sure, pc.fill_null(some["verified"], False).cast(pa.float64())))
    ordered = some.sort_by([("customer_id", "ascending"), ("sure", "descending"), ("value", "ascending")])
    return _first(ordered, "customer_id", "value", ids)


def _first(rows: pa.Table, key: str, column: str, ids: pa.Array) -> pa.Array:
    """Of each id the first row's value."""
    place = pc.index_in(ids, value_set=_flat(rows[key]))
    return _flat(rows[column]).take(place)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
