"""The valuation of everybody over the store: the same sums as a run over files, swapped in whole; on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from service.live.filling import NOW, bought, drain, put, said

if TYPE_CHECKING:
    from pathlib import Path

    from goodwill.pipeline import Result
    from service.conftest import Service

CUSTOMERS, SEED = 250, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented firm's files, small."""
    from goodwill import demo

    place = tmp_path_factory.mktemp("firm")
    demo.make(place, customers=CUSTOMERS, seed=SEED)
    return place


@pytest.fixture(scope="module")
def run(folder: Path) -> Result:
    """What a run over the files says."""
    from goodwill import demo, pipeline

    return pipeline.run(folder, as_of=demo.AS_OF)


@pytest.fixture
def filled(service: Service, folder: Path, run: Result) -> Service:
    """The same firm in the store."""
    from goodwill import listen
    from goodwill.facts import TABLES
    from goodwill.service import intake

    (service.home / "goodwill.toml").write_bytes((folder / "goodwill.toml").read_bytes())
    facts = listen.read_folder(folder)
    for name in TABLES:
        rows = [_given(row) for row in facts.arrow(name).to_pylist()]
        if rows:
            intake.store_rows(name, rows, source="", by="test")
    drain()
    return service


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def test_the_store_holds_the_facts_as_files_do(filled: Service, folder: Path) -> None:
    from goodwill import listen
    from goodwill.facts import TABLES
    from goodwill.service import live

    of_files, of_store = listen.read_folder(folder), live.facts()
    for name in TABLES:
        theirs, ours = of_files.arrow(name), of_store.arrow(name)
        assert ours.num_rows == theirs.num_rows, name
        for column in TABLES[name].names:
            assert ours[column].to_pylist() == theirs[column].to_pylist(), f"{name}.{column}"


@pytest.mark.slow
def test_a_valuation_says_what_a_run_says(filled: Service, run: Result) -> None:
    from goodwill.facts import LEDGER, WORTH
    from goodwill.service import live
    from goodwill.service.live import tables
    from goodwill.service.store.models import Line, Reading, Tie, Valuation, Worth

    told: list[tuple[str, float]] = []
    done = live.revalue(lambda step, share: told.append((step, share)), as_of=run.as_of)
    assert done.state == Valuation.DONE
    assert told[-1] == ("done", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)

    worth = tables.few("worth", WORTH.arrow, rest='ORDER BY t."customer_id"')
    theirs = run.worth.sort_by("customer_id")
    for name in WORTH.names:
        assert worth[name].to_pylist() == theirs[name].to_pylist(), name
    lines = tables.few("line", LEDGER.arrow)
    assert lines.num_rows == run.ledger.num_rows
    assert pc.sum(lines["amount"]).as_py() == pc.sum(run.ledger["amount"]).as_py()
    assert set(Line.objects.values_list("valuation", flat=True)) == {done.pk}
    assert Tie.objects.count() == run.valuation.ties.num_rows
    assert Reading.objects.count() == run.readings.num_rows
    moods = dict(zip(run.readings["message_id"].to_pylist(), run.readings["mood"].to_pylist(), strict=True))
    assert dict(Reading.objects.values_list("message_id", "mood")) == moods

    fifths = list(
        Worth.objects.exclude(customer_id="pool").order_by("worth", "customer_id").values_list("fifth", flat=True)
    )
    assert fifths == sorted(fifths)
    assert set(fifths) == {1, 2, 3, 4, 5}
    assert Worth.objects.exclude(name="").count() > CUSTOMERS / 2

    assert done.checks["reconciliation"]["balanced"] is True
    assert done.parameters["spend"]["model"]
    assert done.parameters["firm"]["assumptions"]["influence_share"]["value"] > 0
    assert len(done.proof["causes"]) == len(run.proof.causes)
    assert done.proof["promises"]["waiting"]
    json.dumps([done.parameters, done.checks, done.proof], allow_nan=False)

    now = live.now(500)[0]
    assert [row["message_id"] for row in now] == run.now["message_id"].to_pylist()[:500]
    assert [row["stake"] for row in now] == run.now["stake"].to_pylist()[:500]


@pytest.mark.slow
def test_a_statement_adds_up_to_the_worth(filled: Service, run: Result) -> None:
    from decimal import Decimal

    from goodwill.ledger.statement import statement
    from goodwill.service import live
    from goodwill.service.store.models import Worth

    live.revalue(as_of=run.as_of)
    for customer in Worth.objects.order_by("-follows").exclude(customer_id="pool")[:5]:
        found = live.statement(customer.customer_id)
        assert found is not None
        assert found["lines"][-1]["balance"] == customer.worth
        assert sum(
            (line["happened"] or line["expected"] or Decimal(0)) for line in found["lines"] if line["counts"]
        ) == (customer.worth)
        theirs = statement(run.ledger, customer.customer_id).to_pylist()
        assert found["lines"] == theirs
        page = live.customer(customer.customer_id)
        assert page["worth"]["worth"] == customer.worth
        assert page["name"] == customer.name
        assert page["purchased"]["number"] >= len(page["purchases"]) > 0 or page["purchased"]["number"] > 0


def two_buyers() -> None:
    put("people", {"customer_id": "a", "name": "Ann"}, {"customer_id": "b", "name": "Ben"})
    put("purchases", *(bought(f"{who}{n}", who, days=20 * n + 3) for who in "ab" for n in range(3)))


def test_an_unfinished_valuation_leaves_the_old_one_standing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import live
    from goodwill.service.live import revaluing
    from goodwill.service.store.models import Line, Valuation, Worth

    two_buyers()
    first = live.revalue()
    shown = list(Worth.objects.order_by("customer_id").values())
    statement = live.statement("a")

    def breaks(*_: Any) -> pa.Table:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(revaluing.people, "rows_of", breaks)
    put("purchases", bought("a9", "a", days=1, amount="900.00"))
    with pytest.raises(RuntimeError, match="the disk is full"):
        live.revalue()
    assert Valuation.objects.order_by("-pk").values_list("state", flat=True)[0] == Valuation.FAILED
    assert list(Worth.objects.order_by("customer_id").values()) == shown
    assert live.statement("a") == statement
    monkeypatch.undo()
    third = live.revalue()
    assert third.pk > first.pk
    assert Worth.objects.get(pk="a").worth > shown[0]["worth"]
    assert set(Line.objects.values_list("valuation", flat=True)) == {third.pk}  # what both others left is gone


def test_a_valuation_that_was_overtaken_gives_way(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.errors import GoodwillError
    from goodwill.service import live
    from goodwill.service.live import revaluing
    from goodwill.service.store.models import Valuation

    two_buyers()
    write = revaluing._write_readings

    def meanwhile(*given: Any) -> None:
        write(*given)
        Valuation.objects.create(as_of=NOW, state=Valuation.DONE, finished=NOW)

    monkeypatch.setattr(revaluing, "_write_readings", meanwhile)
    with pytest.raises(GoodwillError, match="a later valuation was finished meanwhile"):
        live.revalue()


def test_an_empty_store_can_be_valued(service: Service) -> None:
    from goodwill.service import live

    done = live.revalue()
    assert (done.state, done.checks["customers"]) == ("done", 0)
    assert live.now() == ([], None)
    assert live.customer("nobody") is None
    assert live.statement("nobody") is None


def test_new_topics_are_found_in_old_messages_at_the_next_valuation(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Reading, Setting

    put("messages", said("chat:1", "The parcel never arrived!"))
    live.revalue()
    assert Reading.objects.get().topics == []
    Setting.objects.create(name="topics.delivery", value=["parcel"], by="anna")
    live.revalue()
    assert Reading.objects.get().topics == ["delivery"]


def test_the_firm_is_the_file_with_the_settings_over_it(service: Service) -> None:
    from goodwill.errors import SettingsError
    from goodwill.service import live
    from goodwill.service.store.models import Setting

    assert live.firm().name == "The firm"
    (service.home / "goodwill.toml").write_text('[firm]\nname = "Hedgerow"\ncurrency = "USD"\n')
    assert (live.firm().name, live.firm().currency) == ("Hedgerow", "USD")
    assert live.firm() is live.firm()
    Setting.objects.create(name="firm.currency", value="CHF", by="anna")
    Setting.objects.create(name="alerts.quiet", value=[22, 7], by="anna")  # the service's own
    assert (live.firm().name, live.firm().currency, live.firm().unknown) == ("Hedgerow", "CHF", ())
    Setting.objects.filter(name="firm.currency").delete()
    assert live.firm().currency == "USD"
    (service.home / "goodwill.toml").write_text('[firm]\nname = "Hedgerow"\ncurrency = "dollars"\n')
    with pytest.raises(SettingsError, match=r"goodwill\.toml, firm\.currency"):
        live.firm()


def test_corrected_facts_count_in_a_valuation(service: Service) -> None:
    from decimal import Decimal

    from goodwill.service import live

    two_buyers()
    put(
        "corrections",
        {"table": "purchases", "key": "a0", "field": "amount", "value": "70.00", "at": bought("", "", days=2)["at"]},
        {"table": "purchases", "key": "a0", "field": "amount", "value": "71.5", "at": NOW},
        {"table": "purchases", "key": "a1", "field": "customer_id", "value": "none", "at": NOW},
        {"table": "purchases", "key": "b1", "field": "amount", "value": "much", "at": NOW},
    )
    rows = {row["purchase_id"]: row for row in live.facts(["purchases"]).arrow("purchases").to_pylist()}
    assert (rows["a0"]["amount"], rows["b1"]["amount"]) == (Decimal("71.50"), Decimal("40.00"))
    assert rows["a1"]["customer_id"] is None
    only = live.facts(["purchases"], customers=["a"], since=NOW - timedelta(days=365)).arrow("purchases")
    assert set(only["customer_id"].to_pylist()) == {"a"}


def test_the_lake_takes_what_is_new_and_can_be_taken_up_again(service: Service) -> None:
    import duckdb

    from goodwill.service import live

    two_buyers()
    assert live.export_lake() == {"people": 2, "purchases": 6}
    assert live.export_lake() == {}
    put("purchases", bought("c1", "a", days=1))
    put("messages", said("chat:1", "It is broken"))
    lake = service.home / "lake"
    marks = json.loads((lake / "exported.json").read_text())
    assert live.export_lake() == {"purchases": 1, "messages": 1}
    (lake / "exported.json").write_text(json.dumps(marks))  # as if the machine had died before the mark was written
    assert live.export_lake() == {"purchases": 1, "messages": 1}
    found = duckdb.sql(f"SELECT purchase_id, amount FROM '{lake}/purchases/*/*.parquet' ORDER BY 1").fetchall()
    assert [name for name, _ in found] == ["a0", "a1", "a2", "b0", "b1", "b2", "c1"]
    assert {str(amount) for _, amount in found} == {"40.00"}
    months = {folder.name for folder in (lake / "purchases").iterdir()}
    assert f"month={bought('x', 'a', days=3)['at']:%Y-%m}" in months


def test_careful_reading_leaves_all_as_it_is_where_the_model_is_not_there(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Reading
    from goodwill.understand import careful

    put("messages", said("chat:1", "Well, that was quite something."))
    if live.careful_can_read():
        assert live.read_carefully() + Reading.objects.filter(lane="fast").count() == 1
        assert live.read_carefully() == 0
    else:
        assert not careful.available()
        assert live.read_carefully() == 0
        assert Reading.objects.get().lane == "fast"
