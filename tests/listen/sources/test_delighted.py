"""Delighted: a score, and the comment that comes later."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender


def event(kind: str = "survey_response.created", **more: Any) -> dict[str, Any]:
    return {
        "event_type": kind,
        "event_id": "b8d057c5",
        "event_data": {
            "id": "5435",
            "person": {"id": "5975", "email": "Dana@Firm.example", "name": "Dana Öz", "created_at": 1795000000},
            "survey_type": "nps",
            "score": 9,
            "comment": None,
            "created_at": 1795348740,
            "updated_at": 1795348740,
            "person_properties": {"customer_id": "C-7", "touchpoint": "delivery", "agent": "Beat"},
            "notes": [],
            "tags": [],
            **more,
        },
    }


def test_a_score() -> None:
    heard = hear("delighted", event())
    [row] = heard.facts["responses"]
    assert row == row | {
        "response_id": "delighted:5435",
        "survey": "nps",
        "customer_id": "C-7",
        "score": 9,
        "touchpoint": "delivery",
        "staff": "Beat",
    }
    assert row["at"].isoformat() == "2026-11-22T11:59:00+00:00" and "comment" not in row
    assert heard.facts["people"] == [{"customer_id": "C-7", "name": "Dana Öz"}]
    assert heard.facts["handles"][0]["value"] == "dana@firm.example"


def test_the_comment_comes_later_and_is_another_delivery() -> None:
    first = hear("delighted", event())
    heard = hear("delighted", event("survey_response.updated", comment="Schön gemacht!"))
    assert "responses" not in heard.facts
    [row] = heard.edited["responses"]
    assert (row["response_id"], row["score"], row["comment"]) == ("delighted:5435", 9, "Schön gemacht!")
    assert heard.once != first.once and heard.once


def test_without_properties_the_address_says_who_it_was() -> None:
    [row] = hear("delighted", event(person_properties=None, survey_type=None)).facts["responses"]
    assert (row["customer_id"], row["survey"]) == ("email:dana@firm.example", "delighted")


@pytest.mark.parametrize("kind", ["csat", "ces", "thumbs"])
def test_other_scales_are_no_score(kind: str) -> None:
    [row] = hear("delighted", event(survey_type=kind, score=1, comment="Hm")).facts["responses"]
    assert "score" not in row and row["comment"] == "Hm"


def test_what_says_nothing_to_us() -> None:
    assert hear("delighted", event("person.unsubscribed")).said == ["person.unsubscribed says nothing to us"]
    said = hear("delighted", event(survey_type="enps")).said
    assert said == ["response 5435: it is of an employee, not of a customer"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("delighted", event(comment="Grüezi"))


def test_what_delighted_does_not_send() -> None:
    not_understood("delighted")
    for said, why in (
        (event(id=None), "^Delighted, event_data.id: it is not there"),
        (event(score=11), "^Delighted, event_data.score: 11 is not from 0 to 10"),
        (event(score="high"), "^Delighted, event_data.score: it is a text, not a whole number"),
        (event(created_at={}), "^Delighted, event_data.created_at: '{}' is no time"),
        (event(person=[1]), "^Delighted, event_data.person: it is a list, not an object"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("delighted", said)
