"""Handles to customers."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.know import identify
from goodwill.know.unite import SHARED_BY, unite
from goodwill.lake import Facts

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def facts_of(**tables: list[dict[str, object]]) -> Facts:
    return Facts.from_arrow(
        Firm(),
        {
            name: pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in TABLES[name].arrow]))
            for name, rows in tables.items()
        },
    )


def handle(customer: str, kind: str, value: str, **more: object) -> dict[str, object]:
    return {"customer_id": customer, "kind": kind, "value": value, **more}


def message(number: str, **more: object) -> dict[str, object]:
    return {"message_id": number, "at": NOON, "text": "hello", **more}


def authors(facts: Facts) -> dict[str, str | None]:
    table = identify(facts).facts.arrow("messages")
    return dict(zip(table["message_id"].to_pylist(), table["customer_id"].to_pylist(), strict=True))


def test_one_person_across_order_chat_and_post() -> None:
    facts = facts_of(
        purchases=[{"purchase_id": "4471", "customer_id": "email:dana@whit.example", "at": NOON, "amount": 24}],
        people=[{"customer_id": "c1", "name": "Dana"}],
        handles=[
            handle("c1", "email", "Dana@Whit.example "),
            handle("email:dana@whit.example", "email", "dana@whit.example"),
            handle("c1", "account", "@DanaW", channel="twitter"),
        ],
        messages=[
            message("chat", author="DANA@whit.example", channel="chat"),
            message("post", author="danaw", channel="Twitter"),
            message("other", author="danaw", channel="forum"),
        ],
    )
    known = identify(facts)
    assert known.facts.arrow("purchases")["customer_id"].to_pylist() == ["c1"]
    assert authors(facts) == {"chat": "c1", "post": "c1", "other": None}
    assert known.facts.arrow("people")["customer_id"].to_pylist() == ["c1"]
    assert known.facts.arrow("people")["name"].to_pylist() == ["Dana"]
    assert "1 records were united" in known.notes[0]


def test_an_account_without_a_channel_holds_everywhere() -> None:
    facts = facts_of(
        handles=[handle("c1", "account", "hexgear")],
        messages=[message("1", author="@HexGear", channel="forum"), message("2", author="hexgear", channel="twitter")],
    )
    assert authors(facts) == {"1": "c1", "2": "c1"}


def test_a_probable_handle_is_a_hint_and_names_nobody() -> None:
    facts = facts_of(
        handles=[handle("c1", "account", "rigbuilder", confidence=0.8)], messages=[message("1", author="rigbuilder")]
    )
    assert authors(facts) == {"1": None}


def test_a_handle_of_two_people_names_neither_and_a_house_address_unites_nobody() -> None:
    many = [handle(f"c{i}", "email", "info@shop.example") for i in range(SHARED_BY + 1)]
    facts = facts_of(handles=many, messages=[message("1", author="info@shop.example")])
    known = identify(facts)
    assert len(set(known.links["customer_id"].to_pylist())) == SHARED_BY + 1
    assert authors(facts) == {"1": None}
    assert any("email|info@shop.example" in note for note in known.notes)


def test_an_organisation_is_never_united_with_a_person() -> None:
    facts = facts_of(
        people=[{"customer_id": "org", "kind": "organisation"}, {"customer_id": "p", "kind": "person"}],
        handles=[handle("org", "email", "anna@northwind.example"), handle("p", "email", "anna@northwind.example")],
    )
    assert set(identify(facts).links["customer_id"].to_pylist()) == {"org", "p"}


def test_nobody_is_called_anonymous() -> None:
    facts = facts_of(messages=[message("1", author="Anonymous", customer_id="c1"), message("2", author="anonymous")])
    assert authors(facts) == {"1": "c1", "2": None}


def test_names_never_unite() -> None:
    facts = facts_of(handles=[handle("a", "name", "Kim Lee"), handle("b", "name", "Kim Lee")])
    assert set(identify(facts).links["customer_id"].to_pylist()) == {"a", "b"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 15)), max_size=60))
def test_unite_finds_the_connected_parts(pairs: list[tuple[int, int]]) -> None:
    records = [f"{i:02}" for i in range(31)]
    united = unite(
        pa.array(records),
        pa.array([f"{a:02}" for a, _ in pairs], pa.string()),
        pa.array([str(b) for _, b in pairs], pa.string()),
    )
    holders: dict[int, set[int]] = {}
    for record, key in pairs:
        holders.setdefault(key, set()).add(record)
    root = list(range(31))
    for _ in range(31):  # the slow and obvious way: spread the smallest until nothing changes
        for who in holders.values():
            if len(who) <= SHARED_BY:
                least = min(root[r] for r in who)
                for r in who:
                    root[r] = least
    for _ in range(31):
        root = [root[r] for r in root]
    same = {(a, b) for a in range(31) for b in range(31) if root[a] == root[b]}
    person = united.person.to_pylist()
    assert {(a, b) for a in range(31) for b in range(31) if person[a] == person[b]} == same
