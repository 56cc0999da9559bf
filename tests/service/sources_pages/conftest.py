"""Browser and site as the first pages have them; a colleague of each role; a server that speaks to the sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from servers import web
from service.pages.conftest import site

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["site"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""As the examples of Standard Webhooks have it."""


@pytest.fixture
def admin(service: Any) -> Any:
    return service.client(service.colleague(name="Anna Keller"))


@pytest.fixture
def agent(service: Any) -> Any:
    return service.client(service.colleague("ben@firm.example", "agent", name="Ben Osei"))


@pytest.fixture
def side(monkeypatch: pytest.MonkeyPatch) -> Iterator[web.Web]:
    """Another system, on this machine, which the operator lets the gate ask."""
    with web.server() as running:
        monkeypatch.setenv("GOODWILL_OUT_PRIVATE", running.host)
        yield running


def send(client: Any, name: str, rows: list[dict[str, Any]], secret: str = SECRET, once: str = "msg_1") -> Any:
    """What a sender of Standard Webhooks posts."""
    import base64
    import hashlib
    import hmac
    import time

    body = json.dumps({"messages": rows}).encode()
    at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.new(key, f"{once}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": once, "webhook-timestamp": at, "webhook-signature": f"v1,{signed}"}
    return client.post(f"/webhooks/standard/{name}", body, content_type="application/json", headers=headers)


def message(text: str, key: str = "m1") -> dict[str, Any]:
    from datetime import UTC, datetime

    at = datetime.now(UTC).isoformat()
    return {"message_id": key, "at": at, "channel": "chat", "author": "kim@home.example", "text": text, "to_us": True}
