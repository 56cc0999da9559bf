"""Shopify: orders, refunds, customers and what its privacy rules ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender, place_of

DANA = {
    "id": 207119551,
    "email": "Dana@Firm.example",
    "phone": "+41 44 668 18 00",
    "first_name": "Dana",
    "last_name": "Öz",
    "verified_email": True,
    "created_at": "2025-03-01T09:00:00+01:00",
    "default_address": {"country_code": "CH"},
}


def order(**more: Any) -> dict[str, Any]:
    """An order, as a shop writes it; made up."""
    return {
        "id": 820982911946154508,
        "name": "#1001",
        "created_at": "2026-11-22T12:55:00+01:00",
        "processed_at": "2026-11-22T12:55:00+01:00",
        "total_price": "24.95",
        "currency": "CHF",
        "financial_status": "paid",
        "source_name": "web",
        "test": False,
        "email": "dana@firm.example",
        "customer": DANA,
        "customer_locale": "de-CH",
        "line_items": [{"title": "Käse", "quantity": 2}, {"title": "Brot", "quantity": 1}],
        "refunds": [],
        **more,
    }


def refund(**more: Any) -> dict[str, Any]:
    return {
        "id": 509562969,
        "order_id": 820982911946154508,
        "created_at": "2026-11-22T11:30:00Z",
        "processed_at": "2026-11-22T11:30:00Z",
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "10.00", "currency": "CHF"},
            {"kind": "refund", "status": "failure", "amount": "99.00", "currency": "CHF"},
            {"kind": "refund", "status": "success", "amount": "4.95", "currency": "CHF"},
        ],
        **more,
    }


def topic(name: str, once: str = "w-1") -> dict[str, str]:
    return {"X-Shopify-Topic": name, "X-Shopify-Webhook-Id": once, "X-Shopify-Shop-Domain": "s.myshopify.example"}


def test_an_order_as_the_export_has_it() -> None:
    heard = hear("shopify", order(), topic("orders/create"))
    [row] = heard.facts["purchases"]
    assert row == row | {
        "purchase_id": "#1001",
        "customer_id": "207119551",
        "amount": Decimal("24.95"),
        "currency": "CHF",
        "kind": "sale",
        "items": 3,
        "channel": "web",
    }
    assert row["at"].isoformat() == "2026-11-22T11:55:00+00:00"
    [person] = heard.facts["people"]
    assert person["customer_id"] == "207119551" and person["name"] == "Dana Öz" and person["country"] == "CH"
    who = {"customer_id": "207119551", "source": "shopify"}
    assert heard.facts["handles"] == [
        {**who, "kind": "email", "value": "dana@firm.example", "verified": True},
        {**who, "kind": "phone", "value": "+41 44 668 18 00"},
    ]
    assert heard.once == "w-1"


def test_a_guest_is_known_by_their_address() -> None:
    heard = hear("shopify", order(customer=None), topic("orders/create"))
    assert heard.facts["purchases"][0]["customer_id"] == "email:dana@firm.example"
    assert heard.facts["handles"][0]["value"] == "dana@firm.example" and "verified" not in heard.facts["handles"][0]
    nobody = hear("shopify", order(customer=None, email=None), topic("orders/create"))
    assert "customer_id" not in nobody.facts["purchases"][0]


def test_a_changed_order_takes_its_place() -> None:
    heard = hear("shopify", order(total_price="19.95"), topic("orders/updated"))
    assert "purchases" not in heard.facts
    assert [row["amount"] for row in heard.edited["purchases"]] == [Decimal("19.95")]


@pytest.mark.parametrize("status", ["pending", "authorized", "voided", "expired"])
def test_what_is_not_sold(status: str) -> None:
    heard = hear("shopify", order(financial_status=status), topic("orders/create"))
    assert not heard.facts and heard.said == [f"order #1001: {status}, so nothing is sold"]
    updated = hear("shopify", order(financial_status=status), topic("orders/updated"))
    assert updated.removed == ({"purchases": ["#1001"]} if status in ("voided", "expired") else {})


def test_money_that_went_back() -> None:
    heard = hear("shopify", refund(), topic("refunds/create"))
    [row] = heard.facts["purchases"]
    assert (row["purchase_id"], row["amount"], row["kind"]) == ("shopify:refund 509562969", Decimal("-14.95"), "return")
    assert heard.said == ["whose refund it was comes with the order's own update"]
    none = hear("shopify", refund(transactions=[]), topic("refunds/create"))
    assert not none.facts and none.said == ["refund 509562969: nothing was paid back"]


def test_the_order_says_whose_refund_it_was() -> None:
    old = refund(id=1, processed_at="2026-01-05T11:30:00Z")
    heard = hear(
        "shopify", order(financial_status="partially_refunded", refunds=[old, refund()]), topic("orders/updated")
    )
    sale, back = heard.edited["purchases"]
    assert sale["purchase_id"] == "#1001" and back["purchase_id"] == "shopify:refund 509562969"
    assert (back["customer_id"], back["amount"], back["channel"]) == ("207119551", Decimal("-14.95"), "web")


def test_customers() -> None:
    for name in ("customers/create", "customers/update"):
        heard = hear("shopify", DANA, topic(name))
        [row] = heard.facts["people"]
        assert row["customer_id"] == "207119551" and row["joined_at"].isoformat() == "2025-03-01T08:00:00+00:00"


def test_what_the_privacy_rules_ask() -> None:
    who = {"id": 207119551, "email": "Dana@Firm.example", "phone": "+41 44 668 18 00"}
    heard = hear("shopify", {"customer": who, "orders_to_redact": [1, 2]}, topic("customers/redact"))
    assert heard.removed == {
        "people": ["207119551"],
        "handles": [
            "207119551\x1femail\x1fdana@firm.example\x1f",
            "207119551\x1fphone\x1f+41 44 668 18 00\x1f",
        ],
    }
    [said] = heard.said
    assert said.startswith("customers/redact: customer 207119551, orders 1, 2, is to be forgotten")
    asked = hear("shopify", {"customer": who, "data_request": {"id": 9}}, topic("customers/data_request"))
    assert not asked.removed and asked.said == [
        "customers/data_request: customer 207119551 asks what is held; send them the export from their page in 30 days"
    ]
    left = hear("shopify", {"shop_id": 1, "shop_domain": "s.myshopify.example"}, topic("shop/redact"))
    assert not left.removed and left.said == [
        "shop/redact: s.myshopify.example has left; delete this source with its facts, unless you may keep them"
    ]


def test_what_says_nothing_to_us() -> None:
    assert hear("shopify", {"id": 1}, topic("products/create")).said == ["products/create says nothing to us"]
    assert hear("shopify", {"id": 1}).said == ["an event without X-Shopify-Topic says nothing to us"]
    assert hear("shopify", order(test=True), topic("orders/create")).said == ["order #1001: a test"]


def test_only_the_sender_is_heard() -> None:
    only_the_sender("shopify", order(), topic("orders/create"))


def test_what_a_shop_does_not_send() -> None:
    not_understood("shopify", topic("orders/create"))
    for said, why in (
        (order(name=None), "^Shopify, name: it is not there"),
        (order(total_price=None), "^Shopify, total_price: it is not there"),
        (order(total_price="a lot"), "^Shopify, total_price: 'a lot' is no sum"),
        (order(total_price="NaN"), "^Shopify, total_price: 'NaN' is no sum"),
        (order(total_price="1e400"), "^Shopify, total_price: '1e400' is no sum"),
        (order(created_at=None, processed_at=None), "^Shopify, processed_at: it is not there"),
        (order(line_items={}), "^Shopify, line_items: it is an object, not a list"),
        (order(line_items=[7]), r"^Shopify, line_items\[0\]: it is a number, not an object"),
        (order(customer={"id": 1.5}), "^Shopify, customer.id: it is a number, not an id"),
        (order(line_items=[{"quantity": 10**30}]), "is no whole number that can be kept"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("shopify", said, topic("orders/create"))


def test_two_shops_keep_their_refunds_apart() -> None:
    heard = hear("shopify", refund(), topic("refunds/create"), place=place_of("shopify", name="outlet"))
    assert heard.facts["purchases"][0]["purchase_id"] == "outlet:refund 509562969"
