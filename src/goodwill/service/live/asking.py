"""*Now*, as pages and programs ask for it: one query over the cases, and one for who looks at those on the page."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.service.live import tables, terms

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 500
STILL_LOOKING = timedelta(seconds=45)
"""Who has not said for so long that they look at a case has gone on."""
_COLUMNS = {
    "message_id": "c.message_id",
    "customer_id": "c.customer_id",
    "name": "coalesce(nullif(w.name, ''), p.name, m.author, '')",
    "at": 'm."at"',
    "channel": "m.channel",
    "text": "m.text",
    "url": "m.url",
    "author": "m.author",
    "audience": "m.audience",
    "rating": "m.rating",
    "mood": "r.mood",
    "intents": "r.intents",
    "topics": "r.topics",
    "language": "r.language",
    "corrected": "r.corrected",
    "review": "r.review",
    "group": 'c."group"',
    "place": "c.place",
    "due": "c.due",
    "stake": "c.stake",
    "low": "c.low",
    "high": "c.high",
    "reasons": "c.reasons",
    "ranked": "c.ranked",
    "state": "c.state",
    "taken_by": "c.taken_by_id",
    "taken_by_name": "coalesce(nullif(t.name, ''), t.email)",
    "taken_at": "c.taken_at",
    "answered_at": "c.answered_at",
    "fifth": "w.fifth",
    "standing": "w.standing",
}
_FROM = (
    'FROM "case" c JOIN fact_messages m ON m.fact_key = c.message_id'
    " LEFT JOIN reading r ON r.message_id = c.message_id"
    " LEFT JOIN worth w ON w.customer_id = c.customer_id"
    " LEFT JOIN fact_people p ON p.fact_key = c.customer_id"
    " LEFT JOIN colleague t ON t.id = c.taken_by_id"
)
FILTERS = ("group", "channel", "mood", "intent", "topic", "language", "customer_id", "taken_by", "q", "state")
"""What *Now* can be narrowed to. `taken_by` is a colleague's number, or 'nobody'; `q` a part of the text."""


def now(
    limit: int = 50, cursor: str | None = None, filters: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """The open cases in order, `limit` at a time, and the cursor of the next ones (None: that was all).

    Raises InputError for a limit outside 1 to 500, a cursor that is none of ours, or a filter that nobody knows.
    """
    if not 1 <= limit <= MOST:
        raise InputError(f"a limit of {limit}", where="limit", mend=f"give one between 1 and {MOST}")
    conditions, parameters = _conditions(dict(filters or {}))
    if cursor:
        place, message_id = _read_cursor(cursor)
        conditions.append("(c.place, c.message_id) > (%s, %s)")
        parameters += [place, message_id]
    chosen = ", ".join(f"{sql} AS {tables.quoted(name)}" for name, sql in _COLUMNS.items())
    where = " AND ".join(conditions)
    sql = f"SELECT {chosen} {_FROM} WHERE {where} ORDER BY c.place, c.message_id LIMIT %s"
    rows = _fetched(sql, [*parameters, limit + 1])
    following = _write_cursor(rows[limit - 1]) if len(rows) > limit else None
    return _with_lookers(rows[:limit]), following


def counts(filters: Mapping[str, Any] | None = None) -> dict[str, int]:
    """How many open cases stand in each group."""
    from django.db import connection

    conditions, parameters = _conditions(dict(filters or {}))
    # Without a filter on the message itself nothing but the cases is looked at.
    source = _FROM if filters else 'FROM "case" c'
    sql = f'SELECT c."group", count(*) {source} WHERE {" AND ".join(conditions)} GROUP BY c."group"'
    with connection.cursor() as asked:
        asked.execute(sql, parameters)
        return {str(group): int(count) for group, count in asked.fetchall()}


def _conditions(filters: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """The SQL of the filters, with a mark for each value from outside."""
    state = str(filters.pop("state", "") or "open")
    conditions = ["c.state = %s"]
    parameters: list[Any] = [state]
    if state == "open":
        conditions.append("c.place IS NOT NULL")
    for name, value in filters.items():
        if name not in FILTERS:
            raise InputError(f"no filter is called {name!r}", where="filters", mend=f"choose {', '.join(FILTERS)}")
        if value in (None, ""):
            continue
        if name == "taken_by":
            conditions.append("c.taken_by_id IS NULL" if value == "nobody" else "c.taken_by_id = %s")
            parameters += [] if value == "nobody" else [_number(value)]
        elif name == "q":
            conditions.append("lower(m.text) LIKE %s ESCAPE '!'")
            parameters.append(f"%{_escaped(str(value).lower())}%")
        elif name in ("intent", "topic"):
            conditions.append(_in_list(f"r.{name}s"))
            parameters.append(str(value))
        else:
            column = {"group": 'c."group"', "customer_id": "c.customer_id", "channel": "m.channel"}.get(
                name, f"r.{name}"
            )
            conditions.append(f"{column} = %s")
            parameters.append(str(value))
    return conditions, parameters


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InputError(
            f"{value!r} is no colleague", where="taken_by", mend="give a colleague's number, or 'nobody'"
        ) from None


def _escaped(text: str) -> str:
    for sign in ("!", "%", "_"):
        text = text.replace(sign, "!" + sign)
    return text


def _in_list(column: str) -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = %s)"
    return f"{column} @> to_jsonb(%s::text)"


def _fetched(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        for name in ("at", "due", "ranked", "taken_at", "answered_at"):
            row[name] = instant(row[name])
        for name in ("stake", "low", "high"):
            row[name] = money(row[name])
        for name in ("intents", "topics", "reasons"):
            row[name] = listed(row[name])
        row["corrected"], row["review"] = bool(row["corrected"]), bool(row["review"])
        if row["state"] != "open":
            row["place"] = None
    terms.veil(rows)
    return rows


def instant(value: Any) -> datetime | None:
    """What the database keeps as an instant."""
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def money(value: Any) -> Any:
    """What it keeps as money."""
    from decimal import Decimal

    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def listed(value: Any) -> list[Any]:
    """What it keeps as a list."""
    if value is None:
        return []
    return list(json.loads(value)) if isinstance(value, str) else list(value)


def _with_lookers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who else looks at these cases right now, by name."""
    from goodwill.service.store.models import Looking

    by_case: dict[str, list[dict[str, Any]]] = {}
    if rows:
        looking = Looking.objects.filter(
            message_id__in=[row["message_id"] for row in rows], seen__gte=datetime.now(UTC) - STILL_LOOKING
        ).values_list("message_id", "colleague_id", "colleague__name", "colleague__email")
        for message_id, colleague, name, email in looking.order_by("message_id", "colleague_id"):
            by_case.setdefault(message_id, []).append({"id": colleague, "name": name or email})
    return [{**row, "looking": by_case.get(row["message_id"], [])} for row in rows]


# --- the cursor ---------------------------------------------------------------------------------------------------


def _write_cursor(row: dict[str, Any]) -> str:
    text = json.dumps([row["place"], row["message_id"]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        place, message_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return float(place), str(message_id)
    except (ValueError, TypeError, binascii.Error):
        raise InputError(
            f"{cursor[:40]!r} is no cursor", where="cursor", mend="give the one that came with the last answer"
        ) from None
