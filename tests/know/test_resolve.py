"""Who is probably who: the labelled sets, the order of rows, reasons, and what must never rest on it."""

from __future__ import annotations

import csv
import gzip
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goodwill.errors import InputError
from goodwill.know import Index, Model, Resolution, resolution, resolve

_GIVEN = "anna bob clara david eva felix greta hans ida jan kate leo mia nico olga paul rita sam tara uwe"
_SURNAMES = "abel berg cole dorn eder frost gold haas iten jost kern lang moor nagel otto pohl rau stone tobler uhl"
GIVEN, SURNAMES = _GIVEN.split(), _SURNAMES.split()


def made(people: int = 150, seed: int = 3) -> tuple[pa.Table, dict[str, int]]:
    """People with one to three records each; a letter is wrong in some, a value missing in others."""
    rng = np.random.default_rng(seed)
    rows, truth = [], {}
    for person in range(people):
        given, surname = GIVEN[rng.integers(20)], SURNAMES[rng.integers(20)] + "aeiou"[rng.integers(5)]
        born = str(np.datetime64("1950-01-01") + int(rng.integers(0, 20_000)))
        mail = f"{given}.{surname}{rng.integers(99)}@mail.example"
        for _ in range(int(rng.integers(1, 4))):
            row: dict[str, Any] = {"first_name": given, "surname": surname, "dob": born, "email": mail}
            for name in row:
                if rng.random() < 0.15:
                    at = int(rng.integers(len(row[name])))
                    row[name] = row[name][:at] + str(row[name][at + 1 :]) if rng.random() < 0.5 else None
            row["record_id"] = f"r{rng.integers(10**9)}"
            truth[row["record_id"]] = person
            rows.append(row)
    return pa.Table.from_pylist(rows), truth


def f1(people: pa.Table, truth: dict[str, Any]) -> float:
    def pairs(labels: list[Any]) -> int:
        counts = np.unique([str(label) for label in labels], return_counts=True)[1].astype(np.int64)
        return int((counts * (counts - 1) // 2).sum())

    found, true = people["customer_id"].to_pylist(), [truth[one] for one in people["record_id"].to_pylist()]
    both = pairs(list(zip(found, true, strict=True)))
    return 2 * both / (pairs(found) + pairs(true))


@pytest.fixture(scope="module")
def small() -> tuple[pa.Table, dict[str, int], Resolution]:
    table, truth = made()
    return table, truth, resolution(table)


@pytest.mark.slow
def test_most_people_are_found_again(small: tuple[pa.Table, dict[str, int], Resolution]) -> None:
    table, truth, found = small
    assert f1(found.people, truth) > 0.93
    assert found.people.column_names == ["record_id", "customer_id", "match_probability"]
    assert found.people["record_id"].to_pylist() == table["record_id"].to_pylist()
    probability = found.people["match_probability"].to_numpy()
    assert ((probability >= 0) & (probability <= 1)).all()
    for customer, record in zip(found.people["customer_id"].to_pylist(), table["record_id"].to_pylist(), strict=True):
        assert customer <= record  # the first of the person's ids
    assert found.cut.weight < 0 and any("that cut was chosen because" in note for note in found.notes)
    assert any("blocking rules let" in note for note in found.notes)
    assert all(rule.reach > 0 and rule.said.startswith("the same") for rule in found.model.rules)


@pytest.mark.slow
def test_the_order_of_rows_and_columns_of_names_changes_nothing(
    small: tuple[pa.Table, dict[str, int], Resolution],
) -> None:
    table, _, found = small
    order = np.random.default_rng(5).permutation(table.num_rows)
    again = resolve(table.take(pa.array(order)))
    assert again.sort_by("record_id").equals(found.people.sort_by("record_id"))


@pytest.mark.slow
def test_reasons_add_up_to_what_splink_says(small: tuple[pa.Table, dict[str, int], Resolution]) -> None:
    _, _, found = small
    links = found.links.to_pylist()
    for link in links[:: max(len(links) // 25, 1)]:
        why = found.explain(link["left_id"], link["right_id"])
        assert why.bits == pytest.approx(link["bits"], abs=0.01)
        assert why.bits == pytest.approx(sum(reason.bits for reason in why.reasons), abs=1e-6)
        assert why.probability == pytest.approx(link["probability"], abs=0.002)
        assert why.reasons[0].what == "before anything is compared"
        assert [reason.what for reason in why.reasons[1:]] == ["first_name and surname", "dob", "email"]
    assert "likely one person" in str(found.explain(links[0]["left_id"], links[0]["right_id"]))
    with pytest.raises(InputError, match="there is no record 'x'; give an id of the table"):
        found.explain("x", links[0]["left_id"])


@pytest.mark.slow
def test_a_newcomer_is_placed_by_a_model_kept_as_json(small: tuple[pa.Table, dict[str, int], Resolution]) -> None:
    table, _, found = small
    text = found.model.to_json()
    assert not any(word in text for word in ("mail.example", "berga", "1950", "r1"))  # no value of anybody's
    model = Model.from_json(text)
    assert model == found.model
    index = Index(model, table, found.people["customer_id"])
    row = next(row for row in table.to_pylist() if all(row.values()))
    customer = found.people["customer_id"].to_pylist()[table["record_id"].to_pylist().index(row["record_id"])]
    best = index.place({"first_name": row["first_name"], "surname": row["surname"], "email": row["email"]})[0]
    assert best.customer_id == customer and best.probability > 0.9
    assert best.probability == best.link.probability and len(best.link.reasons) == 4
    assert index.place({"first_name": "Zaphod", "surname": "Beeblebrox", "email": "z@heart.example"}) == ()
    before = len(index)
    index.add({"first_name": "Zaphod", "surname": "Beeblebrox", "email": "z@heart.example"}, "new")
    assert len(index) == before + 1
    assert index.place({"surname": "Beeblebrox", "email": "z@heart.example"})[0].customer_id == "new"
    with pytest.raises(InputError, match="the model knows no column 'shoe_size'; give any of dob, email"):
        index.place({"shoe_size": "44"})
    with pytest.raises(InputError, match="records and 1 customers"):
        Index(model, table, pa.array(["a"]))


def namesakes(people: int = 400, twice: int = 40) -> tuple[pa.Table, set[tuple[str, str]]]:
    """People of few names, whose addresses are their names with two figures; some stand here twice, their address
    spelt wrong. No two records share an address."""
    rng = np.random.default_rng(5)
    rows, truth = [], set()
    for number in range(people):
        family = f"{rng.choice(['Meyer', 'Keller'])}{'abcdefghijklmnopqrstuvwxy'[number % 25]}"
        name = f"{rng.choice(['Anna', 'Bruno', 'Carla', 'Dario'])} {family}"
        mail = f"{name.lower().replace(' ', '.')}{10 + 7 * number % 89}@mail.example"
        phone = f"+4179{rng.integers(10**6, 10**7)}"
        rows.append({"record_id": f"a{number:03d}", "name": name, "email": mail, "phone": phone})
        if number < twice:
            rows.append({**rows[-1], "record_id": f"b{number:03d}", "email": mail.replace("mail.e", "mali.e")})
            truth.add((f"a{number:03d}", f"b{number:03d}"))
    return pa.Table.from_pylist(rows), truth


def test_namesakes_are_told_apart_by_the_figures_in_their_addresses() -> None:
    table, truth = namesakes()
    found = resolution(table)
    proposed = {(row["left_id"], row["right_id"]) for row in found.links.to_pylist() if row["probability"] >= 0.5}
    assert len(proposed & truth) >= 38 and len(proposed - truth) <= 4
    # Nothing is left out for no two records sharing it, and each reason has its own name.
    assert len(found.model.settings["comparisons"]) == len(found.model.plan.evidence) == 3
    assert [reason.what for reason in found.explain("a001", "b001").reasons[1:]] == ["name", "email", "phone"]
    both = found.explain_each([("a001", "b001"), ("a002", "b002")])
    assert both == [found.explain("a001", "b001"), found.explain("a002", "b002")]
    with pytest.raises(InputError, match="there is no record 'z'; give an id of the table"):
        found.explain_each([("a001", "z")])


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"form": 0})])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"this is no model of who is who .*; fit it again"):
        Model.from_json(text)


@pytest.mark.parametrize("records", [1, 2, 3])
def test_the_smallest_tables(records: int) -> None:
    rows = {"record_id": ["1", "2", "3"], "name": ["A Berg", "A Berg", "B Stone"], "email": ["a@x.ch", "a@x.ch", "b@y"]}
    found = resolve(pa.table(rows).slice(0, records))
    assert found["customer_id"].to_pylist() == ["1", "1", "3"][:records]


def test_no_records_and_no_evidence_are_refused() -> None:
    with pytest.raises(InputError, match="there are no records"):
        resolve(pa.table({"record_id": pa.array([], pa.string()), "name": pa.array([], pa.string())}))
    with pytest.raises(InputError, match="no column says who somebody is"):
        resolve(pa.table({"record_id": ["1", "2"]}))


def test_splink_is_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogger("splink").level, logging.getLogger("splink").propagate
    with caplog.at_level(logging.DEBUG):
        resolve(pa.table({"record_id": ["1", "2", "3"], "name": ["A Berg", "A Berg", "B Stone"]}))
    out, err = capfd.readouterr()
    assert out == err == "" and not [record for record in caplog.records if record.name.startswith("splink")]
    assert (logging.getLogger("splink").level, logging.getLogger("splink").propagate) == before


def test_probable_identities_never_change_worth() -> None:
    """Two people who are surely one to the eye stay two in the books until somebody says so."""
    import goodwill as gw
    from goodwill.facts import TABLES
    from goodwill.firm import Firm
    from goodwill.know import History
    from goodwill.lake import Facts

    def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
        return pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in TABLES[name].arrow]))

    people = [{"customer_id": one, "name": "Clara Frostberg"} for one in ("c1", "c2")]
    at = [datetime(2026, month, 3, tzinfo=UTC) for month in (1, 4, 7)]
    bought = [
        {"purchase_id": f"p{number}", "customer_id": f"c{number % 2 + 1}", "at": at[number % 3], "amount": 100 + number}
        for number in range(6)
    ]

    def facts() -> Facts:
        return Facts.from_arrow(Firm(), {"people": table("people", people), "purchases": table("purchases", bought)})

    before = gw.run(facts(), as_of="2026-08-01").worth
    records = pa.table({"record_id": ["c1", "c2"], "name": ["Clara Frostberg"] * 2, "dob": ["1971-06-24"] * 2})
    found = resolution(records)
    assert found.people["customer_id"].to_pylist() == ["c1", "c1"]  # probable: a hint
    after = gw.run(facts(), as_of="2026-08-01").worth
    assert before.equals(after) and set(before["customer_id"].to_pylist()) == {"c1", "c2"}
    history = History()
    assert len(history.proposals(found.links, history.persons(["c1", "c2"]))) == 1
    from goodwill.know import identify

    assert identify(facts(), history).links["customer_id"].to_pylist() == ["c1", "c2"]
    history.confirm("c1", "c2", history.persons(["c1", "c2"]), by="Ida", probability=0.98)
    assert identify(facts(), history).links["customer_id"].to_pylist() == ["c1", "c1"]


def rows_of(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        return [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(opened)]


def labelled(rows: list[dict[str, str]], record_id: str, hidden: set[str]) -> pa.Table:
    columns = {name: [row[name] or None for row in rows] for name in rows[0] if name not in hidden | {record_id}}
    return pa.table({"record_id": [row[record_id] for row in rows], **columns})


@pytest.mark.slow
def test_febrl3(data_dir: Path) -> None:
    rows = rows_of(data_dir / "identity" / "febrl3.csv.gz")
    truth = {row["rec_id"]: row["rec_id"].split("-")[1] for row in rows}
    assert f1(resolve(labelled(rows, "rec_id", set())), truth) >= 0.999


@pytest.mark.slow
def test_fake_1000(data_dir: Path) -> None:
    rows = rows_of(data_dir / "identity" / "fake_1000.csv.gz")
    truth = {row["unique_id"]: row["cluster"] for row in rows}
    assert f1(resolve(labelled(rows, "unique_id", {"cluster"})), truth) >= 0.90


@pytest.mark.slow
def test_historical_figures(data_dir: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(data_dir / "identity" / "historical_figures_with_errors_50k.parquet")
    truth = dict(zip(table["unique_id"].to_pylist(), table["cluster"].to_pylist(), strict=True))
    names = ["record_id" if name == "unique_id" else name for name in table.column_names]
    found = resolution(table.rename_columns(names).drop_columns(["cluster"]))
    assert f1(found.people, truth) >= 0.87
    assert "gender" in dict(found.model.plan.left_out)
