"""From a message to its place in Now: who said it, what it is worth, when it leaves; on both databases."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError
from service.live.filling import NOW, bought, put, said, standing

if TYPE_CHECKING:
    from service.conftest import Service


def buyers(number: int) -> None:
    """Customers who bought now and then for two years, each their own amount, and are valued."""
    from goodwill.service import live

    put("people", *({"customer_id": f"c{n:03d}", "name": f"Customer {n}"} for n in range(number)))
    rows = []
    for n in range(number):
        for turn in range(2 + n % 5):
            amount = f"{20 + 3 * n}.00"
            rows.append(bought(f"p{n}-{turn}", f"c{n:03d}", days=3 + 37 * turn + n, amount=amount))
    put("purchases", *rows)
    live.revalue()


def test_a_message_stands_in_now_and_leaves_it_when_answered(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Case

    put("messages", said("chat:1", "The download failed, I paid for it and cannot open it!", author="kim"))
    [row] = live.now()[0]
    assert (row["message_id"], row["group"], row["mood"], row["channel"]) == ("chat:1", "first", "negative", "chat")
    assert (row["customer_id"], row["name"], row["stake"], row["looking"]) == (None, "kim", None, [])
    assert row["at"] == NOW - timedelta(minutes=5)
    assert {"what", "amount", "low", "high", "evidence"} == set(row["reasons"][0])
    put("actions", {"action_id": "a1", "message_id": "chat:1", "at": NOW, "kind": "reply"})
    assert standing() == []
    assert Case.objects.get().state == "answered"


def test_a_valued_customers_stake_is_shown_with_its_reasons(service: Service) -> None:
    from goodwill.service import live

    buyers(40)
    put("messages", said("chat:1", "This is broken. I am leaving you.", customer_id="c007"))
    [row] = live.now()[0]
    assert row["name"] == "Customer 7"
    assert row["stake"] > 0
    assert row["low"] <= row["stake"] <= row["high"]
    assert "their own purchases ahead" in " ".join(reason["what"] for reason in row["reasons"])


def test_the_quick_way_and_the_ranking_of_everybody_agree(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import live
    from goodwill.service.live import placing

    # At one instant: from one second to the next a promise may pass from soon to broken.
    place = placing.place
    monkeypatch.setattr(placing, "place", lambda message_ids: place(message_ids, NOW))
    buyers(40)
    chance = random.Random(5)
    texts = (
        "Thanks, that was wonderful service!",
        "My order has not arrived and I am very angry.",
        "How do I change my address?",
        "The charger caught fire!",
        "I paid for the course and cannot log in",
        "I was charged twice, I want my money back",
        "I have a nice idea for a new colour",
        "Stay away from this shop, everyone.",
    )
    put("promises", {"promise_id": "chat", "kind": "answer", "channel": "chat", "within_hours": 8.0})
    rows = [
        said(
            f"chat:{n:03d}",
            f"{chance.choice(texts)} No. {n}",
            minutes=chance.uniform(1, 470),
            customer_id=None if n % 6 == 0 else f"c{n % 40:03d}",
            author=f"a{n}",
        )
        for n in range(60)
    ]
    chance.shuffle(rows)
    for start in range(0, 60, 7):
        put("messages", *rows[start : start + 7])
    quick = live.now(500)[0]
    live.rerank(now=NOW)
    exact = live.now(500)[0]
    assert {row["message_id"] for row in quick} == {row["message_id"] for row in exact}
    assert len(exact) > 50
    assert {row["group"] for row in exact} == {"first", "promise", "stake", "thank"}
    groups = {row["message_id"]: row["group"] for row in exact}
    assert groups == {row["message_id"]: row["group"] for row in quick}
    # Those without a stake stand by what is usual, which a ranking of a few knows roughly; thanks for cents are alike.
    ours = [
        row["message_id"]
        for row in exact
        if row["group"] in ("first", "promise") or (row["group"] == "stake" and row["stake"] is not None)
    ]
    assert len(ours) > 40
    assert [row["message_id"] for row in quick if row["message_id"] in set(ours)] == ours
    assert [row["place"] for row in exact] == sorted({row["place"] for row in exact})


def test_the_ranking_of_everybody_is_that_of_a_run(service: Service) -> None:
    from datetime import UTC, datetime

    from goodwill import engage, know, understand
    from goodwill.facts import TIES
    from goodwill.service import live
    from goodwill.service.live import placing

    buyers(40)
    put("promises", {"promise_id": "all", "kind": "answer", "within_hours": 1.0})
    late = [said(f"late:{n}", "Where is my parcel?", minutes=70.0 + n, customer_id=f"c{n:03d}") for n in range(12)]
    soon = [said(f"m:{n}", "It is broken!", minutes=20.0, customer_id=f"c{n:03d}", to_us=False) for n in range(12, 40)]
    put("messages", *late, *soon)
    when = datetime.now(UTC)
    live.rerank(now=when)
    facts = know.identify(live.facts()).facts
    worth = placing.worths(live.firm(), [f"c{n:03d}" for n in range(40)])
    found = engage.rank(facts, understand.read_messages(facts), worth, TIES.empty(), as_of=when)
    assert standing() == found.cases["message_id"].to_pylist()
    # Every fourth place goes to whoever is overdue for longest, whatever is at stake.
    by_stake = [row["message_id"] for row in live.now(500)[0] if row["group"] == "stake"]
    assert by_stake[3] == "late:8"
    stakes = [row["stake"] for row in live.now(500)[0] if row["group"] == "stake"]
    assert stakes != sorted(stakes, reverse=True)


def test_a_handle_that_arrives_later_names_the_author_at_once(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Reading

    buyers(40)
    put("messages", said("twitter:1", "Terrible. Never again.", channel="twitter", author="@Hexgear", to_us=False))
    assert live.now()[0][0]["customer_id"] is None
    put("handles", {"customer_id": "c003", "kind": "account", "value": "hexgear", "channel": "twitter"})
    row = live.now()[0][0]
    assert (row["customer_id"], row["name"]) == ("c003", "Customer 3")
    assert row["stake"] > 0
    put("messages", said("twitter:2", "And again!", channel="twitter", author="hexgear", to_us=False))
    assert Reading.objects.get(message_id="twitter:2").customer_id == "c003"


def test_a_shared_handle_makes_two_records_one_person(service: Service) -> None:
    from goodwill.service import live

    put("people", {"customer_id": "shop-1", "name": "Kim"}, {"customer_id": "chat-9", "name": "K."})
    put("handles", {"customer_id": "shop-1", "kind": "email", "value": "kim@example.org"})
    put("messages", said("chat:1", "It is broken", customer_id="shop-1"))
    put("handles", {"customer_id": "chat-9", "kind": "email", "value": "Kim@example.org"})
    assert live.now()[0][0]["customer_id"] == "chat-9"  # the first of the two ids
    assert live.person_of("shop-1") == live.person_of("chat-9") == "chat-9"
    assert live.customer("shop-1")["ids"] == ["chat-9", "shop-1"]
    live.revalue()
    assert live.person_of("shop-1") == "chat-9"


def test_terms_that_forbid_valuing_take_the_stake_away_at_once(service: Service) -> None:
    from goodwill.service import live

    buyers(40)
    put("messages", said("chat:1", "This is broken. I am leaving you.", customer_id="c007"))
    assert live.now()[0][0]["stake"] > 0
    assert live.statement("c007")["lines"]
    put("terms", {"customer_id": "c007", "at": NOW, "refused": ["value me"]})
    row = live.now()[0][0]
    assert (row["stake"], row["low"], row["state"]) == (None, None, "open")
    assert "no sum: ordered by promise and urgency alone" in [reason["what"] for reason in row["reasons"]]
    assert live.customer("c007")["worth"] is None
    assert live.statement("c007") is None


def test_a_corrected_reading_counts_at_once_and_outlives_the_next(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Reading

    put("messages", said("chat:1", "Thanks, that was wonderful service!"))
    assert live.now()[0][0]["group"] == "thank"
    row = {"table": "readings", "key": "chat:1", "at": NOW, "by": "anna"}
    put("corrections", {**row, "field": "mood", "value": "negative"}, {**row, "field": "intent", "value": "complaint"})
    assert live.now()[0][0]["group"] == "stake"
    live.read_again(["chat:1"])
    reading = Reading.objects.get()
    assert (reading.mood, reading.intent, reading.corrected) == ("negative", "complaint", True)


def test_a_message_that_a_person_took_from_its_author_stays_nobodys(service: Service) -> None:
    from goodwill.service import live

    put("people", {"customer_id": "c1", "name": "Kim"})
    put("handles", {"customer_id": "c1", "kind": "account", "value": "kim", "channel": "chat"})
    put("messages", said("chat:1", "It is broken", author="kim"))
    assert live.now()[0][0]["customer_id"] == "c1"
    put("corrections", {"table": "messages", "key": "chat:1", "field": "customer_id", "value": "none", "at": NOW})
    assert live.now()[0][0]["customer_id"] is None
    live.revalue()
    assert live.now()[0][0]["customer_id"] is None


def test_what_a_process_left_unread_is_read_by_the_next_ranking(service: Service) -> None:
    from goodwill.service import intake, live

    intake.store_rows("messages", [said("chat:1", "It is broken")], source="", by="test")
    intake.drain()  # and the process dies here
    assert standing() == []
    assert live.rerank() == 1
    assert standing() == ["chat:1"]


def test_one_bad_day_of_the_ranking_never_stops_the_way_in(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from goodwill.service import live
    from goodwill.service.live import placing

    def breaks(*_: Any) -> None:
        raise RuntimeError("a message that cannot be dealt with")

    monkeypatch.setattr(placing, "place", breaks)
    put("messages", said("chat:1", "It is broken"))
    assert "the next ranking of everybody takes them in" in caplog.text
    monkeypatch.undo()
    live.rerank()
    assert standing() == ["chat:1"]


def test_pages_and_filters(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Case, Looking

    put(
        "messages",
        *(said(f"chat:{n}", f"It is broken, number {n}", author=f"a{n}", minutes=n + 1) for n in range(25)),
        said("mail:1", "100% wrong! I want my money back", channel="email", author="kim"),
    )
    everything, following = live.now(500)
    assert (len(everything), following) == (26, None)
    seen, cursor = [], None
    while True:
        page, cursor = live.now(7, cursor)
        seen += [row["message_id"] for row in page]
        if cursor is None:
            break
    assert seen == [row["message_id"] for row in everything]
    assert [row["message_id"] for row in live.now(filters={"channel": "email"})[0]] == ["mail:1"]
    assert [row["message_id"] for row in live.now(filters={"q": "100%"})[0]] == ["mail:1"]
    assert live.now(filters={"q": "100_"})[0] == []
    assert len(live.now(filters={"mood": "negative", "taken_by": "nobody", "q": ""})[0]) > 20
    complaints = live.now(filters={"intent": "complaint"})[0]
    assert complaints
    assert all("complaint" in row["intents"] for row in complaints)
    anna = service.colleague()
    Case.objects.filter(pk="chat:3").update(taken_by=anna, taken_at=NOW)
    from datetime import UTC, datetime

    Looking.objects.create(message_id="chat:3", colleague=anna, seen=datetime.now(UTC))
    [mine] = live.now(filters={"taken_by": str(anna.pk)})[0]
    assert (mine["taken_by_name"], mine["looking"]) == ("anna@firm.example", [{"id": anna.pk, "name": str(anna)}])
    from goodwill.service.live.asking import counts

    assert sum(counts().values()) == 26
    assert counts({"channel": "email"}) == {live.now(filters={"channel": "email"})[0][0]["group"]: 1}


def test_what_cannot_be_asked_is_refused(service: Service) -> None:
    from goodwill.service import live

    with pytest.raises(InputError, match="limit: a limit of 0; give one between 1 and 500"):
        live.now(0)
    with pytest.raises(InputError, match="cursor: 'nonsense' is no cursor; give the one that came with"):
        live.now(cursor="nonsense")
    with pytest.raises(InputError, match="filters: no filter is called 'colour'; choose group"):
        live.now(filters={"colour": "red"})
    with pytest.raises(InputError, match="taken_by: 'x' is no colleague"):
        live.now(filters={"taken_by": "x"})
    for name in ("channel", "q", "mood", "intent", "topic", "group", "customer_id", "state"):
        assert live.now(filters={name: "'; DROP TABLE worth; --"})[0] == []
