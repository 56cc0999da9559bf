"""The way in, and whose session it is."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from goodwill.service import erasing, jobs, live
from goodwill.service.door.frame import show
from goodwill.service.live import people
from goodwill.service.ops.invitations import base_address
from goodwill.service.store import pace
from goodwill.service.store import secrets as secrets_at_rest
from goodwill.service.store.audit import record
from goodwill.service.store.models import DoorLink
from goodwill.service.terms.proving import DOOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

SEEN, IDS = "door_seen", "door_ids"
LETTER = "door link"
"""The job that mails a link."""
IDLE = 30 * 60
"""Seconds after which a session at the door that was not used is over."""
LASTS = timedelta(minutes=15)
HOUR = timedelta(hours=1)
LINKS_AN_HOUR, FROM_ONE_MACHINE, FROM_ALL = 3, 30, 2_000
"""How many links an hour: to one address, asked for by one machine, and by all together."""
PATH = "/door/enter/"
"""Where the door takes a link's secret: PATH + secret."""
CUSTOMER = "the customer"
"""How the log names somebody who acts at their own door."""


def whose(request: HttpRequest) -> str | None:
    """The customer whose session this is; None where it is nobody's, was idle too long, or is a colleague's."""
    given = request.session.get(DOOR)
    if not isinstance(given, str):
        return None
    if request.user.is_authenticated:  # they signed in to the office since: they are at the door no more
        forget(request)
        return None
    person = live.person_of(given)
    idle = time.time() - float(request.session.get(SEEN, 0)) > IDLE
    if idle or erasing.is_erased(person) or _was_split(request, person):
        request.session.flush()
        return None
    request.session[SEEN] = time.time()  # also moves on the end of the session itself
    return person


def _was_split(request: HttpRequest, person: str) -> bool:
    """Whether records were split off since they came in: the address that let them in may be the other one's."""
    return not people.ids_of([person]).keys() >= set(request.session.get(IDS, ()))


def forget(request: HttpRequest) -> None:
    """Takes the door out of a session."""
    for name in (DOOR, SEEN, IDS):
        request.session.pop(name, None)


def visitor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets in whoever came by a link; others are asked for their address. Nothing of it is kept by a browser."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        customer_id = whose(request)
        if customer_id is None:
            return redirect("door")
        return view(request, customer_id, *given, **named)

    guarded.visitor = True  # type: ignore[attr-defined]
    return guarded


@never_cache
def ask(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """The form that asks for an address."""
    from goodwill.service.ops import mail

    email = request.POST.get("email", "")[:254]
    return show(request, "ask", status=status, problem=problem, email=email, mail=mail.configured())


@never_cache
@require_POST
def link(request: HttpRequest) -> HttpResponse:
    """Queues a link. The answer, and the time it takes, are the same whether the address is known or not: whether
    somebody has it is looked up by a job, later."""
    email = request.POST.get("email", "").strip().lower()[:254]
    try:
        validate_email(email)
    except ValidationError:
        return ask(request, "This is no e-mail address. Write it whole, as in ann@example.com.", 422)
    if _asked_too_often(request):
        return ask(request, "Too many links were asked for from here. Try again in an hour.", 429)
    digest = hashlib.sha256(email.encode()).hexdigest()
    if pace.count(f"door link {digest}", HOUR) <= LINKS_AN_HOUR:
        jobs.add(LETTER, sealed=secrets_at_rest.seal(email))
    return show(request, "sent", email=email)


def _asked_too_often(request: HttpRequest) -> bool:
    machine = _machine(request)
    one = pace.count(f"door from {machine}", HOUR) > FROM_ONE_MACHINE if machine else False
    return pace.count("door from all", HOUR) > FROM_ALL or one


def _machine(request: HttpRequest) -> str:
    """Where it comes from, as the proxy before us wrote it last; '' where that is this machine itself, so that a proxy
    which says nothing does not make one machine of all customers."""
    told = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    machine = told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        return "" if ipaddress.ip_address(machine).is_loopback else machine[:60]
    except ValueError:
        return ""


def make_link(customer_id: str) -> str:
    """A way in for a customer; gives its secret, of which the digest alone is kept. A later link ends the earlier."""
    secret, now = secrets.token_urlsafe(32), timezone.now()
    DoorLink.objects.filter(customer_id=customer_id, used__isnull=True, until__gt=now).update(until=now)
    DoorLink.objects.create(digest=_digest(secret), customer_id=customer_id, until=now + LASTS)
    return secret


def way_in(secret: str, base: str = "") -> str:
    """The whole address of a link; without `base`, of GOODWILL_URL."""
    return f"{(base or base_address()).rstrip('/')}{PATH}{secret}"


@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """What a link offers. Looking uses nothing up (mail programs open links by themselves); the button does, once."""
    now = timezone.now()
    found = DoorLink.objects.filter(digest=_digest(secret), used__isnull=True, until__gt=now)
    if request.method != "POST":
        there = found.exists()
        return show(request, "enter" if there else "stale", status=200 if there else 410)
    customer_id = found.values_list("customer_id", flat=True).first()
    if customer_id is None or not found.update(used=now):
        return show(request, "stale", status=410)
    logout(request)  # whatever session was here, a colleague's or a stranger's, is over; this one has a new key
    request.session[DOOR], request.session[SEEN] = customer_id, time.time()
    request.session[IDS] = sorted(people.ids_of([live.person_of(customer_id)]))
    request.session.set_expiry(IDLE)
    record(CUSTOMER, "came to the door", customer_id=live.person_of(customer_id), purpose="their own")
    return redirect("door")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    request.session.flush()
    return redirect("door")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
