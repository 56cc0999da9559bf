"""Each deed: what it changes at once, the fact that it writes, who may, what it refuses, and how it is undone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def shop(service: Any) -> Any:
    """One customer with one message, read and in Now; Anna and Ben work here."""
    from goodwill.service.intake import drain, store_rows
    from goodwill.service.store.models import Case, Person, Reading

    for table, row in (
        ("people", {"customer_id": "dana", "name": "Dana Whitfield"}),
        ("people", {"customer_id": "tom", "name": "Tom Ashdown"}),
        ("purchases", {"purchase_id": "o1", "customer_id": "dana", "at": AT, "amount": "24.95", "currency": "EUR"}),
        ("causes", {"cause_id": "fee", "name": "the download fee", "kind": "practice"}),
        ("messages", {"message_id": "x:1", "at": AT, "channel": "twitter", "author": "danaw", "customer_id": "dana",
                      "text": "The download is broken and nobody helps. Never again!"}),
    ):  # fmt: skip
        store_rows(table, [row], source="test", by="test")
    drain()
    for customer in ("dana", "tom"):
        Person.objects.create(given=f"id|{customer}", customer_id=customer)
    Reading.objects.create(
        message_id="x:1", mood="neutral", p_negative=0.2, p_neutral=0.6, p_positive=0.2, score=0.0, intent="question",
        p_intent=0.7, intents=["question"], topics=[], urgency=0.4, flow=3, language="en", lane="fast", model="fast 1",
        customer_id="dana",
    )  # fmt: skip
    Case.objects.create(message_id="x:1", customer_id="dana", at=AT, group="stake", place=21.0)
    return SimpleNamespace(
        colleague=service.colleague,
        anna=service.colleague("anna@firm.example", "agent", name="Anna Keller"),
        ben=service.colleague("ben@firm.example", "agent", name="Ben Ode"),
    )


def case() -> Any:
    from goodwill.service.store.models import Case

    return Case.objects.get(message_id="x:1")


def facts(table: str) -> list[dict[str, Any]]:
    """The facts of a table once everything is drained."""
    from goodwill.service.intake import drain
    from goodwill.service.store.models import FACTS

    drain()
    return list(FACTS[table].objects.order_by("row").values())


def test_an_answer_counts_at_once_and_is_an_action(shop: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Audit

    deed = deeds.do("answer", shop.anna, message_id="x:1", text="  Dear Dana, it is mended. ")
    assert (case().state, case().answered_at is not None) == ("answered", True)
    assert deed.text == "Dear Dana, it is mended."
    (action,) = facts("actions")
    assert {name: action[name] for name in ("action_id", "message_id", "customer_id", "staff", "kind", "channel")} == {
        "action_id": f"goodwill:{deed.pk}", "message_id": "x:1", "customer_id": "dana", "staff": "Anna Keller",
        "kind": "reply", "channel": "twitter",
    }  # fmt: skip
    assert action["fact_source"] == "goodwill"
    line = Audit.objects.get(act="answer")
    assert (line.who, line.customer_id, line.purpose) == ("anna@firm.example", "dana", "answer me")


@pytest.mark.parametrize("drained", [False, True])
def test_undo_takes_back_case_and_fact(shop: Any, drained: bool) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Deed

    deed = deeds.do("answer", shop.anna, message_id="x:1", text="Mended.")
    if drained:
        assert len(facts("actions")) == 1
    undone = deeds.do("undo", shop.anna, deed=deed.pk)
    assert (case().state, case().answered_at) == ("open", None)
    assert facts("actions") == []
    assert Deed.objects.get(pk=deed.pk).undone_by_id == undone.pk
    with pytest.raises(deeds.CannotBe, match="this was undone already"):
        deeds.do("undo", shop.anna, deed=deed.pk)


def test_only_ones_own_deed_is_undone_except_by_an_admin(shop: Any) -> None:
    from goodwill.service import deeds

    deed = deeds.do("take", shop.anna, message_id="x:1")
    with pytest.raises(
        deeds.NotAllowed, match="Ben Ode may not undo what somebody else did; ask somebody who is admin"
    ):
        deeds.do("undo", shop.ben, deed=deed.pk)
    deeds.do("undo", shop.colleague("boss@firm.example", "admin"), deed=deed.pk)
    assert case().taken_by is None


def test_what_came_later_is_undone_first(shop: Any) -> None:
    from goodwill.service import deeds

    first = deeds.do("answer", shop.anna, message_id="x:1", text="Mended.")
    second = deeds.do("close", shop.ben, message_id="x:1", cause_id="fee")
    with pytest.raises(deeds.CannotBe, match="Ben Ode did something after it; undo that first"):
        deeds.do("undo", shop.anna, deed=first.pk)
    deeds.do("undo", shop.ben, deed=second.pk)
    assert case().state == "answered"
    deeds.do("undo", shop.anna, deed=first.pk)
    assert case().state == "open"


def test_two_people_do_not_answer_unaware(shop: Any) -> None:
    from goodwill.service import deeds

    deeds.do("answer", shop.anna, message_id="x:1", text="Mended.")
    with pytest.raises(deeds.Overtaken, match="Anna Keller already answered this"):
        deeds.do("answer", shop.ben, message_id="x:1", text="On it.")
    assert len(facts("actions")) == 1
    deeds.do("answer", shop.ben, message_id="x:1", text="On it.", again=True)
    assert len(facts("actions")) == 2


def test_a_case_is_taken_and_taken_over(shop: Any) -> None:
    from goodwill.service import deeds

    deeds.do("take", shop.anna, message_id="x:1")
    assert case().taken_by == shop.anna
    with pytest.raises(deeds.Overtaken, match="Anna Keller has this case; ask them, or take it over"):
        deeds.do("take", shop.ben, message_id="x:1")
    over = deeds.do("take", shop.ben, message_id="x:1", again=True)
    assert case().taken_by == shop.ben
    deeds.do("undo", shop.ben, deed=over.pk)
    assert case().taken_by == shop.anna


def test_a_note_changes_nothing_but_is_kept(shop: Any) -> None:
    from goodwill.service import deeds

    deed = deeds.do("note", shop.anna, message_id="x:1", text="Is in hospital, call after Friday.")
    assert (deed.customer_id, case().state, facts("actions")) == ("dana", "open", [])
    with pytest.raises(deeds.CannotBe, match="the note is empty; write it"):
        deeds.do("note", shop.anna, message_id="x:1", text=" \n")
    with pytest.raises(deeds.CannotBe, match="nobody to note it about"):
        deeds.do("note", shop.anna, text="Hm")


def test_thanks_and_refunds_are_actions_of_their_kind(shop: Any) -> None:
    from goodwill.service import deeds

    deeds.do("thank", shop.anna, message_id="x:1")
    deeds.do("refund", shop.anna, message_id="x:1", amount="24,95", again=True)
    assert [(row["kind"], row["cost"]) for row in facts("actions")] == [("thank", None), ("refund", Decimal("24.95"))]


@pytest.mark.parametrize("amount", ["", "free", "-5", "0", "1e400", "NaN", None])
def test_a_refund_is_a_sum(shop: Any, amount: Any) -> None:
    from goodwill.service import deeds

    with pytest.raises(deeds.CannotBe, match=re.escape(f"{str(amount or '')!r} is no refund; write a sum")):
        deeds.do("refund", shop.anna, message_id="x:1", amount=amount)


def test_a_case_closes_with_its_cause(shop: Any) -> None:
    from goodwill.service import deeds

    with pytest.raises(deeds.CannotBe, match="no cause is called 'weather'; choose one of the list"):
        deeds.do("close", shop.anna, message_id="x:1", cause_id="weather")
    deeds.do("close", shop.anna, message_id="x:1", cause_id="fee", text="Fee dropped.")
    assert (case().state, case().cause_id) == ("resolved", "fee")
    assert [(row["kind"], row["cause_id"]) for row in facts("actions")] == [("fix", "fee")]


def test_a_case_closed_without_a_cause_claims_no_action(shop: Any) -> None:
    from goodwill.service import deeds

    deeds.do("close", shop.anna, message_id="x:1")
    assert (case().state, case().cause_id, facts("actions")) == ("resolved", None, [])


def test_a_corrected_reading_counts_at_once_and_is_a_fact(shop: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Reading

    deed = deeds.do("correct", shop.anna, table="readings", key="x:1", field="mood", value="negative")
    reading = Reading.objects.get(message_id="x:1")
    assert (reading.mood, reading.p_negative, reading.score, reading.corrected) == ("negative", 1.0, -1.0, True)
    deeds.do("correct", shop.anna, table="readings", key="x:1", field="intents", value="warning|complaint")
    reading.refresh_from_db()
    assert (reading.intent, reading.intents) == ("warning", ["warning", "complaint"])
    (mood, wants) = facts("corrections")
    assert [mood[name] for name in ("table", "key", "field", "value", "by")] == [
        "readings", "x:1", "mood", "negative", "anna@firm.example",
    ]  # fmt: skip
    assert (wants["field"], wants["value"]) == ("intents", "warning|complaint")
    with pytest.raises(deeds.CannotBe, match="did something after it"):
        deeds.do("undo", shop.anna, deed=deed.pk)


@pytest.mark.parametrize("drained", [False, True])
def test_a_correction_undone_is_the_machines_reading_again(shop: Any, drained: bool) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Reading

    deed = deeds.do("correct", shop.anna, table="readings", key="x:1", field="mood", value="negative")
    if drained:
        assert len(facts("corrections")) == 1
    deeds.do("undo", shop.anna, deed=deed.pk)
    reading = Reading.objects.get(message_id="x:1")
    assert (reading.mood, reading.p_neutral, reading.corrected, facts("corrections")) == ("neutral", 0.6, False, [])


def test_a_wrong_link_is_put_right(shop: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Reading

    given = {"table": "messages", "key": "x:1", "field": "customer_id"}
    deeds.do("correct", shop.anna, **given, value="tom")
    assert (case().customer_id, Reading.objects.get(message_id="x:1").customer_id) == ("tom", "tom")
    deed = deeds.do("correct", shop.anna, **given, value="")
    assert (case().customer_id, facts("corrections")[-1]["value"]) == (None, "none")
    deeds.do("undo", shop.anna, deed=deed.pk)
    assert case().customer_id == "tom"
    with pytest.raises(deeds.CannotBe, match="no customer is called 'nobody-known'; look them up first"):
        deeds.do("correct", shop.anna, **given, value="nobody-known")


def test_a_fact_is_corrected_within_its_bounds(shop: Any) -> None:
    from goodwill.service import deeds

    deeds.do("correct", shop.anna, table="purchases", key="o1", field="amount", value="19.95")
    assert facts("purchases")[0]["amount"] == Decimal("19.95")
    deeds.do("correct", shop.anna, table="purchases", key="o1", field="channel", value="")
    deeds.do("correct", shop.anna, table="purchases", key="o1", field="at", value="2026-03-01 10:00")
    (bought,) = facts("purchases")
    assert (bought["channel"], bought["at"]) == (None, datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert [row["value"] for row in facts("corrections")] == ["19.95", "none", "2026-03-01T10:00:00+00:00"]
    for table, key, field, value, problem in (
        ("purchases", "o1", "amount", "", "amount cannot be empty"),
        ("purchases", "o1", "amount", "much", "must be a decimal number"),
        ("purchases", "o1", "kind", "gift", "'gift' is none of them; choose sale, return, subscription"),
        ("purchases", "o1", "purchase_id", "o2", "'purchase_id' cannot be corrected in purchases"),
        ("purchases", "o9", "amount", "1", "purchases has no 'o9'"),
        ("messages", "x:1", "rating", "9", "9 is above 5"),
        ("passwords", "x", "y", "z", "no table is called 'passwords'"),
        ("readings", "x:1", "mood", "cross", "a mood is one of negative, neutral, positive"),
        ("readings", "x:7", "mood", "negative", "this message has not been read yet"),
    ):
        with pytest.raises(deeds.CannotBe, match=re.escape(problem)):
            deeds.do("correct", shop.anna, table=table, key=key, field=field, value=value)


@pytest.mark.parametrize("role", ["analyst", "viewer"])
def test_who_does_not_act_does_nothing(shop: Any, role: str) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Audit, Deed

    sam = shop.colleague("sam@firm.example", role)
    for kind, given in (
        ("take", {"message_id": "x:1"}),
        ("answer", {"message_id": "x:1", "text": "Hm"}),
        ("note", {"message_id": "x:1", "text": "Hm"}),
        ("thank", {"message_id": "x:1"}),
        ("refund", {"message_id": "x:1", "amount": "1"}),
        ("close", {"message_id": "x:1"}),
        ("correct", {"table": "readings", "key": "x:1", "field": "mood", "value": "negative"}),
        ("undo", {"deed": 1}),
    ):
        with pytest.raises(deeds.NotAllowed, match=f"{role}: sam@firm.example may not"):
            deeds.do(kind, sam, **given)
    assert not Deed.objects.exists()
    assert not Audit.objects.exists()


def test_a_deed_that_fails_leaves_nothing_behind(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import deeds
    from goodwill.service.deeds import answer
    from goodwill.service.store.models import Batch, Deed

    before = Batch.objects.count()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(answer.Doing, "change", broken)
    with pytest.raises(RuntimeError):
        deeds.do("answer", shop.anna, message_id="x:1", text="Mended.")
    assert (case().state, Deed.objects.count(), Batch.objects.count()) == ("open", 0, before)


def test_listeners_are_told_after_it_is_safe(shop: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.deeds import doing

    told: list[str] = []
    doing.on_deed(listener := lambda deed: told.append(deed.kind))
    try:
        deeds.do("take", shop.anna, message_id="x:1")
    finally:
        doing._LISTENERS.remove(listener)
    assert told == ["take"]


def test_unknown_deeds_and_cases(shop: Any) -> None:
    from goodwill.service import deeds

    with pytest.raises(deeds.CannotBe, match="no deed is called 'bribe'; choose one of take, answer"):
        deeds.do("bribe", shop.anna)
    with pytest.raises(deeds.CannotBe, match="no case is called 'x:2'; open it again from Now"):
        deeds.do("take", shop.anna, message_id="x:2")
    with pytest.raises(deeds.CannotBe, match="the answer has 20,001 letters"):
        deeds.do("answer", shop.anna, message_id="x:1", text="a" * 20_001)
