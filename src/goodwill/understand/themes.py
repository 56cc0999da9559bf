"""Themes: what customers talk about that nobody listed, named by their own words, and what is new or growing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import InputError
from goodwill.privacy import mask
from goodwill.understand.clusters import centres_of, merged, nearest_centre, reduced, risen_spots, unit
from goodwill.understand.surprise import Surprise, surprise
from goodwill.understand.wording import names_of, tf_idf, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.lake import Facts
    from goodwill.understand.clusters import Directions
    from goodwill.understand.tokens import Positions
    from goodwill.understand.vectors import Vectors
    from goodwill.understand.wording import Wording

WEEKS = 26
"""How far back themes look."""
LEAST = 5
"""A theme of fewer messages is nobody's business."""
CERTAIN = 0.05
"""How likely it may be, over all themes together, that one is called new or growing by chance."""

_SAMPLE = 12_000  # messages from which centres are found
_SCANNED = 4_000  # messages of this week around which more than expected is looked for
_MOST_SPOTS = 12
_MOST_THEMES = 60
_WIDTH = 100  # directions of the words where no vectors are given
_LIKE_WORDS, _LIKE_VECTORS = 0.45, 0.5  # a message less like its centre has no theme
_SAME_WORDS, _SAME_VECTORS = 0.7, 0.75  # centres more like each other are one theme
_NEAR_WORDS, _NEAR_VECTORS = 0.65, 0.7  # neighbours in the scan, chosen on Banking77 as a stream of weeks
_EXAMPLES = 3
_EXAMPLE_LETTERS = 240
_RARE = 0.1  # a theme is new where the past had less than this part of this week's number, a week
_WEEK = 7 * 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Example:
    """One message of a theme, personal data masked; `place` is its position in the texts given."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Theme:
    """What some messages have in common."""

    name: str
    words: tuple[str, ...]
    messages: int
    weeks: tuple[int, ...]  # messages a week, oldest first, the seven days up to the present last
    state: str  # 'new', 'growing', 'falling', 'steady', or 'too early' where there is too little past to say
    expected: float | None  # this week, by the weeks before
    severity: float | None  # −log10 of the chance that so many come by chance
    negative: float | None  # the share of negatives among those whose mood was read
    topic: str | None  # the firm's own topic that most of its messages have
    examples: tuple[Example, ...]
    places: Positions = field(repr=False, compare=False)  # which of the texts given

    @property
    def this_week(self) -> int:
        return self.weeks[-1]


def themes_of(facts: Facts, readings: pa.Table, as_of: datetime, vectors: Vectors | None = None) -> list[Theme]:
    """`themes` of what a firm's customers said about us in the 26 weeks up to `as_of` (flows 2 and 3).

    `readings` are those of `read_messages`; `vectors` [N, 384] stand in the same order, by message_id. `places` of the
    themes are rows of `readings`.
    """
    messages = facts.arrow("messages").select(["message_id", "at", "text"])
    at = messages["at"].to_numpy().astype("datetime64[us]")
    flow = np.nan_to_num(readings["flow"].to_numpy(zero_copy_only=False).astype(np.float64))
    week = _weeks_ago(at, as_of)
    mine = np.flatnonzero((week >= 0) & (week < WEEKS) & np.isin(flow, (0, 2, 3)))
    rows = pa.array(mine)
    found = themes(
        messages["text"].take(rows).to_pylist(),
        at[mine],
        None if vectors is None else vectors[mine],
        known_topics=readings["topics"].take(rows).to_pylist(),
        mood=readings["mood"].take(rows).to_pylist(),
        as_of=as_of,
        names=facts.firm.staff.names,
    )
    return [
        replace(
            theme,
            places=mine[theme.places],
            examples=tuple(replace(one, place=int(mine[one.place])) for one in theme.examples),
        )
        for theme in found
    ]


def themes(
    texts: Sequence[str | None],
    at: Sequence[datetime] | npt.NDArray[np.datetime64],
    vectors: Vectors | None = None,
    *,
    known_topics: Sequence[Sequence[str]] | None = None,
    mood: Sequence[str | None] | None = None,
    as_of: datetime,
    names: Sequence[str] = (),
) -> list[Theme]:
    """Groups what was said in the 26 weeks up to `as_of` into at most 60 themes.

    Args:
        texts: N texts, in any order.
        at: [N] when each was said; naive times are UTC.
        vectors: [N, 384] from `understand.vectors`; without them the texts are compared by their words, which costs
            little and finds the same themes less sharply.
        known_topics: N lists of the firm's own topics that hold, as in readings.
        mood: N moods, as in readings.
        as_of: the present; what was said later is left out.
        names: further names to mask in examples.

    Returns:
        Themes of at least five messages: new and growing ones first, the most surprising before; then by number. The
        same messages give the same themes, whatever order they come in.

    Raises:
        InputError: lists of different lengths.

    What is small but new is found by a scan of this week for places with more messages around them than the past lets
    us expect; the other themes by spherical k-means on a sample (both in `understand.clusters`); every message then
    goes to its nearest centre, or to none. Names: class-based TF-IDF (`understand.wording`). What is new or growing:
    `understand.surprise`, at one chance in twenty over all that was tested (Bonferroni).
    """
    count = len(texts)
    for what, given in (("times", at), ("vectors", vectors), ("topics", known_topics), ("moods", mood)):
        if given is not None and len(given) != count:
            words = f"{len(given):,} {what} for {count:,} texts"
            raise InputError(words, where="themes", mend="give one for each text")
    week = _weeks_ago(at, as_of)
    kept = np.flatnonzero((week >= 0) & (week < WEEKS))
    said = ["" if texts[place] is None else str(texts[place]) for place in kept.tolist()]
    order = np.array(sorted(range(len(kept)), key=lambda place: (week[kept[place]], said[place])), np.int64)
    kept, said = kept[order], [said[place] for place in order.tolist()]
    spoken = wording(said)
    rows = _directions(spoken, vectors, kept)
    group, like, spots = _grouped(rows, week[kept], vectors is not None)
    return _told(_Said(said, kept, week[kept], group, like, spots, spoken), known_topics, mood, names)


@dataclass(frozen=True, slots=True)
class _Said:
    """The messages looked at, sorted; `places` [n] in the texts given, `week` [n] ago, `group` [n] or −1."""

    texts: list[str]
    places: Positions
    week: Positions
    group: Positions
    like: Directions
    spots: int  # groups below this number were found by the scan of this week
    wording: Wording


def _weeks_ago(at: Sequence[datetime] | npt.NDArray[np.datetime64], as_of: datetime) -> Positions:
    """Full weeks before the present; −1 for what came later."""
    now = np.datetime64(_utc(as_of), "us")
    then = at if isinstance(at, np.ndarray) else np.array([_utc(moment) for moment in at], "datetime64[us]")
    gone = (now - then.astype("datetime64[us]")).astype(np.int64)
    return np.where(gone < 0, -1, gone // _WEEK)


def _utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _directions(spoken: Wording, vectors: Vectors | None, kept: Positions) -> Directions:
    if vectors is not None:
        return np.asarray(vectors, np.float32)[kept]
    if not spoken.shown:
        return np.zeros((spoken.messages, 1), np.float32)
    table = tf_idf(spoken)
    return unit(table @ reduced(table, _WIDTH, _sampled(np.arange(spoken.messages), _SAMPLE)))


def _sampled(places: Positions, most: int) -> Positions:
    """Up to so many of the places, evenly over the sorted messages."""
    return places[np.linspace(0, len(places) - 1, min(len(places), most)).astype(np.int64)]


def _grouped(rows: Directions, week: Positions, by_vectors: bool) -> tuple[Positions, Directions, int]:
    """(the theme of each message or −1, how like it is to the theme's centre, how many themes are of this week)."""
    near = _NEAR_VECTORS if by_vectors else _NEAR_WORDS
    least, same = (_LIKE_VECTORS, _SAME_VECTORS) if by_vectors else (_LIKE_WORDS, _SAME_WORDS)
    sample = _sampled(np.arange(len(rows)), _SAMPLE)
    now = _sampled(np.flatnonzero(week == 0), _SCANNED)
    past = _sampled(np.flatnonzero(week > 0), _SAMPLE)
    spots = risen_spots(rows[now], rows[past], near, CERTAIN, _MOST_SPOTS)
    spots = merged(spots, -np.arange(len(spots)), same)
    centres = centres_of(rows[sample], _how_many(len(sample)))
    if len(centres):
        weight = np.bincount(nearest_centre(rows[sample], centres)[0], minlength=len(centres))
        centres = merged(centres, weight, same)
    place, like = nearest_centre(rows, centres)
    spot, spot_like = nearest_centre(rows, spots)
    at_spot = (spot >= 0) & (spot_like >= near)
    group = np.where((like >= least) & rows.any(axis=1), place + len(spots), -1)
    return np.where(at_spot, spot, group), np.where(at_spot, spot_like, like), len(spots)


def _how_many(messages: int) -> int:
    """Centres to look for: more messages tell more apart."""
    return int(np.clip(np.sqrt(messages / 2), 2, _MOST_THEMES))


def _told(
    said: _Said,
    known_topics: Sequence[Sequence[str]] | None,
    mood: Sequence[str | None] | None,
    names: Sequence[str],
) -> list[Theme]:
    members = np.bincount(said.group[said.group >= 0], minlength=1)
    large = np.flatnonzero(members >= LEAST)[np.argsort(-members[members >= LEAST], kind="stable")][:_MOST_THEMES]
    if not len(large):
        return []
    tested = np.where(large < said.spots, min(_SCANNED, int((said.week == 0).sum())), len(large))
    number = np.full(len(members), -1, np.int64)
    number[large] = np.arange(len(large))
    group = np.where(said.group >= 0, number[said.group], -1)
    words = names_of(said.wording, group, len(large))
    counts_of = _by_week(said.week, group, len(large))
    found = []
    for theme, (its_words, judged) in enumerate(zip(words, _judged(counts_of, said.week, tested), strict=True)):
        mine, counts = np.flatnonzero(group == theme), counts_of[theme]
        places = said.places[mine]
        found.append(
            Theme(
                name=", ".join(its_words) or "in few words",
                words=its_words,
                messages=len(mine),
                weeks=tuple(counts.tolist()),
                state=_state(counts, judged, int(tested[theme])),
                expected=judged.expected if judged else None,
                severity=judged.severity if judged else None,
                negative=_negative(mood, places),
                topic=_topic(known_topics, places),
                examples=_examples(said, mine, names),
                places=np.sort(places),
            )
        )
    return sorted(found, key=_first)


def _by_week(week: Positions, group: Positions, groups: int) -> Positions:
    """[groups, weeks] messages of each theme a week, oldest first."""
    weeks = int(week.max()) + 1
    held = group >= 0
    flat = np.bincount(group[held] * weeks + week[held], minlength=groups * weeks)
    return flat.reshape(groups, weeks)[:, ::-1]


def _judged(counts: Positions, week: Positions, tested: Positions) -> list[Surprise | None]:
    """Each theme against the rest of the messages. What has risen is then taken out of the rest: else a wave of
    complaints would make everything else look as if it fell."""
    volume = np.bincount(week, minlength=counts.shape[1])[::-1]
    risen = np.zeros(len(counts), bool)
    judged: list[Surprise | None] = []
    for _ in range(2):
        wave = counts[risen].sum(axis=0)
        rest = [volume - wave - np.where(up, 0, own) + 1 for own, up in zip(counts, risen, strict=True)]
        judged = [surprise(own.tolist(), others.tolist()) for own, others in zip(counts, rest, strict=True)]
        states = [_state(*one) for one in zip(counts, judged, tested.tolist(), strict=True)]
        risen = np.array([state in ("new", "growing") for state in states])
    return judged


def _state(counts: Positions, judged: Surprise | None, tested: int) -> str:
    if judged is None:
        return "too early"
    certain = -np.log10(CERTAIN / tested)
    if judged.severity >= certain and counts[-1] >= LEAST:
        return "new" if counts[:-1].mean() < _RARE * counts[-1] else "growing"
    return "falling" if judged.slack >= certain else "steady"


def _first(theme: Theme) -> tuple[Any, ...]:
    risen = theme.state in ("new", "growing")
    return (not risen, -round(theme.severity or 0, 6) if risen else 0, -theme.messages, theme.name, theme.places[0])


def _negative(mood: Sequence[str | None] | None, places: Positions) -> float | None:
    read = [] if mood is None else [mood[place] for place in places.tolist() if mood[place] is not None]
    return sum(one == "negative" for one in read) / len(read) if read else None


def _topic(known: Sequence[Sequence[str]] | None, places: Positions) -> str | None:
    if known is None:
        return None
    times = Counter(topic for place in places.tolist() for topic in set(known[place] or ()))
    best = min(times.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return best[0] if best[1] > len(places) / 2 else None


def _examples(said: _Said, mine: Positions, names: Sequence[str]) -> tuple[Example, ...]:
    """The messages nearest to the centre, this week's first; each text once."""
    nearest = np.lexsort((mine, -np.round(said.like[mine], 4), said.week[mine] > 0))
    chosen: dict[str, int] = {}
    for place in mine[nearest].tolist():
        if len(chosen) == _EXAMPLES:
            break
        chosen.setdefault(" ".join(said.texts[place].split()), place)
    return tuple(Example(int(said.places[place]), _short(mask(text, names))) for text, place in chosen.items())


def _short(text: str) -> str:
    if len(text) <= _EXAMPLE_LETTERS:
        return text
    cut = text[:_EXAMPLE_LETTERS]
    return (cut.rpartition(" ")[0] or cut) + " …"
