"""What every lane must get right however it was trained: the traps of mood, odd bytes, order, bounds."""

from __future__ import annotations

import time
from typing import Any

import pytest

from goodwill.understand import read_texts

LANES = ("fast", "auto", "careful")

pytestmark = pytest.mark.parametrize("lane", LANES)


def only(text: str, lane: str) -> dict[str, Any]:
    return read_texts([text], lane).to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("😡😡😡", "negative"),
        ("👍👍", "positive"),
        (":(", "negative"),
        ("not bad at all", "positive"),
        ("Not bad at all!", "positive"),
        ("never had a problem, great", "positive"),
        ("Never had a problem, great.", "positive"),
        ("Great, another 3 hour delay. Thanks", "negative"),
        ("This is not good.", "negative"),
        ("I LOVE IT!!!", "positive"),
        ("worst. service. ever.", "negative"),
        ("What are your opening hours on Monday?", "neutral"),
    ],
)
def test_the_traps_of_mood(text: str, mood: str, lane: str) -> None:
    assert only(text, lane)["mood"] == mood


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I am cancelling my contract.", "leaving"),
        ("Please add a dark mode.", "idea"),
        ("Thank you so much for your help!", "thanks"),
        ("How do I reset my password?", "question"),
        ("Do not buy this, stay away!", "warning"),
        ("I'd like to order two of these.", "intention to buy"),
        ("I would recommend this shop to everyone.", "recommendation"),
        ("My parcel never arrived and nobody answers.", "complaint"),
        ("The new version is excellent.", "praise"),
    ],
)
def test_each_intent_is_read_where_it_is_plain(text: str, intent: str, lane: str) -> None:
    assert intent in only(text, lane)["intents"]


def test_what_burns_is_more_urgent_than_what_can_wait(lane: str) -> None:
    said = ["Smoke is coming out of the charger, help!", "My parcel is late.", "A dark mode would be nice."]
    fire, late, idea = read_texts(said, lane)["urgency"].to_pylist()
    assert fire > late > idea


@pytest.mark.parametrize("text", ["", "   ", "?!...", "12345", "\n\t", "---", "\u200b\u200d", "10/10", "\x00"])
def test_no_letter_and_no_emoji_is_no_text(text: str, lane: str) -> None:
    reading = only(text, lane)
    assert reading["lane"] == "no text"
    assert [reading[name] for name in ("mood", "p_negative", "score", "intent", "p_intent", "urgency")] == [None] * 6
    assert reading["intents"] == []


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("Das ist wirklich schlecht, nie wieder.", "fast"),
        ("خدمة سيئة جدا", "fast"),
        ("Очень плохой сервис", "not read"),
    ],
)
def test_other_languages_are_left_to_the_fast_reader_or_not_read(text: str, answered: str, lane: str) -> None:
    reading = only(text, lane)
    assert reading["lane"] == answered
    assert (reading["mood"] is None) == (answered == "not read")


ODD = [
    "a very long complaint " * 5_000,
    "x" * 100_000,
    "the " * 25_000,
    "😡" * 100_000,
    "\ud800\udfff" * 1_000 + " bad",
    "\u202eright to left\u202c שלום",
    "\x01\x02\x1b[31mbad\x7f",
    "<p>bad</p><script>alert('1')</script>",
    "<b" * 30_000,
    "&amp;" * 20_000,
    ":" * 50_000 + "a",
    "'" * 50_000 + "a",
    "@a" * 50_000,
    "http" * 20_000,
    "n't " * 20_000,
    "a\u0301" * 30_000,
    "[CLS] [SEP] [MASK] [PAD] bad",
]


@pytest.mark.parametrize("text", ODD, ids=[repr(text[:12]) for text in ODD])
def test_odd_texts_are_read_in_bounded_time(text: str, lane: str) -> None:
    begun = time.process_time()
    assert read_texts([text, "Great shop, I love it"], lane)["mood"].to_pylist()[1] == "positive"
    assert time.process_time() - begun < 30


def test_odd_texts_do_not_change_their_neighbours(lane: str) -> None:
    plain = ["Great shop, I love it", "My parcel is late.", "not bad at all"]
    expected = read_texts(plain, lane).drop_columns("message_id").to_pylist()
    mixed = read_texts([plain[0], *ODD, plain[1], plain[2]], lane).drop_columns("message_id").to_pylist()
    assert [mixed[0], *mixed[-2:]] == expected


def test_the_order_of_the_output_is_that_of_the_input(lane: str) -> None:
    short, long = "Great shop, I love it", "This is terrible, I want my money back, nobody answers. " * 20
    said = [long, short, "", short, long, "Очень плохой сервис", short]
    found = read_texts(said, lane)
    assert found["message_id"].to_pylist() == [str(place) for place in range(7)]
    assert found["mood"].to_pylist() == ["negative", "positive", None, "positive", "negative", None, "positive"]


def test_mark_up_names_and_addresses_are_not_read_as_words(lane: str) -> None:
    plain, marked = read_texts(["I love it &", "<p>I <b>love</b> it &amp;</p>"], lane)["score"].to_pylist()
    assert plain == pytest.approx(marked)
    one, other = read_texts(["@alice where is it", "@bob_77 where is it"], lane)["score"].to_pylist()
    assert one == other
    said = ["look https://good.example/love", "look http://bad.example/x?y=1"]
    one, other = read_texts(said, lane)["score"].to_pylist()
    assert one == other
