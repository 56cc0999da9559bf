"""GET /api/v1/customers, /customers/{id}, /customers/{id}/statement, /worth."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Path, Query, Router

from goodwill.facts import STANDINGS
from goodwill.service import live
from goodwill.service.api import finding, gone, paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.fresh import fresh
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE, REFUSALS, CustomerOut, Statement, Sums, WorthRows, written
from goodwill.service.erasing import ERASED
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.live.plain import plain

router = Router(tags=["customers"])
router.add_decorator(fresh, mode="view")

_SUMS = tuple(Sums.model_fields)
_LISTS = (
    "people", "handles", "roles", "purchases", "events", "actions", "contributions", "responses", "messages", "cases",
)  # fmt: skip


class Erased(Refused):
    """They were erased."""


class CustomersAsked(paging.Piece):
    """Which customers."""

    q: paging.Word = Field("", description="beginnings of a name, an address, a number, a handle or an id; all of them")


class WorthAsked(paging.Piece):
    """Which rows."""

    standing: Literal[("", *STANDINGS)] = ""


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
    "/customers/{whole_id:customer_id}/statement",
    auth=Scoped("read"),
    response={200: Statement, **ONE},
    summary="Their statement of account",
)
def get_statement(request: HttpRequest, customer_id: Path[paging.Id]) -> HttpResponse:
    """The lines of their account with its running balance; none where their terms forbid, or before a valuation."""
    person = known(customer_id)
    seen(request, "statement", person)
    return written(Statement.model_validate(live.statement(person, exact=False) or {"customer_id": person}))


@router.get("/customers/{whole_id:customer_id}", auth=Scoped("read"), response={200: CustomerOut, **ONE}, summary="One")
def get_customer(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """One customer, by any of their ids; `worth` and its parts are null where their terms forbid."""
    found = one(customer_id)
    seen(request, "customer", found["customer_id"])
    return found


# --- one of them ------------------------------------------------------------------------------------------------------


def known(customer_id: str) -> str:
    """The person of an id. Raises Erased (410), or Http404 where nobody is called so."""
    person = people.person_of(customer_id)
    if person == ERASED or gone.is_erased(customer_id) or gone.is_erased(person):
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
