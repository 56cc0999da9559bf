"""Signed rows: what the firm's own systems tell, as rows of tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from goodwill.listen.sources import Heard, Request
from goodwill.listen.sources import kind as kind_called
from listen.sources.senders import NOW, SECRET, accepted, mac, not_understood, only_the_sender, place_of, signed

MESSAGE = {"message_id": "till:1", "at": "2026-11-22T11:00:00Z", "text": "Der Käse war köstlich", "channel": "shop"}
SOLD = {"purchase_id": "B-1", "at": "2026-11-22T11:00:00Z", "amount": 24.95, "email": "dana@firm.example"}


def tell(said: Any, query: dict[str, str] | None = None, name: str = "till") -> Heard:
    """What is made of a body; its rows are checked by the store, which knows more columns than a table has."""
    body = json.dumps(said, ensure_ascii=False).encode()
    accept = kind_called("signed").accept
    assert accept is not None
    headers = {header.lower(): value for header, value in signed("signed", body).items()}
    return accept(place_of("signed", name=name), Request(headers, body, NOW, query or {}))


def test_rows_of_several_tables() -> None:
    heard = tell({"messages": [MESSAGE], "purchases": SOLD})
    assert heard.facts == {
        "messages": [{"source": "till", **MESSAGE}],
        "purchases": [{**SOLD, "amount": "24.95"}],  # to the cent, as it was written
    }
    assert not heard.said and len(heard.once) == 64


def test_a_list_of_one_table() -> None:
    assert tell([MESSAGE, MESSAGE], {"table": "messages"}).facts["messages"] == [{"source": "till", **MESSAGE}] * 2
    assert tell(MESSAGE, {"table": "messages"}).facts["messages"] == [{"source": "till", **MESSAGE}]
    assert tell({"messages": [{**MESSAGE, "source": "desk"}]}).facts["messages"][0]["source"] == "desk"


def test_edits_and_removals() -> None:
    heard = tell({"edited": {"messages": [MESSAGE]}, "removed": {"messages": ["till:2", 3]}})
    assert heard.edited == {"messages": [{"source": "till", **MESSAGE}]}
    assert heard.removed == {"messages": ["till:2", "3"]} and not heard.facts


def test_nothing() -> None:
    assert tell({}).said == ["it has no rows"] and tell([], {"table": "events"}).said == ["it has no rows"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("signed", {"messages": [MESSAGE]})


def test_several_signatures_while_a_secret_is_replaced() -> None:
    at = str(int(NOW.timestamp())).encode()
    wrong, right = mac("another", at, b".", b"{}").hex(), mac(SECRET, at, b".", b"{}").hex()
    accepted("signed", b"{}", {"X-Goodwill-Signature": f"t={at.decode()},v1={wrong},v1={right}"})


def test_what_is_no_row() -> None:
    not_understood("signed", listed=True)
    wrong: list[tuple[Any, dict[str, str], str]] = [
        (
            [MESSAGE],
            {},
            "^Signed rows, the body: it is a list, and no table is named; docs/sources.md says how rows are",
        ),
        ({"mesages": []}, {}, "^Signed rows, mesages: no table of facts is called 'mesages'; did you mean 'messages'?"),
        (
            {"weather": []},
            {},
            "^Signed rows, weather: no table of facts is called 'weather'; there are people, handles",
        ),
        ([], {"table": "weather"}, "^Signed rows, weather: no table of facts"),
        ({"messages": [MESSAGE, 7]}, {}, r"^Signed rows, messages\[1\]: it is a number, not an object"),
        ({"removed": ["till:1"]}, {}, "^Signed rows, removed: it is a list, not an object"),
        ({"removed": {"messages": [None]}}, {}, r"^Signed rows, removed.messages\[0\]: it is nothing, not an id"),
        ({"messages": [{}] * 10_001}, {}, "^Signed rows, the body: it has 10,001 rows; send 10,000 at most"),
    ]
    for said, query, why in wrong:
        with pytest.raises(NotUnderstood, match=why):
            tell(said, query)
