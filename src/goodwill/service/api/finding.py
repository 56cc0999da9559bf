"""Customers as they are looked for: a piece at a time, each part of the question by an index."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q

from goodwill.facts import POOL
from goodwill.service import live
from goodwill.service.api import paging
from goodwill.service.erasing import ERASED
from goodwill.service.live import people, tables, terms
from goodwill.service.live.searching import Search
from goodwill.service.store.models import FACTS, Worth

if TYPE_CHECKING:
    from collections.abc import Sequence

SUMS = (
    "customer_id", "name", "spend", "referral", "influence", "knowledge", "follows", "passed_on", "worth",
    "follows_low", "follows_high", "worth_low", "worth_high", "generated", "evidence", "standing", "valuation",
)  # fmt: skip
_CONCERN = {
    "worth": "customer_id", "reading": "customer_id", "case": "customer_id", "fact_people": "fact_key",
    "fact_handles": "customer_id", "fact_roles": "customer_id", "fact_purchases": "customer_id",
    "fact_responses": "customer_id", "fact_actions": "customer_id", "fact_contributions": "customer_id",
    "fact_events": "customer_id", "fact_messages": "customer_id", "fact_terms": "customer_id",
    "fact_referrals": "referrer_id",
}  # fmt: skip
"""Where something about a customer stands, and under which name."""
_UNITED = "EXISTS (SELECT 1 FROM person u WHERE u.given = 'id|' || {0} AND u.customer_id <> {0})"
"""Holds of an id that stands for another's."""


def exists(person: str) -> bool:
    """Whether anything is known of a person."""
    ids = sorted(people.ids_of([person]))
    asked, parameters = [], []
    for table, column in _CONCERN.items():
        condition, given = tables.among(f"t.{column}", ids)
        asked.append(f"EXISTS (SELECT 1 FROM {tables.quoted(table)} t WHERE {condition})")
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 WHERE {' OR '.join(asked)}", parameters)
        return person not in (POOL, ERASED) and cursor.fetchone() is not None


def customers(q: str, limit: int, cursor: str) -> dict[str, Any]:
    """Customers by id: valued ones, those in `people`, and those who bought. Raises InputError for a bad cursor."""
    ended = paging.read_cursor(cursor, str)
    ids = _ids(q.strip(), ended[0] if ended else "", limit + 1)
    found = paging.piece_of(ids, limit, paging.write_cursor)
    return {**found, "items": _rows(found["items"])}


_STAND_IN = (("worth", "customer_id"), ("fact_people", "fact_key"), ("fact_purchases", "customer_id"))
"""Where a customer stands: valued, known by name, or having bought."""
_WALK, _SPARSE = 16_000, 6_000
"""So many are walked in order before those whom the words find are gathered and sorted; where fewer than so many are
found in all, they are gathered at once."""


def _ids(q: str, after: str, limit: int) -> list[str]:
    if not q:
        return _walked(after, limit)
    search = Search(q)
    known = search.few if search.few is not None else search.known
    if known is not None:
        return _walked(after, limit, tables.among("{key}", sorted({*known, *_named(q)})))
    if search.expected < _SPARSE:
        return _gathered(search, after, limit)
    # Many: where they lie close together the next piece is found at once; else they all lie somewhere further on.
    upto = _far(after)
    found = _walked(after, limit, search.having_all("{key}"), upto)
    return found if len(found) >= limit or not upto else _gathered(search, after, limit)


def _walked(after: str, limit: int, wanted: tuple[str, list[Any]] = ("", []), upto: str = "") -> list[str]:
    """Customers in the order of their ids, those for whom a condition on `{key}` holds."""
    parts, parameters = [], []
    for table, column in _STAND_IN:
        key = f"t.{column}"
        conditions = [f"{key} > %s", f"{key} NOT IN ('{POOL}', '{ERASED}')", f"NOT {_UNITED.format(key)}"]
        given: list[Any] = [after]
        if upto:
            conditions.append(f"{key} <= %s")
            given.append(upto)
        if wanted[0]:
            conditions.append(wanted[0].replace("{key}", key))
            given += wanted[1]
        sql = f"SELECT DISTINCT {key} AS id FROM {table} t WHERE {' AND '.join(conditions)} ORDER BY {key} LIMIT %s"
        parts.append(f"SELECT id FROM ({sql}) AS of_{table}")
        parameters += [*given, limit]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION '.join(parts)} ORDER BY id LIMIT %s", [*parameters, limit])
        return [row[0] for row in cursor.fetchall()]


def _far(after: str) -> str:
    """The id up to which a walk goes that sees so many customers at most; '' where it sees the end of all.

    By the tables in which each customer stands once: some have bought so often that a walk would not get past them.
    """
    once, bought = [_beyond(table, column, after) for table, column in _STAND_IN[:2]], _STAND_IN[2]
    return min(filter(None, once), default="") or _beyond(*bought, after)


def _beyond(table: str, column: str, after: str) -> str:
    """The id that stands so many rows further on in a table; '' where its end is nearer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.{column} FROM {table} t WHERE t.{column} > %s ORDER BY t.{column} LIMIT 1 OFFSET %s",
            [after, _WALK],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _gathered(search: Search, after: str, limit: int) -> list[str]:
    """The same from the words' side: everybody whom they find, sorted."""
    found: list[str] = []
    while len(found) < limit:
        some = search.in_order(after, limit)
        if not some:
            break
        found += _walked(after, limit, tables.among("{key}", some))
        after = some[-1]
        if len(some) < limit:
            break
    return found[:limit]


def _named(q: str) -> list[str]:
    """Whom an id or a handle stands for, written in full."""
    written = {q, q.lower(), q.lower().removeprefix("@")}
    handles = FACTS["handles"].objects.filter(value__in=written).order_by("row")[:50]
    ids = {q, *handles.values_list("customer_id", flat=True)}
    return sorted(set(people.persons_of(one for one in ids if one).values()))


def _rows(ids: Sequence[str]) -> list[dict[str, Any]]:
    """What stands of each of these customers, in their order."""
    refused = terms.unvalued(live.firm(), ids) if ids else set()
    valued = {row["customer_id"]: row for row in Worth.objects.filter(customer_id__in=ids).values(*SUMS)}
    names = dict(FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"))
    rows = []
    for one in ids:
        row = dict(valued.get(one, ())) if one not in refused else {}
        known_as = valued.get(one, {}).get("name")
        rows.append({**row, "customer_id": one, "name": known_as or names.get(one) or ""})
    return rows


def by_worth(standing: str, limit: int, cursor: str) -> dict[str, Any]:
    """The rows of the latest valuation, the highest worth first. Raises InputError for a bad cursor.

    Those whose terms forbid it are in nobody's ranking: their rows of a valuation from before are passed over.
    """
    rows = Worth.objects.order_by("-worth", "customer_id")
    if standing:
        rows = rows.filter(standing=standing)
    ended = paging.read_cursor(cursor, _money, str)
    kept: list[dict[str, Any]] = []
    while len(kept) <= limit:
        some = list((rows.filter(_after(*ended)) if ended else rows).values(*SUMS)[: limit + 1])
        refused = terms.unvalued(live.firm(), [row["customer_id"] for row in some]) - {POOL}
        kept += [row for row in some if row["customer_id"] not in refused]
        if len(some) <= limit:
            break
        ended = some[-1]["worth"], some[-1]["customer_id"]
    return paging.piece_of(
        kept[: limit + 1], limit, lambda row: paging.write_cursor(str(row["worth"]), row["customer_id"])
    )


def _after(worth: Decimal, customer_id: str) -> Q:
    """What comes after a row. The first condition alone would do for the index; the second is exact."""
    return Q(worth__lte=worth) & (Q(worth__lt=worth) | Q(worth=worth, customer_id__gt=customer_id))


def _money(written: Any) -> Decimal:
    found = Decimal(str(written))
    if not found.is_finite() or abs(found) >= Decimal("1e16"):
        raise ValueError(written)
    return found.quantize(Decimal("0.01"))
