"""Scores: a result that is the truth itself scores full marks, and worse ones score worse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from goodwill.demo import Truth, load_truth, make, score
from goodwill.demo.scoring import RULES
from goodwill.errors import InputError


@dataclass
class Results:
    worth: pa.Table
    now: pa.Table
    readings: pa.Table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("firm"), customers=1500, seed=3)


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return load_truth(folder)


def perfect(truth: Truth) -> Results:
    """What one who knows the truth would say."""
    people, waiting = truth.customers, truth.messages.filter(truth.messages["open"])
    waiting = waiting.sort_by([("gain", "descending")])
    first = np.arange(waiting.num_rows) + 1
    realised = people["follows_realised"]
    worth = people.select(["customer_id", "spend", "referral", "influence", "knowledge", "follows"])
    worth = worth.append_column("follows_low", pc.subtract(realised, 1.0))
    worth = worth.append_column("follows_high", pc.add(realised, 1.0))
    readings = pa.table(
        {
            "message_id": truth.messages["message_id"],
            "mood": truth.messages["mood"],
            "p_negative": pc.cast(pc.equal(truth.messages["mood"], "negative"), pa.float64()),
            "intent": pa.array([intents[0] if intents else None for intents in truth.messages["intents"].to_pylist()]),
        }
    )
    now = pa.table({"rank": first, "message_id": waiting["message_id"], "customer_id": waiting["author_id"]})
    return Results(worth, now, readings)


def test_the_truth_scores_full_marks(folder: Path, truth: Truth) -> None:
    scores = score(perfect(truth), folder)
    assert scores.spearman == dict.fromkeys(scores.spearman, 1.0)
    assert scores.coverage == scores.coverage_of_active == 1.0
    assert scores.mood_accuracy == scores.intent_accuracy == 1.0
    assert (scores.missing, scores.unranked, scores.extra) == (0, 0, 0)
    for share in (0.1, 0.2):
        assert scores.of_oracle[share]["oracle"] == 1.0
        assert scores.of_oracle[share]["first in first out"] == 0.0
        # By gain alone a person who spoke twice takes two places: nearly the oracle, never more.
        assert 0.9 < scores.of_oracle[share]["goodwill"] <= 1.0


def test_the_oracle_is_above_every_rule(folder: Path, truth: Truth) -> None:
    scores = score(perfect(truth), folder)
    for share in (0.1, 0.2):
        assert all(scores.saved[share][rule] <= scores.saved[share]["oracle"] + 1e-9 for rule in RULES)
        assert scores.saved[share]["first in first out"] < 0.5 * scores.saved[share]["oracle"]


def test_noise_and_narrow_intervals_cost_marks(folder: Path, truth: Truth) -> None:
    result = perfect(truth)
    shuffled = np.random.default_rng(0).permutation(result.worth.num_rows)
    place = result.worth.schema.get_field_index("spend")
    result.worth = result.worth.set_column(place, "spend", result.worth["spend"].take(pa.array(shuffled)))
    place = result.worth.schema.get_field_index("follows_low")
    result.worth = result.worth.set_column(place, "follows_low", result.worth["follows_high"])
    scores = score(result, folder)
    assert abs(scores.spearman["spend"]) < 0.1
    assert scores.coverage == 0.0


def test_messages_that_were_not_ranked_come_last(folder: Path, truth: Truth) -> None:
    result = perfect(truth)
    waiting = result.now.num_rows
    result.now = result.now.slice(0, 1)
    scores = score(result, folder)
    assert scores.unranked == waiting - 1
    assert scores.saved[0.1]["goodwill"] >= pc.max(truth.messages["gain"]).as_py() - 1e-9


def test_rows_that_nobody_waits_for_are_counted(folder: Path, truth: Truth) -> None:
    result = perfect(truth)
    more = pa.table({"rank": [10_000], "message_id": ["helpdesk:none"], "customer_id": pa.nulls(1, pa.string())})
    result.now = pa.concat_tables([result.now, more], promote_options="permissive")
    assert score(result, folder).extra == 1


def test_those_in_the_pool_are_left_out(folder: Path, truth: Truth) -> None:
    result = perfect(truth)
    result.worth = result.worth.filter(pc.invert(truth.customers["forbids_valuing"]))
    scores = score(result, folder)
    assert scores.missing == pc.sum(truth.customers["forbids_valuing"]).as_py() > 0
    assert scores.customers + scores.missing == 1500


def test_the_scores_print_themselves(folder: Path, truth: Truth) -> None:
    said = str(score(perfect(truth), folder))
    assert "rank correlation with the truth (Spearman): follows 1.000" in said
    assert "first in first out" in said


def test_a_folder_without_truth_is_named(tmp_path: Path, truth: Truth) -> None:
    with pytest.raises(InputError, match="no truth lies here; goodwill demo writes it"):
        score(perfect(truth), tmp_path)
