"""What the answers hold, named as in the files that `goodwill run` writes; money is in the firm's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from pydantic import BaseModel, Field, PlainSerializer

from goodwill.service.api.problems import Problem

REFUSALS = {**dict.fromkeys((401, 403, 422, 503), Problem), 304: None}
"""What any read may be answered with instead."""
ONE = {**REFUSALS, 404: Problem, 410: Problem}
Next = Field(None, description="the cursor of the next piece; null: that was all")


Moment = Annotated[datetime, PlainSerializer(DjangoJSONEncoder().default, return_type=str, when_used="json")]
"""In what is `written` as in every other answer: to the millisecond."""


class Shape(BaseModel):
    """An answer, or a part of one, made from plain rows. Of ninja's own schema, which would read models too, each field
    of each row is asked for through a getter: a statement of 10,000 lines took twice as long."""


def written(shape: Shape) -> HttpResponse:
    """A long answer as JSON in one go: field by field, it would take several times as long."""
    return HttpResponse(shape.model_dump_json(), content_type="application/json; charset=utf-8")


class Reading(Shape):
    """What one message meant."""

    message_id: str
    mood: str | None
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    score: float | None
    intent: str | None
    p_intent: float | None
    intents: list[str]
    topic: str | None
    topics: list[str]
    urgency: float | None
    flow: int | None
    language: str | None
    lane: str | None
    model: str | None
    certainty: float | None = Field(None, description="how sure the reading is")
    review: bool | None = Field(None, description="unsure: a person should look at it")
    customer_id: str | None = Field(None, description="the person who said it, as far as is known")
    corrected: bool = Field(False, description="a person corrected it")


class Said(Shape):
    """A message: what was said, what was understood, and what is at stake."""

    message_id: str
    at: datetime
    source: str | None
    channel: str | None
    author: str | None
    customer_id: str | None
    text: str
    language: str | None
    audience: int | None
    engagements: int | None
    in_reply_to: str | None
    thread: str | None
    rating: float | None
    place: str | None
    url: str | None
    about: str | None
    to_us: bool | None
    accepted: bool | None
    helpful_votes: int | None
    reading: Reading | None = Field(None, description="null until it was read")
    state: str | None = Field(None, description="of its case: open, answered or resolved; null where it asks for none")
    group: str | None
    due: datetime | None
    stake: float | None = Field(None, description="null until ranked, and where terms forbid a sum")
    low: float | None
    high: float | None
    reasons: list[dict[str, Any]]


class Messages(Shape):
    items: list[Said]
    next: str | None = Next


class Looker(Shape):
    id: int
    name: str


class Place(Shape):
    """A case in its place in Now."""

    message_id: str
    customer_id: str | None
    name: str
    at: datetime
    channel: str | None
    text: str
    url: str | None
    author: str | None
    audience: int | None
    rating: float | None
    mood: str | None
    intents: list[str]
    topics: list[str]
    language: str | None
    corrected: bool
    review: bool = Field(False, description="the reader was unsure: a person should look at it")
    group: str
    due: datetime | None
    stake: float | None
    low: float | None
    high: float | None
    reasons: list[dict[str, Any]]
    ranked: datetime | None
    state: str
    taken_by: int | None
    taken_by_name: str | None
    taken_at: datetime | None
    answered_at: datetime | None
    looking: list[Looker]


class Now(Shape):
    items: list[Place]
    next: str | None = Next


class CaseOut(Shape):
    """A message that somebody should act on, and what became of it."""

    message_id: str
    customer_id: str | None
    at: datetime
    state: str
    group: str
    due: datetime | None
    stake: float | None
    low: float | None
    high: float | None
    reasons: list[dict[str, Any]]
    ranked: datetime | None
    valuation: int | None
    taken_by: int | None
    taken_at: datetime | None
    answered_at: datetime | None
    resolved_at: datetime | None
    cause_id: str | None
    outcome: dict[str, Any]


class Cases(Shape):
    items: list[CaseOut]
    next: str | None = Next


class Readings(Shape):
    items: list[Reading]
    next: str | None = Next


class Sums(Shape):
    """What follows from a customer, and what they are worth; all null where terms forbid, or before a valuation."""

    spend: float | None = None
    referral: float | None = None
    influence: float | None = None
    knowledge: float | None = None
    follows: float | None = None
    passed_on: float | None = None
    worth: float | None = None
    follows_low: float | None = None
    follows_high: float | None = None
    worth_low: float | None = None
    worth_high: float | None = None
    generated: float | None = None
    evidence: list[str] = []
    standing: str | None = None
    valuation: int | None = None


class WorthRow(Sums):
    customer_id: str
    name: str


class WorthRows(Shape):
    items: list[WorthRow]
    next: str | None = Next


class Purchased(Shape):
    number: int
    total: float
    first: datetime | None
    last: datetime | None


class Referrals(Shape):
    brought: int
    bought: int
    was_brought: int


class Terms(Shape):
    """What a customer allows."""

    at: datetime
    agreement: str | None
    purposes: list[str] | None
    refused: list[str] | None = None


class CustomerOut(Sums):
    """All that is known of one person; of what there is much, the latest fifty."""

    customer_id: str
    ids: list[str]
    name: str
    terms: Terms | None
    purchased: Purchased
    referrals: Referrals
    people: list[dict[str, Any]]
    handles: list[dict[str, Any]]
    roles: list[dict[str, Any]]
    purchases: list[dict[str, Any]]
    events: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    contributions: list[dict[str, Any]]
    responses: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    cases: list[dict[str, Any]]


class AccountLine(Shape):
    at: Moment | None
    what: str
    who: str | None
    happened: float | None
    expected: float | None
    low: float | None
    high: float | None
    balance: float | None
    evidence: list[str] | None
    rule: str | None
    counts: bool | None


class Statement(Shape):
    """The statement of account; others are counted in it and never named."""

    customer_id: str
    currency: str | None = None
    as_of: Moment | None = None
    valuation: int | None = None
    worth: float | None = None
    follows: float | None = None
    lines: list[AccountLine] = []
