"""Customers: every order whole and once, every filter true, views kept, exports safe, small groups hidden."""

from __future__ import annotations

import csv
import io
import re
import urllib.parse
from typing import Any

import pytest

from service.pages.shop import fact
from service.pages2 import office

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
ROW = re.compile(r'data-row="([^"]+)"')
NEXT = re.compile(r'href="([^"]*cursor=[^"]*)"')


@pytest.fixture
def client(service: Any) -> Any:
    done = office.valuation()
    office.worths(130, done.pk)
    return service.client(service.colleague(role="agent"))


def walk(client: Any, query: str = "") -> list[str]:
    """Every row of the list, page by page."""
    from html import unescape

    found, address = [], f"/customers?{query}"
    for _ in range(20):
        body = client.get(address).content.decode()
        found += ROW.findall(body)
        more = NEXT.search(body)
        if more is None:
            return found
        address = "/customers" + unescape(more[1])
    raise AssertionError("the pages never end")


def rows() -> list[Any]:
    from goodwill.service.store.models import Worth

    return list(Worth.objects.all())


LADDER = ["owner", "apostle", "committed", "loyal", "none", None]
ORDERS = {
    "": lambda row: (-row.worth, row.customer_id),
    "sort=follows": lambda row: (-row.follows, row.customer_id),
    "sort=name": lambda row: (row.name, row.customer_id),
    "sort=standing": lambda row: (LADDER.index(row.standing), -row.worth, row.customer_id),
    "sort=standing&order=up": lambda row: (-LADDER.index(row.standing), -row.worth, row.customer_id),
}


def test_every_order_is_whole_and_has_everybody_once(client: Any) -> None:
    everybody = rows()
    for query, key in ORDERS.items():
        expected = [row.customer_id for row in sorted(everybody, key=key)]
        if "name" in query:  # each database sorts letters in its own way; nobody is lost or doubled in either
            assert sorted(walk(client, query)) == sorted(expected), query
            assert walk(client, "sort=name&order=down") == walk(client, query)[::-1]
        else:
            assert walk(client, query) == expected, query
    for sort in ("worth", "follows"):
        assert walk(client, f"sort={sort}&order=up") == walk(client, f"sort={sort}")[::-1]


def test_sorting_is_a_link_and_said(client: Any) -> None:
    body = client.get("/customers").content.decode()
    assert body.count("aria-sort=") == 1 and 'aria-sort="descending"><a href="?order=up">Worth' in body
    body = client.get("/customers?sort=name&standing=owner").content.decode()
    assert 'aria-sort="ascending"><a href="?standing=owner&amp;sort=name&amp;order=down">Name' in body


def test_filters_keep_what_they_say(client: Any) -> None:
    everybody = rows()
    office.waits("c0003", "m:1")
    office.waits("c0004", "m:2")
    from goodwill.service.store.models import Case

    Case.objects.create(message_id="m:3", customer_id="c0005", at=office.now(), state="answered")
    Case.objects.create(message_id="m:4", customer_id="c0006", at=office.now(), group="thank")
    Case.objects.create(message_id="m:5", customer_id=None, at=office.now())
    fact("handles", customer_id="c0007", kind="email", value="seven@example.org")

    def ids(keep: Any) -> set[str]:
        return {row.customer_id for row in everybody if keep(row)}

    assert set(walk(client, "standing=owner")) == ids(lambda row: row.standing == "owner")
    assert set(walk(client, "standing=owner&sort=standing")) == ids(lambda row: row.standing == "owner")
    assert set(walk(client, "evidence=assumed")) == ids(lambda row: "assumed" in row.evidence)
    assert set(walk(client, "language=de")) == ids(lambda row: int(row.customer_id[1:]) % 3 == 1)
    assert set(walk(client, "waiting=yes")) == {"c0003", "c0004"}
    assert set(walk(client, "waiting=no")) == ids(lambda row: row.customer_id not in ("c0003", "c0004"))
    assert set(walk(client, "q=bAuEr")) == ids(lambda row: "Bauer" in row.name)
    assert walk(client, "q=c0009") == ["c0009"]
    assert walk(client, "q=Seven%40example.org") == ["c0007"]
    assert set(walk(client, "q=Bauer&evidence=assumed&standing=loyal&sort=name")) == ids(
        lambda row: "Bauer" in row.name and "assumed" in row.evidence and row.standing == "loyal"
    )


def test_few_are_named_and_many_looked_at_in_turn_and_both_are_the_same(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.live import searching
    from goodwill.service.pages import customer_list

    for place in range(0, 130, 3):
        office.waits(f"c{place:04}", f"m:{place}")
    filters = (
        "evidence=assumed", "evidence=measured", "standing=loyal", "standing=loyal&evidence=estimated",
        "language=de&evidence=assumed", "waiting=yes&language=en", "waiting=yes&q=bauer", "waiting=no&language=de",
        "waiting=yes&language=en&q=a&standing=loyal", "q=b+c0", "q=a&evidence=assumed",
    )  # fmt: skip
    orders = [*ORDERS, "sort=follows&order=up", "order=up", "sort=name&order=down"]
    asked = [f"{kept}&{order}" for kept in filters for order in orders]

    def found() -> dict[str, list[str]]:
        return {query: walk(client, query) for query in asked}

    few = found()
    assert all(few[query] == list(dict.fromkeys(few[query])) for query in asked), "nobody twice"
    assert few["evidence=assumed&"] and few["waiting=yes&language=en&"] and few["waiting=yes&q=bauer&"]
    everybody = {row.customer_id: row for row in rows()}
    for order, key in ORDERS.items():
        if "name" not in order:
            kept = [row for row in everybody.values() if "assumed" in row.evidence]
            assert few[f"evidence=assumed&{order}"] == [row.customer_id for row in sorted(kept, key=key)], order
    monkeypatch.setattr(searching, "FEW", 2)
    monkeypatch.setattr(customer_list, "GATHERED", 5)
    assert found() == few
    monkeypatch.setattr(customer_list, "GATHERED", 1_000)
    assert found() == few


NASTY = ("' OR 1=1 --", "%", "_", "\\", '"; DROP TABLE worth; --', "\x00", "<script>alert(1)</script>", "9" * 500)


def test_nothing_in_a_filter_is_sql_or_html(client: Any) -> None:
    for nasty in NASTY:
        for name in ("q", "standing", "evidence", "waiting", "language", "sort", "order", "cursor"):
            answer = client.get("/customers", {name: nasty})
            assert answer.status_code == 200
            assert b"<script>alert" not in answer.content
        assert walk(client, urllib.parse.urlencode({"q": nasty})) == [] or nasty == "\x00"
    assert len(rows()) == 130


def test_a_cursor_of_somebody_else_begins_at_the_start(client: Any) -> None:
    from goodwill.service.pages.paging import cursor_of

    first = ROW.findall(client.get("/customers").content.decode())
    for cursor in ("x", "e30", cursor_of("a"), cursor_of("NaN", "c0001"), cursor_of("1e99", "c"), cursor_of(None, "c")):
        assert ROW.findall(client.get("/customers", {"cursor": cursor}).content.decode()) == first


def test_who_said_no_since_has_no_sum(client: Any) -> None:
    top = walk(client)[0]
    fact("terms", customer_id=top, at=office.now(), refused=["value me"])
    assert f'data-row="{top}"' not in client.get("/customers").content.decode(), "a place in an order tells of worth"
    body = client.get(f"/customers?q={top}").content.decode()
    row = body[body.index(f'data-row="{top}"') :].partition("</tr>")[0]
    assert "Their terms say no to being valued" in row and 'class="num"' not in row
    lines = client.get("/customers.csv").getvalue().decode()
    assert top not in lines and len(lines.splitlines()) == 130


def test_the_pool_is_nobody(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Worth

    sums = dict.fromkeys(("spend", "referral", "influence", "knowledge", "follows", "passed_on", "generated"), 1)
    Worth.objects.create(customer_id="pool", valuation=1, worth=10**9, **sums)
    assert "pool" not in walk(client)
    assert "pool" not in client.get("/customers.csv").getvalue().decode()


@sqlite
def test_a_page_asks_the_database_no_more_for_more_rows(service: Any, client: Any, queries: Any) -> None:
    client.get("/customers")
    with queries() as few:
        client.get("/customers?q=c0001")
    with queries() as many:
        assert len(ROW.findall(client.get("/customers").content.decode())) == 50
    assert len(many) <= 16
    assert len(many) <= len(few)
    with queries() as by_standing:
        client.get("/customers?sort=standing")
    assert len(by_standing) <= len(many) + 6


# --- saved views --------------------------------------------------------------------------------------------------


@sqlite
def test_views_are_kept_shared_and_removed(service: Any, client: Any) -> None:
    from goodwill.service.store.models import View

    given = {"page": "customers", "name": " Owners ", "query": "standing=owner&sort=name&evil=1&standing=loyal"}
    answer = client.post("/views/keep", given)
    assert answer["Location"] == "/customers?standing=owner&sort=name"
    assert View.objects.get().query == "standing=owner&sort=name"
    client.post("/views/keep", {**given, "name": "Owners", "query": "standing=owner"})
    assert View.objects.get().query == "standing=owner"
    other = service.client(service.colleague("ben@firm.example", "analyst"))
    assert "Owners" not in other.get("/customers").content.decode()
    client.post("/views/keep", {**given, "name": "Owners", "shared": "1"})
    assert "Owners" in other.get("/customers").content.decode()
    view = View.objects.get().pk
    assert other.post("/views/forget", {"view": view}).status_code == 404
    assert client.post("/views/forget", {"view": view, "next": "//evil.example/"})["Location"] == "/"
    assert not View.objects.exists()
    for name in ("", " ", "x" * 81):
        client.post("/views/keep", {**given, "name": name})
    assert not View.objects.exists()
    assert client.post("/views/keep", {**given, "page": "audit"}).status_code == 404
    assert client.post("/views/forget", {"view": "9" * 40}).status_code == 404


# --- export -------------------------------------------------------------------------------------------------------


@sqlite
def test_an_export_has_all_that_the_filter_keeps_and_is_written_down(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Audit

    answer = client.get("/customers.csv?standing=owner&cursor=x")
    assert answer["Content-Disposition"].startswith('attachment; filename="customers-20')
    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert {line["customer_id"] for line in lines} == {row.customer_id for row in rows() if row.standing == "owner"}
    exact = {row.customer_id: row for row in rows()}
    assert all(line["worth"] == str(exact[line["customer_id"]].worth) for line in lines)
    line = Audit.objects.get(act="exported customers")
    assert (line.what, line.purpose, line.who) == ("standing=owner", "value me", "anna@firm.example")


@sqlite
@pytest.mark.parametrize("name", [office.FORMULA, "+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "|cmd", "a\r\n=1+1"])
def test_no_cell_is_a_formula(service: Any, name: str) -> None:
    from goodwill.service.store.models import Worth

    done = office.valuation()
    office.worths(1, done.pk)
    Worth.objects.update(name=name)
    client = service.client(service.colleague())
    (line,) = csv.DictReader(io.StringIO(client.get("/customers.csv").getvalue().decode()))
    assert not line["name"].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "|"))
    assert "\n" not in line["name"]


@sqlite
def test_names_are_for_those_who_answer(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Audit

    analyst = service.client(service.colleague("ben@firm.example", "analyst"))
    lines = list(csv.DictReader(io.StringIO(analyst.get("/customers.csv").getvalue().decode())))
    assert len(lines) == 130 and not any("Bauer" in line["name"] for line in lines)
    assert "names masked" in Audit.objects.get(act="exported customers").what
    assert analyst.get("/customers.csv").status_code == 200
    viewer = service.client(service.colleague("vera@firm.example", "viewer"))
    assert viewer.get("/customers.csv").status_code == 403


# --- a viewer -----------------------------------------------------------------------------------------------------


def test_a_viewer_sees_groups_of_five_and_nobody(service: Any) -> None:
    from goodwill.service.store.models import Worth

    done = office.valuation()
    office.worths(60, done.pk)
    Worth.objects.filter(standing="owner").update(standing="none")
    for customer_id in Worth.objects.order_by("pk").values_list("pk", flat=True)[:3]:
        Worth.objects.filter(pk=customer_id).update(standing="owner")
    client = service.client(service.colleague(role="viewer"))
    body = client.get("/customers?q=Bauer&standing=owner").content.decode()
    assert not any(row.customer_id in body or row.name in body for row in rows())
    table = body.partition("<caption>Standing</caption>")[2].partition("</table>")[0]
    lines = dict(re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', table))
    assert "hidden: fewer than five" in lines["Owner"]
    # The next smallest goes with it: whoever knew the total could tell three people by subtraction.
    assert sum("hidden" in line for line in lines.values()) == 2
    numbers = {name: int(re.search(r'num">(\d+)<', line)[1]) for name, line in lines.items() if "hidden" not in line}
    assert sum(numbers.values()) < 60 - 3 and all(number >= 5 or number == 0 for number in numbers.values())
