"""Signing in: by password, or by a link that comes by mail and works once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service.pages.back import back_to
from goodwill.service.store.audit import record
from goodwill.service.store.models import Audit, Colleague

if TYPE_CHECKING:
    from django.http import HttpRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"
FAILED, ASKED = "sign-in failed", "sign-in link asked for"
WINDOW = timedelta(minutes=15)
MOST_OF_ONE, MOST_FROM_ONE = 10, 50
"""Failures of one address, and from one machine, within the window."""


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends."""
    if request.method != "POST":
        return redirect(back_to(request)) if request.user.is_authenticated else _form(request)
    email = request.POST.get("email", "").strip().lower()[:254]
    if too_often(email, request, FAILED):
        return _form(request, "Too many tries. Wait a quarter of an hour, or use a link.", 429)
    colleague = authenticate(request, email=email, password=request.POST.get("password", ""))
    if colleague is None:
        record(email, FAILED, what=machine(request))
        return _form(request, "This address and password do not belong together.", 422)
    login(request, colleague)
    record(colleague, "signed in", what="by password")  # type: ignore[arg-type]
    return redirect(back_to(request))


@never_cache
@require_POST
def by_link(request: HttpRequest) -> HttpResponse:
    """Sends a link, if the address is a colleague's; the page says the same either way."""
    from goodwill.service.ops import mail

    email = request.POST.get("email", "").strip().lower()[:254]
    if not mail.configured():
        return _form(request, "No mail server is set up here, so no link can be sent. Ask an admin for one.", 422)
    if not too_often(email, request, ASKED):
        record(email or "nobody", ASKED, what=machine(request))
        colleague = Colleague.objects.filter(email=email, is_active=True).first()
        if colleague is not None:
            threading.Thread(target=_send, args=(colleague.pk,), daemon=True).start()
    return render(request, "sign_in/sent.html", {"email": email})


def _send(colleague_id: int) -> None:
    """In a thread of its own: the answer must take no longer for those who are colleagues."""
    import logging

    from django.db import connection

    from goodwill.service.ops import invitations, mail

    try:
        colleague = Colleague.objects.get(pk=colleague_id)
        mail.send(colleague.email, *invitations.letter(invitations.sign_in_link(colleague)))
    except GoodwillError as problem:
        logging.getLogger(__name__).error("a sign-in link could not be sent: %s", problem)
    finally:
        connection.close()


@never_cache
@sensitive_post_parameters("password")
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """What a link offers. Looking uses nothing up: mail programs open links by themselves."""
    from goodwill.service.ops import invitations

    offer = invitations.look(secret)
    if offer is None:
        return render(request, "sign_in/stale.html", status=410)
    if request.method != "POST":
        return render(request, "sign_in/enter.html", {"offer": offer})
    given = {name: request.POST.get(name, "") for name in ("email", "name")}
    password = request.POST.get("password") or None
    problem = ""
    try:
        colleague = invitations.redeem(secret, password=password, **given)
    except ValidationError as weak:
        problem = " ".join(weak.messages)
    except GoodwillError as refused:
        problem = str(refused)
    if problem:
        return render(request, "sign_in/enter.html", {"offer": offer, "problem": problem, **given}, status=422)
    login(request, colleague, backend=BACKEND)
    return redirect(back_to(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("sign-in")


def too_often(email: str, request: HttpRequest, act: str) -> bool:
    """Whether this address or this machine has tried too often."""
    lately = Audit.objects.filter(act=act, at__gt=timezone.now() - WINDOW, customer_id__isnull=True)
    return (
        lately.filter(who=email).count() >= MOST_OF_ONE or lately.filter(what=machine(request)).count() >= MOST_FROM_ONE
    )


def machine(request: HttpRequest) -> str:
    """Where the request comes from, as the web server saw it."""
    return f"from {request.META.get('REMOTE_ADDR', '')}"


def _form(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    given = {"problem": problem, "email": request.POST.get("email", ""), "next": back_to(request)}
    return render(request, "sign_in/sign_in.html", given, status=status)
