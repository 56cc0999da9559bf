"""What handles prove of some ids: which sure handles each has, and which of these make them one person.

As `know.identify` sees it at a valuation, for a few ids alone: facts as corrected, organisations proved by nothing, a
handle on more than eight records nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.know.unite import SHARED_BY
from goodwill.service.live import mending, people, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AUTHORS = pa.schema([(name, pa.string()) for name in ("message_id", "channel", "author", "customer_id")])


@dataclass(frozen=True)
class Proved:
    """`holders`: of each sure handle that some ids have, everybody who has it; `written`: as it stands in the facts."""

    holders: dict[str, frozenset[str]]
    written: dict[str, frozenset[str]]
    proofs: list[tuple[str, ...]]


def of(ids: Sequence[str]) -> Proved:
    """What is proved of these ids."""
    ours = _pairs(mending.stored("handles", "customer_id", ids), said_by(ids))
    holders: dict[str, set[str]] = {}
    written: dict[str, set[str]] = {}
    for key, one, text in ours:
        holders.setdefault(key, set()).add(one)
        written.setdefault(key, set()).add(text)
    asked = _also_anothers(holders, ids)
    texts = {text for key in asked for text in written[key]}
    for key, one, _ in _all_who_wrote(sorted(texts)):
        if key in asked:
            holders[key].add(one)
    organisations = organisations_among({one for some in holders.values() for one in some})
    here = set(ids)
    proofs = set()
    for some in holders.values():
        persons = some - organisations
        if len(persons) <= SHARED_BY and len(persons & here) > 1:
            proofs.add(tuple(sorted(persons & here)))
    return Proved(
        {key: frozenset(some) for key, some in holders.items()},
        {key: frozenset(some) for key, some in written.items()},
        sorted(proofs),
    )


def organisations_among(ids: Iterable[str]) -> set[str]:
    """Those of these ids that are organisations'."""
    rows = mending.stored("people", "fact_key", sorted(set(ids)))
    return set(rows.filter(pc.fill_null(pc.equal(rows["kind"], "organisation"), False))["customer_id"].to_pylist())


def said_by(ids: Sequence[str]) -> pa.Table:
    """Who wrote what these ids are said to have written, with which handle (AUTHORS), as corrected."""
    condition, parameters = tables.among("t.customer_id", ids)
    rows = tables.few("fact_messages", AUTHORS, f"{condition} AND t.author IS NOT NULL", parameters)
    given, theirs = tables.among('t."value"', ids)
    corrected = tables.few(
        "fact_corrections",
        pa.schema([("key", pa.string())]),
        f"t.\"table\" = 'messages' AND t.field = 'customer_id' AND {given}",
        theirs,
    )["key"].to_pylist()
    if corrected:
        others = tables.few("fact_messages", AUTHORS, *tables.among("t.fact_key", sorted(set(corrected))))
        new = others.filter(pc.invert(pc.is_in(others["message_id"], value_set=_flat(rows["message_id"]))))
        rows = pa.concat_tables([rows, new])
    rows = authors_mended(rows)
    return rows.filter(pc.is_in(rows["customer_id"], value_set=pa.array(list(ids), pa.string())))


def authors_mended(rows: pa.Table) -> pa.Table:
    """AUTHORS of messages as people corrected them."""
    corrections = mending.corrections_of_facts(["messages"], rows["message_id"].to_pylist())
    known = pc.is_in(corrections["field"], value_set=pa.array(AUTHORS.names))
    return mending.mended({"messages": rows}, corrections.filter(known))["messages"]


def _also_anothers(holders: dict[str, set[str]], ids: Sequence[str]) -> set[str]:
    """Handles that others may have too: several have them here, or they do not stand as the handle of one of these."""
    owner, ours = people.owners(holders), set(people.persons_of(ids).values())
    return {key for key, some in holders.items() if len(some) > 1 or owner.get(key) not in ours}


def _all_who_wrote(texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Everybody who has a handle that is written in one of these ways."""
    if not texts:
        return []
    forms = sorted({*texts, *(text.lower() for text in texts)})
    handles = mending.stored("handles", "value", forms)
    authors = sorted({form.lower() for form in forms})
    condition, parameters = tables.among("lower(t.author)", authors)
    said = tables.few("fact_messages", AUTHORS, f"{condition} AND t.customer_id IS NOT NULL", parameters)
    return _pairs(handles, authors_mended(said))


def _pairs(handles: pa.Table, said: pa.Table) -> list[tuple[str, str, str]]:
    """Who has which sure handle, and how it is written: each once."""
    named = said.filter(pc.and_(pc.is_valid(said["customer_id"]), pc.is_valid(said["author"])))
    sure = people.sure(handles)
    keys, ids = people.keys_of(handles, named)
    texts = [*sure["value"].to_pylist(), *named["author"].to_pylist()]
    rows = zip(keys, ids, texts, strict=True)
    return sorted({(key, one, text) for key, one, text in rows if key is not None and one is not None})


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
