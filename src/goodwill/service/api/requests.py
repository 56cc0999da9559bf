"""POST and GET /api/v1/requests: what customers ask for by GDPR art. 15 to 21, with the clock from receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router, Schema

from goodwill.service import requests
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.customers import known
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE, REFUSALS, Next
from goodwill.service.live import people
from goodwill.service.store.models import Request

router = Router(tags=["customers' rights"])
router.add_decorator(fresh, mode="view")
Kind = Literal[Request.KINDS]  # type: ignore[valid-type]


class RequestGiven(Schema):
    """A request as it came."""

    model_config = {"extra": "forbid"}

    kind: Kind
    customer_id: paging.Id
    received: datetime | None = Field(None, description="when it reached the firm; now without it")
    words: paging.Word = Field("", description="what they wrote")
    identity: paging.Word = Field("", description="how it was made sure that it is they")


class Step(Schema):
    """One step of its way."""

    at: datetime
    who: str
    what: str


class RequestOut(Schema):
    """A request, and how far it is."""

    number: str
    kind: str
    customer_id: str | None = Field(description="null once they were erased")
    received: datetime
    due: datetime = Field(description="a month from receipt; three with an extension")
    state: str = Field(description="open, answered or refused")
    identity: str
    extended: str
    words: str
    answer: str
    answered: datetime | None
    receipt: str = Field(description="of the erasure that it led to")
    steps: list[Step]


class Requests(Schema):
    """A piece of the queue."""

    items: list[RequestOut]
    next: str | None = Next


class RequestsAsked(paging.Piece):
    """Which requests."""

    state: Literal["", "open", "answered", "refused"] = ""
    kind: Literal[("", *Request.KINDS)] = ""
    customer_id: paging.Word = ""


@router.post(
    "/requests",
    auth=Scoped("write"),
    response={200: RequestOut, **dict.fromkeys((400, 401, 403, 404, 410, 422, 503), Problem)},
    summary="A request that came in",
)
def post_request(request: HttpRequest, given: RequestGiven) -> Any:
    """Takes a request into the queue; its month runs from `received`."""
    person = known(given.customer_id)
    received = given.received
    if received is not None and received.tzinfo is None:
        from datetime import UTC

        received = received.replace(tzinfo=UTC)
    return requests.open(
        given.kind,
        person,
        request.auth,  # type: ignore[attr-defined]
        given.words,
        received=received,
        identity=given.identity,
    )


@router.get("/requests", auth=Scoped("read"), response={200: Requests, **REFUSALS}, summary="The queue of requests")
def get_requests(request: HttpRequest, asked: Query[RequestsAsked]) -> dict[str, Any]:
    """Requests, the one that is due first before the others."""
    paging.known_only(request, asked)
    rows = Request.objects.order_by("due", "number")
    for name in ("state", "kind"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    if asked.customer_id:
        person = people.person_of(asked.customer_id)
        seen(request, "requests", person)
        rows = rows.filter(customer_id__in=sorted(people.ids_of([person])))
    else:
        seen(request, "requests")
    ended = paging.read_cursor(asked.cursor, paging.stored_instant, str)
    if ended:
        rows = rows.filter(due__gte=ended[0]).exclude(due=ended[0], number__lte=ended[1])
    found = list(rows[: asked.limit + 1])
    return paging.piece_of(found, asked.limit, lambda row: paging.write_cursor(row.due.isoformat(), row.number))


@router.get("/requests/{number}", auth=Scoped("read"), response={200: RequestOut, **ONE}, summary="One request")
def get_request(request: HttpRequest, number: Path[paging.Id]) -> Any:
    """One request with its steps."""
    row = Request.objects.filter(number=number).first()
    if row is None:
        raise Http404(f"there is no request {number[:40]!r}")
    seen(request, "request", row.customer_id)
    return row
