"""One statement against what was known when it was made: a rule for each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goodwill.understand.assertions import dates_before
from goodwill.understand.hours import in_words, week_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from goodwill.understand.assertions import Assertion

NAMED, ONLY_ONE, LASTING, MAYBE = 0.9, 0.7, 0.8, 0.5
"""How sure: an order was named; it can only be this one; a rule of every week; a day that may have been an exception,
or a number that may have been mistyped."""

_RECENT = timedelta(days=90)
_A_MONTH = timedelta(days=31)
_ENOUGH_ORDERS = 20  # fewer order numbers do not show what an order number looks like
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Order:
    """A sale and the event of its delivery, where one is held; `surely` where the event names the order."""

    sale: Mapping[str, Any]
    delivery: Mapping[str, Any] | None
    surely: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What was held of a message's author when it was said. Rows are oldest first."""

    at: datetime
    zone: ZoneInfo
    currency: str
    hours: Mapping[str, str | dict[str, str]]
    place: str | None
    orders: list[Order]
    returns: list[Mapping[str, Any]]
    answers: list[Mapping[str, Any]]  # what we did for them, but not in answer to this message
    asked: list[Mapping[str, Any]]  # what they said before
    named: str  # the order number that the text names
    exists: bool
    forms: Mapping[str, int]  # what our order numbers look like (digits as 0), and how many do

    def the_order(self) -> tuple[Order, float] | None:
        """The order that is meant, and how sure: the one named, or the only one of the past 90 days."""
        if self.named:
            mine = [order for order in self.orders if str(order.sale["purchase_id"]).lower() == self.named]
            return (mine[0], NAMED) if mine else None
        recent = [order for order in self.orders if self.at - order.sale["at"] <= _RECENT]
        return (recent[0], ONLY_ONE) if len(recent) == 1 else None

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What our records say instead."""

    known: str
    fact_ids: tuple[str, ...]
    certainty: float


def contradiction(claim: Assertion, known: Known) -> Contradiction | None:
    """None where the records agree, or do not say."""
    return _RULES[claim.kind](claim, known)


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _span(days: float) -> str:
    if days < 2:
        hours = max(1, round(days * 24))
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{round(days)} days"


def _money(row: Mapping[str, Any], known: Known) -> str:
    amount = row["paid"] if row["paid"] is not None else row["amount"]
    return f"{abs(amount):,.2f} {row['currency'] if row['paid'] is not None else known.currency}"


def _of(order: Order) -> str:
    return f"purchases:{order.sale['purchase_id']}"


def _no_such_order(claim: Assertion, known: Known) -> Contradiction | None:
    """Only where it looks as most of our order numbers do: as long, the same letters."""
    alike = known.forms.get(re.sub(r"\d", "0", claim.order.lower()), 0)
    if known.exists or alike < max(_ENOUGH_ORDERS, sum(known.forms.values()) / 2):
        return None
    return Contradiction(f"no order has the number {claim.order}", (), MAYBE)


def _order_date(claim: Assertion, known: Known) -> Contradiction | None:
    said = list(dates_before(claim, known.day(known.at)))
    meant = known.the_order()
    if meant is None or not said:
        return None
    order, sure = meant
    true = known.day(order.sale["at"])
    near = [abs((one - true).days) for one in said]
    if min(near) <= 1 or (sure < NAMED and min(near) > 120):
        return None
    if sure < NAMED and any(abs((known.day(one.sale["at"]) - day).days) <= 1 for one in known.orders for day in said):
        return None
    return Contradiction(f"ordered on {_day(true)}", (_of(order),), sure)


def _delivered(known: Known) -> tuple[Order, Mapping[str, Any], float] | None:
    meant = known.the_order()
    if meant is None or meant[0].delivery is None:
        return None
    return meant[0], meant[0].delivery, meant[1]


def _not_delivered(claim: Assertion, known: Known) -> Contradiction | None:
    found = _delivered(known)
    if found is None or known.at - found[1]["at"] < timedelta(hours=12):
        return None
    order, event, sure = found
    detail = f" ({event['detail']})" if event["detail"] else ""
    return Contradiction(
        f"delivered on {_day(known.day(event['at']))}{detail}", (f"events:{event['event_id']}", _of(order)), sure
    )


def _delivery_time(claim: Assertion, known: Known) -> Contradiction | None:
    found = _delivered(known)
    if found is None:
        return None
    order, event, sure = found
    true = (event["at"] - order.sale["at"]).total_seconds() / 86_400
    # 'two weeks' for twelve days is how people talk; only what is well beyond that is wrong
    if claim.days - true < max(2.0, 0.3 * claim.days):
        return None
    known_words = f"delivered {_span(true)} after the order, on {_day(known.day(event['at']))}"
    return Contradiction(known_words, (f"events:{event['event_id']}", _of(order)), sure)


def _delivery_date(claim: Assertion, known: Known) -> Contradiction | None:
    found, said = _delivered(known), list(dates_before(claim, known.day(known.at)))
    if found is None or not said:
        return None
    order, event, sure = found
    true = known.day(event["at"])
    if min(abs((one - true).days) for one in said) <= 1:
        return None
    return Contradiction(f"delivered on {_day(true)}", (f"events:{event['event_id']}", _of(order)), sure)


def _price(claim: Assertion, known: Known) -> Contradiction | None:
    meant = known.the_order()
    if meant is None or claim.amount is None:
        return None
    order, sure = meant
    paid_in = order.sale["currency"] if order.sale["paid"] is not None else known.currency
    if claim.currency != paid_in or any(_same(claim.amount, amount) for amount in _sums(known)):
        return None
    words = f"{_money(order.sale, known)} paid on {_day(known.day(order.sale['at']))}"
    return Contradiction(words, (_of(order),), sure)


def _sums(known: Known) -> list[Decimal]:
    """Every amount that may be meant: each purchase and return, as booked and as paid, and what a day came to."""
    rows = [order.sale for order in known.orders] + list(known.returns)
    days: dict[date, Decimal] = {}
    for order in known.orders:
        day = known.day(order.sale["at"])
        days[day] = days.get(day, Decimal(0)) + order.sale["amount"]
    single = [abs(row[name]) for row in rows for name in ("amount", "paid") if row[name] is not None]
    return [*single, *days.values(), sum(days.values(), Decimal(0))]


def _same(said: Decimal, held: Decimal) -> bool:
    """'I paid 60' is 59.95; and prices are told with and without tax and postage: a tenth is no contradiction."""
    return abs(said - held) <= max(Decimal(1), held / 10)


def _charged_twice(claim: Assertion, known: Known) -> Contradiction | None:
    meant = known.the_order()
    if meant is None or not known.orders:
        return None
    order, sure = meant
    row = order.sale
    again = [
        other
        for other in known.orders
        if other is not order
        and other.sale["amount"] == row["amount"]
        and abs(other.sale["at"] - row["at"]) < timedelta(days=31)
    ]
    if again:
        return None
    words = f"one charge of {_money(row, known)} on {_day(known.day(row['at']))}"
    return Contradiction(words, (_of(order),), min(sure, MAYBE))


def _no_refund(claim: Assertion, known: Known) -> Contradiction | None:
    """A refund that was made at least three days before, and nothing bought since."""
    made = [(row["at"], f"purchases:{row['purchase_id']}", f" of {_money(row, known)}") for row in known.returns]
    made += [(row["at"], f"actions:{row['action_id']}", "") for row in known.answers if row["kind"] == "refund"]
    made = [one for one in sorted(made) if timedelta(days=3) <= known.at - one[0] <= _RECENT]
    if not made or any(order.sale["at"] > made[-1][0] for order in known.orders):
        return None
    at, fact, amount = made[-1]
    return Contradiction(f"a refund{amount} on {_day(known.day(at))}", (fact,), ONLY_ONE)


def _no_answer(claim: Assertion, known: Known) -> Contradiction | None:
    """Every message of theirs to us in the past month had its answer, and they asked no more often than we know of."""
    asked = [row for row in known.asked if row["to_us"] is not False and known.at - row["at"] <= _A_MONTH]
    first = _first_answers(asked, known)
    if len(asked) < claim.times or any(one is None for one in first):
        return None
    last = max((one for one in first if one is not None), key=lambda one: one["at"])
    if known.at - last["at"] < timedelta(hours=2):
        return None
    done = {"call": "called", "refund": "refunded"}.get(last["kind"], "answered")
    return Contradiction(f"{done} on {_day(known.day(last['at']))}", (f"actions:{last['action_id']}",), ONLY_ONE)


def _first_answers(asked: Sequence[Mapping[str, Any]], known: Known) -> list[Mapping[str, Any] | None]:
    """The first answer to each message, None where there was none: an answer names its message."""
    first: dict[str, Mapping[str, Any]] = {}
    for row in known.answers:
        if row["kind"] in ("reply", "call", "fix", "refund"):
            first.setdefault(row["message_id"], row)
    return [first.get(message["message_id"]) for message in asked]


def _answer_time(claim: Assertion, known: Known) -> Contradiction | None:
    asked = [row for row in known.asked if row["to_us"] is not False and known.at - row["at"] <= _RECENT]
    pairs = list(zip(asked, _first_answers(asked, known), strict=True))
    if not pairs or any(answer is None for _, answer in pairs):
        return None
    waited = [(answer["at"] - row["at"], answer) for row, answer in pairs if answer is not None]
    longest, answer = max(waited, key=lambda one: one[0])
    true = longest.total_seconds() / 86_400
    if claim.days - true < max(1.0, 0.5 * claim.days):
        return None
    return Contradiction(f"answered after {_span(true)}", (f"actions:{answer['action_id']}",), ONLY_ONE)


def _closed(claim: Assertion, known: Known) -> Contradiction | None:
    spans = week_of(known.hours, known.place).get(claim.weekday)
    if not spans:
        return None
    words = f"open on {claim.weekday.capitalize()}s, {in_words(spans)}"
    return Contradiction(words, (f"goodwill.toml:hours.{claim.weekday}",), LASTING if claim.lasting else MAYBE)


def _closing_time(claim: Assertion, known: Known) -> Contradiction | None:
    week = {day: spans for day, spans in week_of(known.hours, known.place).items() if spans}
    days = [claim.weekday] if claim.weekday else list(week)
    held = [week[day] for day in days if day in week]
    if not held or any(claim.minute == closes for spans in held for _, closes in spans):
        return None
    day = days[0] if claim.weekday else max(week, key=lambda one: week[one][-1][1])
    words = f"open on {day.capitalize()}s, {in_words(week[day])}"
    return Contradiction(words, (f"goodwill.toml:hours.{day}",), LASTING)


_RULES: dict[str, Callable[[Assertion, Known], Contradiction | None]] = {
    "order": _no_such_order,
    "order date": _order_date,
    "not delivered": _not_delivered,
    "delivery time": _delivery_time,
    "delivery date": _delivery_date,
    "price": _price,
    "charged twice": _charged_twice,
    "no refund": _no_refund,
    "no answer": _no_answer,
    "answer time": _answer_time,
    "closed": _closed,
    "closing time": _closing_time,
}
