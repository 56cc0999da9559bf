"""Asking a web API: keys in headers alone, and each fault in one clear line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from goodwill.errors import NotUnderstood, SourceError, TooOften
from goodwill.listen.web.web_api import WebAddress, WebApi, basic, bearer, when_again
from listen.sources.other_side import NOW, Asked, Reply, other_side


def asked_once(reply: Reply, **more: Any) -> Any:
    with other_side(lambda _asked: reply) as side:
        api = WebApi("Forum", side.address, side.gate, lambda: NOW, bearer(SecretStr("s3cret")), **more)
        return api.get("/things", {"after": "", "ids": ["a", "b"], "word": "a b&c", "none": None})


def test_a_key_goes_into_a_header_and_nothing_empty_is_sent() -> None:
    with other_side(lambda _asked: Reply({"ok": True})) as side:
        api = WebApi("Forum", side.address, side.gate, lambda: NOW, bearer(SecretStr("s3cret")))
        assert api.get("/things", {"after": "", "ids": ["a", "b"], "word": "a b&c"}) == {"ok": True}
        api.post("/token", {"grant_type": "x y"}, basic("me", SecretStr("pw")))
    get, post = side.asked
    assert get.query == {"ids": ["a", "b"], "word": ["a b&c"]}
    assert get.headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in get.path and "s3cret" not in repr(api)
    assert (post.headers["authorization"], post.body) == ("Basic bWU6cHc=", "grant_type=x+y")


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (
            Reply({"title": "Unauthorized", "status": 401}, 401),
            SourceError,
            "Forum refuses the key (401: Unauthorized)",
        ),
        (Reply({"error": "invalid_grant"}, 400), SourceError, "Forum refuses the key (400: invalid_grant)"),
        (Reply({"error": {"message": "no\nsuch  page"}}, 404), SourceError, "knows no such thing (404: no such page)"),
        (Reply({"errors": [{"message": "bad query"}]}, 400), SourceError, "not take this request (400: bad query)"),
        (Reply(b"<html>oops</html>", 502), SourceError, "Forum does not work at the moment (502); wait"),
        (Reply(b"<html>hello</html>"), NotUnderstood, "Forum answered with what is no JSON; check the address"),
        (Reply(b"[" * 100_000), NotUnderstood, "what is no JSON"),
    ],
)
def test_what_went_wrong_is_said_in_one_line(reply: Reply, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as raised:
        asked_once(reply)
    assert said in str(raised.value)
    assert str(raised.value).startswith("127.0.0.1: ") and "\n" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "status", "seconds"),
    [
        ({"Retry-After": "120"}, 429, 120),
        ({"Retry-After": "120"}, 503, 120),
        ({"Retry-After": "Sun, 22 Nov 2026 12:05:00 GMT"}, 429, 300),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 61)}, 429, 61),
        ({"X-Ratelimit-Reset": "33"}, 429, 33),
        ({"X-RateLimit-Reset": "2026-11-22T12:01:00.000000Z"}, 429, 60),
        ({"Retry-After": "soon"}, 429, 900),
        ({"Retry-After": "99999999"}, 429, 86400),
        ({"Retry-After": "-5"}, 429, 900),
        ({}, 429, 900),
    ],
)
def test_too_often_says_when_to_come_back(headers: dict[str, str], status: int, seconds: int) -> None:
    with pytest.raises(TooOften) as raised:
        asked_once(Reply({"title": "Too Many Requests"}, status, headers))
    assert raised.value.retry_after == seconds
    back = NOW + timedelta(seconds=seconds)
    assert f"may be asked again from {back:%Y-%m-%d %H:%M} UTC" in str(raised.value)


def test_an_api_may_say_both_in_words_of_its_own() -> None:
    with pytest.raises(TooOften) as raised:
        asked_once(Reply({"error": {"code": 4}}, 400), rests=lambda _answer, _said: NOW + timedelta(hours=1))
    assert raised.value.retry_after == 3600
    with pytest.raises(SourceError, match="refuses the key"):
        asked_once(Reply({"error": {"code": 190}}, 400), unlocked=lambda said: said["error"]["code"] != 190)


def test_a_reset_in_the_past_is_in_a_second() -> None:
    assert when_again({"x-rate-limit-reset": "1700000000"}, NOW) == NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    "written", ["ftp://host", "host", "https://me:pw@host", "https://host/?a=1", "https://host/#a"]
)
def test_an_address_is_a_plain_one(written: str) -> None:
    class One(BaseModel):
        address: WebAddress

    with pytest.raises(ValidationError, match="wants an address such as https://host"):
        One(address=written)
    assert One(address="https://host/base/").address == "https://host/base"


def test_the_server_of_these_tests_keeps_what_was_asked() -> None:
    with other_side(lambda asked: Reply(asked.path)) as side:
        assert side.gate.request("GET", f"{side.address}/a?b=1").body == b'"/a"'
    assert isinstance(side.asked[0], Asked) and side.asked[0].one("b") == "1"
