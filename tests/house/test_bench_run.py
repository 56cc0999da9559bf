"""The page of benchmarks is built up one by one: each keeps its own day, machine and versions."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).resolve().parents[2] / "bench" / "run.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    specification = importlib.util.spec_from_file_location("bench_run", FILE)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def found(title: str, day: str, seconds: float) -> dict[str, Any]:
    measured = {"day": day, "machine": "a loom, 2 cores", "load": 0.5, "python": "3.11.9", "versions": {"numpy": "2.4"}}
    rows = [{"library": "goodwill", "CPU s": seconds}, {"library": "a|b", "status": "could not be installed"}]
    return {"measured": measured, "title": title, "goal": "≥ 4×", "rows": rows}


def test_every_benchmark_says_what_it_measures_and_what_is_to_be_reached(bench: ModuleType) -> None:
    files = bench.benchmarks()
    assert {"intervals", "main_job", "purchase_log", "spend_models", "worth_solve"} <= {file.stem for file in files}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "\nTITLE = " in text and "\nGOAL = " in text, file.name


def test_one_benchmark_anew_leaves_the_others_figures(bench: ModuleType, tmp_path: Path) -> None:
    bench.keep("one", found("One", "2026-11-01", 1.25), tmp_path)
    bench.keep("two", found("Two", "2026-11-02", 2.5), tmp_path)
    bench.keep("one", found("One", "2026-11-22", 1.0), tmp_path)
    page = bench.page(tmp_path)
    assert page.index("## One") < page.index("## Two")
    assert "*2026-11-22, a loom, 2 cores, load 0.5 after it; Python 3.11.9, numpy 2.4.*" in page
    assert "2026-11-01" not in page and "2026-11-02" in page
    assert "| goodwill | 2.5 |  |" in page
    assert "| a/b |  | could not be installed |" in page


def test_an_unknown_name_is_told_the_known_ones(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["purchases_log"]) == 1
    assert "no benchmark is called purchases_log; choose from " in capsys.readouterr().err


def test_it_knows_its_machine(bench: ModuleType) -> None:
    told = bench.circumstances()
    assert told["versions"]["goodwill"] and "cores" in told["machine"]
