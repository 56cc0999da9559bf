"""The price of a practice and equal treatment: what is hidden, what warns, and what a real valuation shows."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages2 import office

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def body(client: Any, path: str) -> str:
    return client.get(path).content.decode()


def test_the_price_of_a_practice(service: Any, queries: Any) -> None:
    office.valuation(proof=office.proof())
    client = service.client(service.colleague(role="analyst"))
    client.get("/causes")
    with queries() as asked:
        page = body(client, "/causes")
    assert len(asked) <= 10
    for words in ("The download fee", "2,900", "1,100–5,800", "−2,000", "overdue since", "Ines Roth", "900", "41"):
        assert words in page
    assert "fewer complaints" in page and "from 21\xa0% to 12\xa0%" in page and "70 days on each side" in page
    assert "Customers who listen to those who warned" in page  # behind why?


def test_few_people_are_hidden_from_a_viewer(service: Any) -> None:
    office.valuation(proof=office.proof(people=4))
    seen = body(service.client(service.colleague("a@firm.example", "analyst")), "/causes")
    hidden = body(service.client(service.colleague("v@firm.example", "viewer")), "/causes")
    assert "2,900" in seen and "Hidden" not in seen
    assert "2,900" not in hidden and hidden.count("Hidden: fewer than five people") == 2


def test_a_cause_is_entered_once_and_by_the_one_way_in(service: Any) -> None:
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS, Audit

    client = service.client(service.colleague())
    given = {"cause_id": "fee", "name": "the fee", "kind": "practice", "owner": "Ines", "earns": "900,50",
             "decide_by": "2027-01-31", "topics": "download, fees ,"}  # fmt: skip
    assert client.post("/causes/new", given)["Location"] == "/causes"
    intake.drain()
    row = FACTS["causes"].objects.get()
    assert (row.cause_id, str(row.earns), row.topics, row.fact_source) == (
        "fee",
        "900.50",
        ["download", "fees"],
        "goodwill",
    )
    assert Audit.objects.get(act="entered causes").what == "fee"
    again = client.post("/causes/new", given)
    assert again.status_code == 422 and b"There is one called" in again.content
    wrong = client.post("/causes/new", {**given, "cause_id": "b", "earns": "much"})
    assert wrong.status_code == 422 and b"earns" in wrong.content and b'value="much"' in wrong.content
    wrong = client.post("/causes/new", {**given, "cause_id": "", "name": "<i>"})
    assert wrong.status_code == 422 and b"&lt;i&gt;" in wrong.content
    assert FACTS["causes"].objects.count() == 1


def test_equal_treatment_warns_hides_and_says_so(service: Any, queries: Any) -> None:
    from goodwill.prove import kept
    from goodwill.service.pages import promises

    assert promises.WARN_FROM == kept.WARN_FROM
    office.valuation(proof=office.proof())
    client = service.client(service.colleague(role="viewer"))
    client.get("/promises")
    with queries() as asked:
        page = body(client, "/promises")
    assert len(asked) <= 9
    assert "Whoever writes in Portuguese waits 1.8× as long" in page
    assert "Whoever writes on the forum mostly still waits" in page
    assert page.count("Hidden: fewer than five people") == 1 and ">Finnish<" in page
    assert "91\xa0%" in page and "88\xa0% to 93\xa0%" in page and "cannot be told" in page
    assert "No promise in writing" in page and "assumed" in page
    assert "not valued" in page.lower()


@pytest.mark.slow
def test_what_a_real_valuation_proves_is_shown(service: Any) -> None:
    from goodwill.service import live
    from service.live.filling import bought, put, said

    put("causes", {"cause_id": "fee", "name": "the fee", "topics": ["delivery"], "earns": "50.00", "owner": "Jo"})
    put("promises", {"promise_id": "day", "kind": "answer", "within_hours": 24, "text": "Within a day."})
    put("people", *({"customer_id": f"c{n}", "name": f"Customer {n}", "language": "en"} for n in range(12)))
    put("purchases", *(bought(f"p{n}", f"c{n % 12}", days=5 + n) for n in range(40)))
    put(
        "messages",
        *(
            said(f"m{n}", "My parcel never arrived, this is awful.", minutes=60 * 30, customer_id=f"c{n}")
            for n in range(12)
        ),
    )
    live.revalue()
    analyst = service.client(service.colleague(role="analyst"))
    page = body(analyst, "/customers")
    assert page.count("data-row=") == 12 and "Customer 11" in page
    page = body(analyst, "/causes")
    assert "The fee" in page and "Jo" in page
    page = body(analyst, "/promises")
    assert "Within a day." in page and "By worth" in page and "none kept" not in page
