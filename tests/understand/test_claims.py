"""What a message claims and our facts contradict; and, kind by kind, what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from goodwill.errors import SettingsError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand import read_messages
from goodwill.understand.assertions import assertions
from goodwill.understand.claims import CORRECTABLE, correctable

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOURS = {"monday": "09:00-18:00", "saturday": "10:00-16:00", "sunday": "closed"}


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


SALE = {"purchase_id": "4471", "customer_id": "ann", "at": ago(days=20), "amount": Decimal("59.95")}
DELIVERY = {"event_id": "e1", "customer_id": "ann", "at": ago(days=17), "kind": "use", "ok": True}
ASKED = {"message_id": "q1", "customer_id": "ann", "at": ago(days=6), "text": "Where is it?", "to_us": True}
ANSWER = {"action_id": "a1", "message_id": "q1", "at": ago(days=5, hours=20), "kind": "reply"}
REFUND = {"purchase_id": "r1", "customer_id": "ann", "at": ago(days=5), "amount": Decimal("-59.95"), "kind": "return"}


def claimed(text: str, place: str | None = None, hours: Any = HOURS, **tables: list[dict[str, Any]]) -> list[Any]:
    """What of Ann's review is contradicted."""
    review = {"message_id": "review", "customer_id": "ann", "at": NOW, "text": text, "channel": "review"}
    tables["messages"] = [*tables.get("messages", []), {**review, "place": place, "to_us": False}]
    firm = Firm.model_validate({"firm": {"currency": "USD"}, "hours": hours})
    laid = {name: pa.Table.from_pylist(rows, schema=TABLES[name].arrow) for name, rows in tables.items()}
    facts = Facts.from_arrow(firm, laid)
    found = correctable(facts, read_messages(facts))
    assert found.schema == CORRECTABLE
    return [row for row in found.to_pylist() if row["message_id"] == "review"]


def one(text: str, **tables: Any) -> dict[str, Any]:
    rows = claimed(text, **tables)
    assert len(rows) == 1, rows
    row: dict[str, Any] = rows[0]
    return row


def delivered(detail: str = "delivered") -> list[dict[str, Any]]:
    return [{**DELIVERY, "detail": detail}]


def test_a_parcel_that_arrived_did_arrive() -> None:
    row = one("My parcel never arrived.", purchases=[SALE], events=delivered())
    assert (row["claim"], row["said"]) == ("not delivered", "My parcel never arrived".removeprefix("My "))
    assert row["known"] == "delivered on 15 October 2026 (delivered)"
    assert row["fact_ids"] == ["events:e1", "purchases:4471"]
    assert (row["certainty"], row["public"], row["customer_id"]) == (0.7, True, "ann")


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("My parcel never arrived.", []),  # we hold no delivery
        ("My parcel never arrived.", [{**DELIVERY, "detail": "delivery attempt failed"}]),
        ("My parcel never arrived.", [{**DELIVERY, "detail": "delivered", "ok": False}]),
        ("My parcel never arrived.", [{**DELIVERY, "detail": "delivered", "at": ago(hours=-5)}]),  # later
        ("My parcel never arrived.", [{**DELIVERY, "detail": "delivered", "customer_id": "bob"}]),
        ("My parcel never arrived.", [{**DELIVERY, "detail": "order 9999 delivered"}]),  # another order
        ("If my parcel never arrived I would be angry.", delivered()),
        ("Has my parcel not arrived?", delivered()),
        ("My parcel arrived, great!", delivered()),
    ],
)
def test_what_we_do_not_know_contradicts_nobody(text: str, events: list[dict[str, Any]]) -> None:
    assert claimed(text, purchases=[SALE], events=events) == []


def test_with_two_orders_only_the_one_named_is_meant() -> None:
    other = {**SALE, "purchase_id": "4400", "at": ago(days=40)}
    assert claimed("My parcel never arrived.", purchases=[SALE, other], events=delivered("order 4471 delivered")) == []
    row = one("My order 4471 never arrived.", purchases=[SALE, other], events=delivered("order 4471 delivered"))
    assert row["certainty"] == 0.9
    assert (
        claimed("My order 4400 never arrived.", purchases=[SALE, other], events=delivered("order 4471 delivered")) == []
    )


def test_how_long_a_delivery_took() -> None:
    row = one("It took three weeks to arrive!", purchases=[SALE], events=delivered())
    assert row["known"] == "delivered 3 days after the order, on 15 October 2026"
    assert claimed("It took four days to arrive.", purchases=[SALE], events=delivered()) == []
    assert claimed("It took two days to arrive.", purchases=[SALE], events=delivered()) == [], "not to our harm"
    slow = [{**DELIVERY, "detail": "delivered", "at": ago(days=1)}]
    assert claimed("It took three weeks to arrive!", purchases=[SALE], events=slow) == []


def test_on_which_day_it_was_delivered() -> None:
    row = one("It was delivered on 24 October.", purchases=[SALE], events=delivered())
    assert (row["claim"], row["known"]) == ("delivery date", "delivered on 15 October 2026")
    for right in ("15 October", "October 16th", "15.10.2026", "2026-10-15", "the 15th of October"):
        assert claimed(f"It was delivered on {right}.", purchases=[SALE], events=delivered()) == [], right


def test_on_which_day_it_was_ordered() -> None:
    row = one("I ordered on 12 September and it is slow.", purchases=[SALE])
    assert (row["claim"], row["known"]) == ("order date", "ordered on 12 October 2026")
    assert claimed("I ordered on 12 October.", purchases=[SALE]) == []
    assert claimed("I ordered on 10/12/2026.", purchases=[SALE]) == [], "it may be read either way"
    older = {**SALE, "purchase_id": "1", "at": datetime(2026, 3, 3, 12, tzinfo=UTC)}
    assert claimed("I ordered on 3 March.", purchases=[SALE, older]) == [], "an order of that day is held"


def test_what_was_paid() -> None:
    row = one("I paid $95 for this junk.", purchases=[SALE])
    assert (row["claim"], row["known"]) == ("price", "59.95 USD paid on 12 October 2026")
    for right in ("$59.95", "$60", "60 dollars", "$ 59", "$64.90"):
        assert claimed(f"I paid {right} for this junk.", purchases=[SALE]) == [], right


@pytest.mark.parametrize(
    "text",
    [
        "I paid $12 for shipping.",
        "They charged me $25.95 more.",
        "I paid €95 for this.",  # in another currency than we hold
        "I would have paid $95.",
        "My friend paid $95.",
        "It is worth $95 at most.",
        "They asked $95 for it.",
    ],
)
def test_other_sums_are_not_the_price(text: str) -> None:
    assert claimed(text, purchases=[SALE]) == []


def test_the_sum_of_a_day_and_an_older_purchase_may_be_meant() -> None:
    same_day = {**SALE, "purchase_id": "4472", "amount": Decimal("35.05")}
    assert claimed("I paid $95 in all, order 4471.", purchases=[SALE, same_day]) == []
    older = {**SALE, "purchase_id": "1", "amount": Decimal("95"), "at": ago(days=300)}
    assert claimed("I paid $95.", purchases=[SALE, older]) == []


def test_one_charge_is_not_two() -> None:
    row = one("I was charged twice!", purchases=[SALE])
    assert (row["known"], row["certainty"]) == ("one charge of 59.95 USD on 12 October 2026", 0.5)
    again = {**SALE, "purchase_id": "4472", "at": ago(days=19)}
    assert claimed("I was charged twice, order 4471!", purchases=[SALE, again]) == []


def test_a_refund_that_was_made() -> None:
    row = one("I never got my refund.", purchases=[SALE, REFUND])
    assert (row["claim"], row["known"]) == ("no refund", "a refund of 59.95 USD on 27 October 2026")
    by_action = {"action_id": "a9", "customer_id": "ann", "at": ago(days=5), "kind": "refund"}
    assert one("Still no refund!", purchases=[SALE], actions=[by_action])["fact_ids"] == ["actions:a9"]
    assert claimed("I never got my refund.", purchases=[SALE]) == []
    assert claimed("Still no refund!", purchases=[SALE, {**REFUND, "at": ago(days=1)}]) == [], "the bank takes its time"
    since = {**SALE, "purchase_id": "5000", "at": ago(days=4)}
    assert claimed("Still no refund!", purchases=[SALE, REFUND, since]) == [], "it may be another order's"


def test_an_answer_that_was_given() -> None:
    row = one("Nobody ever answered me.", messages=[ASKED], actions=[ANSWER])
    assert (row["claim"], row["known"]) == ("no answer", "answered on 26 October 2026")
    assert row["fact_ids"] == ["actions:a1"]
    again = {**ASKED, "message_id": "q2", "at": ago(days=3)}
    assert claimed("Nobody ever answered me.", messages=[ASKED, again], actions=[ANSWER]) == [], "q2 still waits"
    assert claimed("Nobody ever answered me.", messages=[ASKED]) == []
    assert claimed("Nobody ever answered me.", actions=[ANSWER]) == [], "that was another's message"
    late = {**ANSWER, "at": ago(hours=-1)}
    assert claimed("Nobody ever answered me.", messages=[ASKED], actions=[late]) == [], "it came after the review"
    assert claimed("I wrote three times and got no answer.", messages=[ASKED], actions=[ANSWER]) == [], "we hold one"
    old = {**ASKED, "at": ago(days=60)}
    assert claimed("Nobody answered me.", messages=[old], actions=[{**ANSWER, "at": ago(days=59)}]) == [], "long ago"
    assert claimed("I never answered them.", messages=[ASKED], actions=[ANSWER]) == []


def test_how_long_an_answer_took() -> None:
    row = one("I waited two weeks for an answer.", messages=[ASKED], actions=[ANSWER])
    assert (row["claim"], row["known"]) == ("answer time", "answered after 4 hours")
    assert claimed("I waited 4 hours for an answer.", messages=[ASKED], actions=[ANSWER]) == []


def test_an_order_that_does_not_exist() -> None:
    orders = [{**SALE, "purchase_id": str(4400 + number), "customer_id": f"c{number}"} for number in range(30)]
    row = one("My order 9134 is a mess.", purchases=orders)
    assert (row["known"], row["certainty"], row["fact_ids"]) == ("no order has the number 9134", 0.5, [])
    assert claimed("Thank you for your help with order 9134!", purchases=orders) == [], "that harms nobody"
    letters = [{"message_id": f"l{n}", "at": NOW, "text": f"Order {n} is a mess.", "to_us": True} for n in (9001, 9002)]
    assert claimed("My order 9134 is a mess.", purchases=orders, messages=letters) == [], "our own list has gaps"
    assert claimed("My order 4411 is a mess.", purchases=orders) == []
    assert claimed("My order 91345 is a mess.", purchases=orders) == [], "no number of ours looks like it"
    assert claimed("My order 9134 is a mess.", purchases=orders[:5]) == [], "too few to know what ours look like"


def test_opening_hours() -> None:
    row = one("They are closed on Saturdays, a shame.")
    assert (row["known"], row["certainty"]) == ("open on Saturdays, 10:00 to 16:00", 0.8)
    assert one("The shop was closed on Saturday.")["certainty"] == 0.5, "that day may have been an exception"
    assert claimed("They are closed on Sundays.") == []
    assert claimed("They are closed on Tuesdays.") == [], "we do not hold Tuesday's hours"
    row = one("The shop closes at 5 pm on Mondays.")
    assert row["known"] == "open on Mondays, 09:00 to 18:00"
    assert claimed("The shop closes at 6 pm on Mondays.") == []
    assert claimed("The shop closes at 16:00.") == [], "so it does on Saturdays"
    assert claimed("They are closed on Saturdays.", hours={}) == []


def test_a_place_has_its_own_hours() -> None:
    hours = {**HOURS, "Mill Road": {"saturday": "closed", "monday": "08:00-12:00"}}
    assert claimed("They are closed on Saturdays.", place="Mill Road", hours=hours) == []
    assert one("They are closed on Mondays.", place="mill road", hours=hours)["known"].endswith("08:00 to 12:00")
    assert claimed("They are closed on Saturdays.", place="Elsewhere", hours=hours) == [], "its hours are not held"


def test_opinions_are_nobodys_business() -> None:
    everything: dict[str, Any] = {"purchases": [SALE, REFUND], "events": delivered()}
    for text in (
        "Worst shop ever, awful service, far too expensive!",
        "Slow, rude, never again.",
        "Overpriced rubbish",
    ):
        assert claimed(text, **everything) == []


def test_a_competitors_fault_is_not_ours() -> None:
    firm = Firm.model_validate({"hours": HOURS, "competitors": ["Rivalry"]})
    said = {"message_id": "m", "at": NOW, "text": "Rivalry are closed on Saturdays.", "about": "Rivalry"}
    facts = Facts.from_arrow(firm, {"messages": pa.Table.from_pylist([said], schema=TABLES["messages"].arrow)})
    assert correctable(facts, read_messages(facts)).num_rows == 0


def test_several_claims_of_one_message_stand_each_for_itself() -> None:
    rows = claimed(
        "My order 4471 never arrived. I paid $95 and nobody answered!",
        purchases=[SALE], events=delivered("order 4471 delivered"), messages=[ASKED], actions=[ANSWER],
    )  # fmt: skip
    assert [row["claim"] for row in rows] == ["not delivered", "price", "no answer"]


def test_the_answer_and_the_later_stars_stand_beside_it() -> None:
    row = one("My parcel never arrived.", purchases=[SALE], events=delivered())
    assert (row["rating"], row["answered_at"], row["later_rating"]) == (None, None, None)
    later = {"message_id": "again", "customer_id": "ann", "at": NOW + timedelta(days=2), "text": "They were right."}
    reply = {"action_id": "a5", "message_id": "review", "at": NOW + timedelta(days=1), "kind": "reply"}
    row = one(
        "My parcel never arrived.", purchases=[SALE], events=delivered(), actions=[reply],
        messages=[{**later, "rating": 4.0, "in_reply_to": "review"}, {**later, "message_id": "x", "rating": 1.0}],
    )  # fmt: skip
    assert (row["answered_at"], row["later_rating"]) == (reply["at"], 4.0)


def test_odd_texts_do_no_harm() -> None:
    for text in ("", "order " * 100_000, "\ud800 order 1", "paid $" + "9" * 5000, "on 45 October 2026", "31.02.2026"):
        assertions(text)
    assert assertions("I ordered on 31 February.") == []


def test_hours_that_cannot_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="'funday' is no day"):
        Firm.from_mapping({"hours": {"funday": "09:00-18:00"}})
    with pytest.raises(SettingsError, match="'9 to 5' are no hours"):
        Firm.from_mapping({"hours": {"monday": "9 to 5"}})
