"""The benchmark of readers counts right, and keeps what was learnt apart from what is asked."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "readers.py"


@pytest.fixture
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_readers", BENCH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_of_a_small_set(bench: ModuleType) -> None:
    truth = ["negative", "negative", "neutral", "positive"]
    said = ["negative", "neutral", "neutral", "negative"]
    assert bench.accuracy(truth, said) == 0.5
    assert bench.macro_recall(truth, said) == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert bench.macro_f1(truth, said) == pytest.approx((2 / 4 + 2 / 3 + 0) / 3)


def test_copies_are_left_out_on_both_sides(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {
        "tweeteval_sentiment_dev.csv": ["Late again @user", "quite new"],
        "airline_train.csv": ["lost bag"],
        "semeval1316_sentiment_train.csv": ["late AGAIN http", "other", "lost bag"],
    }
    for name, texts in sets.items():
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "label"])
            rows.writerows((text, "negative") for text in texts)
    monkeypatch.setattr(bench, "DATA", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    truth, fresh = bench.prepared(out)
    assert fresh == [False, True]
    assert truth == {"tweeteval": ["negative"] * 2, "airline": ["negative"]}
    assert json.loads((out / "train.json").read_text()) == [["other", "lost bag"], ["negative", "negative"]]


def test_a_reader_that_failed_is_a_row_that_says_so(bench: ModuleType) -> None:
    assert bench.row("VADER", "could not be installed: no", {}, []) == {
        "reader": "VADER",
        "status": "could not be installed: no",
    }


def test_our_own_lane_runs_in_its_own_process(bench: ModuleType, tmp_path: Path) -> None:
    for name in ("tweeteval", "airline"):
        (tmp_path / f"{name}.json").write_text(json.dumps(["I love it", "It broke", ""]), encoding="utf-8")
    found = bench.measured("goodwill, fast", tmp_path)
    assert found["moods"]["airline"] == ["positive", "negative", "neutral"]
    assert found["count"] == 6 and found["peak"] > 0 and found["started"] > 0
