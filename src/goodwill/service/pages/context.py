"""What every page has in its frame."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from django.http import HttpRequest

SHEETS = tuple(
    f"goodwill/{name}.css"
    for name in ("tokens", "base", "frame", "components", "now", "customer", "office", "sources", "who")
)
THEMES = ("light", "dark")
SECONDS = 3.0
"""How long counts in the frame are kept: they stand on every page and must cost nothing."""
LINKS_SECONDS = 15.0
"""The same of links, which come by night and go one by one."""
SEVERAL = 10_000


@dataclass(frozen=True)
class Screen:
    """One entry of the contents: the name of its address, what it is called, and who may see it."""

    key: str
    name: str
    role: str = "viewer"
    apart: bool = False
    letter: str = ""


SCREENS = (
    Screen("now", "Now"),
    Screen("customers", "Customers"),
    Screen("causes", "Causes"),
    Screen("promises", "Promises"),
    Screen("proposals", "Proposals", "agent"),
    Screen("note", "Note", "agent", letter="s"),
    Screen("requests", "Requests", "agent"),
    Screen("asks", "Asks", "agent"),
    Screen("till", "Till", "agent"),
    Screen("links", "Who is who", "analyst"),
    Screen("sources", "Sources", "analyst", apart=True),
    Screen("unread", "Could not read", "agent"),
    Screen("jobs", "Jobs", "analyst"),
    Screen("settings", "Settings", "analyst"),
    Screen("people", "People", "admin", apart=True),
    Screen("tokens", "Tokens", "admin"),
    Screen("audit", "Audit", "admin"),
)
"""The contents in their order; a screen whose address there is not yet is left out."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Style sheets, theme, contents; nothing is asked of the database where nobody is signed in."""
    theme = request.COOKIES.get("theme", "")
    given: dict[str, Any] = {"sheets": SHEETS, "theme": theme if theme in THEMES else ""}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return given
    from goodwill.service import live

    return {**given, "navigation": navigation(request), "currency": live.firm().currency}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The contents for the one who asks."""
    here = getattr(request.resolver_match, "url_name", "") or ""
    found = []
    for screen in SCREENS:
        if not request.user.may(screen.role):  # type: ignore[union-attr]
            continue
        try:
            url = reverse(screen.key)
        except NoReverseMatch:
            continue
        count = shown(_COUNTED[screen.key]()) if screen.key in _COUNTED else None
        is_here = here == screen.key or here in BELOW.get(screen.key, ())
        found.append(
            {
                "key": screen.key,
                "name": screen.name,
                "url": url,
                "apart": screen.apart,
                "here": is_here,
                "count": count,
                "letter": screen.letter,
            }
        )
    return found


BELOW = {
    "now": ("case",),
    "customers": ("customer",),
    "links": ("links-one", "links-at-once"),
    "requests": ("request", "receipt", "keeping"),
    "causes": ("cause-new",),
    "sources": (
        "upload", "look", "link", "source", "source-choose", "source-new", "source-act", "source-delete",
    ),
}  # fmt: skip
"""Pages that belong to a screen of the contents."""

_KEPT: dict[str, tuple[float, dict[str, int]]] = {}


def counts(fresh: bool = False) -> dict[str, int]:
    """How many cases are open in each group of *Now*."""
    from goodwill.service.store.models import Case

    kept = _KEPT.get("groups")
    if kept and not fresh and time.monotonic() - kept[0] < SECONDS:
        return kept[1]
    rows = Case.objects.filter(state=Case.OPEN).order_by().values_list("group").annotate(number=Count("*"))
    found = {group: int(number) for group, number in rows}
    _KEPT["groups"] = (time.monotonic(), found)
    return found


def waiting(fresh: bool = False) -> int:
    """How many wait for an answer; praise to thank for is not among them."""
    return sum(number for group, number in counts(fresh).items() if group != "thank")


def links(fresh: bool = False) -> int:
    """How many links wait for a person."""
    from goodwill.service.who.shown import waiting as links_waiting

    kept = _KEPT.get("links")
    if kept is None or fresh or time.monotonic() - kept[0] >= LINKS_SECONDS:
        kept = _KEPT["links"] = (time.monotonic(), {"all": links_waiting(most=SEVERAL)})
    return kept[1]["all"]


_COUNTED = {"now": waiting, "links": links}
"""Screens that say how many wait there."""


def shown(number: int) -> str:
    """A count for the contents.

    >>> shown(7), shown(12345)
    ('7', '10,000+')
    """
    return f"{number:,}" if number < SEVERAL else f"{SEVERAL:,}+"
