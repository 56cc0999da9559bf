"""The office asks from the customer's page, within the one budget; *Now* knows what was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import at_the_door, fill, words_of
from service.live.filling import put, said

if TYPE_CHECKING:
    from service.conftest import Service

PRAISE = "Thank you so much, what a wonderful shop! I recommend it to everybody."


@pytest.fixture
def agent(service: Service) -> Any:
    fill()
    return service.client(service.colleague("kim@firm.example", "agent", name="Kim"))


def page(client: Any, customer_id: str = "anna") -> str:
    return words_of(client.get(f"/customers/{customer_id}").content)


def press(client: Any, kind: str, customer_id: str = "anna", **more: str) -> str:
    """Presses a button of the customer's page; what is then said."""
    answer = client.post("/asks/of-them", {"customer": customer_id, "kind": kind, **more}, follow=True)
    return words_of(answer.content)


def praise(customer_id: str = "anna") -> None:
    put("messages", said("twitter:praise", PRAISE, customer_id=customer_id, channel="twitter", audience=900))


def advice(message_id: str = "twitter:praise") -> list[str]:
    from goodwill.service.store.models import Case

    return [line["what"] for line in Case.objects.get(pk=message_id).reasons if "quote" in line["what"]]


def test_leave_to_quote_is_asked_from_their_page_once(service: Service, agent: Any) -> None:
    from goodwill.service.store.models import Audit, Job

    assert "1 of 3 asks in 90 days" in page(agent)  # a survey that came from elsewhere
    assert "Asked. It stands at their door. 1 left for now." in press(agent, "quote")
    shown = page(agent)
    assert "leave to quote them" in shown and "kim@firm.example" in shown and "have not answered yet" in shown
    assert "Ask leave to quote" not in shown and "Invite them" in shown
    assert "Not asked: they were asked on" in press(agent, "quote")
    assert Audit.objects.filter(act="asked of them", customer_id="anna", what="quote", purpose="ask").count() == 1
    assert not Job.objects.filter(name="asked of them").exists()  # no yes to news, so no letter
    assert "May we quote you?" in words_of(at_the_door(service).get("/door/allowed").content)


def test_an_invitation_says_to_what_and_stands_at_the_door(service: Service, agent: Any) -> None:
    from goodwill.service import holdings

    assert "Not asked: write to what they are invited." in press(agent, "invitation", words="  ")
    assert "Asked." in press(agent, "invitation", words="Test the <new> case\non 3 May")
    assert "Test the &lt;new&gt; case on 3 May" in page(agent)
    door = words_of(at_the_door(service).get("/door").content)
    assert "We asked you to come or to join in: Test the &lt;new&gt; case on 3 May" in door
    assert holdings.everything("anna")["asked_of_you"][0]["words"] == "Test the <new> case on 3 May"


def test_past_the_budget_the_page_says_why_and_from_when_on(service: Service, agent: Any) -> None:
    from goodwill.service.door import budget

    for number in range(2):
        press(agent, "invitation", words=f"evening {number}")
    again = budget.of("anna").again
    # The survey of 20 days ago is the first to be forgotten.
    assert again is not None and abs(again - (datetime.now(UTC) + timedelta(days=70))) < timedelta(minutes=30)
    refused = f"they were asked 3 times in 90 days, and 3 is the most; the next is free on {again.day} {again:%B %Y}"
    assert f"Not asked: {refused}." in press(agent, "invitation", words="one more")
    shown = page(agent)
    assert refused[1:] in shown and "Invite them" not in shown and "Ask leave to quote" not in shown


def test_whoever_says_yes_to_news_gets_a_letter_that_says_where(
    service: Service, agent: Any, post: Any, work: Any
) -> None:
    from goodwill.service import terms

    terms.set("anna", ["answer me", "value me", "tell me news"], None, "the customer")
    assert "It stands at their door, and a letter says that it does." in press(agent, "invitation", words="the fair")
    work()
    [(to, letter)] = post.letters
    assert to == ["anna@mail.example"] and "asks you something" in letter["Subject"]
    assert "/door" in post.text() and "the fair" not in post.text()


def test_who_may_not_ask_and_who_cannot_be_asked(service: Service, agent: Any) -> None:
    from goodwill.service.store.models import Asking

    assert "an organisation has no door" in press(agent, "invitation", "northwind", words="the fair")
    for given in ({"customer": "nobody", "kind": "quote"}, {"customer": "anna", "kind": "survey"}, {"kind": "quote"}):
        assert agent.post("/asks/of-them", given).status_code == 404
    assert agent.get("/asks/of-them").status_code == 405
    analyst = service.client(service.colleague("ana@firm.example", "analyst"))
    assert analyst.post("/asks/of-them", {"customer": "anna", "kind": "quote"}).status_code == 403
    assert "1 of 3 asks" in page(analyst) and "Ask leave to quote" not in page(analyst)
    assert "asks in 90 days" not in page(agent, "northwind")
    assert not Asking.objects.exists()


def test_now_advises_to_ask_until_they_were_asked_and_never_after_they_answered(service: Service, agent: Any) -> None:
    praise()
    assert advice() == ["ask leave to quote them; without their yes nothing is quoted"]
    press(agent, "quote")
    today = datetime.now(UTC)
    [told] = advice()
    assert told.startswith("asked on ") and told.endswith(
        f"{today.year} whether they may be quoted; they have not answered yet"
    )
    at_the_door(service).post("/door/allowed", {"quote": "no"})
    assert advice() == []


def test_now_says_from_when_on_they_may_be_asked(service: Service, agent: Any) -> None:
    from goodwill.service import live

    for number in range(2):
        press(agent, "invitation", words=f"evening {number}")
    praise()
    [told] = advice()
    assert told.startswith("leave to quote them is not asked: they were asked 3 times in 90 days, and 3 is the most")
    later = datetime.now(UTC) + timedelta(days=71)
    from goodwill.service.live import quoting

    assert quoting.words(["anna"], later) == {}
    live.rerank()  # the ranking of everybody says the same
    assert advice() == [told]


def test_a_firm_that_asks_nobody_is_not_advised_to(service: Service, agent: Any) -> None:
    from goodwill.service.store.models import Setting

    Setting.objects.create(name="door.asks", value=0)
    praise()
    assert advice() == ["leave to quote them is not asked: the firm asks nobody for anything"]
    assert "The firm asks nobody for anything." in page(agent)
