"""Texts of our own, for what no set labels: lines written by hand, and grammars that say one thing in many ways.

`own_texts/*.csv`: text, mood, intents (with | between), urgency 0–1; an empty field is not known. What `intents` does
not name does not hold: these lines are labelled in full, and so are the hard negatives among them.
`own_texts/grammar.toml`: `[slots]` with lists of words, `[[rule]]` with mood, intents, urgency and `lines` that hold
{slots}; every rule is drawn from with its own seed. `own_texts/languages/*.toml`: words and a few messages of seven
other languages, with their moods, and what emoji become.
`own_labels/*.csv`: fingerprint (of a text in the sets of others, which does not ship), mood, intents, urgency: what we
say, having read it, of a message that its set labels in part.

Urgency is by the rule of tests/data/README.md: 0 no answer is wanted, .25 in the next days, .5 soon, .75 within hours,
1 danger, theft under way, a business that stands still.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.facts import INTENTS, MOODS
from training.data import NEGATIVE, NEUTRAL, POSITIVE, UNKNOWN
from training.judged import fingerprints

if TYPE_CHECKING:
    from training.data import Texts

FOLDER, LABELS = Path(__file__).parent / "own_texts", Path(__file__).parent / "own_labels"
HAND_WEIGHT, MIXED_WEIGHT, GRAMMAR_WEIGHT, LABELLED_WEIGHT = 3.0, 0.6, 0.8, 2.0
MIXES = 4  # of each line written by hand that wants or feels something
_DRAWS = 12  # of each line with slots
SURE_OF_A_WORD, SURE_OF_A_PLAIN_WORD, WORD_WEIGHT, MESSAGE_WEIGHT = 0.8, 0.6, 1.0, 2.0
"""In other languages: a word alone is a weak sign of a mood, and of none; a labelled text of a set weighs 1."""
_WORDS = (
    ("good", POSITIVE, SURE_OF_A_WORD),
    ("bad", NEGATIVE, SURE_OF_A_WORD),
    ("plain", NEUTRAL, SURE_OF_A_PLAIN_WORD),
)

_SLOT = re.compile(r"\{(\w+)\}")


def labels(intents: str, urgency: str | float) -> dict[str, float]:
    """The ten wants of a fully labelled text."""
    named = [name.strip() for name in intents.split("|") if name.strip()]
    if unknown := set(named) - set(INTENTS):
        raise ValueError(f"no such intent: {', '.join(sorted(unknown))}")
    return {name: float(name in named) for name in INTENTS} | {"urgency": UNKNOWN if urgency == "" else float(urgency)}


def _mood(name: str) -> float | None:
    return MOODS.index(name) if name else None


def _varied(text: str, rng: np.random.Generator) -> str:
    """As people type: sometimes without capitals, without a full stop, addressed to the firm, shouted."""
    draw = rng.random()
    if draw < 0.2:
        text = text.lower()
    elif draw < 0.24:
        text = text.upper()
    if rng.random() < 0.25:
        text = text.rstrip(".")
    if rng.random() < 0.1:
        text = text.replace("'", "")
    if rng.random() < 0.15:
        text = "@user " + text
    return text


def expanded(rules: dict[str, Any]) -> list[tuple[str, str, str, str | float]]:
    """(text, mood, intents, urgency) of every draw; the same every time."""
    slots: dict[str, list[str]] = rules["slots"]
    found: list[tuple[str, str, str, str | float]] = []
    for number, rule in enumerate(rules["rule"]):
        rng = np.random.default_rng([number, 7])
        drawn: dict[str, None] = {}
        for line in rule["lines"]:
            for _ in range(_DRAWS if "{" in line else 2):
                text = line
                while _SLOT.search(text):
                    text = _SLOT.sub(lambda slot, rng=rng: str(rng.choice(slots[slot[1]])), text)  # type: ignore[misc]
                text = text[:1].upper() + text[1:]
                drawn[_varied(text, rng)] = None
        found += [(text, rule["mood"], rule["intents"], rule["urgency"]) for text in drawn]
    return found


_NONE = ("",) * 4
GREETINGS = (*_NONE, "Hello, ", "Hi, ", "Good morning, ", "Dear team, ", "Hi there, ", "To whom it may concern: ")
FAREWELLS = (*_NONE, " Regards", " Best wishes, Jo", " Yours sincerely, A. Meier", " Kind regards", " Sam", " Cheers")


def written() -> list[dict[str, str]]:
    """The lines written by hand, file by file; `file` is the name of theirs."""
    rows = []
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [{**row, "file": path.stem} for row in csv.DictReader(file)]
    return rows


def labelled() -> dict[int, dict[str, str]]:
    """What we say of texts in the sets of others, by their fingerprints."""
    rows = {}
    for path in sorted(LABELS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows |= {int(row["fingerprint"], 16): row for row in csv.DictReader(file)}
    return rows


def mixed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Lines as they stand in real messages: between a greeting, plain facts and a farewell.

    Facts want nothing and feel nothing, so the labels stay the line's own; without these a bag of words lets five dull
    words outvote one kind one.
    """
    facts = [row["text"] for row in rows if row["mood"] == "neutral" and not row["intents"] and len(row["text"]) < 140]
    found = []
    for number, row in enumerate(rows):
        if row["mood"] == "neutral" and not row["intents"]:
            continue
        rng = np.random.default_rng([number, 11])
        for _ in range(MIXES):
            parts = [row["text"].strip()]
            for fact in rng.choice(facts, rng.integers(0, 3)):
                parts.insert(int(rng.integers(0, 2)) * len(parts), str(fact).strip())
            body = " ".join(part if part[-1:] in ".!?…" else part + "." for part in parts)
            found.append({**row, "text": _varied(str(rng.choice(GREETINGS)) + body + str(rng.choice(FAREWELLS)), rng)})
    return found


@dataclass(frozen=True)
class Told:
    """What is known without a set: a text, its language (or 'signs'), its mood, how sure, how much it counts."""

    text: str
    language: str
    mood: int
    sure: float
    weight: float


def of_other_languages() -> list[Told]:
    """Words that praise, blame or do neither, each as a text of its own, then messages."""
    languages = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / "languages").glob("*.toml"))
    }
    words = [
        Told(word.replace("_", " "), language, mood, sure, WORD_WEIGHT)
        for language, given in languages.items()
        for name, mood, sure in _WORDS
        for word in dict.fromkeys(given.get(name, "").split())
    ]
    messages = [
        Told(text, language, mood, 1.0, MESSAGE_WEIGHT)
        for language, given in languages.items()
        for mood, name in enumerate(MOODS)
        for text in given.get(name, ())
    ]
    return words + messages


def add_labelled(texts: Texts) -> None:
    """Adds once more, with labels of our own, those of the texts that we have read."""
    ours = labelled()
    known = zip(texts.text, fingerprints(texts.text).tolist(), strict=True)
    for text, row in {text: ours.get(number) for text, number in known}.items():
        if row is not None:
            wants = labels(row["intents"], row["urgency"])
            texts.add("own_labelled", text, _mood(row["mood"]), LABELLED_WEIGHT, wants, LABELLED_WEIGHT)


def add(texts: Texts) -> None:
    """Adds them all to the training texts."""
    add_labelled(texts)
    rows = written()
    for source, weight, given in (("own_hand", HAND_WEIGHT, rows), ("own_mixed", MIXED_WEIGHT, mixed(rows))):
        for row in given:
            texts.add(source, row["text"], _mood(row["mood"]), weight, labels(row["intents"], row["urgency"]), weight)
    with (FOLDER / "grammar.toml").open("rb") as file:
        for text, mood, intents, urgency in expanded(tomllib.load(file)):
            texts.add("own_grammar", text, _mood(mood), GRAMMAR_WEIGHT, labels(intents, urgency), GRAMMAR_WEIGHT)
