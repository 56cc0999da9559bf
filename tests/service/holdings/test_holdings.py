"""Everything that is held of a customer: complete, marked, in one order, and without anybody else."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.erasing import someone as firm

if TYPE_CHECKING:
    from service.conftest import Service


@pytest.fixture
def bjorn(service: Service) -> Service:
    firm.people(4)
    firm.bjorn()
    return service


def test_every_part_is_there_and_marked(bjorn: Service) -> None:
    from goodwill.service import holdings, live
    from goodwill.service.deeds import answer
    from goodwill.service.holdings import schema
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Case

    live.revalue()
    anna = bjorn.colleague(name="Anna Keller")
    answer.answer(anna, Case.objects.filter(customer_id=firm.ID).first().message_id, "We look for it at once.")
    record(anna, "seen", customer_id=firm.ID, what="statement", purpose="answer me")
    record("token shop", "seen", customer_id=firm.ID, purpose="api")
    held = holdings.everything(firm.ID)
    assert [one.part for one in held.parts] == list(schema.PARTS)
    filled = {one.part.name for one in held.parts if one.rows}
    assert filled >= {
        "people", "handles", "roles", "purchases", "messages", "responses", "contributions", "events", "referrals",
        "actions", "terms", "answers_and_notes", "readings", "cases", "worth", "statement", "links", "looks",
        "terms_now", "kept",
    }  # fmt: skip
    marks = {one.part.name: one.mark for one in held.parts}
    assert marks["messages"] == "provided" and marks["purchases"] == "observed" and marks["worth"] == "inferred"
    assert {row["who"] for row in held["looks"]} >= {"Anna Keller", "a program (shop)"}
    assert {row["purpose"] for row in held["looks"]} >= {"answer me", "api"}
    assert held["roles"][0]["organisation"] == "Acme" and len(held["purchases"]) == 6
    assert held["statement"][-1]["balance"] == held["worth"][0]["worth"]


def test_nobody_else_is_named(bjorn: Service) -> None:
    from goodwill.service import holdings, live

    live.revalue()
    text = holdings.export_json(firm.ID).decode()
    for other in ("other-", "Customer 3", "kindsoul", "twitter:others"):
        assert other not in text, other
    brought = holdings.everything(firm.ID)["referrals"]
    assert [row["side"] for row in brought] == ["brought"]
    reply = {"message_id": "r:1", "at": firm.NOW, "channel": "twitter", "author": f"@{firm.ACCOUNT}", "text": "yes",
             "in_reply_to": "twitter:others"}  # fmt: skip
    firm.put("messages", reply)
    assert "twitter:others" not in holdings.export_json(firm.ID).decode()
    assert holdings.everything(firm.ID)["messages"][-1]["replies_to_others"] is True


def test_both_files_say_the_same_in_one_order(bjorn: Service) -> None:
    from goodwill.service import holdings
    from goodwill.service.holdings import exporting, schema

    held = holdings.everything(firm.ID)
    told = json.loads(exporting.as_json(held))
    assert told["format"] == schema.FORMAT and told["customer_id"] == firm.ID
    assert set(told["ids"]) == {firm.ID, f"email:{firm.EMAIL}"}
    assert exporting.as_json(held) == exporting.as_json(held)
    assert exporting.as_csv_zip(held) == exporting.as_csv_zip(held)
    again = json.loads(holdings.export_json(firm.ID))
    assert {**again, "made": 0} == {**told, "made": 0}
    with zipfile.ZipFile(io.BytesIO(holdings.export_csv_zip(firm.ID))) as whole:
        assert set(whole.namelist()) == {"about.csv", "schema.csv", *(f"{one.name}.csv" for one in schema.PARTS)}
        rows = list(csv.DictReader(io.StringIO(whole.read("purchases.csv").decode())))
    parts = {one["name"]: one["rows"] for one in told["parts"]}
    assert [row["purchase_id"] for row in rows] == [row["purchase_id"] for row in parts["purchases"]]
    assert [float(row["amount"]) for row in rows] == [row["amount"] for row in parts["purchases"]]
    assert rows == sorted(rows, key=lambda row: (row["at"], row["purchase_id"]))


def test_no_cell_is_a_formula(service: Service) -> None:
    from goodwill.service import holdings

    firm.put("people", {"customer_id": "c1", "name": '=HYPERLINK("http://x","y")'})
    firm.put("purchases", {"purchase_id": "+1", "customer_id": "c1", "at": firm.NOW, "amount": "-3.00"})
    with zipfile.ZipFile(io.BytesIO(holdings.export_csv_zip("c1"))) as whole:
        people, bought = (whole.read(f"{name}.csv").decode() for name in ("people", "purchases"))
    assert "\"'=HYPERLINK" in people and "\r\n'+1,c1," in bought and ",-3.00," in bought


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_of_nobody_nothing_is_held(service: Service) -> None:
    from goodwill.service import holdings

    held = holdings.everything("nobody")
    assert {one.part.name for one in held.parts if one.rows} == {"terms_now", "kept"}


def test_the_schema_is_documented() -> None:
    from goodwill.service.holdings import schema

    page = Path(__file__).resolve().parents[3] / "docs" / "export.md"
    assert page.read_text(encoding="utf-8") == schema.page(), "run: python -m goodwill.service.holdings.schema"
