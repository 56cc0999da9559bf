"""Who speaks for which organisation, so that the one who advises a large account is seen."""

from __future__ import annotations

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.know import advisers, overcounted, voices
from goodwill.lake import Facts


def firm(roles: list[dict[str, object]]) -> Facts:
    people = [
        {"customer_id": "o1", "name": "Acme", "kind": "organisation"},
        {"customer_id": "o2", "name": "Brook", "kind": "organisation"},
        {"customer_id": "c1", "name": "Clara Frost", "kind": "person"},
    ]
    given = {"people": people, "roles": roles}
    return Facts.from_arrow(
        Firm(),
        {
            name: pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in TABLES[name].arrow]))
            for name, rows in given.items()
        },
    )


def role(customer: str, organisation: str, what: str, say: float | None, by: str | None = "Ida") -> dict[str, object]:
    return {"customer_id": customer, "organisation_id": organisation, "role": what, "say": say, "entered_by": by}


MONEY = pa.table({"customer_id": ["o1", "o2", "c1"], "generated": [100_000.0, 500.0, 24.95]})


def test_the_one_who_advises_a_large_account_is_seen() -> None:
    facts = firm(
        [
            role("c1", "o1", "adviser", 0.4),
            role("c1", "o1", "user", None),
            role("c2", "o2", "adviser", 0.9),
            role("c3", "o1", "buyer", 0.5),
            role("c4", "o1", "adviser", 1.0, by=None),  # nobody signed it
        ]
    )
    found = voices(facts, MONEY).to_pylist()
    assert [(row["customer_id"], row["counted"]) for row in found] == [("c3", 50_000), ("c1", 40_000), ("c2", 450)]
    assert found[1]["roles"] == ["adviser", "user"] and found[1]["name"] == "Clara Frost"
    assert found[1]["brings"] == 100_000 and found[1]["entered_by"] == "Ida"
    assert [row["customer_id"] for row in advisers(facts, MONEY).to_pylist()] == ["c1"]


def test_without_roles_or_say_nothing_is_made_up() -> None:
    assert voices(firm([]), MONEY).num_rows == advisers(firm([]), MONEY).num_rows == 0
    found = voices(firm([role("c1", "o9", "adviser", None)]), MONEY).to_pylist()
    assert found[0]["brings"] is None and found[0]["counted"] is None


def test_shares_that_add_up_to_more_than_the_whole_are_named() -> None:
    facts = firm([role("c1", "o1", "buyer", 0.7), role("c2", "o1", "adviser", 0.6), role("c1", "o2", "buyer", 1.0)])
    assert overcounted(facts) == ("the say entered for the people of 'o1' adds up to 130%; enter shares of 1",)
