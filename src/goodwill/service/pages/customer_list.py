"""The customers as they are asked for: filtered, in order, a page at a time by what the last row had.

Each order is one that an index has, read from either end, so that a page costs the same wherever it lies.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from goodwill.facts import EVIDENCE, POOL, STANDINGS
from goodwill.service import live
from goodwill.service.live import people, searching, tables, terms
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
BEGINNING, CHUNK = 200, 2000
KEPT_SECONDS = 300.0
MOST_LANGUAGES = 200
MOST_MIXTURES = 50
GATHERED = 30_000
"""So many are gathered and sorted; of more each is looked at in the order of the list."""


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

    @cached_property
    def search(self) -> searching.Search:
        """Whom the words find; what one question finds out the others of the page go by."""
        return searching.Search(self.filters["q"])

    @cached_property
    def named(self) -> list[str]:
        """Whom an id or a handle stands for, written in full."""
        words = self.filters["q"]
        handles = FACTS["handles"].objects.filter(value__in=[words, words.lower()])[:50]
        ids = {words, *handles.values_list("customer_id", flat=True)}
        return sorted({people.person_of(one) for one in ids if one})

    @cached_property
    def few_who_wait(self) -> list[str] | None:
        """Who waits, speaks the language and is found by the words, by name: few, where such a list would be walked
        through from end to end. None where that is not all asked for together, or too many wait."""
        words, language = self.filters.get("q", ""), self.filters.get("language", "")
        if self.filters.get("waiting") != "yes" or not (language or (words and self.search.few is None)):
            return None
        waiting = _waiting().order_by().values_list("customer_id", flat=True)
        if waiting[: GATHERED + 1].count() > GATHERED:
            return None
        found = set(waiting.filter(_speaker_of("customer_id", language)) if language else waiting)
        if words:
            found = self.search.among(sorted(found)) | (found & set(self.named))
        return sorted(found)

    @cached_property
    def mixtures(self) -> list[str]:
        """The mixtures of evidence that the wanted one is in."""
        return [one for one in mixtures() if self.filters["evidence"] in json.loads(one)]

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


def chosen(asked: Asked, mixture: str | None = None) -> QuerySet[Worth]:
    """The customers that the filters keep, in no order; the pool is not one of them.

    They are going to be looked at in the order that is asked for: what is asked in another way by name finds the same.
    With a `mixture` only those whose sums rest on just this evidence.
    """
    rows, filters = Worth.objects.exclude(customer_id=POOL), asked.filters
    if "standing" in filters:
        rows = _stands(rows, filters["standing"], walked=asked.sort == "name")
    if "evidence" in filters:
        rows = _rests_on(rows, asked.mixtures) if mixture is None else _rests_just_on(rows, mixture)
    if asked.few_who_wait is not None:
        found, parameters = tables.among("worth.customer_id", asked.few_who_wait)
        return rows.extra(where=[found], params=parameters)
    if "waiting" in filters:
        ids = _waiting().values("customer_id")
        rows = rows.filter(customer_id__in=ids) if filters["waiting"] == "yes" else rows.exclude(customer_id__in=ids)
    if "language" in filters:
        rows = _speaks(rows, filters["language"])
    if "q" in filters:
        by_name = asked.sort == "name"  # there those whom a word finds lie together
        found, parameters = asked.search.condition("worth.customer_id", asked.named, walked=not by_name)
        rows = rows.extra(where=[found], params=parameters)
    return rows


def _stands(rows: QuerySet[Worth], standing: str, *, walked: bool) -> QuerySet[Worth]:
    """Those on a rung. In an order that no index of the rung has, few are gathered and sorted; of many each is looked
    at in its turn, for which the plus keeps SQLite from gathering them."""
    on_it = Worth.objects.filter(standing=standing).order_by()
    if not walked or connection.vendor != "sqlite" or on_it[: GATHERED + 1].count() <= GATHERED:
        return rows.filter(standing=standing)
    return rows.extra(where=["+worth.standing = %s"], params=[standing])


def mixtures() -> list[str]:
    """Which evidence sums rest on together, as JSON lists: each is found by one step of the index."""
    lite = connection.vendor == "sqlite"
    value, mark = ("evidence", "%s") if lite else ("evidence::text", "%s::jsonb")
    found: list[str] = []
    with connection.cursor() as cursor:
        while len(found) < MOST_MIXTURES:
            beyond, last = (f"WHERE evidence > {mark}", found[-1:]) if found else ("", [])
            cursor.execute(f"SELECT {value} FROM worth {beyond} ORDER BY worth.evidence LIMIT 1", last)
            row = cursor.fetchone()
            if row is None:
                break
            found.append(row[0])
    return found


def _rests_just_on(rows: QuerySet[Worth], mixture: str) -> QuerySet[Worth]:
    mark = "%s" if connection.vendor == "sqlite" else "%s::jsonb"
    return rows.extra(where=[f"worth.evidence = {mark}"], params=[mixture])


def _rests_on(rows: QuerySet[Worth], some: list[str]) -> QuerySet[Worth]:
    """Those whose sums rest on one of these mixtures: few are named, of many each is looked at in its turn."""
    few = [_rests_just_on(Worth.objects.order_by(), mixture)[: searching.FEW + 1] for mixture in some]
    if sum(mine.count() for mine in few) <= searching.FEW:
        ids = [one for mine in few for one in mine.values_list("customer_id", flat=True)]
        found, parameters = tables.among("worth.customer_id", ids)
        return rows.extra(where=[found], params=parameters)
    # The plus keeps SQLite from gathering them all by their index, and sorting them.
    column, mark = ("+worth.evidence", "%s") if connection.vendor == "sqlite" else ("worth.evidence", "%s::jsonb")
    return rows.extra(where=[f"{column} IN ({', '.join([mark] * len(some))})"], params=some)


def _speaker_of(column: str, language: str) -> Exists:
    """That the person in a column speaks a language, by one step of an index that has both."""
    return Exists(FACTS["people"].objects.filter(language=language, fact_key=OuterRef(column)))


def _speaks(rows: QuerySet[Worth], language: str) -> QuerySet[Worth]:
    """Those who speak a language: few are named, of many each is asked while the list is walked in order."""
    speak = FACTS["people"].objects.filter(language=language).order_by()
    if speak[: searching.FEW + 1].count() > searching.FEW:
        return rows.filter(_speaker_of("customer_id", language))
    found, parameters = tables.among("worth.customer_id", list(speak.values_list("fact_key", flat=True)))
    return rows.extra(where=[found], params=parameters)


def page(asked: Asked, cursor: str | None) -> tuple[list[Worth], str | None]:
    """One page, and where the next one begins (None: this is the last)."""
    rows = _first(asked, cursor)
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


def _first(asked: Asked, cursor: str | None) -> list[Worth]:
    """The rows of a page, and one more where there are more."""
    if asked.sort == "standing":
        return list(_by_standing(asked, cursor))
    if "evidence" in asked.filters and asked.sort != "name":  # of each mixture by its index, then all of them in order
        rows = [row for mixture in asked.mixtures for row in _sorted(asked, cursor, mixture)[: PAGE + 1]]
        rows.sort(key=lambda row: row.customer_id, reverse=asked.up)
        return sorted(rows, key=lambda row: getattr(row, asked.sort), reverse=not asked.up)[: PAGE + 1]
    return list(_sorted(asked, cursor)[: PAGE + 1])


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
    found, parameters = asked.search.condition("search_word.customer_id", asked.named, walked=False)
    if asked.few_who_wait is not None:
        found, parameters = tables.among("search_word.customer_id", asked.few_who_wait)
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
    # By the customers' index alone: with the state in the question, SQLite goes by that and looks at all that is open.
    cases = Case.objects.filter(customer_id__in=ids).values_list("customer_id", "state", "group")
    for customer_id, state, group in cases:
        if state == Case.OPEN and group != "thank":
            found[customer_id] = found.get(customer_id, 0) + 1
    return found


def _sorted(asked: Asked, cursor: str | None, mixture: str | None = None) -> QuerySet[Worth]:
    """By one column and, among equals, by id: as its index has it, or all of it the other way round."""
    rows, column = chosen(asked, mixture), asked.sort
    natural = asked.up == (column == "name")
    falling, tie_falls = not asked.up, not natural
    by = _by_sorting(column) if _gathers(asked) else F(column)
    rows = rows.order_by(by.desc() if falling else by.asc(), "-customer_id" if tie_falls else "customer_id")
    found = values_of(cursor, 2)
    if found is None:
        return rows
    value: Any = found[0] if column == "name" else _decimal(found[0])
    return rows if value is None else _beyond(rows, column, value, found[1], falling, tie_falls)


def _gathers(asked: Asked) -> bool:
    """Whether those found are gathered and sorted: few, or such as lie together in the order of names."""
    if "q" not in asked.filters:
        return asked.few_who_wait is not None
    return asked.search.few is not None or (asked.sort == "name" and asked.search.gathers)


def _by_sorting(column: str) -> Any:
    """A column to sort by as no index has it: PostgreSQL else walks the index until it has met enough of them, which
    may lie at its very end."""
    return Coalesce(F(column), F(column)) if connection.vendor == "postgresql" else F(column)


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
        rows = chosen(asked).filter(**({"standing": rung} if rung else {"standing__isnull": True}))
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


def everybody(asked: Asked, firm: Firm) -> Iterator[list[Worth]]:
    """All that the filters keep, some thousands at a time, by id; those who may not be valued are left out."""
    rows_of = chosen(asked)
    last, size = "", BEGINNING
    while True:
        rows = list(rows_of.filter(customer_id__gt=last).order_by("customer_id")[:size])
        if not rows:
            return
        last, size = rows[-1].customer_id, CHUNK
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
