"""The answers to a form as a response: which is the score, which the reason for it, and who it was.

Questions are found by their words, the same ones by which a form's export is read (`dialects.typeform`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

RECOMMEND = re.compile(r"recommend|how likely|\bnps\b", re.IGNORECASE)
WHY = re.compile(
    r"main reason|reason for|\bwhy\b|tell us|comment|feedback|improve|anything else|\breason\b", re.IGNORECASE
)
CAME_BY = re.compile(r"hear about us|why did you come|brought you|find us", re.IGNORECASE)
SERVED_BY = re.compile(r"who served|who helped|\bstaff\b|\bagent\b", re.IGNORECASE)
EMAIL = re.compile(r"e-?mail", re.IGNORECASE)
PHONE = re.compile(r"phone|mobile", re.IGNORECASE)
OWN_ID = re.compile(r"customer[ _-]?(id|number)|user[ _-]?id|userid|external[ _-]?id", re.IGNORECASE)
TOUCHPOINT = re.compile(r"touch ?point", re.IGNORECASE)
LONGEST_FIELD = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the question's words (or its id), what kind of question it is where that is known, and the value."""

    question: str
    value: str | int
    kind: str = ""


def score(answers: Sequence[Answer], question: str = "") -> int | None:
    """What they gave on the scale from 0 to 10: the question named, else of kind 'nps', else one that asks for it.

    >>> score([Answer("How happy are you?", 4, "rating"), Answer("How likely are you to recommend us?", 9)])
    9
    """
    named = [one for one in answers if question and one.question == question]
    asked = [one for one in answers if one.kind == "nps"]
    likely = [one for one in answers if one.kind != "rating" and RECOMMEND.search(one.question)]
    for one in named or [*asked, *likely]:
        if isinstance(one.value, int) and 0 <= one.value <= 10:
            return one.value
    return None


def comment(answers: Sequence[Answer], question: str = "") -> str | None:
    """The reason in their words: the question named, else those that ask why, else whatever was written at length."""
    texts = [one for one in answers if isinstance(one.value, str) and one.kind not in _NO_WORDS]
    named = [one for one in texts if question and one.question == question]
    asked = [one for one in texts if WHY.search(one.question) and not CAME_BY.search(one.question)]
    long = [one for one in texts if one.kind == "long_text"]
    found = [str(one.value).strip() for one in named or asked or long]
    return "\n".join(text for text in found if text) or None


_NO_WORDS = ("email", "phone_number", "url", "date", "choice", "choices", "file_url", "hidden")


def told(answers: Sequence[Answer], pattern: re.Pattern[str]) -> str:
    """The first answer to a question that matches; empty where there is none."""
    for one in answers:
        if pattern.search(one.question) and str(one.value).strip():
            return str(one.value).strip()[:LONGEST_FIELD]
    return ""


def of_kind(answers: Sequence[Answer], kind: str) -> str:
    """The first answer to a question of a kind; empty where there is none."""
    return next((str(one.value).strip() for one in answers if one.kind == kind), "")


def fields(answers: Sequence[Answer], *, score_question: str = "", comment_question: str = "") -> dict[str, Any]:
    """The columns of a response that its answers give."""
    return {
        "score": score(answers, score_question),
        "comment": comment(answers, comment_question),
        "touchpoint": told(answers, TOUCHPOINT) or None,
        "staff": told(answers, SERVED_BY) or None,
        "reason": told(answers, CAME_BY) or None,
    }
