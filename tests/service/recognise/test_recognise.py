"""Recognised by any handle of one's own, without a card; and nothing told of whoever gets nothing."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from service.live.filling import bought, put

if TYPE_CHECKING:
    from service.recognise.conftest import Shop

NOTHING = {"perk": None, "reason": None}


def test_any_handle_of_their_own_will_do(shop: Shop) -> None:
    wanted = "a coffee on the house"
    assert shop.perk("anna@mail.example") == shop.perk(" Anna@Mail.Example ") == wanted
    assert shop.perk("0041 44 668 18 00", "phone") == wanted
    found = shop.ask("anna@mail.example").json()
    assert found == {"perk": wanted, "reason": "Thank you for buying from us three times in the past year."}


def test_each_act_earns_it(shop: Shop) -> None:
    assert shop.ask("cem@mail.example").json()["reason"] == "Thank you for bringing a friend."
    assert shop.ask("eve@mail.example").json()["reason"] == "Thank you for answering another customer."
    assert shop.ask("dana@mail.example").json()["reason"] == "Thank you for three years with us."
    assert shop.ask("ben@mail.example").json() == shop.ask("fay@mail.example").json() == NOTHING
    idea = {"contribution_id": "i1", "customer_id": "fay", "at": datetime.now(UTC), "kind": "idea", "text": "A lid."}
    put("contributions", idea)
    assert shop.ask("fay@mail.example").json()["reason"] == "Thank you for sending us an idea."


def test_what_a_till_computes_by_itself(shop: Shop) -> None:
    """As docs/recognition.md has it: HMAC-SHA-256 under the key that `goodwill recognise key` prints."""
    from goodwill.service import recognise
    from goodwill.service.store.keys import RECOGNITION, key

    mine = hmac.new(key(RECOGNITION), b"anna@mail.example", hashlib.sha256).hexdigest()
    assert recognise.hash_of("email", "Anna@mail.example") == mine
    other = hmac.new(b"another key of thirty-two bytes!", b"anna@mail.example", hashlib.sha256).hexdigest()
    headers = {"authorization": f"Bearer {shop.tokens['recognise']}"}
    body = {"handle_hash": other, "kind": "email"}
    answer = shop.service.client().post("/api/v1/recognise", body, content_type="application/json", headers=headers)
    assert answer.json() == NOTHING


def test_a_handle_of_another_kind_is_another_handle(shop: Shop) -> None:
    from goodwill.service import recognise

    digest = recognise.hash_of("email", "anna@mail.example")
    headers = {"authorization": f"Bearer {shop.tokens['recognise']}"}
    body = {"handle_hash": digest, "kind": "card"}
    answer = shop.service.client().post("/api/v1/recognise", body, content_type="application/json", headers=headers)
    assert answer.json() == NOTHING


def test_the_same_counts_as_of_everybody(shop: Shop) -> None:
    from goodwill.engage.recognition import earned
    from goodwill.know import identify
    from goodwill.service import live

    facts = identify(live.facts()).facts
    wanted = {
        row["customer_id"]: row["reason"] for row in earned(facts, live.firm().perks, datetime.now(UTC)).to_pylist()
    }
    names = ("anna", "ben", "cem", "dana", "eve", "fay")
    found = {who: shop.ask(f"{who}@mail.example").json()["reason"] for who in names}
    assert {who: why for who, why in found.items() if why} == wanted and len(wanted) == 4


def test_handles_follow_merges_and_belong_to_nobody_when_shared(shop: Shop) -> None:
    from goodwill.service.store.models import Person

    put("handles", {"customer_id": "anna", "kind": "email", "value": "hex@work.example", "verified": True})
    assert shop.perk("hex@work.example") == "a coffee on the house"
    Person.objects.filter(given="email|anna@mail.example").update(customer_id="")
    assert shop.perk("anna@mail.example") is None


def test_an_index_that_was_lost_is_made_anew(shop: Shop) -> None:
    from goodwill.service import recognise
    from goodwill.service.store.models import Person, Recognisable

    there = set(Recognisable.objects.values_list("digest", "given"))
    Recognisable.objects.all().delete()
    assert shop.perk("anna@mail.example") is None
    assert recognise.index() == len(there) and set(Recognisable.objects.values_list("digest", "given")) == there
    assert shop.perk("anna@mail.example") == "a coffee on the house"
    Person.objects.filter(given="email|ben@mail.example").delete()
    assert recognise.index() == len(there) - 1
    assert "anna@mail.example" not in str([one for one, _ in there])


# --- terms --------------------------------------------------------------------------------------------------------


def test_refused_without_saying_whether_such_a_person_exists(shop: Shop) -> None:
    from goodwill.service import terms

    unknown = shop.ask("stranger@mail.example")
    terms.set("anna", ["answer me"], None, "anna")
    refused = shop.ask("anna@mail.example")
    assert refused.content == unknown.content and refused.headers.keys() == unknown.headers.keys()
    terms.set("anna", ["answer me", "value me"], None, "anna")
    assert shop.perk("anna@mail.example") == "a coffee on the house"
    (shop.service.home / "goodwill.toml").write_text('[terms]\nbasis = "consent"\n' + PERKS_AGAIN, encoding="utf-8")
    assert shop.perk("anna@mail.example") is not None and shop.perk("cem@mail.example") is None


PERKS_AGAIN = '[[perks]]\nname = "R"\nperk = "tea"\nfor = ["first purchase", "a friend"]\n'


def test_the_till_reads_terms_as_every_page_does(shop: Shop) -> None:
    """It asks in SQL of its own; the answer is that of live.terms, under every id of a person who has several."""
    from goodwill.know.terms import VALUE_ME, allows
    from goodwill.service import live
    from goodwill.service.live import people
    from goodwill.service.live import terms as everywhere
    from goodwill.service.recognise.asking import NOBODY, _terms, _whose

    now = datetime.now(UTC)
    put("people", {"customer_id": "anna2", "name": "A. Hex", "email": "anna@mail.example"})  # one person, two ids
    for row in (
        {"customer_id": "anna2", "at": now - timedelta(days=3), "refused": ["value me"]},
        {"customer_id": "anna", "at": now - timedelta(days=9), "purposes": ["value me"]},
        {"customer_id": "ben", "at": now - timedelta(days=3), "agreement": "SD-BASE"},
        {"customer_id": "dana", "at": now - timedelta(days=2), "purposes": []},
        {"customer_id": "dana", "at": now - timedelta(days=1), "purposes": ["answer me", "value me"]},
    ):
        put("terms", row)
    firm = live.firm()
    for who in ("anna", "ben", "cem", "dana", "eve"):
        person, ids = _whose(f"email:{_hash(f'{who}@mail.example')}")
        assert person == who and ids == sorted(people.ids_of([who]))
        assert allows(_terms(ids, now), firm, VALUE_ME) == (who not in everywhere.unvalued(firm, [who])), who
    assert _whose(f"email:{_hash('stranger@mail.example')}") == (None, [NOBODY])
    assert _whose(f"email:{_hash('anna@mail.example')}")[1] == ["anna", "anna2"]
    given = [shop.perk(f"{who}@mail.example") for who in ("anna", "ben", "dana")]
    assert given == [None, None, "a coffee on the house"]


def _hash(handle: str) -> str:
    from goodwill.service import recognise

    return recognise.hash_of("email", handle)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_look_up_asks_the_database_few_questions(shop: Shop) -> None:
    """Token, settings, whose handle, terms, acts; then the pace and the line in the log, in one transaction."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    shop.ask("anna@mail.example")
    with CaptureQueriesContext(connection) as queries:
        shop.ask("anna@mail.example")
    asked = [one["sql"] for one in queries.captured_queries if "keys.recognition" not in one["sql"]]  # the till's own
    assert len([sql for sql in asked if sql.split()[0] in ("SELECT", "INSERT", "UPDATE")]) == 7, asked


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_database_is_asked_the_same_for_everybody(shop: Shop) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from goodwill.service import terms

    terms.set("cem", ["answer me"], None, "cem")

    def asked(handle: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            shop.ask(handle)
        return [one["sql"].split("'")[0][:50] for one in queries.captured_queries]

    asked("warm@mail.example")
    assert asked("anna@mail.example") == asked("cem@mail.example") == asked("stranger@mail.example")


@pytest.mark.slow
def test_the_time_does_not_tell_either(shop: Shop) -> None:
    from goodwill.service import recognise, terms

    terms.set("anna", ["answer me"], None, "anna")
    (shop.service.home / "goodwill.toml").write_text(
        "[recognition]\na_minute = 100000\n" + PERKS_AGAIN, encoding="utf-8"
    )
    hashes = {who: recognise.hash_of("email", f"{who}@mail.example") for who in ("anna", "stranger")}

    def longer() -> float:
        """How many times as long it takes for her."""
        taken: dict[str, list[float]] = {"anna": [], "stranger": []}
        for _ in range(300):
            for who, digest in hashes.items():
                begun = time.perf_counter()
                recognise.recognise("email", digest, "test")
                taken[who].append(time.perf_counter() - begun)
        # The quicker half: what else the machine does only ever adds.
        middle = {who: sorted(some)[len(some) // 4] for who, some in taken.items()}
        return middle["anna"] / middle["stranger"]

    assert any(0.7 < longer() < 1.4 for _ in range(5))


# --- the log, the scope, the pace ---------------------------------------------------------------------------------


def test_every_look_up_is_in_their_own_log(shop: Shop) -> None:
    from goodwill.service import terms
    from goodwill.service.store.models import Audit

    terms.set("cem", [], None, "cem")
    for who in ("anna", "ben", "cem", "stranger"):
        shop.ask(f"{who}@mail.example")
    rows = Audit.objects.filter(purpose="perk").order_by("id").values_list("who", "act", "customer_id", "what")
    assert list(rows) == [
        ("token till recognise", "looked up at the till", "anna", "Regulars"),
        ("token till recognise", "looked up at the till", "ben", "no perk"),
        ("token till recognise", "looked up at the till", "cem", "refused: their terms"),
        ("token till recognise", "looked up at the till", None, "nobody"),
    ]


def test_its_own_scope_and_nothing_else(shop: Shop) -> None:
    from goodwill.service.mcp.identity import asker

    for scope, status in (("read", 403), ("write", 403), ("", 401), ("admin", 200), ("recognise", 200)):
        assert shop.ask("anna@mail.example", scope=scope).status_code == status
    headers = {"authorization": f"Bearer {shop.tokens['recognise']}"}
    client = shop.service.client()
    for address in ("customers/anna", "now", "messages", "customers/anna/terms"):
        assert client.get(f"/api/v1/{address}", headers=headers).status_code == 403
    sent = client.post("/api/v1/facts/people", [{"customer_id": "x"}], content_type="application/json", headers=headers)
    assert sent.status_code == 403
    assert not asker(shop.tokens["recognise"]).scopes


def test_a_flood_is_held_back_by_token_and_by_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.recognise import asking
    from goodwill.service.store.models import Audit

    now = datetime.now(UTC).replace(hour=12, minute=30, second=5)  # neither minute nor day ends in the midst of it
    monkeypatch.setattr(asking, "datetime", SimpleNamespace(now=lambda zone: now))
    (shop.service.home / "goodwill.toml").write_text("[recognition]\na_minute = 5\n" + PERKS_AGAIN, encoding="utf-8")
    answers = [shop.ask(f"guess{number}@mail.example") for number in range(8)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 3
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert "has asked more than 5 times" in answers[-1].json()["error"]["what"]
    assert Audit.objects.filter(purpose="perk").count() == 5
    assert shop.ask("anna@mail.example", scope="admin").status_code == 200  # another token has its own pace
    text = "[recognition]\na_minute = 9\na_day = 1\n" + PERKS_AGAIN
    (shop.service.home / "goodwill.toml").write_text(text, encoding="utf-8")
    assert shop.ask("anna@mail.example", scope="admin").status_code == 429


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"handle_hash": "anna@mail.example"}, "handle_hash"),
        ({"handle_hash": "AB" * 32}, "handle_hash"),
        ({"handle_hash": "ab" * 31}, "handle_hash"),
        ({"handle_hash": "ab" * 32, "kind": "name"}, "kind"),
        ({"handle_hash": "ab" * 32, "name": "Anna"}, "name"),
        ({}, "handle_hash"),
    ],
)
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_is_wrong_is_named(shop: Shop, body: Any, field: str) -> None:
    headers = {"authorization": f"Bearer {shop.tokens['recognise']}"}
    answer = shop.service.client().post("/api/v1/recognise", body, content_type="application/json", headers=headers)
    assert answer.status_code == 422 and answer.json()["error"]["field"] == field, answer.content


def test_without_perks_nobody_is_recognised_and_nothing_is_indexed(shop: Shop) -> None:
    from goodwill.service.store.models import Recognisable

    (shop.service.home / "goodwill.toml").write_text("", encoding="utf-8")
    before = Recognisable.objects.count()
    put("people", {"customer_id": "gus", "email": "gus@mail.example"})
    put("purchases", bought("g1", "gus", days=3))
    assert Recognisable.objects.count() == before
    assert shop.ask("anna@mail.example").json() == NOTHING


# --- the till page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_till_page_says_the_perk_and_keeps_nothing_of_what_was_typed(shop: Shop) -> None:
    from goodwill.service.store.keys import RECOGNITION, key

    agent = shop.service.colleague("till@firm.example", "agent")
    client = shop.service.client(agent)
    page = client.get("/till")
    assert page.status_code == 200 and "Regulars" in page.content.decode()
    answer = client.post("/till", {"kind": "email", "handle": "anna@mail.example"}).content.decode()
    assert "a coffee on the house" in answer and "Thank you for buying from us three times" in answer
    assert "anna@mail.example" not in answer and key(RECOGNITION).hex() not in answer and "Anna" not in answer
    nobody = client.post("/till", {"kind": "email", "handle": "stranger@mail.example"}).content.decode()
    assert "Nothing today." in nobody
    empty = client.post("/till", {"kind": "email", "handle": " "})
    assert empty.status_code == 422 and "The handle is empty" in empty.content.decode()
    assert shop.service.client().get("/till").status_code == 302
    analyst = shop.service.client(shop.service.colleague("an@firm.example", "analyst"))
    assert analyst.get("/till").status_code == 403


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("look", "width", "scheme"), [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light")]
)
def test_the_till_in_a_browser(shop: Shop, site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    from service.pages.test_for_everyone import violations

    agent = shop.service.colleague("till@firm.example", "agent", name="Anna Keller")
    tab = site.tab(agent, width=width, color_scheme=scheme).go("/till")
    tab.page.fill("#till-handle", "anna@mail.example")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector(".notice")
    assert "a coffee on the house" in tab.page.inner_text("main")
    tab.fits()
    assert not violations(tab, axe)
    tab.picture(f"till-{look}")
