"""How well readings are, by people's corrections: figures, cut-offs, review, the check sample, and the command."""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from goodwill.cli import app
from goodwill.errors import InputError, NotEnoughData
from goodwill.facts import INTENTS, MOODS, READINGS, TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand.checking import check_order, sample
from goodwill.understand.corrections import CorrectionWarning, certainty, for_review
from goodwill.understand.evaluate import ENOUGH, as_read, evaluate
from goodwill.understand.labels import labels_of
from goodwill.understand.measures import (
    Accuracy,
    Agreement,
    accuracy_of,
    best_cut_off,
    calibration,
    cost_of,
    pairs_in_order,
    tried,
)
from goodwill.understand.messages import read_messages

OWN = Path(__file__).parent.parent / "data" / "intents.csv"
Row = dict[str, Any]


@cache
def labelled() -> tuple[Row, ...]:
    with OWN.open(encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["split"] == "dev")


def told(key: str, field: str, value: object, **more: Any) -> Row:
    return {"table": "readings", "key": key, "field": field, "value": str(value), "by": "Ann", **more}


def facts_of(messages: list[Row], corrections: list[Row]) -> Facts:
    given = {"messages": messages, "corrections": corrections}
    tables = {name: pa.Table.from_pylist(rows, schema=TABLES[name].arrow) for name, rows in given.items()}
    return Facts.from_arrow(Firm.model_validate({"topics": {"delivery": ["parcel"], "price": ["fee"]}}), tables)


@cache
def labelled_firm() -> Facts:
    """A firm whose messages are our own, all of them looked at by a person."""
    messages, corrections = [], []
    for place, row in enumerate(labelled()):
        key = f"own:{place:03d}"
        messages.append({"message_id": key, "text": row["text"]})
        corrections += [told(key, name, row[name] or "none") for name in ("mood", "intents", "urgency")]
    return facts_of(messages, corrections)


def said_by(readings: list[Row]) -> pa.Table:
    blank = dict.fromkeys(READINGS.names)
    return pa.Table.from_pylist(
        [{**blank, "lane": "fast", "model": "m", "intents": [], "topics": [], **row} for row in readings],
        schema=READINGS.arrow,
    )


def test_figures_are_those_of_counting_by_hand() -> None:
    facts = labelled_firm()
    readings = as_read(facts)
    found = evaluate(facts, readings)
    read = readings.to_pylist()
    right = [one["mood"] == row["mood"] for one, row in zip(read, labelled(), strict=True)]
    assert found.readings == found.corrected == len(right)
    assert found.fields[0].name == "mood"
    assert found.fields[0].accuracy == Accuracy(sum(right), len(right))
    for name, one in found.intents.items():
        said = {place for place, row in enumerate(read) if name in row["intents"]}
        meant = {place for place, row in enumerate(labelled()) if name in row["intents"].split("|")}
        assert one == Agreement(len(said & meant), len(said), len(meant))
        assert one.f1 == pytest.approx(2 * len(said & meant) / (len(said) + len(meant)))
    assert sum(map(sum, found.confusion)) == sum(one["mood"] is not None for one in read)
    assert sum(found.confusion[k][k] for k in range(3)) == sum(right)
    assert found.urgency_count == len(right)
    assert 0.7 < found.urgency_order < 1
    assert found.mood_calibration is not None and found.mood_calibration.error < 0.2
    assert found.intent_calibration is not None and found.intent_calibration.count > 3000
    # Every message was looked at, so the check sample is all of them, and says the same.
    assert found.check_size == len(right)
    assert found.fields[0].check == found.fields[0].accuracy
    assert json.loads(json.dumps(found.to_dict()))["corrected"] == len(right)


def test_a_cut_off_is_suggested_only_where_it_is_better_on_what_was_left_out() -> None:
    found = evaluate(labelled_firm())
    for one in found.cut_offs:
        assert one.positive >= ENOUGH
        if one.suggested is None:
            assert one.why.startswith("keep: another one is no better")
            assert one.f1_then < one.f1_now + 0.01
        else:
            assert one.f1_then > one.f1_now
            assert f'"{one.intent}" = {one.suggested:.2f}' in found.toml()
    assert any(one.suggested is not None for one in found.cut_offs)
    assert found.toml().startswith("[reading.cut_offs]\n")


def test_dear_misses_lower_the_cut_offs() -> None:
    lenient, strict = (
        {one.intent: one.suggested for one in evaluate(labelled_firm(), miss_costs=costs).cut_offs}
        for costs in (8.0, 0.5)
    )
    both = [name for name in INTENTS if lenient[name] is not None and strict[name] is not None]
    assert both and all(lenient[name] <= strict[name] for name in both)


def test_few_corrections_suggest_nothing_and_say_how_many_are_needed() -> None:
    messages = [{"message_id": f"a:{k}", "text": "Where is my parcel?"} for k in range(5)]
    facts = facts_of(messages, [told("a:0", "intents", "question"), told("a:1", "intents", "complaint")])
    found = evaluate(facts)
    assert all(one.suggested is None and one.why.startswith("not enough yet: 20 that hold") for one in found.cut_offs)
    assert found.toml() == ""
    assert found.mood_calibration is None and found.intent_calibration is None
    assert math.isnan(found.urgency_order)
    assert found.to_dict()["urgency"] == {"pairs in order": None, "count": 0}
    assert found.check_size == 0 and "label the check sample too" in found.notes[-1]


def test_bias_is_said_and_confirmations_count() -> None:
    messages = [{"message_id": f"a:{k}", "text": "Thank you, wonderful!"} for k in range(4)]
    wrong = [told(f"a:{k}", "mood", "negative") for k in range(3)]
    found = evaluate(facts_of(messages, wrong))
    assert found.fields[0].accuracy == Accuracy(0, 3)
    assert "Of 3 corrections 0 confirm what was read. People correct what looks wrong" in found.notes[0]
    assert "Hardly anybody confirmed" in found.notes[1]
    found = evaluate(facts_of(messages, [*wrong, told("a:3", "mood", "positive")]))
    assert found.fields[0].accuracy == Accuracy(1, 4)
    assert "Of 4 corrections 1 confirm" in found.notes[0]


def test_topics_and_flow_and_the_first_intent() -> None:
    messages = [
        {"message_id": "a:0", "text": "The parcel is late", "to_us": True},
        {"message_id": "a:1", "text": "A fee for a parcel?", "to_us": True},
        {"message_id": "a:2", "text": "Hello", "to_us": True},
    ]
    corrections = [
        told("a:0", "topics", "delivery"),
        told("a:1", "topics", "price"),
        told("a:2", "topic", "price"),
        told("a:2", "topics", "none"),
        told("a:0", "flow", 3),
        told("a:1", "flow", 2),
        told("a:2", "intent", "complaint"),
    ]  # the later of one instant, by name, is `topics`
    found = evaluate(facts_of(messages, corrections))
    fields = {field.name: field.accuracy for field in found.fields}
    assert fields["flow"] == Accuracy(1, 2)
    assert fields["first intent"] == Accuracy(0, 1)
    assert "all intents" not in fields  # one intent alone says nothing of the others
    assert found.intents == {}
    assert found.topics["delivery"] == Agreement(1, 2, 1)
    assert found.topics["price"].meant == 1


def test_the_latest_correction_of_a_field_holds() -> None:
    at = pa.scalar(0, pa.timestamp("us", tz="UTC")).as_py()
    readings = said_by([{"message_id": "a"}])
    rows = [told("a", "mood", "negative", at=at.replace(year=2026)), told("a", "mood", "positive", at=at)]
    rows += [told("a", "intent", "praise"), told("b", "mood", "neutral")]
    labels = labels_of(readings, pa.Table.from_pylist(rows, schema=TABLES["corrections"].arrow))
    assert len(labels) == 1
    assert labels.mood.tolist() == [MOODS.index("negative")]
    assert labels.intents[0, INTENTS.index("praise")] == 1
    assert np.isnan(labels.intents[0, 0])
    assert labels.first == {0: "praise"}


def test_a_correction_that_cannot_be_is_no_label() -> None:
    readings = said_by([{"message_id": "a"}])
    rows = pa.Table.from_pylist([told("a", "mood", "cross")], schema=TABLES["corrections"].arrow)
    with pytest.warns(CorrectionWarning, match="a mood is one of"):
        assert len(labels_of(readings, rows)) == 0


def test_readings_that_hold_the_corrections_already_are_refused() -> None:
    facts = labelled_firm()
    with pytest.raises(InputError, match=r"the corrections are in these readings already; evaluate what .*as_read"):
        evaluate(facts, read_messages(facts))


def test_nothing_corrected_is_said() -> None:
    with pytest.raises(
        NotEnoughData, match=r"no reading was corrected or confirmed yet; bring a file corrections\.csv"
    ):
        evaluate(facts_of([{"message_id": "a:0", "text": "Hello"}], []))
    with pytest.raises(InputError, match="a miss costs -1 false alarms; give a number above 0"):
        evaluate(labelled_firm(), miss_costs=-1)


def test_reading_as_read_leaves_the_corrections_where_they_are() -> None:
    facts = facts_of([{"message_id": "a:0", "text": "Thank you!"}], [told("a:0", "mood", "negative")])
    assert as_read(facts)["mood"].to_pylist() == ["positive"]
    assert facts.arrow("corrections").num_rows == 1
    assert read_messages(facts)["mood"].to_pylist() == ["negative"]


def test_review_trades_work_for_accuracy() -> None:
    found = evaluate(labelled_firm())
    marked = [one.marked for one in found.review]
    assert marked == sorted(marked)
    assert all(one.kept.count + one.looked_at.count == found.corrected for one in found.review)
    assert found.review[-1].kept.share > found.review[0].kept.share > found.fields[0].accuracy.share - 0.01
    at_default = next(one for one in found.review if one.below == 0.55)
    assert at_default.looked_at.share < at_default.kept.share


def test_certainty_and_review_of_each_kind_of_reading() -> None:
    readings = said_by(
        [
            {"message_id": "0", "p_negative": 0.5, "p_neutral": 0.3, "p_positive": 0.2},
            {"message_id": "1", "p_negative": 0.0, "p_neutral": 1.0, "p_positive": 0.0},
            {"message_id": "2", "lane": "not read"},
            {"message_id": "3", "lane": "no text"},
        ]
    )
    assert certainty(readings).to_pylist() == [0.5, 1.0, 0.0, None]
    assert for_review(readings).to_pylist() == [True, False, True, False]
    assert for_review(readings, 0.4).to_pylist() == [False, False, True, False]


def test_the_check_sample_knows_nothing_of_what_was_said() -> None:
    readings = as_read(labelled_firm())
    order = check_order(readings)
    assert sorted(order) == list(range(readings.num_rows))
    shuffled = readings.take(pa.array(order))
    ids = readings["message_id"].to_pylist()
    assert [shuffled["message_id"][place].as_py() for place in check_order(shuffled)] == [ids[place] for place in order]


def test_the_check_sample_grows_with_what_was_looked_at_in_its_order() -> None:
    everything = labelled_firm()
    readings = as_read(everything)
    ids = readings["message_id"].to_pylist()
    order = check_order(readings)
    messages = everything.arrow("messages").to_pylist()

    def size(looked_at: list[int]) -> int:
        return evaluate(facts_of(messages, [told(ids[place], "mood", "neutral") for place in looked_at])).check_size

    assert size(order[:60]) == 60
    assert size(order[:10]) == 0  # too few
    assert size(order[200:260]) == 0  # chosen by somebody
    assert size([*order[:40], *order[41:60]]) == 59  # one left out among sixty


def test_the_next_of_the_sample_are_those_that_nobody_looked_at() -> None:
    facts = labelled_firm()
    messages = facts.arrow("messages").to_pylist()
    fresh = facts_of(messages, [])
    first = sample(fresh, as_read(fresh), 5)
    assert first.column_names == ["table", "key", "field", "value", "by", "at", "text"]
    assert set(first["value"].to_pylist()) <= set(MOODS)
    kept = [told(key, "mood", "neutral") for key in first["key"].to_pylist()]
    then = facts_of(messages, kept)
    assert not set(sample(then, as_read(then), 5)["key"].to_pylist()) & set(first["key"].to_pylist())
    with pytest.raises(InputError, match="a sample of 0 messages; give a number from 1 on"):
        sample(fresh, as_read(fresh), 0)


def test_measures_on_small_numbers() -> None:
    assert math.isnan(accuracy_of(np.zeros(0, bool)).share)
    assert accuracy_of(np.zeros(0, bool)).interval == (0.0, 1.0)
    nobody = Agreement(0, 0, 0)
    assert all(map(math.isnan, (nobody.precision, nobody.recall, nobody.f1)))
    assert math.isnan(pairs_in_order(np.array([1.0, 1.0]), np.array([0.0, 1.0])))
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 5, 3000).astype(float), rng.random(3000)
    above = truth[:, None] > truth[None, :]
    assert pairs_in_order(truth, said) == pytest.approx((said[:, None] > said[None, :])[above].mean())
    # A probability that means what it says has next to no calibration error; one that boasts has its boast.
    chance = rng.random(20_000)
    assert calibration(chance, rng.random(20_000) < chance).error < 0.02
    assert calibration(np.full(1000, 0.95), np.arange(1000) < 700).error == pytest.approx(0.25)


def test_cut_offs_on_a_known_rule() -> None:
    rng = np.random.default_rng(1)
    chance = rng.random(4000)
    truth = rng.random(4000) < chance  # calibrated: cheapest at 1 / (1 + miss_costs) (Elkan 2001)
    for costs in (0.5, 1.0, 4.0):
        assert best_cut_off(chance, truth, costs) == pytest.approx(1 / (1 + costs), abs=0.07)
    assert best_cut_off(chance, truth) < 0.5  # Lipton et al. 2014
    assert cost_of(truth, tried(chance, truth, 4.0), 4.0) < cost_of(truth, chance >= 0.5, 4.0)


def written(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "messages.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["message_id", "at", "text"])
        rows.writerows((f"own:{k}", "2026-01-01T00:00:00Z", row["text"]) for k, row in enumerate(labelled()[:120]))
    with (folder / "corrections.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["table", "key", "field", "value"])
        rows.writerows(("readings", f"own:{k}", "mood", row["mood"]) for k, row in enumerate(labelled()[:120]))
    return folder


def test_the_command_shows_and_writes(tmp_path: Path) -> None:
    folder, out = written(tmp_path / "firm"), tmp_path / "found" / "evaluation.json"
    done = CliRunner().invoke(app, ["evaluate", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    for words in ("120 of 120 messages were looked at", "read as people say", "marked for review", "not enough yet"):
        assert words in said
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["fields"][0]["corrections"]["count"] == 120
    assert found["fields"][0]["check sample"]["count"] == 120


def test_the_command_writes_a_sample(tmp_path: Path) -> None:
    folder = written(tmp_path / "firm")
    (folder / "corrections.csv").unlink()
    done = CliRunner().invoke(app, ["evaluate", str(folder), "--sample", "7"])
    assert done.exit_code == 0, done.output
    assert "7 messages are in" in done.output
    with (folder / "goodwill-out" / "check-these.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 7
