"""PUT and GET /api/v1/customers/{id}/terms: what a customer allows. POST /api/v1/terms/proffer: what their agent asks.

The proffer needs no token: it is signed by the agent's own key, and counts once it is proved whose it is. Its answers
are one HTTP exchange each; what is answered before the proof says nothing about whether the firm knows anybody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, JsonResponse
from ninja import Field, Path, Router, Schema

from goodwill.facts import PURPOSES
from goodwill.know.agreements import AGREEMENTS
from goodwill.service import terms
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.customers import known
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE

router = Router(tags=["terms"])
router.add_decorator(fresh, mode="view")
Purpose = Literal[PURPOSES]  # type: ignore[valid-type]
Agreed = Literal[tuple(AGREEMENTS)]  # type: ignore[valid-type]


class TermsGiven(Schema):
    """What a customer allows, by their own choice: the purposes that are not named are refused."""

    model_config = {"extra": "forbid"}

    agreement: Agreed | None = Field(None, description="an agreement of IEEE 7012's roster")
    purposes: list[Purpose] = Field(max_length=len(PURPOSES), description="what is allowed; [] refuses all")


class OneAnswer(Schema):
    """Whether one purpose holds, and what that rests on."""

    purpose: str
    holds: bool
    ground: str = Field(description="their word, their agreement, the basis, or nobody asked")


class TermsNow(Schema):
    """What holds for a customer now."""

    customer_id: str
    at: datetime | None = Field(None, description="since when; null where they never chose")
    agreement: str | None = None
    basis: str = Field(description="the firm's: legitimate interest, or consent")
    purposes: list[str] = Field(description="those that hold")
    refused: list[str] = Field(description="those that do not")
    answers: list[OneAnswer]
    in_force: bool = True


class Proffering(Schema):
    """What an agent is told."""

    state: Literal["proof wanted", "accepted", "offered", "declined"]
    proffer: str = Field(description="the proffer's own id")
    how: list[str] | None = Field(None, description="how it can be proved whose it is")
    record: dict[str, Any] | None = Field(None, description="the signed record, which both sides keep")


@router.get(
    "/customers/{whole_id:customer_id}/terms",
    auth=Scoped("read"),
    response={200: TermsNow, **ONE},
    summary="What they allow now",
)
def get_terms(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """Purpose by purpose what holds, and what that rests on."""
    person = known(customer_id)
    seen(request, "terms", person)
    return {**terms.state(person), "customer_id": customer_id}


@router.put(
    "/customers/{whole_id:customer_id}/terms",
    auth=Scoped("write"),
    response={200: TermsNow, **dict.fromkeys((400, 401, 403, 404, 410, 422, 503), Problem)},
    summary="What they allow",
)
def put_terms(request: HttpRequest, given: TermsGiven, customer_id: Path[paging.Id]) -> dict[str, Any]:
    """Keeps a customer's own choice of terms. It counts when this answers, and the latest holds."""
    known(customer_id)
    token = request.auth  # type: ignore[attr-defined]
    return terms.set(customer_id, given.purposes, given.agreement, token)


@router.post(
    "/terms/proffer",
    auth=None,
    response={200: Proffering, 202: Proffering, **dict.fromkeys((403, 409, 413, 422, 429, 503), Problem)},
    summary="A customer's agent proffers an agreement",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["proffer", "signature"],
                        "properties": {
                            "proffer": {"type": "object", "description": "see docs/terms.md"},
                            "signature": {"type": "string", "description": "Ed25519 over the canonical proffer"},
                            "code": {"type": "string", "description": "the one that was mailed to the person"},
                        },
                    }
                }
            },
        }
    },
)
def post_proffer(request: HttpRequest) -> JsonResponse:
    """Signed by the agent's key. 202: it must be proved first whose it is; 200: the firm's answer, with the record."""
    from goodwill.service.door.entry import whose  # a colleague's browser is never a customer's proof

    outcome = terms.proffer(request.body, whose(request))
    return JsonResponse(outcome.body, status=outcome.status)
