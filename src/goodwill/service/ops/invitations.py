"""One-time links: a place offered to somebody new (7 days), a way in for somebody who is here (15 minutes).

Only the digest of a link's secret is kept, so the database lets nobody in. Looking at a link uses nothing up (mail
programs open links by themselves); `redeem` uses it, once, whoever else tries at the same moment.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from goodwill.errors import GoodwillError
from goodwill.service.store.audit import name_of, record
from goodwill.service.store.models import Colleague, Invitation

if TYPE_CHECKING:
    from datetime import datetime

INVITE_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(minutes=15)
PATH = "/enter/"
"""Where pages take a link's secret: PATH + secret."""


class LinkRefused(GoodwillError):
    """A link that lets nobody in (any more)."""


def invite(email: str, role: str, by: Colleague | str) -> str:
    """Offers a place; gives the link's secret, which is stored nowhere. A later invitation ends the earlier one.

    `email` may be '' for the very first admin: whoever opens the link then says who they are. Raises GoodwillError for
    a role that there is not, an address that is none, and somebody who is here already.
    """
    email = address(email) if email else ""
    if role not in Colleague.ROLES:
        raise GoodwillError(
            f"no role is called {role!r}", where="invite", mend=f"choose one of {', '.join(Colleague.ROLES)}"
        )
    if not email and Colleague.objects.exists():
        raise GoodwillError("an invitation needs an e-mail address", where="invite", mend="say for whom it is")
    if email and Colleague.objects.filter(email=email, is_active=True).exists():
        raise GoodwillError(f"{email} works here already", where="invite", mend="send them a sign-in link instead")
    secret = _make(email, role, "invite", INVITE_LASTS, by if isinstance(by, Colleague) else None)
    record(name_of(by), "invited", what=f"{email or 'the first admin'} as {role}")
    return secret


def sign_in_link(colleague: Colleague) -> str:
    """A way in for somebody who is here; gives the link's secret. A later link ends the earlier one."""
    if not colleague.is_active:
        raise LinkRefused("this colleague has left", where="sign-in", mend="an admin can take them back")
    return _make(colleague.email, colleague.role, "sign-in", SIGN_IN_LASTS, colleague)


def look(secret: str) -> Invitation | None:
    """What a link offers, if it still does; nothing is used up."""
    found = Invitation.objects.filter(digest=_digest(secret)).first()
    return found if found and found.used is None and found.until > timezone.now() else None


@transaction.atomic
def redeem(secret: str, *, email: str = "", name: str = "", password: str | None = None) -> Colleague:
    """Uses a link up and gives the colleague whom it lets in: made by an invitation, found by a sign-in link.

    `email` counts only where the invitation names none (the first admin). Raises LinkRefused where the link was used,
    is too old, or was never made; ValidationError (Django's) for a password that is too weak.
    """
    now = timezone.now()
    found = Invitation.objects.filter(digest=_digest(secret)).first()
    if found is None:
        raise LinkRefused("this link is not one of ours", where="link", mend="ask for another")
    if found.until <= now:
        raise LinkRefused("this link is too old", where="link", mend="ask for another")
    if not Invitation.objects.filter(digest=found.digest, used__isnull=True).update(used=now):
        raise LinkRefused("this link has been used", where="link", mend="ask for another")
    colleague = _newcomer(found, email, name) if found.kind == "invite" else _known(found)
    if password is not None:
        _set_password(colleague, password)
    record(colleague, "joined" if found.kind == "invite" else "signed in by link", what=colleague.role)
    return colleague


def link(secret: str, base: str = "") -> str:
    """The whole address of a link; without `base`, of GOODWILL_URL."""
    return f"{(base or base_address()).rstrip('/')}{PATH}{secret}"


def base_address() -> str:
    """Where people reach this service: GOODWILL_URL, by default this machine."""
    return os.environ.get("GOODWILL_URL", "http://127.0.0.1:8321")


def letter(secret: str, base: str = "") -> tuple[str, str]:
    """Subject and text of the mail that brings a link."""
    found = look(secret)
    if found is None:
        raise LinkRefused("this link is not one of ours", where="link", mend="ask for another")
    from goodwill.service import live

    firm = str(live.firm().name)
    if found.kind == "sign-in":
        subject, first, lasts = f"Sign in to goodwill at {firm}", "Here is your way in.", "15 minutes"
        last = "If you did not ask for it, leave it alone: nothing happens."
    else:
        subject, lasts = f"Your place in goodwill at {firm}", "7 days"
        first = f"You are invited to work with goodwill at {firm}, as {found.role}."
        last = "If you do not know why, leave it alone: nothing happens."
    return subject, f"{first}\n\n{link(secret, base)}\n\nThe link works once, for {lasts}. {last}\n"


def clean(now: datetime | None = None) -> int:
    """Forgets links that ended a month ago; gives how many."""
    before = (now or timezone.now()) - timedelta(days=30)
    return int(Invitation.objects.filter(until__lt=before).delete()[0])


def address(email: str) -> str:
    """An e-mail address in the form in which colleagues are kept; raises GoodwillError where it is none."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as wrong:
        raise GoodwillError("this is no e-mail address", where=email[:100] or "email", mend="write it whole") from wrong
    return email


def _make(email: str, role: str, kind: str, lasts: timedelta, by: Colleague | None) -> str:
    secret, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        Invitation.objects.filter(email=email, kind=kind, used__isnull=True, until__gt=now).update(until=now)
        Invitation.objects.create(digest=_digest(secret), email=email, role=role, kind=kind, by=by, until=now + lasts)
    return secret


def _newcomer(found: Invitation, email: str, name: str) -> Colleague:
    if not found.email and Colleague.objects.exists():
        raise LinkRefused("the first admin has come already", where="link", mend="ask them for an invitation")
    if found.by is not None and not found.by.may("admin"):
        raise LinkRefused("whoever sent this link may no longer invite", where="link", mend="ask for another")
    who = found.email or address(email)
    colleague = Colleague.objects.filter(email=who).first()
    if colleague is None:
        return Colleague.objects.create_user(who, name=name.strip()[:120], role=found.role)
    if colleague.is_active:
        raise LinkRefused(f"{who} works here already", where="link", mend="sign in")
    colleague.role, colleague.is_active = found.role, True  # somebody comes back
    colleague.set_unusable_password()
    colleague.save()
    return colleague


def _known(found: Invitation) -> Colleague:
    colleague = Colleague.objects.filter(email=found.email, is_active=True).first()
    if colleague is None:
        raise LinkRefused("this colleague has left", where="link", mend="an admin can take them back")
    return colleague


def _set_password(colleague: Colleague, password: str) -> None:
    from django.contrib.auth.password_validation import validate_password

    validate_password(password, colleague)
    colleague.set_password(password)
    colleague.save()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
