"""Confirming all links from the probability that an admin stated: first what it would touch, then the act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render

from goodwill.errors import GoodwillError
from goodwill.service import who
from goodwill.service.live import people, proving
from goodwill.service.pages import stated
from goodwill.service.pages.links import MOST_AT_ONCE, refuse, undo_of, why_of
from goodwill.service.pages.needs import needs
from goodwill.service.who import links

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

SHOWN = 10
TRUSTED = 0.999
"""Below it a probability is a reason to look (docs/methods.md, 'Who is who')."""


@needs("agent")
def at_once(request: HttpRequest) -> HttpResponse:
    """What it would touch; and, where that is still so when they say yes, the act."""
    least = stated.least()
    if least is None:
        messages.error(request, "Nobody has stated a probability to confirm by: an admin does, in Settings.")
        return redirect("links")
    reached = _reached(least)
    if request.method != "POST":
        told = {"reached": reached, "percent": stated.shown(least), "unsure": least < TRUSTED}
        return render(request, "links/at_once.html", told)
    if [request.POST.get(name) for name in ("percent", "links")] != [stated.shown(least), str(reached["links"])]:
        messages.error(request, "Nothing was confirmed: it would be others by now. Look again.")
        return redirect("links-at-once")
    try:
        done = who.confirm_above(least, by=request.user, why=why_of(request))  # type: ignore[arg-type]
    except GoodwillError as refused:
        return refuse(request, refused)
    words = f"{len(done):,} confirmed. Each can be taken back." if len(done) != 1 else "One confirmed."
    messages.success(request, words, undo_of(*(one.number for one in done)) if len(done) <= MOST_AT_ONCE else "")
    return redirect("links")


def _reached(least: float) -> dict[str, Any]:
    """How many links, how many persons they join and how many are left of them; the least sure links, to look at."""
    rows = links.open_above(least)
    organisations = proving.organisations_among({one for row in rows for one in (row.a, row.b)})
    rows = [row for row in rows if not {row.a, row.b} & organisations]
    person = people.persons_of(one for row in rows for one in (row.a, row.b))
    pairs = [(person[row.a], person[row.b]) for row in rows if person[row.a] != person[row.b]]
    last = [who.link(row.pk) for row in reversed(rows[-SHOWN:])]
    persons = {one for pair in pairs for one in pair}
    return {
        "links": len(pairs),
        "persons": len(persons),
        "become": _groups(pairs),
        "last": [row for row in last if row],
    }


def _groups(pairs: Iterable[tuple[str, str]]) -> int:
    """How many are left where each pair becomes one.

    >>> _groups([("a", "b"), ("b", "c"), ("d", "e")])
    2
    """
    first: dict[str, str] = {}

    def root(one: str) -> str:
        while first.setdefault(one, one) != one:
            one = first[one]
        return one

    for one, other in pairs:
        first[root(other)] = root(one)
    return sum(root(one) == one for one in list(first))
