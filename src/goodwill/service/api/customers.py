"""GET /api/v1/customers, /customers/{id}, /customers/{id}/statement, /worth; PUT /customers/{id}/terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router, Schema

from goodwill.facts import PURPOSES, STANDINGS
from goodwill.service import intake, live
from goodwill.service.api import finding, gone, paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE, REFUSALS, CustomerOut, Statement, Sums, Terms, WorthRows
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.live.plain import plain
from goodwill.service.store import audit

router = Router(tags=["customers"])
router.add_decorator(fresh, mode="view")

SOURCE = "api"
DRAINED_HERE = 2_000
"""How many facts may wait for a choice of terms to be stored within the request itself."""
_SUMS = tuple(Sums.model_fields)
_LISTS = (
    "people", "handles", "roles", "purchases", "events", "actions", "contributions", "responses", "messages", "cases",
)  # fmt: skip


class Erased(Refused):
    """They were erased."""


class CustomersAsked(paging.Piece):
    """Which customers."""

    q: paging.Word = Field("", description="a part of the name, or an id or a handle in full")


class WorthAsked(paging.Piece):
    """Which rows."""

    standing: Literal[("", *STANDINGS)] = ""


class TermsGiven(Schema):
    """What a customer allows, by their own choice: the purposes that are not named are refused."""

    model_config = {"extra": "forbid"}

    agreement: paging.Word | None = Field(None, description="IEEE 7012 agreement, e.g. SD-BASE")
    purposes: list[Literal[PURPOSES]] = Field(max_length=len(PURPOSES))  # type: ignore[valid-type]


class TermsKept(Terms):
    customer_id: str
    in_force: bool = Field(description="false: it is kept, and counts once the facts before it are stored")


@router.get("/customers", auth=Scoped("read"), response={200: WorthRows, **REFUSALS}, summary="Customers")
def get_customers(request: HttpRequest, asked: Query[CustomersAsked]) -> dict[str, Any]:
    """Customers by id, with what they are worth; the sums are null where their terms forbid, or before a valuation."""
    paging.known_only(request, asked)
    seen(request, f"customers {asked.q}".rstrip())
    return finding.customers(asked.q, asked.limit, asked.cursor)


@router.get("/worth", auth=Scoped("read"), response={200: WorthRows, **REFUSALS}, summary="What each is worth")
def get_worth(request: HttpRequest, asked: Query[WorthAsked]) -> dict[str, Any]:
    """Every row of the latest valuation, the highest worth first; `pool` is the account of those not valued by name."""
    paging.known_only(request, asked)
    seen(request, f"worth {asked.standing}".rstrip())
    return finding.by_worth(asked.standing, asked.limit, asked.cursor)


@router.get(
    "/customers/{path:customer_id}/statement",
    auth=Scoped("read"),
    response={200: Statement, **ONE},
    summary="Their statement of account",
)
def get_statement(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """The lines of their account with its running balance; none where their terms forbid, or before a valuation."""
    person = known(customer_id)
    seen(request, "statement", person)
    return live.statement(person) or {"customer_id": person}


@router.put(
    "/customers/{path:customer_id}/terms",
    auth=Scoped("write"),
    response={200: TermsKept, **dict.fromkeys((400, 401, 403, 404, 410, 422, 503), Problem)},
    summary="What they allow",
)
def put_terms(request: HttpRequest, given: TermsGiven, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """Keeps a customer's own choice of terms; it counts at once, and the latest holds."""
    known(customer_id)
    token = request.auth  # type: ignore[attr-defined]
    chosen = [purpose for purpose in PURPOSES if purpose in given.purposes]
    row: dict[str, Any] = {"customer_id": customer_id, "at": datetime.now(UTC), "purposes": chosen}
    if given.agreement:
        row["agreement"] = given.agreement
    batch = intake.store_rows("terms", [row], source=SOURCE, by=audit.name_of(token))
    audit.record(token, "terms", customer_id=customer_id, what=", ".join(chosen) or "nothing", purpose="their choice")
    _drain_soon()
    batch.refresh_from_db(fields=["state"])
    return {"refused": None, "agreement": None, **row, "in_force": batch.state == batch.DRAINED}


@router.get("/customers/{path:customer_id}", auth=Scoped("read"), response={200: CustomerOut, **ONE}, summary="One")
def get_customer(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """One customer, by any of their ids; `worth` and its parts are null where their terms forbid."""
    found = one(customer_id)
    seen(request, "customer", found["customer_id"])
    return found


def _drain_soon() -> None:
    """Stores what waits, unless it is much: then it is the drainer's, which is at it already."""
    if intake.backlog() <= DRAINED_HERE:
        drained = intake.drain(DRAINED_HERE)
        if drained.stored:
            live.after_drain(drained)


# --- one of them ------------------------------------------------------------------------------------------------------


def known(customer_id: str) -> str:
    """The person of an id. Raises Erased (410), or Http404 where nobody is called so."""
    person = people.person_of(customer_id)
    if gone.is_erased(customer_id) or gone.is_erased(person):
        raise Erased(410, "they were erased", where="the customer", mend="nothing of theirs is held")
    if not finding.exists(person):
        raise Http404(f"no customer is called {customer_id[:80]!r}, or nothing of theirs is stored yet")
    return person


def one(customer_id: str) -> dict[str, Any]:
    """A customer as the API gives them. Raises as `known` does."""
    person = known(customer_id)
    found = live.customer(person)
    if found is None:
        raise Http404(f"no customer is called {customer_id[:80]!r}")
    sums = found["worth"] or {}
    return {
        **{name: sums[name] for name in _SUMS if sums.get(name) is not None},
        **{name: found[name] for name in ("customer_id", "ids", "name", "terms", "purchased", "referrals")},
        **{name: plain(found[name]) for name in _LISTS},
    }
