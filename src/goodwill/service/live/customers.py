"""One customer, as pages and programs ask for them: every part by an index, whatever the number of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts import TABLES, WORTH
from goodwill.service.live import asking, mending, people, tables, terms
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Sequence

LATEST = 50
"""How many of the latest messages, purchases and so on are shown."""
_WITH_CUSTOMER = ("purchases", "events", "actions", "contributions", "responses")
_READ = ("mood", "p_negative", "p_positive", "intent", "intents", "topics", "urgency", "flow", "language", "lane")


def customer(customer_id: str) -> dict[str, Any] | None:
    """All that a page shows of one person, found by any id of theirs; None where nobody is called so.

    `worth` is None where their terms forbid it, before the first valuation, and for voices who are no customers.
    """
    person = people.person_of(customer_id)
    ids = sorted(people.ids_of([person]))
    facts = _facts(ids)
    about = facts["people"]
    found: dict[str, Any] = {
        "customer_id": person,
        "ids": ids,
        "people": about,
        "name": next((row["name"] for row in about if row["name"]), ""),
        "handles": facts["handles"],
        "roles": facts["roles"],
        "terms": terms.latest_terms([person]).get(person),
        "worth": _worth(person),
        "referrals": _referrals(ids),
        **{name: facts[name] for name in _WITH_CUSTOMER},
        "purchased": _purchased(ids),
        "messages": _messages(person),
        "cases": _cases(person),
    }
    somewhere = ("people", "handles", "roles", "worth", "messages", "cases", "terms", *_WITH_CUSTOMER)
    if not any(found[name] for name in somewhere) and not any(found["referrals"].values()):
        return None
    found["name"] = found["name"] or next((row["author"] for row in found["messages"] if row["author"]), person)
    return found


def _facts(ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What is held under these ids, the latest of what has a time; corrected, by one question for all tables."""
    when = dict.fromkeys(_WITH_CUSTOMER, tables.sorted_at('t."at"')) | {"purchases": 't."at"'}  # as their index has it
    latest = {name: f'ORDER BY {at} DESC, t."row" DESC LIMIT {LATEST}' for name, at in when.items()}
    given = {"people": _rows("people", "t.fact_key", ids)}
    given |= {name: _rows(name, "t.customer_id", ids) for name in ("handles", "roles")}
    given |= {name: _rows(name, "t.customer_id", ids, latest[name]) for name in _WITH_CUSTOMER}
    keys = {name: mending.keys_of(name, rows).to_pylist() for name, rows in given.items()}
    corrections = mending.corrections_of_facts(list(given), sorted({key for some in keys.values() for key in some}))
    mended = mending.mended(given, corrections)
    return {
        name: [{**row, "key": key} for row, key in zip(rows.to_pylist(), keys[name], strict=True)]
        for name, rows in mended.items()
    }


def _rows(name: str, column: str, ids: Sequence[str], rest: str = "") -> pa.Table:
    return tables.few(f"fact_{name}", TABLES[name].arrow, *tables.among(column, ids), rest)


def _worth(person: str) -> dict[str, Any] | None:
    schema = pa.schema([*WORTH.arrow, ("name", pa.string()), ("fifth", pa.int64()), ("valuation", pa.int64())])
    if terms.unvalued(the_firm(), [person]):
        return None
    rows = tables.few("worth", schema, "t.customer_id = %s", [person]).to_pylist()
    return rows[0] if rows else None


def _purchased(ids: Sequence[str]) -> dict[str, Any]:
    """How often and for how much in all; returns beside sales."""
    from django.db import connection

    condition, parameters = tables.among("t.customer_id", ids)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT count(CASE WHEN t.amount > 0 THEN 1 END), sum(t.amount), min(t."at"), max(t."at")'
            f" FROM fact_purchases t WHERE {condition}",
            parameters,
        )
        number, total, first, last = cursor.fetchone()
    return {
        "number": int(number or 0),
        "total": asking.money(total or 0),
        "first": asking.instant(first),
        "last": asking.instant(last),
    }


def _referrals(ids: Sequence[str]) -> dict[str, int]:
    """How many they brought (and how many of those bought), and whether they were brought; others are not named."""
    from django.db import connection

    brought, first = tables.among("t.referrer_id", ids)
    came, second = tables.among("t.referred_id", ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(t.converted_at) FROM fact_referrals t WHERE {brought}", first)
        made, converted = cursor.fetchone()
        cursor.execute(f"SELECT count(*) FROM fact_referrals t WHERE {came}", second)
        (was,) = cursor.fetchone()
    return {"brought": int(made), "bought": int(converted), "was_brought": int(was)}


def _messages(person: str) -> list[dict[str, Any]]:
    """What they said last, with what was understood."""
    from django.db import connection

    columns = [*TABLES["messages"].names]
    when = tables.sorted_at('m."at"')
    chosen = ", ".join([f"m.{tables.quoted(name)}" for name in columns] + [f"r.{name}" for name in _READ])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {chosen}, r.corrected FROM reading r JOIN fact_messages m ON m.fact_key = r.message_id"
            f" WHERE r.customer_id = %s ORDER BY {when} DESC, m.message_id LIMIT {LATEST}",
            [person],
        )
        rows = [dict(zip([*columns, *_READ, "corrected"], row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["at"], row["customer_id"] = asking.instant(row["at"]), person
        row["intents"], row["topics"] = asking.listed(row["intents"]), asking.listed(row["topics"])
        row["corrected"] = bool(row["corrected"])
    return rows


def _cases(person: str) -> list[dict[str, Any]]:
    from goodwill.service.store.models import Case

    names = (
        "message_id", "at", "state", "group", "place", "due", "stake", "low", "high", "reasons", "taken_by_id",
        "answered_at", "resolved_at", "cause_id", "outcome",
    )  # fmt: skip
    rows = list(Case.objects.filter(customer_id=person).order_by("-at", "message_id").values(*names)[:LATEST])
    terms.veil(mine := [{**row, "customer_id": person} for row in rows])
    return [{name: row[name] for name in names} for row in mine]
