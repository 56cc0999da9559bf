"""What the pages of the door say of somebody of whom much is held, and how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import at_the_door, fill, words_of
from service.live.filling import bought, put, said

if TYPE_CHECKING:
    from service.conftest import Service


def page(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return words_of(answer.content)


def test_what_does_not_fit_stands_on_pages_of_its_own(service: Service) -> None:
    from goodwill.service.door.more import KINDS

    fill()
    put("purchases", *(bought(f"many{n:03}", "ben", days=n + 1) for n in range(120)))
    put("messages", *(said(f"mail:{n:03}", f"Letter number {n:03}.", customer_id="ben", minutes=9000 + n)
                      for n in range(60)))  # fmt: skip
    client = at_the_door(service, "ben")
    html = client.get("/door/held").content.decode()
    assert "/door/held/all/bought" in html and "/door/held/all/said" in html and "/door/held/all/events" not in html
    pages = [page(client, f"/door/held/all/bought?page={number}") for number in (1, 2, 3, 4)]
    for number in range(120):
        assert sum(f"many{number:03}" in one for one in pages) == 1, number
    assert "1 to 50, the latest first" in pages[0] and "101 to 121" in pages[2] and "Nothing more." in pages[3]
    assert "Earlier ones" in pages[0] and "Later ones" not in pages[0] and "Earlier ones" not in pages[2]
    letters = page(client, "/door/held/all/said?page=2")
    assert "Letter number 059." in letters and "Letter number 000." not in letters
    for kind, (name, _, _) in KINDS.items():
        assert name in page(client, f"/door/held/all/{kind}")
    for wrong in ("-1", "x", "9" * 40, "0", "1e3", ""):
        page(client, f"/door/held/all/said?page={wrong}")
    assert client.get("/door/held/all/secrets").status_code == 404
    assert service.client().get("/door/held/all/said")["Location"] == "/door"


def test_pages_show_nobody_elses_things(service: Service) -> None:
    from goodwill.service.door.more import KINDS

    fill()
    service.colleague("kim@firm.example", name="Kim Colleague")
    client = at_the_door(service)
    for kind in KINDS:
        shown = page(client, f"/door/held/all/{kind}")
        assert not any(name in shown for name in ("Ben", "benosei", "Kim Colleague", "kim@firm")), kind


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_page_asks_the_database_as_often_for_many_as_for_few(service: Service) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fill()
    client = at_the_door(service, "ben")

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/door/held")
        return len(queries.captured_queries), len(answer.content)

    asked()
    few, small = asked()
    put("purchases", *(bought(f"many{n:04}", "ben", days=n % 700 + 1) for n in range(3_000)))
    many, large = asked()
    assert many <= few + 1 and large < small + 30_000


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_how_long_each_kind_is_kept_is_said_in_plain_words(service: Service) -> None:
    fill()
    client = at_the_door(service)
    kept = page(client, "/door/held").partition("How long we keep it")[2]
    all_of_it = "Your name, what we know you by, whom you speak for, what you allow, all of it"
    assert f"{all_of_it} until you or we erase it" in kept
    rules = {"people": 7, "handles": 1, "roles": 3, "terms": 5, "purchases": 10, "messages": 2}
    written = "[retention.years]\n" + "".join(f"{name} = {years}\n" for name, years in rules.items())
    (service.home / "goodwill.toml").write_text(written, encoding="utf-8")
    kept = page(client, "/door/held").partition("How long we keep it")[2]
    for said_of in (
        "Your name 7 years after we last heard of you; then we erase you",
        "What we know you by what we only guessed: 1 year",
        "Whom you speak for 3 years from the day when we wrote it down",
        "What you allow what you chose before: 5 years; what holds now stays",
        "What you bought 10 years with your name; then the sum and the day alone",
        "What you said 2 years",
        "All else until you or we erase it",
    ):
        assert said_of in kept, said_of


def test_words_stand_for_every_rule_and_every_table(service: Service) -> None:
    from goodwill.facts import TABLES
    from goodwill.service.door import words
    from goodwill.service.retention import RULES

    assert set(RULES) <= set(words.TABLES)
    assert {name for name in words.TABLES if name in TABLES} >= set(RULES) - {"looks"}
