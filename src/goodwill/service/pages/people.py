"""People: who works here and as what; places offered. Admins only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service.ops import invitations, mail
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import Colleague, Invitation

if TYPE_CHECKING:
    from django.http import HttpRequest

ROLES = (
    ("admin", "does everything"),
    ("agent", "answers people"),
    ("analyst", "sees all, acts on nothing"),
    ("viewer", "sees figures, no persons"),
)
MOST = 500


@never_cache
@needs("admin")
def people(request: HttpRequest) -> HttpResponse:
    """The list."""
    return _page(request)


def _page(request: HttpRequest, problem: str = "", **more: Any) -> HttpResponse:
    now = timezone.now()
    context = {
        "people": Colleague.objects.order_by("-is_active", "name", "email")[:MOST],
        "invited": Invitation.objects.filter(kind="invite", used__isnull=True, until__gt=now)
        .select_related("by")
        .order_by("-made", "email")[:MOST],
        "roles": ROLES,
        "mail": mail.configured(),
        "problem": problem,
        **more,
    }
    return render(request, "people/people.html", context, status=422 if problem else 200)


@require_POST
@never_cache
@needs("admin")
def invite(request: HttpRequest) -> HttpResponse:
    """Offers a place. The link is shown once, and goes by mail where a mail server is set up."""
    email, role = request.POST.get("email", "").strip(), request.POST.get("role", "")
    if not email:
        return _page(request, "An invitation needs an e-mail address.")
    try:
        secret = invitations.invite(email, role, request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, str(refused), given={"email": email, "role": role})
    return _with_link(request, secret, email)


@require_POST
@never_cache
@needs("admin")
def link(request: HttpRequest) -> HttpResponse:
    """A way in for a colleague who lost theirs: to sign in once, and to set a new password."""
    colleague = _one(request)
    try:
        secret = invitations.sign_in_link(colleague)
    except GoodwillError as refused:
        return _page(request, str(refused))
    record(request.user, "made a sign-in link", what=colleague.email)  # type: ignore[arg-type]
    return _with_link(request, secret, colleague.email)


def _with_link(request: HttpRequest, secret: str, email: str) -> HttpResponse:
    sent, why = False, ""
    if mail.configured():
        try:
            mail.send(email, *invitations.letter(secret))
            sent = True
        except GoodwillError as refused:
            why = str(refused)
    base = request.build_absolute_uri("/")
    return _page(request, link=invitations.link(secret, base), link_for=email, sent=sent, not_sent=why)


@require_POST
@needs("admin")
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ends an invitation."""
    email = request.POST.get("email", "")
    now = timezone.now()
    ended = Invitation.objects.filter(kind="invite", email=email, used__isnull=True, until__gt=now).update(until=now)
    if ended:
        record(request.user, "withdrew an invitation", what=email)  # type: ignore[arg-type]
        messages.success(request, f"The invitation of {email} is withdrawn.")
    else:
        messages.error(request, "There is no such invitation any more.")
    return redirect("people")


@require_POST
@needs("admin")
def change(request: HttpRequest) -> HttpResponse:
    """Another role for a colleague; or they leave, or come back. An admin is always left."""
    role, act = request.POST.get("role", ""), request.POST.get("act", "")
    with transaction.atomic():
        admins = set(
            Colleague.objects.select_for_update().filter(role="admin", is_active=True).values_list("pk", flat=True)
        )
        colleague = _one(request)
        if colleague.pk == request.user.pk:
            return _page(request, "Nobody changes their own place: ask another admin.")
        if act == "leave":
            colleague.is_active, done = False, "has left"
        elif act == "back":
            colleague.is_active, done = True, "is back"
        elif role in Colleague.ROLES:
            colleague.role, done = role, f"is {role} now"
        else:
            return _page(request, "There is no such role.")
        stays = colleague.role == "admin" and colleague.is_active
        if not (admins - {colleague.pk}) and not stays:
            return _page(request, "Somebody must stay admin.")
        colleague.save(update_fields=["role", "is_active"])
        record(request.user, "changed a colleague", what=f"{colleague.email} {done}")  # type: ignore[arg-type]
    messages.success(request, f"{colleague} {done}.")
    return redirect("people")


def _one(request: HttpRequest) -> Colleague:
    colleague = Colleague.objects.filter(pk=number_of(request.POST.get("colleague")) or 0).first()
    if colleague is None:
        raise Http404("no such colleague")
    return colleague
