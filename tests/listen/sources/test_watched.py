"""Edits and deletions of a source that tells neither."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from goodwill.listen.sources import Heard
from goodwill.listen.web.watched import MOST, Watched
from listen.sources.other_side import NOW

SINCE = NOW - timedelta(days=7)


def row(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {"message_id": key, "at": NOW - timedelta(days=1), "text": text, **more}


def look(kept: Any, *rows: dict[str, Any]) -> tuple[Heard, Any]:
    watched, heard = Watched(kept, SINCE), Heard()
    for one in rows:
        watched.hear(heard, "messages", one)
    watched.missed(heard, SINCE)
    return heard, watched.kept()


def test_new_the_same_and_edited() -> None:
    heard, kept = look(None, row("a", "one"), row("b", "two"))
    assert [one["message_id"] for one in heard.facts["messages"]] == ["a", "b"]
    heard, kept = look(kept, row("a", "one", engagements=7, audience=3), row("b", "two, edited"))
    assert not heard.facts and [one["text"] for one in heard.edited["messages"]] == ["two, edited"]
    heard, _ = look(kept, row("a", "one"), row("b", "two, edited"))
    assert not heard.facts and not heard.edited and not heard.removed


def test_what_two_looks_miss_is_gone_and_one_look_is_not_enough() -> None:
    _, kept = look(None, row("a", "one"), row("b", "two"))
    heard, kept = look(kept, row("a", "one"))
    assert not heard.removed
    back, _ = look(kept, row("a", "one"), row("b", "two"))
    assert not back.facts and not back.removed
    heard, kept = look(kept, row("a", "one"))
    assert heard.removed == {"messages": ["b"]}
    heard, kept = look(kept, row("a", "one"))
    assert not heard.removed and Watched(kept, SINCE).keys == ["a"]


def test_what_was_gone_and_comes_back_is_published_again() -> None:
    """As an edit: a plain fact that was removed does not come back."""
    _, kept = look(None, row("a", "one"))
    watched, heard = Watched(kept, SINCE), Heard()
    watched.gone(heard, "a")
    watched.gone(heard, "a")
    assert heard.removed == {"messages": ["a"]} and "a" not in watched
    heard, kept = look(watched.kept(), row("a", "one"))
    assert not heard.facts and [one["message_id"] for one in heard.edited["messages"]] == ["a"]
    assert Watched(kept, SINCE).keys == ["a"]


def test_an_answer_without_anything_removes_nothing() -> None:
    _, kept = look(None, *(row(str(n), "x") for n in range(5)))
    for _ in range(3):
        heard, kept = look(kept)
        assert not heard.removed


def test_what_began_before_the_days_is_let_go_and_not_removed() -> None:
    watched, heard = Watched(None, SINCE), Heard()
    watched.hear(heard, "messages", row("a", "late reply"), began=SINCE + timedelta(hours=1))
    later = Watched(watched.kept(), SINCE + timedelta(hours=2))
    later.missed(heard, SINCE + timedelta(hours=2))
    assert not heard.removed and later.kept() == {}


def test_an_edit_of_what_is_not_watched_takes_the_place_of_what_may_be_held() -> None:
    watched, heard = Watched(None, SINCE), Heard()
    watched.hear(heard, "messages", row("a", "its second form"), changed=True)
    assert not heard.facts and heard.edited["messages"][0]["text"] == "its second form"


def test_the_cursor_keeps_the_newest() -> None:
    watched, heard = Watched(None, SINCE), Heard()
    for n in range(MOST + 10):
        watched.hear(heard, "messages", row(f"{n:05}", "x") | {"at": NOW - timedelta(seconds=n)})
    kept = watched.kept()
    assert len(kept) == MOST and "00000" in kept and f"{MOST + 9:05}" not in kept
