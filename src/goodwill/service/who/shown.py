"""What pages and programs are told of who is who: the queue of probable links, one link, one customer.

A link is told as {id, probability, bits, state, found, decided_by, decided, reasons, left, right}. `reasons` is the
waterfall, the odds before anything is compared first: [{what, agreement, bits}, …]. `left` and `right` are the two
records: {id, customer_id, name, kind, handles: [{kind, value, channel, confidence, verified}]}; `link` and
`of_customer` also say of each how many facts stand under it ({table: number}), on which channels, first and last when.
No side says what anybody is worth.

Whoever's terms forbid valuing is guessed at by nobody: links of theirs that nobody decided on are not told of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from goodwill.errors import InputError
from goodwill.service.live import asking, decisions, mending, people, searching, tables
from goodwill.service.store.models import Colleague, Link, Person
from goodwill.service.who import links

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from django.db.models import QuerySet

Row = dict[str, Any]
STATES = (Link.PROPOSED, Link.CONFIRMED, Link.REJECTED)
FIELDS = ("id", "probability", "bits", "state", "found", "decided_by", "decided", "reasons")
_UNDER = {
    "purchases": "customer_id", "messages": "customer_id", "responses": "customer_id", "referrals": "referrer_id",
    "actions": "customer_id", "contributions": "customer_id", "events": "customer_id",
}  # fmt: skip
"""Tables of what happened, by the column that says with whom."""


def queue(
    state: str = Link.PROPOSED, least: float = 0.0, q: str = "", limit: int = 50, cursor: Any = None
) -> tuple[list[Row], Any]:
    """Links of one state, the most probable first, and the cursor of the next piece (None: that was all).

    `q` keeps those of which one side is found by these words. Raises InputError for a state that there is not.
    """
    if state not in STATES:
        raise InputError(f"no link is {state[:40]!r}", where="the links", mend=f"ask for {', '.join(STATES)}")
    rows = Link.objects.filter(state=state, probability__gte=least)
    if state == Link.PROPOSED:
        rows = _of_two(rows)
    if q.strip():
        rows = _found(rows, q)
    rows = rows.order_by("-probability", "id")
    kept: list[Link] = []
    after = cursor
    while len(kept) <= limit:
        some = list((rows.filter(_after(*after)) if after else rows)[: limit + 1])
        kept += links.may_be_told(some)
        if len(some) <= limit:
            break
        after = some[-1].probability, some[-1].pk
    shown = _told(kept[:limit])
    return shown, (shown[-1]["probability"], shown[-1]["id"]) if len(kept) > limit else None


def waiting(least: float = 0.0, most: int | None = None) -> int:
    """How many links of at least a probability wait for a person, those of whoever may not be guessed at among them.

    With `most` no more than so many are counted.
    """
    rows = _of_two(Link.objects.filter(state=Link.PROPOSED, probability__gte=least))
    return rows.count() if most is None else rows[:most].count()


def link(link_id: int) -> Row | None:
    """One link with all that helps to decide on it; None where there is none, or none that may be told of."""
    row = Link.objects.filter(pk=link_id).first()
    if row is None or not links.may_be_told([row]):
        return None
    return _told([row], closely=True)[0]


def of_customer(customer_id: str) -> Row:
    """Who a customer is, by any id of theirs: {records, links, decisions}.

    `records` are the sides above, one for each id. `links` has those to records that are another's now, and the
    rejected ones, each with `mine` and `other` beside left and right (the side of this customer, and the other one).
    `decisions`, the latest first, are {number, at, by, kind, why, probability, left, right, undone}: `undone` says
    whether it was taken back, and an undo says in `undoes` which one it took back.
    """
    person = people.person_of(customer_id)
    ids = sorted(people.ids_of([person]))
    rows = [
        row for row in Link.objects.filter(links.of(ids)).order_by("-probability", "id") if {row.a, row.b} - set(ids)
    ]
    theirs = []
    for told in _told(links.may_be_told(rows)):
        mine, other = ("left", "right") if told["left"]["id"] in ids else ("right", "left")
        theirs.append({**told, "mine": told[mine], "other": told[other]})
    records = _sides(ids, closely=True)
    return {"records": [records[one] for one in ids], "links": theirs, "decisions": _decisions(ids)}


# --- which --------------------------------------------------------------------------------------------------------


def _of_two(rows: QuerySet[Link]) -> QuerySet[Link]:
    """Those whose sides are two persons: a handle may have proved meanwhile what was probable."""

    def person(side: str) -> Coalesce:
        given = Concat(Value(people.ID), OuterRef(side), output_field=CharField())
        return Coalesce(Subquery(Person.objects.filter(given=given).values("customer_id")), F(side))

    return rows.alias(of_a=person("a"), of_b=person("b")).exclude(of_a=F("of_b"))


def _found(rows: QuerySet[Link], q: str) -> QuerySet[Link]:
    """Those of which a side's person is found by some words, or that name an id as written."""
    sides = []
    parameters: list[Any] = []
    for side in ("a", "b"):
        whose = f"COALESCE((SELECT f.customer_id FROM person f WHERE f.given = 'id|' || link.{side}), link.{side})"
        condition, given = searching.condition(q, whose, [q.strip()])
        sides.append(condition)
        parameters += given
    return rows.extra(where=[f"({' OR '.join(sides)})"], params=parameters)


def _after(probability: float, link_id: int) -> Q:
    return Q(probability__lt=probability) | Q(probability=probability, id__gt=link_id)


# --- how they are told --------------------------------------------------------------------------------------------


def _told(rows: Sequence[Link], closely: bool = False) -> list[Row]:
    sides = _sides(sorted({one for row in rows for one in (row.a, row.b)}), closely=closely)
    names = _names_of_colleagues(row.decided_by for row in rows)
    return [
        {
            **{name: getattr(row, name) for name in FIELDS},
            "decided_by": names.get(row.decided_by, row.decided_by),
            "left": sides[row.a],
            "right": sides[row.b],
        }
        for row in rows
    ]


def _names_of_colleagues(given: Iterable[str]) -> dict[str, str]:
    emails = sorted({one for one in given if "@" in one})
    named = Colleague.objects.filter(email__in=emails).values_list("email", "name")
    return {email: name or email for email, name in named}


def _sides(ids: Sequence[str], *, closely: bool) -> dict[str, Row]:
    """What is known under each of these ids alone, as corrected."""
    person = people.persons_of(ids)
    found: dict[str, Row] = {
        one: {"id": one, "customer_id": person[one], "name": "", "kind": None, "handles": []} for one in ids
    }
    for row in mending.stored("people", "fact_key", ids).to_pylist():
        found[row["customer_id"]].update(name=row["name"] or "", kind=row["kind"])
    handles = mending.stored("handles", "customer_id", ids)
    for row in handles.sort_by([(name, "ascending") for name in ("kind", "value", "channel")]).to_pylist():
        told = {name: row[name] for name in ("kind", "value", "channel", "confidence", "verified")}
        found[row["customer_id"]]["handles"].append(told)
    for side in found.values():
        named = (one["value"] for one in side["handles"] if one["kind"] == "name")
        side["name"] = side["name"] or next(named, "")
    if closely:
        _count(found)
    return found


def _count(sides: dict[str, Row]) -> None:
    """How many facts stand under each id, on which channels, and when the first and the last of them was."""
    for side in sides.values():
        side.update(facts={}, channels=[], first=None, last=None)
    for table, column in _UNDER.items():
        with_channel = table in ("purchases", "messages")
        for one, channel, number, first, last in _counted(table, column, sides, with_channel):
            side = sides[one]
            side["facts"][table] = side["facts"].get(table, 0) + number
            side["channels"] = sorted({*side["channels"], channel} - {None})
            side["first"] = min(filter(None, (side["first"], first)))
            side["last"] = max(filter(None, (side["last"], last)))


def _counted(table: str, column: str, ids: Collection[str], with_channel: bool) -> list[tuple[Any, ...]]:
    from django.db import connection

    channel = "t.channel" if with_channel else "NULL"
    condition, parameters = tables.among(f"t.{column}", sorted(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t.{column}, {channel}, count(*), min(t."at"), max(t."at") FROM fact_{table} t'
            f" WHERE {condition} GROUP BY t.{column}" + (f", {channel}" if with_channel else ""),
            parameters,
        )
        rows = cursor.fetchall()
    return [(one, channel, n, asking.instant(first), asking.instant(last)) for one, channel, n, first, last in rows]


def _decisions(ids: Sequence[str]) -> list[Row]:
    """Decisions that name any of these ids, and those that took them back; the latest first."""
    log = decisions.history()
    undone = log.undone()
    ours = set(ids)
    about = {event.number for event in log.events if ours & {*event.left, *event.right}}
    for event in log.events:  # an undo comes after what it undoes
        if event.undoes in about:
            about.add(event.number)
    events = [log.events[number] for number in sorted(about, reverse=True)]
    names = _names_of_colleagues(event.by for event in events)
    return [
        {
            **{name: getattr(event, name) for name in ("number", "at", "kind", "why", "probability", "undoes")},
            "by": names.get(event.by, event.by),
            "left": list(event.left),
            "right": list(event.right),
            "undone": event.number in undone,
        }
        for event in events
    ]
