"""The queue: a request comes in, its clock runs, it is answered or refused; each step is kept."""

from __future__ import annotations

import calendar
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import InputError
from goodwill.service.live import people
from goodwill.service.store import audit
from goodwill.service.store.models import Request

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

KINDS = {
    "access": "see what is held (art. 15)",
    "rectify": "have something corrected (art. 16)",
    "erase": "be erased (art. 17)",
    "restrict": "have it left unused (art. 18)",
    "portability": "take it along (art. 20)",
    "object": "object (art. 21)",
}
"""What may be asked for, and the article of the GDPR."""
PURPOSE = "their request"
LONGEST = 5_000


def open(  # what one does with a request
    kind: str,
    customer_id: str,
    by: Colleague | Token | str,
    words: str = "",
    *,
    received: datetime | None = None,
    identity: str = "",
) -> Request:
    """Takes a request in; its month runs from `received` (now), however it came.

    `identity` says how it was made sure that it is they (at the door: they are signed in). Raises InputError for a kind
    that there is not, an empty customer, or a time to come.
    """
    if kind not in KINDS:
        raise InputError(f"nothing that one may ask for is called {kind[:40]!r}", where="kind", mend=", ".join(KINDS))
    if not customer_id:
        raise InputError("a request is somebody's", where="customer", mend="name whose it is")
    now = datetime.now(UTC)
    received = received or now
    if received > now:
        raise InputError("it cannot have come yet", where="received", mend="name the day on which it came")
    person = people.person_of(customer_id)
    who = audit.name_of(by)
    with transaction.atomic():
        row = Request.objects.create(
            number=secrets.token_hex(6),
            kind=kind,
            customer_id=person,
            received=received,
            due=after_months(received, 1),
            by=who,
            words=words.replace("\x00", "").strip()[:LONGEST],
            identity=identity[:300],
            steps=[_step(who, f"received: {KINDS[kind]}")],
        )
        audit.record(by, "request", customer_id=person, what=f"{kind} {row.number}", purpose=PURPOSE)
    return row


def after_months(at: datetime, months: int) -> datetime:
    """The same day so many months later, or that month's last (Regulation 1182/71, art. 3).

    >>> after_months(datetime(2026, 1, 31, 9), 1), after_months(datetime(2026, 11, 22), 3)
    (datetime.datetime(2026, 2, 28, 9, 0), datetime.datetime(2027, 2, 22, 0, 0))
    """
    month = at.month - 1 + months
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


def check_identity(number: str, how: str, by: Colleague | Token | str) -> Request:
    """Notes how it was made sure that it is they. Raises InputError where the request is not open."""
    if not how.strip():
        raise InputError("say how", where="identity", mend="'signed in', 'called back', …")
    return _change(number, by, f"identity: {how.strip()[:300]}", identity=how.strip()[:300])


def extend(number: str, why: str, by: Colleague | Token | str) -> Request:
    """Two months more, once, with a reason that the customer is told (art. 12 (3))."""
    if not why.strip():
        raise InputError("the customer is told why it takes longer", where="reason", mend="say why")
    row = required(number)
    if row.extended:
        raise InputError("it was extended before; the law allows it once", where=f"request {number}", mend="answer it")
    due = after_months(row.received, 3)
    return _change(number, by, f"extended: {why.strip()[:500]}", extended=why.strip()[:500], due=due)


def settle(
    number: str,
    answer: str,
    by: Colleague | Token | str,
    *,
    state: str = Request.ANSWERED,
    receipt: str = "",
) -> Request:
    """Answers a request, or refuses it (`state`), with what was done or why not. Raises InputError where it is not
    open."""
    if not answer.strip():
        raise InputError("say what was done, or why not", where="answer", mend="write it")
    who, said = audit.name_of(by), answer.strip()[:LONGEST]
    done = {"state": state, "answer": said, "answered": datetime.now(UTC), "answered_by": who, "receipt": receipt}
    return _change(number, by, f"{state}: {said}", **done)


def required(number: str) -> Request:
    """An open request. Raises InputError where there is none."""
    row = Request.objects.filter(number=number).first()
    if row is None:
        raise InputError("there is no such request", where=f"request {number[:40]}", mend="look into the queue")
    if row.state != Request.OPEN:
        raise InputError(f"it was {row.state} already", where=f"request {number}", mend="take in a new one")
    return row


def _change(number: str, by: Colleague | Token | str, said: str, **values: Any) -> Request:
    with transaction.atomic():
        row = required(number)
        who = audit.name_of(by)
        steps = [*row.steps, _step(who, said)]
        changed = Request.objects.filter(number=number, state=Request.OPEN).update(**values, steps=steps)
        if not changed:
            raise InputError("somebody else was quicker", where=f"request {number}", mend="look at it again")
        audit.record(
            by, "request", customer_id=row.customer_id, what=f"{row.kind} {number}: {said[:80]}", purpose=PURPOSE
        )
    row.refresh_from_db()
    return row


def _step(who: str, what: str) -> dict[str, str]:
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "who": who, "what": what}
