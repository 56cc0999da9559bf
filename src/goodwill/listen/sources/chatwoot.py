"""Chatwoot: what customers write in its chats and inboxes, and what agents answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person, author
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Chatwoot"
CHANNELS = {
    "WebWidget": "chat",
    "Api": "chat",
    "Email": "email",
    "FacebookPage": "facebook",
    "Instagram": "instagram",
    "TwitterProfile": "twitter",
    "TwilioSms": "sms",
    "Sms": "sms",
    "Voice": "phone",
    "Whatsapp": "whatsapp",
    "Telegram": "telegram",
    "Line": "line",
    "Tiktok": "tiktok",
}
NETWORKS = ("twitter", "facebook", "instagram", "github", "linkedin", "telegram")
_TYPES = ("incoming", "outgoing", "activity", "template")  # older versions send the number


class ChatwootSettings(Settings):
    """What is entered for an account of Chatwoot."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the secret that Chatwoot shows beside the webhook: Settings › Integrations › Webhooks;"
        " two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event."""
    digest = signing.by_time_and_body(
        request,
        place.settings.secret,
        header="X-Chatwoot-Signature",
        time_header="X-Chatwoot-Timestamp",
        sender=SENDER,
        form="sha256=hex",
        between=b".",
    )
    body = opened(request.body, SENDER)
    heard = Heard(once=digest)
    event = body.text("event")
    if event in ("message_created", "message_updated"):
        _message(heard, place, event, body)
    elif event in ("contact_created", "contact_updated"):
        _person(body).into(heard, place)
        if not heard.facts:
            heard.said.append(f"{event}: nothing is told of them")
    elif event == "conversation_created":
        contact = body.maybe("meta").maybe("sender")
        if "id" in contact:
            _person(contact).into(heard, place)
        heard.said.append("a conversation began; what is said in it comes as messages")
    else:
        heard.said.append(f"{event or 'an event without a name'} says nothing to us")
    return heard


def _message(heard: Heard, place: Place, event: str, body: Part) -> None:
    key, kind = place.key(body.id("id")), _type(body)
    if body.flag("private"):
        heard.said.append(f"message {key}: a note among agents")
    elif kind == "incoming":
        _from_customer(heard, place, event, body, key)
    elif kind == "outgoing" and body.maybe("sender").text("type") == "agent_bot":
        heard.said.append(f"message {key}: a bot wrote it; a person has yet to answer")
    elif kind == "outgoing":
        if event == "message_created":
            heard.add("actions", _reply(heard, place, body, key))
        else:
            heard.said.append(f"message {key}: our own reply changed")
    else:
        heard.said.append(f"message {key}: Chatwoot itself wrote it")


def _from_customer(heard: Heard, place: Place, event: str, body: Part, key: str) -> None:
    if body.maybe("content_attributes").flag("deleted"):
        heard.removed["messages"] = [key]
        return
    words = body.text("content")
    if not words:
        heard.said.append(f"message {key}: it has no words, perhaps a picture")
        return
    contact, conversation = _contact(body), body.part("conversation")
    channel = _channel(conversation)
    person = _person(contact, ((channel, _account(place, contact)),)) if contact is not None else Person()
    row: dict[str, Any] = {
        "message_id": key,
        "at": body.at("created_at"),
        "source": place.name,
        "channel": channel,
        "author": author(person.email, person.phone, _account(place, contact) if contact is not None else ""),
        "customer_id": person.into(heard, place),
        "text": words,
        "thread": place.key(f"conversation {conversation.id('id')}"),
        "place": body.maybe("inbox").text("name") or None,
        "url": _page(conversation),
        "to_us": True,
    }
    if event == "message_created":
        heard.add("messages", row)
    else:
        heard.edited["messages"] = [{name: value for name, value in row.items() if value is not None}]


def _reply(heard: Heard, place: Place, body: Part, key: str) -> Row:
    """What an agent wrote. Chatwoot does not say which message it answers: it answers the person."""
    conversation = body.part("conversation")
    contact = conversation.maybe("meta").maybe("sender")
    sender = body.maybe("sender")
    return {
        "action_id": key,
        "customer_id": _person(contact).into(heard, place) if "id" in contact else None,
        "at": body.at("created_at"),
        "staff": sender.text("name") or sender.text("email") or None,
        "kind": "reply",
        "channel": _channel(conversation),
    }


def _type(body: Part) -> str:
    given = body.values.get("message_type")
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(_TYPES):
        return _TYPES[given]
    return body.text("message_type")


def _contact(body: Part) -> Part | None:
    """Who wrote: the conversation has the contact in full, the message sometimes only the name."""
    for contact in (
        body.maybe("conversation").maybe("meta").maybe("sender"),
        body.maybe("sender"),
        body.maybe("contact"),
    ):
        if "id" in contact and contact.text("type") != "user":
            return contact
    return None


def _person(contact: Part, accounts: tuple[tuple[str, str], ...] = ()) -> Person:
    """A contact. One who was nobody at first and told an address later is the same account of the channel."""
    more = contact.maybe("additional_attributes")
    profiles = more.maybe("social_profiles")
    names = [(network, profiles.text(network)) for network in NETWORKS] + [("twitter", more.text("screen_name"))]
    return Person(
        own=contact.maybe_id("identifier"),
        here=f"contact {contact.id('id')}",
        email=contact.text("email"),
        phone=contact.text("phone_number"),
        name=contact.text("name"),
        accounts=(*accounts, *names),
        country=more.text("country_code"),
    )


def _account(place: Place, contact: Part) -> str:
    return place.key(f"contact {contact.id('id')}")


def _channel(conversation: Part) -> str:
    return CHANNELS.get(conversation.text("channel").removeprefix("Channel::"), "chat")


def _page(conversation: Part) -> str | None:
    """The page that the customer had open."""
    page = conversation.maybe("additional_attributes").text("referer")
    return page if page.startswith(("https://", "http://")) else None


KIND = Kind(
    name="chatwoot",
    title=SENDER,
    says="What customers write in its chats and inboxes, and what agents answer.",
    connect="In Chatwoot: Settings › Integrations › Webhooks › Add new webhook. Enter the address that goodwill shows, "
    "choose 'Message created', 'Message updated', 'Conversation created', 'Contact created' and 'Contact updated', "
    "and enter the secret that Chatwoot then shows beside the webhook here. A version that signs is needed (2026 or "
    "later). Notes among agents, bots and automatic texts are left out.",
    settings=ChatwootSettings,
    tried="with requests signed as documented; not tried against a real Chatwoot",
    accept=accept,
)
