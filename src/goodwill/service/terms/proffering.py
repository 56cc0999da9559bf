"""A customer's agent proffers; the firm's policy accepts, offers one alternative, or declines; both keep the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from goodwill.errors import InputError
from goodwill.know.agreements import decide
from goodwill.know.canonical import read
from goodwill.know.proffers import Proffer, check_time
from goodwill.know.proffers import proffer as checked
from goodwill.know.records import OFFER_STANDS, answered
from goodwill.service import live
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.store import audit, pace
from goodwill.service.store.models import Proffered
from goodwill.service.terms import choosing, proving
from goodwill.service.terms.publishing import address, firm_key

HOUR = timedelta(hours=1)
A_KEY_AN_HOUR, ALL_AN_HOUR = 20, 2_000
_MEMBERS = ("proffer", "signature", "code")


@dataclass(frozen=True)
class Outcome:
    """What an agent is told: 202 and `proof wanted`, or 200 and the record."""

    status: int
    body: dict[str, Any]


def take(body: bytes, customer_id: str | None = None) -> Outcome:
    """Answers a proffer: `{"proffer": {...}, "signature": "...", "code": "..."}`, `code` where one was mailed.

    `customer_id` is whose session at the door it came in, if any. Raises Refused: 413, 422 with the member that is
    wrong, 403 for a code that is not right, 409 for a proffer that was answered before, 429 for too many.
    """
    given, signature, code = _members(body)
    now = datetime.now(UTC)
    proffer = _checked(given, signature, now)
    _keep_the_pace(proffer, now)
    row = _kept(proffer, signature, now)
    if code is not None and not proving.code_is_right(row, code, now):
        raise Refused(403, "the code is not right, or too old", where="code", mend="proffer again without one")
    if row.state != Proffered.UNPROVED:
        if code is not None:
            return _told(row)  # the answer was lost on its way
        raise Refused(409, "this proffer was answered", where="proffer.id", mend="make a new one", field="id")
    person = _person(proffer, row, code, customer_id, now)
    if person is None:
        if row.asked is None and proffer.kind == "email":
            proving.ask_by_mail(row)
        return Outcome(202, _proof_wanted(proffer))
    return _told(_settle(row, proffer, person, now))


def records(customer_id: str) -> list[dict[str, Any]]:
    """The records of a customer's agreements that we keep, the latest first: {at, state, agreement, record}."""
    ids = sorted(people.ids_of([live.person_of(customer_id)]))
    rows = Proffered.objects.filter(customer_id__in=ids).exclude(state=Proffered.UNPROVED).order_by("-answered", "-id")
    return [
        {
            "at": row.answered,
            "state": row.state,
            "agreement": row.record["answer"]["agreement"] if row.record else None,
            "record": row.record,
        }
        for row in rows
    ]


# --- what came ----------------------------------------------------------------------------------------------------


def _members(body: bytes) -> tuple[Any, Any, str | None]:
    try:
        sent = read(body)
    except InputError as wrong:
        status = 413 if "bytes" in wrong.what else 422
        raise Refused(status, wrong.what, where="the body", mend=wrong.mend, field="body") from wrong
    if not isinstance(sent, dict) or not {"proffer", "signature"} <= set(sent) <= set(_MEMBERS):
        raise Refused(
            422, "send proffer and signature, and a code where one was mailed", where="the body", field="body"
        )
    code = sent.get("code")
    if code is not None and (not isinstance(code, str) or len(code) > 100):
        raise Refused(422, "it is no code", where="code", mend="send the one that was mailed", field="code")
    return sent["proffer"], sent["signature"], code


def _checked(given: Any, signature: Any, now: datetime) -> Proffer:
    try:
        proffer = checked(given, signature)
        check_time(proffer.at, now, "proffer.at")
    except InputError as wrong:
        field = wrong.where.rpartition(".")[2]
        raise Refused(422, wrong.what, where=wrong.where, mend=wrong.mend, field=field) from wrong
    if proffer.firm.rstrip("/") != address():
        mend = f"our address is {address()}"
        raise Refused(422, "it was made to another firm", where="proffer.firm", mend=mend, field="firm")
    return proffer


def _keep_the_pace(proffer: Proffer, now: datetime) -> None:
    """Raises Refused (429): an agent's key, and all of them together, have so many an hour."""
    for what, most in ((f"proffers|{proffer.key}", A_KEY_AN_HOUR), ("proffers", ALL_AN_HOUR)):
        if pace.count(what, HOUR, now) > most:
            wait = pace.ends_in(HOUR, now)
            raise Refused(429, "too many proffers", where="terms", mend=f"wait {wait} seconds", retry_after=wait)


def _kept(proffer: Proffer, signature: str, now: datetime) -> Proffered:
    """The row of this proffer, made at its first coming. Raises Refused (409) where its id named another before."""
    known = Proffered.objects.filter(key=proffer.key, number=proffer.id)
    row = known.first()
    if row is None:
        try:
            with transaction.atomic():
                row = Proffered.objects.create(
                    key=proffer.key,
                    number=proffer.id,
                    digest=proffer.digest,
                    handle=proving.digest_of_handle(proffer),
                    proffer=proffer.given,
                    signature=signature,
                    made=now,
                )
        except IntegrityError:  # the same, a moment earlier
            row = known.get()
    if row.digest != proffer.digest:
        raise Refused(409, "this id named another proffer", where="proffer.id", mend="never use one twice", field="id")
    return row


# --- whose it is --------------------------------------------------------------------------------------------------


def _person(proffer: Proffer, row: Proffered, code: str | None, customer_id: str | None, now: datetime) -> str | None:
    """Whose terms it may set; None without a proof."""
    if code is not None:  # it was right
        return proving.person_with(proffer.kind, proffer.value)
    if customer_id is not None and proving.person_with(proffer.kind, proffer.value) == customer_id:
        return customer_id
    offer = _offer(proffer, row, now)
    return offer.customer_id if offer is not None else None


def _offer(proffer: Proffer, row: Proffered, now: datetime) -> Proffered | None:
    """Our offer that it answers: made to the same key for the same handle, still standing, not answered yet."""
    if proffer.answers is None:
        return None
    offers = Proffered.objects.filter(
        answer=proffer.answers, state=Proffered.OFFERED, key=proffer.key, handle=row.handle, until__gt=now
    )
    return offers.first()


def _proof_wanted(proffer: Proffer) -> dict[str, Any]:
    """The same for everybody, known or not."""
    by_mail = "a code, if we know this address: it is mailed there; send the same proffer again with it as `code`"
    return {
        "state": "proof wanted",
        "proffer": proffer.id,
        "how": [by_mail] * (proffer.kind == "email") + ["a session of theirs at our door"],
    }


# --- the answer ---------------------------------------------------------------------------------------------------


def _settle(row: Proffered, proffer: Proffer, person: str, now: datetime) -> Proffered:
    """Answers by the firm's policy, once: the record and, where it was accepted, the terms stand or fall together."""
    firm = live.firm()
    decision = decide(firm, proffer.agreement, answers_an_offer=proffer.answers is not None)
    record = answered(proffer, row.signature, decision, firm=proffer.firm, name=firm.name, private=firm_key(), now=now)
    batch = None
    with transaction.atomic():
        changed = Proffered.objects.filter(pk=row.pk, state=Proffered.UNPROVED).update(
            state=decision.state,
            customer_id=person,
            answer=record["answer"]["id"],
            record=record,
            answered=now,
            **({"until": now + OFFER_STANDS} if decision.state == "offered" else {}),
        )
        if changed:
            what = f"{proffer.agreement}: {decision.state}"
            audit.record(_agent(proffer), "terms proffered", customer_id=person, what=what, purpose="their choice")
            if proffer.answers is not None:  # an offer is answered once
                Proffered.objects.filter(answer=proffer.answers, state=Proffered.OFFERED).update(until=now)
            if decision.state == "accepted":
                allowed = choosing.by_agreement(person, proffer.agreement, record["answer"]["purposes"])
                signed = record["answer_signature"]
                batch = choosing.keep(person, sorted(allowed), proffer.agreement, _agent(proffer), signature=signed)
    if batch is not None:
        choosing.bring_in(batch)
    row.refresh_from_db()
    return row


def _agent(proffer: Proffer) -> str:
    return f"their agent {proffer.key[:12]}"


def _told(row: Proffered) -> Outcome:
    return Outcome(200, {"state": row.state, "proffer": row.number, "record": row.record})
