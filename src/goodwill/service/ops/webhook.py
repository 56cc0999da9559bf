"""Outgoing webhooks: one signed POST, through the gate.

The receiver checks `Goodwill-Signature`: 'v1=' and the hexadecimal HMAC-SHA256, keyed with the shared secret, over the
value of `Goodwill-Timestamp` (seconds since 1970), a full stop, and the raw body; and refuses a time that is more than
five minutes from its own. docs/service.md shows the receiver's side in ten lines.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from goodwill.errors import NoAnswer
from goodwill.gate import Gate, hosts

WINDOW = 300.0


def gate(*configured: str) -> Gate:
    """The way out for addresses that the firm configured, and for the hosts of GOODWILL_OUT.

    Only the operator, by GOODWILL_OUT_PRIVATE, may let a host lie at a private address: who may edit settings on a page
    may not thereby reach into the network.
    """
    named = frozenset(host for url in configured if (host := _host(url)))
    return Gate(
        allowed=named | hosts(os.environ.get("GOODWILL_OUT", "")),
        private=hosts(os.environ.get("GOODWILL_OUT_PRIVATE", "")),
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in Goodwill-Signature.

    >>> sign("s3cret", "1750000000", b"{}")[:11]
    'v1=7ed07129'
    """
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify(secret: str, timestamp: str, body: bytes, signature: str, now: float | None = None) -> bool:
    """Whether a call is genuine and fresh; compares in constant time."""
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    fresh = abs((time.time() if now is None else now) - int(timestamp)) <= WINDOW
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()) and fresh


def deliver(url: str, secret: str, what: dict[str, Any]) -> None:
    """Sends it once. Raises NotLetOut where it may not go there, NoAnswer where it is not taken (a status over 299)."""
    body = json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "Goodwill-Timestamp": timestamp}
    if secret:
        headers["Goodwill-Signature"] = sign(secret, timestamp, body)
    answer = gate(url).request("POST", url, headers=headers, body=body)
    if not 200 <= answer.status < 300:
        raise NoAnswer(f"it answers {answer.status}", where=urlsplit(url).netloc, mend="see its log")
