"""'This is not me', at the door: a guess goes at once, a colleague's word too, what a handle proves is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from service.door.visitors import at_the_door, words_of
from service.live.filling import put
from service.who_pages import twins


def held(client: Any) -> str:
    return words_of(client.get("/door/held").content)


def test_a_guess_is_shown_without_the_other_side_and_goes_at_once(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import Audit, Decision, Request

    twins.fill()
    link = twins.link("w1", "w2")
    client = at_the_door(service, "w1")
    page = held(client)
    assert "Perhaps you, too" in page and "Alike: the name, the e-mail, the country" in page and "97 % sure" in page
    assert "W. Kern" not in page and "w.kern@mail" not in page
    said = words_of(client.post("/door/held/not-me", {"link": link.pk}, follow=True).content)
    assert "We do not think so any more" in said and "Perhaps you, too" not in said
    link.refresh_from_db()
    made = Decision.objects.get()
    assert (link.state, made.kind, made.by, made.why) == ("rejected", "reject", "the customer", "this is not me")
    assert "the customer" in agent.get("/customers/w1?tab=who").content.decode(), "the firm sees it"
    assert str(link.pk) in agent.get("/links?state=rejected").content.decode()
    assert not Request.objects.exists()
    assert Audit.objects.filter(act="who is who: reject", who="the customer").exists()
    assert "said that somebody is not you" in words_of(client.get("/door").content)


def test_what_a_colleague_confirmed_is_taken_apart_and_the_door_closes(service: Any) -> None:
    from goodwill.service import who

    twins.fill()
    link = twins.link("w1", "w2")
    who.confirm(link.pk, by=service.colleague())
    client = at_the_door(service, "w2")
    page = held(client)
    assert "Held to be you" in page and "W. Kern" in page and "w.kern@mail.example" in page
    said = words_of(client.post("/door/held/not-me", {"link": link.pk}, follow=True).content)
    assert "We took it apart at once" in said and "See what we hold about you" in said
    assert client.get("/door/held").status_code == 302
    link.refresh_from_db()
    assert link.state == "rejected" and twins.person("w2") == "w2" and twins.person("w1") == "w1"


def test_whoever_is_split_off_while_they_stand_there_comes_in_anew(service: Any) -> None:
    from goodwill.service import who

    twins.fill()
    decision = who.merge("w1", "w2", by=service.colleague())
    client = at_the_door(service, "w2")
    assert "chat:w1" not in held(client) and "My order is broken" in held(client)
    who.undo(decision.number, by="anna@firm.example")
    assert client.get("/door/held").status_code == 302, "the letter may have gone to the other one"


def test_what_a_handle_proves_is_looked_at_by_a_person(service: Any) -> None:
    from goodwill.service.store.models import Link, Request

    twins.fill()
    put("people", {"customer_id": "w3", "name": "Wilma K.", "email": "wilma@kern.example"})
    link = twins.link("w1", "w3")
    Link.objects.filter(pk=link.pk).update(state="confirmed")
    client = at_the_door(service, "w1")
    said = words_of(client.post("/door/held/not-me", {"link": link.pk}, follow=True).content)
    assert "you find our answer here within a month" in said
    assert Request.objects.get().kind == "rectify" and twins.person("w3") == "w1"


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_nobody_reaches_the_links_of_others(service: Any) -> None:
    from goodwill.service.store.models import Decision

    twins.fill()
    link = twins.link("w1", "w2")
    client = at_the_door(service, "n1")
    for given in (link.pk, "x", "", "9" * 30, "-1"):
        said = words_of(client.post("/door/held/not-me", {"link": given}, follow=True).content)
        assert "We hold no such thing of yours" in said, given
    assert not Decision.objects.exists()
    assert service.client().post("/door/held/not-me", {"link": link.pk})["Location"] == "/door"
    mine = at_the_door(service, "w1")
    for _ in range(31):
        mine.post("/door/held/not-me", {"link": "0"})
    said = words_of(mine.post("/door/held/not-me", {"link": link.pk}, follow=True).content)
    assert "That is enough for today" in said and not Decision.objects.exists()
