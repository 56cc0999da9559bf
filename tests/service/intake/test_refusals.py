"""What the door refuses: each bad thing with its status, its place and its mend; nothing of such a batch is kept."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from service.conftest import Service
from service.intake.conftest import POST, message, stored

Post = Any
SQLITE = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def kept() -> int:
    from goodwill.service.store.models import Batch, Raw

    return Batch.objects.count() + Raw.objects.count()


BROKEN = gzip.compress(json.dumps([message(1)]).encode())
BODIES = {
    "nothing": (b"", {}, 400, "there is no row in it"),
    "an empty array": (b"[]", {}, 400, "there is no row in it"),
    "no JSON": (b"[{'a': 1}]", {}, 400, "it is no JSON (key must be a string)"),
    "cut short": (b'[{"message_id": "a', {}, 400, "it is no JSON (EOF while parsing a string)"),
    "NaN": (b'[{"rating": NaN}]', {}, 400, "it is no JSON (expected value)"),
    "a lone surrogate": (b'[{"text": "\\ud83d"}]', {}, 400, "it is no JSON (unexpected end of hex escape)"),
    "no UTF-8": (b'[{"text": "\xff"}]', {}, 400, "it is no JSON (invalid unicode code point)"),
    "nested deeply": (b"[" * 100_000, {}, 400, "it is nested too deeply"),
    "a deep row": (b'[{"text": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]", {}, 400, "it is nested too deeply"),
    "a bad line": (b'{"message_id": "a"}\n{oops}\n', {}, 400, "it is no JSON (key must be a string)"),
    "gzip cut short": (BROKEN[:-9], {"content-encoding": "gzip"}, 400, "its gzip is broken"),
    "gzip with a wrong byte": (BROKEN[:20] + b"!" + BROKEN[21:], {"content-encoding": "gzip"}, 400, None),
    "not gzip at all": (b"[]", {"content-encoding": "gzip"}, 400, "its gzip is broken"),
    "another packing": (b"[]", {"content-encoding": "br"}, 415, "'br' is not read here"),
}


@SQLITE
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read(service: Service, post: Post, name: str) -> None:
    body, headers, status, what = BODIES[name]
    answer = post("messages", body, **headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["what"]) == (status, what or error["what"])
    assert error["where"] and error["mend"]
    assert not kept()


@SQLITE
@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("text/csv", "'text/csv' is not read here"),
        ("application/x-www-form-urlencoded", "'application/x-www-form-urlencoded' is not read here"),
        ("multipart/form-data; boundary=x", "'multipart/form-data' is not read here"),
        ("application/json; charset=latin-1", "'latin-1' is not read here"),
    ],
)
def test_another_kind_of_content(service: Service, post: Post, kind: str, what: str) -> None:
    answer = post("messages", json.dumps([message(1)]).encode(), kind)
    assert (answer.status_code, answer.json()["error"]["what"]) == (415, what)
    assert not kept()


@SQLITE
def test_a_bomb_is_stopped_early(service: Service, post: Post) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 1024**2) for _ in range(400)) + packer.flush()
    tracemalloc.start()
    answer = post("messages", bomb, **{"content-encoding": "gzip"})
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 413
    assert answer.json()["error"]["what"] == "it is larger than 32 MB (unpacked)"
    assert held < 200e6
    assert not kept()


@SQLITE
def test_a_body_that_is_too_large_is_not_read(service: Service, post: Post) -> None:
    answer = post("messages", b"[" + b" " * 32 * 1024**2)
    assert (answer.status_code, answer.json()["error"]["mend"]) == (413, "send it in parts")


@SQLITE
def test_a_row_that_is_too_large(service: Service, post: Post) -> None:
    answer = post("messages", [message(1), message(2, text="x" * 5 * 1024**2)])
    error = answer.json()["error"]
    assert (answer.status_code, error["what"], error["where"], error["row"]) == (413, "it is 5.0 MB", "row 2", 2)
    assert error["mend"] == "a row may have 1 MB at most: shorten its text, or leave it out"
    assert not kept()


@SQLITE
def test_too_many_rows(service: Service, post: Post) -> None:
    answer = post("messages", b"[" + b"{}," * 100_000 + b"{}]")
    assert (answer.status_code, answer.json()["error"]["what"]) == (413, "it has 100,001 rows")


@SQLITE
def test_an_unknown_table(service: Service, post: Post) -> None:
    error = post("mesages", [message(1)]).json()["error"]
    assert error == {
        "what": "no table of facts is called 'mesages'",
        "where": "the address",
        "mend": "did you mean 'messages'?",
    }
    answer = post("colleague", [{}])
    assert answer.status_code == 404
    assert answer.json()["error"]["mend"].startswith("there are people, handles, roles")


PURCHASE = {"purchase_id": "1", "at": "2026-05-03T10:00:00Z", "amount": 5}
ROWS = [
    ("messages", message(1, txt="hi"), "txt", "messages has no column 'txt'", "did you mean 'text'?"),
    ("messages", message(1, stars=4), "stars", "messages has no column 'stars'", "did you mean 'rating'?"),
    ("messages", message(1, account="@a"), "account", None, "did you mean 'author'?"),
    ("purchases", {**PURCHASE, "order_id": 1}, "order_id", None, "did you mean 'purchase_id'?"),
    ("messages", {"message_id": "a", "at": "2026-05-03"}, "text", "text is empty", None),
    ("messages", message(1, message_id=None), "message_id", "message_id is empty", None),
    ("messages", message(1, text=""), "text", "text is empty", None),
    ("messages", message(1, text=["a"]), "text", "it is a list, not a text", "put it in quotation marks"),
    ("messages", message(1, source=1.5), "source", "it is a number with a point, not a text", None),
    ("messages", message(1, at="yesterday"), "at", "'yesterday' is no time", None),
    ("messages", message(1, at="12:30"), "at", "'12:30' is no time", None),
    ("messages", message(1, at=12), "at", "'12' is no time", None),
    ("messages", message(1, at=True), "at", "'True' is no time", None),
    ("messages", message(1, at="2999-01-01T00:00:00Z"), "at", "'2999-01-01T00:00:00+00:00' lies in the future", None),
    ("messages", message(1, at="0001-01-01T00:00:00Z"), "at", None, "correct the date"),
    ("messages", message(1, at="1969-12-31"), "at", "'1969-12-31T00:00:00+00:00' lies too far back to be true", None),
    ("messages", message(1, at="9999-12-31T23:59:59-12:00"), "at", None, None),
    ("messages", message(1, rating=6), "rating", "6.0 is outside 1 to 5", None),
    ("messages", message(1, rating="good"), "rating", "'good' is no number", None),
    ("messages", message(1, audience=-1), "audience", "-1 is below 0", None),
    ("messages", message(1, audience=1.5), "audience", "'1.5' is no whole number", None),
    ("messages", message(1, audience=2**70), "audience", None, None),
    ("messages", message(1, audience=True), "audience", "'True' is no whole number", None),
    ("messages", message(1, to_us="maybe"), "to_us", "'maybe' is neither yes nor no", None),
    ("messages", message(1, email="nobody"), "email", "'nobody' is no e-mail address", None),
    ("messages", message("x" * 600), "message_id", "it has 606 characters", "an id or a name has at most 500"),
    ("messages", message(1, channel="x" * 101), "channel", None, "a language or a channel has at most 100"),
    ("people", {"customer_id": "c", "language": "é" * 300}, "language", "it has 300 characters", None),
    ("purchases", {**PURCHASE, "amount": "ten"}, "amount", "'ten' is no amount of money", None),
    ("purchases", {**PURCHASE, "amount": True}, "amount", "'True' is no amount of money", None),
    ("purchases", {**PURCHASE, "amount": 1e300}, "amount", "'1e+300' is too large a sum", None),
    ("purchases", {**PURCHASE, "amount": "NaN"}, "amount", "'NaN' is no amount of money", None),
    ("purchases", {**PURCHASE, "kind": "gift"}, "kind", "'gift' is none of 'sale', 'return', 'subscription'", None),
    ("handles", {"kind": "email", "value": "a@b.example"}, "customer_id", "customer_id is empty", None),
    ("handles", {"customer_id": "c" * 500, "kind": "name", "value": "é" * 500, "channel": "x" * 900}, None, None, None),
    ("terms", {"customer_id": "c", "at": "2026-05-03", "purposes": [1]}, "purposes", "it is no list of texts", None),
]  # fmt: skip


@SQLITE
@pytest.mark.parametrize("case", range(len(ROWS)))
def test_a_row_that_breaks_its_schema(service: Service, post: Post, case: int) -> None:
    table, row, field, what, mend = ROWS[case]
    good = message(0) if table == "messages" else row
    answer = post(table, [good, row] if table == "messages" else [row])
    error = answer.json()["error"]
    assert answer.status_code == 422
    assert error["row"] == (2 if table == "messages" else 1)
    assert error["field"] == (field or error["field"])
    assert error["where"] == f"row {error['row']}, {error['field']}"
    assert error["what"] == (what or error["what"])
    assert error["mend"] == (mend or error["mend"]) != ""
    assert not kept()


@SQLITE
def test_every_fault_of_the_first_rows_is_told_at_once(service: Service, post: Post) -> None:
    rows = [message(at, rating=9, at="soon") for at in range(100)]
    error = post("messages", rows).json()["error"]
    assert error["what"] == "'soon' is no time (and 199 more)"
    assert [(fault["row"], fault["field"]) for fault in error["others"][:2]] == [(1, "rating"), (2, "at")]
    assert len(error["others"]) == 19
    error = post("messages", [message(1), 7]).json()["error"]
    assert (error["what"], error["where"]) == ("it is a number, not an object", "row 2")


@SQLITE
def test_what_is_not_quite_a_row_but_can_be_read(service: Service, post: Post) -> None:
    from goodwill.service.intake import drain

    row = message(17, message_id=17, rating="4", audience=12.0, to_us="yes", customer_id=" c1 ")
    assert post("messages", json.dumps(row, indent=2).encode()).json()["rows"] == 1
    drain()
    assert stored("messages", "message_id", "rating", "audience", "to_us", "customer_id") == [("17", 4, 12, True, "c1")]


def test_a_full_backlog(service: Service, post: Post, monkeypatch: pytest.MonkeyPatch, drain_all: Any) -> None:
    monkeypatch.setenv("GOODWILL_BACKLOG", "3")
    assert post("messages", [message(1), message(2)]).status_code == 202
    answer = post("messages", [message(3), message(4)])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert answer.json()["error"] == {
        "what": "2 facts wait to be stored, 3 may",
        "where": "the backlog",
        "mend": "send it again in 5 seconds",
    }
    drain_all()
    assert post("messages", [message(3), message(4), message(5), message(6)]).status_code == 202
    monkeypatch.setenv("GOODWILL_BACKLOG", "many")
    assert post("messages", [message(7)]).json()["error"]["what"] == "'many' is no whole number"


def test_who_may_send(service: Service) -> None:
    from goodwill.errors import GoodwillError
    from goodwill.service.api.auth import make_token, revoke_token
    from goodwill.service.store.models import Audit, Token

    tokens = {scope: make_token(f"a {scope}", [scope]) for scope in ("read", "write", "admin")}
    client = service.client()

    def status(**headers: str) -> int:
        body = json.dumps([message(1)])
        return int(client.post(POST + "messages", body, content_type="application/json", headers=headers).status_code)

    assert status() == 401
    assert status(authorization="Bearer nobody") == 401
    assert status(authorization=f"Basic {tokens['write']}") == 401
    assert status(authorization=f"Bearer {tokens['read']}") == 403
    assert status(authorization=f"Bearer {tokens['write']}") == 202
    assert status(authorization=f"Bearer {tokens['admin']}") == 202
    revoke_token("a write")
    assert status(authorization=f"Bearer {tokens['write']}") == 401
    assert not Token.objects.filter(digest__in=tokens.values()).exists()
    assert Token.objects.get(name="a admin").last_used is not None
    assert [line.act for line in Audit.objects.order_by("id")] == ["token made"] * 3 + ["token revoked"]
    for name, scopes, what in (
        ("a read", ["read"], "there is a token of this name"),
        ("b", ["root"], "no scope is called 'root'"),
        ("b", [], "a token needs a scope"),
        (" ", ["read"], "a token needs a name of 1 to 80 letters"),
    ):
        with pytest.raises(GoodwillError, match=what):
            make_token(name, scopes)
    with pytest.raises(GoodwillError, match="there is no such token, or it is revoked"):
        revoke_token("a write")


@SQLITE
def test_errors_of_the_api_have_one_shape(service: Service, post: Post) -> None:
    client = service.client()
    answer = client.get(POST + "messages")
    assert answer.status_code == 405
    answer = client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.json()["error"]["what"]) == (404, "there is nothing at this address")
    answer = client.post(POST + "messages", b"[]", content_type="application/json")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="goodwill"'
    assert answer.json()["error"]["where"] == "Authorization"


@SQLITE
def test_the_description_of_the_api(service: Service) -> None:
    from goodwill.facts import TABLES

    client = service.client()
    told = client.get("/api/openapi.json").json()
    assert set(told["paths"]["/api/v1/facts/{table}"]["post"]["responses"]) == {
        "202", "400", "401", "403", "404", "413", "415", "422", "429", "503"
    }  # fmt: skip
    assert set(TABLES) <= set(told["components"]["schemas"])
    assert told["components"]["schemas"]["people"]["required"] == []
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert b"//cdn" not in page.content
