"""Readers of mood: goodwill's lanes against VADER, TextBlob, and TF-IDF with a linear SVM, on the same public tweets.

Each reader runs in a process of its own on one thread; its speed is texts in memory to moods in memory, its start the
CPU time of a fresh interpreter up to its first mood (imports and models included, not training). TF-IDF with a linear
SVM is trained on SemEval 2013–16, which goodwill's own models learnt from too; nobody learnt from the airline tweets.

More than a quarter of TweetEval's dev set stands in SemEval 2013–16 as well, with the same label, the same but for an
address ('http') at the end. So the SVM is trained without them, and a column gives the recall on the rest of the dev
set, where no reader has seen a text before; the picture shows that one. VADER and TextBlob give one number: VADER's
authors' own cut-offs (±.05) make moods of it; TextBlob has none, so 0 is neutral.

The data are looked for in $GOODWILL_TEST_DATA (default ../shared/data). The peers live in an environment of their own
under $GOODWILL_BENCH_HOME, pinned by peers/readers.txt. The picture goes to docs/pictures/readers.png and .svg.

`python bench/readers.py --quick` reads a few texts of each set once and draws nothing: to see that everything runs.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TITLE = "Readers of mood: accuracy against speed, one core"
GOAL = (
    "TweetEval dev, macro recall: careful ≥ 71.3, fast ≥ 67.5, auto ≥ 69; airline ≥ 78 % accuracy, ≥ 73 macro F1; "
    "messages a second: fast ≥ 20,000, careful ≥ 600, auto ≥ 2,000; start ≤ 0.5 s; ≤ 400 MB"
)

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parent / "docs" / "pictures"
DATA = Path(os.environ.get("GOODWILL_TEST_DATA") or HERE.parents[1] / "shared" / "data") / "voice"
SETS = {"tweeteval": "tweeteval_sentiment_dev.csv", "airline": "airline_train.csv"}
MOODS = ("negative", "neutral", "positive")
ROUNDS = 3
FEW = 300
ENOUGH = 30.0  # CPU seconds: a slower reader is timed once

# Runs in each process: makes a reader, reads a first text, then all texts of both sets, and says what it took.
FRAME = """
import json, sys, time
import os, warnings
warnings.simplefilter("ignore")
folder = sys.argv[1]
%s
first = read(["It never arrived and nobody answers!"])
started = time.process_time()
sets = {name: json.load(open(f"{folder}/{name}.json", encoding="utf-8")) for name in ("tweeteval", "airline")}
def status(what):
    return int(next(line for line in open("/proc/self/status") if line.startswith(what)).split()[1]) / 1e3
moods, seconds = {}, []
for name, texts in sets.items():
    moods[name] = read(texts)
together = [text for texts in sets.values() for text in texts]
for _ in range(%d):
    cpu = time.process_time()
    read(together)
    seconds.append(time.process_time() - cpu)
    if sum(seconds) > %f:
        break
print(json.dumps({"started": started, "cpu": seconds, "count": len(together), "peak": status("VmHWM"), "moods": moods}))
"""
OURS = """
from goodwill.understand import read_texts
def read(texts):
    return [mood or "neutral" for mood in read_texts(texts, lane={lane!r})["mood"].to_pylist()]
"""
VADER = """
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
analyser = SentimentIntensityAnalyzer()
def read(texts):
    scores = [analyser.polarity_scores(text)["compound"] for text in texts]
    return ["positive" if score >= 0.05 else "negative" if score <= -0.05 else "neutral" for score in scores]
"""
TEXTBLOB = """
from textblob import TextBlob
def read(texts):
    scores = [TextBlob(text).sentiment.polarity for text in texts]
    return ["positive" if score > 0 else "negative" if score < 0 else "neutral" for score in scores]
"""
# Trained before and kept, so that its start is that of a trained model.
TFIDF_TRAIN = """
import json, pickle, sys
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
folder = sys.argv[1]
texts, labels = json.load(open(f"{folder}/train.json", encoding="utf-8"))
model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
                      LinearSVC(C=0.2, class_weight="balanced", random_state=0))
pickle.dump(model.fit(texts, labels), open(f"{folder}/tfidf.pickle", "wb"))
"""
TFIDF = """
import pickle
model = pickle.load(open(f"{folder}/tfidf.pickle", "rb"))
def read(texts):
    return model.predict(texts).tolist()
"""
READERS = {
    "goodwill, fast": ("goodwill", OURS.format(lane="fast")),
    "goodwill, auto": ("goodwill", OURS.format(lane="auto")),
    "goodwill, careful": ("goodwill", OURS.format(lane="careful")),
    "VADER 3.3.2": ("readers", VADER),
    "TextBlob 0.20.1": ("readers", TEXTBLOB),
    "TF-IDF + linear SVM (scikit-learn 1.9.1)": ("readers", TFIDF),
}


def run(quick: bool = False) -> list[dict[str, Any]]:
    """One row a reader; 'speed ÷ VADER' is of this run. `quick`: FEW texts of each set, and no picture."""
    if not DATA.is_dir():
        return [{"reader": "all", "status": f"no data in {DATA}: set GOODWILL_TEST_DATA"}]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth, fresh = prepared(folder, FEW if quick else None)
        found = {reader: measured(reader, folder) for reader in READERS}
    rows = [row(reader, one, truth, fresh) for reader, one in found.items()]
    vader = next((one.get("messages a CPU s") for one in rows if one["reader"].startswith("VADER")), None)
    for one in rows:
        if vader and "messages a CPU s" in one:
            one["speed ÷ VADER"] = round(one["messages a CPU s"] / vader, 2)
    if not quick:
        draw(rows)
    return rows


def labelled(file: str, count: int | None = None) -> tuple[list[str], list[str]]:
    """The texts of a set and their labels; the first `count` of them if one is given."""
    with (DATA / file).open(encoding="utf-8", newline="") as given:
        rows = list(csv.DictReader(given))[:count]
    return [one["text"] for one in rows], [one["label"] for one in rows]


def words(text: str) -> frozenset[str]:
    """What makes two texts copies of each other: the same words, but for addresses and @names."""
    return frozenset(re.sub(r"http\S*|@\w+|[^a-z ]+", " ", text.lower()).split())


def prepared(folder: Path, count: int | None = None) -> tuple[dict[str, list[str]], list[bool]]:
    """Writes the texts where each process finds them, the first `count` of each set if one is given; returns what they
    are labelled, and which of TweetEval's dev set have no copy in SemEval 2013–16."""
    truth, given = {}, {}
    for name, file in SETS.items():
        given[name], truth[name] = labelled(file, count)
        (folder / f"{name}.json").write_text(json.dumps(given[name]), encoding="utf-8")
    texts, labels = labelled("semeval1316_sentiment_train.csv")
    dev, train = (list(map(words, one)) for one in (given["tweeteval"], texts))
    seen, asked = set(train), set(dev)
    kept = [place for place, key in enumerate(train) if key not in asked]
    purged = [texts[place] for place in kept], [labels[place] for place in kept]
    (folder / "train.json").write_text(json.dumps(purged), encoding="utf-8")
    return truth, [key not in seen for key in dev]


def measured(reader: str, folder: Path) -> dict[str, Any] | str:
    """What a reader took and said, or why there is nothing."""
    environment, code = READERS[reader]
    python = sys.executable if environment == "goodwill" else interpreter(environment)
    if python.startswith("could not"):
        return python
    if "tfidf.pickle" in code:
        problem, _ = _run(python, TFIDF_TRAIN, folder)
        if problem:
            return problem
    problem, said = _run(python, FRAME % (code, ROUNDS, ENOUGH), folder)
    return problem or json.loads(said.strip().splitlines()[-1])


def _run(python: str, code: str, folder: Path) -> tuple[str, str]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "GOODWILL_THREADS", "RAYON_NUM_THREADS")
    alone = {**os.environ, **dict.fromkeys(names, "1"), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run([python, "-c", code, str(folder)], capture_output=True, text=True, check=False, env=alone)
    if done.returncode:
        return f"failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}", ""
    return "", done.stdout


def interpreter(environment: str) -> str:
    """A peer's interpreter (bench/peers.py)."""
    spec = importlib.util.spec_from_file_location("peers", HERE / "peers.py")
    assert spec is not None and spec.loader is not None
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    return str(peers.interpreter(environment))


def row(reader: str, found: dict[str, Any] | str, truth: dict[str, list[str]], fresh: list[bool]) -> dict[str, Any]:
    """A reader's figures, shares in hundredths."""
    if isinstance(found, str):
        return {"reader": reader, "status": found}
    tweets, airline = ((truth[name], found["moods"][name]) for name in ("tweeteval", "airline"))
    best = min(found["cpu"])
    unseen = tuple([mood for mood, new in zip(one, fresh, strict=True) if new] for one in tweets)
    return {
        "reader": reader,
        "TweetEval dev, macro recall": round(100 * macro_recall(*tweets), 1),
        "without copies": round(100 * macro_recall(*unseen), 1),
        "macro F1": round(100 * macro_f1(*tweets), 1),
        "airline, accuracy": round(100 * accuracy(*airline), 1),
        "airline, macro F1": round(100 * macro_f1(*airline), 1),
        "messages a CPU s": round(found["count"] / best),
        "spread": f"{len(found['cpu'])}, {best:.2f}–{max(found['cpu']):.2f} s",
        "start CPU s": round(found["started"], 2),
        "peak MB": round(found["peak"]),
    }


def accuracy(truth: list[str], said: list[str]) -> float:
    return sum(one == two for one, two in zip(truth, said, strict=True)) / len(truth)


def counts(mood: str, truth: list[str], said: list[str]) -> tuple[int, int, int]:
    """How often a mood was both meant and said, meant, said."""
    pairs = list(zip(truth, said, strict=True))
    return sum(one == two == mood for one, two in pairs), truth.count(mood), said.count(mood)


def macro_recall(truth: list[str], said: list[str]) -> float:
    found = [counts(mood, truth, said) for mood in MOODS]
    return sum(both / meant for both, meant, _ in found) / len(MOODS)


def macro_f1(truth: list[str], said: list[str]) -> float:
    found = [counts(mood, truth, said) for mood in MOODS]
    return sum(2 * both / max(1, meant + guessed) for both, meant, guessed in found) / len(MOODS)


def draw(rows: list[dict[str, Any]]) -> None:
    """Accuracy against speed, a dot a reader. Without a careful model the auto lane is the fast one, drawn once."""
    import altair as alt

    careful = any("careful" in one["reader"] and "status" not in one for one in rows)
    shown = [
        {
            "reader": one["reader"].split(" (")[0],
            "speed": one["messages a CPU s"],
            "recall": one["without copies"],
            "whose": "goodwill" if one["reader"].startswith("goodwill") else "others",
        }
        for one in rows
        if "messages a CPU s" in one and (careful or "auto" not in one["reader"])
    ]
    if not shown:
        return
    base = alt.Chart(alt.Data(values=shown)).encode(
        x=alt.X(
            "speed:Q",
            title="messages a second, one core",
            axis=alt.Axis(values=[300, 1000, 3000, 10_000, 30_000, 100_000]),
            scale=alt.Scale(type="log", domain=[300, 100_000]),
        ),
        y=alt.Y(
            "recall:Q", title="macro recall, TweetEval dev without copies, %", scale=alt.Scale(zero=False, padding=20)
        ),
    )
    colour = alt.Color(
        "whose:N", legend=None, scale=alt.Scale(domain=["goodwill", "others"], range=["#1b6e4b", "#6b6b66"])
    )
    dots = base.mark_circle(size=110, opacity=1).encode(color=colour)
    names = base.mark_text(align="center", dy=-14, fontSize=12).encode(text="reader:N", color=colour)
    chart = (dots + names).properties(width=620, height=360, background="white", padding=16)
    chart = chart.configure_axis(grid=True, gridColor="#e8e6df", domain=False, tickColor="#bbb", labelFontSize=11)
    chart = chart.configure_view(stroke=None)
    PICTURES.mkdir(parents=True, exist_ok=True)
    chart.save(str(PICTURES / "readers.svg"))
    chart.save(str(PICTURES / "readers.png"), scale_factor=2)


if __name__ == "__main__":
    for line in run(quick="--quick" in sys.argv):
        print(json.dumps(line, ensure_ascii=False), flush=True)
