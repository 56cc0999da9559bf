"""Stripe: charges, refunds, invoices and customers, with amounts in the smallest unit of each currency."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from goodwill.errors import NotUnderstood, NotVerified
from listen.sources.senders import NOW, SECRET, accepted, hear, mac, not_understood, only_the_sender

AT = 1795348800  # 2026-11-22 12:00 UTC


def event(kind: str, thing: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": kind, "created": AT, "livemode": True, "data": {"object": thing}, **more}


def charge(**more: Any) -> dict[str, Any]:
    """A charge; made up."""
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 2495,
        "amount_refunded": 0,
        "currency": "chf",
        "customer": "cus_7",
        "created": AT - 60,
        "captured": True,
        "paid": True,
        "description": "Download of Köln maps",
        "invoice": None,
        "receipt_email": "dana@firm.example",
        "billing_details": {"email": None, "name": "Dana Öz", "phone": None, "address": {"country": "CH"}},
        "payment_method_details": {"card": {"fingerprint": "Xt5EWLLDS7FJjR1c"}, "type": "card"},
        **more,
    }


def test_a_charge_as_the_export_has_it() -> None:
    heard = hear("stripe", event("charge.succeeded", charge()))
    [row] = heard.facts["purchases"]
    assert row == row | {
        "purchase_id": "ch_1",
        "customer_id": "cus_7",
        "amount": Decimal("24.95"),
        "currency": "CHF",
        "kind": "sale",
    }
    assert row["at"].isoformat() == "2026-11-22T11:59:00+00:00"
    assert heard.facts["people"] == [{"customer_id": "cus_7", "name": "Dana Öz", "country": "CH"}]
    assert [(one["kind"], one["value"]) for one in heard.facts["handles"]] == [
        ("email", "dana@firm.example"),
        ("card", "Xt5EWLLDS7FJjR1c"),
    ]
    assert heard.once == "evt_1"


@pytest.mark.parametrize(
    ("currency", "minor", "major"),
    [
        ("usd", 2495, "24.95"),
        ("jpy", 500, "500"),
        ("krw", 1, "1"),
        ("vnd", 25000, "25000"),
        ("kwd", 5120, "5.120"),
        ("bhd", 1000, "1"),
        ("isk", 500, "5"),  # no cents any more, but written with two places
        ("ugx", 500, "5"),
        ("huf", 1045, "10.45"),
        ("twd", 80000, "800"),
    ],
)
def test_minor_units(currency: str, minor: int, major: str) -> None:
    [row] = hear("stripe", event("charge.succeeded", charge(amount=minor, currency=currency))).facts["purchases"]
    assert (row["amount"], row["currency"]) == (Decimal(major), currency.upper())


def test_what_was_paid_back_is_one_sum_that_grows() -> None:
    for back in (1000, 2495):
        heard = hear("stripe", event("charge.refunded", charge(amount_refunded=back)))
        [row] = heard.edited["purchases"]
        assert (row["purchase_id"], row["kind"]) == ("ch_1-refund", "return")
        assert row["amount"] == Decimal(-back) / 100 and row["at"] == NOW and row["customer_id"] == "cus_7"
    heard = hear("stripe", event("charge.refunded", charge(amount_refunded=100, currency="jpy")))
    assert heard.edited["purchases"][0]["amount"] == Decimal(-100)


def test_an_invoice_is_no_second_purchase() -> None:
    invoice = {
        "id": "in_1",
        "customer": "cus_7",
        "customer_email": "dana@firm.example",
        "currency": "chf",
        "amount_paid": 900,
        "billing_reason": "subscription_cycle",
        "status_transitions": {"paid_at": AT - 5},
    }
    with_charge = hear("stripe", event("invoice.paid", {**invoice, "charge": "ch_9"}))
    [row] = with_charge.edited["purchases"]
    assert (row["purchase_id"], row["kind"], row["amount"]) == ("ch_9", "subscription", Decimal("9.00"))
    outside = hear("stripe", event("invoice.paid", {**invoice, "paid_out_of_band": True, "billing_reason": "manual"}))
    [row] = outside.edited["purchases"]
    assert (row["purchase_id"], row["kind"]) == ("in_1", "sale")
    new = hear("stripe", event("invoice.paid", invoice))
    assert not new.edited and new.said == ["invoice in_1: what was paid for it comes as a charge"]


def test_subscriptions_are_known_by_their_invoice_or_words() -> None:
    for more in ({"invoice": "in_1"}, {"description": "Subscription update"}):
        [row] = hear("stripe", event("charge.succeeded", charge(**more))).facts["purchases"]
        assert row["kind"] == "subscription"


def test_customers() -> None:
    customer = {
        "id": "cus_7",
        "name": "Dana Öz",
        "email": "Dana@Firm.example",
        "phone": "+41446681800",
        "created": AT,
        "preferred_locales": ["de-CH"],
        "address": {"country": "CH"},
    }
    for kind in ("customer.created", "customer.updated"):
        heard = hear("stripe", event(kind, customer))
        assert heard.facts["people"] == [
            {"customer_id": "cus_7", "name": "Dana Öz", "joined_at": NOW, "language": "de", "country": "CH"}
        ]
        assert [one["kind"] for one in heard.facts["handles"]] == ["email", "phone"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (event("charge.succeeded", charge(captured=False)), "charge ch_1: reserved only, not taken yet"),
        (event("charge.refunded", charge()), "charge ch_1: nothing was paid back"),
        (event("charge.succeeded", charge(), livemode=False), "charge.succeeded: a test, no real money"),
        (event("payout.paid", {"id": "po_1"}), "payout.paid says nothing to us"),
    ],
)
def test_what_says_nothing_to_us(said: dict[str, Any], why: str) -> None:
    heard = hear("stripe", said)
    assert not heard.facts and not heard.edited and heard.said == [why]


def test_while_a_secret_is_rolled_there_are_several_signatures() -> None:
    body = json.dumps(event("charge.succeeded", charge())).encode()
    at = str(AT).encode()
    right, other = mac(SECRET, at, b".", body).hex(), mac("another", at, b".", body).hex()
    accepted("stripe", body, {"Stripe-Signature": f"t={AT},v1={other},v1={right},v0=0"})
    with pytest.raises(NotVerified):
        accepted("stripe", body, {"Stripe-Signature": f"t={AT},v1={other},v0={right}"})


def test_only_the_sender_is_heard() -> None:
    only_the_sender("stripe", event("charge.succeeded", charge()))


def test_what_stripe_does_not_send() -> None:
    not_understood("stripe")
    for thing, why in (
        (charge(amount="a lot"), "^Stripe, data.object.amount: it is a text, not a whole number"),
        (charge(amount=None), "^Stripe, data.object.amount: it is not there"),
        (charge(amount=24.95), "^Stripe, data.object.amount: 24.95 is no whole number that can be kept"),
        (charge(currency="francs"), "^Stripe, data.object.currency: 'francs' is no currency"),
        (charge(created=None), "^Stripe, data.object.created: it is not there"),
        (charge(id={}), "^Stripe, data.object.id: it is an object, not an id"),
        (charge(billing_details=[]), "^Stripe, data.object.billing_details: it is a list, not an object"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("stripe", event("charge.succeeded", thing))
    with pytest.raises(NotUnderstood, match=r"^Stripe, data: it is not there"):
        hear("stripe", {"id": "evt_1", "type": "charge.succeeded"})
