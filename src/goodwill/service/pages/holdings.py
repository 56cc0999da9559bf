"""What else is known of a customer: who they are, how they are recognised, what they allow, and what happened when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db.models import Q
from django.db.models.expressions import RawSQL

from goodwill.facts import PURPOSES
from goodwill.know.handles import handle_keys
from goodwill.report.words import place_words
from goodwill.service.live import people, tables, terms
from goodwill.service.store.models import FACTS, Case, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from goodwill.firm import Firm

PAGE = 60
KINDS = {"said": "What they said", "bought": "What they bought", "ours": "What we did", "other": "Everything else"}


def ids_of(customer_id: str) -> list[str]:
    """Every id under which facts of this person came."""
    return sorted(people.ids_of([customer_id]))


def person(ids: list[str], customer_id: str) -> dict[str, Any]:
    """Name, kind, since when, language; of the person's own id first."""
    rows = {row["fact_key"]: row for row in FACTS["people"].objects.filter(fact_key__in=ids).values()}
    order = [rows[one] for one in [customer_id, *ids] if one in rows]
    joined = [row["joined_at"] for row in order if row["joined_at"]]
    found = {
        name: next((row[name] for row in order if row[name]), None) for name in ("name", "kind", "language", "country")
    }
    return {**found, "joined_at": min(joined) if joined else None}


def is_known(ids: list[str], customer_id: str) -> bool:
    """Whether anything at all is held of them."""
    return (
        FACTS["people"].objects.filter(fact_key__in=ids).exists()
        or Reading.objects.filter(customer_id=customer_id).exists()
        or FACTS["purchases"].objects.filter(customer_id__in=ids).exists()
        or FACTS["handles"].objects.filter(customer_id__in=ids).exists()
    )


def handles(ids: list[str]) -> list[dict[str, Any]]:
    """The handles, the surest first; what several of their records have is one, with all its `sources`.

    `doubtful` are the facts of it that somebody may still say are not theirs.
    """
    rows = list(FACTS["handles"].objects.filter(customer_id__in=ids).values())
    for row in rows:
        row["sure"] = 1.0 if row["verified"] or row["confidence"] is None else row["confidence"]
    rows.sort(key=lambda row: (-row["sure"], not row["verified"], row["kind"], row["value"], row["fact_key"]))
    found: dict[str, dict[str, Any]] = {}
    for row, same in zip(rows, _alike(rows), strict=True):
        one = found.setdefault(same, {**row, "sources": [], "doubtful": []})
        one["sources"] = list(dict.fromkeys([*one["sources"], *([row["source"]] if row["source"] else [])]))
        if row["sure"] > 0 and not row["verified"]:
            one["doubtful"].append(row)
    return list(found.values())


def _alike(rows: list[dict[str, Any]]) -> list[str]:
    """For each handle the text that all its spellings share; what was disclaimed is never taken for what holds."""
    columns = (pa.array([row[name] for row in rows], pa.string()) for name in ("kind", "value", "channel"))
    keys = handle_keys(*columns).to_pylist()
    return [f"{row['sure'] > 0}|{key or row['fact_key']}" for row, key in zip(rows, keys, strict=True)]


def terms_of(firm: Firm, customer_id: str) -> dict[str, Any]:
    """What they allow, purpose by purpose, and on what ground where they said nothing."""
    row = terms.latest_terms([customer_id]).get(customer_id)
    unvalued = customer_id in terms.unvalued(firm, [customer_id])
    found = []
    for purpose in PURPOSES:
        if row is not None and purpose in (row["refused"] or ()):
            answer = "no"
        elif row is not None and row["purposes"] is not None:
            answer = "yes" if purpose in row["purposes"] else "no"
        elif purpose == "answer me" or (purpose == "value me" and firm.terms.basis == "legitimate interest"):
            answer = "yes, unasked"
        else:
            answer = "not asked"
        found.append((purpose, answer))
    return {"row": row, "purposes": found, "valued": not unvalued, "basis": firm.terms.basis}


def cases(customer_id: str) -> list[Any]:
    """Their cases, open ones first, with the words of the message."""
    rows = list(Case.objects.filter(customer_id=customer_id).order_by("-at")[:30])
    texts = dict(
        FACTS["messages"].objects.filter(fact_key__in=[row.message_id for row in rows]).values_list("fact_key", "text")
    )
    found = [{"case": row, "text": texts.get(row.message_id, "")} for row in rows]
    return sorted(found, key=lambda one: one["case"].state != Case.OPEN)


# --- timeline -----------------------------------------------------------------------------------------------------


def timeline(
    ids: list[str], customer_id: str, *, kind: str = "", before: datetime | None = None
) -> tuple[list[dict[str, Any]], datetime | None]:
    """What happened, the latest first, over all channels; and where the next page begins."""
    wanted = [kind] if kind in KINDS else list(KINDS)
    found = [entry for one in wanted for entry in _SOURCES[one](ids, customer_id, before)]
    found.sort(key=lambda entry: (entry["at"], entry["table"], entry["key"]), reverse=True)
    shown = found[:PAGE]
    return shown, shown[-1]["at"] if len(found) > PAGE else None


def _rows(table: str, condition: Q, before: datetime | None) -> Iterable[Any]:
    query = FACTS[table].objects.filter(condition)
    if before is not None:
        query = query.filter(at__lt=before)
    if table == "purchases":  # whose index has them in this order
        return query.order_by("-at")[: PAGE + 1]
    return query.order_by(RawSQL(tables.sorted_at(f'"fact_{table}"."at"'), ()).desc())[: PAGE + 1]


def _said(ids: list[str], customer_id: str, before: datetime | None) -> Iterable[dict[str, Any]]:
    own = Reading.objects.filter(customer_id=customer_id).values("message_id")
    rows = list(_rows("messages", Q(fact_key__in=own), before))
    read = {row.message_id: row for row in Reading.objects.filter(message_id__in=[row.fact_key for row in rows])}
    for row in rows:
        reading = read.get(row.fact_key)
        case = {"intents": getattr(reading, "intents", None), "mood": getattr(reading, "mood", None)}
        yield _entry(
            "messages",
            row,
            "Wrote",
            place_words(row.channel),
            text=row.text,
            url=row.url,
            read=case,
            rating=row.rating,
        )
    for row in _rows("responses", Q(customer_id__in=ids), before):
        yield _entry(
            "responses", row, "Answered a survey", row.touchpoint or row.survey or "", text=row.comment, score=row.score
        )


def _bought(ids: list[str], customer_id: str, before: datetime | None) -> Iterable[dict[str, Any]]:
    for row in _rows("purchases", Q(customer_id__in=ids), before):
        words = {"return": "Gave back", "subscription": "Paid for a subscription"}.get(row.kind or "", "Bought")
        where = " · ".join(part for part in (row.channel or "", f"order {row.purchase_id}") if part)
        yield _entry("purchases", row, words, where, amount=row.amount)


def _ours(ids: list[str], customer_id: str, before: datetime | None) -> Iterable[dict[str, Any]]:
    done = {
        "reply": "answered",
        "thank": "thanked them",
        "call": "called",
        "fix": "mended it",
        "refund": "gave money back",
        "invite": "invited them",
        "publish advice": "published advice",
    }
    # One after the other: of either or the other, PostgreSQL looks at every row.
    own = Reading.objects.filter(customer_id=customer_id).values("message_id")
    theirs = [*_rows("actions", Q(customer_id__in=ids), before), *_rows("actions", Q(message_id__in=own), before)]
    for row in {row.fact_key: row for row in theirs}.values():
        yield _entry(
            "actions",
            row,
            f"{row.staff or 'We'} {done.get(row.kind, row.kind)}",
            place_words(row.channel),
            amount=-row.cost if row.kind == "refund" and row.cost else None,
        )


def _other(ids: list[str], customer_id: str, before: datetime | None) -> Iterable[dict[str, Any]]:
    for row in _rows("referrals", Q(referrer_id__in=ids), before):
        yield _entry("referrals", row, "Brought somebody", "who bought" if row.converted_at else "")
    for row in _rows("referrals", Q(referred_id__in=ids), before):
        yield _entry("referrals", row, "Came because somebody brought them", "")
    for row in _rows("contributions", Q(customer_id__in=ids), before):
        words = {
            "idea": "Had an idea",
            "test": "Tested",
            "bug report": "Reported a fault",
            "staff choice": "Helped to choose staff",
            "testimonial": "Gave a testimonial",
        }
        yield _entry("contributions", row, words.get(row.kind, row.kind), row.state or "", text=row.text)
    for row in _rows("events", Q(customer_id__in=ids), before):
        words = {"use": "Used it", "failure": "It failed", "visit": "Came by", "sign-in": "Signed in"}
        yield _entry(
            "events", row, words.get(row.kind, row.kind), " · ".join(part for part in (row.place, row.detail) if part)
        )
    for row in _rows("terms", Q(customer_id__in=ids), before):
        yield _entry("terms", row, "Set their terms", row.agreement or "")


_SOURCES: dict[str, Callable[[list[str], str, datetime | None], Iterable[dict[str, Any]]]] = {
    "said": _said,
    "bought": _bought,
    "ours": _ours,
    "other": _other,
}


def _entry(table: str, row: Any, what: str, where: str, **more: Any) -> dict[str, Any]:
    return {"table": table, "key": row.fact_key, "at": row.at, "what": what, "where": where, **more}
