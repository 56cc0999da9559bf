"""GET /api/v1/messages, /messages/{message_id}: what was said, with what was understood and what is at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.db import connection
from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router

from goodwill.facts import INTENTS, MOODS, TABLES
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.fresh import fresh
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE, REFUSALS, Messages, Said
from goodwill.service.live import asking, people, tables, terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

router = Router(tags=["messages"])
router.add_decorator(fresh, mode="view")

READ = (
    "message_id", "mood", "p_negative", "p_neutral", "p_positive", "score", "intent", "p_intent", "intents", "topic",
    "topics", "urgency", "flow", "language", "lane", "model", "certainty", "review",
    "customer_id", "corrected",
)  # fmt: skip
LOOKED_INTO = ("q", "mood", "intent", "topic", "language", "source")
"""Filters that no index knows: what is rare would be looked for among all."""
_CASE = ("state", "group", "due", "stake", "low", "high", "reasons")
_FROM = (
    "FROM fact_messages m LEFT JOIN reading r ON r.message_id = m.fact_key"
    ' LEFT JOIN "case" c ON c.message_id = m.fact_key'
)


class Asked(paging.Piece):
    """Which messages."""

    channel: paging.Word = ""
    source: paging.Word = ""
    mood: Literal[("", *MOODS)] = ""
    intent: Literal[("", *INTENTS)] = ""
    topic: paging.Word = ""
    language: paging.Word = ""
    customer_id: paging.Word = ""
    since: paging.Instant = Field(None, description="said at this time or later")
    until: paging.Instant = Field(None, description="said before this time")
    q: paging.Word = Field("", description="a part of the text")


@router.get("", auth=Scoped("read"), response={200: Messages, **REFUSALS}, summary="What was said")
def get_messages(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Messages that are stored, the latest said first. Where few of them are what is asked for, a piece may hold fewer
    than `limit`, even none: go on while there is a `next`."""
    paging.known_only(request, asked)
    found = some(asked)
    if asked.customer_id:
        seen(request, "messages", people.person_of(asked.customer_id))
    return found


@router.get("/{whole_id:message_id}", auth=Scoped("read"), response={200: Said, **ONE}, summary="One message")
def get_message(request: HttpRequest, message_id: Path[paging.Id]) -> dict[str, Any]:
    """One message; `stake` is null until it was ranked."""
    found = one(message_id)
    if found is None:
        raise Http404(f"no message is called {message_id[:80]!r}, or it is not stored yet")
    if found["customer_id"]:
        seen(request, f"message {message_id}", found["customer_id"])
    return found


def one(message_id: str) -> dict[str, Any] | None:
    """One message as the API gives it; None where there is none."""
    rows = _fetched("m.fact_key = %s", [message_id], 1)
    return rows[0] if rows else None


def some(asked: Asked) -> dict[str, Any]:
    """One piece of the messages asked for."""
    conditions, parameters = _conditions(asked)
    upto = None if asked.customer_id or not any(getattr(asked, name) for name in LOOKED_INTO) else _far(asked)
    if upto:
        conditions.append('(m."at", m."row") >= (%s, %s)')
        parameters += [tables.stored(upto[0]), upto[1]]
    at = tables.sorted_at('m."at"') if asked.customer_id else 'm."at"'
    rows = _fetched(" AND ".join(conditions), parameters, asked.limit + 1, at)
    piece = paging.piece_of(rows, asked.limit, lambda row: _cursor(row["at"], row["row"]))
    return {**piece, "next": _cursor(*upto)} if upto and piece["next"] is None else piece


def _cursor(at: datetime, row: int) -> str:
    return paging.write_cursor(at.isoformat(), row)


def _far(asked: Asked) -> tuple[datetime, int] | None:
    """The message up to which one piece looks; None where the end is nearer."""
    conditions, parameters = _conditions(asked.model_copy(update=dict.fromkeys(LOOKED_INTO, "")))
    sql = f'SELECT m."at", m."row" FROM fact_messages m WHERE {" AND ".join(conditions)}'
    with connection.cursor() as cursor:
        cursor.execute(f'{sql} ORDER BY m."at" DESC, m."row" DESC LIMIT 1 OFFSET %s', [*parameters, paging.WALK - 1])
        row = cursor.fetchone()
    return (asking.instant(row[0]), row[1]) if row else None  # type: ignore[return-value]


def _conditions(asked: Asked) -> tuple[list[str], list[Any]]:
    """The SQL of the filters, with a mark for each value from outside."""
    conditions, parameters = ["1 = 1"], []
    person = people.person_of(asked.customer_id) if asked.customer_id else ""
    equal = {"m.channel": asked.channel, "m.source": asked.source, "r.mood": asked.mood, "r.customer_id": person}
    for column, value in {**equal, "r.language": asked.language}.items():
        if value:
            conditions.append(f"{column} = %s")
            parameters.append(value)
    for column, value in {"r.intents": asked.intent, "r.topics": asked.topic}.items():
        if value:
            conditions.append(in_list(column))
            parameters.append(value)
    for sign, when in ((">=", asked.since), ("<", asked.until)):
        if when is not None:
            conditions.append(f'm."at" {sign} %s')
            parameters.append(tables.stored(when))
    if asked.q:
        conditions.append("lower(m.text) LIKE %s ESCAPE '!'")
        parameters.append(like(asked.q))
    ended = paging.read_cursor(asked.cursor, paging.stored_instant, int)
    if ended:
        conditions.append('(m."at", m."row") < (%s, %s)')
        parameters += [tables.stored(ended[0]), ended[1]]
    return conditions, parameters


def like(part: str) -> str:
    """A pattern that finds this part and nothing more, whatever signs it holds; the sign before them is '!'.

    >>> like("100%")
    '%100!%%'
    """
    for sign in ("!", "%", "_"):
        part = part.replace(sign, "!" + sign)
    return f"%{part.lower()}%"


def in_list(column: str) -> str:
    """A condition that a JSON list holds a value."""
    if connection.vendor == "sqlite":
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = %s)"
    return f"{column} @> to_jsonb(%s::text)"


def _fetched(where: str, parameters: Sequence[Any], limit: int, at: str = 'm."at"') -> list[dict[str, Any]]:
    own = TABLES["messages"].names
    names = [*(f"m.{name}" for name in ("row", *own)), *(f"r.{name}" for name in READ), *(f"c.{one}" for one in _CASE)]
    chosen = ", ".join(f"{name[:2]}{tables.quoted(name[2:])}" for name in names)
    sql = f'SELECT {chosen} {_FROM} WHERE {where} ORDER BY {at} DESC, m."row" DESC LIMIT %s'
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, limit])
        found = [_shaped(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    terms.veil(found)
    return found


def _shaped(row: dict[str, Any]) -> dict[str, Any]:
    found = {name[2:]: value for name, value in row.items() if name[:2] in ("m.", "c.")}
    found |= {"at": asking.instant(found["at"]), "due": asking.instant(found["due"])}
    found["reasons"] = asking.listed(found["reasons"])
    for name in ("to_us", "accepted"):
        found[name] = None if found[name] is None else bool(found[name])
    found["reading"] = None
    if row["r.message_id"] is not None:
        found["reading"] = read = {name: row[f"r.{name}"] for name in READ}
        read |= {"intents": asking.listed(read["intents"]), "topics": asking.listed(read["topics"])}
        read["corrected"] = bool(read["corrected"])
        found["customer_id"] = read["customer_id"]  # who said it, as far as is known; the fact has what was told
    return found
