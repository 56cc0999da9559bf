"""Terms are kept where sums are used and shown: at once, everywhere, and without anybody waiting longer for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.facts import POOL
from service.live.filling import bought, put, said, standing
from service.terms.conftest import Agent, value_by_hand

if TYPE_CHECKING:
    from service.conftest import Service

SUM = "471123.17"
"""What Anna is 'worth': a figure that stands nowhere else."""
SHOWN = re.compile(r"471[,.'’\s   ]?123|471123|470[,.'’\s   ]?000|471k|\bapostle\b")
WITHOUT_A_VALUE = {"customer_id": "anna", "message_id": "chat:anna", "kind": "answer", "table": "people", "name": "x"}


def stakes() -> None:
    """Cases of Anna's with a stake, open and closed, as a ranking before her word wrote them."""
    from goodwill.service.store.models import Case

    reasons = [{"what": "own value", "amount": float(SUM), "low": 1.0, "high": 2.0, "evidence": "estimated"}]
    worth = {"stake": Decimal(SUM), "low": Decimal(SUM), "high": Decimal(SUM), "reasons": reasons}
    Case.objects.filter(customer_id="anna").update(**worth)
    Case.objects.filter(message_id="chat:closed").update(state="answered")
    assert Case.objects.filter(customer_id="anna").count() == 2


@pytest.fixture
def valued(agent: Agent) -> Agent:
    put("messages", said("chat:closed", "It never arrived!", customer_id="anna", minutes=90))
    put("roles", {"customer_id": "anna", "organisation_id": "org", "role": "adviser", "say": 0.5})
    value_by_hand(anna=SUM, ben="12.00", cem="11.00")
    stakes()
    return agent


def everything(service: Service, tokens: dict[str, str]) -> dict[str, str]:
    """Every page and every address of the API that can be read, as an admin and a token that may see all, in text."""
    import goodwill.service.urls  # what may stand in an address is known from there
    from goodwill.service.pages.urls import urlpatterns

    assert goodwill.service.urls
    anna = service.colleague("root@firm.example")
    client = service.client(anna)
    api = service.client()
    headers = {"authorization": f"Bearer {tokens['admin']}"}
    found: dict[str, str] = {}

    def read(address: str, **more: Any) -> str:
        answer = (api if address.startswith("/api") else client).get(address, **more)
        body = answer.getvalue() if answer.streaming else answer.content
        assert answer.status_code < 500 and answer.status_code != 403, (address, answer.status_code)
        found[address] = body.decode("utf-8", "replace") if answer.status_code == 200 else ""
        return found[address]

    described = api.get("/api/openapi.json").json()
    for path, methods in described["paths"].items():
        if "get" not in methods:
            continue
        for one in ("anna", "chat:anna", "chat:closed"):
            read(re.sub(r"\{[^}]+\}", one, path), headers=headers)
    for more in ("?state=answered", "?customer_id=anna", "?limit=100"):
        read(f"/api/v1/cases{more}", headers=headers)
        read(f"/api/v1/now{more.replace('state=answered', 'group=stake')}", headers=headers)
    read("/api/v1/messages?customer_id=anna", headers=headers)
    read("/api/v1/worth?standing=apostle", headers=headers)
    read("/api/v1/customers?q=anna", headers=headers)
    for pattern in urlpatterns:
        address = "/" + re.sub(r"<(?:\w+:)?customer_id>", "anna", str(pattern.pattern))
        address = re.sub(r"<(?:\w+:)?\w+>", "x", address)
        if "sign-out" not in address:
            read(address)
    tabs = ("statement", "books", "timeline")
    for more in (*(f"customers/anna?tab={tab}" for tab in tabs), "case?message=chat:anna", "case?message=chat:closed",
                 "fact?table=people&key=anna", "customers?q=anna", "customers?standing=apostle", "customers?sort=name",
                 "customers?sort=follows", "customers?sort=standing", "customers?evidence=estimated", "customers.csv",
                 "customers.csv?standing=apostle", "audit?customer=anna"):  # fmt: skip
        read(f"/{more}")
    return found


def test_the_figures_are_nowhere_from_the_moment_of_their_word(valued: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service import terms

    before = everything(valued.service, tokens)
    telling = [address for address, text in before.items() if SHOWN.search(text)]
    assert {"/customers/anna", "/api/v1/customers/anna", "/api/v1/now", "/", "/customers.csv", "/api/v1/worth",
            "/case?message=chat:closed", "/api/v1/cases"} <= set(telling), telling  # fmt: skip
    terms.set("anna", ["answer me"], None, "anna")
    from goodwill.service.store.models import Colleague

    Colleague.objects.filter(email="root@firm.example").update(email="other@firm.example")
    after = everything(valued.service, tokens)
    assert len(after) > 60 and sum(bool(text) for text in after.values()) > 40
    left = {address: SHOWN.search(text)[0] for address, text in after.items() if _tells(address, text)}  # type: ignore[index]
    assert left == {}


def _tells(address: str, text: str) -> bool:
    """Whether a page still says what Anna was worth; the ladder's own words (a filter, a column) say nothing of her."""
    found = [one[0] for one in SHOWN.finditer(text)]
    pages = ("/customers", "/api/docs", "/api/v1/worth", "/case", "/fact", "/audit")
    ladder = address.startswith(pages) and set(found) == {"apostle"}
    return bool(found) and not (ladder and not re.search(r"anna[^<>]{0,400}apostle", text, re.IGNORECASE))


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_agent_programs_are_not_told_either(valued: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import terms
    from goodwill.service.mcp import reads
    from goodwill.service.mcp.identity import asker

    monkeypatch.delenv("GOODWILL_TOKEN", raising=False)
    tools = {tool.__name__: tool for tool in reads.tools(asker(""))}

    def said_by_all() -> str:
        one = {"get_customer": "anna", "get_statement": "anna", "get_message": "chat:closed"}
        return " ".join(str(tool(one[name]) if name in one else tool()) for name, tool in tools.items())

    assert SHOWN.search(said_by_all())
    terms.set("anna", ["answer me"], None, "anna")
    assert not SHOWN.search(said_by_all())


def test_a_change_of_mind_is_heard_at_once_too(valued: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service import live, terms

    terms.set("anna", ["answer me"], None, "anna")
    assert live.customer("anna")["worth"] is None and live.statement("anna") is None
    terms.set("anna", ["answer me", "value me"], None, "anna")
    assert str(live.customer("anna")["worth"]["worth"]) == SUM


def test_under_consent_nobody_is_shown_unasked(valued: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service import terms

    terms.set("ben", ["answer me", "value me"], None, "ben")
    (valued.service.home / "goodwill.toml").write_text('[terms]\nbasis = "consent"\n', encoding="utf-8")
    headers = {"authorization": f"Bearer {tokens['read']}"}
    listed = valued.service.client().get("/api/v1/worth", headers=headers).json()
    assert [row["customer_id"] for row in listed["items"]] == ["ben"]
    shown = {
        row["customer_id"]: row["stake"]
        for row in valued.service.client().get("/api/v1/now", headers=headers).json()["items"]
    }
    assert shown["anna"] is None


def test_a_list_by_worth_is_whole_although_some_are_passed_over(agent: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service import terms

    value_by_hand(**{f"c{number:02}": f"{100 - number}.00" for number in range(12)})
    for number in (0, 1, 4, 5, 6, 11):
        terms.set(f"c{number:02}", [], None, "test")
    seen, cursor = [], ""
    while cursor is not None:
        address = f"/api/v1/worth?limit=2&cursor={cursor}"
        answer = agent.service.client().get(address, headers={"authorization": f"Bearer {tokens['read']}"}).json()
        seen += [row["customer_id"] for row in answer["items"]]
        assert len(answer["items"]) == 2
        cursor = answer["next"]
    assert seen == [f"c{number:02}" for number in (2, 3, 7, 8, 9, 10)]


# --- in the books, and in the order -------------------------------------------------------------------------------


def shop(number: int = 40) -> None:
    """Customers of one year who buy alike."""
    rows = []
    for place in range(number):
        who = f"n{place:02}"
        rows += [bought(f"{who}{n}", who, days=15 + 31 * n + place % 7, amount=f"{30 + place}.00") for n in range(5)]
    put("purchases", *rows)


@pytest.mark.slow
def test_after_the_next_valuation_they_are_in_the_pool_at_the_mean_of_their_cohort(agent: Agent) -> None:
    from goodwill.service import live, terms
    from goodwill.service.store.models import Line, Tie, Worth

    shop()
    live.revalue()
    names = {row.customer_id for row in Worth.objects.all()}
    assert {"anna", "ben", "cem"} <= names and POOL not in names
    terms.set("anna", None, "SD-BASE", "anna")
    live.revalue()
    assert not Worth.objects.filter(customer_id="anna").exists()
    assert (
        not Line.objects.filter(customer_id="anna").exists()
        and not Line.objects.filter(counterparty_id="anna").exists()
    )
    assert not Tie.objects.filter(owner="anna").exists() and not Tie.objects.filter(beneficiary="anna").exists()
    pool, others = Worth.objects.get(customer_id=POOL), Worth.objects.exclude(customer_id=POOL)
    mean = sum(row.generated for row in others if row.customer_id != "cem") / max(len(others) - 1, 1)
    assert abs(pool.generated) < 5 * abs(mean) + 5  # one member at a mean, not Anna's own sum
    assert sum(row.worth for row in Worth.objects.all()) == sum(
        line.amount for line in Line.objects.exclude(kind="reach") if line.customer_id in {*names, POOL}
    )


@pytest.mark.slow
def test_who_is_not_valued_waits_no_longer(agent: Agent) -> None:
    """The same trouble under the same promise: what was promised orders them, and no stake puts anybody behind."""
    from goodwill.service import live, terms
    from goodwill.service.store.models import Case

    shop()
    put(
        "promises",
        {"promise_id": "chat", "kind": "answer", "channel": "chat", "within_hours": 2.0, "text": "Two hours."},
    )
    live.revalue()
    trouble = "My parcel has not come and nobody answers me, this is not acceptable."
    for place in range(12):
        put("messages", said(f"late:{place:02}", trouble, customer_id=f"n{place:02}", minutes=30 + place))
    valued_order = [one for one in standing() if one.startswith("late:")]
    unvalued = [f"n{place:02}" for place in range(0, 12, 2)]
    due = dict(Case.objects.values_list("message_id", "due"))
    for one in unvalued:
        terms.set(one, ["answer me"], None, one)
    live.rerank()
    order = [one for one in standing() if one.startswith("late:")]
    assert set(order) == set(valued_order)
    after = {case.message_id: case for case in Case.objects.filter(message_id__startswith="late:")}
    assert {one: case.due for one, case in after.items()} == {one: due[one] for one in after}
    places = {"valued": [], "not": []}
    for place, one in enumerate(order):
        places["not" if after[one].stake is None else "valued"].append(place)
    assert len(places["not"]) == 6
    mean = {name: sum(some) / len(some) for name, some in places.items()}
    assert mean["not"] <= mean["valued"] + 3, mean  # of twelve: nobody is put at the end for their word


@pytest.mark.slow
def test_overdue_comes_first_whoever_is_valued(agent: Agent) -> None:
    """A promise that is about to break goes before every stake, for those who are not valued as for the others."""
    from goodwill.service import live, terms

    shop()
    put(
        "promises",
        {"promise_id": "chat", "kind": "answer", "channel": "chat", "within_hours": 2.0, "text": "Two hours."},
    )
    terms.set("n00", ["answer me"], None, "n00")
    live.revalue()
    trouble = "My parcel has not come and nobody answers me, this is not acceptable."
    put("messages", said("late:00", trouble, customer_id="n00", minutes=115))
    put("messages", *(said(f"new:{place:02}", trouble, customer_id=f"n{place:02}", minutes=4) for place in range(1, 9)))
    live.rerank()
    order = [one for one in standing() if one.startswith(("late:", "new:"))]
    assert order[0] == "late:00"
    assert datetime.now(UTC) - timedelta(hours=3) < datetime.now(UTC)


def test_programs_are_told_whose_words_they_may_show_to_others(service: Service) -> None:
    """Said in public by somebody who said yes; and no more from the moment in which they take it back."""
    from goodwill.service import terms
    from goodwill.service.mcp.reads import _with_leave

    rows = [
        {"customer_id": "anna", "channel": "forum", "audience": None},
        {"customer_id": "anna", "channel": "email", "audience": 1},
        {"customer_id": "ben", "channel": "forum", "audience": 90},
        {"customer_id": None, "channel": "forum", "audience": 90},
    ]

    def may() -> list[bool]:
        return [row["may_quote"] for row in _with_leave(rows, lambda row: {})]

    put("people", {"customer_id": "anna", "name": "Anna"}, {"customer_id": "ben", "name": "Ben"})
    assert may() == [False] * 4
    terms.set("anna", ["answer me", "quote me"], None, "anna")
    assert may() == [True, False, False, False]
    terms.set("anna", ["answer me"], None, "anna")
    assert may() == [False] * 4
