"""GET /api/v1/now: whom to answer, in order, and why. GET /api/v1/cases: all of them, and what became of each."""

from __future__ import annotations

from typing import Any, Literal

from django.db import DataError
from django.http import HttpRequest
from ninja import Field, Query, Router

from goodwill.errors import GoodwillError
from goodwill.facts import INTENTS, MOODS
from goodwill.service import live
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.fresh import fresh
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import REFUSALS, Cases
from goodwill.service.api.shapes import Now as NowOut
from goodwill.service.live import people, terms
from goodwill.service.store.models import Case

router = Router(tags=["now"])
router.add_decorator(fresh, mode="view")

GROUPS = ("first", "promise", "stake", "thank")
STATES = ("open", "answered", "resolved")
_FIELDS = (
    "message_id", "customer_id", "at", "state", "group", "due", "stake", "low", "high", "reasons", "ranked",
    "valuation", "taken_at", "answered_at", "resolved_at", "cause_id", "outcome",
)  # fmt: skip


class NowAsked(paging.Piece):
    """Which of the open cases."""

    group: Literal[("", *GROUPS)] = ""
    channel: paging.Word = ""
    mood: Literal[("", *MOODS)] = ""
    intent: Literal[("", *INTENTS)] = ""
    topic: paging.Word = ""
    language: paging.Word = ""
    customer_id: paging.Word = ""
    taken_by: str = Field("", pattern=r"^(|nobody|[0-9]{1,18})$", description="a colleague's number, or 'nobody'")
    q: paging.Word = Field("", description="a part of the text")


class CasesAsked(paging.Piece):
    """Which cases."""

    state: Literal[("", *STATES)] = ""
    group: Literal[("", *GROUPS)] = ""
    customer_id: paging.Word = ""
    cause_id: paging.Word = ""


@router.get("/now", auth=Scoped("read"), response={200: NowOut, **REFUSALS}, summary="Whom to answer now, and why")
def get_now(request: HttpRequest, asked: Query[NowAsked]) -> dict[str, Any]:
    """The open cases in the order in which to answer them: promises first, then what is at stake."""
    paging.known_only(request, asked)
    if asked.customer_id:
        seen(request, "now", people.person_of(asked.customer_id))
    return current(asked)


def current(asked: NowAsked) -> dict[str, Any]:
    """One piece of Now."""
    filters = asked.model_dump(exclude={"limit", "cursor"})
    if filters["customer_id"]:
        filters["customer_id"] = people.person_of(filters["customer_id"])
    try:
        items, following = live.now(asked.limit, asked.cursor or None, filters)
    except GoodwillError:
        raise
    except (ValueError, OverflowError, DataError):  # a cursor whose number or text no database holds
        raise paging.no_cursor(asked.cursor) from None
    return {"items": items, "next": following}


@router.get("/cases", auth=Scoped("read"), response={200: Cases, **REFUSALS}, summary="Cases and what became of them")
def get_cases(request: HttpRequest, asked: Query[CasesAsked]) -> dict[str, Any]:
    """Every case, by its message's id."""
    paging.known_only(request, asked)
    if asked.customer_id:
        seen(request, "cases", people.person_of(asked.customer_id))
    return cases(asked)


def cases(asked: CasesAsked) -> dict[str, Any]:
    """One piece of the cases asked for."""
    rows = Case.objects.order_by("message_id")
    for name in ("state", "group", "cause_id"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    if asked.customer_id:
        rows = rows.filter(customer_id=people.person_of(asked.customer_id))
    ended = paging.read_cursor(asked.cursor, str)
    if ended:
        rows = rows.filter(message_id__gt=ended[0])
    found = [
        {**{name: getattr(row, name) for name in _FIELDS}, "taken_by": row.taken_by_id}
        for row in rows[: asked.limit + 1]
    ]
    terms.veil(found)
    return paging.piece_of(found, asked.limit, lambda row: paging.write_cursor(row["message_id"]))
