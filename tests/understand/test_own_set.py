"""How well our own hand-labelled messages are read. They shape no weight: a floor a little below what was measured."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from goodwill.facts import INTENTS, MOODS
from goodwill.understand import read_texts

OWN = Path(__file__).parent.parent / "data" / "intents.csv"
TRAINING = Path(__file__).parent.parent.parent / "training" / "own_texts"

FLOOR_INTENTS, FLOOR_MOOD, FLOOR_URGENCY = 0.72, 0.77, 0.82


def f1(truth: np.ndarray, said: np.ndarray) -> float:
    return float(2 * (truth & said).sum() / max(1, truth.sum() + said.sum()))


def rows() -> list[dict[str, str]]:
    with OWN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_set_is_what_it_says() -> None:
    given = rows()
    assert len(given) >= 300
    assert len({row["text"] for row in given}) == len(given)
    assert {row["mood"] for row in given} == set(MOODS)
    named = {name for row in given for name in row["intents"].split("|") if name}
    assert named == set(INTENTS)
    assert all(0 <= float(row["urgency"]) <= 1 for row in given)
    trained = set()
    for path in TRAINING.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            trained |= {row["text"].lower() for row in csv.DictReader(file)}
    assert not trained & {row["text"].lower() for row in given}


def test_macro_f1_of_the_intents() -> None:
    given = rows()
    holds = read_texts([row["text"] for row in given])["intents"].to_pylist()
    scores = []
    print()
    for name in INTENTS:
        truth = np.array([name in row["intents"].split("|") for row in given])
        scores.append(f1(truth, np.array([name in names for names in holds])))
        print(f"{name:20s} F1 {scores[-1]:.3f} of {truth.sum()}")
    print(f"{'macro':20s} F1 {np.mean(scores):.3f}")
    assert np.mean(scores) >= FLOOR_INTENTS


def test_macro_recall_of_the_mood() -> None:
    given = rows()
    said = np.array(read_texts([row["text"] for row in given])["mood"].to_pylist())
    truth = np.array([row["mood"] for row in given])
    recall = np.mean([(said[truth == mood] == mood).mean() for mood in MOODS])
    print(f"\nmood, macro recall {recall:.3f}")
    assert recall >= FLOOR_MOOD


def test_urgency_orders_most_pairs_right() -> None:
    given = rows()
    said = np.nan_to_num(np.array(read_texts([row["text"] for row in given])["urgency"].to_pylist(), float))
    truth = np.array([float(row["urgency"]) for row in given])
    differ = truth[:, None] > truth[None, :]
    right = ((said[:, None] > said[None, :]) + 0.5 * (said[:, None] == said[None, :]))[differ].mean()
    print(f"\nurgency, pairs in order {right:.3f}")
    assert right >= FLOOR_URGENCY
