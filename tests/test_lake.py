"""Facts stay as they are, whatever is made of them; what nobody asks for any more makes room."""

from __future__ import annotations

import gc

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.know import History, identify
from goodwill.lake import Facts


def facts_of_two() -> Facts:
    rows = [
        {"customer_id": "a", "kind": "email", "value": "x@y.example"},
        {"customer_id": "b", "kind": "email", "value": "x@y.example"},
    ]
    return Facts.from_arrow(Firm(), {"handles": pa.Table.from_pylist(rows, schema=TABLES["handles"].arrow)})


def names(facts: Facts) -> list[str]:
    return [row[0] for row in facts.lake.connection.con.execute("SHOW TABLES").fetchall()]


def test_the_same_facts_can_be_identified_again() -> None:
    facts = facts_of_two()
    assert identify(facts).links["customer_id"].to_pylist() == ["a", "a"]
    history = History()
    history.split(["b"], history.persons("ab", [("a", "b")]), by="Ida")
    again = identify(facts, history)
    assert again.links["customer_id"].to_pylist() == ["a", "b"]
    assert again.facts.arrow("handles")["customer_id"].to_pylist() == ["a", "b"]
    assert facts.arrow("handles")["customer_id"].to_pylist() == ["a", "b"]


def test_tables_that_nobody_asks_for_any_more_are_dropped() -> None:
    facts = facts_of_two()
    before = names(facts)
    changed = facts.with_tables({"handles": facts.arrow("handles").slice(0, 1)})
    asked = changed.handles.filter(changed.handles.kind == "email").count()
    assert len(names(facts)) == len(before) + 1
    del changed
    gc.collect()
    assert facts.lake.connection.to_pyarrow(asked).as_py() == 1  # an expression still asks for it
    del asked
    gc.collect()
    assert names(facts) == before
