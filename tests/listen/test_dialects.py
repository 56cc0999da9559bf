"""Exports of other systems, recognised by their header. The rows are invented; the headers are theirs."""
# ruff: noqa: E501 - their headers are long

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.listen.dialects import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Facts

    Read = Callable[..., Facts]

SHOPIFY_ORDERS = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Billing Name,Refunded Amount,Phone,Source
#1001,ann@x.org,paid,2026-01-02 10:00:00 +0100,EUR,30.00,35.00,2026-01-02 09:59:00 +0100,1,Fan,Ann Lee,0.00,+41791,web
#1001,ann@x.org,,,,,,2026-01-02 09:59:00 +0100,2,Cable,,,,
#1002,,partially_refunded,2026-01-03 10:00:00 +0100,EUR,20.00,20.00,2026-01-03 09:59:00 +0100,1,Disk,Bob,5.00,+41792,pos
#1003,cleo@x.org,voided,,EUR,20.00,20.00,2026-01-03 09:59:00 +0100,1,Disk,Cleo,0.00,,web
"""
SHOPIFY_CUSTOMERS = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Phone,Total Spent,Total Orders
'7001,Ann,Lee,ann@x.org,yes,GB,'+41791,35.00,1
"""
STRIPE = """id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Description,Status,Customer ID,Customer Email,Card Fingerprint,Refunded date (UTC)
ch_1,2026-01-02 10:00:00,24.95,0.00,usd,true,Download,Paid,cus_1,ann@x.org,fp1,
ch_2,2026-01-03 10:00:00,10.00,10.00,eur,true,Subscription update,Refunded,,bob@x.org,,2026-01-05 08:00:00
ch_3,2026-01-04 10:00:00,99.00,0.00,eur,false,Download,Failed,cus_1,ann@x.org,fp1,
"""
ZENDESK = """Summation column,Id,Requester,Requester id,Requester external id,Requester email,Submitter,Assignee,Subject,Status,Via,Created at,First reply time in minutes
1,35,Ann Lee,99,,ann@x.org,Ann Lee,Bea,My download failed,Solved,Mail,2026-01-02 10:00:00 +0000,90
1,36,Bob,98,bob,bob@x.org,Bob,Bea,Thanks,Open,Chat,2026-01-03 10:00:00 +0000,
"""
TYPEFORM = """#,How likely are you to recommend us to a friend?,What is the main reason for your score?,Your e-mail,Response Type,Start Date (UTC),Submit Date (UTC),Network ID
abc,9,Great help,ann@x.org,completed,2026-01-02 10:00:00,2026-01-02 10:01:00,n1
abd,,,,started,2026-01-02 10:00:00,,n2
"""
TRUSTPILOT = """Review Id,Review Created (UTC),Review Consumer User Id,Review Username,Review User Email,Review Title,Review Content,Review Stars,Review Language,Company Reply Date (UTC),Location Name
r1,2026-01-02 10:00:00,u1,Ann L,ann@x.org,Never again,The fee is a joke.,1,en,2026-01-03 09:00:00,Bern
r2,2026-01-03 10:00:00,u2,Bob,,Fine,All good,5,en,,
"""


def rows(facts: Facts, table: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in facts.arrow(table).to_pylist()]


def test_shopify_orders(read: Read) -> None:
    facts = read(orders_export_1=SHOPIFY_ORDERS)
    assert not facts.rejects
    assert [
        (row["purchase_id"], row["customer_id"], row["amount"], row["kind"]) for row in rows(facts, "purchases")
    ] == [
        ("#1001", "email:ann@x.org", Decimal(35), "sale"),
        ("#1002", "phone:+41792", Decimal(20), "sale"),
        ("#1002-refund", "phone:+41792", Decimal(-5), "return"),
    ]
    assert rows(facts, "purchases")[0]["at"] == datetime(2026, 1, 2, 8, 59, tzinfo=UTC)
    assert [row["channel"] for row in rows(facts, "purchases")] == ["web", "shop", "shop"]
    assert {(row["customer_id"], row["value"]) for row in rows(facts, "handles")} == {
        ("email:ann@x.org", "ann@x.org"),
        ("email:ann@x.org", "+41791"),
        ("phone:+41792", "+41792"),
    }
    assert facts.notes[0].startswith("orders_export_1.csv: orders that are pending, authorised only, voided or expired")
    how = {mapped.column: mapped.how for mapped in facts.mapping if mapped.field == "amount"}
    assert how == {"Total": "Shopify orders export", "Refunded Amount": "Shopify orders export"}
    assert "Lineitem name" in {mapped.column for mapped in facts.mapping if mapped.how == "left aside"}


def test_shopify_customers(read: Read) -> None:
    facts = read(orders=SHOPIFY_ORDERS, customers_export=SHOPIFY_CUSTOMERS)
    assert rows(facts, "people") == [{"customer_id": "7001", "name": "Ann Lee", "country": "GB"}]
    assert {(row["kind"], row["value"]) for row in rows(facts, "handles") if row["customer_id"] == "7001"} == {
        ("email", "ann@x.org"),
        ("phone", "+41791"),
    }


def test_stripe_payments(read: Read) -> None:
    facts = read("[rates]\nUSD = 0.8\n", unified_payments=STRIPE)
    assert not facts.rejects
    assert [
        (row["purchase_id"], row["customer_id"], row["amount"], row["kind"]) for row in rows(facts, "purchases")
    ] == [
        ("ch_1", "cus_1", Decimal("19.96"), "sale"),
        ("ch_2", "email:bob@x.org", Decimal(10), "subscription"),
        ("ch_2-refund", "email:bob@x.org", Decimal(-10), "return"),
    ]
    assert rows(facts, "purchases")[2]["at"] == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert {(row["kind"], row["value"]) for row in rows(facts, "handles") if row["customer_id"] == "cus_1"} == {
        ("card", "fp1"),
        ("email", "ann@x.org"),
    }


def test_zendesk_tickets(read: Read) -> None:
    facts = read('[firm]\ntimezone = "Europe/Zurich"\n', tickets=ZENDESK)
    assert not facts.rejects
    first, second = rows(facts, "messages")
    assert first == {
        "message_id": "zendesk:35",
        "at": datetime(2026, 1, 2, 10, tzinfo=UTC),
        "source": "zendesk",
        "channel": "email",
        "author": "ann@x.org",
        "customer_id": "email:ann@x.org",
        "text": "My download failed",
        "thread": "zendesk:35",
        "to_us": True,
    }
    assert second["customer_id"] == "bob"
    assert rows(facts, "actions") == [
        {
            "action_id": "zendesk:35:first reply",
            "message_id": "zendesk:35",
            "at": datetime(2026, 1, 2, 11, 30, tzinfo=UTC),
            "staff": "Bea",
            "kind": "reply",
            "channel": "email",
        }
    ]


def test_zendesk_tickets_as_json(read: Read) -> None:
    facts = read(
        tickets__jsonl='{"id": 35, "subject": "Help", "description": "It failed.", "requester_id": 99, "created_at":'
        ' "2026-01-02T10:00:00Z", "via": {"channel": "email", "source": {"rel": null}}, "status": "open"}\n'
    )
    (row,) = rows(facts, "messages")
    assert (row["message_id"], row["text"], row["channel"], row["author"]) == (
        "zendesk:35",
        "Help\nIt failed.",
        "email",
        "99",
    )


def test_typeform_responses(read: Read) -> None:
    facts = read('[firm]\ntimezone = "Europe/Zurich"\n', purchases=PURCHASE, responses=TYPEFORM)
    assert not facts.rejects
    assert rows(facts, "responses") == [
        {
            "response_id": "abc",
            "survey": "typeform",
            "customer_id": "email:ann@x.org",
            "at": datetime(2026, 1, 2, 10, 1, tzinfo=UTC),
            "score": 9,
            "comment": "Great help",
        }
    ]


PURCHASE = "purchase_id,customer_id,at,amount\n1,ann,2026-01-31,10\n"


def test_delighted_responses(read: Read) -> None:
    facts = read(
        purchases=PURCHASE,
        nps__jsonl='{"id": "1", "person": "10", "survey_type": "nps", "score": 0, "comment": "no", "created_at": 1767348000,'
        ' "person_properties": {"customer_id": "ann", "staff": "Bea"}}\n',
    )
    assert rows(facts, "responses") == [
        {
            "response_id": "delighted:1",
            "survey": "nps",
            "customer_id": "ann",
            "at": datetime(2026, 1, 2, 10, tzinfo=UTC),
            "score": 0,
            "comment": "no",
            "staff": "Bea",
        }
    ]


def test_trustpilot_reviews(read: Read) -> None:
    facts = read(reviews=TRUSTPILOT)
    assert not facts.rejects
    first, second = rows(facts, "messages")
    assert first == {
        "message_id": "trustpilot:r1",
        "at": datetime(2026, 1, 2, 10, tzinfo=UTC),
        "source": "trustpilot",
        "channel": "review",
        "author": "Ann L",
        "customer_id": "email:ann@x.org",
        "text": "Never again\nThe fee is a joke.",
        "language": "en",
        "rating": 1.0,
        "place": "Bern",
        "url": "https://www.trustpilot.com/reviews/r1",
        "to_us": False,
    }
    assert "customer_id" not in second  # an account that speaks is not yet a customer
    assert rows(facts, "actions")[0]["at"] == datetime(2026, 1, 3, 9, tzinfo=UTC)
    assert {(row["kind"], row["value"]) for row in rows(facts, "handles")} == {
        ("account", "u1"),
        ("email", "ann@x.org"),
    }


def test_a_dialect_can_be_corrected_in_goodwill_toml(read: Read) -> None:
    facts = read('[columns.purchases]\namount = "Subtotal"\n', orders=SHOPIFY_ORDERS.replace("paid,", "paid,", 1))
    assert rows(facts, "purchases")[0]["amount"] == Decimal(30)


def test_an_export_that_is_named_after_our_table_is_still_recognised(read: Read) -> None:
    facts = read(purchases=SHOPIFY_ORDERS)
    assert len(rows(facts, "purchases")) == 3


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: f"{dialect.name}/{dialect.marks[0]}")
def test_a_header_of_marks_alone_is_recognised_and_breaks_nothing(read: Read, dialect: Any) -> None:
    facts = read(purchases=PURCHASE, export=",".join(dialect.marks) + "\n")
    assert any(mapped.how == dialect.name for mapped in facts.mapping if mapped.file == "export.csv") or facts.rejects
