"""Typeform: the answers to a form, the score among them."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender, place_of

LIKELY = "How likely are you to recommend us to a friend?"
QUESTIONS = {
    "q1": (LIKELY, "nps"),
    "q2": ("What is the main reason for your score?", "long_text"),
    "q3": ("Your e-mail address", "email"),
    "q4": ("How did you hear about us?", "multiple_choice"),
    "q5": ("Who served you?", "short_text"),
    "q6": ("How many stars for the shop?", "rating"),
}


def answer(question: str, kind: str, value: Any) -> dict[str, Any]:
    asked = QUESTIONS.get(question, ("", "short_text"))[1]
    return {"type": kind, kind: value, "field": {"id": question, "type": asked, "ref": f"ref-{question}"}}


ALL = [
    answer("q6", "number", 4),
    answer("q1", "number", 9),
    answer("q2", "text", "Köstlich, und schnell – danke!"),
    answer("q3", "email", "Dana@Firm.example"),
    answer("q4", "choice", {"label": "A friend told me"}),
    answer("q5", "text", "Beat"),
]


def form(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A form that was sent in; made up."""
    fields = [{"id": name, "title": title, "type": kind} for name, (title, kind) in QUESTIONS.items()]
    return {
        "event_id": "01HEVENT",
        "event_type": "form_response",
        "form_response": {
            "form_id": "lT4Z3j",
            "token": "a3a12ec67a1365927098a606107fac15",
            "landed_at": "2026-11-22T11:50:00Z",
            "submitted_at": "2026-11-22T11:52:00Z",
            "definition": {"id": "lT4Z3j", "title": "After the visit", "fields": fields},
            "answers": list(answers or ALL),
            **more,
        },
    }


def test_a_form() -> None:
    heard = hear("typeform", form())
    [row] = heard.facts["responses"]
    assert row == row | {
        "response_id": "a3a12ec67a1365927098a606107fac15",  # as in the form's export
        "survey": "After the visit",
        "customer_id": "email:dana@firm.example",
        "score": 9,
        "comment": "Köstlich, und schnell – danke!",
        "reason": "A friend told me",
        "staff": "Beat",
    }
    assert row["at"].isoformat() == "2026-11-22T11:52:00+00:00"
    assert [one["value"] for one in heard.facts["handles"]] == ["dana@firm.example"]
    assert (heard.once, heard.said) == ("01HEVENT", [])


def test_hidden_fields_say_who_was_asked() -> None:
    hidden = {"customer_id": "C-7", "touchpoint": "delivery", "email": "dana@firm.example", "empty": ""}
    heard = hear("typeform", form(answer("q1", "number", 0), hidden=hidden))
    [row] = heard.facts["responses"]
    assert (row["customer_id"], row["touchpoint"], row["score"]) == ("C-7", "delivery", 0)
    assert heard.facts["handles"][0]["value"] == "dana@firm.example"


def test_scales_that_are_not_ours_are_no_score() -> None:
    heard = hear("typeform", form(answer("q6", "number", 4), answer("q5", "text", "Beat")))
    assert "score" not in heard.facts["responses"][0]
    assert heard.said == ["no answer was taken as the score or the reason: name the questions in the source's settings"]
    for value in (11, -1, 9.5):
        heard = hear("typeform", form(answer("q1", "number", value), answer("q2", "text", "Because")))
        assert "score" not in heard.facts["responses"][0]


def test_questions_that_are_named() -> None:
    said = form(answer("q6", "number", 4), answer("q5", "text", "Slow."))
    place = place_of("typeform", score="How many stars for the shop?", comment="Who served you?")
    [row] = hear("typeform", said, place=place).facts["responses"]
    assert (row["score"], row["comment"]) == (4, "Slow.")


def test_what_says_nothing_to_us() -> None:
    heard = hear("typeform", {"event_id": "1", "event_type": "form_response_partial"})
    assert not heard.facts and heard.said == ["form_response_partial says nothing to us"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("typeform", form())


def test_what_typeform_does_not_send() -> None:
    not_understood("typeform")
    for said, why in (
        (form(token=None), "^Typeform, form_response.token: it is not there"),
        (form(submitted_at="x"), "^Typeform, form_response.submitted_at: 'x' is no time"),
        (form(answers={}), "^Typeform, form_response.answers: it is an object, not a list"),
        (form(answer("q2", "text", 7)), r"^Typeform, form_response.answers\[0\].text: it is a number, not a text"),
        (form(hidden=[1]), "^Typeform, form_response.hidden: it is a list, not an object"),
        ({"event_type": "form_response"}, "^Typeform, form_response: it is not there"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("typeform", said)
