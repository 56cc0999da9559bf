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


def exported(customer_id: str, form: str = "json") -> bytes:
    from goodwill.service import holdings

    made = holdings.export_json if form == "json" else holdings.export_csv_zip
    return b"".join(made(customer_id))


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
    text = exported(firm.ID).decode()
    for other in ("other-", "Customer 3", "kindsoul", "twitter:others"):
        assert other not in text, other
    brought = holdings.everything(firm.ID)["referrals"]
    assert [row["side"] for row in brought] == ["brought"]
    reply = {"message_id": "r:1", "at": firm.NOW, "channel": "twitter", "author": f"@{firm.ACCOUNT}", "text": "yes",
             "in_reply_to": "twitter:others"}  # fmt: skip
    firm.put("messages", reply)
    assert "twitter:others" not in exported(firm.ID).decode()
    assert holdings.everything(firm.ID)["messages"][-1]["replies_to_others"] is True


def test_both_files_say_the_same_in_one_order(bjorn: Service) -> None:
    from goodwill.service import holdings
    from goodwill.service.holdings import exporting, schema

    held = holdings.everything(firm.ID)
    told = json.loads(exported(firm.ID))
    assert told["format"] == schema.FORMAT and told["customer_id"] == firm.ID
    assert set(told["ids"]) == {firm.ID, f"email:{firm.EMAIL}"}
    for made in (exporting.json_of, exporting.csv_zip_of):  # the same rows are the same bytes
        first, second = (b"".join(made({}, [(one.part, one.rows) for one in held.parts])) for _ in range(2))
        assert first == second
    again = json.loads(exported(firm.ID))
    assert {**again, "made": 0} == {**told, "made": 0}
    assert [len(one["rows"]) for one in told["parts"]] == [len(one.rows) for one in held.parts]
    with zipfile.ZipFile(io.BytesIO(exported(firm.ID, "csv"))) as whole:
        assert whole.testzip() is None
        assert set(whole.namelist()) == {"about.csv", "schema.csv", *(f"{one.name}.csv" for one in schema.PARTS)}
        rows = list(csv.DictReader(io.StringIO(whole.read("purchases.csv").decode())))
    parts = {one["name"]: one["rows"] for one in told["parts"]}
    assert [row["purchase_id"] for row in rows] == [row["purchase_id"] for row in parts["purchases"]]
    assert [float(row["amount"]) for row in rows] == [row["amount"] for row in parts["purchases"]]
    assert rows == sorted(rows, key=lambda row: (row["at"], row["purchase_id"]))


def test_no_cell_is_a_formula(service: Service) -> None:
    firm.put("people", {"customer_id": "c1", "name": '=HYPERLINK("http://x","y")'})
    firm.put("purchases", {"purchase_id": "+1", "customer_id": "c1", "at": firm.NOW, "amount": "-3.00"})
    with zipfile.ZipFile(io.BytesIO(exported("c1", "csv"))) as whole:
        people, bought = (whole.read(f"{name}.csv").decode() for name in ("people", "purchases"))
    assert "\"'=HYPERLINK" in people and "\r\n'+1,c1," in bought and ",-3.00," in bought


def test_what_stands_on_a_page_limit_is_neither_lost_nor_told_twice(
    bjorn: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of two rows, many of them at the same instant; and the latest by place, as the door shows them."""
    from goodwill.service import holdings
    from goodwill.service.holdings import exporting, stored
    from goodwill.service.store.audit import record

    same = [{"purchase_id": f"s{n}", "customer_id": firm.ID, "at": firm.NOW, "amount": "1.00"} for n in range(7)]
    firm.put("purchases", *same)
    for number in range(5):
        record("token shop", "seen", customer_id=firm.ID, what=str(number), purpose="api")
    whole = {one.part.name: one.rows for one in holdings.everything(firm.ID).parts}
    monkeypatch.setattr(stored, "AT_ONCE", 2)
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    for one in holdings.everything(firm.ID).parts:
        assert one.rows == whole[one.part.name], one.part.name
    told = {one["name"]: one["rows"] for one in json.loads(exported(firm.ID))["parts"]}
    assert {name: len(rows) for name, rows in told.items()} == {name: len(rows) for name, rows in whole.items()}
    assert [row["purchase_id"] for row in told["purchases"]][-7:] == [f"s{n}" for n in range(7)]
    for name in ("purchases", "messages", "corrections", "answers_and_notes", "cases", "events"):
        paged = [row for first in range(0, 20, 3) for row in holdings.some(firm.ID, name, first, 3)]
        assert len(paged) == len(whole[name]) and [row["at"] for row in paged] == sorted(
            (row["at"] for row in whole[name]), reverse=True
        ), name


@pytest.mark.slow
def test_twenty_thousand_facts_take_no_more_memory_than_a_few(service: Service) -> None:
    """What is made is sent and forgotten: the peak is a small part of the file."""
    import tracemalloc
    from datetime import timedelta

    from goodwill.service import holdings

    few, many = "c1", "c2"
    for who, number in ((few, 600), (many, 20_000)):
        bought = [
            {"purchase_id": f"{who}-{n}", "customer_id": who, "at": firm.NOW - timedelta(minutes=n), "amount": "9.00",
             "channel": "a shop at the corner with a long name"}
            for n in range(number)
        ]  # fmt: skip
        for start in range(0, number, 5_000):
            firm.put("purchases", *bought[start : start + 5_000])

    def peak(who: str, form: str) -> tuple[int, int]:
        made = holdings.export_json if form == "json" else holdings.export_csv_zip
        sum(map(len, made(who)))  # what is imported and cached the first time is not counted
        tracemalloc.start()
        size = sum(map(len, made(who)))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, used

    for form in ("json", "csv"):
        small, large = peak(few, form), peak(many, form)
        assert large[0] > 5 * small[0], form
        assert large[1] < 1.5 * small[1] + 500_000, (form, small, large)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_of_nobody_nothing_is_held(service: Service) -> None:
    from goodwill.service import holdings

    held = holdings.everything("nobody")
    assert {one.part.name for one in held.parts if one.rows} == {"terms_now", "kept"}


def test_the_schema_is_documented() -> None:
    from goodwill.service.holdings import schema

    page = Path(__file__).resolve().parents[3] / "docs" / "export.md"
    assert page.read_text(encoding="utf-8") == schema.page(), "run: python -m goodwill.service.holdings.schema"
