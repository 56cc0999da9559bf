"""Typeform: the answers to a form, with the score from 0 to 10 where it asks for one."""

from __future__ import annotations

from pydantic import Field, SecretStr

from goodwill.listen.posted import answers, signing
from goodwill.listen.posted.answers import Answer
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Typeform"


class TypeformSettings(Settings):
    """What is entered for a form."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the secret of the webhook: the form › Connect › Webhooks › Edit; two while one replaces another",
    )
    score: str = Field("", description="the question that asks for 0 to 10, by its words; else it is found by itself")
    comment: str = Field("", description="the question that asks why, by its words; else it is found by itself")


def accept(place: Place, request: Request) -> Heard:
    """One form that was sent in; its token is the response's id, as in the form's export."""
    digest = signing.by_body(
        request, place.settings.secret, header="Typeform-Signature", sender=SENDER, form="sha256=base64"
    )
    body = opened(request.body, SENDER)
    heard = Heard(once=body.maybe_id("event_id") or digest)
    if body.text("event_type") != "form_response":
        heard.said.append(f"{body.text('event_type') or 'an event without a type'} says nothing to us")
        return heard
    response = body.part("form_response")
    given = [*_answers(response), *_hidden(response)]
    told = answers.fields(given, score_question=place.settings.score, comment_question=place.settings.comment)
    person = Person(
        own=answers.told(given, answers.OWN_ID),
        email=answers.of_kind(given, "email") or answers.told(given, answers.EMAIL),
        phone=answers.of_kind(given, "phone_number") or answers.told(given, answers.PHONE),
    )
    row: Row = {
        "response_id": response.id("token"),
        "survey": response.maybe("definition").text("title") or "typeform",
        "at": response.maybe_at("submitted_at") or response.at("landed_at"),
        "customer_id": person.into(heard, place),
        **told,
    }
    if row["score"] is None and row["comment"] is None:
        heard.said.append("no answer was taken as the score or the reason: name the questions in the source's settings")
    heard.add("responses", row)
    return heard


def _answers(response: Part) -> list[Answer]:
    """The answers with the questions' words, which stand apart in the form's definition."""
    titles = {field.maybe_id("id"): field.text("title") for field in response.maybe("definition").parts("fields")}
    found = []
    for answer in response.parts("answers"):
        field = answer.maybe("field")
        value = _value(answer)
        if value is not None:
            question = titles.get(field.maybe_id("id")) or field.text("ref")
            found.append(Answer(question, value, field.text("type") or answer.text("type")))
    return found


def _value(answer: Part) -> str | int | None:
    kind = answer.text("type")
    if kind == "number":
        number = answer.money("number")  # it may be a price, with a point
        return int(number) if number is not None and number == number.to_integral_value() else None
    if kind == "choice":
        choice = answer.maybe("choice")
        return choice.text("label") or choice.text("other") or None
    if kind == "choices":
        labels = answer.maybe("choices").values.get("labels")
        return ", ".join(one for one in labels if isinstance(one, str)) if isinstance(labels, list) else None
    return answer.text(kind) or None if kind in ("text", "email", "phone_number", "url", "date") else None


def _hidden(response: Part) -> list[Answer]:
    """What the form's address told beside the answers, such as who was asked and after what."""
    hidden = response.maybe("hidden")
    return [Answer(name, hidden.maybe_id(name), "hidden") for name in sorted(hidden.values) if hidden.maybe_id(name)]


KIND = Kind(
    name="typeform",
    title=SENDER,
    says="The answers to a form, with the score from 0 to 10 where it asks for one.",
    connect="In Typeform: open the form › Connect › Webhooks › Add a webhook, with the address that goodwill shows; "
    "then Edit › Secret, enter one of your own and the same here, and switch the webhook on. Hidden fields named "
    "customer_id, email, touchpoint and staff say who was asked, after what, and who served them. Its test button "
    "sends an answer that is invented.",
    settings=TypeformSettings,
    tried="with requests signed as documented; not tried against the real service",
    accept=accept,
)
