"""The customers as they are asked for: filtered, in order, a page at a time by what the last row had.

Each order is one that an index has, read from either end, so that a page costs the same wherever it lies.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from goodwill.facts import EVIDENCE, POOL, STANDINGS
from goodwill.service import live
from goodwill.service.live import people, searching, terms
from goodwill.service.live.searching import LAST
from goodwill.service.pages.paging import cursor_of, values_of
from goodwill.service.store.models import FACTS, Case, SearchWord, Worth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from goodwill.firm import Firm

PAGE = 50
SORTS = ("worth", "follows", "name", "standing")
LADDER: tuple[str | None, ...] = (*reversed(STANDINGS), None)
FILTERS = ("standing", "evidence", "waiting", "language", "q")
CHUNK = 2000
KEPT_SECONDS = 300.0
MOST_LANGUAGES = 200


@dataclass(frozen=True)
class Asked:
    """What of the list is wanted; unknown words are left aside."""

    filters: dict[str, str] = field(default_factory=dict)
    sort: str = "worth"
    up: bool = False

    @classmethod
    def of(cls, query: Any) -> Asked:
        given = {name: str(query.get(name, "")).replace("\x00", "").strip()[:120] for name in FILTERS}
        choices = {"standing": STANDINGS, "evidence": EVIDENCE, "waiting": ("yes", "no")}
        kept = {name: value for name, value in given.items() if value and value in choices.get(name, (value,))}
        sort = query.get("sort") if query.get("sort") in SORTS else "worth"
        return cls(kept, sort, query.get("order", "up" if sort == "name" else "down") == "up")

    @property
    def query(self) -> dict[str, str]:
        """The same as it stands in an address."""
        usual = "up" if self.sort == "name" else "down"
        order = "up" if self.up else "down"
        return {
            **self.filters,
            **({"sort": self.sort} if self.sort != "worth" else {}),
            **({"order": order} if order != usual else {}),
        }


def chosen(filters: dict[str, str], sort: str = "worth") -> QuerySet[Worth]:
    """The customers that the filters keep, in no order; the pool is not one of them.

    `sort` says in which order they are to be looked at: what is asked in another way by name finds the same.
    """
    rows = Worth.objects.exclude(customer_id=POOL)
    if "standing" in filters:
        rows = rows.filter(standing=filters["standing"])
    if "evidence" in filters:
        # A JSON list as text: SQLite has no other way to look into one.
        rows = rows.annotate(rests=Cast("evidence", TextField())).filter(rests__contains=f'"{filters["evidence"]}"')
    if "waiting" in filters:
        ids = _waiting().values("customer_id")
        rows = rows.filter(customer_id__in=ids) if filters["waiting"] == "yes" else rows.exclude(customer_id__in=ids)
    if "language" in filters:
        rows = rows.filter(_speaks(filters["language"]))
    if "q" in filters:
        by_name = sort == "name"  # there those whom a word finds lie together
        found, parameters = searching.condition(
            filters["q"], "worth.customer_id", _named(filters["q"]), walked=not by_name
        )
        rows = rows.extra(where=[found], params=parameters)
    return rows


def _speaks(language: str) -> Any:
    """That they speak a language: of few they are named, of many each is asked while the list is walked in order."""
    speak = FACTS["people"].objects.filter(language=language)
    ids = list(speak.values_list("fact_key", flat=True)[: searching.FEW + 1])
    many = len(ids) > searching.FEW
    return Exists(speak.filter(fact_key=OuterRef("customer_id"))) if many else Q(customer_id__in=ids)


def _named(words: str) -> list[str]:
    """Whom an id or a handle stands for, written in full."""
    handles = FACTS["handles"].objects.filter(value__in=[words, words.lower()])[:50]
    ids = {words, *handles.values_list("customer_id", flat=True)}
    return sorted({people.person_of(one) for one in ids if one})


def page(asked: Asked, cursor: str | None) -> tuple[list[Worth], str | None]:
    """One page, and where the next one begins (None: this is the last)."""
    rows = list(_by_standing(asked, cursor) if asked.sort == "standing" else _sorted(asked, cursor)[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    in_order = _without_ranks(rows, asked)
    if not more:
        return in_order, None
    last = next((row for row in reversed(rows) if row in in_order), rows[-1])
    rows = in_order
    if asked.sort == "standing":
        return rows, cursor_of(last.standing or "", last.worth, last.customer_id)
    return rows, cursor_of(getattr(last, asked.sort), last.customer_id)


def _without_ranks(rows: list[Worth], asked: Asked) -> list[Worth]:
    """Whose terms forbid valuing stand in no order by worth or standing, and no filter by them tells of theirs.

    Who looks for a name finds them all the same, after the others.
    """
    if asked.sort == "name" and not asked.filters.keys() & {"standing", "evidence"}:
        return rows
    refused = terms.unvalued(live.firm(), [row.customer_id for row in rows]) if rows else set()
    ranked = [row for row in rows if row.customer_id not in refused]
    named = "q" in asked.filters and not asked.filters.keys() & {"standing", "evidence"}
    found = [row for row in rows if row.customer_id in refused] if named else []
    return ranked + sorted(found, key=lambda row: (row.name, row.customer_id))


def unvalued(asked: Asked) -> list[dict[str, Any]]:
    """Who is found by the words and has no sum of their own, by name: their terms forbid it, or nobody has valued them
    yet. No filter that tells of worth finds them, and they stand in no order by it."""
    if "q" not in asked.filters or asked.filters.keys() & {"standing", "evidence"}:
        return []
    words = asked.filters["q"]
    found, parameters = searching.condition(words, "search_word.customer_id", _named(words))
    valued = Worth.objects.filter(customer_id=OuterRef("customer_id"))
    rows = SearchWord.objects.extra(where=[found], params=parameters).filter(~Exists(valued)).exclude(customer_id=POOL)
    if "waiting" in asked.filters:
        waits = Exists(_waiting().filter(customer_id=OuterRef("customer_id")))
        rows = rows.filter(waits if asked.filters["waiting"] == "yes" else ~waits)
    ids = list(rows.order_by("customer_id").values_list("customer_id", flat=True).distinct()[: PAGE + 1])
    people_rows = FACTS["people"].objects.filter(fact_key__in=ids)
    if "language" in asked.filters:
        people_rows = people_rows.filter(language=asked.filters["language"])
    names = dict(people_rows.values_list("fact_key", "name"))
    kept = [one for one in ids if "language" not in asked.filters or one in names]
    refused = terms.unvalued(live.firm(), kept) if kept else set()
    waiting = _numbers_waiting(kept)
    shown = [
        {"customer_id": one, "name": names.get(one) or "", "refused": one in refused, "waiting": waiting.get(one, 0)}
        for one in kept
    ]
    return sorted(shown, key=lambda row: (row["name"] or LAST, row["customer_id"]))


def _waiting() -> QuerySet[Case]:
    """Open cases of somebody who waits for an answer."""
    return Case.objects.filter(state=Case.OPEN, customer_id__isnull=False).exclude(group="thank")


def _numbers_waiting(ids: list[str]) -> dict[str, int]:
    """For how many answers each waits."""
    found: dict[str, int] = {}
    for customer_id in _waiting().filter(customer_id__in=ids).values_list("customer_id", flat=True):
        found[customer_id] = found.get(customer_id, 0) + 1
    return found


def _sorted(asked: Asked, cursor: str | None) -> QuerySet[Worth]:
    """By one column and, among equals, by id: as its index has it, or all of it the other way round."""
    rows, column = chosen(asked.filters, asked.sort), asked.sort
    natural = asked.up == (column == "name")
    falling, tie_falls = not asked.up, not natural
    rows = rows.order_by(f"-{column}" if falling else column, "-customer_id" if tie_falls else "customer_id")
    found = values_of(cursor, 2)
    if found is None:
        return rows
    value: Any = found[0] if column == "name" else _decimal(found[0])
    return rows if value is None else _beyond(rows, column, value, found[1], falling, tie_falls)


def _beyond(rows: Any, column: str, value: Any, customer_id: str, falling: bool, tie_falls: bool) -> Any:
    """What comes after a row. The first condition alone would do for the index; the second is exact."""
    further = "lt" if falling else "gt"
    same = {column: value, f"customer_id__{'lt' if tie_falls else 'gt'}": customer_id}
    return rows.filter(**{f"{column}__{further}e": value}).filter(Q(**{f"{column}__{further}": value}) | Q(**same))


def _by_standing(asked: Asked, cursor: str | None) -> Iterator[Worth]:
    """Rung by rung, on each the highest worth first: at most one question a rung."""
    rungs = list(reversed(LADDER)) if asked.up else list(LADDER)
    found, room = values_of(cursor, 3), PAGE + 1
    worth = _decimal(found[1]) if found else None
    start = rungs.index(found[0] or None) if found and worth is not None and (found[0] or None) in rungs else 0
    for rung in rungs[start:]:
        if "standing" in asked.filters and rung != asked.filters["standing"]:
            continue
        rows = chosen(asked.filters).filter(**({"standing": rung} if rung else {"standing__isnull": True}))
        rows = rows.order_by("-worth", "customer_id")
        if found and worth is not None and rung == (found[0] or None):
            rows = _beyond(rows, "worth", worth, found[2], True, False)
        for row in rows[:room]:
            room -= 1
            yield row
        if room <= 0:
            return


def _decimal(written: str) -> Decimal | None:
    try:
        found = Decimal(written)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal("1e15") else None


def add_cases(rows: list[Worth], firm: Firm) -> list[dict[str, Any]]:
    """Who of them waits, and whose terms say since the last valuation that no sum may stand here."""
    ids = [row.customer_id for row in rows]
    waiting = _numbers_waiting(ids)
    refused = terms.unvalued(firm, ids) if ids else set()
    return [
        {"row": row, "waiting": waiting.get(row.customer_id, 0), "valued": row.customer_id not in refused}
        for row in rows
    ]


def everybody(filters: dict[str, str], firm: Firm) -> Iterator[list[Worth]]:
    """All that the filters keep, some thousands at a time, by id; those who may not be valued are left out."""
    last = ""
    while True:
        rows = list(chosen(filters).filter(customer_id__gt=last).order_by("customer_id")[:CHUNK])
        if not rows:
            return
        last = rows[-1].customer_id
        refused = terms.unvalued(firm, [row.customer_id for row in rows])
        yield [row for row in rows if row.customer_id not in refused]


_LANGUAGES: dict[str, tuple[float, list[str]]] = {}


def languages() -> list[str]:
    """The languages of customers, each found by one step through the index; asked for every five minutes at most."""
    database = str(connection.settings_dict["NAME"])
    kept = _LANGUAGES.get(database)
    if kept and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    found, last = [], ""
    while len(found) < MOST_LANGUAGES:
        row = FACTS["people"].objects.filter(language__gt=last).order_by("language").values_list("language", flat=True)
        last = row.first() or ""
        if not last:
            break
        found.append(last)
    _LANGUAGES.clear()
    _LANGUAGES[database] = (time.monotonic(), found)
    return found
