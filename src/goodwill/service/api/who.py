"""/api/v1/links, /customers/{id}/links, /merge and /split, /decisions/{number}/undo: who is who, and who says so.

A link is a hint until somebody confirms it. Whoever only reads may see the queue; to decide needs the scope `write`,
to confirm many at once `admin`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Body, Field, Path, Query, Router, Schema

from goodwill.service import who
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.customers import known
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE, REFUSALS, Next
from goodwill.service.store.models import Decision, Link

router = Router(tags=["who is who"])
router.add_decorator(fresh, mode="view")
DECIDED = dict.fromkeys((400, 401, 403, 404, 410, 422, 503), Problem)
Share = Field(0.0, ge=0.0, le=1.0, description="the least probability")
Number = Path[int]


class LinksAsked(paging.Piece):
    """Which links."""

    state: Literal["proposed", "confirmed", "rejected"] = "proposed"
    least: float = Share
    q: paging.Word = Field("", description="beginnings of a name or a handle of either side")


class Handle(Schema):
    """One way to recognise a person."""

    kind: str
    value: str
    channel: str | None
    confidence: float | None
    verified: bool | None


class Side(Schema):
    """One of the two records of a link; the last four are given for one link and for one customer's records."""

    id: str
    customer_id: str = Field(description="the person whose it is now")
    name: str
    kind: str | None
    handles: list[Handle]
    facts: dict[str, int] | None = Field(None, description="how many facts stand under the id, by table")
    channels: list[str] | None = None
    first: datetime | None = None
    last: datetime | None = None


class Weighed(Schema):
    """One row of the waterfall; the first is the odds before anything is compared, and all bits add up."""

    what: str
    agreement: str
    bits: float


class LinkOut(Schema):
    """Two records that may be one person's: a hint, until somebody confirms it."""

    id: int
    probability: float
    bits: float
    state: Literal["proposed", "confirmed", "rejected"]
    found: datetime
    decided_by: str
    decided: datetime | None
    reasons: list[Weighed]
    left: Side
    right: Side


class Links(Schema):
    """A piece of the queue, the most probable first."""

    items: list[LinkOut]
    next: str | None = Next


class DecisionOut(Schema):
    """One decision, as the log keeps it for ever."""

    number: int
    at: datetime
    by: str
    kind: Literal["merge", "split", "confirm", "reject", "undo"]
    left: list[str]
    right: list[str]
    why: str
    probability: float | None
    undoes: int | None


class DecisionShown(DecisionOut):
    """The same, and whether it was taken back."""

    undone: bool


class WhoOut(Schema):
    """Who a customer is: the ids that are theirs, links to others', what was decided."""

    customer_id: str
    records: list[Side]
    links: list[LinkOut]
    decisions: list[DecisionShown]


class Decisions(Schema):
    """What was decided at once."""

    items: list[DecisionOut]


class Why(Schema):
    """Why it is so."""

    model_config = {"extra": "forbid"}

    why: str = Field("", max_length=2000, pattern=paging.NO_CONTROL, description="kept with the decision")


class Above(Why):
    """From which probability on."""

    least: float = Field(ge=0.5, le=1.0, description="every proposed link of at least this probability")


class Merge(Why):
    """With whom."""

    other: paging.Id = Field(alias="with", description="any id of the other customer")


class Split(Why):
    """Which ids are somebody else's."""

    records: list[paging.Id] = Field(min_length=1, max_length=1000)


@router.get("/links", auth=Scoped("read"), response={200: Links, **REFUSALS}, summary="Probable links")
def get_links(request: HttpRequest, asked: Query[LinksAsked]) -> dict[str, Any]:
    """Links of one state, the most probable first. Nothing counts a proposed one: it is a hint."""
    paging.known_only(request, asked)
    seen(request, f"links {asked.q}".rstrip())
    ended = paging.read_cursor(asked.cursor, _share, int)
    rows, following = who.queue(asked.state, asked.least, asked.q, asked.limit, ended)
    return {"items": rows, "next": paging.write_cursor(*following) if following else None}


@router.post(
    "/links/confirm", auth=Scoped("admin"), response={200: Decisions, **DECIDED}, summary="Confirm all that are as sure"
)
def post_confirm_above(request: HttpRequest, given: Above) -> dict[str, Any]:
    """Confirms every proposed link of at least a probability that the firm states."""
    return {"items": who.confirm_above(given.least, by=_by(request), why=given.why)}


@router.get("/links/{link_id}", auth=Scoped("read"), response={200: LinkOut, **ONE}, summary="One link")
def get_link(request: HttpRequest, link_id: Number) -> dict[str, Any]:
    """One link, with how many facts stand under either side, on which channels and when."""
    found = who.link(_number(link_id))
    if found is None:
        raise Http404(f"there is no link {link_id}")
    seen(request, f"link {link_id}", found["left"]["customer_id"])
    seen(request, f"link {link_id}", found["right"]["customer_id"])
    return found


@router.post(
    "/links/{link_id}/confirm", auth=Scoped("write"), response={200: DecisionOut, **DECIDED}, summary="It is true"
)
def post_confirm(
    request: HttpRequest,
    link_id: Number,
    given: Why | None = Body(None),  # noqa: B008
) -> Any:
    """The two sides are one person, from now on and everywhere."""
    return who.confirm(_there(link_id), by=_by(request), why=given.why if given else "")


@router.post(
    "/links/{link_id}/reject", auth=Scoped("write"), response={200: DecisionOut, **DECIDED}, summary="It is not true"
)
def post_reject(
    request: HttpRequest,
    link_id: Number,
    given: Why | None = Body(None),  # noqa: B008
) -> Any:
    """The two sides are two persons: nothing joins them, and nobody is asked again."""
    return who.reject(_there(link_id), by=_by(request), why=given.why if given else "")


@router.get(
    "/customers/{whole_id:customer_id}/links",
    auth=Scoped("read"),
    response={200: WhoOut, **ONE},
    summary="Who they are",
)
def get_who(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """The ids that are theirs, the links to others' that are probable or rejected, and every decision about them."""
    person = known(customer_id)
    seen(request, "who is who", person)
    return {"customer_id": person, **who.of_customer(person)}


@router.post(
    "/customers/{whole_id:customer_id}/merge",
    auth=Scoped("write"),
    response={200: DecisionOut, **DECIDED},
    summary="They are one person with another",
)
def post_merge(request: HttpRequest, customer_id: Path[paging.Id], given: Merge) -> Any:
    """Two customers are one person. Both originals are kept: it can be taken back for ever."""
    known(customer_id)
    known(given.other)
    return who.merge(customer_id, given.other, by=_by(request), why=given.why)


@router.post(
    "/customers/{whole_id:customer_id}/split",
    auth=Scoped("write"),
    response={200: DecisionOut, **DECIDED},
    summary="Some of their ids are somebody else's",
)
def post_split(request: HttpRequest, customer_id: Path[paging.Id], given: Split) -> Any:
    """Some ids are another person's; no handle joins them again."""
    person = known(customer_id)
    mine = {record["id"] for record in who.of_customer(person)["records"]}
    strange = sorted(set(given.records) - mine)
    if strange:
        raise who.CannotDecide(f"{strange[0][:80]!r} is no id of theirs", where="records", mend="give ids of theirs")
    return who.split(given.records, by=_by(request), why=given.why)


@router.post(
    "/decisions/{number}/undo", auth=Scoped("write"), response={200: DecisionOut, **DECIDED}, summary="Take it back"
)
def post_undo(
    request: HttpRequest,
    number: Number,
    given: Why | None = Body(None),  # noqa: B008
) -> Any:
    """Takes a decision back, an undoing too. It stays in the log."""
    if not Decision.objects.filter(number=_number(number)).exists():
        raise Http404(f"there is no decision {number}")
    return who.undo(number, by=_by(request), why=given.why if given else "")


def _by(request: HttpRequest) -> Any:
    return request.auth  # type: ignore[attr-defined]


def _there(link_id: int) -> int:
    if not Link.objects.filter(pk=_number(link_id)).exists():
        raise Http404(f"there is no link {link_id}")
    return link_id


def _share(written: Any) -> float:
    """A probability as a cursor has it. Raises ValueError where it is none."""
    found = float(written)
    if not 0.0 <= found <= 1.0:
        raise ValueError(written)
    return found


def _number(given: int) -> int:
    """A number that a database can hold; no row has a larger one. Raises Http404."""
    if not 0 <= given < 2**63:
        raise Http404("there is no such number")
    return given
