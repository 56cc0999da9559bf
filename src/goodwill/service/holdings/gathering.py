"""Everything that is held of one customer, gathered part by part (holdings.schema)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps

from goodwill import privacy
from goodwill.facts import READINGS, TABLES
from goodwill.service import live
from goodwill.service import terms as customers_terms
from goodwill.service.holdings import schema
from goodwill.service.live import mending, people, tables
from goodwill.service.store.models import FACTS, Audit, Case, Colleague, Deed, Hold, Reading, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodwill.firm import Firm

Row = dict[str, Any]


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
class _Whom:
    person: str
    ids: tuple[str, ...]
    firm: Firm


def everything(customer_id: str) -> Holdings:
    """All that is held of the person of an id; empty parts for one of whom nothing is held.

    Other people are counted and never named; colleagues by their name alone.
    """
    person = people.person_of(customer_id)
    whom = _Whom(person, tuple(sorted(people.ids_of([person]))), live.firm())
    parts = tuple(Held(part, tuple(_shaped(part, _GATHER[part.name](whom)))) for part in schema.PARTS)
    return Holdings(person, whom.ids, datetime.now(UTC), whom.firm.name, whom.firm.currency, parts)


def _shaped(part: schema.Part, rows: Sequence[Row]) -> list[Row]:
    return [{column.name: row.get(column.name) for column in part.columns} for row in rows]


# --- facts ------------------------------------------------------------------------------------------------------------


def _facts(name: str, column: str) -> Callable[[_Whom], list[Row]]:
    def gather(whom: _Whom) -> list[Row]:
        return _rows(name, column, whom.ids)

    return gather


def _rows(name: str, column: str, values: Sequence[str]) -> list[Row]:
    """Facts as they hold, with what people corrected."""
    order = 'ORDER BY t."at", t."fact_key"' if "at" in TABLES[name] else 'ORDER BY t."fact_key"'
    rows = tables.few(f"fact_{name}", TABLES[name].arrow, *tables.among(f"t.{tables.quoted(column)}", values), order)
    keys = mending.keys_of(name, rows).to_pylist()
    found: list[Row] = mending.mended({name: rows}, mending.corrections_of_facts([name], keys))[name].to_pylist()
    return found


def _roles(whom: _Whom) -> list[Row]:
    rows = _rows("roles", "customer_id", whom.ids)
    wanted = [row["organisation_id"] for row in rows]
    names = dict(FACTS["people"].objects.filter(fact_key__in=wanted).values_list("fact_key", "name"))
    return [{**row, "organisation": names.get(row["organisation_id"])} for row in rows]


def _messages(whom: _Whom) -> list[Row]:
    ids = Reading.objects.filter(customer_id=whom.person).values_list("message_id", flat=True)
    rows = _rows("messages", "fact_key", sorted(ids))
    return [{**row, "replies_to_others": row["in_reply_to"] is not None} for row in rows]


def _referrals(whom: _Whom) -> list[Row]:
    brought = [{**row, "side": "brought"} for row in _rows("referrals", "referrer_id", whom.ids)]
    came = [{**row, "side": "was brought"} for row in _rows("referrals", "referred_id", whom.ids)]
    return sorted([*brought, *came], key=lambda row: (row["at"], row["side"], row["referral_id"]))


def _actions(whom: _Whom) -> list[Row]:
    said = Reading.objects.filter(customer_id=whom.person).values_list("message_id", flat=True)
    found = {row["action_id"]: row for row in _rows("actions", "customer_id", whom.ids)}
    found |= {row["action_id"]: row for row in _rows("actions", "message_id", sorted(said))}
    return sorted(found.values(), key=lambda row: (row["at"], row["action_id"]))


def _corrections(whom: _Whom) -> list[Row]:
    said = sorted(Reading.objects.filter(customer_id=whom.person).values_list("message_id", flat=True))
    rows = tables.few(
        "fact_corrections",
        TABLES["corrections"].arrow,
        *tables.among('t."key"', [*whom.ids, *said]),
        'ORDER BY t."at", t."fact_key"',
    ).to_pylist()
    about = {**dict.fromkeys(said, ("messages", "readings")), **dict.fromkeys(whom.ids, ("people",))}
    kept = [row for row in rows if row["table"] in about.get(row["key"], ())]
    # To whom else a message or an id was given is that person's affair.
    return [{**row, "value": "another person"} if row["field"] == "customer_id" else row for row in kept]


# --- what was made of them --------------------------------------------------------------------------------------------


def _deeds(whom: _Whom) -> list[Row]:
    said = Reading.objects.filter(customer_id=whom.person).values("message_id")
    about = Deed.objects.filter(customer_id__in=whom.ids) | Deed.objects.filter(message_id__in=said)
    rows = about.exclude(text="").order_by("at", "id").values("at", "kind", "text")
    return [{**row, "text": privacy.mask(row["text"])} for row in rows]


def _readings(whom: _Whom) -> list[Row]:
    rows = tables.few("reading", READINGS.arrow, "t.customer_id = %s", [whom.person], "ORDER BY t.message_id")
    found: list[Row] = rows.to_pylist()
    return found


def _cases(whom: _Whom) -> list[Row]:
    names = ("at", "message_id", "state", "due", "answered_at", "resolved_at", "cause_id", "stake")
    rows = list(Case.objects.filter(customer_id=whom.person).order_by("at", "message_id").values(*names, "customer_id"))
    from goodwill.service.live import terms

    terms.veil(rows)
    return rows


def _worth(whom: _Whom) -> list[Row]:
    from goodwill.service.live.customers import _worth as worth_of

    row = worth_of(whom.person)
    return [row] if row else []


def _statement(whom: _Whom) -> list[Row]:
    found = live.statement(whom.person)
    return list(found["lines"]) if found else []


def _links(whom: _Whom) -> list[Row]:
    """Ids that stand for the same person, and links that are only probable; the other side is not shown."""
    certain = [{"kind": "certain", "probability": 1.0, "state": "confirmed", "reasons": "a handle that proves it"}]
    found = certain * max(len(whom.ids) - 1, 0)
    return [*found, *_probable(whom)]


def _probable(whom: _Whom) -> list[Row]:
    try:
        links = apps.get_model("store", "Link")
    except LookupError:
        return []
    names = {field.name for field in links._meta.concrete_fields}
    if not {"a", "b", "probability", "state", "reasons"} <= names:
        return []
    rows = links.objects.filter(a__in=whom.ids) | links.objects.filter(b__in=whom.ids)
    order = ("-probability", "pk")
    return [
        {"kind": "probable", "probability": row.probability, "state": row.state, "reasons": _what_counts(row.reasons)}
        for row in rows.order_by(*order)
    ]


def _what_counts(reasons: Any) -> str:
    """What was compared, without the values of the other side."""
    found = []
    for one in reasons if isinstance(reasons, list) else []:
        said = one.get("column") or one.get("what") or "" if isinstance(one, dict) else one
        found.append(str(said))
    return "; ".join(filter(None, found))


def _looks(whom: _Whom) -> list[Row]:
    names = dict(Colleague.objects.values_list("email", "name"))
    rows = Audit.objects.filter(customer_id__in=whom.ids).order_by("at", "id").values("at", "who", "act", "purpose")
    return [{**row, "who": _who(row["who"], names)} for row in rows]


def _who(who: str, names: dict[str, str]) -> str:
    if who.startswith("token "):
        return f"a program ({who.removeprefix('token ')})"
    return (names.get(who) or "a colleague") if "@" in who else who


# --- their own say ----------------------------------------------------------------------------------------------------


def _terms_now(whom: _Whom) -> list[Row]:
    return list(customers_terms.state(whom.person)["answers"])


def _records(whom: _Whom) -> list[Row]:
    return sorted(customers_terms.records(whom.person), key=lambda row: str(row["at"]))


def _asks(whom: _Whom) -> list[Row]:
    try:
        asks = apps.get_model("store", "Ask")
    except LookupError:
        return []
    rows = asks.objects.filter(customer_id__in=whom.ids).order_by("made", "pk").values()
    return [{**row, "at": row.get("made")} for row in rows]


def _requests(whom: _Whom) -> list[Row]:
    return list(Request.objects.filter(customer_id__in=whom.ids).order_by("received", "number").values())


def _kept(whom: _Whom) -> list[Row]:
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


_GATHER: dict[str, Callable[[_Whom], list[Row]]] = {
    "people": _facts("people", "fact_key"),
    "roles": _roles,
    "messages": _messages,
    "referrals": _referrals,
    "actions": _actions,
    "corrections": _corrections,
    **{
        name: _facts(name, "customer_id")
        for name in ("handles", "purchases", "responses", "contributions", "events", "terms")
    },
    "answers_and_notes": _deeds,
    "readings": _readings,
    "cases": _cases,
    "worth": _worth,
    "statement": _statement,
    "links": _links,
    "looks": _looks,
    "terms_now": _terms_now,
    "records": _records,
    "asks": _asks,
    "requests": _requests,
    "kept": _kept,
}
