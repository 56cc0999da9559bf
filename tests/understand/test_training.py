"""The parts of training that must not go wrong unseen: labels of our own texts, and the split by near-duplicates."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from goodwill.facts import INTENTS, MOODS

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _training_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_our_own_texts_are_labelled_in_the_vocabularys_words() -> None:
    named: Counter[str] = Counter()
    for path in sorted((ROOT / "training" / "own_texts").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["text"].strip(), path
                assert row["mood"] in ("", *MOODS), row
                assert set(filter(None, row["intents"].split("|"))) <= set(INTENTS), row
                assert row["urgency"] == "" or 0 <= float(row["urgency"]) <= 1, row
                named.update(filter(None, row["intents"].split("|")))
    assert set(named) == set(INTENTS)


def test_grammars_say_the_same_every_time_and_fill_every_slot() -> None:
    import tomllib

    from training.own import expanded

    rules = tomllib.loads((ROOT / "training" / "own_texts" / "grammar.toml").read_text(encoding="utf-8"))
    lines = expanded(rules)
    assert lines == expanded(rules)
    assert len(lines) > 2_000
    assert not [text for text, *_ in lines if "{" in text]


def test_near_duplicates_stay_on_one_side() -> None:
    from training.split import groups, parts

    text = "my order has not arrived and nobody answers the phone, what can I do now"
    texts = [text, f"@bob {text.upper()}!! http://a.b", text.replace("phone", "phones"), "an entirely different matter"]
    texts += [f"filler {word} {word[::-1]} {k}" for k, word in enumerate(["alpha", "bravo", "charlie", "delta"] * 30)]
    group = groups(texts)
    assert group[0] == group[1] == group[2] != group[3]
    part = parts(texts, group, seed=1)
    assert len({part[0], part[1], part[2]}) == 1
    # More texts elsewhere leave the others where they were.
    more = [*texts, "one more line about something else altogether"]
    assert np.array_equal(parts(more, groups(more), seed=1)[: len(texts)], part)


def test_a_set_for_evaluation_alone_is_not_read_for_training() -> None:
    source = (ROOT / "training" / "data.py").read_text(encoding="utf-8")
    for name in ("airline_train", "suggestion_train", "suggestion_dev", "spotify_support", "tweeteval_sentiment_dev"):
        assert name not in source
