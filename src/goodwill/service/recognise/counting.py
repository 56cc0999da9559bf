"""How often one person did each act that a perk is for: by index, whatever the number of customers.

The same counts as `engage.recognition.earned` makes of everybody; a test holds them to it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.engage.recognition import years_between
from goodwill.service.live import asking, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.perks import Act


def counts(person: str, ids: Sequence[str], acts: Iterable[Act], now: datetime) -> dict[Act, int]:
    """How often a person, who has these ids, did each act; in one query."""
    from django.db import connection

    wanted = sorted(set(acts), key=lambda act: (act.act, act.days or 0, act.count))
    if not wanted:
        return {}
    asked, parameters = [], []
    for act in wanted:
        sql, given = _question(act, person, ids, now)
        asked.append(f"({sql})")
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(asked)}", parameters)
        row = cursor.fetchone()
    return {act: _number(act, value, now) for act, value in zip(wanted, row, strict=True)}


def _number(act: Act, value: Any, now: datetime) -> int:
    if act.act != "year":
        return int(value or 0)
    first = asking.instant(value)
    return years_between(first, now) if first is not None and first <= now else 0


def _question(act: Act, person: str, ids: Sequence[str], now: datetime) -> tuple[str, list[Any]]:
    """The SQL of one act's count, with its parameters."""
    since = now - timedelta(days=act.days) if act.days is not None else datetime(1, 1, 2, tzinfo=UTC)
    window = [tables.stored(since), tables.stored(now)]
    mine, theirs = tables.among("t.customer_id", ids)
    if act.act == "purchase":
        signs = "sum(CASE WHEN t.amount > 0 THEN 1 WHEN t.amount < 0 THEN -1 ELSE 0 END)"
        return f'SELECT {signs} FROM fact_purchases t WHERE {mine} AND t."at" > %s AND t."at" <= %s', [*theirs, *window]
    if act.act == "idea":
        sql = f"SELECT count(*) FROM fact_contributions t WHERE {mine} AND t.kind = 'idea'"
        return f'{sql} AND t."at" > %s AND t."at" <= %s', [*theirs, *window]
    if act.act == "friend":
        brought, by = tables.among("t.referrer_id", ids)
        sql = f"SELECT count(DISTINCT t.referred_id) FROM fact_referrals t WHERE {brought}"
        return f"{sql} AND t.converted_at > %s AND t.converted_at <= %s", [*by, *window]
    if act.act == "answer":
        sql = (
            "SELECT count(DISTINCT m.in_reply_to) FROM reading r JOIN fact_messages m ON m.fact_key = r.message_id"
            " JOIN reading o ON o.message_id = m.in_reply_to WHERE r.customer_id = %s AND o.customer_id <> %s"
        )
        return f'{sql} AND m."at" > %s AND m."at" <= %s', [person, person, *window]
    first, named = tables.among("p.fact_key", ids)
    joined = f"SELECT p.joined_at AS at FROM fact_people p WHERE {first}"
    bought = f'SELECT t."at" AS at FROM fact_purchases t WHERE {mine}'
    return f"SELECT min(f.at) FROM ({joined} UNION ALL {bought}) f", [*named, *theirs]
