"""Themes: what nobody listed, named by its own words, and what is new or growing."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from goodwill.errors import InputError
from goodwill.understand.surprise import surprise
from goodwill.understand.themes import LEAST, Theme, themes
from goodwill.understand.wording import names_of, wording

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
PARCELS = [
    "my parcel is late",
    "the courier lost my parcel",
    "parcel still not delivered by the courier",
    "late parcel",
]
PRICES = [
    "the price went up again",
    "too expensive, the price is a joke",
    "why did the price rise",
    "price far too high",
]
BATTERIES = [
    "the battery overheats",
    "battery smells of smoke",
    "my battery got hot and overheats",
    "hot battery, smoke",
]


def spoken(weeks: int = 12, batteries: int = 14, seed: int = 1) -> tuple[list[str], list[datetime]]:
    """Parcels and prices week by week, and batteries in the last week alone."""
    random = np.random.default_rng(seed)
    texts, at = [], []
    for week in range(weeks):
        for kind in (PARCELS, PRICES):
            for number in range(int(random.poisson(12))):
                texts.append(f"{kind[number % 4]} {'please ' * int(random.integers(3))}".strip())
                at.append(NOW - timedelta(days=7 * week + random.uniform(0, 7)))
    for number in range(batteries):
        texts.append(BATTERIES[number % 4])
        at.append(NOW - timedelta(days=random.uniform(0, 7)))
    return texts, at


def by_word(found: list[Theme], word: str) -> list[Theme]:
    return [theme for theme in found if any(word in part for part in theme.words)]


def test_a_new_fault_comes_first_under_its_own_name() -> None:
    texts, at = spoken()
    found = themes(texts, at, as_of=NOW)
    first = found[0]
    assert first.state == "new"
    assert by_word([first], "battery")
    assert first.weeks[:-1] == (0,) * (len(first.weeks) - 1)
    assert first.severity is not None and first.severity > 4
    assert first.expected is not None and first.expected < 1
    assert {texts[place] for place in first.places} <= set(BATTERIES)
    assert all(theme.state == "steady" for theme in by_word(found, "parcel") + by_word(found, "price"))


def test_a_quiet_week_raises_no_alarm() -> None:
    for seed in range(5):
        texts, at = spoken(batteries=0, seed=seed)
        assert {theme.state for theme in themes(texts, at, as_of=NOW)} == {"steady"}


def test_what_grows_is_told_from_what_is_new() -> None:
    texts, at = spoken(batteries=0)
    random = np.random.default_rng(4)
    for number in range(45):
        texts.append(PARCELS[number % 4])
        at.append(NOW - timedelta(days=random.uniform(0, 7)))
    risen = [theme for theme in themes(texts, at, as_of=NOW) if theme.state == "growing"]
    assert risen and not [theme for theme in risen if by_word([theme], "price")]


def test_the_order_of_the_messages_changes_nothing() -> None:
    texts, at = spoken()
    moods = ["negative" if "late" in text else "neutral" for text in texts]
    order = np.random.default_rng(9).permutation(len(texts)).tolist()
    one = themes(texts, at, mood=moods, as_of=NOW)
    other = themes([texts[p] for p in order], [at[p] for p in order], mood=[moods[p] for p in order], as_of=NOW)
    facts = [(t.name, t.weeks, t.state, t.severity, t.negative, [e.text for e in t.examples]) for t in one]
    assert facts == [(t.name, t.weeks, t.state, t.severity, t.negative, [e.text for e in t.examples]) for t in other]


def test_moods_topics_and_examples_stand_beside_a_theme() -> None:
    texts, at = spoken()
    texts = [f"{text}, mail ann@home.example" if text in BATTERIES else text for text in texts]
    moods = ["negative" if "battery" in text else None for text in texts]
    topics = [["power"] if "battery" in text else [] for text in texts]
    first = themes(texts, at, mood=moods, known_topics=topics, as_of=NOW)[0]
    assert (first.negative, first.topic) == (1.0, "power")
    assert first.examples and all("[email]" in example.text for example in first.examples)
    assert not any("ann@" in example.text for theme in themes(texts, at, as_of=NOW) for example in theme.examples)
    assert len({example.text for example in first.examples}) == len(first.examples)


def test_too_little_past_says_so_and_the_future_is_left_out() -> None:
    texts, at = spoken(weeks=3)
    assert {theme.state for theme in themes(texts, at, as_of=NOW)} == {"too early"}
    later = [moment + timedelta(days=400) for moment in at]
    assert themes(texts, later, as_of=NOW) == []


def test_few_are_nobodys_business() -> None:
    texts, at = spoken(batteries=LEAST - 1)
    assert all(theme.messages >= LEAST for theme in themes(texts, at, as_of=NOW))


def test_nothing_said_has_no_theme() -> None:
    assert themes([], [], as_of=NOW) == []
    assert themes(["", None, "!!!"], [NOW] * 3, as_of=NOW) == []


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="themes: 1 times for 2 texts; give one for each text"):
        themes(["a", "b"], [NOW], as_of=NOW)


def test_names_follow_the_class_based_tf_idf() -> None:
    """W = tf · log(1 + A / f) by hand: 'apple' stands in both groups, so what is said in one alone comes first."""
    said = wording(["pear apple"] * 3 + ["plum, apple"] * 3 + ["sky"] * 5 + ["sea"] * 4)
    # f: apple 6, pear and plum 3; so 'pear' and 'pear apple' come before 'apple', and the pair takes pear's place;
    # 'plum, apple' is no pair, since a sign stands between
    names = names_of(said, np.repeat([0, 1, 2, -1], [3, 3, 5, 4]), 3)
    assert names == [("pear apple",), ("plum", "apple"), ("sky",)]


def test_a_surprise_grows_with_the_number_and_shrinks_with_a_restless_past() -> None:
    calm, restless = [10, 10, 11, 9, 10, 10], [2, 25, 1, 18, 3, 11]
    found = [surprise([*past, count], [100] * 7) for past, count in ((calm, 20), (calm, 30), (restless, 30))]
    assert all(one is not None for one in found)
    twenty, thirty, unsure = (one.severity for one in found if one is not None)
    assert thirty > twenty > unsure


def test_a_past_outbreak_does_not_hide_the_next() -> None:
    past = [10, 12, 9, 90, 11, 10, 12, 9, 10]
    found = surprise([*past, 40], [200] * 10)
    assert found is not None
    assert found.expected < 16, "the outbreak counts little"
    assert found.severity > 2


def test_more_messages_altogether_are_no_surprise() -> None:
    found = surprise([10, 10, 10, 10, 10, 30], [100, 100, 100, 100, 100, 300])
    assert found is not None and found.severity < 1 and found.expected == pytest.approx(30, rel=0.05)


def test_the_chance_of_a_false_alarm_is_as_stated() -> None:
    """One week in a hundred lies above `high`, by simulation with overdispersed counts."""
    random = np.random.default_rng(3)
    above = []
    for _ in range(3000):
        counts = random.negative_binomial(10, 10 / (10 + 12), 21)
        found = surprise(counts.tolist(), [1.0] * 21)
        assert found is not None
        above.append(found.severity >= 2)
    assert 0.003 <= np.mean(above) <= 0.02


@pytest.mark.slow
@pytest.mark.real_data
def test_a_new_question_is_found_among_76_like_it(data_dir: Path) -> None:
    """Banking77 as a stream of 20 weeks: one intent is first heard this week, 25 times among about 500."""
    from goodwill.understand.vectors import vectors

    with (data_dir / "voice" / "banking77_train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = np.array([row["label"] for row in rows])
    found_all = vectors([row["text"] for row in rows])
    found = false = 0
    for place, new in enumerate(sorted(set(labels))[::15]):
        day = np.random.default_rng(place).uniform(0, 140, len(rows))
        mine = np.flatnonzero(labels == new)
        day[mine] = day[mine] / 20
        kept = np.setdiff1d(np.arange(len(rows)), mine[25:])
        at = [NOW - timedelta(days=float(days)) for days in day[kept]]
        heard = themes([rows[p]["text"] for p in kept], at, found_all[kept], as_of=NOW)
        risen = [theme for theme in heard if theme.state in ("new", "growing")]
        right = [theme for theme in risen if (labels[kept][theme.places] == new).mean() > 0.2]
        found += bool(right)
        false += len(risen) - len(right)
    assert found >= 5
    assert false <= 2
