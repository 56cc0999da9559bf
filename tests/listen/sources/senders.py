"""The senders of webhooks: what each signs and how, as its documentation says, and what nobody else may do.

`signed(kind, body)` gives the headers of a request as the sender would send it; `only_the_sender(kind, body)` tries
everything that somebody else might. The signatures are made here from the documentation, not with the code they test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from goodwill.errors import NotUnderstood, NotVerified
from goodwill.listen.sources import Heard, Place, Request
from goodwill.listen.sources import kind as kind_called
from listen.sources.other_side import holds

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = "a long enough secret"
WHSEC = "whsec_" + base64.b64encode(b"thirty-two bytes that are secret").decode()
STANDARD = ("standard", "formbricks")
IN_HEADER = {"stripe": "Stripe-Signature", "signed": "X-Goodwill-Signature", "events": "X-Goodwill-Signature"}
AS_TOLD = ("signed", "standard")  # rows as the firm writes them: the store reads their times and sums
TIMED = {*STANDARD, *IN_HEADER, "chatwoot", "zendesk"}
NAMED = {
    "discourse": "X-Discourse-Event-Signature",
    "chatwoot": "X-Chatwoot-Signature",
    "shopify": "X-Shopify-Hmac-Sha256",
    "zendesk": "X-Zendesk-Webhook-Signature",
    "typeform": "Typeform-Signature",
    "delighted": "X-Delighted-Webhook-Signature",
    **IN_HEADER,
    **dict.fromkeys(STANDARD, "webhook-signature"),
}
SAID = {
    "discourse": "Discourse",
    "chatwoot": "Chatwoot",
    "shopify": "Shopify",
    "zendesk": "Zendesk",
    "typeform": "Typeform",
    "delighted": "Delighted",
    "stripe": "Stripe",
    "signed": "Signed rows",
    "events": "Product events",
    "standard": "Standard Webhooks",
    "formbricks": "Formbricks",
}


def mac(secret: str, *parts: bytes) -> bytes:
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).digest()


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def secret_of(kind: str) -> str:
    return WHSEC if kind in STANDARD else SECRET


def signed(kind: str, body: bytes, secret: str = "", at: datetime = NOW, once: str = "delivery-1") -> dict[str, str]:
    """The headers with which a sender signs a body."""
    secret, seconds = secret or secret_of(kind), str(int(at.timestamp()))
    if kind == "discourse" or kind == "delighted":
        return {NAMED[kind]: "sha256=" + mac(secret, body).hex()}
    if kind == "typeform":
        return {NAMED[kind]: "sha256=" + b64(mac(secret, body))}
    if kind == "shopify":
        return {NAMED[kind]: b64(mac(secret, body))}
    if kind == "chatwoot":
        found = "sha256=" + mac(secret, seconds.encode(), b".", body).hex()
        return {NAMED[kind]: found, "X-Chatwoot-Timestamp": seconds}
    if kind == "zendesk":
        told = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        found = b64(mac(secret, told.encode(), body))
        return {NAMED[kind]: found, "X-Zendesk-Webhook-Signature-Timestamp": told}
    if kind in IN_HEADER:
        return {NAMED[kind]: f"t={seconds},v1={mac(secret, seconds.encode(), b'.', body).hex()}"}
    assert kind in STANDARD
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{once}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": once, "webhook-timestamp": seconds, "webhook-signature": "v1," + b64(digest)}


def place_of(kind: str, *secrets: str, name: str = "", **settings: Any) -> Place:
    """A place of a kind, with its secrets."""
    given = tuple(SecretStr(one) for one in secrets or (secret_of(kind),))
    return Place(name or kind, kind_called(kind).settings(secret=given, **settings), now=lambda: NOW)


def hear(
    kind: str,
    said: Any,
    headers: dict[str, str] | None = None,
    *,
    place: Place | None = None,
    at: datetime = NOW,
    query: dict[str, str] | None = None,
) -> Heard:
    """What a kind makes of a body that its sender has signed; every row is checked against its table."""
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    return accepted(kind, body, {**signed(kind, body), **(headers or {})}, place=place, at=at, query=query)


def accepted(
    kind: str,
    body: bytes,
    headers: dict[str, str],
    *,
    place: Place | None = None,
    at: datetime = NOW,
    query: dict[str, str] | None = None,
) -> Heard:
    lower = {name.lower(): value for name, value in headers.items()}
    accept = kind_called(kind).accept
    assert accept is not None
    heard = accept(place or place_of(kind), Request(lower, body, at, query or {}))
    if kind not in AS_TOLD:
        holds(heard)
    return heard


def only_the_sender(kind: str, said: Any, more: dict[str, str] | None = None) -> None:
    """Everything that is not the sender's request, byte for byte and in time, is refused before it is read."""
    body = json.dumps(said, ensure_ascii=False).encode()
    right = {**signed(kind, body), **(more or {})}
    sender = SAID[kind]
    accepted(kind, body, right)
    with pytest.raises(NotVerified, match=f"^{sender}: the signature is not by a secret entered here; enter the same"):
        accepted(kind, body, {**right, **signed(kind, body, other_secret(kind))})
    for at in (0, len(body) // 2, len(body) - 1):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(NotVerified):
            accepted(kind, changed, right)
    with pytest.raises(NotVerified):  # no JSON is read of one who is not verified
        accepted(kind, b"no json", right)
    for name in signed(kind, body):
        without = {header: value for header, value in right.items() if header != name}
        with pytest.raises(NotVerified, match=f"^{sender}: there is no header {name}; enter a secret there"):
            accepted(kind, body, without)
        with pytest.raises(NotVerified):
            accepted(kind, body, {**right, name: "no, signature=é ,v1=zz"})
    _several_secrets(kind, body, right)
    one = place_of(kind)
    empty = replace(one, settings=one.settings.model_copy(update={"secret": (SecretStr(" "),)}))  # none gets in so
    with pytest.raises(NotVerified, match="no secret is entered"):
        accepted(kind, body, right, place=empty)
    with pytest.raises(ValidationError, match="it is missing"):
        place_of(kind, " ")
    if kind in TIMED:
        _in_time(kind, body, right)


def other_secret(kind: str) -> str:
    return "whsec_" + b64(b"another key that is not entered!") if kind in STANDARD else "another secret"


def _several_secrets(kind: str, body: bytes, right: dict[str, str]) -> None:
    """While one secret replaces another, both hold."""
    both = place_of(kind, other_secret(kind), secret_of(kind))
    accepted(kind, body, right, place=both)
    accepted(kind, body, {**right, **signed(kind, body, other_secret(kind))}, place=both)
    with pytest.raises(NotVerified):
        third = "whsec_" + b64(b"a third key") if kind in STANDARD else "a third"
        accepted(kind, body, {**right, **signed(kind, body, third)}, place=both)


def _in_time(kind: str, body: bytes, right: dict[str, str]) -> None:
    """A request counts for five minutes, before and after."""
    for seconds, said in ((301, "it is 301 seconds old"), (-301, "it is 301 seconds ahead of ours")):
        late = {**right, **signed(kind, body, at=NOW - timedelta(seconds=seconds))}
        with pytest.raises(NotVerified, match=said):
            accepted(kind, body, late)
    for seconds in (299, -299):
        accepted(kind, body, {**right, **signed(kind, body, at=NOW - timedelta(seconds=seconds))})


def not_understood(kind: str, more: dict[str, str] | None = None, listed: bool = False) -> None:
    """Bodies that no JSON is, or not what the sender sends, are refused with their place."""
    sender = SAID.get(kind, "Trustpilot")

    def refused(body: bytes, said: str) -> None:
        with pytest.raises(NotUnderstood, match=said):
            hear(kind, body, more)

    refused(b'{"a": ', f"^{sender}, the body: it is no JSON")
    refused(b"\xff\xfe", f"^{sender}, the body: it is not UTF-8; send JSON in UTF-8$")
    refused(b"[" * 200_000, f"^{sender}, the body: it is nested too deeply")
    refused(b'{"a": NaN}', f"^{sender}, the body: it is no JSON .NaN is no number")
    if not listed:
        refused(b"[1]", f"^{sender}, the body: it is a list, not an object; send it as the sender's documentation says")
    refused(b'"words"', f"^{sender}, .*it is a text")


Hear = Callable[..., Heard]
