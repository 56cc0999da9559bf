"""Zendesk: tickets, what is said in them, and what agents answer.

Rows are as its exports give them (`dialects.zendesk`): a ticket is its first message, `zendesk:35436`, and the thread
that later comments belong to.
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Zendesk"
EVENT = "zen:event-type:"
CHANNELS = {"voice": "phone", "native_messaging": "chat", "messaging": "chat", "twicket": "twitter", "mail": "email"}
GONE = ("ticket.soft_deleted", "ticket.permanently_deleted", "ticket.marked_as_spam")


class ZendeskSettings(Settings):
    """What is entered for an account of Zendesk."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the webhook's signing secret: Admin Centre › Apps and integrations › Webhooks › the webhook ›"
        " Reveal secret; two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event; its own id tells a repeated delivery."""
    digest = signing.by_time_and_body(
        request,
        place.settings.secret,
        header="X-Zendesk-Webhook-Signature",
        time_header="X-Zendesk-Webhook-Signature-Timestamp",
        sender=SENDER,
        form="base64",
        between=b"",
    )
    body = opened(request.body, SENDER)
    event, heard = body.text("type").removeprefix(EVENT), Heard(once=body.maybe_id("id") or digest)
    if event in ("ticket.created", "ticket.description_changed", "ticket.undeleted"):
        _ticket(heard, place, body, edited=event != "ticket.created")
    elif event == "ticket.comment_added":
        _comment(heard, place, body)
    elif event in ("ticket.comment_redacted", "ticket.comment_made_private"):
        _taken_back(heard, place, body)
    elif event in GONE:
        heard.removed["messages"] = [place.key(body.part("detail").id("id"))]
        heard.said.append(f"{event}: the ticket's first message is gone; later comments go when they are redacted")
    elif event == "messaging_ticket.message_added":
        _chat(heard, place, body)
    elif event in ("user.created", "user.identity_created", "user.external_id_changed", "user.name_changed"):
        _user(heard, place, body, renamed=event == "user.name_changed")
    else:
        heard.said.append(f"{event or 'an event without a type'} says nothing to us")
    return heard


def _ticket(heard: Heard, place: Place, body: Part, *, edited: bool) -> None:
    ticket = body.part("detail")
    text = "\n".join(words for words in (ticket.text("subject"), ticket.text("description")) if words)
    if "is_public" in ticket and not ticket.flag("is_public"):
        heard.said.append(f"ticket {ticket.id('id')}: private among agents")
    elif not text:
        heard.said.append(f"ticket {ticket.id('id')}: it has no words")
    else:
        row = {**_in_ticket(place, ticket), "message_id": place.key(ticket.id("id")), "text": text}
        row["at"] = ticket.at("created_at")
        (heard.edited if edited else heard.facts)["messages"] = [row]


def _in_ticket(place: Place, ticket: Part) -> Row:
    """What all messages of a ticket share."""
    requester = ticket.id("requester_id")
    return {
        "source": place.name,
        "channel": _channel(ticket),
        "author": requester,
        "customer_id": place.key(f"user {requester}"),
        "thread": place.key(ticket.id("id")),
        "to_us": True,
    }


def _comment(heard: Heard, place: Place, body: Part) -> None:
    ticket, comment = body.part("detail"), body.part("event").part("comment")
    key, words, writer = _key(place, ticket, comment), comment.text("body"), comment.maybe("author")
    if "is_public" in comment and not comment.flag("is_public"):
        heard.said.append(f"comment {key}: a note among agents")
    elif not words:
        heard.said.append(f"comment {key}: it has no words")
    elif writer.flag("is_staff"):
        heard.add("actions", _answer(place, body, ticket, key, writer.text("name")))
    elif words.split() == ticket.text("description").split():
        heard.said.append(f"comment {key}: it is the ticket's own first message")
    else:
        row = {**_in_ticket(place, ticket), "message_id": key, "text": words, "at": _when(body, ticket)}
        other = writer.maybe_id("id")
        if other and other != ticket.id("requester_id"):  # somebody in copy
            row |= {"author": other, "customer_id": place.key(f"user {other}")}
        heard.add("messages", row)


def _answer(place: Place, body: Part, ticket: Part, key: str, staff: str) -> Row:
    return {
        "action_id": key,
        "message_id": place.key(ticket.id("id")),
        "customer_id": place.key(f"user {ticket.id('requester_id')}") if "requester_id" in ticket else None,
        "at": _when(body, ticket),
        "staff": staff or None,
        "kind": "reply",
        "channel": _channel(ticket) if "via" in ticket else None,
    }


def _taken_back(heard: Heard, place: Place, body: Part) -> None:
    comment = body.part("event").part("comment")
    heard.removed["messages"] = [_key(place, body.part("detail"), comment)]


def _chat(heard: Heard, place: Place, body: Part) -> None:
    """A message of a chat: 'end_user', 'agent', and 'trigger' and 'system', which are machines."""
    ticket, event = body.part("detail"), body.part("event")
    actor, said = event.part("actor"), event.part("message")
    key, kind, words = _key(place, ticket, said), actor.text("type"), said.text("body")
    if kind == "agent":
        row = _answer(place, body, ticket, key, actor.text("name"))
        heard.add("actions", {**row, "channel": "chat"})
    elif kind == "end_user" and words:
        user = actor.maybe_id("id").removeprefix("zd:")
        row = {
            "message_id": key,
            "at": body.at("time"),
            "source": place.name,
            "channel": "chat",
            "author": user or None,
            "customer_id": place.key(f"user {user}") if user else None,
            "text": words,
            "thread": place.key(ticket.id("id")),
            "to_us": True,
        }
        heard.add("messages", row)
        if user and actor.text("name"):
            heard.add("people", {"customer_id": row["customer_id"], "name": actor.text("name")})
    else:
        heard.said.append(f"message {key}: {'it has no words' if kind == 'end_user' else 'a machine wrote it'}")


def _user(heard: Heard, place: Place, body: Part, *, renamed: bool) -> None:
    """Who a requester is. The firm's own id of them comes beside the one that their tickets have."""
    user, change = body.part("detail"), body.maybe("event")
    if user.text("role") not in ("", "end-user", "end_user"):
        heard.said.append(f"user {user.id('id')}: it is our own staff")
        return
    identity = change.maybe("identity")
    kind, value = identity.text("type"), identity.text("value")
    number = user.id("id")
    person = Person(
        own=place.key(f"user {number}"),  # as their tickets name them
        email=value if kind == "email" else user.text("email"),
        phone=value if kind == "phone_number" else "",
        name=change.text("current") if renamed else user.text("name"),
        verified=True if identity.flag("is_verified") or identity.flag("verified") else None,
        joined_at=user.maybe_at("created_at"),
        accounts=((place.name, number),),
    )
    person.into(heard, place)
    if own := user.maybe_id("external_id"):
        heard.facts.setdefault("handles", []).extend(Person(own=own, accounts=((place.name, number),)).handles(place))


def _key(place: Place, ticket: Part, comment: Part) -> str:
    return place.key(f"{ticket.id('id')}/{comment.id('id')}")


def _when(body: Part, ticket: Part) -> object:
    return body.maybe_at("time") or ticket.at("updated_at")


def _channel(ticket: Part) -> str:
    via = ticket.maybe("via").text("channel").lower()
    return CHANNELS.get(via, via) or "email"


KIND = Kind(
    name="zendesk",
    title=SENDER,
    says="Tickets, what customers say in them, and what agents answer.",
    connect="In Zendesk: Admin Centre › Apps and integrations › Webhooks › Create webhook › Zendesk events. Choose "
    "'Ticket created', 'Ticket comment added', 'comment redacted', 'Messaging message added', 'User created' and 'User "
    "identity created' (without the users a ticket has no e-mail address), and enter the address that goodwill shows. "
    "Then 'Reveal secret' on the webhook's page, and enter it here. Notes among agents are left out.",
    settings=ZendeskSettings,
    tried="with requests signed as documented; not tried against the real service",
    accept=accept,
)
