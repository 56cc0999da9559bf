"""The check sample: messages that nobody chose, for a person to look at, so that figures hold for all messages."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError
from goodwill.understand.corrections import NO_TEXT
from goodwill.understand.labels import Labels, labels_of

if TYPE_CHECKING:
    from goodwill.lake import Facts

AT_LEAST, LABELLED = 20, 0.95
"""The check sample counts from so many messages on, and as far as this share of them was looked at."""


def check_order(readings: pa.Table) -> list[int]:
    """Places of the readings that have text, in the order in which a person should check them: by a hash of the
    message's identifier, which knows nothing of what was said or read, so that the first so many are a fair sample."""
    lanes = readings["lane"].to_pylist()
    ids = readings["message_id"].to_pylist()
    return sorted(
        (place for place, lane in enumerate(lanes) if lane != NO_TEXT),
        key=lambda place: (hashlib.blake2b(ids[place].encode(), digest_size=8).digest(), ids[place]),
    )


def checked_sample(readings: pa.Table, labels: Labels) -> npt.NDArray[np.int64]:
    """Rows of M that are the first in `check_order`, as far as nearly all of these had their mood looked at."""
    row_of = {int(labels.place[row]): row for row in np.flatnonzero(~np.isnan(labels.mood)).tolist()}
    order = check_order(readings)
    seen = np.array([place in row_of for place in order], bool)
    share = np.cumsum(seen) / np.arange(1, len(seen) + 1)
    enough = np.flatnonzero((share >= LABELLED) & seen & (np.arange(len(seen)) + 1 >= AT_LEAST))
    if not len(enough):
        return np.zeros(0, np.int64)
    return np.array([row_of[place] for place in order[: enough[-1] + 1] if place in row_of], np.int64)


def sample(facts: Facts, readings: pa.Table, count: int) -> pa.Table:
    """The next messages of the check sample that nobody looked at yet, for a person to confirm or correct.

    Returns:
        Columns of `corrections` (field 'mood', value as it was read), and the text beside them.

    Raises:
        InputError: a count below 1.
    """
    if count < 1:
        raise InputError(f"a sample of {count} messages", mend="give a number from 1 on")
    labels = labels_of(readings, facts.arrow("corrections"))
    seen = {int(labels.place[row]) for row in np.flatnonzero(~np.isnan(labels.mood))}
    places = [place for place in check_order(readings) if place not in seen][:count]
    said = readings.take(pa.array(places, pa.int64()))
    messages = facts.arrow("messages")
    texts = messages["text"].take(
        pc.index_in(said["message_id"].combine_chunks(), messages["message_id"].combine_chunks())
    )
    blank = pa.array([""] * len(places), pa.string())
    return pa.table(
        {
            "table": pa.array(["readings"] * len(places), pa.string()),
            "key": said["message_id"],
            "field": pa.array(["mood"] * len(places), pa.string()),
            "value": pc.fill_null(said["mood"], ""),
            "by": blank,
            "at": blank,
            "text": texts,
        }
    )
