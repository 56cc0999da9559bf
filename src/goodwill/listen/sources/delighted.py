"""Delighted: scores from 0 to 10 and the reasons for them.

The score is sent when it is clicked, the comment in a later event of the same response: what was heard is replaced.
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Delighted"
EVENTS = ("survey_response.created", "survey_response.updated")


class DelightedSettings(Settings):
    """What is entered for a project of Delighted."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the project's API key, which signs: Integrations › API; two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event. A repeated one is told by its digest: the event's own id does not change when a comment is added."""
    digest = signing.by_body(
        request, place.settings.secret, header="X-Delighted-Webhook-Signature", sender=SENDER, form="sha256=hex"
    )
    body = opened(request.body, SENDER)
    event, heard = body.text("event_type"), Heard(once=digest)
    if event not in EVENTS:
        heard.said.append(f"{event or 'an event without a type'} says nothing to us")
        return heard
    response = body.part("event_data")
    if response.text("survey_type") == "enps":
        heard.said.append(f"response {response.id('id')}: it is of an employee, not of a customer")
        return heard
    row = _response(heard, place, response)
    if event == "survey_response.created":
        heard.add("responses", row)
    else:
        heard.edited["responses"] = [{name: value for name, value in row.items() if value is not None}]
    return heard


def _response(heard: Heard, place: Place, response: Part) -> Row:
    who, more, kind = response.maybe("person"), response.maybe("person_properties"), response.text("survey_type")
    person = Person(
        own=more.maybe_id("customer_id") or more.maybe_id("Customer ID"),
        here=f"person {who.maybe_id('id')}" if "id" in who else "",
        email=who.text("email"),
        phone=who.text("phone_number"),
        name=who.text("name"),
    )
    return {
        "response_id": place.key(response.id("id")),
        "survey": kind or "delighted",
        "customer_id": person.into(heard, place),
        "at": response.at("created_at"),
        "score": _score(response) if kind in ("", "nps") else None,  # the others go to 5 or 7, or are thumbs
        "comment": response.text("comment") or None,
        "touchpoint": more.maybe_id("touchpoint") or more.maybe_id("Touchpoint") or None,
        "staff": more.maybe_id("staff") or more.maybe_id("agent") or None,
    }


def _score(response: Part) -> int | None:
    score = response.whole("score")
    if score is not None and not 0 <= score <= 10:
        raise response.wrong("score", f"{score} is not from 0 to 10")
    return score


KIND = Kind(
    name="delighted",
    title=SENDER,
    says="Scores from 0 to 10 and the reasons for them.",
    connect="In Delighted: Integrations › Webhooks › Add webhook, with the address that goodwill shows, for responses. "
    "It signs with the project's API key (Integrations › API), which is the secret here. Properties named customer_id, "
    "touchpoint and staff say who was asked, after what, and who served them.",
    settings=DelightedSettings,
    tried="with requests signed as documented; not tried against the real service",
    accept=accept,
)
