"""Messages beside their readings, as several rooms count them: which intents hold, and who the authors are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import Flags, Integers, places
from goodwill.facts.results import INTENTS


def intents_held(table: pa.Table) -> Flags:
    """[N, 9] which intents hold, in the order of INTENTS. `table` has the columns `intent` and `intents`.

    >>> said = {"intent": ["thanks", None], "intents": pa.array([["thanks", "praise"], None], pa.list_(pa.string()))}
    >>> [[INTENTS[place] for place in np.flatnonzero(row)] for row in intents_held(pa.table(said))]
    [['praise', 'thanks'], []]
    """
    known = pa.array(INTENTS)
    holds = np.zeros((table.num_rows, len(INTENTS)), dtype=bool)
    first = places(table["intent"], known)
    holds[np.flatnonzero(first >= 0), first[first >= 0]] = True
    lists = table["intents"].combine_chunks()
    each = places(pc.list_flatten(lists), known)
    whose = np.asarray(pc.list_parent_indices(lists))
    holds[whose[each >= 0], each[each >= 0]] = True
    return holds


def authors(table: pa.Table) -> Integers:
    """[N] one number for each author: by customer, else by handle and channel, else the message stands alone.

    >>> said = {"message_id": ["1", "2", "3"], "customer_id": [None, None, "c"], "channel": ["x"] * 3}
    >>> authors(pa.table(said | {"author": ["Kim", "kim", None]})).tolist()
    [0, 0, 1]
    """
    name = pc.coalesce(
        pc.binary_join_element_wise(pa.scalar("customer"), table["customer_id"], "\x1f"),
        pc.binary_join_element_wise(
            pa.scalar("author"), pc.fill_null(table["channel"], ""), pc.utf8_lower(table["author"]), "\x1f"
        ),
        pc.binary_join_element_wise(pa.scalar("message"), table["message_id"], "\x1f"),
    )
    return np.asarray(pc.dictionary_encode(name.combine_chunks()).indices).astype(np.int64)
