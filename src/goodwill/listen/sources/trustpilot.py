"""Trustpilot: reviews of the firm as they are written, changed and taken away, and the firm's replies.

Trustpilot signs nothing, so the address itself is the secret: it has a word that nobody can guess. What comes is
checked as far as it can be, and says no more than a review on a public page does. Rows are as its export gives them.
"""

from __future__ import annotations

import base64
import hashlib
import re

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Trustpilot"
CHANNEL = "review"
_ID = re.compile(r"[0-9a-zA-Z]{6,64}")
_PAGE = re.compile(r"https://([a-z0-9-]+\.)*trustpilot\.com/")


class TrustpilotSettings(Settings):
    """What is entered for a firm's page."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="a word of your own, 30 letters or digits, that stands in the address as ?word=…; two while one"
        " replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """Several events. They have no id: a repeated delivery is told by what it says."""
    given = (request.query.get("word"), _password(request.headers.get("authorization", "")))
    signing.by_word(given, place.settings.secret, SENDER)
    heard = Heard(once=hashlib.sha256(request.body).hexdigest())
    body = opened(request.body, SENDER)
    if "events" not in body:
        raise body.wrong("events", "it is not there")
    for event in body.parts("events"):
        _event(heard, place, event)
    if not body.parts("events"):
        heard.said.append("it has no events")
    return heard


def _password(header: str) -> str:
    """The password of an address https://name:password@host/, which senders give as a header."""
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, or no text
        return ""


def _event(heard: Heard, place: Place, event: Part) -> None:
    name = event.text("eventName")
    if name in ("service-review-created", "service-review-updated"):
        review = event.part("eventData")
        row = _review(heard, place, review)
        if row is None:
            heard.said.append(f"review {review.id('id')}: it has no words")
        elif name == "service-review-created":
            heard.add("messages", row)
        else:
            heard.edited.setdefault("messages", []).append(row)
    elif name == "service-review-deleted":
        heard.removed.setdefault("messages", []).append(_key(place, event.part("eventData")))
    elif name == "service-review-reply-created":
        heard.add("actions", _reply(place, event.part("eventData")))
    else:
        heard.said.append(f"{name or 'an event without a name'} says nothing to us")


def _review(heard: Heard, place: Place, review: Part) -> Row | None:
    stars = review.whole("stars")
    if stars is not None and not 1 <= stars <= 5:
        raise review.wrong("stars", f"{stars} is not from 1 to 5")
    text = "\n".join(words for words in (review.text("title"), review.text("text")) if words)
    if not text:
        return None
    writer, key = review.maybe("consumer"), _key(place, review)
    number = writer.maybe_id("id")
    person = Person(
        here=f"consumer {number}" if number else "",
        name=writer.text("name") or writer.text("displayName"),
        accounts=(("trustpilot", number),),
    )
    page = review.text("link")
    row: Row = {
        "message_id": key,
        "at": review.at("createdAt"),
        "source": place.name,
        "channel": CHANNEL,
        "author": number or person.name or None,
        "customer_id": person.into(heard, place),
        "text": text,
        "language": review.text("language") or None,
        "rating": stars,
        "url": page if _PAGE.match(page) else f"https://www.trustpilot.com/reviews/{review.id('id')}",
        "to_us": False,
    }
    return {name: value for name, value in row.items() if value is not None}


def _reply(place: Place, data: Part) -> Row:
    """Our own reply to a review; the review is named by it, or around it."""
    reply = data.maybe("reply") if "reply" in data else data
    review = data.maybe_id("reviewId") or data.maybe("review").maybe_id("id") or data.id("id")
    return {
        "action_id": place.key(f"{review}:reply"),
        "message_id": place.key(review),
        "at": reply.at("createdAt"),
        "kind": "reply",
        "channel": CHANNEL,
    }


def _key(place: Place, review: Part) -> str:
    found = review.id("id")
    if not _ID.fullmatch(found):
        raise review.wrong("id", "it is no id of a review")
    return place.key(found)


KIND = Kind(
    name="trustpilot",
    title=SENDER,
    says="Reviews of the firm as they are written, changed and taken away, and the firm's replies.",
    connect="In Trustpilot Business: Integrations › Webhooks (Webhook notifications › Service reviews), enter the "
    "address that goodwill shows with ?word= and a word of your own of 30 letters or digits at its end, and the same "
    "word here. Trustpilot signs nothing, so whoever knows the word can send a review: keep the address secret, and "
    "change the word when somebody leaves. Reviews of before come from the export.",
    settings=TrustpilotSettings,
    tried="with requests as documented; not tried against the real service",
    accept=accept,
)
