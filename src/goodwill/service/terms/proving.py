"""Whether an agent acts for the person it names: it knows the code that was mailed to their address, or it speaks in a
session that they opened at the door. Nobody else can set their terms.

What is answered before that proof does not depend on whether the firm knows the person: nothing is looked up about them
until a job does it, later.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from goodwill.know.handles import handle_keys
from goodwill.service import jobs, live
from goodwill.service.store.models import Person, Proffered

if TYPE_CHECKING:
    from goodwill.know.proffers import Proffer
    from goodwill.service.jobs.registry import Tell

DOOR = "door_customer"
"""Where a session at the door keeps whose it is (their customer_id); `door.entry.whose` reads it."""
CODE_LASTS = timedelta(hours=1)
LETTERS_AN_HOUR = 3
UNPROVED_ARE_KEPT = timedelta(days=2)


def person_with(kind: str, value: str) -> str | None:
    """The one person who surely has a handle; None for nobody, and where two have it."""
    key = handle_keys(pa.array([kind]), pa.array([value]), pa.array([None], pa.string()))[0].as_py()
    found = Person.objects.filter(given=key).values_list("customer_id", flat=True).first()
    return found or None


def digest_of_handle(proffer: Proffer) -> str:
    """A keyed digest of the handle that a proffer names, to count by."""
    key = f"goodwill: handles of proffers, 1:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{proffer.kind}|{proffer.value}".encode(), hashlib.sha256).hexdigest()


def digest_of_code(code: str) -> str:
    """What is kept of a code. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def code_is_right(row: Proffered, code: str, now: datetime) -> bool:
    """Whether this is the code that was mailed for this proffer, in time; compared in constant time."""
    good = hmac.compare_digest(row.token or "-", digest_of_code(code))
    return good and row.until is not None and row.until > now


def ask_by_mail(row: Proffered) -> None:
    """Puts it into the queue to ask the person by mail, whoever they are, if anybody."""
    jobs.add("proof of a proffer", once=f"proof of proffer {row.pk}", proffer=row.pk)


@jobs.job("proof of a proffer", tries=3)
def mail_the_code(tell: Tell, proffer: int) -> str:
    """Mails a code to the address that a proffer names, where somebody we know has it; else does nothing."""
    from goodwill.service.ops import mail

    row = Proffered.objects.filter(pk=proffer, state=Proffered.UNPROVED).first()
    now = datetime.now(UTC)
    if row is None or row.proffer["handle"]["kind"] != "email" or not mail.configured():
        return "nothing to ask by mail"
    to = str(row.proffer["handle"]["value"]).strip().lower()
    lately = Proffered.objects.filter(handle=row.handle, asked__gte=now - timedelta(hours=1)).count()
    if row.asked is not None or lately >= LETTERS_AN_HOUR or person_with("email", to) is None or not _is_address(to):
        return "nothing to ask by mail"
    code = secrets.token_urlsafe(24)
    row.asked, row.token, row.until = now, digest_of_code(code), now + CODE_LASTS
    row.save(update_fields=["asked", "token", "until"])
    mail.send(to, *letter(row, code))
    return "asked by mail"


def _is_address(to: str) -> bool:
    try:
        validate_email(to)
    except ValidationError:
        return False
    return True


def letter(row: Proffered, code: str) -> tuple[str, str]:
    """Subject and text. Nothing stands in it that the agent wrote freely: it may be anybody's."""
    firm = live.firm()
    return (
        f"Your terms with {firm.name}",
        f"A program has asked {firm.name} to hold to this agreement with you: {row.proffer['agreement']} "
        f"(IEEE 7012, MyTerms).\n\n"
        f"If that program is yours, give it this code within the hour:\n\n    {code}\n\n"
        f"The program signs with the key that begins {row.key[:8]}.\n\n"
        "If you know nothing of it, do nothing: without the code nothing changes, and nobody was told whether "
        "we know you.\n",
    )


@jobs.job("old proffers", at_hour=4, tries=2)
def forget_old(tell: Tell) -> str:
    """Forgets proffers that nobody proved, and counts of hours that are over."""
    from goodwill.service.store import pace

    old = Proffered.objects.filter(state=Proffered.UNPROVED, made__lt=datetime.now(UTC) - UNPROVED_ARE_KEPT)
    return f"{old.delete()[0] + pace.forget():,} forgotten"
