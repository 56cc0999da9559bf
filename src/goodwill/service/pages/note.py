"""Note what somebody said, by phone or over the counter: ten seconds, and it is a message like any other.

The page needs no scripts; with them, people are found while a name, an address or a number is typed.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from goodwill.errors import GoodwillError
from goodwill.service import deeds
from goodwill.service.live import people
from goodwill.service.pages.back import back_to
from goodwill.service.pages.needs import needs
from goodwill.service.pages.note_people import found, one
from goodwill.service.pages.source_form import sentence
from goodwill.service.store.audit import record
from goodwill.service.store.models import Case

if TYPE_CHECKING:
    from django.http import HttpRequest

PLACES = (("phone", "By phone"), ("store", "Over the counter"))
FIELDS = ("who", "customer", "where", "text", "at")
WAITS = 1.0
"""Seconds for which the answer waits until the note stands in Now, so that it is there when Now opens."""


@never_cache
@needs("agent")
def note(request: HttpRequest) -> HttpResponse:
    """The form; `?customer=` names who is on the line already."""
    if request.method != "POST":
        return _page(request, {"customer": request.GET.get("customer", "")[:200], "where": "phone"})
    given = {
        name: request.POST.get(name, "").replace("\x00", "") for name in ("who", "customer", "where", "text", "at")
    }
    if request.POST.get("act") == "find":
        return _page(request, given, looked=True)
    try:
        done = deeds.do(
            "hear",
            request.user,  # type: ignore[arg-type]
            text=given["text"],
            channel=given["where"],
            customer_id=people.person_of(given["customer"]) if given["customer"] else None,
            author=given["who"],
            at=_instant(given["at"]),
        )
    except GoodwillError as refused:
        return _page(request, given, problem=sentence(refused), looked=True)
    there = _wait(str(done.message_id))
    words = "Noted: it stands in Now." if there else "Noted. It stands in Now within seconds."
    messages.success(request, words, extra_tags=str(done.pk))
    return redirect(back_to(request))


def _page(request: HttpRequest, given: dict[str, str], problem: str = "", looked: bool = False) -> HttpResponse:
    chosen = one(given["customer"]) if given.get("customer") else None
    if chosen:
        record(request.user, "seen", customer_id=chosen["customer_id"], what="note", purpose="answer me")  # type: ignore[arg-type]
    context = {
        "given": given | {"customer": chosen["customer_id"] if chosen else ""},
        "chosen": chosen,
        "people": found(given.get("who", "")) if looked and not chosen else [],
        "looked": looked,
        "places": PLACES,
        "problem": problem,
        "next": back_to(request),
        "now": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "note/note.html", context, status=422 if problem else 200)


@never_cache
@needs("agent")
def note_people(request: HttpRequest) -> HttpResponse:
    """Whom the words that are being typed could mean."""
    who = request.GET.get("who", "").replace("\x00", "")
    return render(request, "note/people.html", {"people": found(who), "looked": len(who.strip()) > 1})


def _instant(written: str) -> datetime | None:
    """When it was said, in the reader's zone; none: now."""
    if not written.strip():
        return None
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        raise deeds.CannotBe(f"{written[:30]!r} is no time", where="note", mend="write 2026-05-03T14:30") from None
    return at if at.tzinfo else timezone.make_aware(at)


def _wait(message_id: str) -> bool:
    """Whether it stands in Now, within a second."""
    until = time.monotonic() + WAITS
    while not Case.objects.filter(message_id=message_id).exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
