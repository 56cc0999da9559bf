"""Every kind that accepts requests, from the sender's signed request to the row in *Now* or on the customer's page.

The signatures are made as the senders' documentation says (`listen.sources.senders`); what is sent is made up.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from listen.sources.senders import SAID, secret_of, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.sources.conftest import Heard

WORD = "w7Fq2mXz9LpT4vKs8RnB3yHd6JcG1a"
EMAIL = "dana@firm.example"
ANGRY = "My download broke off twice and nobody answers – größter Ärger! I want my money back."


def ago(minutes: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)


def iso(minutes: float) -> str:
    return ago(minutes).isoformat().replace("+00:00", "Z")


def seconds(minutes: float) -> int:
    return int(ago(minutes).timestamp())


def send(source: Heard, said: Any, more: dict[str, str] | None = None, *, once: str = "", query: str = "") -> Any:
    """Sends a body as its sender does; it is taken."""
    body = json.dumps(said, ensure_ascii=False).encode()
    answer = source.send(body, {**_signed(source.kind, body, once), **(more or {})}, query=query)
    assert answer.status_code == 202, (answer.status_code, answer.content, source.source.last_error)
    assert source.unread() == []
    return answer


def _signed(kind: str, body: bytes, once: str) -> dict[str, str]:
    more = {"once": once} if once else {}
    return signed(kind, body, at=datetime.now(UTC), **more) if kind in SAID else {}


def customer(customer_id: str) -> dict[str, Any]:
    """What their page shows."""
    from goodwill.service import live

    found = live.customer(customer_id)
    assert found is not None
    return found


def connected(heard: Callable[..., Heard], kind: str, name: str = "") -> Heard:
    return heard(kind, name or kind, {"secret": (WORD if kind == "trustpilot" else secret_of(kind),)})


# --- the forum, the chat, the helpdesk, the reviews -------------------------------------------------------------------


@pytest.mark.slow
def test_a_forum(heard: Callable[..., Heard]) -> None:
    forum = connected(heard, "discourse", "forum")

    def post(event: str, number: int, raw: str, username: str, **more: Any) -> None:
        said = {
            "id": 900 + number, "username": username, "name": None, "created_at": iso(60 - number), "raw": raw,
            "post_number": number, "post_type": 1, "topic_id": 77, "topic_slug": "broken", "topic_title": "Broken?",
            "topic_archetype": "regular", "reply_to_post_number": None, "user_id": 5, "staff": False, **more,
        }  # fmt: skip
        name = "solved" if event == "accepted_solution" else "post"
        send(forum, {name: said}, {"X-Discourse-Event": event, "X-Discourse-Instance": "https://forum.firm.example"})

    send(
        forum,
        {"user": {"id": 5, "username": "dana", "name": "Dana Öz", "email": EMAIL}},
        {"X-Discourse-Event": "user_created"},
    )
    post("post_created", 1, ANGRY, "dana")
    [row] = forum.now()
    assert (row["message_id"], row["name"], row["channel"]) == ("forum:77/1", "Dana Öz", "forum")
    assert row["url"] == "https://forum.firm.example/t/broken/77/1"
    assert customer("email:" + EMAIL)["messages"][0]["text"] == f"Broken?\n{ANGRY}"

    post("post_edited", 1, "My download broke off three times! I want my money back.", "dana")
    assert forum.now()[0]["text"] == "Broken?\nMy download broke off three times! I want my money back."

    post("post_created", 2, "Start the program again, then it goes on.", "koebi")
    post("accepted_solution", 2, "Start the program again, then it goes on.", "koebi")
    [answer] = [one for one in forum.facts("messages") if one["message_id"] == "forum:77/2"]
    assert answer["accepted"] is True and answer["in_reply_to"] == "forum:77/1"
    assert forum.now() == []  # another member has solved it

    post("post_created", 1, "Mine broke off as well, I am very angry! Help me!", "kim", topic_id=78)
    assert [one["message_id"] for one in forum.now()] == ["forum:78/1"]
    post("post_created", 2, "We mend it today.", "beat", topic_id=78, staff=True)
    assert forum.now() == []  # somebody of ours has answered
    assert forum.facts("actions")[0]["staff"] == "beat"

    post("post_destroyed", 1, ANGRY, "dana")
    assert [one["message_id"] for one in forum.facts("messages")] == ["forum:77/2", "forum:78/1"]


def chat_message(number: int, text: str, **more: Any) -> dict[str, Any]:
    contact = {"id": 12, "name": "Dana Öz", "email": EMAIL, "phone_number": None, "type": "contact"}
    return {
        "event": "message_created",
        "id": number,
        "content": text,
        "created_at": iso(20 - number),
        "message_type": "incoming",
        "private": False,
        "sender": contact,
        "inbox": {"id": 1, "name": "Shop"},
        "conversation": {"id": 8, "channel": "Channel::WebWidget", "meta": {"sender": contact}},
        **more,
    }


def test_a_chat_whose_writer_is_the_shops_customer(heard: Callable[..., Heard]) -> None:
    """One person across the order and the chat; the agent's answer takes the message out of Now."""
    shop, chat = connected(heard, "shopify", "shop"), connected(heard, "chatwoot", "chat")
    send(shop, order(), {"X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "w-1"})
    send(chat, chat_message(1, ANGRY))
    [row] = chat.now()
    assert (row["message_id"], row["name"]) == ("chat:1", "Dana Öz")
    page = customer("207119551")
    assert [one["purchase_id"] for one in page["purchases"]] == ["#1001"]
    assert [one["text"] for one in page["messages"]] == [ANGRY]
    assert page["customer_id"] == customer("email:" + EMAIL)["customer_id"]

    agent = {"id": 3, "name": "Beat", "type": "user"}
    send(chat, chat_message(2, "We send it anew.", message_type="outgoing", sender=agent))
    assert chat.now() == [] and customer("207119551")["actions"][0]["staff"] == "Beat"
    send(chat, {**chat_message(1, ""), "event": "message_updated", "content_attributes": {"deleted": True}})
    assert customer("207119551")["messages"] == []


def test_a_helpdesk(heard: Callable[..., Heard]) -> None:
    desk = connected(heard, "zendesk")

    def event(kind: str, number: str, change: dict[str, Any] | None = None, **detail: Any) -> None:
        ticket = {
            "id": "35436", "subject": "It is broken", "description": ANGRY, "requester_id": "123", "is_public": True,
            "created_at": iso(50), "via": {"channel": "web"}, **detail,
        }  # fmt: skip
        said = {
            "type": f"zen:event-type:{kind}",
            "id": number,
            "time": iso(30),
            "detail": ticket,
            "event": change or {},
        }
        send(desk, said)

    event("user.created", "e1", id="123", role="end-user", email=EMAIL, name="Dana Öz")
    event("ticket.created", "e2")
    [row] = desk.now()
    assert (row["message_id"], row["name"]) == ("zendesk:35436", "Dana Öz")
    writer = {"id": "9", "is_staff": True, "name": "Beat"}
    event("ticket.comment_added", "e3", {"comment": {"id": "5", "body": "Soon.", "is_public": True, "author": writer}})
    assert desk.now() == []
    assert desk.facts("actions")[0]["message_id"] == "zendesk:35436"


def test_the_same_ticket_by_file_and_by_webhook_is_one(heard: Callable[..., Heard]) -> None:
    """What a file brought first stays, and the webhook's row lies under the same key."""
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS
    from service.sources.conftest import drain

    row = {"message_id": "zendesk:35436", "at": iso(50), "text": f"It is broken\n{ANGRY}", "thread": "zendesk:35436"}
    intake.store_rows("messages", [row], source="tickets.csv", by="test")
    drain()
    test_a_helpdesk(heard)
    assert FACTS["messages"].objects.count() == 1


def test_reviews(heard: Callable[..., Heard]) -> None:
    reviews = connected(heard, "trustpilot")
    review = {
        "id": "5e0b1c2d3e4f5a6b7c8d9e0f", "stars": 1, "title": "Never again", "text": ANGRY, "createdAt": iso(40),
        "language": "en", "consumer": {"id": "5aa0", "name": "Dana Öz"},
    }  # fmt: skip
    said = {"events": [{"eventName": "service-review-created", "eventData": review}]}
    send(reviews, said, query=f"word={WORD}")
    [row] = reviews.now()
    assert (row["name"], row["channel"]) == ("Dana Öz", "review")
    assert reviews.facts("messages")[0]["rating"] == 1.0
    body = json.dumps(said).encode()
    assert reviews.send(body, query="word=guess").status_code == 401
    assert reviews.send(body).status_code == 401


# --- the shop and the till --------------------------------------------------------------------------------------------


def order(**more: Any) -> dict[str, Any]:
    dana = {"id": 207119551, "email": EMAIL, "first_name": "Dana", "last_name": "Öz", "verified_email": True}
    return {
        "name": "#1001", "created_at": iso(90), "total_price": "24.95", "currency": "EUR", "financial_status": "paid",
        "source_name": "web", "customer": dana, "line_items": [{"quantity": 1}], "refunds": [], **more,
    }  # fmt: skip


def test_a_shop(heard: Callable[..., Heard]) -> None:
    shop = connected(heard, "shopify", "shop")

    def topic(name: str, once: str) -> dict[str, str]:
        return {"X-Shopify-Topic": name, "X-Shopify-Webhook-Id": once}

    send(shop, order(), topic("orders/create", "w-1"))
    page = customer("207119551")
    assert page["name"] == "Dana Öz" and [str(one["amount"]) for one in page["purchases"]] == ["24.95"]
    assert [(one["value"], one["verified"]) for one in page["handles"]] == [(EMAIL, True)]

    refund = {
        "id": 9, "order_id": 1, "processed_at": iso(10),
        "transactions": [{"kind": "refund", "status": "success", "amount": "24.95", "currency": "EUR"}],
    }  # fmt: skip
    send(shop, refund, topic("refunds/create", "w-2"))
    assert [one["kind"] for one in shop.facts("purchases")] == ["sale", "return"]
    assert [one["kind"] for one in customer("207119551")["purchases"]] == ["sale"]  # nobody's yet
    send(shop, order(refunds=[refund]), topic("orders/updated", "w-3"))
    assert [str(one["amount"]) for one in customer("207119551")["purchases"]] == ["-24.95", "24.95"]

    body = json.dumps(order(refunds=[refund]), ensure_ascii=False).encode()
    again = shop.send(body, {**_signed("shopify", body, ""), **topic("orders/updated", "w-3")})
    assert (again.status_code, again.json()) == (200, {"already": True})

    send(shop, {"customer": {"id": 207119551, "email": EMAIL}}, topic("customers/redact", "w-4"))
    page = customer("207119551")
    assert page["name"] != "Dana Öz" and page["handles"] == []
    assert shop.source.said.startswith("customers/redact: customer 207119551 is to be forgotten")


def test_payments(heard: Callable[..., Heard]) -> None:
    till = connected(heard, "stripe")

    def event(kind: str, number: str, **more: Any) -> None:
        charge = {
            "id": "ch_1", "amount": 2495, "amount_refunded": 0, "currency": "eur", "customer": "cus_7",
            "captured": True, "created": seconds(30), "description": None, "receipt_email": EMAIL,
            "billing_details": {"name": "Dana Öz"}, **more,
        }  # fmt: skip
        send(till, {"id": number, "type": kind, "livemode": True, "created": seconds(1), "data": {"object": charge}})

    event("charge.succeeded", "evt_1")
    event("charge.refunded", "evt_2", amount_refunded=1000)
    event("charge.refunded", "evt_3", amount_refunded=2495)
    page = customer("cus_7")
    assert page["name"] == "Dana Öz"
    assert [(one["purchase_id"], str(one["amount"])) for one in page["purchases"]] == [
        ("ch_1-refund", "-24.95"),
        ("ch_1", "24.95"),
    ]


# --- surveys ----------------------------------------------------------------------------------------------------------


def test_a_form(heard: Callable[..., Heard]) -> None:
    form = connected(heard, "typeform")
    fields = [
        {"id": "q1", "title": "How likely are you to recommend us?", "type": "nps"},
        {"id": "q2", "title": "Why?", "type": "long_text"},
    ]
    answers = [
        {"type": "number", "number": 2, "field": {"id": "q1", "type": "nps"}},
        {"type": "text", "text": ANGRY, "field": {"id": "q2", "type": "long_text"}},
        {"type": "email", "email": EMAIL, "field": {"id": "q3", "type": "email"}},
    ]
    response = {"token": "t-1", "submitted_at": iso(9), "definition": {"fields": fields}, "answers": answers}
    send(form, {"event_id": "e-1", "event_type": "form_response", "form_response": response})
    [row] = customer("email:" + EMAIL)["responses"]
    assert (row["response_id"], row["score"], row["comment"]) == ("t-1", 2, ANGRY)


def test_a_score_and_the_comment_that_comes_later(heard: Callable[..., Heard]) -> None:
    survey = connected(heard, "delighted")
    data = {"id": "5", "person": {"id": "9", "email": EMAIL, "name": "Dana Öz"}, "score": 9, "created_at": seconds(8)}
    send(survey, {"event_type": "survey_response.created", "event_id": "e", "event_data": data})
    later = {**data, "comment": "Schön und schnell"}
    send(survey, {"event_type": "survey_response.updated", "event_id": "e", "event_data": later})
    [row] = customer("email:" + EMAIL)["responses"]
    assert (row["response_id"], row["score"], row["comment"]) == ("delighted:5", 9, "Schön und schnell")


def test_a_survey_in_the_product(heard: Callable[..., Heard]) -> None:
    survey = connected(heard, "formbricks")

    def event(kind: str, once: str, data: dict[str, Any]) -> None:
        response = {
            "id": "r1", "createdAt": iso(7), "data": data, "survey": {"title": "After the download"},
            "contact": {"id": "c1", "userId": "C-7"}, "contactAttributes": {"email": EMAIL, "firstName": "Dana"},
        }  # fmt: skip
        send(survey, {"event": kind, "data": response}, once=once)

    event("responseCreated", "m-1", {"nps": 3})
    event("responseFinished", "m-2", {"nps": 3, "reason": ANGRY})
    [row] = customer("C-7")["responses"]
    assert (row["score"], row["comment"], row["survey"]) == (3, ANGRY, "After the download")


# --- the firm's own ---------------------------------------------------------------------------------------------------


def test_rows_of_any_table(heard: Callable[..., Heard]) -> None:
    own, other = connected(heard, "signed", "desk"), connected(heard, "standard", "other")
    row = {"message_id": "desk:1", "at": iso(5), "text": ANGRY, "channel": "phone", "email": EMAIL, "to_us": True}
    sold = {"purchase_id": "B-1", "at": iso(95), "amount": 24.95, "email": EMAIL}
    send(own, {"messages": [row], "purchases": [sold]})
    send(other, {"type": "messages", "timestamp": iso(0), "data": {**row, "message_id": "other:1"}})
    send(own, [{"event_id": "e-1", "at": iso(4), "kind": "visit", "email": EMAIL}], query="table=events")
    assert {one["message_id"] for one in own.now()} == {"desk:1", "other:1"}
    page = customer("email:" + EMAIL)
    assert [str(one["amount"]) for one in page["purchases"]] == ["24.95"] and len(page["events"]) == 1
    send(own, {"removed": {"messages": ["desk:1"]}, "edited": {"purchases": [{**sold, "amount": "19.95"}]}})
    assert [one["message_id"] for one in own.now()] == ["other:1"]
    assert [str(one["amount"]) for one in customer("email:" + EMAIL)["purchases"]] == ["19.95"]


def test_a_row_that_cannot_be_stored_is_listed(heard: Callable[..., Heard]) -> None:
    own = connected(heard, "signed", "desk")
    rows = [{"message_id": "desk:1", "at": iso(5), "text": ANGRY}, {"message_id": "desk:2", "txt": "?"}]
    body = json.dumps({"messages": rows}).encode()
    assert own.send(body, _signed("signed", body, "")).status_code == 202
    assert [one["message_id"] for one in own.facts("messages")] == ["desk:1"] and len(own.unread()) == 1


def test_a_failed_download_is_known_before_anybody_complains(heard: Callable[..., Heard]) -> None:
    product = connected(heard, "events", "product")
    send(product, {"id": "d-17", "at": iso(3), "kind": "download", "ok": False, "email": EMAIL, "place": "downloads"})
    [row] = customer("email:" + EMAIL)["events"]
    assert (row["event_id"], row["kind"], row["ok"]) == ("product:d-17", "failure", False)
    from goodwill.engage.foreseen import failed_without_a_word
    from goodwill.service import live

    failed = failed_without_a_word(live.facts(), as_of=datetime.now(UTC))
    assert failed["event_id"].to_pylist() == ["product:d-17"]


# --- nobody else ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(SAID))
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_wrong_signature_an_old_time_and_a_repeated_delivery(heard: Callable[..., Heard], kind: str) -> None:
    source = connected(heard, kind)
    body = b'{"nobody": "looks at it"}'
    answer = source.send(body, signed(kind, body + b" ", at=datetime.now(UTC)), drained=False)
    assert (answer.status_code, answer.json()) == (401, {"error": {"what": "not verified"}})
    assert source.source.failures == 1 and source.source.last_error.startswith(SAID[kind])
    assert source.send(body, drained=False).status_code == 401
    if kind in ("stripe", "chatwoot", "zendesk", "standard", "formbricks", "signed", "events"):
        assert source.send(body, signed(kind, body, at=ago(6)), drained=False).status_code == 401
    broken = b"{"
    assert source.send(broken, signed(kind, broken, at=datetime.now(UTC)), drained=False).status_code == 422
