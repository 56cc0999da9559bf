"""Bare texts: the traps, the limits, and that a text's reading is its own."""

from __future__ import annotations

import csv
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.errors import InputError
from goodwill.facts import INTENTS, MOODS, READINGS
from goodwill.understand import read_texts

OWN = Path(__file__).parent.parent / "data" / "intents.csv"


def only(text: str) -> dict[str, Any]:
    return read_texts([text]).to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "language", "lane"),
    [
        ("Das ist wirklich schlecht, nie wieder.", "de", "fast"),
        ("C'est vraiment super, merci beaucoup !", "fr", "fast"),
        ("El pedido no ha llegado y nadie contesta", "es", "fast"),
        ("Non sono per niente contento del servizio", "it", "fast"),
        ("O produto chegou quebrado, não comprem", "pt", "fast"),
        ("خدمة سيئة جدا", "ar", "fast"),
        ("सेवा बहुत खराब है", "hi", "fast"),
        ("Dit is echt een slechte dienst, nooit meer", "nl", "not read"),
        ("Очень плохой сервис", "ru", "not read"),
        ("サービスが悪い", "ja", "not read"),
        ("خیلی بد بود، پول من را پس بدهید", "fa", "not read"),
        ("Çok kötü bir hizmet ve hiç cevap yok", "tr", "not read"),
    ],
)
def test_the_language_is_said_and_what_was_not_learnt_is_not_guessed(text: str, language: str, lane: str) -> None:
    reading = only(text)
    assert (reading["language"], reading["lane"]) == (language, lane)
    assert (reading["mood"] is None) == (lane == "not read")
    assert reading["intents"] == [] and reading["urgency"] is None


def test_the_columns_are_those_of_the_vocabulary() -> None:
    readings = read_texts(["Great shop", "", None])
    assert readings.schema.equals(READINGS.arrow)
    assert readings["message_id"].to_pylist() == ["0", "1", "2"]
    assert all(version.startswith(("fast-", "careful-")) for version in readings["model"].to_pylist())
    assert read_texts([]).num_rows == 0


def test_probabilities_add_up_and_lists_are_in_order() -> None:
    with OWN.open(encoding="utf-8", newline="") as file:
        readings = read_texts([row["text"] for row in csv.DictReader(file)]).to_pylist()
    for reading in readings:
        if reading["mood"] is None:
            continue
        chances = [reading[f"p_{mood}"] for mood in MOODS]
        assert sum(chances) == pytest.approx(1, abs=2e-6)
        assert MOODS[int(np.argmax(chances))] == reading["mood"]
        assert reading["score"] == pytest.approx(chances[2] - chances[0], abs=1e-6)
        assert set(reading["intents"]) <= set(INTENTS)
        assert reading["intent"] == (reading["intents"] or [None])[0]


def test_arrow_and_null_are_texts_too() -> None:
    assert read_texts(pa.array(["Great shop", None])).equals(read_texts(["Great shop", ""]))


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="no lane is called 'slow'; choose one of auto, fast, careful"):
        read_texts(["a"], lane="slow")
    with pytest.raises(InputError, match=r"position 1: no text but int; give texts, or None for none"):
        read_texts(["a", 1])  # type: ignore[list-item]
    with pytest.raises(InputError, match="one text was given where a list is wanted; put it into a list"):
        read_texts("a text")


WORDS = st.sampled_from(
    ["not", "bad", "great", "service", "😡", "Danke", "?", "@Bob", "http://a.b/c", "&amp;", "<br>", "cancel", "don't",
     "\ud800", "\x00", "שלום", "سيء", "sooooo", "ΣΑΣ", "İ", "e\u0301", ":)", "<3", "\u202e", "ﬁ"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=10).map(" ".join)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8), st.randoms())
def test_a_text_is_read_alike_in_any_company(texts: list[str], random: Any) -> None:
    together = read_texts(texts).drop_columns("message_id").to_pylist()
    order = list(range(len(texts)))
    random.shuffle(order)
    shuffled = read_texts([texts[place] for place in order]).drop_columns("message_id").to_pylist()
    alone = [read_texts([text]).drop_columns("message_id").to_pylist()[0] for text in texts]
    assert together == alone
    assert [together[place] for place in order] == shuffled


def test_the_same_in_a_large_batch_and_alone() -> None:
    with OWN.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    many = read_texts(texts * 30).drop_columns("message_id").to_pylist()
    few = read_texts(texts).drop_columns("message_id").to_pylist()
    assert many == few * 30


@pytest.mark.parametrize(
    "text",
    [
        "a very long complaint " * 5_000,
        "x" * 100_000,
        "😡" * 100_000,
        "\ud800\udfff" * 1_000 + " bad",
        "\u202eright to left\u202c שלום",
        "\x01\x02\x1b[31mbad\x7f",
        "<p>bad</p><script>alert('1')</script>",
        "<" * 50_000,
        "&" * 50_000,
        ":" * 50_000,
        "'" * 50_000 + "a",
        "@" * 50_000,
        "http" * 20_000,
        "n't " * 20_000,
    ],
)
def test_odd_texts_are_read_in_bounded_time(text: str) -> None:
    begun = time.process_time()
    assert read_texts([text, "Great shop"])["mood"].to_pylist()[1] == "positive"
    assert time.process_time() - begun < 30


def test_a_line_of_ten_megabytes_takes_bounded_time_and_memory() -> None:
    text = "this is bad " * 900_000
    read_texts(["warm"])
    begun = time.process_time()
    tracemalloc.start()
    mood = read_texts([text])["mood"].to_pylist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert mood == ["negative"]
    assert time.process_time() - begun < 30
    assert peak < 100e6


def test_mark_up_names_and_addresses_are_not_read_as_words() -> None:
    plain, marked = read_texts(["I love it &", "<p>I <b>love</b> it &amp;</p>"])["score"].to_pylist()
    assert plain == pytest.approx(marked)
    one, other = read_texts(["@alice where is it", "@bob_77 where is it"])["score"].to_pylist()
    assert one == other
    one, other = read_texts(["look https://good.example/love", "look http://bad.example/x?y=1"])["score"].to_pylist()
    assert one == other


def test_it_is_fast_and_starts_fast() -> None:
    with OWN.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)] * 40
    best = 0.0
    for _ in range(3):
        begun = time.process_time()
        read_texts(texts, "fast")
        best = max(best, len(texts) / (time.process_time() - begun))
    print(f"\n{best:,.0f} messages a second of one core")
    assert best > 3_000  # a tenth of what an idle core does, so that a busy machine passes


def test_the_room_itself_can_be_called() -> None:
    import goodwill

    called = goodwill.understand(["Thank you!", ""], lane="fast")  # type: ignore[operator]
    assert called.equals(read_texts(["Thank you!", ""]))
