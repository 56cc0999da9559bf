"""People's decisions laid over what handles prove: only those whom a decision touches are worked out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.know.unite import SHARED_BY, United

if TYPE_CHECKING:
    from goodwill.know.history import History


def decided(united: United, records: pa.Array, record_of_handle: pa.Array, key: pa.Array, history: History) -> United:
    """`united` as the decisions in `history` let it stand; arguments otherwise as for `unite`."""
    touched = pa.array(sorted(history.touched()), pa.string())
    persons = united.person.filter(pc.is_in(records, value_set=touched))
    concerned = pc.is_in(united.person, value_set=persons)
    theirs = records.filter(concerned)
    if not len(theirs):
        return united
    now = history.persons(theirs.to_pylist(), _proofs(theirs, record_of_handle, key))
    changed = pa.array([now.person_of[record] for record in theirs.to_pylist()], united.person.type)
    return United(pc.replace_with_mask(united.person, concerned, changed), united.shared)


def _proofs(records: pa.Array, record_of_handle: pa.Array, key: pa.Array) -> list[tuple[str, ...]]:
    """The records that share each handle, of those handles that are not too widely shared to prove anything."""
    pairs = pa.table({"key": key, "record": record_of_handle}).filter(pc.is_valid(key)).group_by(["key", "record"])
    distinct = pairs.aggregate([])
    held = distinct.group_by("key").aggregate([("record", "count")])
    proving = held.filter(pc.less_equal(held["record_count"], SHARED_BY))["key"].combine_chunks()
    ours = distinct.filter(
        pc.and_(pc.is_in(distinct["key"], value_set=proving), pc.is_in(distinct["record"], value_set=records))
    )
    shared: dict[str, list[str]] = {}
    for handle, record in zip(ours["key"].to_pylist(), ours["record"].to_pylist(), strict=True):
        shared.setdefault(handle, []).append(record)
    return [tuple(sorted(group)) for _, group in sorted(shared.items()) if len(group) > 1]
