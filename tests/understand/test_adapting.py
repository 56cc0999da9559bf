"""A firm's own corrections adapt the reader: surely better or not at all, and no text is kept."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from goodwill.cli import app
from goodwill.errors import InputError, NotEnoughData, SettingsError
from goodwill.facts import INTENTS, MOODS, TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand import read_messages, read_texts
from goodwill.understand.adapt import Adapted, Head, OwnReaderWarning, adapt
from goodwill.understand.heads import HASHED, HEADS, columns_of, hashed
from goodwill.understand.model import logistic, softmax
from goodwill.understand.reader import Readings, read

OWN = Path(__file__).parent.parent / "data" / "intents.csv"


@cache
def labelled() -> tuple[dict[str, str], ...]:
    """The dev part, shuffled: what is adapted here is tried on dev messages that were left out."""
    with OWN.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "dev"]
    return tuple(rows[place] for place in np.random.default_rng(0).permutation(len(rows)))


def texts() -> list[str]:
    return [row["text"] for row in labelled()]


def corrections(rows: list[tuple[int, str, str]]) -> pa.Table:
    given = [{"table": "readings", "key": str(key), "field": field, "value": value} for key, field, value in rows]
    return pa.Table.from_pylist(given, schema=TABLES["corrections"].arrow)


TAUGHT = 280


@cache
def one_sided() -> Readings:
    """A made-up reader that knows something, but calls far too much neutral and misses most complaints. So these tests
    hold whatever reader ships."""
    rng = np.random.default_rng(1)
    rows = labelled()
    mood = np.array([[2.0 * (row["mood"] == name) for name in MOODS] for row in rows])
    mood += rng.normal(0, 1.3, mood.shape)
    mood[:, MOODS.index("neutral")] += 2.5
    holds = np.array([[name in row["intents"].split("|") for name in INTENTS] for row in rows])
    wants = 3.0 * holds - 2 + rng.normal(0, 1, holds.shape)
    wants[:, INTENTS.index("complaint")] -= 2.5
    urgency = np.array([float(row["urgency"]) for row in rows]) * 0.8 + 0.1
    return replace(read(texts()), mood_log_odds=mood, wants=logistic(wants), urgency=urgency)


@cache
def learnt() -> Adapted:
    rows = [
        (place, field, row[field] or "none")
        for place, row in enumerate(labelled()[:TAUGHT])
        for field in ("mood", "intents", "urgency")
    ]
    return adapt(texts(), read_texts(texts()), corrections(rows), one_sided())


def test_what_was_left_out_is_read_better() -> None:
    found = one_sided()
    own = learnt().adjust(found, texts())
    meant = np.array([row["mood"] for row in labelled()])
    rest = np.arange(len(meant)) >= TAUGHT

    def right(log_odds: np.ndarray) -> float:
        return float((np.array(MOODS)[log_odds.argmax(axis=1)] == meant)[rest].mean())

    assert "mood" in learnt().used
    assert right(found.mood_log_odds) < 0.7
    assert right(own.mood_log_odds) > right(found.mood_log_odds) + 0.1
    complaint = np.array(["complaint" in row["intents"].split("|") for row in labelled()])

    def f1(chance: np.ndarray) -> float:
        said = chance >= 0.5
        return float(2 * (said & complaint)[rest].sum() / (said[rest].sum() + complaint[rest].sum()))

    assert "complaint" in learnt().used
    assert f1(own.wants[:, 0]) > f1(found.wants[:, 0]) + 0.2


def test_the_reader_that_ships_is_not_made_worse() -> None:
    """Printed for the model card; the floor is that what was left out is read no worse."""
    found, readings = read(texts()), read_texts(texts())
    rows = [(place, "mood", row["mood"]) for place, row in enumerate(labelled()[:TAUGHT])]
    own = adapt(texts(), readings, corrections(rows), found)
    meant = np.array([MOODS.index(row["mood"]) for row in labelled()])
    rest = np.arange(len(meant)) >= TAUGHT

    def loss(log_odds: np.ndarray) -> float:
        return float(-np.log(softmax(np.nan_to_num(log_odds))[rest, meant[rest]]).mean())

    before, after = loss(found.mood_log_odds), loss(own.adjust(found, texts()).mood_log_odds)
    print(f"\nmood, log-loss of {rest.sum()} left out: {before:.3f} → {after:.3f}, adapted: {own.used}")
    assert after <= before + 0.02


def test_each_head_says_what_became_of_it() -> None:
    heads = {head.name: head for head in learnt().heads}
    assert tuple(heads) == ("mood", *INTENTS, "urgency")
    for head in heads.values():
        assert head.labels >= TAUGHT - 5
        if head.form:
            assert head.loss_after < head.loss_before
            assert head.why.startswith("held-out log-loss")
        else:
            assert head.why == "left alone: held out, it was not surely better"
    assert learnt().version.startswith("own-")
    assert learnt().made_for


def test_it_takes_seconds_and_gives_the_same_again() -> None:
    rows = [(place, "mood", row["mood"]) for place, row in enumerate(labelled()[:TAUGHT])]
    readings = read_texts(texts())
    begun = time.process_time()
    once = adapt(texts(), readings, corrections(rows), one_sided())
    assert time.process_time() - begun < 30
    again = adapt(texts(), readings, corrections(rows[::-1]), one_sided())
    assert once.weights.tobytes() == again.weights.tobytes()
    assert once.version == again.version


@pytest.mark.slow
def test_a_reader_that_means_what_it_says_is_left_alone() -> None:
    found = one_sided()
    chance = softmax(found.mood_log_odds)
    readings = read_texts(texts())
    used = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        rows = [(place, "mood", MOODS[rng.choice(3, p=chance[place])]) for place in range(TAUGHT)]
        used += "mood" in adapt(texts(), readings, corrections(rows), found).used
    assert used <= 2


def test_errors_alone_do_not_teach_it_to_contradict_itself() -> None:
    """A reader that is right three times in four, corrected only where it is wrong."""
    found = replace(one_sided(), mood_log_odds=one_sided().mood_log_odds - [0, 2.5, 0])
    said = np.array(MOODS)[found.mood_log_odds.argmax(axis=1)]
    meant = np.array([row["mood"] for row in labelled()])
    right = said == meant
    wrong = [(int(k), "mood", meant[k]) for k in np.flatnonzero(~right)]
    assert 60 < len(wrong) < 150
    own = adapt(texts(), read_texts(texts()), corrections(wrong), found)
    assert own.silent > len(wrong)  # many more must have been looked at and found right
    after = np.array(MOODS)[own.adjust(found, texts()).mood_log_odds.argmax(axis=1)]
    assert (after == meant)[right].mean() > 0.9  # what was right stays right
    assert (after == meant).mean() >= right.mean() - 0.01


def test_confirmations_change_nothing() -> None:
    said = np.array(MOODS)[one_sided().mood_log_odds.argmax(axis=1)]
    rows = [(k, "mood", mood) for k, mood in enumerate(said.tolist())]
    own = adapt(texts(), read_texts(texts()), corrections(rows), one_sided())
    after = own.adjust(one_sided(), texts()).mood_log_odds.argmax(axis=1)
    assert (np.array(MOODS)[after] == said).mean() > 0.99


def test_few_corrections_leave_every_head_alone() -> None:
    rows = [(k, "mood", labelled()[k]["mood"]) for k in range(29)]
    with pytest.raises(NotEnoughData, match="29 messages were corrected or confirmed, 30 are needed to learn from"):
        adapt(texts(), read_texts(texts()), corrections(rows))
    rows += [(k, "urgency", labelled()[k]["urgency"]) for k in range(29, 40)]
    own = adapt(texts(), read_texts(texts()), corrections(rows))
    assert own.used == () and own.version == ""
    assert all(
        head.why.startswith("not enough yet: 30 labelled messages, 8 of them on either side") for head in own.heads
    )
    mood, wants = own.apply(np.zeros((2, 3)), np.zeros((2, 10)), ["terrible", "lovely"])
    assert not mood.any() and not wants.any()


def test_one_intent_told_alone_teaches_nothing() -> None:
    rows = [(k, "intent", "complaint") for k in range(60)]
    assert adapt(texts(), read_texts(texts()), corrections(rows)).used == ()


def test_as_many_texts_as_readings_are_wanted() -> None:
    with pytest.raises(InputError, match="2 texts for 1 readings; give one text a reading"):
        adapt(["a", "b"], read_texts(["a"]), corrections([]))


def test_what_was_not_read_stays_unread_and_nothing_given_is_changed() -> None:
    mood, wants = np.zeros((3, 3)), np.ones((3, 10))
    mood[1], wants[1:] = np.nan, np.nan
    kept = mood.copy(), wants.copy()
    after = learnt().apply(mood, wants, ["Where is it?", "", "Wo ist es?"])
    assert np.isnan(after[0][1]).all() and np.isnan(after[1][1:]).all()
    assert np.isfinite(after[0][[0, 2]]).all() and np.isfinite(after[1][0]).all()
    assert (after[0][[0, 2], 1] == 0).all()  # neutral is what the others stand against
    np.testing.assert_array_equal(mood, kept[0])
    np.testing.assert_array_equal(wants, kept[1])


def test_a_text_is_read_alike_in_any_batch() -> None:
    rng = np.random.default_rng(2)
    mood, wants = rng.normal(size=(412, 3)), rng.normal(size=(412, 10))
    together = learnt().apply(mood, wants, texts())
    for place in (0, 7, 100):
        alone = learnt().apply(mood[[place]], wants[[place]], [texts()[place]])
        np.testing.assert_array_equal(alone[0][0], together[0][place])
        np.testing.assert_array_equal(alone[1][0], together[1][place])


def test_it_is_kept_and_found_again_without_a_text(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "own.npz"
    learnt().save(file)
    again = Adapted.load(file)
    assert again.weights.tobytes() == learnt().weights.tobytes()
    assert (again.made_for, again.heads, again.version) == (learnt().made_for, learnt().heads, learnt().version)
    assert [path.name for path in file.parent.iterdir()] == ["own.npz"]
    assert file.stat().st_size < 100_000
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as parts:
        assert sorted(parts.namelist()) == ["about.npy", "weights.npy"]
        about = parts.read("about.npy").decode("utf-32-le", "ignore")
    assert "held-out log-loss" in about
    assert not [text for text in texts() if len(text) > 12 and text in about]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (None, "there is no such file; make it anew with goodwill evaluate --adapt"),
        (b"PK nonsense", "this is no adapted reader"),
        ({"about": np.array("{}"), "weights": np.zeros(3)}, "this adapted reader is of another version"),
        ({"weights": np.zeros(3)}, "this is no adapted reader"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, broken: Any, said: str) -> None:
    file = tmp_path / "own.npz"
    if isinstance(broken, bytes):
        file.write_bytes(broken)
    elif broken is not None:
        np.savez(file, **broken)
    with pytest.raises(InputError, match=said):
        Adapted.load(file)


def test_hashed_words_leave_names_out_and_have_length_one() -> None:
    rows, message, value = hashed(["not bad at all", "", "@anna https://x.example hello", "hello"])
    assert ((rows >= 0) & (rows < HASHED)).all()
    length = np.bincount(message, value**2, 4)
    np.testing.assert_allclose(length, [1, 0, 1, 1])
    assert rows[message == 2].tolist() == rows[message == 3].tolist()


def test_columns_are_log_odds_against_neutral_and_bounded() -> None:
    found = columns_of(np.array([[1.0, 3.0, 100.0]]), np.full((1, 10), -50.0))
    assert found[0, :3].tolist() == [-2.0, 6.0, -6.0]


def test_the_command_adapts(tmp_path: Path) -> None:
    with (tmp_path / "messages.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["message_id", "at", "text"])
        rows.writerows((f"own:{k}", "2026-01-01T00:00:00Z", text) for k, text in enumerate(texts()))
    with (tmp_path / "corrections.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["table", "key", "field", "value"])
        rows.writerows(("readings", f"own:{k}", "mood", row["mood"]) for k, row in enumerate(labelled()))
    done = CliRunner().invoke(app, ["evaluate", str(tmp_path), "--adapt"])
    assert done.exit_code == 0, done.output
    file = tmp_path / "goodwill-out" / "own-reader.npz"
    if "Nothing was adapted" in done.output:  # a reader that is right enough is left alone
        assert not file.exists()
        return
    own = Adapted.load(file)
    assert set(own.used) <= {"mood"}
    assert own.version in done.output


def _own_reader(folder: Path) -> Adapted:
    """One that finds everything worse than it was read, made for the readers that are here."""
    weights = np.zeros((HEADS, 1 + HEADS + HASHED), np.float32)
    weights[0, 0] = 8.0  # negative, against neutral
    head = Head("mood", "shift", 99, 1.0, 0.5, "by hand")
    versions = tuple({read(["It is here."], lane=lane).model[0] for lane in ("fast", "careful")})
    own = Adapted(versions, 0.0, (head,), weights)
    own.save(folder / "own-reader.npz")
    return own


def _said(folder: Path, own: str | None) -> pa.Table:
    firm = Firm.model_validate({"reading": {"own": own}} if own else {}).beside(folder)
    messages = [{"message_id": "x:1", "text": "The meeting is on Tuesday."}, {"message_id": "x:2", "text": "So good!"}]
    corrections = [{"table": "readings", "key": "x:2", "field": "mood", "value": "positive"}]
    given = {"messages": messages, "corrections": corrections}
    return read_messages(
        Facts.from_arrow(
            firm, {name: pa.Table.from_pylist(rows, schema=TABLES[name].arrow) for name, rows in given.items()}
        )
    )


def test_messages_are_read_with_the_firms_own_reader_and_people_still_win(tmp_path: Path) -> None:
    own = _own_reader(tmp_path)
    plain, adapted = _said(tmp_path, None), _said(tmp_path, "own-reader.npz")
    assert plain["mood"].to_pylist() == ["neutral", "positive"]
    assert adapted["mood"].to_pylist() == ["negative", "positive"]
    assert [model.endswith(f"+{own.version}") for model in adapted["model"].to_pylist()] == [True, True]
    assert adapted["certainty"].to_pylist()[1] == 1.0 and adapted["review"].to_pylist()[1] is False


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # ibis's own
def test_an_own_reader_for_other_weights_is_left_aside_with_a_word(tmp_path: Path) -> None:
    own = _own_reader(tmp_path)
    replace(own, made_for=("fast-0",)).save(tmp_path / "own-reader.npz")
    with pytest.warns(OwnReaderWarning, match=r"made for fast-0 and not for .*goodwill evaluate --adapt"):
        assert _said(tmp_path, "own-reader.npz")["mood"].to_pylist() == ["neutral", "positive"]


def test_an_own_reader_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"\[reading\] own: there is no own reader .*--adapt, or take the line away"
    ):
        _said(tmp_path, "own-reader.npz")
