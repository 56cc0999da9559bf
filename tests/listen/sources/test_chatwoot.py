"""Chatwoot: what customers write and agents answer, as its webhooks send them."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender

ANNA = {
    "id": 12,
    "name": "Anna Müller",
    "email": "anna@firm.example",
    "phone_number": "+41446681800",
    "identifier": None,
    "additional_attributes": {"social_profiles": {"twitter": "annam", "github": ""}, "country_code": "CH"},
    "type": "contact",
}
AGENT = {"id": 3, "name": "Beat", "email": "beat@shop.example", "type": "user"}


def message(contact: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A message of the live chat; made up."""
    contact = ANNA if contact is None else contact
    return {
        "event": "message_created",
        "id": 4711,
        "content": "Where is my order? I wait since Tuesday – schade.",
        "created_at": "2026-11-22 11:59:07 UTC",
        "message_type": "incoming",
        "content_type": "text",
        "content_attributes": {},
        "private": False,
        "sender": contact,
        "inbox": {"id": 2, "name": "Shop chat"},
        "conversation": {
            "id": 88,
            "channel": "Channel::WebWidget",
            "meta": {"sender": contact, "assignee": AGENT},
            "additional_attributes": {"referer": "https://shop.example/orders"},
        },
        "account": {"id": 1, "name": "Shop"},
        **more,
    }


def test_a_customer_writes() -> None:
    heard = hear("chatwoot", message())
    [row] = heard.facts["messages"]
    assert row == row | {
        "message_id": "chatwoot:4711",
        "source": "chatwoot",
        "channel": "chat",
        "author": "anna@firm.example",
        "customer_id": "email:anna@firm.example",
        "text": "Where is my order? I wait since Tuesday – schade.",
        "thread": "chatwoot:conversation 88",
        "place": "Shop chat",
        "url": "https://shop.example/orders",
        "to_us": True,
    }
    assert row["at"].isoformat() == "2026-11-22T11:59:07+00:00"
    assert heard.facts["people"] == [{"customer_id": "email:anna@firm.example", "name": "Anna Müller", "country": "CH"}]
    who = {"customer_id": "email:anna@firm.example", "source": "chatwoot"}
    assert heard.facts["handles"] == [
        {**who, "kind": "email", "value": "anna@firm.example"},
        {**who, "kind": "phone", "value": "+41446681800"},
        {**who, "kind": "account", "value": "chatwoot:contact 12", "channel": "chat"},
        {**who, "kind": "account", "value": "annam", "channel": "twitter"},
    ]
    assert len(heard.once) == 64


def test_the_firms_own_id_goes_first() -> None:
    [row] = hear("chatwoot", message({**ANNA, "identifier": "C-7"})).facts["messages"]
    assert (row["customer_id"], row["author"]) == ("C-7", "anna@firm.example")


def test_who_is_nobody_yet_can_become_somebody() -> None:
    """The same contact before and after it gave its address: one account of the channel names both."""
    nobody = hear("chatwoot", message({"id": 12, "name": "blue-sky-12", "type": "contact"}))
    [row] = nobody.facts["messages"]
    assert (row["customer_id"], row["author"]) == ("chatwoot:contact 12", "chatwoot:contact 12")
    [before] = nobody.facts["handles"]
    [after] = [one for one in hear("chatwoot", message()).facts["handles"] if one.get("channel") == "chat"]
    assert {**before, "customer_id": ""} == {**after, "customer_id": ""}


def test_an_address_that_is_none_stops_no_message() -> None:
    heard = hear("chatwoot", message({**ANNA, "email": "anna at home", "phone_number": "the shop's"}))
    assert heard.facts["messages"][0]["customer_id"] == "chatwoot:contact 12"
    assert [one["kind"] for one in heard.facts["handles"]] == ["account", "account"]


def test_an_agent_answers() -> None:
    heard = hear("chatwoot", message(message_type="outgoing", sender=AGENT, content="It comes tomorrow."))
    assert "messages" not in heard.facts
    [row] = heard.facts["actions"]
    assert row == row | {
        "action_id": "chatwoot:4711",
        "customer_id": "email:anna@firm.example",
        "staff": "Beat",
        "kind": "reply",
        "channel": "chat",
    }
    assert "message_id" not in row


@pytest.mark.parametrize(
    ("channel", "ours"),
    [
        ("Channel::Email", "email"),
        ("Channel::FacebookPage", "facebook"),
        ("Channel::Whatsapp", "whatsapp"),
        ("Channel::TwilioSms", "sms"),
        ("Channel::Api", "chat"),
        ("Channel::Pigeon", "chat"),
    ],
)
def test_channels(channel: str, ours: str) -> None:
    said = message()
    said["conversation"]["channel"] = channel
    assert hear("chatwoot", said).facts["messages"][0]["channel"] == ours


def test_edits_and_removals() -> None:
    heard = hear("chatwoot", message(event="message_updated", content="Where is order 7?"))
    assert [row["text"] for row in heard.edited["messages"]] == ["Where is order 7?"] and "messages" not in heard.facts
    gone = hear("chatwoot", message(event="message_updated", content_attributes={"deleted": True}))
    assert gone.removed == {"messages": ["chatwoot:4711"]}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"private": True}, "message chatwoot:4711: a note among agents"),
        ({"message_type": "template"}, "message chatwoot:4711: Chatwoot itself wrote it"),
        ({"message_type": 2}, "message chatwoot:4711: Chatwoot itself wrote it"),
        ({"content": None}, "message chatwoot:4711: it has no words, perhaps a picture"),
        (
            {"message_type": "outgoing", "sender": {"id": 1, "type": "agent_bot"}},
            "message chatwoot:4711: a bot wrote it; a person has yet to answer",
        ),
        (
            {"message_type": 1, "event": "message_updated", "sender": AGENT},
            "message chatwoot:4711: our own reply changed",
        ),
        ({"event": "conversation_typing_on"}, "conversation_typing_on says nothing to us"),
        ({"event": None}, "an event without a name says nothing to us"),
    ],
)
def test_what_says_nothing_to_us(more: dict[str, Any], why: str) -> None:
    heard = hear("chatwoot", message(**more))
    assert not heard.facts and not heard.edited and not heard.removed and heard.said == [why]


def test_conversations_and_contacts_say_who_it_is() -> None:
    heard = hear("chatwoot", {"event": "conversation_created", "id": 88, "meta": {"sender": ANNA}})
    assert heard.facts["people"][0]["name"] == "Anna Müller" and "messages" not in heard.facts
    for event in ("contact_created", "contact_updated"):
        heard = hear("chatwoot", {"event": event, **ANNA})
        assert heard.facts["people"][0]["customer_id"] == "email:anna@firm.example"
        assert [one["kind"] for one in heard.facts["handles"]] == ["email", "phone", "account"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("chatwoot", message())


def test_what_chatwoot_does_not_send() -> None:
    not_understood("chatwoot")
    for said, why in (
        (message(id=None), "^Chatwoot, id: it is not there"),
        (message(created_at=None), "^Chatwoot, created_at: it is not there"),
        (message(conversation=None), "^Chatwoot, conversation: it is not there"),
        (message(conversation={"id": {}}), "^Chatwoot, conversation.id: it is an object, not an id"),
        (message(content=["a"]), "^Chatwoot, content: it is a list, not a text"),
        (message({**ANNA, "id": True}), "^Chatwoot, conversation.meta.sender.id: it is true or false, not an id"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("chatwoot", said)
