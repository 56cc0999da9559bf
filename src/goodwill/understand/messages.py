"""A firm's messages to readings: the texts, and beside them the stars, the firm's topics, the flow, the corrections."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import SettingsError
from goodwill.facts import INTENTS
from goodwill.understand.by_example import with_examples
from goodwill.understand.corrections import NO_TEXT, correct, with_certainty
from goodwill.understand.flow import Flows
from goodwill.understand.reader import NOT_READ, Readings, read, table
from goodwill.understand.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from goodwill.lake import Facts
    from goodwill.understand.adapt import Adapted

BY_RATING = "rating"
"""The lane of a message whose text could not be read, but whose stars say its mood."""

STARS_SAY = np.array(
    [
        # negative, neutral, positive
        [0.90, 0.08, 0.02],  # one star
        [0.75, 0.20, 0.05],
        [0.25, 0.55, 0.20],
        [0.06, 0.24, 0.70],
        [0.03, 0.07, 0.90],  # five stars
    ]
)
"""How likely each mood is under 1 to 5 stars: goodwill's own assumption, not measured. People press the wrong star, and
five stars may come with a complaint, so it shifts what the text says rather than replacing it."""


def read_messages(facts: Facts, progress: Callable[[str, float], None] | None = None) -> pa.Table:
    """Reads every message of a firm.

    Mood, intents, urgency and language are those of `read_texts`, in the lane that `[reading]` of goodwill.toml names
    (fast without it), with its cut-offs. Where stars were given, mood is combined in log-odds:
    log p(mood) = log p(mood | text) + log p(mood | stars) + constant, with `STARS_SAY` (naive Bayes with even priors);
    where only the stars could be read, they alone say it and the lane is 'rating'. Topics come from `[topics]`, flow
    from who speaks to whom about whom (`goodwill.understand.flow`). Corrections win. Where
    `[reading]` names the firm's own reader (`goodwill.understand.adapt`), the heads that it learnt are shifted by it.

    Returns:
        One row a message, in the order of message_id, with the columns of `facts.READINGS`.

    >>> from goodwill.facts import TABLES
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> said = [{"message_id": "x:1", "text": "The parcel never arrived!", "rating": 1.0, "to_us": True}]
    >>> firm = Firm.model_validate({"topics": {"delivery": ["parcel"]}})
    >>> facts = Facts.from_arrow(firm, {"messages": pa.Table.from_pylist(said, schema=TABLES["messages"].arrow)})
    >>> read_messages(facts).select(["mood", "topic", "flow"]).to_pylist()
    [{'mood': 'negative', 'topic': 'delivery', 'flow': 3}]
    """
    messages = facts.arrow("messages")
    texts = ["" if text is None else text for text in messages["text"].to_pylist()]

    def reading(done: float) -> None:
        if progress:
            progress("understand", done)

    way = facts.firm.reading
    _only_intents(way.cut_offs)
    found = read(texts, reading, Topics(facts.firm.topics), way.lane, way.speed, way.threads)
    if way.own is not None:
        found = _adapted(way.own).adjust(found, texts)
    found.topics = with_examples(found.topics, texts, facts.firm.examples)
    _add_stars(found, messages["rating"].to_numpy(zero_copy_only=False))
    readings = table(messages["message_id"].combine_chunks(), found, way.cut_offs)
    readings = readings.set_column(
        readings.schema.get_field_index("flow"), readings.schema.field("flow"), _flows(facts, messages, texts)
    )
    return correct(with_certainty(readings, way.review_below), facts.arrow("corrections"))


def _adapted(file: Path) -> Adapted:
    """The firm's own reader as it lies on the disk now; read again only where the file has changed."""
    try:
        return _loaded(file, file.stat().st_mtime_ns)
    except FileNotFoundError as missing:
        raise SettingsError(
            f"there is no own reader {str(file)!r}",
            where="[reading] own",
            mend="make it with goodwill evaluate --adapt, or take the line away",
        ) from missing


@lru_cache(maxsize=4)
def _loaded(file: Path, _changed: int) -> Adapted:
    from goodwill.understand.adapt import Adapted

    return Adapted.load(file)


def _only_intents(cut_offs: Mapping[str, float]) -> None:
    for name in cut_offs:
        if name not in INTENTS:
            raise SettingsError(
                f"no intent is called {name!r}",
                where="[reading.cut_offs]",
                mend=f"the intents are {', '.join(INTENTS)}",
            )


def _add_stars(found: Readings, rating: npt.NDArray[np.float64]) -> None:
    """Adds what the stars say to what the text says."""
    given = np.asarray(rating, np.float64)
    starred = np.flatnonzero(~np.isnan(given))
    stars = np.clip(np.round(given[starred]), 1, 5).astype(int)
    unread: npt.NDArray[np.bool_] = np.asarray(np.isnan(found.mood_log_odds[starred]).any(axis=1))
    base = np.where(unread[:, None], 0.0, found.mood_log_odds[starred])
    found.mood_log_odds[starred] = base + np.log(STARS_SAY[stars - 1])
    for place in starred[unread].tolist():
        if found.lane[place] in (NO_TEXT, NOT_READ):
            found.lane[place] = BY_RATING


def _flows(facts: Facts, messages: pa.Table, texts: list[str]) -> pa.Array:
    flows = Flows(facts.firm.name, facts.firm.competitors.names)
    columns: dict[str, list[Any]] = {
        name: messages[name].to_pylist()
        for name in ("message_id", "to_us", "about", "author", "channel", "in_reply_to")
    }
    author_of = dict(zip(columns["message_id"], columns["author"], strict=True))
    return pa.array(
        [
            flows.of(text, to_us, about, author, channel, author_of.get(answers))
            for text, to_us, about, author, channel, answers in zip(
                texts,
                columns["to_us"],
                columns["about"],
                columns["author"],
                columns["channel"],
                columns["in_reply_to"],
                strict=True,
            )
        ],
        pa.int64(),
    )
