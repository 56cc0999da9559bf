"""Customers: who they are to us, by worth, by what follows, by name or by standing; a view is a link.

Whoever may not see persons gets figures over groups of five or more, and no filter to cut them smaller.
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from goodwill.facts import EVIDENCE, POOL, STANDINGS
from goodwill.service import live
from goodwill.service.pages import customer_list, saved
from goodwill.service.pages.customer_list import Asked
from goodwill.service.pages.needs import needs
from goodwill.service.pages.small_groups import Group, safe
from goodwill.service.pages.words import STANDINGS as SAYS
from goodwill.service.store.models import Worth

if TYPE_CHECKING:
    from django.http import HttpRequest

COLUMNS = (("name", "Name", ""), ("standing", "Standing", ""), ("follows", "Follows", "num"), ("worth", "Worth", "num"))
FIFTHS = {5: "highest fifth", 4: "fourth fifth", 3: "middle fifth", 2: "second fifth", 1: "lowest fifth"}


@needs("viewer")
def customers(request: HttpRequest) -> HttpResponse:
    """The list; for a viewer the groups."""
    valuation, firm = live.latest(), live.firm()
    given: dict[str, Any] = {"valuation": valuation, "currency": firm.currency}
    if not request.user.may("analyst"):  # type: ignore[union-attr]
        found = groups(valuation.pk) if valuation else {}
        return render(request, "customers/groups.html", {**given, **found})
    asked = Asked.of(request.GET)
    rows, following = customer_list.page(asked, request.GET.get("cursor"))
    given |= {
        "rows": customer_list.add_cases(rows, firm),
        "next": following,
        "others": [] if following else customer_list.unvalued(asked),
        "asked": asked,
        "filters": asked.filters,
        "columns": [heading(asked, *column) for column in COLUMNS],
        "number": (valuation.checks or {}).get("customers") if valuation and not asked.filters else None,
        "standings": [(one, SAYS.get(one) or "bought once, or spoke") for one in reversed(STANDINGS)],
        "words_of": EVIDENCE,
        "languages": customer_list.languages(),
        "views": saved.views(request, "customers"),
        "query": urllib.parse.urlencode(asked.query),
        "export": f"{reverse('customers-export')}?{urllib.parse.urlencode(asked.filters)}",
        "masked": not request.user.may("agent"),  # type: ignore[union-attr]
        "first": not request.GET.get("cursor"),
    }
    return render(request, "customers/customers.html", given)


def heading(asked: Asked, key: str, words: str, kind: str) -> dict[str, Any]:
    """A column's head: the link that sorts by it, the other way round where it already does."""
    mine = asked.sort == key
    up = not asked.up if mine else key == "name"
    query = Asked(asked.filters, key, up).query
    return {
        "key": key,
        "words": words,
        "kind": kind,
        "href": "?" + urllib.parse.urlencode(query) if query else reverse("customers"),
        "sorted": ("ascending" if asked.up else "descending") if mine else "",
    }


_GROUPS: dict[tuple[str, int], dict[str, Any]] = {}


def groups(valuation: int) -> dict[str, Any]:
    """How many people and how much worth, by standing and by fifth; what is small is hidden.

    Counted once a valuation: nothing else changes them.
    """
    key = str(connection.settings_dict["NAME"]), valuation
    if key not in _GROUPS:
        _GROUPS.clear()
        _GROUPS[key] = _count_groups()
    return _GROUPS[key]


def _count_groups() -> dict[str, Any]:
    rows = (
        Worth.objects.exclude(customer_id=POOL)
        .order_by()
        .values_list("standing", "fifth")
        .annotate(people=Count("pk"), total=Sum("worth"))
    )
    by_standing: dict[str, list[Any]] = {one: [0, 0] for one in reversed(STANDINGS)}
    by_fifth: dict[str, list[Any]] = {name: [0, 0] for name in FIFTHS.values()}
    for standing, fifth, people, total in rows:
        for sums, key in ((by_standing, standing or "none"), (by_fifth, FIFTHS.get(fifth, ""))):
            if key in sums:
                sums[key][0] += people
                sums[key][1] += total or 0
    tables = [
        ("Standing", safe([Group(name, *sums) for name, sums in by_standing.items()])),
        ("Fifth by worth", safe([Group(name, *sums) for name, sums in by_fifth.items()])),
    ]
    return {"tables": tables, "some_hidden": any(group.hidden for _, found in tables for group in found)}
