"""Who sent it: signatures of requests, checked on the raw bytes before anything in them is read.

Every sender here signs by HMAC with SHA-256 (RFC 2104) and a secret that both sides know; they differ in what is signed
and how it is written. Several secrets may hold at once, so that one can replace another without a gap. Each comparison
takes the same time whatever was given, and all are made, so that an answer tells nothing of how near a guess came.

What these functions give back is the digest that was right, in hex: with it a delivery that is repeated can be told
from a new one where its sender gives it no id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from goodwill.errors import NotVerified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import SecretStr

    from goodwill.listen.sources.kind import Request

WINDOW = timedelta(seconds=300)
"""How far a request's time may lie from ours, before and after: what Stripe and Standard Webhooks advise."""
_SECONDS = re.compile(r"[0-9]{1,11}")
_MOST_SIGNATURES = 20


def by_body(request: Request, secrets: Sequence[SecretStr], *, header: str, sender: str, form: str) -> str:
    """A signature of the body alone. `form`: how it is written, 'hex' or 'base64', with what stands before it.

    - Discourse: `X-Discourse-Event-Signature` is `sha256=` and the hex digest of the body.
    - Delighted: `X-Delighted-Webhook-Signature` is the same; the secret is the account's API key.
    - Shopify: `X-Shopify-Hmac-Sha256` is the digest of the body in base64.
    - Typeform: `Typeform-Signature` is `sha256=` and the digest of the body in base64.

    None of these signs a time. Raises NotVerified.

    >>> from datetime import datetime, UTC
    >>> from pydantic import SecretStr
    >>> from goodwill.listen.sources.kind import Request
    >>> signed = Request({"x-signature": "sha256=" + "0" * 64}, b"{}", datetime(2026, 1, 1, tzinfo=UTC))
    >>> by_body(signed, (SecretStr("ours"),), header="X-Signature", sender="Forum", form="sha256=hex")
    Traceback (most recent call last):
        ...
    goodwill.errors.NotVerified: Forum: the signature is not by a secret entered here; enter the same secret there
    and here
    """
    given = decoded(header_of(request, header, sender), form)
    return matching(request.body, keys(secrets, sender), [given], sender)


def by_time_and_body(
    request: Request,
    secrets: Sequence[SecretStr],
    *,
    header: str,
    time_header: str,
    sender: str,
    form: str,
    between: bytes,
) -> str:
    """A signature of a time, given in a header of its own, and the body.

    - Chatwoot: `X-Chatwoot-Signature` is `sha256=` and the hex digest of `X-Chatwoot-Timestamp`, a point, and the body.
    - Zendesk: `X-Zendesk-Webhook-Signature` is in base64 the digest of `X-Zendesk-Webhook-Signature-Timestamp` and,
      with nothing between them, the body.

    Raises NotVerified, also where the time is more than five minutes from ours.
    """
    time = header_of(request, time_header, sender)
    given = decoded(header_of(request, header, sender), form)
    digest = matching(time.encode() + between + request.body, keys(secrets, sender), [given], sender)
    check_time(time, request.at, sender)
    return digest


def by_time_in_header(request: Request, secrets: Sequence[SecretStr], *, header: str, sender: str) -> str:
    """A header `t=1700000000,v1=…,v1=…`, each v1 a hex digest of the time, a point, and the body.

    Stripe's `Stripe-Signature`: while a secret is rolled there are several `v1`, of which one has to be right; other
    schemes (`v0` is for tests) do not count. goodwill's own `X-Goodwill-Signature` is the same. Raises NotVerified.
    """
    time, given = "", []
    for part in header_of(request, header, sender).split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            time = value
        elif name == "v1":
            given.append(decoded(value, "hex"))
    digest = matching(time.encode() + b"." + request.body, keys(secrets, sender), given, sender)
    check_time(time, request.at, sender)
    return digest


def by_standard(request: Request, secrets: Sequence[SecretStr], *, sender: str) -> str:
    """Standard Webhooks 1.0: `webhook-signature` lists signatures with spaces between, `v1,` and a digest in base64.

    What is signed is `webhook-id`, a point, `webhook-timestamp`, a point, and the body. The key is what stands in
    base64 after `whsec_`. Raises NotVerified.
    """
    once, time = (header_of(request, name, sender) for name in ("webhook-id", "webhook-timestamp"))
    listed = header_of(request, "webhook-signature", sender).split()
    given = [decoded(one[3:], "base64") for one in listed if one.startswith("v1,")]
    secret_keys = [standard_key(key, sender) for key in keys(secrets, sender)]
    digest = matching(f"{once}.{time}.".encode() + request.body, secret_keys, given, sender)
    check_time(time, request.at, sender)
    return digest


def by_word(given: Iterable[str | None], secrets: Sequence[SecretStr], sender: str) -> None:
    """A secret word in the address, for senders that sign nothing. Raises NotVerified."""
    words = [word.encode("utf-8", "replace") for word in given if word]
    if not words:
        raise NotVerified("the address has no secret word", where=sender, mend="use the address that goodwill shows")
    right = False
    for key in keys(secrets, sender):
        for word in words:
            right |= hmac.compare_digest(key, word)
    if not right:
        raise NotVerified(
            "the word in the address is none of those entered here",
            where=sender,
            mend="enter the address there again, as goodwill shows it",
        )


# --- parts ------------------------------------------------------------------------------------------------------------


def header_of(request: Request, name: str, sender: str) -> str:
    """A header that has to be there."""
    value = request.headers.get(name.lower(), "").strip()
    if not value:
        raise NotVerified(f"there is no header {name}", where=sender, mend="enter a secret there, and the same here")
    return value


def keys(secrets: Sequence[SecretStr], sender: str) -> list[bytes]:
    """The secrets as keys. None at all verifies nothing: an empty key would be anybody's."""
    found = [secret.get_secret_value().strip().encode() for secret in secrets]
    found = [key for key in found if key]
    if not found:
        raise NotVerified("no secret is entered for this source", where=sender, mend="enter the one it signs with")
    return found


def standard_key(secret: bytes, sender: str) -> bytes:
    """The key in a secret `whsec_…` of Standard Webhooks."""
    try:
        return base64.b64decode(secret.removeprefix(b"whsec_"), validate=True)
    except binascii.Error:
        raise NotVerified(
            "the secret is none of Standard Webhooks: it is not base64 after whsec_",
            where=sender,
            mend="enter it here as it is shown there",
        ) from None


def decoded(text: str, form: str) -> bytes:
    """The digest that a signature gives; what is no digest at all is no signature, and compares as empty.

    >>> decoded("sha256=00ff", "sha256=hex"), decoded("AP8=", "base64"), decoded("00ff", "sha256=hex")
    (b'\\x00\\xff', b'\\x00\\xff', b'')
    """
    before, written = (form[:7], form[7:]) if form.startswith("sha256=") else ("", form)
    if not text.startswith(before):
        return b""
    text = text.removeprefix(before)
    try:
        return bytes.fromhex(text) if written == "hex" else base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one
        return b""


def matching(message: bytes, secret_keys: Sequence[bytes], given: Sequence[bytes], sender: str) -> str:
    """Which digest was right, in hex; every key is tried on every signature. Raises NotVerified where none was."""
    found = b""
    for key in secret_keys:
        right = hmac.new(key, message, hashlib.sha256).digest()
        for one in given[:_MOST_SIGNATURES]:
            if hmac.compare_digest(right, one):
                found = right
    if not found:
        raise NotVerified(
            "the signature is not by a secret entered here",
            where=sender,
            mend="enter the same secret there and here",
        )
    return found.hex()


def check_time(text: str, now: datetime, sender: str) -> None:
    """Refuses a request whose time, in seconds since 1970 or in ISO 8601, is more than WINDOW from now."""
    at = _instant(text)
    if at is None:
        raise NotVerified(f"its time {text[:40]!r} is none", where=sender, mend="send seconds since 1970, or ISO 8601")
    if abs(at - now) > WINDOW:
        seconds = int(abs(at - now).total_seconds())
        when = "old" if at < now else "ahead of ours"
        raise NotVerified(
            f"it is {seconds:,} seconds {when}",
            where=sender,
            mend=f"a request counts for {int(WINDOW.total_seconds())} seconds: sign it anew, or set the clocks right",
        )


def _instant(text: str) -> datetime | None:
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
