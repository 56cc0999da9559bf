"""The three lanes: who answers, that a text's reading is its own, bounded work, and what happens without the model."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from goodwill.errors import GoodwillError, InputError, SettingsError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand import auto, careful, read_messages, read_texts, sessions

OWN = Path(__file__).parent.parent / "data" / "intents.csv"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    with OWN.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)][:300]


@pytest.fixture(autouse=True)
def _with_the_model(request: pytest.FixtureRequest) -> None:
    if "without_the_model" not in request.fixturenames:
        assert careful.available(), "src/goodwill/understand/weights has no careful model"


@pytest.fixture
def without_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    careful.calibration.cache_clear()
    monkeypatch.setattr(careful, "FOLDER", tmp_path)


def rows(texts: list[str], lane: str, **more: Any) -> list[dict[str, Any]]:
    return read_texts(texts, lane, **more).drop_columns("message_id").to_pylist()


# who answers


def test_each_lane_says_who_answered() -> None:
    said = ["The parcel is late again", "C'est vraiment super, merci !", "Очень плохой сервис", "", "?!"]
    assert read_texts(said, "careful")["lane"].to_pylist() == ["careful", "fast", "not read", "no text", "no text"]
    assert read_texts(said, "fast")["lane"].to_pylist() == ["fast", "fast", "not read", "no text", "no text"]
    model = read_texts(said, "careful")["model"].to_pylist()
    assert model[0] == careful.calibration().version
    assert len(set(model[1:])) == 1 and model[1].startswith("fast")


def test_the_careful_reader_answers_where_the_fast_one_is_unsure(texts: list[str]) -> None:
    mixed = rows(texts, "auto")
    assert {row["lane"] for row in mixed} == {"fast", "careful"}
    fast, slow = rows(texts, "fast"), rows(texts, "careful")
    for got, quick, sure in zip(mixed, fast, slow, strict=True):
        assert got == (sure if got["lane"] == "careful" else quick)
    highest = [max(row["p_negative"], row["p_neutral"], row["p_positive"]) for row in fast]
    asked = np.array([row["lane"] == "careful" for row in mixed])
    assert np.mean(np.array(highest)[asked]) < np.mean(np.array(highest)[~asked]) - 0.1


def test_the_fast_reader_has_a_say_in_what_is_wanted(texts: list[str]) -> None:
    from goodwill.understand.features import features_of
    from goodwill.understand.model import fast_model, logistic, want_logits
    from goodwill.understand.tokens import words_of

    words = words_of(texts[:40])
    quick = want_logits(fast_model(), words, features_of(words))
    say = careful.calibration().fast_say
    assert (say > 0).all()
    wants = logistic(careful.read_carefully(texts[:40])[1] + quick * say)
    for row, urgency in zip(rows(texts[:40], "careful"), wants[:, -1], strict=True):
        assert row["lane"] != "careful" or row["urgency"] == pytest.approx(urgency, abs=2e-6)


def test_a_lower_speed_leaves_more_to_the_careful_reader(texts: list[str]) -> None:
    shares = [
        read_texts(texts, "auto", speed=speed)["lane"].to_pylist().count("careful") for speed in (1e9, 5000, 2000, 1)
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0 and shares[-1] == read_texts(texts, "careful")["lane"].to_pylist().count("careful")
    assert 0 < shares[1] < shares[2] < shares[3]


def test_the_share_follows_from_the_speeds() -> None:
    known = careful.calibration()
    fast, slow = known.speeds.tolist()
    share = auto.share_at(2000, known)
    assert 1 / (1 / fast + share / slow) == pytest.approx(2000)
    assert auto.threshold(fast, known) == np.inf
    assert auto.threshold(slow / 2, known) == -np.inf


def test_doubt_is_how_likely_another_mood_is() -> None:
    sure, even, unsure = auto.doubt(np.array([[9.0, 0, 0], [0, 0, 0], [0.3, 0, 0]]))
    assert sure < 0.001 < unsure < even == pytest.approx(2 / 3)


# a text's reading is its own


@pytest.mark.parametrize("lane", ["careful", "auto"])
def test_the_same_text_has_the_same_reading_in_any_batch(lane: str, texts: list[str]) -> None:
    some = texts[:60]
    together = rows(some, lane)
    assert [rows([text], lane)[0] for text in some] == together
    order = np.random.default_rng(1).permutation(len(some)).tolist()
    assert rows([some[place] for place in order], lane) == [together[place] for place in order]
    assert rows(some + [some[7]] * 300, lane)[:60] == together


def test_not_even_the_last_bit_depends_on_the_batch(texts: list[str]) -> None:
    together = careful.log_odds(texts[:80])
    for place in range(80):
        assert careful.log_odds([texts[place]])[0].tobytes() == together[place].tobytes(), texts[place]


def test_threads_do_not_change_what_is_read(texts: list[str]) -> None:
    assert careful.log_odds(texts[:60], 1).tobytes() == careful.log_odds(texts[:60], 2).tobytes()


def test_padding_changes_nothing() -> None:
    """Nothing is padded as goodwill reads, but the model's file stands by its mask."""
    windows, _ = careful._windows_of(["the parcel is late", "thank you so much for the quick and friendly help today"])
    model = sessions.session(careful.FOLDER / "careful.onnx", 1)
    longest = max(map(len, windows)) + 5
    for window in windows:
        ids, mask = np.zeros((2, longest), np.int64), np.zeros((2, longest), np.int64)
        ids[:, : len(window)], mask[:, : len(window)] = window, 1
        alone = model.run(None, {"ids": np.array([window]), "mask": np.ones((1, len(window)), np.int64)})[0]
        padded = model.run(None, {"ids": ids, "mask": mask})[0]
        assert padded == pytest.approx(np.repeat(alone, 2, axis=0), abs=0.02)


# long texts


def test_a_long_text_is_split_evenly_and_a_very_long_one_at_its_ends() -> None:
    assert [len(part) for part in careful._parts(list(range(62)))] == [62]
    assert [len(part) for part in careful._parts(list(range(63)))] == [31, 32]
    assert [len(part) for part in careful._parts([])] == [0]
    many = list(careful._parts(list(range(10_000))))
    assert len(many) == 8 and all(len(part) == 62 for part in many)
    assert many[0][0] == 0 and many[3][-1] == 247 and many[4][0] == 9752 and many[-1][-1] == 9999
    for length in range(1, 600, 7):
        parts = list(careful._parts(list(range(length))))
        assert max(map(len, parts)) <= 62 and len(parts) <= 8
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_windows_moods_are_averaged_and_the_strongest_intent_holds() -> None:
    said = np.zeros((3, careful.SAID), np.float32)
    said[:, 0] = [1, 4, 7]
    said[:, 5] = [-2, 3, 9]
    found = careful._together(said, np.array([0, 0, 1]), np.array([10, 30, 12]), 2)
    assert found[:, 0].tolist() == [3.25, 7]
    assert found[:, 5].tolist() == [3, 9]


def test_one_complaint_among_much_that_is_dull_is_heard() -> None:
    dull = "I went to the shop on Monday and then I took the bus home and had some tea. " * 6
    heard = dull + "The parcel never arrived and nobody answers my e-mails. " + dull
    nothing, complaint = read_texts([dull, heard], "careful")["intents"].to_pylist()
    assert "complaint" not in nothing and "complaint" in complaint


# bounds


@pytest.mark.slow
def test_memory_and_start_up_are_bounded(texts: list[str], tmp_path: Path) -> None:
    """In a process of its own: what one reading and then 600 cost, in seconds of processor time and in resident MB."""
    script = tmp_path / "measure.py"
    script.write_text(
        "import json, sys, time\n"
        "import goodwill, pyarrow\n"
        "from goodwill.understand import read_texts, reader\n"
        "begun = time.process_time()\n"
        "read_texts(['Thank you!'], 'careful')\n"
        "started = time.process_time() - begun\n"
        "texts = json.load(open(sys.argv[1]))\n"
        "read_texts(texts, 'careful')\n"
        # Not ru_maxrss: a child inherits its parent's.
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(json.dumps([started, int(status['VmHWM'].split()[0]) / 1024]))\n"
    )
    (tmp_path / "texts.json").write_text(json.dumps(texts * 2 + ["a long story " * 20_000]))
    environment = {**os.environ, "GOODWILL_THREADS": "1"}
    command = [sys.executable, str(script), str(tmp_path / "texts.json")]
    said = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=600).stdout
    started, resident = json.loads(said)
    print(f"\n{started:.2f} s of processor time to the first reading, {resident:.0f} MB resident at most")
    assert started < 5.0  # 0.5 on an idle core
    assert resident < 400


@pytest.mark.slow
def test_speeds_are_of_their_order(texts: list[str]) -> None:
    """Far below what an idle core does, so that a busy machine passes; `training.evaluate` measures."""
    speeds = {}
    for lane, size in (("fast", 20), ("auto", 4), ("careful", 2)):
        many = texts * size
        read_texts(texts[:50], lane)
        begun = time.process_time()
        read_texts(many, lane)
        speeds[lane] = len(many) / (time.process_time() - begun)
    print({lane: f"{speed:,.0f} a second of one core" for lane, speed in speeds.items()})
    assert speeds["careful"] > 70  # a tenth of it
    assert speeds["fast"] > speeds["auto"] > speeds["careful"]


@pytest.mark.parametrize("lane", ["careful", "auto"])
def test_a_line_of_ten_megabytes_takes_bounded_time(lane: str) -> None:
    read_texts(["warm"], lane)
    begun = time.process_time()
    (mood,) = read_texts(["this is bad " * 900_000], lane)["mood"].to_pylist()
    assert mood == "negative"
    assert time.process_time() - begun < 30


def test_threads_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOODWILL_THREADS", raising=False)
    assert 1 <= sessions.threads() <= 2
    assert sessions.threads(5) == 5
    monkeypatch.setenv("GOODWILL_THREADS", "3")
    assert sessions.threads() == 3
    assert sessions.threads(1) == 1
    for wrong in ("0", "many", "-1", "1.5", "99999"):
        monkeypatch.setenv("GOODWILL_THREADS", wrong)
        with pytest.raises(SettingsError, match=f"GOODWILL_THREADS: '{wrong}' is no number of threads; set it to 1"):
            sessions.threads()


def test_it_stays_on_one_thread_where_one_is_set(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODWILL_THREADS", "1")
    read_texts(texts[:5], "careful")
    wall, processor = time.perf_counter(), time.process_time()
    read_texts(texts, "careful")
    assert time.process_time() - processor < 1.2 * (time.perf_counter() - wall)


# a copy without the model


@pytest.mark.usefixtures("without_the_model")
def test_without_the_model_careful_says_so_and_auto_answers_fast(texts: list[str]) -> None:
    said = r"the careful model is not there; install goodwill anew with its weights, or read with lane='fast'"
    with pytest.raises(GoodwillError, match=said):
        read_texts(["a"], "careful")
    with pytest.raises(GoodwillError, match=said):
        read_texts([""], "careful")
    assert rows(texts[:50], "auto") == rows(texts[:50], "fast")


# the firm's settings


def firm_reads(settings: dict[str, Any], said: list[str]) -> pa.Table:
    rows = [{"message_id": f"x:{place}", "text": text} for place, text in enumerate(said)]
    messages = pa.Table.from_pylist(rows, schema=TABLES["messages"].arrow)
    return read_messages(Facts.from_arrow(Firm.from_mapping({"reading": settings}), {"messages": messages}))


def test_the_firm_chooses_the_lane(texts: list[str]) -> None:
    said = texts[:9]
    assert set(firm_reads({}, said)["lane"].to_pylist()) == {"fast"}
    assert set(firm_reads({"lane": "careful", "threads": 1}, said)["lane"].to_pylist()) == {"careful"}
    assert firm_reads({"lane": "auto", "speed": 1}, said)["lane"].to_pylist() == ["careful"] * 9
    with pytest.raises(SettingsError, match=r"reading\.lane: Input should be 'fast', 'auto' or 'careful'"):
        firm_reads({"lane": "slow"}, said)
    with pytest.raises(SettingsError, match=r"reading\.speed: Input should be greater than 0"):
        firm_reads({"speed": 0}, said)
    with pytest.raises(SettingsError, match=r"reading\.threads: Input should be greater than or equal to 1"):
        firm_reads({"threads": 0}, said)


def test_the_firm_s_own_cut_offs_decide_in_every_lane() -> None:
    said = ["Thank you so much for your help!", "The parcel never arrived and nobody answers."]
    for lane in ("fast", "careful"):
        assert "thanks" in firm_reads({"lane": lane}, said)["intents"].to_pylist()[0]
        strict = {"lane": lane, "cut_offs": {"thanks": 1.0, "complaint": 0.999999}}
        assert all("thanks" not in names for names in firm_reads(strict, said)["intents"].to_pylist())
    with pytest.raises(SettingsError, match=r"\[reading.cut_offs\]: no intent is called 'thank'; the intents are comp"):
        firm_reads({"cut_offs": {"thank": 0.4}}, said)
    with pytest.raises(SettingsError, match=r"the cut-off of 'thanks' is 1.5; it must be above 0 and at most 1"):
        firm_reads({"cut_offs": {"thanks": 1.5}}, said)


def test_a_speed_that_cannot_be() -> None:
    for speed in (0, -1, float("nan")):
        with pytest.raises(InputError, match=r"a speed of .*; give messages a second, above 0"):
            read_texts(["a"], speed=speed)


# the command


@pytest.mark.parametrize("lane", ["fast", "auto", "careful"])
def test_the_command_reads_in_every_lane(lane: str, texts: list[str], tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from goodwill.cli import app

    with (tmp_path / "said.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in texts[:40])])
    out = tmp_path / "readings.parquet"
    done = CliRunner().invoke(app, ["understand", str(tmp_path / "said.csv"), "--lane", lane, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "40 of 40 texts were read" in done.output.replace("\n", " ")
    assert parquet.read_table(out).equals(read_texts(texts[:40], lane))


@pytest.mark.parametrize("lane", ["fast", "careful", "auto"])
def test_a_first_reading_does_not_load_pandas(lane: str) -> None:
    """Arrow's own way from lists to columns does, which took a third of the time until a first reading."""
    read = f"goodwill.understand(['Where is my parcel?', '', 'привет'], lane={lane!r})"
    code = f"import sys, goodwill; found = {read}; print(found.num_rows, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["3", "False"]
