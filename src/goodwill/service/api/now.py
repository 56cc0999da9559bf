"""GET /api/v1/now: whom to answer, in order, and why. GET /api/v1/cases: all of them, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.db import DataError, connection
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

if TYPE_CHECKING:
    from django.db.models import QuerySet

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
    """Every case, by its message's id. Where few are what is asked for, a piece may hold fewer than `limit`, even none:
    go on while there is a `next`."""
    paging.known_only(request, asked)
    if asked.customer_id:
        seen(request, "cases", people.person_of(asked.customer_id))
    return cases(asked)


def cases(asked: CasesAsked) -> dict[str, Any]:
    """One piece of the cases asked for."""
    ended = paging.read_cursor(asked.cursor, str)
    after = ended[0] if ended else ""
    rows = Case.objects.order_by("message_id").filter(message_id__gt=after)
    wanted = {name: value for name in ("state", "group", "cause_id") if (value := getattr(asked, name))}
    few = asked.customer_id or asked.state == Case.OPEN
    upto = paging.far("case", after) if wanted and not few else ""
    if upto:
        rows = rows.filter(message_id__lte=upto)
    if asked.customer_id:
        rows = rows.filter(customer_id=people.person_of(asked.customer_id))
    rows = rows.filter(**wanted) if few else _looked_at(rows, wanted)
    found = [
        {**{name: getattr(row, name) for name in _FIELDS}, "taken_by": row.taken_by_id}
        for row in rows[: asked.limit + 1]
    ]
    terms.veil(found)
    piece = paging.piece_of(found, asked.limit, lambda row: paging.write_cursor(row["message_id"]))
    return paging.go_on(piece, upto)


def _looked_at(rows: QuerySet[Case], wanted: dict[str, str]) -> QuerySet[Case]:
    """Those with these values, each looked at in its turn: the plus keeps SQLite from gathering and sorting all."""
    column = '+"case"."{}" = %s' if connection.vendor == "sqlite" else '"case"."{}" = %s'
    return rows.extra(where=[column.format(name) for name in wanted], params=list(wanted.values()))
