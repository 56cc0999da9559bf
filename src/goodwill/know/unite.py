"""Records that share a handle are one person: the connected parts of the graph of records and handles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SHARED_BY = 8
"""A handle on more records than this is a house's, not a person's (info@, a till's device), and unites nobody."""


@dataclass(frozen=True, slots=True)
class United:
    """Which person each record is, and which handles were too widely shared to say."""

    person: pa.Array  # one for each of `records`: the canonical record's id
    shared: list[str]  # handle keys that unite nobody


def unite(records: pa.Array, record_of_handle: pa.Array, key: pa.Array) -> United:
    """Unites the records that any handle links.

    `records` are distinct ids, shape (n,); `record_of_handle` and `key` say, pair by pair, who has which handle.
    The person's id is the first of its records' ids, those made up from an e-mail last.

    >>> unite(pa.array(["b", "a", "c"]), pa.array(["a", "b", "c"]), pa.array(["x", "x", "y"])).person.to_pylist()
    ['a', 'a', 'c']
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(records)
    who = pc.index_in(record_of_handle, records)
    known = pc.and_(pc.is_valid(who), pc.is_valid(key))
    who, codes = who.filter(known), key.filter(known).dictionary_encode()
    rows = who.to_numpy(zero_copy_only=False).astype(np.int64)
    columns = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    pairs = np.unique(np.stack([rows, columns], axis=1), axis=0) if len(rows) else np.empty((0, 2), np.int64)
    holders = np.bincount(pairs[:, 1], minlength=len(codes.dictionary))
    pairs = pairs[holders[pairs[:, 1]] <= SHARED_BY] if len(pairs) else pairs
    size = count + len(codes.dictionary)
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], count + pairs[:, 1])), shape=(size, size))
    part = connected_components(graph, directed=False)[1][:count]
    shared = codes.dictionary.take(pa.array(np.flatnonzero(holders > SHARED_BY))).to_pylist()
    return United(records.take(pa.array(_first_of_each(records, part))), sorted(shared))


def _first_of_each(records: pa.Array, part: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """For each record the position of its person's canonical record."""
    order = pc.sort_indices(
        pa.table({"made_up": pc.starts_with(records, "email:"), "id": records}),
        sort_keys=[("made_up", "ascending"), ("id", "ascending")],
    ).to_numpy()
    _, first = np.unique(part[order], return_index=True)
    canonical = np.empty(part.max() + 1 if len(part) else 0, np.int64)
    canonical[part[order[first]]] = order[first]
    return canonical[part]
