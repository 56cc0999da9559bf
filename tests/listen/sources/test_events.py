"""Product events: what the firm's own product tells, so that a failure is known before anybody complains."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender

FAILED = {
    "id": "d-17",
    "at": "2026-11-22T11:59:00Z",
    "kind": "failure",
    "email": "Dana@Firm.example",
    "place": "download page",
    "detail": "Die Übertragung brach ab",
}


def test_a_failed_download() -> None:
    heard = hear("events", FAILED)
    [row] = heard.facts["events"]
    assert row == row | {
        "event_id": "events:d-17",
        "customer_id": "email:dana@firm.example",
        "kind": "failure",
        "ok": False,
        "place": "download page",
        "detail": "Die Übertragung brach ab",
    }
    assert row["at"].isoformat() == "2026-11-22T11:59:00+00:00"
    assert [one["value"] for one in heard.facts["handles"]] == ["dana@firm.example"] and len(heard.once) == 64


@pytest.mark.parametrize(
    ("told", "ok", "kind", "went_well"),
    [
        ("use", None, "use", None),
        ("download", True, "use", True),
        ("download", False, "failure", False),
        ("crash", None, "failure", False),
        ("Check-in", None, "visit", None),
        ("check_in", None, "visit", None),
        ("login", True, "sign-in", True),
        ("sign-in", False, "sign-in", False),
    ],
)
def test_kinds_by_the_words_that_people_use(told: str, ok: bool | None, kind: str, went_well: bool | None) -> None:
    for name in ("kind", "event"):
        said = {"id": 1, "at": 1795348740, name: told, **({} if ok is None else {"ok": ok})}
        [row] = hear("events", said).facts["events"]
        assert (row["kind"], row.get("ok")) == (kind, went_well)


def test_several_at_once() -> None:
    more = [FAILED, {**FAILED, "id": "d-18"}]
    for said in (more, {"events": more}):
        assert [row["event_id"] for row in hear("events", said).facts["events"]] == ["events:d-17", "events:d-18"]
    assert hear("events", []).said == ["it has no events"]


def test_an_event_without_a_number_is_the_same_when_it_says_the_same() -> None:
    without = {name: value for name, value in FAILED.items() if name != "id"}
    first, again = (hear("events", without).facts["events"][0]["event_id"] for _ in range(2))
    other = hear("events", {**without, "detail": "again"}).facts["events"][0]["event_id"]
    assert first == again != other


def test_whose_it_was() -> None:
    def row(**who: Any) -> tuple[Any, list[tuple[str, str]]]:
        said = {"id": "1", "at": "2026-11-22T11:00:00Z", "kind": "visit", **who}
        heard = hear("events", said)
        handles = [(one["kind"], one["value"]) for one in heard.facts.get("handles", ())]
        return heard.facts["events"][0].get("customer_id"), handles

    assert row() == (None, [])
    assert row(customer_id="C-7", device="pad-1") == ("C-7", [("device", "pad-1")])
    assert row(device="pad-1") == ("events:device pad-1", [("device", "pad-1")])
    assert row(phone="+41446681800") == ("phone:+41446681800", [("phone", "+41446681800")])
    assert row(twitter="@dana") == ("events:twitter @dana", [("account", "dana")])


def test_only_the_sender_is_heard() -> None:
    only_the_sender("events", FAILED)


def test_what_is_no_event() -> None:
    not_understood("events", listed=True)
    for said, why in (
        ([FAILED, 7], r"^Product events, events\[1\]: it is a number, not an object"),
        (
            {**FAILED, "kind": "party"},
            r"^Product events, events\[0\].kind: 'party' is no kind of event; it is one of use,",
        ),
        ({**FAILED, "kind": None}, r"^Product events, events\[0\].kind: it is not there"),
        ({**FAILED, "at": None}, r"^Product events, events\[0\].at: it is not there"),
        ({**FAILED, "email": "dana"}, r"^Product events, events\[0\].email: 'dana' is no e-mail address"),
        (
            {**FAILED, "customer": "x"},
            r"^Product events, events\[0\].customer: an event has no such field; there are id,",
        ),
        ({**FAILED, "ok": "no"}, r"^Product events, events\[0\].ok: it is a text, not true or false"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("events", said)
    with pytest.raises(NotUnderstood, match=r"^Product events, the body: it has 10,001 events; send 10,000 at most"):
        hear("events", json.dumps([{}] * 10_001).encode())
