"""The lake for small facts answers as any lake does, and compiles a question once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from goodwill.facts import TABLES
from goodwill.lake import Lake, conform
from goodwill.service.live.tray import MOST_QUESTIONS, Tray

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
SAID = pa.table(
    {
        "message_id": [f"m{hour}" for hour in range(6)],
        "at": [NOON - timedelta(hours=hour) for hour in range(6)],
        "text": ["a", "b", None, "'; DROP TABLE messages; --", "MAKE_TIMESTAMPTZ(1901, 1, 1, 0, 0, 1.0, 'UTC')", ""],
        "thread": ["t", "t", "u", "u", None, "v"],
    }
)


def both() -> tuple[tuple[Tray, Any], tuple[Lake, Any]]:
    rows = conform("messages", SAID)
    tray, lake = Tray(), Lake()
    return (tray, tray.lay("messages", rows)), (lake, lake.put("messages", rows))


def since(table: Any, first: datetime, last: datetime) -> Any:
    return (
        table.filter((table.at > first) & (table.at <= last)).select("message_id", "at", "text").order_by("message_id")
    )


def threads(table: Any, last: datetime) -> Any:
    kept = table.filter(table.at <= last).select("message_id", "at", "thread")
    others = table.filter(table.at > last - timedelta(hours=3)).select(other="message_id", thread="thread")
    return (
        kept.inner_join(others, "thread")
        .group_by("thread")
        .agg(at=ibis._.at.max(), n=ibis._.count())
        .order_by("thread")
    )


def test_it_answers_as_a_lake_does_whatever_the_instants() -> None:
    (tray, mine), (lake, theirs) = both()
    for hours in (0, 1, 2, 5, 9):
        last = NOON - timedelta(hours=hours)
        assert tray.arrow(since(mine, last - timedelta(hours=3), last)).equals(
            lake.arrow(since(theirs, last - timedelta(hours=3), last))
        )
        assert tray.arrow(threads(mine, last)).equals(lake.arrow(threads(theirs, last)))
    same = tray.arrow(since(mine, NOON, NOON))
    assert same.num_rows == 0 and same.schema.equals(lake.arrow(since(theirs, NOON, NOON)).schema)


def test_a_question_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (tray, table), _ = both()
    compiled = []
    compile_ = tray.connection.compile
    monkeypatch.setattr(tray.connection, "compile", lambda asked: compiled.append(asked) or compile_(asked))
    for hours in range(4):
        tray.arrow(since(table, NOON - timedelta(hours=9 + hours), NOON - timedelta(hours=hours)))
    assert len(compiled) == 1


def test_a_text_that_looks_like_an_instant_stays_a_text() -> None:
    (tray, table), _ = both()
    text = "MAKE_TIMESTAMPTZ(1901, 1, 1, 0, 0, 1.0, 'UTC')"
    for last, found in ((NOON, ["m4"]), (NOON - timedelta(hours=5), [])):
        asked = table.filter((table.text == text) & (table.at <= last)).select("message_id")
        assert tray.arrow(asked)["message_id"].to_pylist() == found


def test_it_forgets_old_questions() -> None:
    (tray, table), _ = both()
    for number in range(MOST_QUESTIONS + 5):
        assert tray.arrow(table.filter(table.message_id == f"m{number}").select("text")).num_rows == (number < 6)
    assert len(tray._questions) <= MOST_QUESTIONS


def test_an_empty_table_stays_empty_until_there_is_something() -> None:
    tray = Tray()
    for given, rows in ((None, 0), (SAID, 6), (None, 0), (None, 0)):
        laid = tray.lay("messages", given)
        assert tray.arrow(laid.select("message_id")).num_rows == rows
        assert tuple(laid.schema().names) == TABLES["messages"].names
