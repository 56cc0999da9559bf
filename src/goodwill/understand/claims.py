"""What a message states and our own records contradict: to be corrected in public, with the facts beside it.

Only what records can check (`understand.assertions`), never an opinion; only what was so when the message was said; and
only where the records say plainly that it was otherwise. What they do not hold contradicts nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.understand.assertions import TRIGGER, assertions
from goodwill.understand.contradictions import Known, Order, contradiction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goodwill.lake import Facts
    from goodwill.understand.assertions import Assertion

CORRECTABLE = pa.schema(
    [
        ("message_id", pa.string()),
        ("customer_id", pa.string()),
        ("claim", pa.string()),  # what is claimed: one of assertions.KINDS
        ("said", pa.string()),  # the text's own words
        ("known", pa.string()),  # what our records say
        ("fact_ids", pa.list_(pa.string())),  # 'purchases:4471', 'actions:a1', 'goodwill.toml:hours.saturday'
        ("certainty", pa.float64()),  # .9 an order named; .7 the only one it can be; .5 a day may be an exception
        ("public", pa.bool_()),  # others can read it
        ("rating", pa.float64()),  # the stars that came with it
        ("answered_at", pa.timestamp("us", tz="UTC")),  # when we first answered it
        ("later_rating", pa.float64()),  # the same person's latest stars in the same place since
    ]
)
_ABOUT_US = (2, 3)  # flows
_WANTED = [
    "message_id", "at", "channel", "customer_id", "text", "place", "to_us", "rating", "thread", "url",
]  # fmt: skip
_BACK = timedelta(days=730)  # purchases and actions further back than this are no longer meant


def correctable(facts: Facts, readings: pa.Table, since: datetime | None = None) -> pa.Table:
    """The messages about us that state what our facts contradict.

    Checked are: an order that does not exist; when something was ordered or delivered, that it never was, and how long
    it took (events whose detail says 'delivered'); the price paid and a double charge; a missing refund; a missing
    answer and how long it took (actions); opening hours (`[hours]` of goodwill.toml). A contradiction wants the fact to
    be older than the message. Certainty is goodwill's own judgement, not measured.

    Args:
        facts: with every customer_id a person's, as `know.identify` gives them.
        readings: as `read_messages` gives them; messages of flows other than 2 and 3 are left out.
        since: what was said before is left out.

    Returns:
        One row a contradiction, by message_id, with the columns of `CORRECTABLE`.

    >>> from goodwill.facts import TABLES
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> from goodwill.understand import read_messages
    >>> firm = Firm.model_validate({"hours": {"saturday": "10:00-16:00"}})
    >>> said = [{"message_id": "r1", "at": datetime(2026, 11, 1, tzinfo=UTC), "text": "They are closed on Saturdays."}]
    >>> facts = Facts.from_arrow(firm, {"messages": pa.Table.from_pylist(said, schema=TABLES["messages"].arrow)})
    >>> found = correctable(facts, read_messages(facts)).to_pylist()
    >>> found[0]["known"], found[0]["certainty"]
    ('open on Saturdays, 10:00 to 16:00', 0.8)
    """
    stated = _stated(facts, readings, since)
    if not stated:
        return CORRECTABLE.empty_table()
    records = _records(facts, stated)
    orders_are_whole = _orders_are_whole(stated, records)
    rows = []
    for message, claims in stated:
        if [claim.kind for claim in claims] == ["order"] and not _public(message):
            continue
        known = _known_of(message, claims, records, facts)
        for claim in claims:
            if claim.kind == "order" and not (_public(message) and orders_are_whole and message["mood"] != "positive"):
                continue  # a number mistyped in a letter to us harms nobody
            against = contradiction(claim, known)
            if against is not None:
                rows.append(
                    {
                        "message_id": message["message_id"],
                        "customer_id": message["customer_id"],
                        "claim": claim.kind,
                        "said": claim.said,
                        "known": against.known,
                        "fact_ids": list(against.fact_ids),
                        "certainty": against.certainty,
                        "public": _public(message),
                        "rating": message["rating"],
                        "answered_at": records.answered.get(message["message_id"]),
                        "later_rating": _later_rating(message, records),
                    }
                )
    return pa.Table.from_pylist(rows, schema=CORRECTABLE)


def _later_rating(message: Mapping[str, Any], records: _Records) -> float | None:
    """The stars of the author's latest message after this one in the same thread, or under the same address."""
    place = {message[name] for name in ("thread", "url", "message_id") if message[name]}
    later = [
        row
        for row in records.messages.get(message["customer_id"] or "", [])
        if row["at"] > message["at"]
        and row["rating"] is not None
        and place & {row[name] for name in ("thread", "url", "in_reply_to") if row[name]}
    ]
    return later[-1]["rating"] if later else None


def _orders_are_whole(stated: Sequence[tuple[Any, list[Assertion]]], records: _Records) -> bool:
    """Where more than a tenth of the numbers that customers name are unknown, it is our list that has gaps."""
    named = {claim.order.lower() for _, claims in stated for claim in claims if claim.kind == "order"}
    return len(named - records.real) <= max(1, len(named) / 10)


def _public(message: Mapping[str, Any]) -> bool:
    return message["to_us"] is False or (message["channel"] or "").lower() in ("review", "forum", "blog", "community")


def _stated(facts: Facts, readings: pa.Table, since: datetime | None) -> list[tuple[dict[str, Any], list[Assertion]]]:
    """The messages about us that state something that can be checked."""
    messages = _unsorted(facts, "messages", _WANTED)
    if since is not None:
        messages = messages.filter(pc.greater_equal(messages["at"], pa.scalar(since, messages["at"].type)))
    messages = messages.filter(pc.fill_null(pc.match_substring_regex(messages["text"], TRIGGER), False))
    ids, flows, moods = (readings[name].to_pylist() for name in ("message_id", "flow", "mood"))
    flow, mood = dict(zip(ids, flows, strict=True)), dict(zip(ids, moods, strict=True))
    found = []
    for row in messages.sort_by("message_id").to_pylist():
        row["mood"] = mood.get(row["message_id"])
        if flow.get(row["message_id"]) in (None, *_ABOUT_US):
            claims = assertions(row["text"])
            if claims:
                found.append((row, claims))
    return found


@dataclass(frozen=True, slots=True)
class _Records:
    """What is held of the customers who stated something, by customer; and what order numbers are like."""

    purchases: dict[str, list[dict[str, Any]]]
    events: dict[str, list[dict[str, Any]]]
    actions: dict[str, list[dict[str, Any]]]
    messages: dict[str, list[dict[str, Any]]]
    real: frozenset[str]  # the order numbers named that exist
    forms: dict[str, int]  # what order numbers look like, and how many do
    answered: dict[str, datetime]


def _records(facts: Facts, stated: Sequence[tuple[dict[str, Any], list[Assertion]]]) -> _Records:
    customers = {row["customer_id"] for row, _ in stated if row["customer_id"]}
    named = {claim.order.lower() for _, claims in stated for claim in claims if claim.kind == "order"}
    said = [row["message_id"] for row, _ in stated]
    of_messages = ("message_id", "at", "to_us", "rating", "thread", "url", "in_reply_to")
    messages = _by_customer(facts, "messages", of_messages, customers)
    own = {row["message_id"]: who for who, rows in messages.items() for row in rows}
    return _Records(
        _by_customer(facts, "purchases", ("purchase_id", "at", "amount", "currency", "paid", "kind"), customers),
        _by_customer(facts, "events", ("event_id", "at", "ok", "detail"), customers),
        _by_customer(facts, "actions", ("action_id", "message_id", "at", "kind"), customers, own),
        messages,
        *_order_numbers(facts, named),
        _answered(facts, said),
    )


def _unsorted(facts: Facts, name: str, columns: Sequence[str]) -> pa.Table:
    """A few columns of a table, in no order: sorting a whole table for a few rows costs more than all else here."""
    return facts.lake.arrow(facts.tables[name].select(*columns))


def _order_numbers(facts: Facts, named: set[str]) -> tuple[frozenset[str], dict[str, int]]:
    """(which of the numbers named exist, how many order numbers look like what: letters as they are, digits as 0)."""
    if not named:
        return frozenset(), {}
    numbers = pc.utf8_lower(_unsorted(facts, "purchases", ("purchase_id",))["purchase_id"])
    real = numbers.filter(pc.is_in(numbers, pa.array(sorted(named)))).to_pylist()
    forms = pc.value_counts(pc.replace_substring_regex(numbers, r"\d", "0")).to_pylist()
    return frozenset(real), {form["values"]: form["counts"] for form in forms}


def _answered(facts: Facts, said: list[str]) -> dict[str, datetime]:
    """When each of some messages was first answered."""
    actions = _unsorted(facts, "actions", ("message_id", "at"))
    actions = actions.filter(pc.is_in(actions["message_id"], pa.array(said, pa.string())))
    first = actions.group_by("message_id").aggregate([("at", "min")])
    return dict(zip(first["message_id"].to_pylist(), first["at_min"].to_pylist(), strict=True))


def _by_customer(
    facts: Facts, name: str, columns: Sequence[str], customers: set[str], owner_of: Mapping[str, str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The rows of a table by customer, oldest first; an action without a customer is that of its message's author."""
    table = _unsorted(facts, name, ("customer_id", *columns))
    mine = pc.is_in(table["customer_id"], pa.array(sorted(customers), pa.string()))
    if owner_of is not None:
        mine = pc.or_(mine, pc.is_in(table["message_id"], pa.array(sorted(owner_of), pa.string())))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.filter(pc.fill_null(mine, False)).to_pylist():
        who = row["customer_id"] or (owner_of or {}).get(row.get("message_id"))
        if who in customers:
            found.setdefault(str(who), []).append(row)
    for own in found.values():
        own.sort(key=lambda row: (row["at"], str(row[columns[0]])))
    return found


def _known_of(message: Mapping[str, Any], claims: Sequence[Assertion], records: _Records, facts: Facts) -> Known:
    """What was known of the author when the message was said."""
    who, said_at = message["customer_id"] or "", message["at"] or datetime.max.replace(tzinfo=UTC)

    def before(rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        return [row for row in rows.get(who, []) if said_at - _BACK <= row["at"] <= said_at]

    named = next((claim.order.lower() for claim in claims if claim.kind == "order"), "")
    purchases = before(records.purchases)
    return Known(
        at=said_at,
        zone=facts.firm.zone,
        currency=facts.firm.currency,
        hours=facts.firm.hours,
        place=message["place"],
        orders=_orders(purchases, before(records.events)),
        returns=[row for row in purchases if row["amount"] < 0 or row["kind"] == "return"],
        answers=[row for row in before(records.actions) if row["message_id"] != message["message_id"]],
        asked=[row for row in before(records.messages) if row["message_id"] != message["message_id"]],
        named=named,
        exists=named in records.real,
        forms=records.forms,
    )


def _orders(purchases: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[Order]:
    """The customer's sales, each with its delivery: the event that names it, else the first before the next sale."""
    sales = [row for row in purchases if row["amount"] > 0 and row["kind"] != "return"]
    delivered = [row for row in events if row["ok"] is not False and _says_delivered(row["detail"] or "")]
    orders = []
    for place, sale in enumerate(sales):
        until = sales[place + 1]["at"] if place + 1 < len(sales) else None
        number = str(sale["purchase_id"]).lower()
        named = [row for row in delivered if number in (row["detail"] or "").lower().replace("#", " ").split()]
        after = [row for row in delivered if row["at"] > sale["at"] and (until is None or row["at"] < until)]
        unnamed = [row for row in after if not any(letter.isdigit() for letter in row["detail"] or "")]
        orders.append(Order(sale, next(iter(named or unnamed), None), bool(named)))
    return orders


def _says_delivered(detail: str) -> bool:
    words = detail.lower()
    return not any(no in words for no in ("not ", "fail", "attempt", "late", "to be ")) and any(
        word in words for word in ("delivered", "handed over", "signed for", "picked up", "collected")
    )
