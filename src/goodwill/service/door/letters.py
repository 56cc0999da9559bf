"""The letters: the link, sent by a job, so that the page answers alike whoever asks; that an answer waits at the door,
or a question of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from goodwill.know.terms import TELL_ME_NEWS
from goodwill.service import erasing, jobs, live, terms
from goodwill.service.door import entry, shown
from goodwill.service.jobs import job
from goodwill.service.store.models import FACTS, Ask, DoorLink
from goodwill.service.store.secrets import unseal
from goodwill.service.terms.proving import person_with

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

ANSWERED, ASKED = "an ask was answered", "asked of them"
"""The jobs that tell somebody so."""


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
    firm = live.firm().name
    return (
        f"Your door at {firm}",
        f"Here is the link to everything that {firm} holds of you:\n\n{entry.way_in(secret)}\n\n"
        "It works once, for 15 minutes. If you did not ask for it, do nothing: nobody gets in without it.\n",
    )


@job(ANSWERED, tries=3)
def tell_answered(tell: Tell, ask: int) -> str:
    """Tells somebody that an answer waits at their door, and nothing of what it says."""
    from goodwill.service.ops import mail

    row = Ask.objects.filter(pk=ask, state=Ask.ANSWERED).first()
    if row is None or not mail.configured() or "answer me" not in terms.state(row.customer_id)["purposes"]:
        return "nothing to tell"
    to = address_of(row.customer_id)
    if not to:
        return "nothing to tell"
    firm = live.firm().name
    mail.send(
        to,
        f"{firm} has answered what you asked",
        f"You asked {firm} for something. The answer is at your door:\n\n{_door()}\n\n"
        "It goes away with what you asked, on the day that you chose. This letter is all that you get about it.\n",
    )
    return "told"


def asks_by_letter(customer_id: str) -> bool:
    """Whether a letter may say that we ask for something: it wants something of them, so it needs their yes to news."""
    from goodwill.service.ops import mail

    return mail.configured() and TELL_ME_NEWS in terms.state(customer_id)["purposes"] and address_of(customer_id) != ""


def tell_asked(customer_id: str) -> None:
    """Queues a letter that says so."""
    jobs.add(ASKED, customer_id=customer_id)


@job(ASKED, tries=3)
def send_asked(tell: Tell, customer_id: str) -> str:
    """Tells somebody that we ask for something, and where: an answer stands at the door alone."""
    from goodwill.service.ops import mail

    person = live.person_of(customer_id)
    if erasing.is_erased(person) or not asks_by_letter(person):
        return "nothing to tell"
    firm = live.firm().name
    mail.send(
        address_of(person),
        f"{firm} asks you something",
        f"{firm} asks you something. It stands at your door, and so does how often we may ask:\n\n{_door()}\n\n"
        "You need not answer. We write so only because you said yes to news; there you can say no.\n",
    )
    return "told"


def _door() -> str:
    from goodwill.service.ops.invitations import base_address

    return base_address().rstrip("/") + reverse("door")


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
