"""Who is who: the links that are only probable, the surest first, and what one of us makes of each.

A link is a hint. Nothing rests on it before a person confirms it, one by one, or all from a probability that an admin
stated; each decision can be taken back for ever.
"""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import who
from goodwill.service.pages import stated
from goodwill.service.pages.back import back_to
from goodwill.service.pages.context import SEVERAL, shown
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import cursor_of, number_of, values_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import Audit
from goodwill.service.who.shown import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest, HttpResponse

PAGE = 20
STATES = (("proposed", "waiting"), ("confirmed", "confirmed"), ("rejected", "not the same"))
LEASTS = (("0.5", "from 50 %"), ("0.9", "from 90 %"), ("0.99", "from 99 %"))
KEYS = (("j k", "next, previous link"), ("Enter", "why: open or close"), ("c", "confirm: one person"),
        ("n", "not the same"), ("l", "later: out of my way until tomorrow"))  # fmt: skip
WORDS = {"confirm": "One person from now on.", "reject": "Two persons, and never proposed again."}
SAW = "saw a link"
OFTEN = timedelta(hours=1)
"""Who sees the same person's links again within so long sees them once, for the log."""
LATER = "links_later"
LONGEST_WHY = 2_000
MOST_LATER = 500
MOST_AT_ONCE = 100
"""So many decisions are taken back at once."""


# --- the queue --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What of the queue is wanted; unknown words are left aside."""

    state: str = "proposed"
    least: str = ""
    q: str = ""

    @classmethod
    def of(cls, query: Any) -> Asked:
        state, least = query.get("state", ""), query.get("least", "")
        words = str(query.get("q", "")).replace("\x00", "").strip()[:120]
        return cls(
            state if state in dict(STATES) else "proposed",
            least if least in dict(LEASTS) else "",
            " ".join(words.split()),
        )

    @property
    def narrowed(self) -> bool:
        return self != Asked()


@needs("analyst")
def links(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "links/links.html", _queue(request, request.GET))


def _queue(request: HttpRequest, query: Any) -> dict[str, Any]:
    asked = Asked.of(query)
    put_off = _put_off(request) if asked.state == "proposed" else []
    rows, following = _page(asked, query.get("cursor"), set(put_off))
    _written_down(request, rows)
    return {
        "rows": rows,
        "following": _address(query, cursor=following) if following else "",
        "asked": asked,
        "address": _address(query),
        "states": STATES,
        "leasts": LEASTS,
        "number": shown(waiting(most=SEVERAL)),
        "put_off": len(put_off),
        "stated": stated.least(),
        "may_act": request.user.may("agent"),  # type: ignore[union-attr]
        "may_state": request.user.may("admin"),  # type: ignore[union-attr]
        "keys": KEYS,
    }


def _address(query: Any, **changes: str) -> str:
    """The queue as it is asked for, with some of it changed."""
    given = query.copy()
    for name, value in changes.items():
        given[name] = value
    return f"{reverse('links')}{'?' + given.urlencode() if given else ''}"


def _page(asked: Asked, cursor: str | None, put_off: set[int]) -> tuple[list[dict[str, Any]], str | None]:
    """One page without what this colleague has put off, and where the next one begins."""
    rows: list[dict[str, Any]] = []
    after = _place(cursor)
    while True:
        some, after = who.queue(asked.state, float(asked.least or 0), asked.q, PAGE, after)
        rows += [row for row in some if row["id"] not in put_off]
        if after is None or len(rows) >= PAGE / 2:
            return rows, None if after is None else cursor_of(*after)


def _place(cursor: str | None) -> tuple[float, int] | None:
    """Where a page begins; a word that is none of ours begins at the start."""
    found = values_of(cursor, 2)
    if found is None or (number := number_of(found[1])) is None:
        return None
    try:
        probability = float(found[0])
    except ValueError:
        return None
    return (probability, number) if 0 <= probability <= 1 else None


@needs("analyst")
def one(request: HttpRequest, link_id: int) -> HttpResponse:
    """One link: both sides beside each other, and why; htmx opens it below its row."""
    row = who.link(link_id)
    if row is None:
        raise Http404("no such link")
    _written_down(request, [row])
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "links/detail.html", {"link": row, "folded": True})
    given = {
        "link": row,
        "decision": None if row["state"] == "proposed" else _decision_on(row),
        "may_act": request.user.may("agent"),  # type: ignore[union-attr]
        "address": request.get_full_path(),
    }
    return render(request, "links/one.html", given)


def _decision_on(row: dict[str, Any]) -> int | None:
    """The number of the decision that holds on a link."""
    both = {row["left"]["id"], row["right"]["id"]}
    for one in who.of_customer(row["left"]["id"])["decisions"]:
        if one["kind"] in ("confirm", "reject") and not one["undone"] and both <= {*one["left"], *one["right"]}:
            return int(one["number"])
    return None


def _written_down(request: HttpRequest, rows: Sequence[dict[str, Any]]) -> None:
    """Each person of whom a link was shown has a line of it in their log."""
    wanted = {side["customer_id"] for row in rows for side in (row["left"], row["right"])}
    lately = Audit.objects.filter(act=SAW, who=request.user.email, at__gt=timezone.now() - OFTEN)  # type: ignore[union-attr]
    wanted -= set(lately.filter(customer_id__in=wanted).values_list("customer_id", flat=True))
    for person in sorted(wanted):
        record(request.user, SAW, customer_id=person, purpose="answer me")  # type: ignore[arg-type]


# --- deciding ---------------------------------------------------------------------------------------------------------


@require_POST
@needs("agent")
def decide(request: HttpRequest, link_id: int) -> HttpResponse:
    """One person, two persons, or later."""
    act, why = request.POST.get("act", ""), why_of(request)
    if act == "later":
        _put_off_one(request, link_id)
        return _done(request, "Later: it waits until tomorrow.", f"{reverse('links-again')}?link={link_id}")
    if act not in WORDS:
        raise Http404("no such act")
    try:
        decision = (who.confirm if act == "confirm" else who.reject)(link_id, by=request.user, why=why)
    except GoodwillError as refused:
        return refuse(request, refused)
    return _done(request, WORDS[act], undo_of(decision.number))


@require_POST
@needs("agent")
def undo(request: HttpRequest) -> HttpResponse:
    """Takes decisions back, the latest first; they stay in the log."""
    given = {number_of(one) for one in request.POST.getlist("number")[:MOST_AT_ONCE]}
    numbers = sorted((one for one in given if one is not None), reverse=True)
    if not numbers:
        raise Http404("no such decision")
    last = None
    try:
        for number in numbers:
            last = who.undo(number, by=request.user, why=why_of(request))
    except GoodwillError as refused:
        return refuse(request, refused)
    again = undo_of(last.number) if last is not None and len(numbers) == 1 else ""
    messages.success(request, "Taken back: who is who is as it was before.", again)
    return redirect(back_to(request, reverse("links")))


def undo_of(*numbers: int) -> str:
    """What takes these decisions back, for the word of what was just done."""
    fields = urllib.parse.urlencode({"number": list(numbers)}, doseq=True)
    return f"{reverse('decision-undo')}?{fields}" if numbers else ""


def why_of(request: HttpRequest) -> str:
    """What they wrote as their reason."""
    return request.POST.get("why", "").replace("\x00", "").strip()[:LONGEST_WHY]


def _done(request: HttpRequest, words: str, undo: str = "") -> HttpResponse:
    """A plain form comes back to its page; htmx gets the queue as it is now."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, words, undo)
        return redirect(back_to(request, reverse("links")))
    query = QueryDict(urllib.parse.urlsplit(back_to(request, reverse("links"))).query)
    return render(request, "links/done.html", {**_queue(request, query), "words": words, "undo": undo})


def refuse(request: HttpRequest, why: GoodwillError) -> HttpResponse:
    words = said(why)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, words)
        return redirect(back_to(request, reverse("links")))
    answer = render(request, "case/refused.html", {"words": words}, status=409)
    answer["HX-Reswap"] = "none"
    return answer


def said(why: GoodwillError) -> str:
    """Why something cannot be, as a sentence."""
    return f"{why.what[:1].upper()}{why.what[1:]}{f': {why.mend}' if why.mend else ''}."


# --- later ------------------------------------------------------------------------------------------------------------


def _put_off(request: HttpRequest) -> list[int]:
    """What this colleague has put off today."""
    held = request.session.get(LATER) or {}
    return list(held.get("links", ())) if held.get("day") == timezone.localdate().isoformat() else []


def _keep_put_off(request: HttpRequest, links: Iterable[int]) -> None:
    request.session[LATER] = {"day": timezone.localdate().isoformat(), "links": list(links)[-MOST_LATER:]}


def _put_off_one(request: HttpRequest, link_id: int) -> None:
    _keep_put_off(request, [*(one for one in _put_off(request) if one != link_id), link_id])


@require_POST
@needs("agent")
def again(request: HttpRequest) -> HttpResponse:
    """Brings back what was put off: one, or all."""
    named = number_of(request.POST.get("link"))
    _keep_put_off(request, [] if named is None else [one for one in _put_off(request) if one != named])
    return redirect(back_to(request, reverse("links")))
