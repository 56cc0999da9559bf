"""Formbricks: a survey's answers as they are given, under the ids of the questions."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender, place_of


def event(kind: str = "responseFinished", data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"nps": 9, "reason": "Schnell und freundlich", "stars": 4, "staff": "Beat", "likes": ["maps", "chat"]}
    return {
        "webhookId": "cm8x2k4tq",
        "event": kind,
        "data": {
            "id": "cm8x31w2v",
            "surveyId": "cm8wz6n3a",
            "createdAt": "2026-11-22T11:50:00.000Z",
            "updatedAt": "2026-11-22T11:51:00.000Z",
            "finished": True,
            "data": given if data is None else data,
            "survey": {"title": "After the download", "type": "link"},
            "contact": {"id": "cm8c", "userId": "C-7"},
            "contactAttributes": {"email": "Dana@Firm.example", "firstName": "Dana", "lastName": "Öz"},
            "language": "de",
            **more,
        },
    }


def test_a_survey() -> None:
    heard = hear("formbricks", event())
    [row] = heard.edited["responses"]
    assert row == row | {
        "response_id": "formbricks:cm8x31w2v",
        "survey": "After the download",
        "customer_id": "C-7",
        "score": 9,
        "comment": "Schnell und freundlich",
        "staff": "Beat",
    }
    assert row["at"].isoformat() == "2026-11-22T11:50:00+00:00"
    assert heard.facts["people"] == [{"customer_id": "C-7", "name": "Dana Öz", "language": "de"}]
    assert heard.once == "delivery-1"


def test_each_answer_replaces_what_was_heard() -> None:
    begun = hear("formbricks", event("responseCreated", {"nps": 3})).edited["responses"][0]
    done = hear("formbricks", event("responseFinished", {"nps": 3, "reason": "Slow"})).edited["responses"][0]
    assert begun["response_id"] == done["response_id"] and "comment" not in begun and done["comment"] == "Slow"


def test_who_is_known_by_nothing_but_an_answer() -> None:
    more = {"contact": None, "contactAttributes": None}
    [row] = hear("formbricks", event(data={"nps": 10, "email": "kim@post.example"}, **more)).edited["responses"]
    assert row["customer_id"] == "email:kim@post.example"
    [row] = hear("formbricks", event(data={"nps": 10}, **more)).edited["responses"]
    assert "customer_id" not in row


def test_ids_that_say_nothing_are_named_in_the_settings() -> None:
    data = {"y4t3q9": 7, "dc185m": "Too dear"}
    heard = hear("formbricks", event(data=data))
    assert "score" not in heard.edited["responses"][0]
    assert heard.said == ["no answer was taken as the score or the reason: name the question's ids in the settings"]
    place = place_of("formbricks", score="y4t3q9", comment="dc185m")
    [row] = hear("formbricks", event(data=data), place=place).edited["responses"]
    assert (row["score"], row["comment"]) == (7, "Too dear")


def test_what_says_nothing_to_us() -> None:
    heard = hear("formbricks", {"event": "testEndpoint"})
    assert not heard.edited and heard.said == ["testEndpoint says nothing to us"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("formbricks", event())


def test_what_formbricks_does_not_send() -> None:
    not_understood("formbricks")
    for said, why in (
        (event(id=None), "^Formbricks, data.id: it is not there"),
        (event(createdAt="x"), "^Formbricks, data.createdAt: 'x' is no time"),
        (event(data=[1]), "^Formbricks, data.data: it is a list, not an object"),  # type: ignore[arg-type]
        ({"event": "responseFinished"}, "^Formbricks, data: it is not there"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("formbricks", said)
