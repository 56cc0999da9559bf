"""Similar messages: exact search, near-duplicates, and Banking77."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from goodwill.errors import InputError
from goodwill.understand.similar import Similar
from goodwill.understand.vectors import WIDTH, vectors


def directions(count: int, seed: int = 1) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, WIDTH))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def heard() -> Similar:
    similar = Similar()
    similar.add(["parcel", "colours", "crash"], ["Where is my parcel?", "I love the colours", "The app crashes"])
    return similar


def test_what_means_the_same_is_found(heard: Similar) -> None:
    first, second, *_ = heard.nearest("My package never arrived", k=3)
    assert first.message_id == "parcel"
    assert 1 >= first.likeness > second.likeness


def test_the_search_is_exact_over_chunks() -> None:
    rows = directions(70_000)  # more than one chunk
    similar = Similar()
    for begin in range(0, len(rows), 9_999):  # parts that do not fit the chunks
        similar.add([f"m{place}" for place in range(begin, min(begin + 9_999, len(rows)))], rows[begin : begin + 9_999])
    questions = directions(70, seed=2)
    places, likeness = similar.nearest_of(questions, k=5)
    truth = questions @ rows.T
    assert np.abs(likeness - np.take_along_axis(truth, places, axis=1)).max() < 0.005
    best = np.sort(truth, axis=1)[:, ::-1][:, :5]
    assert np.abs(likeness - best).max() < 0.005, "nothing better was missed"


def test_one_question_and_many_are_answered_alike() -> None:
    similar = Similar()
    similar.add([str(place) for place in range(500)], directions(500))
    questions = directions(9, seed=3)
    places, _ = similar.nearest_of(questions, k=7)
    alone = [[int(near.message_id) for near in similar.nearest(question, k=7)] for question in questions]
    assert places.tolist() == alone


def test_of_equals_the_first_added_comes_first(heard: Similar) -> None:
    heard.add(["again", "and again"], ["Where is my parcel?"] * 2)
    assert [near.message_id for near in heard.nearest("Where is my parcel?", k=3)] == ["parcel", "again", "and again"]


def test_what_was_removed_is_gone(heard: Similar, tmp_path: Path) -> None:
    heard.remove(["parcel", "nobody has this id"])
    assert len(heard) == 2 and "parcel" not in heard
    assert "parcel" not in {near.message_id for near in heard.nearest("Where is my parcel?", k=10)}
    heard.save(tmp_path / "heard.npz")
    assert b"parcel" not in (tmp_path / "heard.npz").read_bytes().replace(b"\x00", b"")


def test_an_id_that_is_added_again_is_replaced(heard: Similar) -> None:
    heard.add(["parcel"], ["How much is the blue one?"])
    assert len(heard) == 3
    assert heard.nearest("What does the blue one cost?", k=1)[0].message_id == "parcel"


def test_what_was_saved_is_read_again(heard: Similar, tmp_path: Path) -> None:
    heard.save(tmp_path / "heard.npz")
    again = Similar.load(tmp_path / "heard.npz")
    question = "My package never arrived"
    assert again.nearest(question) == heard.nearest(question)
    again.add(["new"], ["It is late"])
    assert len(again) == 4


def test_nothing_said_is_like_nothing(heard: Similar) -> None:
    assert heard.nearest("") == []
    assert Similar().nearest("hello") == []
    assert len(heard.nearest("hello", k=100)) == 3


def test_bad_input_says_what_and_how_to_mend(heard: Similar) -> None:
    with pytest.raises(InputError, match=r"Similar.add: 2 ids \(1 distinct\) for 2 messages; give each message an id"):
        heard.add(["a", "a"], ["x", "y"])
    with pytest.raises(InputError, match=r"Similar: vectors of 1 × 3; give them as \[N, 384\]"):
        heard.add(["a"], np.zeros((1, 3), np.float32))
    with pytest.raises(InputError, match="not all finite"):
        heard.add(["a"], np.full((1, WIDTH), np.nan, np.float32))
    with pytest.raises(InputError, match="the nearest 0; ask for 1 or more"):
        heard.nearest("hello", k=0)


@pytest.mark.slow
@pytest.mark.real_data
def test_similar_questions_have_the_same_intent(data_dir: Path) -> None:
    """Banking77 (Casanueva et al. 2020): a fifth held out, the nearest of the rest. Goal .88; measured .908."""
    with (data_dir / "voice" / "banking77_train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    intents = np.array([row["label"] for row in rows])
    found = vectors([row["text"] for row in rows])
    order = np.random.default_rng(0).permutation(len(rows))
    held_out, known = order[: len(rows) // 5], order[len(rows) // 5 :]
    similar = Similar()
    similar.add([str(place) for place in known.tolist()], found[known])
    places, _ = similar.nearest_of(found[held_out], k=1)
    right = intents[known][places[:, 0]] == intents[held_out]
    assert right.mean() >= 0.895
