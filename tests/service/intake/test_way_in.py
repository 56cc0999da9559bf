"""From a POST to a fact in its table: what comes in is there once, as it was meant."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from service.intake.conftest import message, stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.conftest import Service

Post = Callable = Any


def test_a_batch_is_accepted_and_drained(service: Service, post: Post, drain_all: Callable) -> None:
    from goodwill.service.intake import backlog
    from goodwill.service.store.models import Batch

    answer = post("messages", [message(1, author="@anna", rating=4), message(2, to_us=True)])
    assert answer.status_code == 202
    batch = Batch.objects.get()
    assert answer.json() == {"batch": batch.id, "rows": 2}
    assert (batch.source, batch.token, backlog()) == ("shop", "token shop", 2)
    assert [drained.stored for drained in drain_all()] == [{"messages": (1, 2, 2)}]
    assert stored("messages", "message_id", "at", "text", "author", "rating", "to_us", "fact_source", "batch") == [
        ("forum:1", datetime(2026, 5, 3, 10, tzinfo=UTC), "number 1", "@anna", 4.0, None, "shop", batch.id),
        ("forum:2", datetime(2026, 5, 3, 10, tzinfo=UTC), "number 2", None, None, True, "shop", batch.id),
    ]
    batch.refresh_from_db()
    assert (batch.state, batch.stored, batch.unread, backlog()) == ("drained", 2, 0, 0)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_both_forms_of_json_with_and_without_gzip(
    service: Service, post: Post, drain_all: Callable, kind: str, packed: bool
) -> None:
    rows = [message(at, text='line\nbreak, "quote", \\ tab\t and 😡 \u2028') for at in range(3)]
    body = json.dumps(rows) if kind == "application/json" else "\n".join(map(json.dumps, rows)) + "\r\n\n"
    text = gzip.compress(body.encode()) if packed else body.encode()
    answer = post("messages", text, kind, **({"content-encoding": "gzip"} if packed else {}))
    assert answer.json()["rows"] == 3
    drain_all()
    assert stored("messages", "text") == [(rows[0]["text"],)] * 3


def test_every_table_takes_a_row_with_every_column(service: Service, post: Post, drain_all: Callable) -> None:
    from goodwill.facts import TABLES
    from goodwill.service.store.models import Unread

    for name, table in TABLES.items():
        row = {column.name: example(column) for column in table}
        assert post(name, [row]).status_code == 202, name
    drain_all()
    assert not Unread.objects.exists()
    for name, table in TABLES.items():
        kept = [fact for fact in stored(name, *table.names) if fact[0] != "handle"]
        assert len(kept) == 1, name
        for column, value in zip(table, kept[0], strict=True):
            assert value == expected(column), (name, column.name)


def example(column: Any) -> Any:
    kind = str(column.type)
    if column.choices:
        return column.choices[-1]
    if kind.startswith("timestamp"):
        return "2026-05-03T12:30:15.250+02:00"
    if kind.startswith("decimal"):
        return "12.50"
    if kind.startswith("list"):
        return ["one", "two; three"]
    return {"string": column.name, "int64": 4, "double": 0.5 if column.high == 1 else 4.5, "bool": True}[kind]


def expected(column: Any) -> Any:
    kind = str(column.type)
    if kind.startswith("timestamp"):
        return datetime(2026, 5, 3, 10, 30, 15, 250_000, tzinfo=UTC)
    if column.name == "currency":
        return "CURRENCY"
    return Decimal("12.50") if kind.startswith("decimal") else example(column)


def test_the_same_fact_twice_is_one(service: Service, post: Post, drain_all: Callable) -> None:
    from goodwill.service.store.models import Unread

    order = {"purchase_id": "1", "customer_id": "c", "at": "2026-05-03T10:00:00Z", "amount": 10}
    for _ in range(2):
        post("purchases", [order, order])
        post("messages", [message(1), message(1)])
    drain_all()
    post("purchases", [order])
    post("messages", [message(1)])
    assert drain_all()[0].stored == {}
    assert stored("purchases", "purchase_id", "row") == [("1", 1)]
    assert stored("messages", "message_id") == [("forum:1",)]
    assert not Unread.objects.exists()


@pytest.mark.parametrize("at_once", [True, False])
def test_an_edited_message_replaces_the_older_one_under_a_new_row(
    service: Service, post: Post, drain_all: Callable, at_once: bool
) -> None:
    post("messages", [message(1, author="anna", text="bad"), message(2)])
    if not at_once:
        drain_all()
    post("messages", [message(1, text="good", audience=7)])
    drain_all()
    kept = {key: rest for key, *rest in stored("messages", "message_id", "text", "author", "audience")}
    assert kept["forum:1"] == ["good", "anna", 7]
    if not at_once:
        rows = dict(stored("messages", "message_id", "row"))
        assert rows["forum:1"] > rows["forum:2"]


@pytest.mark.parametrize("at_once", [True, False])
def test_what_happened_once_is_not_rewritten_but_filled_in(
    service: Service, post: Post, drain_all: Callable, at_once: bool
) -> None:
    from goodwill.service.store.models import Unread

    answer = {"response_id": "r1", "at": "2026-05-03T10:00:00Z", "score": 9}
    post("responses", [answer])
    if not at_once:
        drain_all()
    post("responses", [{**answer, "comment": "quick"}])
    post("responses", [{**answer, "score": 3}])
    drain_all()
    assert stored("responses", "score", "comment") == [(9, "quick")]
    one = Unread.objects.get()
    assert (one.field, one.position, json.loads(one.row)["score"]) == ("response_id", 1, 3)
    assert one.reason == "responses has this response_id already, with other values; the first version was kept"
    assert one.mend == "give it an id of its own, or correct the first one"


def test_who_it_was_beside_a_fact_becomes_a_handle(service: Service, post: Post, drain_all: Callable) -> None:
    post("people", [{"customer_id": "c1", "name": "Anna", "email": "Anna@Firm.example", "twitter": "@anna"}])
    post("purchases", [{"purchase_id": "1", "at": "2026-05-03", "amount": 5, "email": "bo@firm.example"}])
    post("messages", [message(1, author_email="mailto:anna@firm.example"), message(2, device="d7")])
    post("referrals", [{"referral_id": "r", "referrer_id": "c1", "referred_id": "Bo@firm.example", "at": "2026-05-03"}])
    drain_all()
    assert sorted(stored("handles", "customer_id", "kind", "channel", "value"), key=str) == [
        ("c1", "account", "twitter", "anna"),
        ("c1", "email", None, "anna@firm.example"),
        ("email:anna@firm.example", "email", None, "anna@firm.example"),
        ("email:bo@firm.example", "email", None, "bo@firm.example"),
    ]
    assert stored("purchases", "customer_id") == [("email:bo@firm.example",)]
    assert stored("messages", "customer_id") == [("email:anna@firm.example",), (None,)]
    assert stored("referrals", "referred_id") == [("email:bo@firm.example",)]


def test_a_handle_entered_with_care_is_not_overwritten(service: Service, post: Post, drain_all: Callable) -> None:
    told = {"customer_id": "c1", "kind": "email", "value": "Anna@firm.example", "confidence": 0.8, "verified": True}
    post("handles", [told])
    drain_all()
    post("people", [{"customer_id": "c1", "email": "anna@firm.example"}])
    drain_all()
    assert stored("handles", "value", "confidence", "verified") == [("anna@firm.example", 0.8, True)]


def test_purchases_are_in_the_firms_money_and_returns_below_zero(
    service: Service, post: Post, drain_all: Callable
) -> None:
    from goodwill.service.store.models import Unread

    (service.home / "goodwill.toml").write_text('[firm]\ncurrency = "EUR"\n[rates]\nUSD = 0.9\n')
    day = {"at": "2026-05-03T10:00:00Z"}
    post(
        "purchases",
        [
            {"purchase_id": "own", "amount": "10.005", **day},
            {"purchase_id": "dollars", "amount": 10, "margin": 4, "currency": "usd", **day},
            {"purchase_id": "settled", "amount": 9, "currency": "USD", "paid": 10, **day},
            {"purchase_id": "back", "amount": 3, "kind": "return", **day},
            {"purchase_id": "below", "amount": -3, **day},
            {"purchase_id": "crowns", "amount": 3, "currency": "SEK", **day},
        ],
    )
    drain_all()
    kept = {key: tuple(rest) for key, *rest in stored("purchases", "purchase_id", "amount", "margin", "paid", "kind")}
    d = Decimal
    assert kept == {
        "own": (d("10.00"), None, d("10.00"), "sale"),
        "dollars": (d("9.00"), d("3.60"), d("10.00"), "sale"),
        "settled": (d("9.00"), None, d("10.00"), "sale"),
        "back": (d("-3.00"), None, d("-3.00"), "return"),
        "below": (d("-3.00"), None, d("-3.00"), "return"),
    }
    one = Unread.objects.get()
    assert (one.field, one.position, one.reason) == ("currency", 6, "no rate for SEK is known")
    assert one.mend == "add to goodwill.toml: [rates] SEK = (what 1 SEK is in your money)"


def test_a_time_without_a_zone_is_in_the_firms(service: Service, post: Post, drain_all: Callable) -> None:
    (service.home / "goodwill.toml").write_text('[firm]\ntimezone = "Europe/Berlin"\n')
    post("messages", [message(1, at="2026-05-03 10:00"), message(2, at=1777802400), message(3, at=1777802400123)])
    drain_all()
    assert [at for (at,) in stored("messages", "at")] == [
        datetime(2026, 5, 3, 8, tzinfo=UTC),
        datetime(2026, 5, 3, 10, tzinfo=UTC),
        datetime(2026, 5, 3, 10, 0, 0, 123_000, tzinfo=UTC),
    ]


def test_texts_that_a_database_stumbles_over(service: Service, post: Post, drain_all: Callable) -> None:
    drop = "'; DROP TABLE fact_messages; --"
    texts = ["\x00nul", "\\N", "\\.", '"', "", "NULL", "a\tb\r\nc", drop, "\U0001f621", " "]
    post("messages", [message(at, text=text or "-", thread=text) for at, text in enumerate(texts)])
    drain_all()
    assert [text for (text,) in stored("messages", "text")] == [
        "\ufffdnul", "\\N", "\\.", '"', "-", "NULL", "a\tb\r\nc", drop, "\U0001f621", " "
    ]  # fmt: skip
    assert stored("messages", "thread")[4] == (None,)


def test_rows_that_goodwill_makes_itself_take_the_same_way(service: Service, drain_all: Callable) -> None:
    from django.db import transaction

    from goodwill.service.intake import Refused, store_rows
    from goodwill.service.store.models import Batch

    row = {"action_id": "a1", "at": datetime(2026, 5, 3, 10, tzinfo=UTC), "kind": "refund", "cost": Decimal("4.20")}
    batch = store_rows("actions", [row], source="goodwill", by="anna@firm.example")
    assert (batch.table, batch.token, batch.rows) == ("actions", "anna@firm.example", 1)
    with pytest.raises(Refused, match="'gift' is none of 'reply'"):
        store_rows("actions", [{**row, "kind": "gift"}], source="goodwill", by="anna@firm.example")
    with pytest.raises(RuntimeError), transaction.atomic():
        store_rows("actions", [{**row, "action_id": "a2"}], source="goodwill", by="anna@firm.example")
        raise RuntimeError("the deed failed")
    assert Batch.objects.count() == 1
    drain_all()
    assert stored("actions", "action_id", "cost") == [("a1", Decimal("4.20"))]
