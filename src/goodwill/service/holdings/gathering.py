"""Everything that is held of one customer, gathered part by part (holdings.schema).

A part is read some hundreds of rows at a time, so that a customer with a hundred thousand facts takes no more memory
than one with ten; only the lines of the account lie in memory whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from goodwill import privacy
from goodwill.service import live
from goodwill.service import terms as customers_terms
from goodwill.service.holdings import schema
from goodwill.service.holdings.stored import SAID, Facts, Row, in_pages, readings
from goodwill.service.live import people, tables, terms
from goodwill.service.store.models import FACTS, Ask, Asking, Audit, Case, Colleague, Deed, Hold, Link, Reading, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from goodwill.firm import Firm


@dataclass(frozen=True)
class Held:
    """One part: its schema, and its rows in the order of time and key."""

    part: schema.Part
    rows: tuple[Row, ...]

    @property
    def mark(self) -> str:
        """'provided', 'observed' or 'inferred'."""
        return self.part.mark


@dataclass(frozen=True)
class Holdings:
    """Everything that is held of one customer."""

    customer_id: str
    ids: tuple[str, ...]
    made: datetime
    firm: str
    currency: str
    parts: tuple[Held, ...]

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        """The rows of a part by its name."""
        return next(held.rows for held in self.parts if held.part.name == name)


@dataclass(frozen=True)
class Whom:
    """A person, and every id that is theirs."""

    person: str
    ids: tuple[str, ...]
    firm: Firm


def everything(customer_id: str) -> Holdings:
    """All that is held of the person of an id; empty parts for one of whom nothing is held.

    Other people are counted and never named; colleagues by their name alone. All of it lies in memory: `parts` gives
    the same row by row.
    """
    whom = whom_of(customer_id)
    held = tuple(Held(part, tuple(rows)) for part, rows in parts(whom))
    return Holdings(whom.person, whom.ids, datetime.now(UTC), whom.firm.name, whom.firm.currency, held)


def whom_of(customer_id: str) -> Whom:
    """The person of an id, with every id of theirs."""
    person = people.person_of(customer_id)
    return Whom(person, tuple(sorted(people.ids_of([person]))), live.firm())


def parts(whom: Whom) -> Iterator[tuple[schema.Part, Iterator[Row]]]:
    """Each part with its rows, which are read while they are asked for."""
    for part in schema.PARTS:
        yield part, _shaped(part, _GATHER[part.name](whom))


def some(customer_id: str, name: str, first: int = 0, most: int = 50) -> list[Row]:
    """So many rows of one part, the latest first, from the place `first` on: what a page shows of it."""
    return _LATEST[name](whom_of(customer_id), first, most)


def _shaped(part: schema.Part, rows: Iterable[Row]) -> Iterator[Row]:
    return ({column.name: row.get(column.name) for column in part.columns} for row in rows)


# --- facts ------------------------------------------------------------------------------------------------------------


def _of_them(name: str, whom: Whom) -> Facts:
    """The facts of one table that are theirs."""
    if name == "messages":
        return Facts(name, SAID, [whom.person])
    if name == "actions":
        theirs, ids = tables.among('t."customer_id"', whom.ids)
        about = 't."message_id" IN (SELECT message_id FROM reading WHERE customer_id = %s)'
        return Facts(name, f"{theirs} OR {about}", [*ids, whom.person])
    if name == "corrections":
        of_people, ids = tables.among('t."key"', whom.ids)
        of_messages = 't."key" IN (SELECT message_id FROM reading WHERE customer_id = %s)'
        condition = (
            f"(t.\"table\" = 'people' AND {of_people}) OR (t.\"table\" IN ('messages', 'readings') AND {of_messages})"
        )
        return Facts(name, condition, [*ids, whom.person])
    return Facts.of(name, "fact_key" if name == "people" else "customer_id", whom.ids)


def _facts(name: str) -> Callable[[Whom], Iterator[Row]]:
    return lambda whom: _of_them(name, whom).in_order()


def _roles(whom: Whom) -> Iterator[Row]:
    rows = list(_of_them("roles", whom).in_order())
    wanted = [row["organisation_id"] for row in rows]
    names = dict(FACTS["people"].objects.filter(fact_key__in=wanted).values_list("fact_key", "name"))
    return ({**row, "organisation": names.get(row["organisation_id"])} for row in rows)


def _messages(whom: Whom) -> Iterator[Row]:
    found = _of_them("messages", whom).in_order()
    return ({**row, "replies_to_others": row["in_reply_to"] is not None} for row in found)


def _referrals(whom: Whom) -> Iterator[Row]:
    sides = (_side(whom, "referrer_id", "brought"), _side(whom, "referred_id", "was brought"))
    return merge(*sides, key=lambda row: (row["at"], row["side"], row["referral_id"]))


def _side(whom: Whom, column: str, side: str) -> Iterator[Row]:
    return ({**row, "side": side} for row in Facts.of("referrals", column, whom.ids).in_order())


def _corrections(whom: Whom) -> Iterator[Row]:
    return map(_of_nobody_else, _of_them("corrections", whom).in_order())


def _of_nobody_else(row: Row) -> Row:
    """To whom else a message or an id was given is that person's affair."""
    return {**row, "value": "another person"} if row["field"] == "customer_id" else row


# --- what was made of them --------------------------------------------------------------------------------------------


def _deeds_of(whom: Whom) -> Any:
    said = Reading.objects.filter(customer_id=whom.person).values("message_id")
    about = Deed.objects.filter(Q(customer_id__in=whom.ids) | Q(message_id__in=said))
    return about.exclude(text="").values("id", "at", "kind", "text")


def _deeds(whom: Whom) -> Iterator[Row]:
    return (_masked(row) for rows in in_pages(_deeds_of(whom), "at", "id") for row in rows)


def _masked(row: Row) -> Row:
    return {**row, "text": privacy.mask(row["text"])}


def _cases_of(whom: Whom) -> Any:
    names = ("at", "message_id", "state", "due", "answered_at", "resolved_at", "cause_id", "stake")
    return Case.objects.filter(customer_id=whom.person).values(*names, "customer_id")


def _cases(whom: Whom) -> Iterator[Row]:
    for rows in in_pages(_cases_of(whom), "at", "message_id"):
        terms.veil(rows)
        yield from rows


def _worth(whom: Whom) -> list[Row]:
    from goodwill.service.live.customers import _worth as worth_of

    row = worth_of(whom.person)
    return [row] if row else []


def _statement(whom: Whom) -> list[Row]:
    found = live.statement(whom.person)
    return found["lines"] if found else []


def _links(whom: Whom) -> list[Row]:
    """Ids that stand for the same person, and links that are only probable; the other side is not shown."""
    why = "a handle that proves it, or somebody's word"
    certain = [{"kind": "certain", "probability": 1.0, "state": "confirmed", "reasons": why}]
    found = certain * max(len(whom.ids) - 1, 0)
    return [*found, *_probable(whom)]


def _probable(whom: Whom) -> list[Row]:
    """What was compared, without the values of the other side."""
    rows = Link.objects.filter(a__in=whom.ids) | Link.objects.filter(b__in=whom.ids)
    return [
        {
            "kind": "probable",
            "probability": row.probability,
            "state": row.state,
            "reasons": "; ".join(one["what"] for one in row.reasons),
        }
        for row in rows.order_by("-probability", "pk")
    ]


def _looks_of(whom: Whom) -> Any:
    return Audit.objects.filter(customer_id__in=whom.ids).values("id", "at", "who", "act", "purpose")


def _looks(whom: Whom) -> Iterator[Row]:
    names = dict(Colleague.objects.values_list("email", "name"))
    return ({**row, "who": _who(row["who"], names)} for rows in in_pages(_looks_of(whom), "at", "id") for row in rows)


def _who(who: str, names: dict[str, str]) -> str:
    if who.startswith("token "):
        return f"a program ({who.removeprefix('token ')})"
    return (names.get(who) or "a colleague") if "@" in who else who


# --- their own say ----------------------------------------------------------------------------------------------------


def _terms_now(whom: Whom) -> list[Row]:
    return list(customers_terms.state(whom.person)["answers"])


def _records(whom: Whom) -> list[Row]:
    return sorted(customers_terms.records(whom.person), key=lambda row: str(row["at"]))


def _asks(whom: Whom) -> list[Row]:
    rows = Ask.objects.filter(customer_id__in=whom.ids).order_by("made", "pk").values()
    return [{**row, "at": row["made"]} for row in rows]


def _asked_of_them(whom: Whom) -> list[Row]:
    return list(Asking.objects.filter(customer_id__in=whom.ids).order_by("at", "id").values("at", "kind", "words"))


def _requests(whom: Whom) -> list[Row]:
    return list(Request.objects.filter(customer_id__in=whom.ids).order_by("received", "number").values())


def _kept(whom: Whom) -> list[Row]:
    """The rules of retention, and the holds on them."""
    rules = whom.firm.retention
    found: list[Row] = [
        {"table": name, "rule": f"kept for {years:g} years, then removed", "until": None}
        for name, years in sorted(rules.years.items())
    ]
    after = f"after you are erased, reduced to number, day, amount and currency, for {rules.purchases_years:g} years"
    found.append({"table": "purchases", "rule": f"{after}, as the law demands", "until": None})
    found.append({"table": "backups", "rule": f"gone after {rules.backup_days} days", "until": None})
    holds = Hold.objects.filter(customer_id__in=whom.ids, ended=None, until__gte=datetime.now(UTC).date())
    for hold in holds.order_by("table", "until", "pk"):
        found.append({"table": hold.table, "rule": f"a legal hold keeps them: {hold.reason}", "until": hold.until})
    return found


_GATHER: dict[str, Callable[[Whom], Iterable[Row]]] = {
    **{
        name: _facts(name)
        for name in ("people", "handles", "purchases", "responses", "contributions", "events", "actions", "terms")
    },
    "roles": _roles,
    "messages": _messages,
    "referrals": _referrals,
    "corrections": _corrections,
    "answers_and_notes": _deeds,
    "readings": lambda whom: readings(whom.person),
    "cases": _cases,
    "worth": _worth,
    "statement": _statement,
    "links": _links,
    "looks": _looks,
    "terms_now": _terms_now,
    "records": _records,
    "asks": _asks,
    "asked_of_you": _asked_of_them,
    "requests": _requests,
    "kept": _kept,
}


def _latest_facts(name: str) -> Callable[[Whom, int, int], list[Row]]:
    return lambda whom, first, most: _of_them(name, whom).latest(first, most)


def _latest_deeds(whom: Whom, first: int, most: int) -> list[Row]:
    return [_masked(row) for row in _deeds_of(whom).order_by("-at", "-id")[first : first + most]]


def _latest_cases(whom: Whom, first: int, most: int) -> list[Row]:
    rows = list(_cases_of(whom).order_by("-at", "message_id")[first : first + most])
    terms.veil(rows)
    return rows


def _latest_corrections(whom: Whom, first: int, most: int) -> list[Row]:
    return [_of_nobody_else(row) for row in _of_them("corrections", whom).latest(first, most)]


_LATEST: dict[str, Callable[[Whom, int, int], list[Row]]] = {
    **{
        name: _latest_facts(name)
        for name in ("messages", "purchases", "responses", "contributions", "events", "actions")
    },
    "answers_and_notes": _latest_deeds,
    "cases": _latest_cases,
    "corrections": _latest_corrections,
}
