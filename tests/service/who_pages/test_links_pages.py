"""The queue of probable links: who may see and decide, every link once, each decision at once and taken back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from service.who_pages import twins
from service.who_pages.pressing import toast, undo

ROW = re.compile(r'data-row="(\d+)"')
NEXT = re.compile(r'href="([^"]*cursor=[^"]*)"')
sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def state(link: Any) -> str:
    link.refresh_from_db()
    return str(link.state)


# --- who may ----------------------------------------------------------------------------------------------------------


@sqlite
def test_who_may_see_and_who_may_decide(service: Any) -> None:
    twins.fill()
    link = twins.link("w1", "w2")
    assert service.client().get("/links")["Location"].startswith("/sign-in")
    viewer = service.client(service.colleague("vera@firm.example", "viewer"))
    analyst = service.client(service.colleague("sam@firm.example", "analyst"))
    for path in ("/links", f"/links/{link.pk}"):
        assert viewer.get(path).status_code == 403
        page = analyst.get(path).content.decode()
        assert "Wilma Kern" in page and 'value="confirm"' not in page
    for path, given in (
        (f"/links/{link.pk}/decide", {"act": "confirm"}),
        ("/links/at-once", {}),
        ("/links/again", {}),
        ("/decisions/undo", {"number": "0"}),
        ("/who/merge", {"customer": "w1", "with": "w2"}),
        ("/who/split", {"customer": "w1", "record": "w2"}),
        ("/roles/enter", {"customer": "w1", "organisation": "northwind", "role": "buyer"}),
        ("/roles/remove", {"customer_id": "w1"}),
    ):
        assert analyst.post(path, given).status_code == 403, path
        assert viewer.post(path, given).status_code == 403, path
    for path in ("/links/at-once", "/who/find?find=kern", "/roles/organisations?organisation=north"):
        assert analyst.get(path).status_code == 403, path
    assert state(link) == "proposed" and twins.person("w2") == "w2"


@sqlite
def test_other_sites_cannot_decide(service: Any) -> None:
    from django.test import Client

    twins.fill()
    link = twins.link("w1", "w2")
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(service.colleague())
    for path in (f"/links/{link.pk}/decide", "/links/at-once", "/decisions/undo", "/who/merge", "/who/split",
                 "/roles/enter", "/roles/remove", "/links/again"):  # fmt: skip
        assert client.post(path, {"act": "confirm"}).status_code == 403, path
    for path in (f"/links/{link.pk}/decide", "/decisions/undo", "/who/merge", "/who/split", "/roles/enter"):
        assert client.get(path).status_code == 405, path


# --- the queue --------------------------------------------------------------------------------------------------------


def test_every_link_stands_once_the_surest_first(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Link

    twins.many(47)
    found, address = [], "/links"
    for _ in range(9):
        body = agent.get(address).content.decode()
        found += [int(one) for one in ROW.findall(body)]
        more = NEXT.search(body)
        if more is None:
            break
        address = unescape(more[1])
    assert found == list(Link.objects.order_by("-probability", "id").values_list("id", flat=True))
    assert "Who is who: 47" in body
    assert 'id="count-links">47<' in body
    first = [int(one) for one in ROW.findall(agent.get("/links?cursor=nonsense").content.decode())]
    assert first == found[:20]


def test_it_is_narrowed_by_state_probability_and_words(service: Any, agent: Any) -> None:
    twins.fill()
    kern, novak = twins.link("w1", "w2", 0.971), twins.link("n1", "n2", 0.62)

    def shown(query: str) -> list[int]:
        return [int(one) for one in ROW.findall(agent.get(f"/links?{query}").content.decode())]

    assert shown("") == shown("state=no&least=no&q=%00") == [kern.pk, novak.pk]
    assert shown("least=0.9") == shown("q=wilma") == shown("q=w.kern%40mail") == [kern.pk]
    assert shown("q=novak&least=0.5") == [novak.pk]
    assert shown("state=rejected") == []
    assert "Nothing matches" in agent.get("/links?least=0.99").content.decode()
    agent.post(f"/links/{novak.pk}/decide", {"act": "reject"})
    assert shown("state=rejected") == [novak.pk] and shown("") == [kern.pk]


@sqlite
def test_nothing_stands_there_of_whoever_may_not_be_guessed_at(service: Any, agent: Any) -> None:
    twins.fill()
    link = twins.link("priya", "evil", 0.9)
    assert "Priya" not in agent.get("/links").content.decode()
    assert agent.get(f"/links/{link.pk}").status_code == 404
    assert "probable link" not in agent.get("/customers/evil?tab=who").content.decode()


@sqlite
def test_names_stay_words(agent: Any) -> None:
    twins.fill()
    link = twins.link("evil", "w1")
    for path in ("/links", f"/links/{link.pk}", "/customers/evil?tab=who", "/links?q=%3Cscript%3E&least='"):
        assert "<script>alert" not in agent.get(path).content.decode()


@sqlite
def test_an_empty_queue_says_what_comes(agent: Any) -> None:
    page = agent.get("/links").content.decode()
    assert "Who is who: 0" in page and "Nobody looks like anybody else" in page


# --- one link ---------------------------------------------------------------------------------------------------------


def test_both_sides_stand_beside_each_other_with_the_waterfall(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Audit

    twins.fill()
    link = twins.link("w1", "w2")
    page = agent.get(f"/links/{link.pk}").content.decode()
    for said in ("Wilma Kern", "W. Kern", "wilma@kern.example", "w.kern@mail.example", "4 purchases", "1 purchase",
                 "97\xa0%", "probable, not proven"):  # fmt: skip
        assert said in page, said
    told = re.sub(r"<[^>]+>", " ", page.partition("What was compared")[2])
    for said in ("1 in 2,000", "×680", "×37", "×10", "÷3.5", "All together", "Nothing was told by: account."):
        assert said in told, (said, told[:1500])
    assert "From 1 in 2,000 before anything is compared to 97\xa0%." in page
    assert page.count('<svg class="fall"') == len(twins.REASONS) and "style=" not in page
    seen = Audit.objects.filter(act="saw a link")
    assert set(seen.values_list("customer_id", flat=True)) == {"w1", "w2"}
    agent.get(f"/links/{link.pk}")
    assert seen.count() == 2, "once an hour"
    part = agent.get(f"/links/{link.pk}", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part and "All together" in part and 'value="confirm"' not in part
    for wrong in ("0", "999", "9" * 30):
        assert agent.get(f"/links/{wrong}").status_code == 404


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_a_link_is_confirmed_and_taken_back(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Audit, Decision, Job

    twins.fill()
    link = twins.link("w1", "w2")
    sent = {"act": "confirm", "why": "She said so on the phone.", "next": "/links"}
    page = agent.post(f"/links/{link.pk}/decide", sent, follow=True).content.decode()
    assert toast(page).startswith("One person from now on. Undo") and state(link) == "confirmed"
    assert twins.person("w1") == twins.person("w2") == "w1"
    made = Decision.objects.get()
    assert (made.kind, made.by, made.why) == ("confirm", "ben@firm.example", "She said so on the phone.")
    assert Audit.objects.filter(act="who is who: confirm", who="ben@firm.example").count() == 2
    assert Job.objects.filter(name="revalue").exists()
    one = agent.get(f"/links/{link.pk}").content.decode()
    assert "One person" in one and "Take it back" in one
    assert toast(undo(agent, page)).startswith("Taken back")
    assert state(link) == "proposed" and twins.person("w2") == "w2"
    assert Decision.objects.count() == 2, "the log keeps both"


def test_a_link_is_rejected_and_the_next_one_stands_there(service: Any, agent: Any) -> None:
    twins.fill()
    kern, novak = twins.link("w1", "w2", 0.97), twins.link("n1", "n2", 0.62)
    sent = {"act": "reject", "next": "/links?least=0.5"}
    answer = agent.post(f"/links/{kern.pk}/decide", sent, headers={"hx-request": "true"})
    page = answer.content.decode()
    assert ROW.findall(page) == [str(novak.pk)] and "Who is who: 1" in page and 'id="count-links"' in page
    assert toast(page).startswith("Two persons, and never proposed again. Undo")
    assert 'value="/links?least=0.5"' in page
    assert state(kern) == "rejected"
    undo(agent, page)
    assert state(kern) == "proposed"


@sqlite
def test_what_cannot_be_is_said(agent: Any) -> None:
    twins.fill()
    kern, mixed = twins.link("w1", "w2"), twins.link("n1", "northwind")
    answer = agent.post(f"/links/{mixed.pk}/decide", {"act": "confirm"}, headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (409, "none")
    assert "enter their role in the organisation instead" in unescape(answer.content.decode())
    assert agent.post(f"/links/{kern.pk}/decide", {"act": "marry"}).status_code == 404
    said = agent.post("/links/9999/decide", {"act": "confirm", "next": "//evil.example"}, follow=True)
    assert said.redirect_chain == [("/links", 302)] and "There is no link 9999" in toast(said.content.decode())
    for given in ({}, {"number": "x"}):
        assert agent.post("/decisions/undo", given).status_code == 404
    assert "There is no decision 7" in toast(
        agent.post("/decisions/undo", {"number": "7"}, follow=True).content.decode()
    )


@sqlite
def test_later_is_out_of_the_way_of_one_alone(service: Any, agent: Any) -> None:
    twins.fill()
    kern, novak = twins.link("w1", "w2", 0.97), twins.link("n1", "n2", 0.62)
    page = agent.post(f"/links/{kern.pk}/decide", {"act": "later"}, follow=True).content.decode()
    assert ROW.findall(page) == [str(novak.pk)] and "1 link put off until tomorrow" in page
    assert state(kern) == "proposed" and "Who is who: 2" in page
    other = service.client(service.colleague())
    assert len(ROW.findall(other.get("/links").content.decode())) == 2
    assert len(ROW.findall(undo(agent, page))) == 2
    agent.post(f"/links/{kern.pk}/decide", {"act": "later"})
    agent.post(f"/links/{novak.pk}/decide", {"act": "later"})
    page = agent.get("/links").content.decode()
    assert not ROW.findall(page) and "put off until tomorrow" in page
    assert len(ROW.findall(agent.post("/links/again", follow=True).content.decode())) == 2
    session = agent.session
    session["links_later"] = {"day": "2026-01-01", "links": [kern.pk]}
    session.save()
    assert len(ROW.findall(agent.get("/links").content.decode())) == 2, "a new day"


# --- at once ----------------------------------------------------------------------------------------------------------


def state_it(admin: Any, written: str) -> str:
    return admin.post("/settings/change", {"name": "who.confirm_above", "value": written}, follow=True).content.decode()


@sqlite
def test_an_admin_states_the_probability_and_nobody_else(service: Any, admin: Any, agent: Any) -> None:
    from goodwill.service.pages import stated

    assert stated.least() is None
    assert agent.post("/settings/change", {"name": "who.confirm_above", "value": "90"}).status_code == 403
    for wrong in ("", "x", "49", "101", "nan", "-1", "0.9"):
        assert "is no such probability" in unescape(state_it(admin, wrong)), wrong
    assert stated.least() is None
    assert "who.confirm_above is kept." in state_it(admin, "99,5 %")
    assert stated.least() == 0.995
    page = admin.get("/settings?tab=who").content.decode()
    assert 'value="99.5"' in page and "anna@firm.example" in page
    admin.post("/settings/change", {"name": "who.confirm_above", "act": "back"})
    assert stated.least() is None


def test_all_from_the_stated_probability_with_the_count_said_before(service: Any, admin: Any, agent: Any) -> None:
    from goodwill.service.store.models import Decision, Link

    twins.fill()
    twins.link("w1", "w2", 0.97)
    twins.link("n1", "n2", 0.62)
    twins.link("priya", "evil", 0.99)
    page = agent.get("/links").content.decode()
    assert "Confirm all" not in page and "Confirm many" in admin.get("/links").content.decode()
    said = agent.get("/links/at-once", follow=True)
    assert "Nobody has stated a probability" in toast(said.content.decode())
    state_it(admin, "60")
    assert "Confirm all from 60\xa0%" in agent.get("/links").content.decode()
    page = agent.get("/links/at-once").content.decode()
    assert "2 links would be confirmed: 4 persons here would be 2." in page and "Priya" not in page
    twins.link("n1", "w1", 0.7)
    said = agent.post("/links/at-once", {"percent": "60", "links": "2"}, follow=True).content.decode()
    assert "it would be others by now" in toast(said) and not Decision.objects.exists()
    assert "3 links would be confirmed: 4 persons here would be 1." in said
    said = agent.post("/links/at-once", {"percent": "60", "links": "3"}, follow=True).content.decode()
    assert toast(said).startswith("3 confirmed. Each can be taken back. Undo")
    assert {twins.person(one) for one in ("w1", "w2", "n1", "n2")} == {"n1"}
    undo(agent, said)
    assert {twins.person(one) for one in ("w1", "w2", "n1", "n2")} == {"w1", "w2", "n1", "n2"}
    assert set(Link.objects.values_list("state", flat=True)) == {"proposed"}
