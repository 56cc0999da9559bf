"""Zendesk: tickets, comments, chats and users, as its event webhooks send them."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender

TICKET = {
    "id": "35436",
    "subject": "The map is wrong",
    "description": "Zürich lies in Italy on it.",
    "requester_id": "12345",
    "submitter_id": "12345",
    "is_public": True,
    "created_at": "2026-11-22T11:50:00Z",
    "updated_at": "2026-11-22T11:59:00Z",
    "via": {"channel": "web"},
    "status": "NEW",
}


def event(kind: str, change: dict[str, Any] | None = None, **detail: Any) -> dict[str, Any]:
    return {
        "type": f"zen:event-type:{kind}",
        "id": "01GWT9MPJS85A9VJDPBJT2MD5Z",
        "account_id": 1,
        "time": "2026-11-22T11:59:01.254571515Z",
        "subject": "zen:ticket:35436",
        "zendesk_event_version": "2022-11-06",
        "detail": {**TICKET, **detail},
        "event": change or {},
    }


def comment(body: str, *, staff: bool = False, **more: Any) -> dict[str, Any]:
    writer = (
        {"id": "9", "is_staff": True, "name": "Beat"} if staff else {"id": "12345", "is_staff": False, "name": "Dana"}
    )
    return event(
        "ticket.comment_added", {"comment": {"id": "501", "body": body, "is_public": True, "author": writer, **more}}
    )


def test_a_ticket_as_the_export_has_it() -> None:
    heard = hear("zendesk", event("ticket.created"))
    [row] = heard.facts["messages"]
    assert row == row | {
        "message_id": "zendesk:35436",
        "source": "zendesk",
        "channel": "web",
        "author": "12345",
        "customer_id": "zendesk:user 12345",
        "text": "The map is wrong\nZürich lies in Italy on it.",
        "thread": "zendesk:35436",
        "to_us": True,
    }
    assert row["at"].isoformat() == "2026-11-22T11:50:00+00:00"
    assert heard.once == "01GWT9MPJS85A9VJDPBJT2MD5Z"


def test_a_comment_of_the_customer() -> None:
    [row] = hear("zendesk", comment("And Bern too.")).facts["messages"]
    assert (row["message_id"], row["thread"], row["text"]) == ("zendesk:35436/501", "zendesk:35436", "And Bern too.")
    assert (row["author"], row["customer_id"]) == ("12345", "zendesk:user 12345")
    assert row["at"].isoformat() == "2026-11-22T11:59:01.254571+00:00"
    copied = comment("Me too.")
    copied["event"]["comment"]["author"]["id"] = "777"
    assert hear("zendesk", copied).facts["messages"][0]["customer_id"] == "zendesk:user 777"


def test_a_comment_of_an_agent_answers_the_ticket() -> None:
    heard = hear("zendesk", comment("We mend it today.", staff=True))
    assert "messages" not in heard.facts
    [row] = heard.facts["actions"]
    assert row == row | {
        "action_id": "zendesk:35436/501",
        "message_id": "zendesk:35436",
        "customer_id": "zendesk:user 12345",
        "staff": "Beat",
        "kind": "reply",
        "channel": "web",
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (comment("For us alone.", is_public=False), "comment zendesk:35436/501: a note among agents"),
        (comment(""), "comment zendesk:35436/501: it has no words"),
        (comment("Zürich lies  in Italy\non it. "), "comment zendesk:35436/501: it is the ticket's own first message"),
        (event("ticket.created", is_public=False), "ticket 35436: private among agents"),
        (event("ticket.created", subject="", description=None), "ticket 35436: it has no words"),
        (event("ticket.status_changed"), "ticket.status_changed says nothing to us"),
        (
            event("user.created", role="agent"),
            "user 35436: it is our own staff",
        ),
    ],
)
def test_what_says_nothing_to_us(said: dict[str, Any], why: str) -> None:
    heard = hear("zendesk", said)
    assert not heard.facts and not heard.edited and not heard.removed and heard.said == [why]


def test_edits_and_removals() -> None:
    heard = hear("zendesk", event("ticket.description_changed", description="It lies in France."))
    assert heard.edited["messages"][0]["text"] == "The map is wrong\nIt lies in France." and not heard.facts
    for kind in ("ticket.comment_redacted", "ticket.comment_made_private"):
        heard = hear("zendesk", event(kind, {"comment": {"id": "501"}}))
        assert heard.removed == {"messages": ["zendesk:35436/501"]}
    assert hear("zendesk", event("ticket.soft_deleted")).removed == {"messages": ["zendesk:35436"]}


def test_a_chat() -> None:
    def said(kind: str, body: str = "Hello?") -> dict[str, Any]:
        actor = {"id": "12345", "name": "Dana", "type": kind}
        return event("messaging_ticket.message_added", {"actor": actor, "message": {"id": "m1", "body": body}})

    heard = hear("zendesk", said("end_user"))
    [row] = heard.facts["messages"]
    assert (row["message_id"], row["channel"], row["customer_id"]) == ("zendesk:35436/m1", "chat", "zendesk:user 12345")
    assert heard.facts["people"] == [{"customer_id": "zendesk:user 12345", "name": "Dana"}]
    assert hear("zendesk", said("agent")).facts["actions"][0]["channel"] == "chat"
    assert hear("zendesk", said("trigger")).said == ["message zendesk:35436/m1: a machine wrote it"]


def test_users_give_tickets_an_address() -> None:
    user = {"id": "12345", "role": "end-user", "email": "Dana@Firm.example", "external_id": "C-7"}
    heard = hear("zendesk", {**event("user.created"), "detail": user})
    whose = {"source": "zendesk"}
    assert heard.facts["handles"] == [
        {**whose, "customer_id": "zendesk:user 12345", "kind": "email", "value": "dana@firm.example"},
        {**whose, "customer_id": "zendesk:user 12345", "kind": "account", "value": "12345", "channel": "zendesk"},
        {**whose, "customer_id": "C-7", "kind": "account", "value": "12345", "channel": "zendesk"},
    ]
    phone = {"identity": {"type": "phone_number", "value": "+41446681800"}}
    heard = hear("zendesk", {**event("user.identity_created", phone), "detail": {"id": "12345", "role": "end-user"}})
    assert [one["kind"] for one in heard.facts["handles"]] == ["phone", "account"]
    named = {**event("user.name_changed", {"current": "Dana Öz", "previous": "D"}), "detail": user}
    assert hear("zendesk", named).facts["people"] == [{"customer_id": "zendesk:user 12345", "name": "Dana Öz"}]


@pytest.mark.parametrize(
    ("via", "ours"), [("voice", "phone"), ("native_messaging", "chat"), ("email", "email"), ("facebook", "facebook")]
)
def test_channels(via: str, ours: str) -> None:
    assert hear("zendesk", event("ticket.created", via={"channel": via})).facts["messages"][0]["channel"] == ours


def test_only_the_sender_is_heard() -> None:
    only_the_sender("zendesk", event("ticket.created"))


def test_what_zendesk_does_not_send() -> None:
    not_understood("zendesk")
    for said, why in (
        (event("ticket.created", id=None), "^Zendesk, detail.id: it is not there"),
        (event("ticket.created", requester_id=None), "^Zendesk, detail.requester_id: it is not there"),
        (event("ticket.created", created_at="-"), "^Zendesk, detail.created_at: '-' is no time"),
        (event("ticket.created", subject={}), "^Zendesk, detail.subject: it is an object, not a text"),
        (event("ticket.comment_added"), "^Zendesk, event.comment: it is not there"),
        (comment("x", author={"is_staff": "no"}), "^Zendesk, event.comment.author.is_staff: it is a text, not true or"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("zendesk", said)
