"""What they ask of us: things that they look for, and ideas. Neither ever becomes a marketing lead."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from goodwill.service import intake
from goodwill.service.door import entry
from goodwill.service.door.frame import show
from goodwill.service.jobs import job
from goodwill.service.live import people
from goodwill.service.pages.paging import number_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import Ask

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from goodwill.service.jobs.registry import Tell

LASTS = timedelta(days=30)
LONGEST = timedelta(days=366)
MOST_OPEN = 20
FIELDS = {"what": 500, "place": 200, "wanted": 200, "budget": 100, "terms": 300}


@entry.visitor
def asked(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page, and what it sends: an ask, or an idea."""
    problem = ""
    if request.method == "POST":
        problem = _idea(request, customer_id) if request.POST.get("kind") == "idea" else _ask(request, customer_id)
        if not problem:
            return redirect("door-asked")
    return show(
        request,
        "asked",
        here="asked",
        status=422 if problem else 200,
        asks=[_shown(ask) for ask in Ask.objects.filter(customer_id__in=_ids(customer_id)).order_by("-id")[:50]],
        expires=(datetime.now(UTC) + LASTS).date().isoformat(),
        problem=problem,
        given=request.POST if problem else {},
    )


def _shown(ask: Ask) -> dict[str, Any]:
    """An ask with what was said beside it."""
    told = (("where", ask.place), ("by", ask.wanted), ("up to", ask.budget), ("terms:", ask.terms))
    return {
        **{name: getattr(ask, name) for name in ("pk", "made", "what", "state", "expires", "answer", "answered")},
        "details": [f"{word} {said}" for word, said in told if said],
        "over": ask.state == Ask.OPEN and ask.expires < datetime.now(UTC).date(),
    }


def _ids(customer_id: str) -> list[str]:
    return sorted(people.ids_of([customer_id]))


def _ask(request: HttpRequest, customer_id: str) -> str:
    words = {name: plain(request.POST.get(name, ""), most) for name, most in FIELDS.items()}
    today = datetime.now(UTC).date()
    try:
        expires = date.fromisoformat(request.POST.get("expires") or (today + LASTS).isoformat())
    except ValueError:
        return "This is no day. Write it as 2026-12-31."
    if not words["what"]:
        return "Say what you look for."
    if not today <= expires <= today + LONGEST:
        return "Choose a day between today and a year from now."
    if open_asks(customer_id) >= MOST_OPEN:
        return f"You have {MOST_OPEN} asks open. Take one back first."
    Ask.objects.create(customer_id=customer_id, expires=expires, **words)
    record(entry.CUSTOMER, "asked", customer_id=customer_id, purpose="their own")
    messages.success(request, "We have it. The answer comes here.")
    return ""


def open_asks(customer_id: str) -> int:
    """How many asks of theirs wait for an answer."""
    return Ask.objects.filter(customer_id__in=_ids(customer_id), state=Ask.OPEN).count()


def plain(text: str, most: int) -> str:
    """One line of words, so long at most.

    >>> plain(" a \\n b ", 10)
    'a b'
    """
    return " ".join(text.replace("\x00", "").split())[:most]


def _idea(request: HttpRequest, customer_id: str) -> str:
    text = request.POST.get("text", "").replace("\x00", "").strip()[:5_000]
    if not text:
        return "Say what your idea is."
    row = {
        "contribution_id": f"door:{secrets.token_hex(8)}",
        "customer_id": customer_id,
        "at": datetime.now(UTC),
        "kind": "idea",
        "text": text,
        "state": "heard",
    }
    intake.store_rows("contributions", [row], source="door", by=entry.CUSTOMER)
    record(entry.CUSTOMER, "gave an idea", customer_id=customer_id, purpose="their own")
    messages.success(request, "Thank you. What becomes of it stands under what you give.")
    return ""


@require_POST
@entry.visitor
def withdraw(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Takes an ask back: it is gone at once, with its answer."""
    number = number_of(request.POST.get("ask")) or 0
    if Ask.objects.filter(pk=number, customer_id__in=_ids(customer_id)).delete()[0]:
        record(entry.CUSTOMER, "took an ask back", customer_id=customer_id, purpose="their own")
        messages.success(request, "It is gone, here and with us.")
    return redirect("door-asked")


@job("asks that are over", at_hour=4, tries=2)
def forget_expired(tell: Tell) -> str:
    """What has expired is gone, answered or not."""
    return f"{Ask.objects.filter(expires__lt=datetime.now(UTC).date()).delete()[0]:,} gone"
