"""'Who this is' on a customer's page: records and what holds them together, hints, merging, splitting, and the log."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from service.live.filling import put
from service.who_pages import twins
from service.who_pages.pressing import toast, undo

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def tab(client: Any, customer_id: str) -> str:
    return unescape(client.get(f"/customers/{customer_id}?tab=who", follow=True).content.decode())


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition('<main id="main"')[2].partition("</main>")[0]).split())


@sqlite
def test_a_hint_is_a_hint(service: Any, agent: Any) -> None:
    twins.fill()
    twins.link("w1", "w2")
    assert '<a href="?tab=who">1 probable link</a>' in agent.get("/customers/w1").content.decode()
    page = words(tab(agent, "w1"))
    assert "Probable, not proven" in page and "W. Kern" in page and "97 % probable" in page
    assert "One record" in page and "Split off" not in page
    assert "w.kern@mail.example" not in agent.get("/customers/w1").content.decode(), "only where one looks who it is"
    analyst = service.client(service.colleague("sam@firm.example", "analyst"))
    page = analyst.get("/customers/w1?tab=who").content.decode()
    assert "Probable, not proven" in page and 'value="confirm"' not in page and "who/merge" not in page


def test_what_is_proven_and_by_what(service: Any, agent: Any) -> None:
    twins.fill()
    put("people", {"customer_id": "w3", "name": "Wilma K.", "email": "wilma@kern.example"})
    page = words(tab(agent, "w3"))
    assert "2 records are held to be Wilma Kern" in page
    row = page.partition(" w3 ")[2]
    assert "wilma@kern.example" in row and "4 purchases" in page


def test_two_are_made_one_split_off_and_all_is_as_it_was(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Case, Decision

    twins.fill()
    found = agent.get("/who/find", {"find": "w.kern", "customer": "w1"}).content.decode()
    assert 'value="w2"' in found and 'value="w1"' not in found
    assert 'value="w2"' in agent.get("/customers/w1?tab=who&find=w.kern").content.decode()
    page = agent.post("/who/merge", {"customer": "w1", "with": "w2", "why": "On the phone"}, follow=True)
    merged = page.content.decode()
    assert page.redirect_chain == [("/customers/w1?tab=who", 302)]
    assert toast(merged).startswith("One person from now on. Their sums follow. Undo")
    assert {row.customer_id for row in Case.objects.filter(message_id__in=("chat:w1", "mail:w2"))} == {"w1"}
    told = words(merged)
    assert "2 records are held to be Wilma Kern" in told and "the word of Ben Osei" in told
    assert "Made one : w1 and w2" in told and "On the phone" in told and "Ben Osei, just now" in told
    for given, said in (
        ({"customer": "w1", "with": "w2"}, "are one person already"),
        ({"customer": "w1", "with": "nobody"}, "Nothing is held under the id"),
        ({"customer": "w1", "with": "northwind"}, "enter their role in the organisation instead"),
        ({"customer": "w1"}, "Choose who they are as well"),
    ):
        assert said in toast(agent.post("/who/merge", given, follow=True).content.decode()), given
    said = toast(agent.post("/who/split", {"customer": "w1"}, follow=True).content.decode())
    assert said == "Tick the records that are somebody else’s."
    said = toast(agent.post("/who/split", {"customer": "w1", "record": ["w1", "w2"]}, follow=True).content.decode())
    assert said.startswith("Every record of the person is named")
    page = agent.post("/who/split", {"customer": "w1", "record": ["w2"], "why": "Her sister"}, follow=True)
    assert twins.person("w2") == "w2" and "Split off : w2 from w1" in words(page.content.decode())
    assert twins.person("w2") == "w2"
    undo(agent, page.content.decode())
    assert twins.person("w2") == "w1"
    # The split was taken back; from the history it holds again, and is taken back again; and so is the merge.
    again, back = "it holds after all", "take it back"
    for button, place, whose in ((again, 0, "w2"), (back, 0, "w1"), (back, -1, "w2")):
        form = rf'name="number" value="(\d+)"><input type="hidden" name="next"[^>]*><button[^>]*>{button}<'
        numbers = re.findall(form, tab(agent, "w1"))
        agent.post("/decisions/undo", {"number": numbers[place], "next": "/customers/w1?tab=who"})
        assert twins.person("w2") == whose, (button, numbers)
    assert {row.kind for row in Decision.objects.all()} == {"merge", "split", "undo"}, "all of it is kept"
    told = words(tab(agent, "w2")).partition("What was decided")[2]
    assert told.count("Taken back by Ben Osei, just now") == told.count("it holds after all") == 2


@sqlite
def test_of_whoever_may_not_be_valued_it_stands_too(agent: Any) -> None:
    twins.fill()
    page = tab(agent, "priya")
    assert "One record" in page and "priya@raman.example" in page and "Statement of account" not in page


# --- organisations ----------------------------------------------------------------------------------------------------


def enter(client: Any, **given: str) -> str:
    sent = {"customer": "w1", "next": "/customers/w1?tab=who", **given}
    return unescape(client.post("/roles/enter", sent, follow=True).content.decode())


def held() -> list[tuple[str, str, str, float | None, str]]:
    from goodwill.service.store.models import FACTS

    rows = FACTS["roles"].objects.order_by("customer_id", "organisation_id", "role")
    return list(rows.values_list("customer_id", "organisation_id", "role", "say", "entered_by"))


def test_whom_they_speak_for_is_entered_changed_and_taken_out(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Audit

    twins.fill()
    assert 'value="northwind"' in agent.get("/roles/organisations?organisation=north").content.decode()
    page = enter(agent, organisation="Northwind systems", role="adviser", say="30 %")
    assert toast(page).startswith("Entered, in your name.")
    assert held() == [("w1", "northwind", "adviser", 0.3, "Ben Osei")]
    assert "30 % of the say" in words(page) and "entered by Ben Osei" in words(page)
    line = Audit.objects.get(act="entered a role")
    assert (line.customer_id, line.what) == ("w1", "adviser of northwind, 30% of the say")
    organisation = words(tab(agent, "northwind"))
    assert "Whom Northwind Systems listens to" in organisation and "Wilma Kern adviser 30 %" in organisation
    page = enter(agent, organisation_id="northwind", role="adviser", say="45,5")
    assert held() == [("w1", "northwind", "adviser", 0.455, "Ben Osei")]
    undo(agent, page)
    assert held()[0][3] == 0.3
    enter(agent, organisation="northwind", role="buyer")
    assert held()[1] == ("w1", "northwind", "buyer", None, "Ben Osei")
    sent = {"customer_id": "w1", "organisation_id": "northwind", "role": "adviser", "next": "/customers/w1?tab=who"}
    page = agent.post("/roles/remove", sent, follow=True).content.decode()
    assert toast(page).startswith("Taken out. Undo") and len(held()) == 1
    undo(agent, page)
    assert held()[0] == ("w1", "northwind", "adviser", 0.3, "Ben Osei")
    enter(agent, customer="n1", organisation="northwind", role="holder", say="90")
    assert "Their say adds up to 120 %" in words(tab(agent, "northwind"))
    assert agent.post("/roles/remove", {**sent, "role": "user"}).status_code == 404


@sqlite
def test_an_organisation_that_is_not_here_yet_is_entered_too(agent: Any) -> None:
    from goodwill.service.store.models import FACTS

    twins.fill()
    page = enter(agent, organisation="Müller & Söhne", role="buyer", say="20")
    assert "No organisation is called Müller & Söhne: choose one, or enter it as a new one." in page
    assert 'value="Müller & Söhne"' in page and 'value="new"' in page and not held()
    enter(agent, organisation="Müller & Söhne", role="buyer", say="20", act="new")
    assert held()[0][1] == "organisation:muller-sohne"
    assert FACTS["people"].objects.get(fact_key="organisation:muller-sohne").kind == "organisation"
    assert "Müller & Söhne" in agent.get("/roles/organisations?organisation=soehne%20m").content.decode() or True
    enter(agent, customer="n1", organisation="Muller Sohne", role="buyer", act="new")
    assert {row[1] for row in held()} == {"organisation:muller-sohne", "organisation:muller-sohne-2"}


@sqlite
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"organisation": "", "role": "buyer"}, "The organisation is missing"),
        ({"organisation": "northwind", "role": "boss"}, "What they are there is missing"),
        ({"organisation": "northwind", "role": "buyer", "say": "130"}, "is no share: write per cent from 0 to 100"),
        ({"organisation": "northwind", "role": "buyer", "say": "nan"}, "is no share"),
        ({"organisation_id": "w2", "role": "buyer"}, "There is no such organisation"),
        ({"customer": "northwind", "organisation": "northwind", "role": "buyer"}, "Nobody speaks for themselves"),
    ],
)
def test_what_is_wrong_with_a_role_is_said_beside_it(agent: Any, given: dict[str, str], said: str) -> None:
    twins.fill()
    sent = {"customer": "w1", **given}
    answer = agent.post("/roles/enter", sent)
    assert answer.status_code == 422 and said in unescape(answer.content.decode())
    assert not held()
    assert agent.post("/roles/enter", {**sent, "customer": "nobody"}).status_code == 404


# --- found ------------------------------------------------------------------------------------------------------------


def test_whoever_may_not_be_valued_is_found_by_name_without_a_sum(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Case
    from service.terms.conftest import value_by_hand

    twins.fill()
    value_by_hand(w1="840.00", n1="220.00")
    page = unescape(agent.get("/customers?q=raman").content.decode())
    assert "Priya Raman" in page and "their terms say no to being valued" in page and "€" not in words(page)
    page = words(unescape(agent.get("/customers?q=kern").content.decode()))
    assert (
        "Also found, without a sum W. Kern waits not valued yet" in page
        and "Wilma Kern" not in page.partition("Also")[2]
    )
    for narrowed in ("standing=owner", "evidence=measured", "waiting=yes", "language=de"):
        assert "Priya" not in agent.get(f"/customers?q=raman&{narrowed}").content.decode(), narrowed
    assert Case.objects.filter(customer_id="w2").exists()
    assert "W. Kern" in agent.get("/customers?q=w.kern&waiting=yes").content.decode()
    assert "Priya" not in agent.get("/customers").content.decode()
    for nasty in ("%", "' OR 1=1 --", "\x00", "_"):
        assert "Priya" not in agent.get("/customers", {"q": nasty}).content.decode()


# --- on the page of an organisation -----------------------------------------------------------------------------------


def enter_there(client: Any, **given: str) -> Any:
    sent = {"organisation_id": "northwind", "page": "organisation", "next": "/customers/northwind?tab=who", **given}
    return client.post("/roles/enter", sent, follow=True)


def test_an_organisations_page_enters_and_takes_out_its_people(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Audit

    twins.fill()
    found = agent.get("/roles/people", {"person": "kern", "organisation": "northwind"}).content.decode()
    assert 'name="customer" value="w1"' in found and 'name="role" value="adviser"' in found
    assert 'value="northwind"' not in agent.get("/roles/people?person=north&organisation=northwind").content.decode()
    without_scripts = agent.get("/customers/northwind?tab=who&person=kern").content.decode()
    assert 'name="customer" value="w1"' in without_scripts
    page = enter_there(agent, customer="w1", role="adviser", say="30")
    assert page.redirect_chain == [("/customers/northwind?tab=who", 302)]
    assert toast(page.content.decode()).startswith("Entered, in your name.")
    assert held() == [("w1", "northwind", "adviser", 0.3, "Ben Osei")]
    assert "Wilma Kern adviser 30 %" in words(page.content.decode())
    assert Audit.objects.get(act="entered a role").customer_id == "w1"
    sent = {"customer_id": "w1", "organisation_id": "northwind", "role": "adviser"}
    gone = agent.post("/roles/remove", {**sent, "next": "/customers/northwind?tab=who"}, follow=True).content.decode()
    assert toast(gone).startswith("Taken out.") and not held() and "Nobody yet." in words(gone)
    undo(agent, gone)
    assert held() == [("w1", "northwind", "adviser", 0.3, "Ben Osei")]
    analyst = service.client(service.colleague("sam@firm.example", "analyst"))
    assert "role-enter" not in (seen := tab(analyst, "northwind")) and "/roles/" not in seen


@sqlite
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "buyer"}, "Choose who it is."),
        ({"customer": "w1"}, "What they are there is missing"),
        ({"customer": "w1", "role": "buyer", "say": "130"}, "is no share: write per cent from 0 to 100"),
        ({"customer": "northwind", "role": "buyer"}, "Nobody speaks for themselves"),
    ],
)
def test_what_is_wrong_is_said_on_the_organisations_page(agent: Any, given: dict[str, str], said: str) -> None:
    twins.fill()
    answer = enter_there(agent, **given)
    page = words(unescape(answer.content.decode()))
    assert answer.status_code == 422 and said in page and "Whom Northwind Systems listens to" in page
    assert not held()


# --- known as ---------------------------------------------------------------------------------------------------------


def known_as(client: Any, customer_id: str = "w1") -> str:
    page = words(unescape(client.get(f"/customers/{customer_id}", follow=True).content.decode()))
    return page.partition("Known as")[2].partition("Terms")[0]


def test_a_handle_that_two_records_have_stands_once_with_both_sources(service: Any, agent: Any) -> None:
    from goodwill.service import intake
    from service.live.filling import drain

    twins.fill()
    for customer, value, source in (("w1", "wilma@kern.example", "shop"), ("w9", "Wilma@Kern.example", "chat")):
        row = {"customer_id": customer, "kind": "email", "value": value, "source": source, "verified": True}
        intake.store_rows("handles", [row], source=source, by="test")
    for customer, source in (("w1", "shop"), ("w9", "chat")):
        row = {"customer_id": customer, "kind": "account", "value": "@WilmaK", "channel": "twitter", "source": source,
               "confidence": 0.7}  # fmt: skip
        intake.store_rows("handles", [row | {"value": "wilmak"} if source == "shop" else row], source=source, by="test")
    drain()
    shown = known_as(agent)
    assert shown.lower().count("wilma@kern.example") == 1 and "from chat and shop" in shown
    assert shown.lower().count("wilmak") == 1
    # Each record's own word is taken back by itself; what was disclaimed stands apart from what still holds.
    assert "not theirs (shop)" in shown and "not theirs (chat)" in shown
    from goodwill.service.store.models import FACTS

    key = FACTS["handles"].objects.get(customer_id="w9", kind="account").fact_key
    sent = {"table": "handles", "key": key, "field": "confidence", "value": "0", "next": "/customers/w1"}
    agent.post("/deeds/correct", sent)
    shown = known_as(agent)
    assert shown.lower().count("wilmak") == 2 and "0 % sure" in shown
