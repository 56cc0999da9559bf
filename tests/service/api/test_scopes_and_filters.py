"""What a token may not, and what a filter must not do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from service.api.conftest import Shop

READS = ("messages", "messages/chat:1", "now", "cases", "readings", "customers", "customers/lena",
         "customers/lena/statement", "worth")  # fmt: skip
INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE fact_messages; --",
    "x') UNION SELECT digest FROM token --",
    '" OR 1=1 --',
    "%",
    "_",
    "!",
    "\\",
    "%s",
    "{0}",
    "$1",
)
FILTERS = {
    "messages": ("channel", "source", "topic", "language", "customer_id", "q"),
    "now": ("channel", "topic", "language", "customer_id", "q"),
    "cases": ("customer_id", "cause_id"),
    "readings": ("topic", "language", "lane", "customer_id"),
}


def test_no_token_a_wrong_one_and_a_revoked_one_open_nothing(shop: Shop) -> None:
    from goodwill.service.api.auth import revoke_token

    shop.tokens["wrong"] = "gw_wrong"
    for address in READS:
        for scope in ("", "wrong"):
            answer = shop.ask("GET", address, scope=scope)
            assert answer.status_code == 401 and answer.json()["error"]["where"] == "Authorization"
    revoke_token("a read one")
    assert shop.get("now").status_code == 401


def test_one_tokens_scope_does_not_reach_anothers(shop: Shop) -> None:
    from goodwill.service.store.models import FACTS

    refused = shop.ask("PUT", "customers/lena/terms", {"purposes": []}, scope="read")
    assert refused.status_code == 403 and "not write" in refused.json()["error"]["what"]
    assert shop.ask("POST", "facts/messages", [], scope="read").status_code == 403
    assert not FACTS["terms"].objects.exists()
    for scope in ("write", "admin"):
        assert shop.ask("PUT", "customers/lena/terms", {"purposes": []}, scope=scope).status_code == 200
        assert shop.ask("GET", "customers/lena", scope=scope).status_code == 200


def test_a_signed_in_browser_is_no_token(shop: Shop) -> None:
    client = shop.service.client(shop.service.colleague())
    assert client.get("/api/v1/customers/lena").status_code == 401


def test_sql_in_filters_is_text(shop: Shop) -> None:
    from goodwill.service.store.models import FACTS, Token

    for address, name in ((address, name) for address, names in FILTERS.items() for name in names):
        for text in INJECTIONS:
            answer = shop.get(f"{address}?{name}={quote(text)}")
            assert answer.status_code == 200, (name, text, answer.content)
            items = answer.json()["items"]
            assert items == [] or (name == "q" and text in "%!" and all(text in one["text"] for one in items)), (
                name,
                text,
                items,
            )
    assert FACTS["messages"].objects.count() == 5 and Token.objects.count() == 3


def test_sql_in_ids_and_searches_is_text(shop: Shop) -> None:
    for text in INJECTIONS:
        for address in ("messages", "customers"):
            assert shop.get(f"{address}/{quote(text, safe='')}").status_code == 404
        found = {one["customer_id"] for one in shop.items(f"customers?q={quote(text)}")}
        # Signs count for nothing, so that '$1' begins the '100%' of a name.
        assert found == ({"email:kim@mail.example"} if text == "$1" else set()), text


def test_a_cursor_that_is_none_is_refused(shop: Shop) -> None:
    import base64
    import json

    made = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
        for one in (
            [10**400, "x"],
            ["a\x00"],
            ["\ud800"],
            {"a": 1},
            "a",
            ["2020-01-01T00:00:00", 2**70],
            ["nan", "a"],
            ["0001-01-01T00:00:00+14:00", 1],
            [[1], "\x00"],
            [1.0, "a\x00"],
        )
    ]
    for address in ("messages", "now", "cases", "readings", "customers", "worth"):
        for cursor in ("abc", "_", "W10", "a" * 2000, "é", *made):
            answer = shop.get(f"{address}?cursor={quote(cursor)}")
            assert answer.status_code in (200, 422), (address, cursor, answer.content)
        assert shop.get(f"{address}?cursor=abc").json()["error"]["what"] == "'abc' is no cursor"


def test_what_nobody_knows_is_refused(shop: Shop) -> None:
    answer = shop.get("messages?chanel=chat")
    assert answer.status_code == 422 and answer.json()["error"]["what"] == "no parameter is called 'chanel'"
    for query in ("limit=0", "limit=501", "limit=a", "q=a%00b", "since=yesterday"):
        answer = shop.get(f"messages?{query}")
        assert answer.status_code == 422 and answer.json()["error"]["where"].startswith("query"), query
    assert shop.get("messages/a%00b").status_code == 422
    wrong = shop.ask("DELETE", "now")
    assert wrong.status_code == 405 and wrong.json()["error"]["mend"] == "use GET" and wrong.headers["Allow"] == "GET"
    assert shop.get("nothing").json()["error"]["what"] == "there is nothing at this address"
