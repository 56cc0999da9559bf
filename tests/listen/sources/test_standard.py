"""Standard Webhooks: the specification's own example, and rows of any table."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from goodwill.errors import NotUnderstood, NotVerified
from listen.sources.senders import WHSEC, accepted, hear, not_understood, only_the_sender, place_of, signed

ROW = {"message_id": "desk:1", "at": "2026-11-22T11:00:00Z", "text": "Wo bleibt mein Käse?", "channel": "phone"}
SAID = {"type": "messages", "timestamp": "2026-11-22T11:00:01Z", "data": ROW}


def test_an_event() -> None:
    heard = hear("standard", SAID, None)
    assert heard.facts == {"messages": [{"source": "standard", **ROW}]}
    assert heard.once == "delivery-1"


def test_the_specifications_own_example() -> None:
    """Key, id, time, body and signature as the specification's libraries test them."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body, at = b'{"test": 2432232314}', 1614265330
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": str(at),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    place = place_of("standard", secret)
    with pytest.raises(NotUnderstood, match="no table of facts is called 'test'"):  # so it was verified
        accepted("standard", body, headers, place=place, at=datetime.fromtimestamp(at, UTC))


def test_a_list_of_signatures() -> None:
    body = json.dumps(SAID).encode()
    right = signed("standard", body)
    wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    for listed in (f"{wrong} {right['webhook-signature']}", f"{right['webhook-signature']} v2,zz {wrong}"):
        accepted("standard", body, {**right, "webhook-signature": listed})
    for listed in (
        wrong,
        right["webhook-signature"].replace("v1,", "v1a,"),
        "v1,",
        ",",
        right["webhook-signature"][3:],
    ):
        with pytest.raises(NotVerified):
            accepted("standard", body, {**right, "webhook-signature": listed})


def test_the_id_is_signed() -> None:
    body = json.dumps(SAID).encode()
    with pytest.raises(NotVerified):
        accepted("standard", body, {**signed("standard", body), "webhook-id": "another"})


def test_the_key_is_what_the_secret_holds_in_base64() -> None:
    body = json.dumps(SAID).encode()
    right = signed("standard", body)
    raw = hmac.new(WHSEC.encode(), b"delivery-1." + right["webhook-timestamp"].encode() + b"." + body, hashlib.sha256)
    with pytest.raises(NotVerified):
        accepted("standard", body, {**right, "webhook-signature": "v1," + base64.b64encode(raw.digest()).decode()})
    accepted("standard", body, right, place=place_of("standard", WHSEC.removeprefix("whsec_")))


def test_only_the_sender_is_heard() -> None:
    only_the_sender("standard", SAID)


def test_what_is_no_row() -> None:
    not_understood("standard", listed=True)
    wrong: list[tuple[Any, str]] = [
        ([ROW], "^Standard Webhooks, the body: it is a list, and no table is named; docs/sources.md says how"),
        (
            {"type": "message", "data": ROW},
            "^Standard Webhooks, message: no table .* 'message'; did you mean 'messages'",
        ),
        ({"type": "messages", "data": "x"}, r"^Standard Webhooks, messages\[0\]: it is a text, not an object"),
    ]
    for said, why in wrong:
        with pytest.raises(NotUnderstood, match=why):
            hear("standard", said)
