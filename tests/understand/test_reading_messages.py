"""A firm's messages: stars, topics, flow and corrections beside the texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goodwill.facts import READINGS, TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand import CorrectionWarning, read_messages, read_texts, staff_named
from goodwill.understand.corrections import correct

FIRM = Firm.model_validate(
    {
        "firm": {"name": "Acme Parts"},
        "topics": {
            "delivery": ["parcel", "courier", "late delivery"],
            "fees": ["download fee", "You asked me for another fee before helping"],
            "staff": "rude",
        },
        "competitors": ["Rival Co", "Nextboard"],
    }
)
AT = datetime(2026, 5, 1, tzinfo=UTC)


def read(
    *messages: dict[str, Any], corrections: list[dict[str, Any]] | None = None, firm: Firm = FIRM
) -> list[dict[str, Any]]:
    rows = [{"at": AT, "text": "", **message} for message in messages]
    given = {"messages": pa.Table.from_pylist(rows, schema=TABLES["messages"].arrow)}
    if corrections:
        full = [{"by": "Ann", "at": AT, "table": "readings", **row} for row in corrections]
        given["corrections"] = pa.Table.from_pylist(full, schema=TABLES["corrections"].arrow)
    found: list[dict[str, Any]] = read_messages(Facts.from_arrow(firm, given)).to_pylist()
    return found


def test_one_row_a_message_in_the_order_of_their_ids() -> None:
    rows = [{"message_id": f"m:{k}", "text": "Great!" if k % 2 else "Awful!", "at": AT} for k in (3, 1, 2)]
    facts = Facts.from_arrow(FIRM, {"messages": pa.Table.from_pylist(rows, schema=TABLES["messages"].arrow)})
    steps: list[tuple[str, float]] = []
    readings = read_messages(facts, progress=lambda step, done: steps.append((step, done)))
    assert readings.schema.equals(READINGS.arrow)
    assert readings["message_id"].to_pylist() == ["m:1", "m:2", "m:3"]
    assert readings["mood"].to_pylist() == ["positive", "negative", "positive"]
    assert steps[-1] == ("understand", 1.0)


def test_no_messages_give_no_readings() -> None:
    assert read_messages(Facts.from_arrow(FIRM, {})).num_rows == 0


def test_the_text_is_read_as_alone() -> None:
    text = "My parcel never arrived and nobody answers."
    alone = read_texts([text]).to_pylist()[0]
    found = read({"message_id": "a", "text": text})[0]
    same = ("mood", "p_negative", "score", "intent", "intents", "urgency", "language", "lane", "model")
    assert [found[name] for name in same] == [alone[name] for name in same]


def test_stars_shift_the_mood_and_say_it_where_the_text_does_not() -> None:
    text = "The parcel came on Tuesday."
    low, none, high = (
        read({"message_id": "a", "text": text, "rating": rating})[0]["score"] for rating in (1.0, None, 5.0)
    )
    assert low < none < high
    bare = read({"message_id": "a", "rating": 1.0}, {"message_id": "b", "rating": 5.0}, {"message_id": "c"})
    assert [(row["mood"], row["lane"]) for row in bare] == [
        ("negative", "rating"),
        ("positive", "rating"),
        (None, "no text"),
    ]
    assert bare[0]["p_negative"] == pytest.approx(0.9)
    unknown = read({"message_id": "a", "text": "Очень плохой сервис", "rating": 2.0})[0]
    assert (unknown["mood"], unknown["lane"], unknown["language"]) == ("negative", "rating", "ru")


def test_five_stars_do_not_silence_a_plain_complaint() -> None:
    found = read({"message_id": "a", "text": "Terrible, broken, awful, the worst shop ever!", "rating": 5.0})[0]
    assert "complaint" in found["intents"]


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Two parcels, both late", ["delivery"]),
        ("The delivery was late", ["delivery"]),
        ("They delivered it late", ["delivery"]),
        ("Your courier was rude, the parcel crushed", ["delivery", "staff"]),
        ("Why is there a download fee?", ["fees"]),
        ("They asked for another fee before they were helping me", ["fees"]),
        ("Nothing of the kind", []),
        ("", []),
    ],
)
def test_topics_are_the_firms_own(text: str, topics: list[str]) -> None:
    found = read({"message_id": "a", "text": text})[0]
    assert found["topics"] == topics
    assert found["topic"] == (topics[0] if topics else None)


@pytest.mark.parametrize(
    ("message", "flow"),
    [
        ({"text": "Acme Parts was great"}, 2),
        ({"text": "Loved it"}, 2),
        ({"text": "Where is it?", "to_us": True}, 3),
        ({"text": "Where is it?", "channel": "email"}, 3),
        ({"text": "Where is it?", "channel": "email", "to_us": False}, 2),
        ({"text": "I am moving to Rival Co", "to_us": True}, 3),
        ({"text": "Rival Co is cheaper"}, 5),
        ({"text": "nextboard's support is slow"}, 5),
        ({"text": "Acme Parts beats Rival Co"}, 2),
        ({"text": "So cheap", "about": "Rival Co"}, 5),
        ({"text": "Rival Co is cheaper", "about": "us"}, 2),
        ({"text": "@RivalCo where is my order?"}, 6),
        ({"text": "@bob @rivalco hello", "about": "Rival Co"}, 6),
        ({"text": "New boards in stock", "author": "@rival_co"}, 4),
        ({"text": "We are open", "author": "AcmeParts"}, 1),
    ],
)
def test_flow_says_who_speaks_to_whom_about_whom(message: dict[str, Any], flow: int) -> None:
    assert read({"message_id": "a", **message})[0]["flow"] == flow


def test_an_answer_to_a_competitor_is_spoken_to_it() -> None:
    first = {"message_id": "a", "text": "Sale!", "author": "rivalco"}
    answer = {"message_id": "b", "text": "Nice", "about": "Rival Co", "in_reply_to": "a"}
    assert [row["flow"] for row in read(first, answer)] == [4, 6]


def test_corrections_win_and_the_latest_of_them() -> None:
    message = {"message_id": "a", "text": "Terrible shop, never again!"}
    found = read(
        message,
        {"message_id": "b", "text": "Terrible shop, never again!"},
        corrections=[
            {"key": "a", "field": "mood", "value": "neutral"},
            {"key": "a", "field": "mood", "value": "positive", "at": datetime(2026, 6, 1, tzinfo=UTC)},
            {"key": "a", "field": "intents", "value": "thanks|praise"},
            {"key": "a", "field": "topic", "value": "delivery"},
            {"key": "a", "field": "urgency", "value": "0.75"},
            {"key": "a", "field": "flow", "value": "5"},
            {"key": "a", "field": "language", "value": "de"},
            {"key": "gone", "field": "mood", "value": "positive"},
            {"key": "b", "field": "mood", "value": "positive", "table": "messages"},
        ],
    )
    wanted = {
        "mood": "positive",
        "p_positive": 1.0,
        "p_negative": 0.0,
        "score": 1.0,
        "intent": "thanks",
        "p_intent": 1.0,
    }
    wanted |= {"intents": ["thanks", "praise"], "topic": "delivery", "topics": ["delivery"], "urgency": 0.75, "flow": 5}
    assert {name: found[0][name] for name in wanted} == wanted
    assert found[0]["language"] == "de"
    assert found[1]["mood"] == "negative"


def test_one_intent_corrected_comes_first_and_an_empty_one_empties_the_list() -> None:
    message = {"message_id": "a", "text": "How do I reset my password?"}
    first = read(message, corrections=[{"key": "a", "field": "intent", "value": "complaint"}])[0]
    assert first["intents"] == ["complaint", "question"]
    none = read(message, corrections=[{"key": "a", "field": "intent", "value": ""}])[0]
    assert (none["intent"], none["p_intent"], none["intents"]) == (None, None, [])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mood", "angry", "a mood is one of negative, neutral, positive"),
        ("intent", "shouting", "an intent is one of complaint, question"),
        ("urgency", "high", "urgency is a number from 0 to 1"),
        ("urgency", "2", "urgency is a number from 0 to 1"),
        ("flow", "7", "a flow is a number from 1 to 6"),
        ("language", "German", "a language is two letters"),
        ("colour", "red", "no such field of a reading"),
    ],
)
def test_a_correction_that_cannot_be_is_left_out_and_named(field: str, value: str, said: str) -> None:
    readings = read_texts(["Hello"])
    row = {"table": "readings", "key": "0", "field": field, "value": value, "by": "Ann", "at": AT}
    with pytest.warns(CorrectionWarning, match=said):
        found = correct(readings, pa.Table.from_pylist([row], schema=TABLES["corrections"].arrow))
    assert found.equals(readings)


def test_staff_are_named_as_the_firm_writes_them() -> None:
    names = ["Anna Berger", "Will Hay", "Tom Baker", "Tom Ford", "Jo"]
    texts = [
        "anna was lovely",
        "Will it be ready? I will wait.",
        "thanks Will!",
        "I spoke to Will",
        "Tom helped me",
        "tom ford helped me",
        "Jo and Anna Berger",
        "annabel",
        None,
        "",
    ]
    assert staff_named(texts, names) == [
        ["Anna Berger"], [], ["Will Hay"], ["Will Hay"], [], ["Tom Ford"], ["Anna Berger", "Jo"], [], [], [],
    ]  # fmt: skip
    assert staff_named(["Anna"], []) == [[]]


def test_no_nan_anywhere() -> None:
    facts = [{"message_id": str(k), "text": text} for k, text in enumerate(["", "ok", "привет", "😡", "12"])]
    for row in read(*facts):
        assert not any(isinstance(value, float) and np.isnan(value) for value in row.values())
