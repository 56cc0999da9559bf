"""What a lane gets right on texts that it never saw: printed after training, and by `-m training.evaluate`."""

from __future__ import annotations

import argparse
import csv
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goodwill.facts import INTENTS, MOODS
from goodwill.understand.measures import calibration, pairs_in_order
from training.judged import also_taught, divided
from training.split import TEST

if TYPE_CHECKING:
    from training.data import Texts


OWN = Path(__file__).parent.parent / "tests" / "data" / "intents.csv"


def recalls(truth: np.ndarray, said: np.ndarray, classes: int) -> float:
    """Macro recall."""
    return float(np.mean([(said[truth == k] == k).mean() for k in range(classes)]))


def macro_f1(truth: np.ndarray, said: np.ndarray, classes: int) -> float:
    """Mean of the classes' F1."""
    return float(np.mean([f1(truth == k, said == k) for k in range(classes)]))


def f1(truth: np.ndarray, said: np.ndarray) -> float:
    """F1 of one class."""
    return float(2 * (truth & said).sum() / max(1, truth.sum() + said.sum()))


def _moods(texts: list[str], lane: str) -> tuple[np.ndarray, np.ndarray]:
    from goodwill.understand.model import softmax
    from goodwill.understand.reader import read

    log_odds = read(texts, lane=lane).mood_log_odds
    log_odds[np.isnan(log_odds).any(axis=1)] = [0.0, 0.1, 0.0]  # what could not be read counts as neutral
    chance = softmax(log_odds)
    return chance.argmax(axis=1), chance


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labelled(path: Path) -> tuple[list[str], np.ndarray]:
    rows = _rows(path)
    return [row["text"] for row in rows], np.array([MOODS.index(row["label"]) for row in rows])


def outside(folder: Path, lane: str) -> dict[str, float]:
    """Figures on whole sets that never shape the weights."""
    found: dict[str, float] = {}
    for name, file in (("tweeteval dev", "tweeteval_sentiment_dev.csv"), ("airline", "airline_train.csv")):
        texts, truth = _labelled(folder / file)
        said, chance = _moods(texts, lane)
        found[f"{name}, accuracy"] = float((said == truth).mean())
        found[f"{name}, macro recall"] = recalls(truth, said, 3)
        found[f"{name}, macro F1"] = macro_f1(truth, said, 3)
        found[f"{name}, calibration error"] = calibration(chance.max(axis=1), said == truth).error
        if name == "tweeteval dev":
            alone = ~also_taught(folder, texts)
            found["tweeteval dev without copies, macro recall"] = recalls(truth[alone], said[alone], 3)
            found["tweeteval dev without copies, macro F1"] = macro_f1(truth[alone], said[alone], 3)
    return found


def speed(folder: Path, lane: str, count: int = 3000) -> dict[str, float]:
    """Tweets a second of one core's time, and the share that the careful reader read."""
    from goodwill.understand.reader import read

    texts, _ = _labelled(folder / "airline_train.csv")
    texts = texts[:count]
    read(texts[:50], lane=lane, threads=1)
    begun = time.process_time()
    found = read(texts, lane=lane, threads=1)
    taken = time.process_time() - begun
    return {"messages a second of one core": len(texts) / taken, "read carefully": found.lane.count("careful") / count}


def three_ways(intents: list[str | None]) -> np.ndarray:
    """App reviews in three classes by the first intent: 0 trouble, 1 idea, 2 the rest."""
    trouble = ("complaint", "warning", "leaving", "question")
    return np.array([0 if name in trouble else 1 if name == "idea" else 2 for name in intents])


def our_own(path: Path, lane: str) -> dict[str, float]:
    """Figures on the hand-labelled messages of tests/data/intents.csv: the dev part, the test part."""
    return {name: value for split in ("dev", "test") for name, value in _our_part(path, split, lane).items()}


def _our_part(path: Path, split: str, lane: str) -> dict[str, float]:
    from goodwill.understand.reader import read, table

    rows = [row for row in _rows(path) if row["split"] == split]
    found = read([row["text"] for row in rows], lane=lane)
    said = table([str(place) for place in range(len(rows))], found)
    mood = np.array([MOODS.index(row["mood"]) for row in rows])
    said_mood = np.array([MOODS.index(name) if name else 1 for name in said["mood"].to_pylist()])
    truth = np.array([[name in row["intents"].split("|") for name in INTENTS] for row in rows])
    holds = np.array([[name in names for name in INTENTS] for names in said["intents"].to_pylist()])
    scores = [f1(truth[:, place], holds[:, place]) for place in range(len(INTENTS))]
    urgency = np.array([float(row["urgency"]) for row in rows])
    figures = {
        "mood, macro recall": recalls(mood, said_mood, 3),
        **{f"{name}, F1": score for name, score in zip(INTENTS, scores, strict=True)},
        "nine intents, macro F1": float(np.mean(scores)),
        "nine intents, calibration error": calibration(np.nan_to_num(found.wants).ravel(), truth.ravel()).error,
        "urgency, pairs in order": pairs_in_order(urgency, np.nan_to_num(found.urgency)),
    }
    return {f"our own {split}, {name}": value for name, value in figures.items()}


def held_out(texts: Texts, part: np.ndarray, lane: str) -> dict[str, float]:
    """Figures on the part of the permitted sets that the split by group kept out."""
    from goodwill.understand.reader import read_texts

    source = np.array(texts.source)
    known = texts.arrays()
    found: dict[str, float] = {}

    def of(name: str) -> np.ndarray:
        return np.flatnonzero((part == TEST) & np.char.startswith(source, name))

    def given(where: np.ndarray) -> list[str]:
        return [texts.text[place] for place in where]

    where = of("semeval")
    said, _ = _moods(given(where), lane)
    found["semeval held out, macro recall"] = recalls(known["mood"][where], said, 3)
    scores = []
    for language in ("arabic", "german", "italian", "spanish", "portuguese", "hindi", "french"):
        where = of(f"umsab_{language}")
        where = where[~np.isnan(known["mood"][where])]
        said, _ = _moods(given(where), lane)
        scores.append(macro_f1(known["mood"][where], said, 3))
        found[f"{language} held out, macro F1"] = scores[-1]
    found["seven languages held out, macro F1"] = float(np.mean(scores))
    where = of("complaints")
    holds = np.array(["complaint" in row for row in read_texts(given(where), lane=lane)["intents"].to_pylist()])
    truth = known["wants"][where, INTENTS.index("complaint")]
    found["complaints held out, macro F1"] = macro_f1(truth, holds.astype(int), 2)
    where = of("appreview")
    said = three_ways(read_texts(given(where), lane=lane)["intent"].to_pylist())
    trouble, idea = (known["wants"][where, INTENTS.index(name)] for name in ("complaint", "idea"))
    truth = np.where(trouble == 1, 0, np.where(idea == 1, 1, 2))
    found["app reviews held out, three classes, macro F1"] = macro_f1(truth, said, 3)
    where = of("own")
    holds_all = read_texts(given(where), lane=lane)["intents"].to_pylist()
    for place, name in enumerate(INTENTS):
        truth = known["wants"][where, place] == 1
        found[f"own texts held out, {name}, F1"] = f1(truth, np.array([name in row for row in holds_all], bool))
    return found


def report(folder: Path, texts: Texts, part: np.ndarray, lane: str) -> None:
    """Prints every figure of one lane."""
    found = {**outside(folder, lane), **held_out(texts, part, lane), **our_own(OWN, lane)}
    for name, value in found.items():
        print(f"{lane:8s}{name:50s} {value:.3f}")
    for name, value in speed(folder, lane).items():
        print(f"{lane:8s}{name:50s} {value:,.2f}", flush=True)


@cache
def split(folder: Path) -> tuple[Texts, np.ndarray]:
    """(every permitted text, its part), as training splits them. Split once: it takes half a minute."""
    from training import data, own

    texts = data.read(folder)
    own.add(texts)
    return texts, divided(folder, texts.text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lane", action="append", help="fast, careful, auto; may be given again; all without it")
    given = parser.parse_args()
    csv.field_size_limit(1 << 24)
    texts, part = split(given.data)
    for lane in given.lane or ("fast", "careful", "auto"):
        report(given.data, texts, part, lane)


if __name__ == "__main__":
    main()
