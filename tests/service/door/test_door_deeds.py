"""What a customer does at their door counts at once, and reaches nobody else's things."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import ANNA, ATTACK, at_the_door, fill, secret_for, words_of
from service.live.filling import drain, put, standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.conftest import Service
    from service.door.conftest import Letterbox

PAGES = ("/door", "/door/held", "/door/given", "/door/allowed", "/door/asked", "/door/leaving")


def page(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return words_of(answer.content)


# --- putting right ----------------------------------------------------------------------------------------------------


def test_a_name_is_put_right_at_once_and_stays(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import FACTS

    fill()
    client = at_the_door(service)
    for name in ("Anna Hexe", "Anna Hex", "Anne  Hex\n"):  # there and back again
        assert client.post("/door/held/correct", {"name": name, "country": "CH"})["Location"] == "/door/held"
        assert live.customer("anna")["name"] == " ".join(name.split())
        assert " ".join(name.split()) in page(client, "/door")
    row = FACTS["corrections"].objects.order_by("-row").first()
    assert (row.table, row.key, row.field, row.by) == ("people", "anna", "name", "the customer")
    assert "Nothing was changed" in words_of(
        client.post("/door/held/correct", {"name": "Anne Hex"}, follow=True).content
    )
    # The shop sends the old name again: their own word holds.
    put("people", {"customer_id": "anna", "name": "Anna Hex", "email": ANNA})
    assert live.customer("anna")["name"] == "Anne Hex"
    assert live.customer("ben")["name"] == "Ben Osei"


def test_somebody_without_a_record_of_their_own_gets_one(service: Service) -> None:
    from goodwill.service import live

    put("handles", {"customer_id": "x9", "kind": "email", "value": "x9@mail.example", "verified": True})
    client = at_the_door(service, "x9")
    assert "Everything we hold about you" in page(client, "/door")
    client.post("/door/held/correct", {"name": "Xenia Nine"})
    drain()
    assert live.customer("x9")["name"] == "Xenia Nine"


def test_what_was_meant_counts_at_once_and_outlives_a_reading_anew(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Audit, Reading

    fill()
    client = at_the_door(service)
    assert Reading.objects.get(message_id="chat:1").mood == "negative"
    sent = {"message": "chat:1", "mood": "positive", "intents_shown": "1", "intents": ["praise", "no such"]}
    said = client.post("/door/held/dispute", sent, follow=True)
    assert "your word counts from now on" in words_of(said.content)
    for again in (False, True):
        if again:
            live.read_again(["chat:1"])
        read = Reading.objects.get(message_id="chat:1")
        assert (read.mood, list(read.intents), read.corrected) == ("positive", ["praise"], True), again
    assert "You were happy and wanted to praise" in page(client, "/door/held")
    assert Audit.objects.filter(act="disputed", customer_id="anna", what__contains="positive").exists()
    # Said the same again, nothing is written.
    sent["intents"] = ["praise"]
    assert "Nothing was changed" in words_of(client.post("/door/held/dispute", sent, follow=True).content)


def test_what_they_take_back_leaves_the_queue_of_complaints(service: Service) -> None:
    """The effect is recomputed: what was no complaint stands in Now no more as one."""
    from goodwill.service.store.models import Case

    fill()
    before = Case.objects.get(message_id="chat:1")
    client = at_the_door(service)
    sent = {"message": "chat:1", "mood": "positive", "intents_shown": "1", "intents": ["praise"]}
    client.post("/door/held/dispute", sent)
    after = Case.objects.filter(message_id="chat:1").first()
    assert after is None or after.group == "thank" != before.group
    assert "chat:1" not in standing()[: standing().index("chat:ben")]


def test_a_guessed_handle_goes_at_once_and_a_sure_one_is_looked_at_by_a_person(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import FACTS, Request

    fill()
    client = at_the_door(service)
    keys = {row["value"]: row["key"] for row in live.customer("anna")["handles"]}
    client.post("/door/held/dispute", {"handle": keys["hexgear"]})
    assert "hexgear" not in page(client, "/door/held").partition("What we wrote down")[0]
    assert FACTS["corrections"].objects.get(table="handles").value == "0" and not Request.objects.exists()
    client.post("/door/held/dispute", {"handle": keys[ANNA]})
    asked = Request.objects.get()
    assert (asked.kind, asked.customer_id, asked.by) == ("rectify", "anna", "the customer")
    assert ANNA in asked.words and asked.identity and ANNA in page(client, "/door/held")
    assert "This is not mine" in page(client, "/door/leaving")


def test_anything_else_reaches_the_firm_with_a_month_to_answer(service: Service) -> None:
    from goodwill.service import requests
    from goodwill.service.requests import queue
    from goodwill.service.store.models import Request

    fill()
    client = at_the_door(service)
    said = client.post("/door/held/dispute", {"words": f"Order a3 was never mine. {ATTACK}"}, follow=True)
    assert "within a month" in words_of(said.content)
    row = Request.objects.get()
    assert timedelta(days=27) < row.due - datetime.now(UTC) < timedelta(days=32)
    leaving = page(client, "/door/leaving")
    assert "To put something right" in leaving and "we answer by" in leaving
    queue.settle(row.number, "You are right, it is gone.", "anna@firm.example")
    assert "You are right, it is gone." in page(client, "/door/leaving")
    assert requests.KINDS
    assert "Say in a few words" in words_of(client.post("/door/held/dispute", {"words": "  "}, follow=True).content)


def test_nobody_fills_the_firms_list(service: Service) -> None:
    from goodwill.service.store.models import Request

    fill()
    client = at_the_door(service)
    for number in range(32):
        client.post("/door/held/dispute", {"words": f"No {number}"})
    assert Request.objects.count() == 30
    assert "enough for today" in words_of(client.post("/door/held/correct", {"name": "X"}, follow=True).content)


# --- other people's things --------------------------------------------------------------------------------------------


def test_ids_of_others_open_nothing_and_change_nothing(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import FACTS, Ask, Reading, Request

    fill()
    ben = at_the_door(service, "ben")
    ben.post("/door/asked", {"what": "A spare lid"})
    theirs = Ask.objects.get()
    key = live.customer("ben")["handles"][0]["key"]
    before = (FACTS["corrections"].objects.count(), FACTS["people"].objects.count())
    was = Reading.objects.get(message_id="chat:ben").mood
    client = at_the_door(service)
    for path, sent in (
        ("/door/held/dispute", {"message": "chat:ben", "mood": "positive"}),
        ("/door/held/dispute", {"message": "no such", "mood": "positive"}),
        ("/door/held/dispute", {"handle": key}),
        ("/door/held/dispute", {"handle": "ben|email|ben@mail.example|"}),
        ("/door/asked/withdraw", {"ask": theirs.pk}),
        ("/door/asked/withdraw", {"ask": "1e9"}),
        ("/door/asked/withdraw", {"ask": "9" * 40}),
        ("/door/held/correct", {"customer_id": "ben", "key": "ben"}),
        ("/door/erase", {"word": "erase me", "customer_id": "ben"}),
    ):
        assert client.post(path, sent).status_code in (302, 422), path
    assert Reading.objects.get(message_id="chat:ben").mood == was
    assert (FACTS["corrections"].objects.count(), FACTS["people"].objects.count()) == before
    assert Ask.objects.filter(pk=theirs.pk).exists() and not Request.objects.exists()
    assert live.customer("ben")["name"] == "Ben Osei"
    for path in ("/door/take/json?customer_id=ben", "/door?customer_id=ben", "/door/held?customer=ben"):
        assert "Osei" not in client.get(path).getvalue().decode()
    assert client.get("/door/take/xml").status_code == client.get("/door/receipt/0000").status_code == 404


def test_others_are_counted_and_never_named(service: Service) -> None:
    fill()
    service.colleague("kim@firm.example", name="Kim Colleague")
    client = at_the_door(service)
    for path in PAGES:
        said = client.get(path).content.decode()
        assert not any(name in said for name in ("Ben", "ben@mail", "benosei", "Kim Colleague", "kim@firm")), path
    assert "1 of them bought something" in page(client, "/door/given")
    taken = client.get("/door/take/json").getvalue().decode()
    assert "Osei" not in taken and "ben@mail" not in taken


def test_what_somebody_wrote_stays_text(service: Service) -> None:
    fill()
    put("people", {"customer_id": "anna", "name": ATTACK, "email": ANNA})
    put(
        "contributions",
        {"contribution_id": "i2", "customer_id": "anna", "at": datetime.now(UTC), "kind": "idea", "text": ATTACK},
    )
    client = at_the_door(service)
    client.post("/door/asked", dict.fromkeys(("what", "place", "wanted", "budget", "terms"), ATTACK))
    client.post("/door/held/dispute", {"words": ATTACK})
    agent = service.client(service.colleague(role="agent"))
    pages = [client.get(path) for path in (*PAGES, "/door/page")] + [agent.get("/asks")]
    for answer in pages:
        said = answer.content.decode()
        assert "<script>alert" not in said and "<img src=x" not in said, answer.request["PATH_INFO"]
    wrong = client.post("/door/asked", {"what": ATTACK, "expires": ATTACK}).content.decode()
    assert "no day" in wrong and "&lt;img" in wrong and "<img src=x" not in wrong
    sent = service.client().post("/door/link", {"email": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in sent


def test_who_turns_out_to_be_one_person_has_one_door(service: Service) -> None:
    """Two records that one address unites: what was asked under either id, the log and the link stay theirs."""
    from goodwill.service import live

    fill()
    put("people", {"customer_id": "zoe", "name": "Anna H.", "email": "work@mail.example"})
    other = at_the_door(service, "zoe")
    other.post("/door/asked", {"what": "A quiet fan"})
    put("handles", {"customer_id": "zoe", "kind": "email", "value": ANNA, "verified": True})
    assert live.person_of("zoe") == "anna"
    for client in (other, at_the_door(service)):
        assert "A quiet fan" in page(client, "/door/asked") and "work@mail.example" in page(client, "/door")
        assert "You asked us for something" in page(client, "/door")
    other.post("/door/held/correct", {"name": "Anna Both"})
    assert live.customer("anna")["name"] == live.customer("zoe")["name"] == "Anna Both"


# --- terms ------------------------------------------------------------------------------------------------------------


def test_one_click_and_their_worth_is_nowhere(service: Service) -> None:
    from goodwill.service import live, terms
    from goodwill.service.api.auth import make_token

    fill()
    token = {"Authorization": f"Bearer {make_token('crm', ['read'])}"}
    client = at_the_door(service)
    assert "840" in page(client, "/door/given") and live.customer("anna")["worth"] is not None
    assert client.post("/door/allowed", {"object": "1"})["Location"] == "/door/allowed"
    assert live.customer("anna")["worth"] is None
    assert service.client().get("/api/v1/customers/anna", headers=token).json()["worth"] is None
    said = page(client, "/door/given")
    assert "840" not in said and "your terms say no to it" in said
    state = terms.state("anna")
    assert "answer me" in state["purposes"] and not {"value me", "tell me news", "quote me"} & set(state["purposes"])
    assert "I say no to that" not in page(client, "/door/allowed")
    assert live.customer("ben")["worth"] is not None


def test_no_box_that_needs_a_yes_is_ticked_for_them(service: Service) -> None:
    import re

    fill()
    client = at_the_door(service)

    def ticked() -> set[str]:
        html = client.get("/door/allowed").content.decode()
        return set(re.findall(r'name="purpose" value="([^"]+)" checked', html))

    assert ticked() == {"answer me", "value me"}
    (service.home / "goodwill.toml").write_text('[terms]\nbasis = "consent"\n', encoding="utf-8")
    assert ticked() == {"answer me"}
    assert "only after they said yes" in page(client, "/door/allowed")
    # Leave to quote, given and withdrawn.
    client.post("/door/allowed", {"purpose": ["answer me", "quote me", "no such"]})
    assert ticked() == {"answer me", "quote me"} and "Yes: you said so" in page(client, "/door/allowed")
    client.post("/door/allowed", {"purpose": ["answer me"]})
    assert ticked() == {"answer me"}


# --- asks and ideas ---------------------------------------------------------------------------------------------------


def test_an_ask_is_answered_and_never_goes_further(service: Service, post: Letterbox, work: Callable[[], None]) -> None:
    from goodwill.service.store.models import FACTS, Ask, Audit, Batch

    fill()
    client = at_the_door(service)
    batches = Batch.objects.count()
    sent = {
        "what": "A fan for a quiet case",
        "place": "Bern",
        "wanted": "by Friday",
        "budget": "40 €",
        "terms": "no calls",
    }
    assert client.post("/door/asked", sent)["Location"] == "/door/asked"
    said = page(client, "/door/asked")
    assert "A fan for a quiet case" in said and "where Bern" in said and "terms: no calls" in said

    analyst, agent = service.colleague("b@firm.example", "analyst"), service.colleague("a@firm.example", "agent")
    assert service.client(analyst).get("/asks").status_code == 403
    office = service.client(agent)
    html = office.get("/asks").content.decode()
    assert "Anna Hex" in html and "by Friday" in html and 'href="/asks"' in html
    office.get("/asks")
    assert Audit.objects.filter(act="read asks", customer_id="anna", who="a@firm.example").count() == 1
    ask = Ask.objects.get()
    assert office.post("/asks/answer", {"ask": ask.pk, "text": " "}).status_code == 422
    assert office.post("/asks/answer", {"ask": ask.pk, "text": "The F-120, in our shop."})["Location"] == "/asks"
    assert office.post("/asks/answer", {"ask": ask.pk, "text": "Another"}).status_code == 409
    work()
    assert [to for to, _ in post.letters] == [[ANNA]] and "F-120" not in post.text() and "/door" in post.text()
    assert "The F-120, in our shop." in page(client, "/door/asked")
    log = page(client, "/door")
    for line in ("You asked us for something", "works here read what you asked", "works here answered what you asked"):
        assert line in log

    # It is no fact, no message, no case: nothing that lists, exports or sells reads it.
    assert Batch.objects.count() == batches
    assert not FACTS["messages"].objects.filter(text__contains="quiet case").exists()
    admin = service.client(service.colleague("c@firm.example"))
    for path in ("/customers.csv", "/customers/anna", "/customers/anna?tab=timeline", "/"):
        assert b"quiet case" not in b"".join(admin.get(path))


def test_asks_expire_and_are_taken_back(service: Service, work: Callable[[], None]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Ask

    fill()
    client = at_the_door(service)
    today = datetime.now(UTC).date()
    for wrong, words in (
        ({"what": "x", "expires": (today - timedelta(days=1)).isoformat()}, "between today and a year"),
        ({"what": "x", "expires": (today + timedelta(days=400)).isoformat()}, "between today and a year"),
        ({"what": "x", "expires": "soon"}, "no day"),
        ({"what": "  "}, "Say what you look for"),
    ):
        answer = client.post("/door/asked", wrong)
        assert answer.status_code == 422 and words in words_of(answer.content)
    for number in range(21):
        last = client.post("/door/asked", {"what": f"thing {number}"})
    assert last.status_code == 422 and "20 asks open" in words_of(last.content) and Ask.objects.count() == 20
    first = Ask.objects.order_by("pk").first()
    client.post("/door/asked/withdraw", {"ask": first.pk})
    assert not Ask.objects.filter(pk=first.pk).exists() and "thing 0" not in page(client, "/door/asked")
    Ask.objects.filter(what="thing 1").update(expires=today - timedelta(days=1))
    office = service.client(service.colleague())
    assert ">thing 2<" in (html := office.get("/asks").content.decode()) and ">thing 1<" not in html
    over = Ask.objects.get(what="thing 1")
    assert office.post("/asks/answer", {"ask": over.pk, "text": "late"}).status_code == 409
    jobs.add("asks that are over")
    work()
    assert set(Ask.objects.filter(what__in=("thing 1", "thing 2")).values_list("what", flat=True)) == {"thing 2"}


def test_an_idea_is_kept_as_theirs(service: Service) -> None:
    from goodwill.service.store.models import FACTS

    fill()
    client = at_the_door(service)
    assert client.post("/door/asked", {"kind": "idea", "text": " "}).status_code == 422
    client.post("/door/asked", {"kind": "idea", "text": "Print the warranty in the lid"})
    drain()
    row = FACTS["contributions"].objects.get(text__startswith="Print")
    assert (row.customer_id, row.kind, row.state) == ("anna", "idea", "heard")
    assert "we heard it" in page(client, "/door/given")


# --- referrals and the budget -----------------------------------------------------------------------------------------


def test_who_comes_by_their_link_counts_as_brought_by_them(service: Service) -> None:
    from goodwill.service.api.auth import make_token
    from goodwill.service.store.models import FACTS, ReferralCode

    fill()
    client = at_the_door(service)
    assert "We have no page for such links yet" in page(client, "/door/given")
    admin = service.client(service.colleague())
    kept = {"name": "door.referral_page", "value": "https://shop.example/?friend={code}"}
    assert admin.post("/settings/change", kept)["Location"] == "/settings?tab=door"
    said = page(client, "/door/given")
    code = said.partition("https://shop.example/?friend=")[2].split()[0]
    assert ReferralCode.objects.get().code == code and len(code) == 8
    assert page(client, "/door/given").count(code) == said.count(code)

    api = service.client()
    token = {"Authorization": f"Bearer {make_token('shop', ['write'])}"}
    reader = {"Authorization": f"Bearer {make_token('reader', ['read'])}"}

    def send(headers: Any = token, **body: str) -> Any:
        return api.post("/api/v1/referrals", body, content_type="application/json", headers=headers)

    put("people", {"customer_id": "cem", "name": "Cem Kaya"})
    first = send(code=code, referred_id="cem")
    assert first.status_code == 200 and set(first.json()) == {"referral_id"}
    drain()
    assert send(code=code, referred_id="cem").json() == first.json()
    drain()
    row = FACTS["referrals"].objects.get(referred_id="cem")
    assert (row.referrer_id, row.fact_source) == ("anna", "referral links")
    assert send(code=code, referred_id="anna").status_code == 422
    assert send(code="nosuch22", referred_id="cem").status_code == 404
    assert send(code="../../x", referred_id="cem").status_code == 422
    assert send(code=code, referred_id="ben").status_code == 409
    assert send(reader, code=code, referred_id="cem").status_code == 403
    assert api.post("/api/v1/referrals", {}, content_type="application/json").status_code == 401
    assert "You brought others" in page(client, "/door/given")


def test_one_budget_over_surveys_and_invitations(service: Service) -> None:
    from goodwill.service.api.auth import make_token

    fill()
    token = {"Authorization": f"Bearer {make_token('survey', ['read'])}"}
    client, api = at_the_door(service), service.client()
    assert api.get("/api/v1/customers/anna/asks", headers=token).json() == {"most": 3, "asked": 1, "left": 2}
    now = datetime.now(UTC)
    put("actions", {"action_id": "v1", "customer_id": "anna", "at": now, "kind": "invite"},
        {"action_id": "v0", "customer_id": "anna", "at": now - timedelta(days=100), "kind": "invite"})  # fmt: skip
    assert api.get("/api/v1/customers/anna/asks", headers=token).json()["left"] == 1
    admin = service.client(service.colleague())
    admin.post("/settings/change", {"name": "door.asks", "value": "2"})
    assert api.get("/api/v1/customers/anna/asks", headers=token).json() == {"most": 2, "asked": 2, "left": 0}
    assert "none is left, so we ask for nothing more" in page(client, "/door")
    assert api.get("/api/v1/customers/nobody/asks", headers=token).status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("door.asks", "-1", "is no such number"),
        ("door.asks", "many", "write 0 to 90"),
        ("door.referral_page", "javascript:alert('{code}')", "is no address of a page"),
        ("door.referral_page", "https://{code}.shop.example/", "is no address of a page"),
        ("door.referral_page", "https://shop.example/", "write it as https://shop.example/?friend={code}"),
        ("door.referral_page", 'https://shop.example/?f={code}"><b>', "is no address of a page"),
    ],
)
def test_settings_of_the_door_that_cannot_be(service: Service, name: str, value: str, words: str) -> None:
    import html

    from goodwill.service.store.models import Setting

    admin = service.client(service.colleague())
    answer = admin.post("/settings/change", {"name": name, "value": value})
    assert answer.status_code == 422 and words in html.unescape(words_of(answer.content))
    assert not Setting.objects.exists()


# --- take along, and erase --------------------------------------------------------------------------------------------


def test_everything_is_taken_along(service: Service) -> None:
    fill()
    client = at_the_door(service)
    taken = client.get("/door/take/json")
    assert taken["Content-Type"] == "application/json" and "attachment" in taken["Content-Disposition"]
    parts = {part["name"]: part for part in json.loads(taken.getvalue())["parts"]}
    assert {part["mark"] for part in parts.values()} == {"provided", "observed", "inferred"}
    assert len(parts["purchases"]["rows"]) == 7 and parts["messages"]["mark"] == "provided"
    packed = client.get("/door/take/csv")
    assert packed["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.getvalue())) as zipped:
        rows = list(csv.DictReader(io.StringIO(zipped.read("purchases.csv").decode("utf-8-sig"))))
    assert len(rows) == 7
    assert "You took a copy" in page(client, "/door")
    assert client.post("/door/take/json").status_code == 405


def test_erased_at_the_door_and_gone(service: Service, work: Callable[[], None]) -> None:
    from goodwill.service.api.auth import make_token
    from goodwill.service.store.models import Ask, DoorLink, ReferralCode, Setting

    fill()
    Setting.objects.create(name="door.referral_page", value="https://s.example/{code}", by="x")
    client, elsewhere = at_the_door(service), at_the_door(service)
    client.post("/door/asked", {"what": "A lid"})
    client.get("/door/given")
    later = secret_for("anna")
    refused = client.post("/door/erase", {"word": "yes"})
    assert refused.status_code == 422 and "Write the word erase if you mean it" in words_of(refused.content)
    done = client.post("/door/erase", {"word": " Erase "})
    said = words_of(done.content)
    assert done.status_code == 200 and "We forget you" in said
    number = said.partition("can read it.")[2].split()[0]
    token = {"Authorization": f"Bearer {make_token('crm', ['read'])}"}
    assert service.client().get("/api/v1/customers/anna", headers=token).status_code == 410
    # At once no session of theirs opens anything, whatever browser has it, nor a link that was still good.
    assert b"Everything we hold" not in client.get("/door").content
    assert b"Everything we hold" not in elsewhere.get("/door").content
    work()
    receipt = words_of(service.client().get(f"/door/receipt/{number}").content)
    assert "you are erased" in receipt.lower() and "Anna" not in receipt
    assert not Ask.objects.exists() and not ReferralCode.objects.filter(customer_id="anna").exists()
    assert not DoorLink.objects.filter(customer_id="anna").exists()
    assert service.client().post(f"/door/enter/{later}").status_code == 410
    assert "Osei" in str(service.client().get("/api/v1/customers/ben", headers=token).json())


def test_a_receipt_speaks_plainly(service: Service, work: Callable[[], None]) -> None:
    """No name of a table stands on it, whatever went; and nobody's."""
    import re

    from django.apps import apps

    from goodwill.service.door import words

    fill()
    client = at_the_door(service)
    client.post("/door/asked", {"what": "A fan"})
    answer = client.post("/door/erase", {"word": "erase"}).content.decode()
    number = re.search(r"/door/receipt/(\w+)", answer)
    assert number
    work()
    said = page(service.client(), f"/door/receipt/{number[1]}")
    for words_of_it in ("It is done: you are erased.", "What you looked for 1", "What stays, without you"):
        assert words_of_it in said
    assert "The day and the sum of what you bought 7" in said and "7 purchases until 31 December" in said
    assert "Anna" not in said and "anna" not in said
    for model in apps.get_app_config("store").get_models():
        table = model._meta.db_table
        assert "_" not in table or table not in said, table
        assert not words.counted({table: 1}, words.ERASED)[0][0].startswith(("fact_", table + "_"))


def test_a_hold_and_what_the_law_keeps_are_said(service: Service) -> None:
    from goodwill.service.store.models import Hold

    fill()
    now = datetime.now(UTC)
    Hold.objects.create(
        customer_id="anna", table="messages", reason="A court wants it.", until=now.date() + timedelta(days=90),
        by="x@firm.example", at=now,
    )  # fmt: skip
    (service.home / "goodwill.toml").write_text("[retention.years]\nevents = 2\n", encoding="utf-8")
    client = at_the_door(service)
    for path in ("/door/held", "/door/leaving"):
        assert "We may not erase what you said before" in page(client, path) and "A court wants it." in page(
            client, path
        )
    assert "What happened 2 years" in page(client, "/door/held") and "all else until you" in page(client, "/door/held")
    assert "for 10 years" in page(client, "/door/leaving") and "30 days" in page(client, "/door/leaving")


def test_a_page_of_their_own_keeps_terms_records_and_answers(service: Service) -> None:
    from goodwill.service.requests import queue
    from goodwill.service.store.models import Request

    fill()
    client = at_the_door(service)
    client.post("/door/allowed", {"purpose": ["answer me", "quote me"]})
    client.post("/door/held/dispute", {"words": "</script><script>alert(1)</script>"})
    queue.settle(Request.objects.get().number, "Done & dusted", "x@firm.example")
    made = client.get("/door/page")
    html = made.content.decode()
    assert "attachment" in made["Content-Disposition"] and html.count("</script>") == 2
    kept = json.loads(html.split('id="kept">')[1].split("</script>")[0])
    firm = kept["firms"][0]
    assert firm["terms"]["allowed"] == ["answer me", "quote me"] and "value me" in firm["terms"]["refused"]
    assert firm["requests"][0]["answer"] == "Done & dusted"
    assert "default-src 'none'" in html and "http" not in html.split("<script>")[1]
