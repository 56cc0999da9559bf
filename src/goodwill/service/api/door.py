"""What the firm's own shop and survey tool ask of the door: POST /api/v1/referrals, and GET and
POST /api/v1/customers/{id}/asks."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema

from goodwill.service import intake, live
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.customers import known
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.shapes import ONE
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.store import audit
from goodwill.service.store.models import FACTS, ReferralCode

router = Router(tags=["door"])
router.add_decorator(fresh, mode="view")
SOURCE = "referral links"


class Brought(Schema):
    """Somebody came by a customer's own link."""

    model_config = {"extra": "forbid"}

    code: str = Field(pattern="^[a-z0-9]{4,12}$", description="the word in the link")
    referred_id: str = Field(min_length=1, max_length=500, description="the newcomer, by your own name for them")


class Referral(Schema):
    """The referral that is kept. Who brought them is not told: a shop need not know."""

    referral_id: str


class Wanted(Schema):
    """What somebody is to be asked for."""

    model_config = {"extra": "forbid"}

    kind: Literal["survey", "quote", "invitation"]


class AskBudget(Schema):
    """How often a customer may be asked for something in 90 days, and was."""

    most: int
    asked: int
    left: int = Field(description="0: ask for nothing more, by survey, invitation or for a quote")


@router.post(
    "/referrals",
    auth=Scoped("write"),
    response={200: Referral, **dict.fromkeys((400, 401, 403, 404, 409, 422, 503), Problem)},
    summary="Somebody came by a customer's own link",
)
def post_referral(request: HttpRequest, given: Brought) -> dict[str, str]:
    """Writes the referral of a code. Sent twice it is one; somebody who was brought already stays as they are (409)."""
    referrer = ReferralCode.objects.filter(code=given.code).values_list("customer_id", flat=True).first()
    if referrer is None:
        raise Refused(404, "no customer has this code", where="code", mend="check the link", field="code")
    person, newcomer = live.person_of(referrer), live.person_of(given.referred_id)
    if person == newcomer:
        raise Refused(422, "nobody brings themselves", where="referred_id", field="referred_id")
    name = hashlib.sha256(f"{given.code}|{newcomer}".encode()).hexdigest()[:24]
    referral_id = f"door:{name}"
    ids = sorted({given.referred_id, *people.ids_of([newcomer])})
    before = FACTS["referrals"].objects.filter(referred_id__in=ids).exclude(fact_key=referral_id)
    if before.exists():
        raise Refused(409, "they were brought by somebody already", where="referred_id", field="referred_id")
    if not FACTS["referrals"].objects.filter(fact_key=referral_id).exists():
        row = {"referral_id": referral_id, "referrer_id": referrer, "referred_id": given.referred_id}
        by = audit.name_of(request.auth)  # type: ignore[attr-defined]
        intake.store_rows("referrals", [{**row, "at": datetime.now(UTC)}], source=SOURCE, by=by)
    return {"referral_id": referral_id}


@router.get(
    "/customers/{whole_id:customer_id}/asks",
    auth=Scoped("read"),
    response={200: AskBudget, **ONE},
    summary="How often they may still be asked",
)
def get_asks(request: HttpRequest, customer_id: Path[paging.Id]) -> dict[str, int]:
    """One budget over surveys, asks for a quote and invitations. The customer sees the same at their door."""
    from goodwill.service.door import budget

    found = budget.of(known(customer_id))
    return {"most": found.most, "asked": found.asked, "left": found.left}


@router.post(
    "/customers/{whole_id:customer_id}/asks",
    auth=Scoped("write"),
    response={200: AskBudget, **dict.fromkeys((400, 401, 403, 404, 409, 410, 422, 503), Problem)},
    summary="Ask them for something, if that may be",
)
def post_ask(request: HttpRequest, given: Wanted, customer_id: Path[paging.Id]) -> dict[str, int]:
    """Takes one from the budget: ask only where this answers 200. 409: they may not be asked now, and why."""
    from goodwill.service.door import budget

    left = budget.ask(known(customer_id), given.kind, request.auth)  # type: ignore[attr-defined]
    return {"most": left.most, "asked": left.asked, "left": left.left}
