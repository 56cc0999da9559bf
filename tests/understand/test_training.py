"""The parts of training that must not go wrong unseen: labels of our own texts, and the split by near-duplicates."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from goodwill.facts import INTENTS, MOODS

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _training_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def written() -> list[str]:
    """The lines of our own that were written by hand."""
    found: list[str] = []
    for path in sorted((ROOT / "training" / "own_texts").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row["text"] for row in csv.DictReader(file)]
    return found


def test_our_own_texts_are_labelled_in_the_vocabularys_words() -> None:
    named: Counter[str] = Counter()
    for path in sorted((ROOT / "training" / "own_texts").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["text"].strip(), path
                assert row["mood"] in ("", *MOODS), row
                assert set(filter(None, row["intents"].split("|"))) <= set(INTENTS), row
                assert row["urgency"] in ("", "0", "0.25", "0.5", "0.75", "1"), row
                named.update(filter(None, row["intents"].split("|")))
    assert set(named) == set(INTENTS)


def test_labels_of_ours_are_in_the_vocabularys_words_and_name_each_text_once() -> None:
    from training.own import LABELS, labelled

    lines = [line for path in LABELS.glob("*.csv") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    rows = labelled()
    assert len(rows) == len(lines) > 3_000
    for row in rows.values():
        assert row["mood"] in MOODS and row["urgency"] in ("0", "0.25", "0.5", "0.75", "1"), row
        assert set(filter(None, row["intents"].split("|"))) <= set(INTENTS), row


@pytest.mark.real_data
def test_what_we_labelled_teaches_once_more_with_our_labels_and_judges_nothing(data_dir: Path) -> None:
    from training.data import WANTS
    from training.evaluate import split
    from training.judged import fingerprints
    from training.own import labelled
    from training.split import TRAIN

    texts, part = split(data_dir / "voice")
    ours = labelled()
    mine = np.flatnonzero(np.array(texts.source) == "own_labelled")
    numbers = fingerprints([texts.text[place] for place in mine.tolist()]).tolist()
    assert set(numbers) == set(ours) and len(mine) == len(ours)
    for place, number in zip(mine.tolist(), numbers, strict=True):
        assert part[place] == TRAIN
        assert texts.wants[place][WANTS.index("urgency")] == float(ours[number]["urgency"])


def test_grammars_say_the_same_every_time_and_fill_every_slot() -> None:
    import tomllib

    from training.own import expanded

    rules = tomllib.loads((ROOT / "training" / "own_texts" / "grammar.toml").read_text(encoding="utf-8"))
    lines = expanded(rules)
    assert lines == expanded(rules)
    assert len(lines) > 2_000
    assert not [text for text, *_ in lines if "{" in text]


def test_words_of_other_languages_have_one_mood_each() -> None:
    import tomllib

    from training.own import FOLDER, of_other_languages

    files = sorted((FOLDER / "languages").glob("*.toml"))
    assert len(files) == 8  # seven languages, and the signs
    for path in files:
        language = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = [set(language.get(name, "").split()) for name in ("good", "bad", "plain")]
        assert sum(map(len, lists)) == len(set.union(*lists)), path.name
    told = of_other_languages()
    assert len(told) > 15_000
    assert {one.mood for one in told if one.sure < 1} == {one.mood for one in told if one.sure == 1} == {0, 1, 2}
    assert not any("_" in one.text for one in told)
    assert all(one.sure < 1 for one in told[:15_000]) and told[-1].sure == 1


def test_labels_that_slipped_teach_no_mood(tmp_path: Path) -> None:
    from training.data import _SLIPPED, Texts, _other_languages

    slipped = _SLIPPED["hindi"]
    rows = [f"text {place},positive,{language}" for place in range(slipped + 2) for language in ("hindi", "german")]
    (tmp_path / "umsab_nonenglish_train.csv").write_text("\n".join(["text,label,lang", *rows]), encoding="utf-8")
    texts = Texts()
    _other_languages(tmp_path, texts)
    mood = np.array(texts.mood).reshape(-1, 2)
    assert np.isnan(mood[:slipped, 0]).all() and (mood[slipped:, 0] == 2).all()
    assert (mood[:, 1] == 2).all()


def test_words_that_english_has_too_are_no_sign_of_another_language() -> None:
    from training.own import Told
    from training.train import _not_english

    told = [Told(text, "german", 2, sure, 1.0) for text, sure in (("super", 0.8), ("klasse", 0.8), ("super film", 1.0))]
    assert [one.text for one in _not_english(told, ["A super film!"])] == ["klasse", "super film"]


def test_a_fragment_is_a_run_of_words_of_a_text_that_teaches() -> None:
    from training.data import Texts
    from training.fragments import fragments
    from training.split import TEST, TRAIN

    texts = Texts()
    said = [f"the parcel number {k} never arrived and nobody at all answers the phone" for k in range(40)]
    for text in [*said, "too short"]:
        texts.add("own_hand", text)
    texts.add("own_grammar", said[0] + " again")
    part = np.full(len(texts.text), TRAIN)
    part[:20] = TEST
    found = fragments(texts, part)
    assert found == fragments(texts, part)
    assert 10 < len(found) <= 20 and len(set(found)) == len(found)
    for fragment in found:
        assert 2 <= len(fragment.split()) <= 6
        assert any(fragment in text for text in said[20:])


def test_near_duplicates_stay_on_one_side() -> None:
    from training.split import groups, parts

    text = "my order has not arrived and nobody answers the phone, what can I do now"
    texts = [text, f"@bob {text.upper()}!! http://a.b", text.replace("phone", "phones"), "an entirely different matter"]
    texts += [f"filler {word} {word[::-1]} {k}" for k, word in enumerate(["alpha", "bravo", "charlie", "delta"] * 30)]
    group = groups(texts)
    assert group[0] == group[1] == group[2] != group[3]
    part = parts(texts, group, seed=1)
    assert len({part[0], part[1], part[2]}) == 1
    # More texts elsewhere leave the others where they were.
    more = [*texts, "one more line about something else altogether"]
    assert np.array_equal(parts(more, groups(more), seed=1)[: len(texts)], part)


def test_a_texts_shingles_are_its_own() -> None:
    from training.split import _signatures

    texts = ["where is my parcel", "nobody answers", "a"]
    together = _signatures(texts, 1)
    for place, text in enumerate(texts):
        assert np.array_equal(_signatures([text], 1)[0], together[place])
        assert np.array_equal(_signatures([text, "another neighbour"], 1)[0], together[place])


def test_short_texts_are_not_chained_to_one_group() -> None:
    from training.split import groups

    given = written()
    assert np.bincount(groups(given)).max() < 0.01 * len(given)


def test_what_taught_the_body_never_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import judged
    from training.split import LEFT_OUT, TEST, TRAIN, groups, parts

    texts = written()[:400]
    texts += [f"{text} @acme 44" for text in texts[:200]]
    group = groups(texts)
    part = parts(texts, group, judged.SEED)
    place = int(np.flatnonzero(part[:200] == TEST)[0])
    np.save(tmp_path / "taught.npy", judged.fingerprints([texts[place]]))
    monkeypatch.setattr(judged, "TAUGHT", tmp_path / "taught.npy")
    monkeypatch.setattr(judged, "JUDGES", ())
    now = judged.divided(tmp_path, texts)
    assert now[place] == TRAIN
    twins = (group == group[place]) & (np.arange(len(texts)) != place)
    assert twins.any() and (now[twins] == LEFT_OUT).all()
    elsewhere = group != group[place]
    assert np.array_equal(now[elsewhere], part[elsewhere])


def test_every_family_of_lines_is_there() -> None:
    from training.families import FAMILIES, families

    names = [name for family in FAMILIES for name in family]
    stems = {path.stem for path in (ROOT / "training" / "own_texts").glob("*.csv")}
    assert len(set(names)) == len(names) and set(names) < stems
    found = families([*written(), "nobody of us wrote this"])
    assert set(found[:-1].tolist()) == set(range(len(FAMILIES) + 1)) and found[-1] == -1


def test_no_newer_line_of_ours_is_nearly_one_that_judges() -> None:
    from training.families import FAMILIES
    from training.judged import words_in
    from training.own import written as rows_written

    with (ROOT / "tests" / "data" / "intents.csv").open(encoding="utf-8", newline="") as file:
        judging = [words_in(row["text"]) for row in csv.DictReader(file)]
    newer = {name for family in FAMILIES[2:] for name in family}
    for row in rows_written():
        words = words_in(row["text"])
        if words and row["file"] in newer:
            assert not any(2 * len(words & other) >= len(words | other) for other in judging), row["text"]


def test_no_weight_is_clipped() -> None:
    from training.train import quantised

    weights = np.random.default_rng(2).normal(size=(5_000, 3)) ** 3
    table, scale = quantised(weights)
    assert (np.abs(table).max(axis=0) == 127).all()
    assert (np.abs(table * scale - weights) <= 0.5001 * scale).all()


def test_in_the_sets_of_others_only_what_people_labelled_counts_as_a_label() -> None:
    from training.data import WANTS, Texts
    from training.train import LABELLED, weight_of_labels

    texts = Texts()
    for source in ("own_hand", "appreview", "banking77"):
        texts.add(source, "it stopped", wants={"complaint": 1.0, "urgency": 0.5}, want_weight=0.5)
    weight = weight_of_labels(texts.arrays(), np.array(texts.source))
    complaint, urgency = WANTS.index("complaint"), WANTS.index("urgency")
    assert weight[0, [complaint, urgency]].tolist() == [0.5, 0.5]
    assert weight[1, [complaint, urgency]].tolist() == [0.5 * LABELLED["appreview"]["complaint"], 0.0]
    assert not weight[2].any()


def test_chances_mean_what_they_say_of_lines_that_were_not_taught() -> None:
    from training.data import WANTS
    from training.train import meant

    rng = np.random.default_rng(3)
    truly = rng.normal(-1, 2, (4_000, len(WANTS)))
    happened = (rng.random(truly.shape) < 1 / (1 + np.exp(-truly))).astype(float)
    happened[::7] = np.nan
    said = 2 * truly + 1  # twice too sure, and too high
    said[1::7] = np.nan
    slopes, shifts, cut_offs = meant(said, happened)
    assert np.allclose(slopes, 0.5, atol=0.06) and np.allclose(shifts, -0.5, atol=0.15)
    assert ((cut_offs >= 0.25) & (cut_offs <= 0.6)).all()


def test_what_the_fast_reader_says_teaches_no_fast_reader(data_dir: Path, tmp_path: Path) -> None:
    import argparse

    from training.deep.label import label

    with pytest.raises(SystemExit, match="heads --alone first"):
        label(argparse.Namespace(data=data_dir, out=tmp_path / "soft.npz", vectors=None))


def test_heads_taught_afterwards_read_alike_in_any_batch() -> None:
    from goodwill.understand import careful

    texts = ["Where is my parcel?", "I leave.", "Thank you, Eva!", "it broke, it broke " * 60, "never again"] * 5
    moods, wants = careful.read_carefully(texts)
    assert np.abs(careful.added(careful.look(texts[:1]).views, careful.calibration())).max() > 0.01
    for place, text in enumerate(texts[:5]):
        mood, want = careful.read_carefully([text])
        assert mood.tobytes() == moods[place].tobytes() and want.tobytes() == wants[place].tobytes()


def test_a_set_for_evaluation_alone_is_not_read_for_training() -> None:
    source = (ROOT / "training" / "data.py").read_text(encoding="utf-8")
    for name in ("airline_train", "suggestion_train", "suggestion_dev", "spotify_support", "tweeteval_sentiment_dev"):
        assert name not in source
