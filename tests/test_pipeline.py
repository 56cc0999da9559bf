"""The main path: the present, what a run leaves out, and that the same input gives the same output."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import goodwill as gw
from goodwill import demo
from goodwill.errors import InputError
from goodwill.facts import LEDGER, NOW, READINGS, TABLES, WORTH
from goodwill.firm import Firm, FirmSection
from goodwill.lake import Facts
from goodwill.pipeline import Result


def facts_of(zone: str = "UTC", **tables: list[dict[str, Any]]) -> Facts:
    loose = {name: pa.schema([f.with_nullable(True) for f in TABLES[name].arrow]) for name in tables}
    arrow = {name: pa.Table.from_pylist(rows, schema=loose[name]) for name, rows in tables.items()}
    return Facts.from_arrow(Firm(firm=FirmSection(timezone=zone)), arrow)


def order(number: int, at: datetime) -> dict[str, Any]:
    return {"purchase_id": f"o{number}", "customer_id": f"c{number % 5}", "at": at, "amount": Decimal("20.00")}


def orders() -> list[dict[str, Any]]:
    return [order(number, datetime(2026, 1 + number, 15, 23, 30, tzinfo=UTC)) for number in range(10)]


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("invented")
    demo.make(folder, customers=300, seed=7)
    return folder


@pytest.fixture(scope="module")
def result(invented: Path) -> Result:
    return gw.run(invented)


def test_the_present_is_the_latest_fact() -> None:
    assert gw.run(facts_of(purchases=orders())).as_of == datetime(2026, 10, 15, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("day", ["2026-09-16", date(2026, 9, 16)])
def test_a_day_means_its_end_where_the_firm_is(day: str | date) -> None:
    result = gw.run(facts_of("Europe/Zurich", purchases=orders()), as_of=day)
    assert result.as_of == datetime(2026, 9, 16, 21, 59, 59, 999999, tzinfo=UTC)


def test_what_came_later_is_left_out() -> None:
    early = gw.run(facts_of(purchases=orders()[:6]), as_of="2026-07-01")
    late = gw.run(facts_of(purchases=orders()), as_of="2026-07-01")
    assert early.worth.equals(late.worth)
    assert late.facts.arrow("purchases").num_rows == 6


def test_a_date_that_is_none_is_said() -> None:
    with pytest.raises(InputError, match=r"as_of: 'yesterday' is no date; write it as 2026-11-01"):
        gw.run(facts_of(purchases=orders()), as_of="yesterday")


def test_nothing_at_all_is_said() -> None:
    with pytest.raises(InputError, match="there is no fact with a time; bring purchases or messages"):
        gw.run(facts_of())


def test_a_setting_that_nobody_knows_is_a_note() -> None:
    facts = facts_of(purchases=orders())
    firm = Firm.from_mapping({"colours": {"paper": "white"}})
    assert gw.run(replace(facts, firm=firm)).notes[0].startswith("goodwill.toml, colours: no such setting")


def test_a_horizon_of_no_days_is_said() -> None:
    with pytest.raises(InputError, match="a horizon of 0 days"):
        gw.run(facts_of(purchases=orders()), horizon_days=0)


def test_the_four_tables_are_as_the_vocabulary_says(result: Result) -> None:
    for found, wanted in (
        (result.worth, WORTH),
        (result.ledger, LEDGER),
        (result.readings, READINGS),
        (result.now, NOW),
    ):
        assert found.schema.names == list(wanted.names), wanted.name
        assert [field.type for field in found.schema] == [column.type for column in wanted], wanted.name


def test_every_value_is_one_that_the_vocabulary_allows(result: Result) -> None:
    for found, table in ((result.worth, WORTH), (result.readings, READINGS), (result.now, NOW)):
        for column in table:
            values = [value for value in found[column.name].to_pylist() if value is not None]
            if column.choices:
                assert set(values) <= set(column.choices), f"{table.name}.{column.name}"
            if column.low is not None and column.high is not None:
                assert all(column.low <= value <= column.high for value in values), f"{table.name}.{column.name}"


def test_the_same_input_gives_the_same_output(invented: Path, result: Result, tmp_path: Path) -> None:
    again = gw.run(invented)
    for name in ("worth", "ledger", "readings", "now"):
        assert getattr(again, name).equals(getattr(result, name)), name
    result.write(tmp_path / "a")
    again.write(tmp_path / "b")
    for file in ("worth.parquet", "ledger.parquet", "readings.parquet", "now.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_there_is_no_nan_anywhere(result: Result) -> None:
    for table in (result.worth, result.ledger, result.readings, result.now, result.valuation.ties):
        for name, column in zip(table.column_names, table.columns, strict=True):
            if pa.types.is_floating(column.type):
                assert not np.isnan(column.drop_null().to_numpy()).any(), name


def test_the_books_balance_to_the_cent(result: Result) -> None:
    worth = result.worth.to_pylist()
    assert sum(row["worth"] for row in worth) == sum(row["generated"] for row in worth)
    lines: dict[str, Decimal] = {}
    for line in result.ledger.to_pylist():
        if line["kind"] != "reach":
            lines[line["customer_id"]] = lines.get(line["customer_id"], Decimal(0)) + line["amount"]
    assert sum(lines.values()) == 0, "every line has its counter-line"
    for row in worth:
        assert lines.get(row["customer_id"], Decimal(0)) == row["worth"], row["customer_id"]


def test_no_complaint_lowers_anybodys_sums_or_standing(invented: Path, result: Result) -> None:
    """The run is made again without any message that complains or warns; nobody may have been better off."""
    complaining = {
        row["message_id"]
        for row in result.readings.to_pylist()
        if {"complaint", "warning", "leaving"} & set(row["intents"])
    }
    facts = gw.read(invented)
    messages = facts.arrow("messages")
    kept = messages.filter(pa.array([number not in complaining for number in messages["message_id"].to_pylist()]))
    silent = gw.run(facts.with_tables({"messages": kept}), as_of=result.as_of)
    ladder = {"none": 0, "loyal": 1, "committed": 2, "apostle": 3, "owner": 4}
    before = {row["customer_id"]: row for row in silent.worth.to_pylist()}
    assert len(complaining) > 20
    for row in result.worth.to_pylist():
        if row["customer_id"] in before:
            for figure in ("follows", "worth"):
                assert row[figure] >= before[row["customer_id"]][figure], (row["customer_id"], figure)
            assert ladder[row["standing"]] >= ladder[before[row["customer_id"]]["standing"]], row["customer_id"]
