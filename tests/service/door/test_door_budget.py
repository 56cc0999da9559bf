"""One budget of asks: nobody is asked beyond it, by whatever way; and the customer sees each at their door."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import at_the_door, fill, words_of
from service.live.filling import put

if TYPE_CHECKING:
    from service.conftest import Service

NOW = datetime.now(UTC)


def page(client: Any, path: str) -> str:
    return words_of(client.get(path).content)


def invited(action_id: str, days: float = 1, customer_id: str = "anna") -> dict[str, Any]:
    return {"action_id": action_id, "customer_id": customer_id, "at": NOW - timedelta(days=days), "kind": "invite"}


def test_past_the_budget_nobody_is_asked(service: Service) -> None:
    from goodwill.service.door import budget
    from goodwill.service.intake import Refused
    from goodwill.service.store.models import Asking

    fill()  # anna has answered a survey that came from elsewhere: one of three
    assert budget.of("anna") == budget.Budget(3, 1)
    for kind, left in (("invitation", 1), ("quote", 0)):
        assert budget.may_ask("anna", kind)
        assert budget.ask("anna", kind, "a survey tool").left == left
    for kind in budget.KINDS:
        assert not budget.may_ask("anna", kind)
        with pytest.raises(Refused, match="they were asked 3 times in 90 days, and 3 is the most") as refused:
            budget.ask("anna", kind, "a survey tool")
        assert refused.value.status == 409
    assert Asking.objects.count() == 2 and budget.may_ask("ben", "survey")


def test_what_was_asked_without_us_counts_and_what_is_long_ago_does_not(service: Service) -> None:
    from goodwill.service.door import budget

    fill()
    put("actions", invited("v1"), invited("v0", days=100))
    assert budget.of("anna").left == 1
    put("actions", invited("v2"))
    assert not budget.may_ask("anna", "survey")


def test_a_survey_and_its_answer_are_one_ask(service: Service) -> None:
    from goodwill.service.door import budget

    fill()
    budget.ask("ben", "survey", "a survey tool")
    assert budget.of("ben").asked == 1
    put("responses", {"response_id": "rb", "customer_id": "ben", "at": NOW, "score": 9})
    assert budget.of("ben").asked == 1
    put("responses", {"response_id": "rc", "customer_id": "ben", "at": NOW, "score": 2})  # one that we know nothing of
    assert budget.of("ben").asked == 2


def test_all_their_records_share_one_budget(service: Service) -> None:
    from goodwill.service.door import budget

    fill()
    put("people", {"customer_id": "anna2", "name": "A. Hex", "email": "second@mail.example"})
    budget.ask("anna2", "invitation", "a tool")
    put("handles", {"customer_id": "anna2", "kind": "email", "value": "anna@mail.example", "verified": True})
    assert budget.of("anna") == budget.of("anna2") == budget.Budget(3, 2)


def test_who_has_said_whether_they_may_be_quoted_is_not_asked_again(service: Service) -> None:
    from goodwill.service import erasing, terms
    from goodwill.service.door import budget
    from goodwill.service.intake import Refused

    fill()
    terms.set("ben", ["answer me", "quote me"], None, "ben")
    assert not budget.may_ask("ben", "quote") and budget.may_ask("ben", "survey")
    erasing.erase("ben", "ben")
    assert not budget.may_ask("ben", "survey")
    with pytest.raises(Refused, match="no ask is called 'advert'"):
        budget.may_ask("anna", "advert")


def test_two_who_ask_at_once_do_not_both_take_the_last(service: Service) -> None:
    from django.db import connection

    from goodwill.service.door import budget
    from goodwill.service.intake import Refused

    fill()
    told: list[str] = []

    def ask() -> None:
        try:
            budget.ask("ben", "survey", "a tool")
            told.append("asked")
        except Refused:
            told.append("refused")
        finally:
            connection.close()

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for one in askers:
        one.start()
    for one in askers:
        one.join(30)
    assert sorted(told) == ["asked"] * 3 + ["refused"] * 5 and budget.of("ben").asked == 3


def test_programs_ask_through_the_api(service: Service) -> None:
    from goodwill.service.api.auth import make_token

    fill()
    tokens = {scope: {"Authorization": f"Bearer {make_token(scope, [scope])}"} for scope in ("read", "write")}
    api = service.client()

    def ask(kind: str, scope: str = "write", who: str = "anna") -> Any:
        address = f"/api/v1/customers/{who}/asks"
        return api.post(address, {"kind": kind}, content_type="application/json", headers=tokens[scope])

    assert ask("survey", scope="read").status_code == 403 and ask("advert").status_code == 422
    assert ask("survey", who="nobody").status_code == 404
    answers = [ask("invitation") for _ in range(4)]
    assert [one.status_code for one in answers][-1] == 409
    assert answers[-1].json()["error"]["what"].startswith("they were asked 3 times in 90 days")
    assert api.get("/api/v1/customers/anna/asks", headers=tokens["read"]).json()["left"] == 0


def test_the_customer_sees_what_was_asked_of_them_and_by_whom(service: Service) -> None:
    from goodwill.service import holdings
    from goodwill.service.door import budget

    fill()
    budget.ask("anna", "invitation", "token events")
    said = page(at_the_door(service), "/door")
    assert "We asked you to come or to join in" in said and "1 is left" in said
    assert "A program of ours asked you for something, one of the few times that we may" in said
    asked = holdings.everything("anna")["asked_of_you"]
    assert [row["kind"] for row in asked] == ["invitation"]


def test_leave_to_quote_is_asked_at_the_door_and_answered_there(service: Service) -> None:
    from goodwill.service import terms
    from goodwill.service.door import budget

    fill()
    client = at_the_door(service)
    assert "May we quote you?" not in page(client, "/door/allowed")
    budget.ask("anna", "quote", "kim@firm.example")
    assert "May we quote you?" in page(client, "/door/allowed")
    before = terms.state("anna")["purposes"]
    client.post("/door/allowed", {"quote": "yes"})
    assert terms.state("anna")["purposes"] == [*before, "quote me"]
    assert "May we quote you?" not in page(client, "/door/allowed") and not budget.may_ask("anna", "quote")
    budget.ask("ben", "quote", "kim@firm.example")
    ben = at_the_door(service, "ben")
    ben.post("/door/allowed", {"quote": "no"})
    assert "quote me" not in terms.state("ben")["purposes"] and not budget.may_ask("ben", "quote")
    assert "May we quote you?" not in page(ben, "/door/allowed")
