"""The whole room against the truth of the invented firm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import goodwill as gw
from goodwill import demo
from goodwill.demo import Truth, load_truth
from goodwill.estimate import spearman
from goodwill.pipeline import Result
from goodwill.value import value

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.make(tmp_path_factory.mktemp("firm"), customers=2000, seed=1)


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    return gw.run(gw.read(folder))


def read_without_error(readings: pa.Table, truth: Truth) -> pa.Table:
    """The readings as they would be if the reader never erred."""
    at = pc.index_in(readings["message_id"], truth.messages["message_id"].combine_chunks())
    mood, intents = truth.messages["mood"].take(at), truth.messages["intents"].take(at)
    nothing = pa.nulls(readings.num_rows, pa.float64())
    for name, column in {"mood": mood, "intents": intents, "p_positive": nothing, "p_intent": nothing}.items():
        readings = readings.set_column(readings.schema.get_field_index(name), name, column)
    return readings


def agreement(worth: pa.Table, truth: Truth, part: str) -> float:
    """The rank correlation of a part over all customers valued one by one, to the cent."""
    at = pc.index_in(truth.customers["customer_id"], worth["customer_id"].combine_chunks())
    there = pc.is_valid(at)
    found = worth[part].cast(pa.float64()).take(at.filter(there)).to_numpy()
    return spearman(np.round(found, 2), np.round(truth.customers[part].filter(there).to_numpy(), 2))


def test_each_part_agrees_with_the_truth(folder: Path, result: Result) -> None:
    scores = demo.score(result, folder)
    assert scores.spearman["spend"] > 0.85
    assert scores.spearman["referral"] > 0.9
    assert scores.spearman["influence"] > 0.75  # .91 is the most that the links allow: docs/demo.md
    assert scores.spearman["knowledge"] > 0.75
    assert 0.77 <= scores.coverage <= 0.83


def test_read_without_error_influence_is_all_that_the_links_allow(folder: Path, result: Result) -> None:
    truth = load_truth(folder)
    readings = read_without_error(result.readings, truth)
    valued = value(result.facts, readings, as_of=result.as_of)
    assert agreement(valued.worth, truth, "influence") > 0.9
