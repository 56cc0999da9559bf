"""Formbricks: the answers to its surveys, with the score from 0 to 10 where one asks for it.

A survey tells of each answer as it is given; the response is replaced until it is finished. An answer comes under its
question's id, so that the ids must say what they are, or the settings which is which.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, SecretStr

from goodwill.listen.posted import answers, signing
from goodwill.listen.posted.answers import Answer
from goodwill.listen.posted.payload import Part, cleaned, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Formbricks"
EVENTS = ("responseCreated", "responseUpdated", "responseFinished")


class FormbricksSettings(Settings):
    """What is entered for an environment of Formbricks."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the webhook's signing secret, whsec_…, shown when the webhook is made;"
        " two while one replaces another",
    )
    score: str = Field(
        "", description="the id of the question that asks for 0 to 10; else one named like nps or recommend"
    )
    comment: str = Field("", description="the id of the question that asks why; else one named like reason or why")


def accept(place: Place, request: Request) -> Heard:
    """One event of a response."""
    signing.by_standard(request, place.settings.secret, sender=SENDER)
    body = opened(request.body, SENDER)
    event, heard = body.text("event"), Heard(once=request.headers["webhook-id"].strip())
    if event not in EVENTS:
        heard.said.append(f"{event or 'a test'} says nothing to us")
        return heard
    response = body.part("data")
    given = _answers(response)
    told = answers.fields(given, score_question=place.settings.score, comment_question=place.settings.comment)
    row: Row = {
        "response_id": place.key(response.id("id")),
        "survey": response.maybe("survey").text("title") or response.maybe_id("surveyId") or "formbricks",
        "customer_id": _who(response, given).into(heard, place),
        "at": response.at("createdAt"),
        **told,
    }
    if row["score"] is None and row["comment"] is None:
        heard.said.append("no answer was taken as the score or the reason: name the question's ids in the settings")
    heard.edited["responses"] = [{name: value for name, value in row.items() if value is not None}]
    return heard


def _answers(response: Part) -> list[Answer]:
    given = response.maybe("data").values
    found = []
    for question, value in given.items():
        if isinstance(value, list):
            value = ", ".join(one for one in value if isinstance(one, str))
        if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 1000:
            value = int(value)
        if isinstance(value, str) and value.strip():
            found.append(Answer(question, cleaned(value).strip()))
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append(Answer(question, value))
    return found


def _who(response: Part, given: list[Answer]) -> Person:
    """The contact; versions differ in where they put it."""
    contact = response.maybe("contact")
    attributes = (
        response.maybe("contactAttributes") if "contactAttributes" in response else response.maybe("personAttributes")
    )
    first, last = (_text(attributes, name) for name in ("firstName", "lastName"))
    return Person(
        own=contact.maybe_id("userId") or _text(attributes, "userId") or answers.told(given, answers.OWN_ID),
        here=f"contact {contact.maybe_id('id')}" if "id" in contact else "",
        email=_text(attributes, "email") or answers.told(given, answers.EMAIL),
        phone=_text(attributes, "phone") or answers.told(given, answers.PHONE),
        name=" ".join(name for name in (first, last) if name),
        language=response.text("language") if isinstance(response.values.get("language"), str) else "",
    )


def _text(attributes: Part, name: str) -> str:
    value = attributes.values.get(name)
    return cleaned(value).strip() if isinstance(value, str) else ""


KIND = Kind(
    name="formbricks",
    title=SENDER,
    says="The answers to its surveys, with the score from 0 to 10 where one asks for it.",
    connect="In Formbricks: Configuration › Integrations › Webhooks › Add webhook, with the address that goodwill "
    "shows and the triggers 'Response created', 'Response updated' and 'Response finished'. The signing secret "
    "(whsec_…) is shown once when the webhook is made: enter it here. Call the questions' ids nps, reason, staff "
    "and touchpoint in the survey's editor, or enter below which is which.",
    settings=FormbricksSettings,
    tried="with requests signed as documented; not tried against a real Formbricks",
    accept=accept,
)
