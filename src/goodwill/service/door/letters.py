"""The letters: the link, sent by a job, so that the page answers alike whoever asks; and that an answer waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from goodwill.service import live, terms
from goodwill.service.door import entry, shown
from goodwill.service.jobs import job
from goodwill.service.store.models import FACTS, Ask, DoorLink
from goodwill.service.store.secrets import unseal
from goodwill.service.terms.proving import person_with

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

ANSWERED = "an ask was answered"
"""The job that tells somebody so."""


@job(entry.LETTER, tries=3)
def send_link(tell: Tell, sealed: str) -> str:
    """Mails a link to an address that surely is one person's; else does nothing. What it says is the same: who asked is
    nobody's business, known or not."""
    from goodwill.service.ops import mail

    email = unseal(sealed)
    customer_id = person_with("email", email)
    if customer_id is None or not mail.configured() or _is_organisation(customer_id):
        return "done"
    mail.send(email, *letter(entry.make_link(customer_id)))
    return "done"


def _is_organisation(customer_id: str) -> bool:
    """What a firm of many people is known by is no one person's to see."""
    return FACTS["people"].objects.filter(fact_key=customer_id, kind="organisation").exists()


def letter(secret: str) -> tuple[str, str]:
    """Subject and text."""
    from goodwill.service.ops.invitations import base_address

    firm = live.firm().name
    address = base_address().rstrip("/") + reverse("door-enter", args=[secret])
    return (
        f"Your door at {firm}",
        f"Here is the link to everything that {firm} holds of you:\n\n{address}\n\n"
        "It works once, for 15 minutes. If you did not ask for it, do nothing: nobody gets in without it.\n",
    )


@job(ANSWERED, tries=3)
def tell_answered(tell: Tell, ask: int) -> str:
    """Tells somebody that an answer waits at their door, and nothing of what it says."""
    from goodwill.service.ops import mail
    from goodwill.service.ops.invitations import base_address

    row = Ask.objects.filter(pk=ask, state=Ask.ANSWERED).first()
    if row is None or not mail.configured() or "answer me" not in terms.state(row.customer_id)["purposes"]:
        return "nothing to tell"
    to = address_of(row.customer_id)
    if not to:
        return "nothing to tell"
    firm = live.firm().name
    door = base_address().rstrip("/") + reverse("door")
    mail.send(
        to,
        f"{firm} has answered what you asked",
        f"You asked {firm} for something. The answer is at your door:\n\n{door}\n\n"
        "It goes away with what you asked, on the day that you chose. This letter is all that you get about it.\n",
    )
    return "told"


def address_of(customer_id: str) -> str:
    """An address that surely is theirs and lets them in; '' without one."""
    known = shown.handles((live.customer(customer_id) or {}).get("handles", ()))
    mails = sorted(one["value"] for one in known if one["kind"] == "email" and one["origin"] == shown.PROVIDED)
    person = live.person_of(customer_id)
    return next((one for one in mails if person_with("email", one) == person), "")


@job("old door links", at_hour=4, tries=2)
def forget_old(tell: Tell) -> str:
    """Forgets links that ended a day ago."""
    gone = DoorLink.objects.filter(until__lt=timezone.now() - timedelta(days=1)).delete()[0]
    return f"{gone:,} forgotten"
