"""What each column holds, and what is never evidence."""

from __future__ import annotations

import pyarrow as pa
import pytest

from goodwill.errors import InputError
from goodwill.know.resolving.evidence import plan, prepare
from goodwill.know.resolving.kinds import Kind
from goodwill.know.resolving.nicknames import stands_for
from goodwill.know.resolving.profile import profile
from goodwill.know.resolving.spelling import latin, name_words, number, skeleton


def kinds(**columns: list[str | None]) -> dict[str, Kind]:
    rows = len(next(iter(columns.values())))
    table = pa.table({"record_id": [str(row) for row in range(rows)], **columns})
    return {column.name: column.kind for column in profile(table).columns}


def test_a_column_is_known_by_its_values_and_its_name() -> None:
    found = kinds(
        vorname=["Jörg", "Anna"],
        Nachname=["Müller", "Stone"],
        kundenname=["Jörg Müller", "Anna Stone"],
        geboren=["24.06.1971", "1.2.1980"],
        contact=["j@x.ch", "anna@y.ch"],
        mobile=["+41 79 123 45 67", "079 765 43 21"],
        plz=["8001", "3011"],
        wohnort=["Zürich", "Bern"],
        address_1=["Seestrasse 12", "Hauptgasse 3"],
        price=["12.50", "13"],
        member_id=["A-1278", "B-9921"],
        note=["came with a friend and asked about the red one", "said that the shop was closed when she came by"],
    )
    assert found == {
        "vorname": Kind.GIVEN,
        "Nachname": Kind.SURNAME,
        "kundenname": Kind.PLACE,
        "geboren": Kind.DATE,
        "contact": Kind.EMAIL,
        "mobile": Kind.PHONE,
        "plz": Kind.POSTCODE,
        "wohnort": Kind.PLACE,
        "address_1": Kind.STREET,
        "price": Kind.NUMBER,
        "member_id": Kind.CODE,
        "note": Kind.WORDS,
    }


@pytest.mark.parametrize(
    "name",
    ["health_status", "Diagnosis", "allergies", "income", "yearly salary", "net worth", "CreditScore", "age",
     "age_group", "gender", "sex", "religion", "ethnicity", "Einkommen", "alter"],
)  # fmt: skip
def test_what_tells_of_health_wealth_age_sex_or_belief_is_never_evidence(name: str) -> None:
    values = ["one thing", "another", "a third", "one thing"]
    table = pa.table({"record_id": ["1", "2", "3", "4"], "name": ["A B", "C D", "E F", "G H"], name: values})
    told = {column.name: column for column in profile(table).columns}
    assert told[name].kind is Kind.REFUSED
    assert "never evidence" in told[name].why
    planned = plan(table, profile(table))
    assert name in dict(planned.left_out)
    assert all(name not in thing.sources for thing in planned.evidence)
    assert not any(value in str(prepare(table, planned).to_pylist()) for value in values)


def test_illnesses_among_the_values_are_refused_whatever_the_column_is_called() -> None:
    assert kinds(remark=["has diabetes", "asthma since May", "likes tea"])["remark"] is Kind.REFUSED


def test_a_date_of_birth_may_be_compared_and_a_stage_or_a_page_is_no_age() -> None:
    found = kinds(date_of_birth=["1971-06-24", "1980-02-01"], stage=["hall one", "garden"], page=["x1", "x2"])
    assert found["date_of_birth"] is Kind.DATE
    assert Kind.REFUSED not in found.values()


def test_no_output_says_an_age_or_a_date_of_birth() -> None:
    from goodwill.know import resolution

    table = pa.table(
        {"record_id": ["1", "2", "3"], "name": ["A B", "A B", "C D"], "dob": ["1971-06-24", "1971-06-24", "1980-02-01"]}
    )
    found = resolution(table)
    said = str(found.people.to_pylist()) + str(found.links.to_pylist()) + str(found.explain("1", "2"))
    said += found.model.to_json() + str(found.notes)
    assert "1971" not in said and "1980" not in said


def test_one_spelling_for_each() -> None:
    assert latin("Зоя Müller-Łukasz Straße") == "zoya muller-lukasz strasse"
    assert name_words("Dr. O’Neill, Zoë") == "zoe oneill"
    assert skeleton("Meyer") == skeleton("Maier") != skeleton("Muller")
    assert number("$1,250.00") == number("1250") == "1250"
    assert set(stands_for("tony")) & set(stands_for("anthony"))
    assert not set(stands_for("anna")) & set(stands_for("otto"))


def test_the_record_id_is_no_evidence_and_must_be_there() -> None:
    with pytest.raises(InputError, match=r"columns id, name: there is no column 'record_id'; give each record an id"):
        profile(pa.table({"id": ["1"], "name": ["A B"]}))


@pytest.mark.parametrize(
    ("ids", "message"),
    [(["1", "1"], "the record_id '1' stands twice"), (["1", None], "1 records have no record_id")],
)
def test_bad_ids_are_named(ids: list[str | None], message: str) -> None:
    table = pa.table({"record_id": pa.array(ids, pa.string()), "name": ["Anna Meyer", "Bob Stone"]})
    with pytest.raises(InputError, match=message):
        prepare(table, plan(table, profile(table)))


def test_a_table_that_says_nothing_of_anybody_is_refused() -> None:
    table = pa.table({"record_id": ["1", "2"], "income": ["5", "6"]})
    with pytest.raises(InputError, match="no column says who somebody is; give names"):
        plan(table, profile(table))


def test_a_column_that_repeats_others_is_counted_once() -> None:
    table = pa.table(
        {
            "record_id": ["1", "2"],
            "first_name": ["Anna", "Bob"],
            "surname": ["Meyer", "Stone"],
            "full_name": ["Anna Meyer", "Bob X. Stone"],
        }
    )
    planned = plan(table, profile(table))
    assert [thing.sources for thing in planned.evidence] == [("first_name", "surname")]
    assert dict(planned.left_out)["full_name"] == "it repeats 'first_name' and 'surname'"
