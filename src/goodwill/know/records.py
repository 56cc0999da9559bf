"""The record that both sides keep: the proffer, the firm's answer to it, and a signature of each.

    {"format", "proffer", "proffer_signature", "answer", "answer_signature"}

The agent signs the canonical bytes (RFC 8785) of `proffer`; the firm those of the record without `answer_signature`, so
its signature covers everything that came before. Anybody who has the firm's public key can check a record, offline and
years later: `verify`, or `goodwill terms verify`. Every text, number and list in it is such that JCS and Python's
`json.dumps(..., sort_keys=True, separators=(",", ":"), ensure_ascii=False)` write the same bytes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.facts import PURPOSES
from goodwill.know.agreements import AGREEMENTS, ROSTER, STANDARD, State
from goodwill.know.canonical import canonical
from goodwill.know.proffers import AHEAD, KEPT, Proffer, check_signature, instant, proffer, public_of, sign, stamp

if TYPE_CHECKING:
    from goodwill.know.agreements import Decision

FORMAT = "goodwill terms record 1"
OFFER_STANDS = timedelta(hours=24)
_MEMBERS = {"format", "proffer", "proffer_signature", "answer", "answer_signature"}
_ANSWER = {"id", "at", "state", "agreement", "purposes", "standard", "text", "firm", "name", "key", "proffer"}
_OFFER = {"until"}


@dataclass(frozen=True)
class Verified:
    """What a record says, once both signatures were found good."""

    state: State
    agreement: str | None
    purposes: tuple[str, ...]
    at: datetime
    handle: tuple[str, str]
    firm: str
    firm_key: str
    agent_key: str


def answered(
    given: Proffer, signature: str, decision: Decision, *, firm: str, name: str, private: bytes, now: datetime
) -> dict[str, Any]:
    """The record of the firm's answer, signed with its key. `firm` is its address, as proffers name it.

    `private` is the firm's Ed25519 key (32 bytes).
    """
    agreed = AGREEMENTS[decision.agreement] if decision.agreement else None
    purposes = given.asked if decision.state == "accepted" else agreed.purposes if agreed else ()
    answer: dict[str, Any] = {
        "id": secrets.token_urlsafe(18),
        "at": stamp(now),
        "state": decision.state,
        "agreement": decision.agreement,
        "purposes": [purpose for purpose in PURPOSES if purpose in purposes],
        "standard": STANDARD,
        "text": ROSTER,
        "firm": firm,
        "name": name,
        "key": public_of(private),
        "proffer": given.digest,
    }
    if decision.state == "offered":
        answer["until"] = stamp(now + OFFER_STANDS)
    record = {"format": FORMAT, "proffer": given.given, "proffer_signature": signature, "answer": answer}
    return {**record, "answer_signature": sign(private, canonical(record))}


def verify(
    record: Any, *, firm_key: str | None = None, agent_key: str | None = None, now: datetime | None = None
) -> Verified:
    """Checks a record: its form, both signatures, its times, and that the answer grants what this proffer asked.

    Give the keys that you know the two sides by: a record alone proves only that somebody made it. Raises InputError,
    `where` naming the member that is wrong.
    """
    answer = _shaped(record)
    given = proffer(record["proffer"], record["proffer_signature"])
    signed = {name: value for name, value in record.items() if name != "answer_signature"}
    for whose, key, wanted in (("answer", answer["key"], firm_key), ("proffer", given.key, agent_key)):
        if wanted is not None and key != wanted:
            raise _wrong("it was signed with another key than the one you gave", f"{whose}.key", "whose key is it?")
    check_signature(answer["key"], canonical(signed), record["answer_signature"], "answer_signature")
    at = instant(answer["at"], "answer.at")
    _of_each_other(given, answer, at, now or datetime.now(UTC))
    return Verified(
        state=answer["state"],
        agreement=answer["agreement"],
        purposes=tuple(answer["purposes"]),
        at=at,
        handle=(given.kind, given.value),
        firm=answer["firm"],
        firm_key=answer["key"],
        agent_key=given.key,
    )


def _shaped(record: Any) -> dict[str, Any]:
    """The answer, where the record has its form."""
    if not isinstance(record, dict) or set(record) != _MEMBERS:
        raise _wrong(f"a record has {', '.join(sorted(_MEMBERS))}, and nothing else", "", "is it whole?")
    if record["format"] != FORMAT:
        raise _wrong("this form is not known", "format", f"it should be {FORMAT!r}")
    answer = record["answer"]
    if not isinstance(answer, dict) or set(answer) not in (_ANSWER, _ANSWER | _OFFER):
        raise _wrong(f"an answer has {', '.join(sorted(_ANSWER))}", "answer", "is it whole?")
    agreement, purposes = answer["agreement"], answer["purposes"]
    if answer["state"] not in ("accepted", "offered", "declined"):
        raise _wrong("there is no such state", "answer.state", "accepted, offered or declined")
    if (answer["state"] == "declined") != (agreement is None) or (
        agreement is not None and (not isinstance(agreement, str) or agreement not in AGREEMENTS)
    ):
        raise _wrong("this agreement is not known here", "answer.agreement", f"known are {', '.join(AGREEMENTS)}")
    if not isinstance(purposes, list) or not all(one in PURPOSES for one in purposes):
        raise _wrong("these are not our purposes", "answer.purposes", f"known are {', '.join(PURPOSES)}")
    for name in ("id", "firm", "name", "key", "proffer", "standard", "text"):
        if not isinstance(answer[name], str):
            raise _wrong("it is no text", f"answer.{name}", "is it whole?")
    return answer


def _of_each_other(given: Proffer, answer: dict[str, Any], at: datetime, now: datetime) -> None:
    """Raises InputError where the answer is to another proffer or firm, out of time, or grants other things."""
    if answer["proffer"] != given.digest:
        raise _wrong("the answer is to another proffer", "answer.proffer", "ask both sides for their record")
    if answer["firm"] != given.firm:
        raise _wrong("the proffer was made to another firm", "answer.firm", "ask both sides for their record")
    if answer["key"] == given.key:
        raise _wrong("one key signed for both sides", "answer.key", "each side has a key of its own")
    if at > now + AHEAD or given.at > at + AHEAD:
        raise _wrong("it is dated in the future", "answer.at" if at > now + AHEAD else "proffer.at", "check the clocks")
    if given.at < at - KEPT:
        raise _wrong("the answer came more than a day after the proffer", "answer.at", "ask for a new one")
    if answer["state"] != "accepted":
        return
    if answer["agreement"] != given.agreement:
        raise _wrong("another agreement was accepted than was proffered", "answer.agreement", "it does not bind")
    if set(answer["purposes"]) != set(given.asked):
        raise _wrong("other purposes were accepted than were proffered", "answer.purposes", "they do not bind")


def _wrong(what: str, member: str, mend: str) -> InputError:
    return InputError(what, where=f"record.{member}" if member else "record", mend=mend)
