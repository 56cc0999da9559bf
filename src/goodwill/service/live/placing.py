"""From messages to their places in *Now*: the small facts that a ranking needs, the ranking, and the rows of `Case`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL, TABLES, TIES, WORTH
from goodwill.service.live import bulk, mending, order, people, quoting, reading, tables, terms
from goodwill.service.live.firms import firm as the_firm
from goodwill.service.live.tray import small_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.engage import Ranking
    from goodwill.firm import Firm

WINDOW = timedelta(days=60)  # as goodwill.engage looks back
BEFORE = timedelta(days=14)  # purchases and failures shortly before a message
MESSAGES = reading.MESSAGES
CASE = pa.schema(
    [
        ("message_id", pa.string()),
        ("customer_id", pa.string()),
        ("at", MESSAGES.field("at").type),
        ("state", pa.string()),
        ("group", pa.string()),
        ("place", pa.float64()),
        ("due", MESSAGES.field("at").type),
        ("stake", WORTH["worth"].type),
        ("low", WORTH["worth"].type),
        ("high", WORTH["worth"].type),
        ("reasons", pa.string()),
        ("ranked", MESSAGES.field("at").type),
        ("valuation", pa.int64()),
        ("outcome", pa.string()),
    ]
)
CHANGED = ("customer_id", "group", "place", "due", "stake", "low", "high", "reasons", "ranked", "valuation")


def place(message_ids: Iterable[str], now: datetime | None = None) -> int:
    """Ranks these messages, and the other open ones of the people who said them, and writes their cases.

    Returns how many stand in *Now*. Everything is looked up by index; nothing grows with the number of customers.
    """
    from django.db import transaction

    started = datetime.now(UTC)
    now = now or started
    firm = the_firm()
    wanted = _with_siblings(sorted(set(message_ids)), now)
    if not wanted.num_rows:
        return 0
    ranking = _ranked(firm, wanted, now)
    ours = pc.is_in(ranking.cases["message_id"], value_set=wanted["message_id"].combine_chunks())
    cases = ranking.cases.filter(ours)
    with transaction.atomic():
        write(cases, order.places(cases, _usual()), wanted, started)
        settle(ranking.answered.to_pylist(), started)
        _leave(wanted["message_id"].to_pylist(), cases["message_id"].to_pylist())
    return cases.num_rows


# --- what a ranking needs -----------------------------------------------------------------------------------------


def _with_siblings(ids: Sequence[str], now: datetime) -> pa.Table:
    """These messages and all others of the same people within the window, with the person as `customer_id`."""
    said = tables.few("reading", _BY, *tables.among("t.message_id", ids))
    persons = sorted({one for one in said["customer_id"].to_pylist() if one is not None})
    recent, since = tables.at_least('t."at"', now - WINDOW)
    found = []
    if persons:
        in_one, listed = tables.among("t.fact_key", _ids_said_by(persons))
        found.append(tables.few("fact_messages", MESSAGES, f"{in_one} AND {recent}", [*listed, *since]))
    messages = reading.by_id(ids)
    found.append(messages)
    # Who is nobody's customer is known by the handle that they wrote with.
    unknown = messages.filter(pc.invert(pc.is_in(messages["message_id"], value_set=_named(said))))
    authors = sorted({one.lower() for one in unknown["author"].to_pylist() if one is not None})
    if authors:
        condition, parameters = tables.among("lower(t.author)", authors)
        found.append(tables.few("fact_messages", MESSAGES, f"{condition} AND {recent}", [*parameters, *since]))
    whole = pa.concat_tables(found)
    first = np.unique(np.asarray(whole["message_id"].to_pylist(), dtype=object), return_index=True)[1]
    return _said_by(whole.take(pa.array(first)))


_BY = pa.schema([("message_id", pa.string()), ("customer_id", pa.string())])


def _named(said: pa.Table) -> pa.Array:
    return said.filter(pc.is_valid(said["customer_id"]))["message_id"].combine_chunks()


def _ids_said_by(persons: Sequence[str]) -> list[str]:
    rows = tables.few("reading", _BY, *tables.among("t.customer_id", persons))
    return rows["message_id"].to_pylist()


def _said_by(messages: pa.Table) -> pa.Table:
    """The messages with the person who said each."""
    ids = messages["message_id"].to_pylist()
    said = tables.few("reading", _BY, *tables.among("t.message_id", ids))
    who = dict(zip(said["message_id"].to_pylist(), said["customer_id"].to_pylist(), strict=True))
    column = pa.array([who.get(one) for one in ids], pa.string())
    return messages.set_column(messages.schema.get_field_index("customer_id"), "customer_id", column)


def _ranked(firm: Firm, messages: pa.Table, now: datetime) -> Ranking:
    from goodwill import engage

    ids = messages["message_id"].to_pylist()
    persons = sorted({one for one in messages["customer_id"].to_pylist() if one is not None})
    of = people.ids_of(persons)
    earliest = min(messages["at"].to_pylist()) - BEFORE
    given = {"messages": messages, "actions": _actions(ids, sorted(of), now)}
    for name in ("events", "purchases"):
        condition, parameters = tables.among("t.customer_id", sorted(of))
        recent, since = tables.at_least('t."at"', earliest)
        given[name] = tables.few(f"fact_{name}", TABLES[name].arrow, f"{condition} AND {recent}", [*parameters, *since])
    given["roles"] = _roles(sorted(of))
    members = {one for name in ("customer_id", "organisation_id") for one in given["roles"][name].to_pylist()}
    of |= people.persons_of(members - of.keys())
    given["people"] = tables.few("fact_people", TABLES["people"].arrow, *tables.among("t.fact_key", sorted(members)))
    given["promises"] = tables.few("fact_promises", TABLES["promises"].arrow)
    given["terms"] = tables.few("fact_terms", TABLES["terms"].arrow, *tables.among("t.customer_id", sorted(of)))
    given = mending.mended(given, mending.corrections_of_facts(list(given)))
    given = {name: rows if name == "messages" else people.in_persons(name, rows, of) for name, rows in given.items()}
    given["messages"] = pa.concat_tables([given["messages"], _replies(ids)])
    ties = ties_to(persons)
    valued = {*persons, *of.values(), *ties["customer_id"].to_pylist()}
    worth = worths(firm, sorted(valued))
    facts = small_facts(firm, given)
    return engage.rank(facts, reading.stored(given["messages"]["message_id"].to_pylist()), worth, ties, as_of=now)


def _actions(ids: Sequence[str], customers: Sequence[str], now: datetime) -> pa.Table:
    schema = TABLES["actions"].arrow
    recent, since = tables.at_least('t."at"', now - WINDOW)
    found = []
    for column, values in (("t.message_id", ids), ("t.customer_id", customers)):
        condition, parameters = tables.among(column, values)
        found.append(tables.few("fact_actions", schema, f"{condition} AND {recent}", [*parameters, *since]))
    both = pa.concat_tables(found)
    first = np.unique(np.asarray(both["action_id"].to_pylist(), dtype=object), return_index=True)[1]
    return both.take(pa.array(first, pa.int64()))


def _roles(customers: Sequence[str]) -> pa.Table:
    """The roles of these customers, and of all others in the same organisations."""
    schema = TABLES["roles"].arrow
    theirs = tables.few("fact_roles", schema, *tables.among("t.customer_id", customers))
    organisations = sorted(set(theirs["organisation_id"].to_pylist()))
    if not organisations:
        return theirs
    return tables.few("fact_roles", schema, *tables.among("t.organisation_id", organisations))


def _replies(ids: Sequence[str]) -> pa.Table:
    """What answers these messages, which tells whether somebody helped; the replies themselves are not ranked here."""
    replies = tables.few("fact_messages", MESSAGES, *tables.among("t.in_reply_to", ids))
    return replies.filter(pc.invert(pc.is_in(replies["message_id"], value_set=pa.array(ids, pa.string()))))


def ties_to(persons: Sequence[str]) -> pa.Table:
    """Who listens to these persons, as of the latest valuation."""
    condition, parameters = tables.among("t.beneficiary", persons)
    return as_ties(tables.few("tie", TIE, f"{condition} AND t.kind = 'influence'", parameters))


TIE = pa.schema(
    [
        ("owner", pa.string()),
        ("beneficiary", pa.string()),
        *((name, TIES[name].type) for name in ("kind", "share", "low", "high", "responses", "last_at", "evidence")),
    ]
)


def as_ties(rows: pa.Table) -> pa.Table:
    """Rows of `Tie` as facts.TIES has them."""
    return rows.rename_columns(TIES.names).cast(reading.plain(TIES.arrow))


def worths(firm: Firm, persons: Sequence[str]) -> pa.Table:
    """What these persons are worth by the latest valuation; without those whose terms have come to forbid it."""
    rows = tables.few("worth", WORTH.arrow, *tables.among("t.customer_id", persons))
    without = pa.array([*terms.unvalued(firm, persons), POOL], pa.string())
    return rows.filter(pc.invert(pc.is_in(rows["customer_id"], value_set=without)))


def _usual() -> float:
    """What the open cases with a stake have on average: where those go in who have none, until all are ranked again."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT AVG(stake) FROM (SELECT stake FROM \"case\" WHERE state = 'open' AND place >= 20 AND place < 30"
            " AND stake IS NOT NULL ORDER BY place LIMIT 2000) upmost"
        )
        row = cursor.fetchone()
    return float(row[0] or 0.0)


# --- cases --------------------------------------------------------------------------------------------------------


def write(cases: pa.Table, at_place: Any, messages: pa.Table, ranked: datetime) -> None:
    """Writes what a ranking says; what people did to a case (taken, answered, closed) is not touched."""
    whole = rows_of(cases, at_place, messages, ranked)
    for start in range(0, whole.num_rows, bulk.CHUNK):
        upsert(whole.slice(start, bulk.CHUNK))


def upsert(rows: pa.Table) -> None:
    """Writes rows of `Case`, except where a later ranking was there first."""
    bulk.upsert("case", rows, "message_id", CHANGED, '"case".ranked IS NULL OR "case".ranked <= excluded.ranked')


def rows_of(cases: pa.Table, at_place: Any, messages: pa.Table, ranked: datetime) -> pa.Table:
    """A ranking's cases as rows of `Case`; `ranked` is when the ranking was begun, by the clock on the wall."""
    from goodwill.service.live.valuations import latest_id

    n = cases.num_rows
    at = (
        messages["at"]
        .combine_chunks()
        .take(pc.index_in(cases["message_id"], value_set=messages["message_id"].combine_chunks()).combine_chunks())
    )
    columns = {
        "message_id": cases["message_id"],
        "customer_id": cases["customer_id"],
        "at": at,
        "state": pa.array(["open"] * n, pa.string()),
        "group": cases["group"],
        "place": pa.array(at_place, pa.float64()),
        "due": cases["due"],
        **{name: cases[name] for name in ("stake", "low", "high")},
        "reasons": pa.array([_reasons(lines) for lines in quoting.reasons_of(cases, ranked)], pa.string()),
        "ranked": pa.array([ranked] * n, CASE.field("ranked").type),
        "valuation": pa.array([latest_id()] * n, pa.int64()),
        "outcome": pa.array(["{}"] * n, pa.string()),
    }
    return pa.table(columns, schema=CASE)


def _reasons(lines: list[dict[str, Any]]) -> str:
    return json.dumps(
        [
            {**line, **{name: None if line[name] is None else float(line[name]) for name in ("amount", "low", "high")}}
            for line in lines
        ],
        ensure_ascii=False,
    )


def settle(answered: Sequence[str], now: datetime) -> int:
    """Open cases that somebody has answered leave *Now*."""
    from goodwill.service.store.models import Case

    closed = 0
    for start in range(0, len(answered), 500):
        some = list(answered[start : start + 500])
        waiting = Case.objects.filter(message_id__in=some, state=Case.OPEN)
        closed += waiting.update(state=Case.ANSWERED, answered_at=now)
    return closed


def _leave(ranked: Sequence[str], standing: Sequence[str]) -> None:
    """What was ranked and wants nothing (any more) has no place, unless somebody has taken it."""
    from goodwill.service.store.models import Case

    gone = sorted(set(ranked) - set(standing))
    for start in range(0, len(gone), 500):
        some = gone[start : start + 500]
        Case.objects.filter(message_id__in=some, state=Case.OPEN, taken_by=None).update(place=None)
