"""POST /api/v1/recognise: what the firm's rule gives whoever has a handle, by its keyed hash; for its own till.

A token of its own scope (`recognise`) can do this and nothing else.
"""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from goodwill.know.handles import UNITING_KINDS
from goodwill.service import recognise
from goodwill.service.api.auth import Scoped
from goodwill.service.api.problems import Problem

router = Router(tags=["recognition"])


class HandleAsked(Schema):
    """One handle."""

    model_config = {"extra": "forbid"}

    handle_hash: str = Field(pattern="^[0-9a-f]{64}$", description="HMAC-SHA-256 of the normalised handle, in hex")
    kind: Literal[UNITING_KINDS] = "email"  # type: ignore[valid-type]


class PerkGiven(Schema):
    """What to give, and why, in words to be read aloud; both null for whoever gets none, for whatever reason."""

    perk: str | None
    reason: str | None


@router.post(
    "/recognise",
    auth=Scoped("recognise"),
    response={200: PerkGiven, **dict.fromkeys((400, 401, 403, 422, 429, 503), Problem)},
    summary="What is given for what somebody did",
)
def post_recognise(request: HttpRequest, asked: HandleAsked) -> dict[str, Any]:
    """Every look-up stands in the person's own log. Whether we know somebody is not told."""
    found = recognise.recognise(asked.kind, asked.handle_hash, request.auth)  # type: ignore[attr-defined]
    return {"perk": found.perk, "reason": found.reason}
