"""Signatures against examples whose digests are known, and what a signature is not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from goodwill.errors import NotVerified
from goodwill.listen.posted import signing
from goodwill.listen.sources import Request

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECONDS = str(int(AT.timestamp()))


def request(headers: dict[str, str], body: bytes = b"{}", at: datetime = AT) -> Request:
    return Request(headers, body, at)


def secrets(*given: str) -> tuple[SecretStr, ...]:
    return tuple(map(SecretStr, given))


def test_the_published_digest() -> None:
    """RFC 4231, test case 2: key 'Jefe', data 'what do ya want for nothing?'."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    body = b"what do ya want for nothing?"
    for form, written in (
        ("hex", digest),
        ("hex", digest.upper()),
        ("sha256=hex", "sha256=" + digest),
        ("base64", base64.b64encode(bytes.fromhex(digest)).decode()),
        ("sha256=base64", "sha256=" + base64.b64encode(bytes.fromhex(digest)).decode()),
    ):
        given = request({"x-sign": written}, body)
        assert signing.by_body(given, secrets("Jefe"), header="X-Sign", sender="S", form=form) == digest


def test_several_signatures_of_which_one_is_right() -> None:
    import hashlib
    import hmac

    right = hmac.new(b"new", f"{SECONDS}.".encode() + b"{}", hashlib.sha256).hexdigest()
    for header in (
        f"t={SECONDS},v1={'0' * 64},v1={right}",
        f"t={SECONDS}, v1={right}, v0={'0' * 64}",
        f"v1={right},t={SECONDS}",
    ):
        given = request({"sign": header})
        assert signing.by_time_in_header(given, secrets("old", "new"), header="Sign", sender="S") == right
    for header in (
        f"t={SECONDS},v0={right}",  # the scheme of tests
        f"t={SECONDS}",
        f"v1={right}",
        f"t={SECONDS},v1=",
        f"t={SECONDS},v1={right[:-2]}",
        f"t={SECONDS},v1={right}00",
        "t=,v1=",
    ):
        with pytest.raises(NotVerified):
            signing.by_time_in_header(request({"sign": header}), secrets("new"), header="Sign", sender="S")


def test_a_key_that_is_empty_or_none_is_nobodys() -> None:
    import hashlib
    import hmac

    forged = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    for none in ((), secrets(""), secrets("  ")):
        with pytest.raises(NotVerified, match="S: no secret is entered for this source; enter the one it signs with"):
            signing.by_body(request({"sign": forged}), none, header="Sign", sender="S", form="hex")
    with pytest.raises(NotVerified):
        signing.by_word([""], secrets("word"), "S")


def test_a_standard_secret_that_is_none() -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": SECONDS, "webhook-signature": "v1,AAAA"}
    with pytest.raises(NotVerified, match="S: the secret is none of Standard Webhooks: it is not base64 after whsec_"):
        signing.by_standard(request(headers), secrets("whsec_not base64!"), sender="S")


@pytest.mark.parametrize(
    "text", ["", "soon", "1e9", "-1", "99999999999", "9" * 400, "٣٤", "2026-13-01", "0x10", "1700000000.5"]
)
def test_times_that_are_none_or_of_another_age(text: str) -> None:
    with pytest.raises(NotVerified):
        signing.check_time(text, AT, "S")


def test_five_minutes_before_and_after() -> None:
    for seconds in (-300, 0, 300):
        signing.check_time(SECONDS, AT + timedelta(seconds=seconds), "S")
        signing.check_time(AT.isoformat(), AT + timedelta(seconds=seconds), "S")
    with pytest.raises(NotVerified, match=r"^S: it is 301 seconds old; a request counts for 300 seconds: sign it anew"):
        signing.check_time(SECONDS, AT + timedelta(seconds=301), "S")
    with pytest.raises(NotVerified, match=r"^S: it is 301 seconds ahead of ours"):
        signing.check_time(SECONDS, AT - timedelta(seconds=301), "S")


def test_the_word_in_an_address() -> None:
    signing.by_word(["old"], secrets("new", "old"), "S")
    signing.by_word([None, "new"], secrets("new", "old"), "S")
    with pytest.raises(NotVerified, match="S: the word in the address is none of those entered here"):
        signing.by_word(["newer"], secrets("new", "old"), "S")
    with pytest.raises(NotVerified, match="S: the address has no secret word; use the address that goodwill shows"):
        signing.by_word([None, ""], secrets("new"), "S")
