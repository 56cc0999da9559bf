"""Near-equal messages: by letters, by meaning."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from goodwill.understand.duplicates import duplicates, duplicates_in_meaning
from goodwill.understand.vectors import vectors

TEXTS = [
    "My parcel with the order 4711 has still not arrived, where is it?",
    "I love the new colours of the app, thank you!",
    "my parcel with the order 98 has still not arrived. where is it???",
    "@shop My parcel with order 12 still has not arrived, where is it? https://x.example/1",
    "The battery gets very hot when it charges over night",
    "",
    "!!!",
    "My parcel with the order 4711 has still not arrived, where is it?",
]


def test_near_equal_texts_are_one_group_and_others_are_not() -> None:
    assert duplicates(TEXTS).tolist() == [0, 1, 0, 0, 4, 5, 6, 0]
    assert duplicates([]).tolist() == []
    assert duplicates([None, "x", "x"]).tolist() == [0, 1, 1]


def test_chains_do_not_join_what_is_not_alike() -> None:
    """A thousand complaints of one form about different things are not one message."""
    random = np.random.default_rng(1)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(random.choice(letters, 7)) for _ in range(400)]
    texts = [" ".join(random.choice(words, 12)) for _ in range(1000)]
    group = duplicates(texts)
    assert np.bincount(group).max() <= 3


def test_what_means_the_same_is_one_group() -> None:
    texts = ["Where is my parcel?", "where is my parcel", "Where's my parcel?", "I love the colours", "", "Too dear"]
    group = duplicates_in_meaning(vectors(texts))
    assert group.tolist() == [0, 0, 0, 3, 4, 5]


def test_pairs_are_found_as_often_as_the_method_says() -> None:
    random = np.random.default_rng(2)
    one = random.normal(size=(4000, 384))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    side = random.normal(size=one.shape)
    side -= (side * one).sum(axis=1, keepdims=True) * one
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    for likeness, least in ((0.95, 0.9), (0.99, 0.995)):
        other = likeness * one + np.sqrt(1 - likeness**2) * side
        both = np.vstack([one, other]).astype(np.float32)
        group = duplicates_in_meaning(both)
        found = group[4000:] == np.arange(4000)
        assert found.mean() >= least
        assert len(np.unique(group[:4000])) == 4000, "what is unlike stays apart"


def test_the_seed_and_the_input_decide() -> None:
    assert duplicates(TEXTS).tolist() == duplicates(TEXTS).tolist()


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    texts = [
        f"message {number} about parcel {number * 7919 % 1000} {'late ' * (number % 7)}" for number in range(100_000)
    ]
    tracemalloc.start()
    duplicates(texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80e6  # 16 MB of signatures, the rest for one table at a time
