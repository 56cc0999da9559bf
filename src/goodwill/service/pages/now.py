"""Now: whom to answer. Promises first, then what is at stake; one row, one decision.

The page asks again every few seconds; where nothing changed the answer is 304 and costs one query. What is asked for
by the page itself (`HX-Request`) is the list alone, which `fresh.js` lays into the page row by row, so that a selected
row, an open form and a half-written answer stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers

from goodwill.errors import InputError
from goodwill.service import live
from goodwill.service.pages import looking
from goodwill.service.pages.context import counts, shown, waiting
from goodwill.service.pages.needs import needs
from goodwill.service.pages.words import GROUPS, acts, marks
from goodwill.service.store.models import FACTS

if TYPE_CHECKING:
    from django.http import HttpRequest

LIMIT = 40
FILTERS = ("channel", "group", "mine")
KEYS = (
    ("j k", "next, previous row"),
    ("Enter", "open the row, and close it"),
    ("a", "take it"),
    ("r", "answer"),
    ("t", "thank"),
    ("f", "note a refund"),
    ("n", "write a note"),
    ("x", "close with a cause"),
    ("c", "correct what was read"),
    ("u", "undo what was just done"),
    ("Ctrl + Enter", "send the form"),
)


@needs("viewer")
def now(request: HttpRequest) -> HttpResponse:
    """The list, or how many there are for those who may not see persons."""
    if not request.user.may("analyst"):  # type: ignore[union-attr]
        return render(request, "now/counts.html", {"groups": _numbers(counts()), "number": waiting()})
    looking.look(request.user, request.GET.get("open", ""))  # type: ignore[arg-type]
    shown_now = _list(request)
    mark = etag(request, shown_now)
    # What was just done is told once, and with the page: that a browser has the list already does not tell it.
    if request.headers.get("If-None-Match") == mark and not len(get_messages(request)):
        answer = HttpResponse(status=304)
    else:
        answer = render(request, "now/list.html" if request.htmx else "now/now.html", shown_now)  # type: ignore[attr-defined]
    answer["ETag"] = mark
    patch_cache_control(answer, private=True, no_cache=True)
    patch_vary_headers(answer, ["HX-Request", "Cookie"])
    return answer


def _list(request: HttpRequest) -> dict[str, Any]:
    filters = {name: value for name in FILTERS if (value := request.GET.get(name, "").strip()[:60])}
    try:
        rows, following = live.now(LIMIT, request.GET.get("cursor") or None, asked(request, filters))
    except InputError:  # an address that was written by hand, or is too old: from the beginning
        rows, following = live.now(LIMIT)
    add_people(rows, request)
    numbers = counts(fresh=True)
    return {
        "groups": [
            {"key": key, "name": name, "rule": rule, "rows": mine, "number": numbers.get(key, 0)}
            for key, (name, rule) in GROUPS.items()
            for mine in [[row for row in rows if row["group"] == key]]
        ],
        "number": shown(waiting()),
        "thanks": numbers.get("thank", 0),
        "rows": rows,
        "next": following,
        "filters": filters,
        "filtered": bool(filters),
        "channels": channels(),
        "group_names": [(key, name) for key, (name, _) in GROUPS.items()],
        "currency": live.firm().currency,
        "keys": KEYS,
        "may_act": request.user.may("agent"),  # type: ignore[union-attr]
    }


def asked(request: HttpRequest, filters: dict[str, str]) -> dict[str, Any]:
    """What the order is asked for, from the form."""
    wanted: dict[str, Any] = {name: filters[name] for name in ("channel", "group") if name in filters}
    if filters.get("mine") == "mine":
        wanted["taken_by"] = request.user.pk
    if filters.get("mine") == "nobody":
        wanted["taken_by"] = "nobody"
    return wanted


def add_people(rows: list[dict[str, Any]], request: HttpRequest) -> None:
    """Who has each case and who else looks at it; the marks of what was read."""
    others = looking.others(request.user, [row["message_id"] for row in rows])  # type: ignore[arg-type]
    for row in rows:
        row.pop("looking", None)  # with the moments of their last look, which change all the time
        row["others"] = others.get(row["message_id"], [])
        row["mine"] = row["taken_by"] == request.user.pk
        row["marks"] = marks(row)
        row["version"] = version(row)
        row["acts"] = acts(row["group"])


def version(row: dict[str, Any]) -> str:
    """Changes when the row does; how long ago it was is not part of it (the page keeps time by itself)."""
    return hashlib.sha256(json.dumps(row, default=str, sort_keys=True).encode()).hexdigest()[:12]


def etag(request: HttpRequest, given: dict[str, Any]) -> str:
    """Changes when what the page would show does."""
    seen = [request.user.pk, bool(request.htmx), given["number"], given["thanks"], given["next"]]  # type: ignore[attr-defined]
    seen += [row["version"] for row in given["rows"]]
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:20]}"'


def channels() -> list[str]:
    """The channels that messages come by: each found by one step through the index."""
    messages, found = FACTS["messages"].objects, []
    last = ""
    while len(found) < 40:
        row = messages.filter(channel__gt=last).order_by("channel").values_list("channel", flat=True).first()
        if row is None:
            break
        found.append(row)
        last = row
    return found


def _numbers(found: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(name, rule, found.get(key, 0)) for key, (name, rule) in GROUPS.items()]
