"""Similar messages: how good, how fast, how much memory; beside TF-IDF and usearch.

Right: Banking77 (Casanueva et al. 2020), a fifth held out by seed, five times: the nearest of the rest has the same
intent. Fast: a search among vectors that lie about as near to each other as messages do (those of Banking77 with
noise); 'right' is then the share of the ten nearest by 32-bit products that were found. The peers live in an
environment of their own under $GOODWILL_BENCH_HOME, pinned by peers/similar.txt; the data are looked for in
$GOODWILL_TEST_DATA (default ../shared/data). Each search runs in a process of its own, on one thread.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from peers import interpreter

TITLE = "Similar messages: questions of the same intent, and search among a million"
GOAL = (
    "Banking77: the nearest neighbour has the same intent ≥ 88 %; search and near-duplicates among 1,000,000 messages"
)

DATA = Path(os.environ.get("GOODWILL_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SEEDS = 5
MESSAGES = 1_000_000
QUESTIONS = 200

TFIDF = """
import csv, json, sys, numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
labels = np.array([row["label"] for row in rows])
found = {}
for name, how in (("words and pairs", dict(ngram_range=(1, 2), sublinear_tf=True)),
                  ("3 to 5 letters", dict(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True))):
    right = []
    for seed in range(int(sys.argv[2])):
        order = np.random.default_rng(seed).permutation(len(rows))
        held, known = order[: len(rows) // 5], order[len(rows) // 5 :]
        table = TfidfVectorizer(**how).fit([rows[place]["text"] for place in known])
        like = table.transform([rows[p]["text"] for p in held]) @ table.transform([rows[p]["text"] for p in known]).T
        right.append(float((labels[known][np.asarray(like.argmax(axis=1)).ravel()] == labels[held]).mean()))
    found[name] = right
print(json.dumps(found))
"""

FRAME = """
import json, resource, sys, time
import numpy as np
folder = sys.argv[1]
held, asked = np.load(f"{folder}/held.npy", mmap_mode="r"), np.load(f"{folder}/asked.npy")
def memory():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1e3
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1e3
%s
start = time.process_time()
build()
built = time.process_time() - start
ask(asked[0])
start, wall = time.process_time(), time.perf_counter()
alone = [ask(question) for question in asked[:50]]
one, one_wall = (time.process_time() - start) / 50, (time.perf_counter() - wall) / 50
start = time.process_time()
many = ask_many(asked)
each = (time.process_time() - start) / len(asked)
print(json.dumps({"built": built, "one": one, "one_wall": one_wall, "each": each, "memory": memory(), "peak": peak(),
                  "many": np.asarray(many).tolist()}))
"""

GOODWILL = """
from goodwill.understand.similar import Similar
heard = Similar()
def build():
    for begin in range(0, len(held), 100_000):
        part = np.array(held[begin : begin + 100_000])
        heard.add([str(begin + place) for place in range(len(part))], part)
def ask(question):
    return heard.nearest(question, 10)
def ask_many(questions):
    return heard.nearest_of(questions, 10)[0]
"""
USEARCH = """
from usearch.index import Index
index = Index(ndim=384, metric="ip", dtype="{dtype}")
def build():
    for begin in range(0, len(held), 100_000):
        part = np.array(held[begin : begin + 100_000])
        index.add(np.arange(begin, begin + len(part)), part, threads=1)
def ask(question):
    return index.search(question, 10, exact={exact}, threads=1).keys
def ask_many(questions):
    return index.search(questions, 10, exact={exact}, threads=1).keys
"""
SEARCHES = {
    "goodwill, exact, 8 bits": ("goodwill", GOODWILL),
    "usearch 2.26.6, graph, 8 bits": ("similar", USEARCH.format(dtype="i8", exact=False)),
    "usearch 2.26.6, exact, 8 bits": ("similar", USEARCH.format(dtype="i8", exact=True)),
}


def run(messages: int = MESSAGES) -> list[dict[str, Any]]:
    """Rows of three kinds: right, search, near-duplicates."""
    return [*intents(), *searches(messages), *near_duplicates(messages)]


def intents() -> list[dict[str, Any]]:
    from goodwill.understand.similar import Similar
    from goodwill.understand.vectors import vectors

    file = DATA / "voice" / "banking77_train.csv"
    if not file.exists():
        return [{"what": "same intent", "who": "goodwill", "status": f"no {file.name} under {DATA}"}]
    rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    labels = np.array([row["label"] for row in rows])
    start = time.process_time()
    found = vectors([row["text"] for row in rows])
    took = (time.process_time() - start) / len(rows)
    right = []
    for seed in range(SEEDS):
        order = np.random.default_rng(seed).permutation(len(rows))
        held, known = order[: len(rows) // 5], order[len(rows) // 5 :]
        similar = Similar()
        similar.add([str(place) for place in known.tolist()], found[known])
        right.append(float((labels[known][similar.nearest_of(found[held], 1)[0][:, 0]] == labels[held]).mean()))
    told = [_right("goodwill, vectors in 8 bits", right) | {"CPU ms": round(1e3 * took, 2), "per": "text to vector"}]
    python = interpreter("similar")
    if python.startswith("could not"):
        return [*told, {"what": "same intent", "who": "TF-IDF", "status": python}]
    done = subprocess.run([python, "-c", TFIDF, str(file), str(SEEDS)], capture_output=True, text=True, check=True)
    return told + [_right(f"TF-IDF, {name}", one) for name, one in json.loads(done.stdout).items()]


def _right(who: str, right: list[float]) -> dict[str, Any]:
    return {
        "what": "same intent",
        "who": who,
        "right": f"{np.mean(right):.1%}",
        "status": f"{min(right):.1%} to {max(right):.1%} over {len(right)} splits",
    }


def searches(messages: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        truth = make_up(messages, Path(folder))
        return [_search(who, messages, Path(folder), truth) for who in SEARCHES]


def make_up(messages: int, folder: Path) -> np.ndarray:
    """Vectors to search in and questions; the ten nearest of each question by 32-bit products."""
    from goodwill.understand.vectors import vectors

    file = DATA / "voice" / "banking77_train.csv"
    rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    base = vectors([row["text"] for row in rows])
    random = np.random.default_rng(20261101)
    held = np.lib.format.open_memmap(folder / "held.npy", "w+", np.float32, (messages, base.shape[1]))
    asked = _near(base[random.integers(len(base), size=QUESTIONS)], random)
    best = np.full((QUESTIONS, 10), -1.0)
    place = np.zeros((QUESTIONS, 10), np.int64)
    for begin in range(0, messages, 50_000):
        part = _near(base[random.integers(len(base), size=min(50_000, messages - begin))], random)
        held[begin : begin + len(part)] = part
        like = np.hstack([best, asked @ part.T])
        where = np.hstack([place, np.broadcast_to(np.arange(begin, begin + len(part)), (QUESTIONS, len(part)))])
        top = np.argpartition(-like, 10, axis=1)[:, :10]
        best, place = np.take_along_axis(like, top, 1), np.take_along_axis(where, top, 1)
    held.flush()
    np.save(folder / "asked.npy", asked)
    return place


def _near(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    moved = rows + random.normal(0, 0.025, rows.shape)
    return (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)


def _search(who: str, messages: int, folder: Path, truth: np.ndarray) -> dict[str, Any]:
    environment, code = SEARCHES[who]
    row: dict[str, Any] = {"what": f"search in {messages:,}", "who": who}
    python = sys.executable if environment == "goodwill" else interpreter(environment)
    if python.startswith("could not"):
        return row | {"status": python}
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([python, "-c", FRAME % code, str(folder)], capture_output=True, text=True, env=alone)
    if done.returncode:
        return row | {"status": f"failed: {done.stderr.strip().splitlines()[-1][:200]}"}
    found = json.loads(done.stdout)
    kept = [len(set(one) & set(other)) / 10 for one, other in zip(found["many"], truth.tolist(), strict=True)]
    return row | {
        "right": f"{np.mean(kept):.1%}",
        "CPU ms": round(1e3 * found["one"], 1),
        "per": "question",
        "CPU ms, 200 at once": round(1e3 * found["each"], 1),
        "wall ms": round(1e3 * found["one_wall"], 1),
        "CPU s to build": round(found["built"], 1),
        "MB": round(found["memory"]),
        "status": "of the ten nearest",
    }


def near_duplicates(messages: int) -> list[dict[str, Any]]:
    """Groups of near-equal texts among a million, made of the words of Banking77."""
    from goodwill.understand.duplicates import duplicates

    file = DATA / "voice" / "banking77_train.csv"
    said = [row["text"].split() for row in csv.DictReader(file.open(encoding="utf-8", newline=""))]
    random = np.random.default_rng(20261101)
    texts, twins = [], 0
    while len(texts) < messages:
        one, other = (said[place] for place in random.integers(len(said), size=2).tolist())
        text = " ".join([*one[: len(one) // 2], *other[len(other) // 2 :], str(random.integers(10**6))])
        texts.append(text)
        if len(texts) % 10 == 0 and len(texts) < messages:
            texts.append(f"@shop {text.upper()}!!")
            twins += 1
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    start, wall = time.process_time(), time.perf_counter()
    group = duplicates(texts)
    taken, past = time.process_time() - start, time.perf_counter() - wall
    pairs = [place for place, text in enumerate(texts) if text.startswith("@shop")]
    found = np.mean([group[place] == group[place - 1] for place in pairs])
    return [
        {
            "what": f"near-duplicates among {messages:,}",
            "who": "goodwill",
            "right": f"{found:.1%}",
            "CPU ms": round(1e3 * taken / messages, 4),
            "per": "message",
            "CPU s to build": round(taken, 1),
            "wall ms": round(1e3 * past),
            "MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before),
            "status": "of the twins that were made",
        }
    ]


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if sys.argv[1:] else MESSAGES):
        print(json.dumps(line, ensure_ascii=False), flush=True)
