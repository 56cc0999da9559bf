"""Customers by the beginnings of words: found as soon as they are known, by the person, and gone when they are gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from service.conftest import Service

DAY = "2026-05-03T10:00:00Z"


def tell(table: str, *rows: dict[str, Any]) -> None:
    """Facts come in, and what follows follows."""
    from goodwill.service import intake, live

    intake.store_rows(table, list(rows), source="shop", by="test")
    live.after_drain(intake.drain())


def found(words: str) -> list[str]:
    from goodwill.service.api import finding

    return [row["customer_id"] for row in finding.customers(words, 50, "")["items"]]


@pytest.fixture
def known(service: Service) -> Service:
    tell(
        "people",
        {"customer_id": "c1", "name": "María García-Lorca", "email": "Maria.Lorca@books.example"},
        {"customer_id": "c2", "name": "Sean O'Brien", "phone": "+44 20 7946 2231", "twitter": "RigBuilder"},
        {"customer_id": "c3", "name": "Marta Groß"},
        {"customer_id": "shop-0042", "name": "Jo 100%_Ltd"},
    )
    return service


def test_any_part_is_found_by_its_beginning(known: Service) -> None:
    for words, whom in {
        "mar": ["c1", "c3"],
        "MARÍA": ["c1"],
        "gross": ["c3"],
        "lorca": ["c1"],
        "garcia-l": ["c1"],
        "gar mar": ["c1"],
        "maria.lorca@books": ["c1"],
        "books.ex": ["c1"],
        "obri": ["c2"],
        "o’brien": ["c2"],
        "+44 20 79": ["c2"],
        "(020) 7946": ["c2"],
        "0044 20 7946 2231": ["c2"],
        "@rigb": ["c2"],
        "c": ["c1", "c2", "c3"],
        "shop-00": ["shop-0042"],
        "0042": ["shop-0042"],
        "42": ["shop-0042"],
        "arta": [],
        "gar sean": [],
        "example": [],
        "%": [],
        "100%": ["shop-0042"],
        "10_": ["shop-0042"],
        "' OR 1=1 --": [],
    }.items():
        assert found(words) == whom, words


def test_of_two_records_that_become_one_person_both_find_the_person(known: Service) -> None:
    tell("people", {"customer_id": "c9", "name": "Wilhelmina Kern", "email": "maria.lorca@books.example"})
    assert found("wilhel") == found("garcia") == found("c9") == ["c1"]
    assert found("wilhel garcia") == ["c1"], "words of both records together"


def test_a_name_that_a_person_corrected_is_found_at_once(known: Service) -> None:
    tell(
        "corrections",
        {"table": "people", "key": "c3", "field": "name", "value": "Ottilie Neumann", "by": "Anna", "at": DAY},
    )
    assert found("ottil") == ["c3"]


def test_what_an_import_brought_is_taken_in_by_the_job(service: Service) -> None:
    from goodwill.service import intake
    from goodwill.service.live import search_words

    intake.store_rows("people", [{"customer_id": "i1", "name": "Imke Import"}], source="file", by="test")
    intake.drain()  # and whoever drained it is killed before anything follows
    assert found("imke") == []
    assert search_words.catch_up() >= 1
    assert found("imke") == ["i1"]
    assert search_words.catch_up() == 0


def test_the_valuation_puts_right_what_has_changed(known: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import FACTS, SearchWord

    rows = [
        {"purchase_id": f"o{number}", "customer_id": f"c{number % 3 + 1}", "at": DAY, "amount": "20"}
        for number in range(12)
    ]
    tell("purchases", *rows, {"purchase_id": "x", "customer_id": "only-bought", "at": DAY, "amount": "5"})
    FACTS["people"].objects.filter(fact_key="c2").update(name="Siobhan Murphy")
    SearchWord.objects.filter(customer_id="c3").delete()
    live.revalue(as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert (found("siob"), found("sean"), found("gross"), found("only")) == (["c2"], [], ["c3"], ["only-bought"])
    before = set(SearchWord.objects.values_list("id", flat=True))
    live.revalue(as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert set(SearchWord.objects.values_list("id", flat=True)) == before, "what is right is not written again"
    assert "pool" not in SearchWord.objects.values_list("customer_id", flat=True)


def test_many_are_walked_in_the_order_of_the_list(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.live import searching

    tell("people", *({"customer_id": f"m{at:03}", "name": f"Anna {'Berg' if at % 2 else 'Bauer'}"} for at in range(60)))
    few = {words: found(words) for words in ("anna", "anna ber", "a b", "m0 ba", "anna m01 berg", "anna x")}
    monkeypatch.setattr(searching, "FEW", 5)
    assert {words: found(words) for words in few} == few
    assert (len(few["anna"]), len(few["anna ber"]), len(few["a b"])) == (50, 30, 50)


def test_many_are_found_in_every_order_wherever_they_lie(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """What few find by name, many find by walking, by gathering, and by both: the same."""
    from goodwill.service.api import finding
    from goodwill.service.live import searching
    from goodwill.service.pages.customer_list import Asked, page
    from goodwill.service.store.models import Worth

    people = [
        {
            "customer_id": f"{'v' if at < 40 else 'z'}{at:02}",
            "name": f"{'Ada' if at % 3 else 'Zoe'} {'Xu' if at % 4 else 'Abel'}",
        }
        for at in range(80)
    ]
    tell("people", *people)
    sums = dict.fromkeys(("spend", "referral", "influence", "knowledge", "follows", "passed_on", "generated"), 1)
    Worth.objects.bulk_create(
        Worth(customer_id=row["customer_id"], name=row["name"], valuation=1, worth=at, **sums)
        for at, row in enumerate(people)
    )
    asked = ("z", "z4", "zoe", "ada", "x", "ada x", "z ab", "zoe abel z", "v z", "xu abel", "nobody z")

    def everything() -> dict[str, object]:
        return {
            **{words: pieces(words) for words in asked},
            **{
                f"{words} {sort}": [row.customer_id for row in page(Asked({"q": words}, sort, sort == "name"), None)[0]]
                for words in asked
                for sort in ("worth", "name", "standing")
            },
        }

    def pieces(words: str) -> list[str]:
        found, cursor = [], ""
        while True:
            piece = finding.customers(words, 7, cursor)
            found += [row["customer_id"] for row in piece["items"]]
            cursor = piece["next"]
            if not cursor:
                return found

    few = everything()
    assert few["z4"] == [f"z{at}" for at in range(40, 50)]
    assert few["xu abel"] == few["nobody z"] == []
    bounds = (
        {"FEW": 5, "GATHERED": 1000, "SAMPLE": 3, "ENOUGH": 1, "_WALK": 2000, "_SPARSE": 0},
        {"FEW": 5, "GATHERED": 0, "SAMPLE": 1000, "ENOUGH": 0, "_WALK": 3, "_SPARSE": 0},
        {"FEW": 5, "GATHERED": 0, "SAMPLE": 1000, "ENOUGH": 100, "_WALK": 3, "_SPARSE": 10},
        {"FEW": 2, "GATHERED": 10, "SAMPLE": 1, "ENOUGH": 3, "_WALK": 1, "_SPARSE": 1000},
    )
    for most in (2, 10_000):
        monkeypatch.setattr(searching, "MANY", dict.fromkeys(searching.MANY, most))
        for bound in bounds:
            for name, value in bound.items():
                monkeypatch.setattr(finding if name.startswith("_") else searching, name, value)
            assert everything() == few, (most, bound)


def test_what_an_erased_person_was_found_by_goes(known: Service) -> None:
    from django.db import transaction

    from goodwill.service.erasing import made, subject
    from goodwill.service.erasing.report import Report
    from goodwill.service.store.models import SearchWord

    assert SearchWord in made.models_of_persons()
    with transaction.atomic():
        made.erase(subject.gather("c1"), Report())
    assert not SearchWord.objects.filter(customer_id="c1").exists()
    assert SearchWord.objects.filter(customer_id="c2").exists()
