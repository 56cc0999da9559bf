"""Signed records: made, checked offline, and attacked."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goodwill.errors import InputError
from goodwill.firm import Firm
from goodwill.know.agreements import Decision, decide
from goodwill.know.canonical import canonical
from goodwill.know.proffers import FORMAT, Proffer, check_time, encoded, proffer, public_of, sign, stamp
from goodwill.know.records import answered, verify

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
AGENT, OTHER, FIRM = (bytes([number]) * 32 for number in (1, 2, 3))
ADDRESS = "https://goodwill.firm.example"


def made(agreement: str = "SD-BASE", *, key: bytes = AGENT, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": "0123456789abcdef",
        "at": stamp(at),
        "firm": ADDRESS,
        "agreement": agreement,
        "handle": {"kind": "email", "value": "Anna@Mail.example"},
        "key": public_of(key),
        **more,
    }


def signed(given: dict[str, Any], key: bytes = AGENT) -> Proffer:
    return proffer(given, sign(key, canonical(given)))


def record(agreement: str = "SD-BASE", decision: Decision | None = None, **more: Any) -> dict[str, Any]:
    given = made(agreement, **more)
    decision = decision or decide(Firm(), agreement)
    signature = sign(AGENT, canonical(given))
    return answered(signed(given), signature, decision, firm=ADDRESS, name="Firm", private=FIRM, now=NOW)


def resigned(changed: dict[str, Any], key: bytes = FIRM) -> dict[str, Any]:
    """The record signed anew by whoever holds a key: what the firm itself could forge."""
    rest = {name: value for name, value in changed.items() if name != "answer_signature"}
    return {**rest, "answer_signature": sign(key, canonical(rest))}


def test_both_sides_can_check_what_they_keep() -> None:
    found = verify(record(), firm_key=public_of(FIRM), agent_key=public_of(AGENT), now=NOW)
    assert (found.state, found.agreement, found.purposes) == ("accepted", "SD-BASE", ("answer me",))
    assert found.handle == ("email", "anna@mail.example") and found.firm == ADDRESS and found.at == NOW
    offer = verify(record("PDC-AI"), now=NOW)
    assert (offer.state, offer.agreement, offer.purposes) == ("offered", "SD-BASE-DP", ("answer me",))
    declined = verify(record("PDC-AI", Decision("declined", None)), now=NOW)
    assert (declined.state, declined.agreement, declined.purposes) == ("declined", None, ())
    fewer = verify(record("SD-BASE", purposes=[]), now=NOW)
    assert fewer.purposes == ()


def changes() -> list[tuple[str, Any, str]]:
    """Where a record is changed, to what, and what is said of it."""
    return [
        ("answer.agreement", "SD-BASE-DP", "signature is not this key's"),
        ("answer.state", "declined", "this agreement is not known"),
        ("answer.purposes", ["answer me", "value me"], "signature is not this key's"),
        ("answer.at", stamp(NOW - timedelta(days=1)), "signature is not this key's"),
        ("answer.name", "Another firm", "signature is not this key's"),
        ("answer.key", public_of(OTHER), "signature is not this key's"),
        ("answer.more", 1, "an answer has"),
        ("proffer.agreement", "SD-BASE-DP", "signature is not this key's"),
        ("proffer.handle.value", "ben@mail.example", "signature is not this key's"),
        ("proffer.key", public_of(OTHER), "signature is not this key's"),
        ("proffer_signature", encoded(bytes(64)), "signature is not this key's"),
        ("answer_signature", encoded(bytes(64)), "signature is not this key's"),
        ("answer_signature", "x", "not 64 bytes"),
        ("format", "goodwill terms record 2", "this form is not known"),
        ("more", 1, "and nothing else"),
    ]


@pytest.mark.parametrize(("where", "to", "why"), changes())
def test_an_altered_record_is_found_out(where: str, to: Any, why: str) -> None:
    changed = copy.deepcopy(record())
    *path, last = where.split(".")
    place = changed
    for name in path:
        place = place[name]
    place[last] = to
    with pytest.raises(InputError, match=why):
        verify(changed, now=NOW)


@pytest.mark.parametrize("byte", range(0, 64, 9))
def test_every_byte_of_a_signature_counts(byte: int) -> None:
    import base64

    changed = record()
    raw = bytearray(base64.urlsafe_b64decode(changed["answer_signature"] + "=="))
    raw[byte] ^= 1
    changed["answer_signature"] = encoded(bytes(raw))
    with pytest.raises(InputError, match="signature is not this key's"):
        verify(changed, now=NOW)


def test_swapped_and_strange_keys_are_found_out() -> None:
    with pytest.raises(InputError, match=r"record\.answer\.key: it was signed with another key than the one you gave"):
        verify(record(), firm_key=public_of(AGENT), now=NOW)
    with pytest.raises(InputError, match=r"record\.proffer\.key: it was signed with another key"):
        verify(record(), agent_key=public_of(FIRM), now=NOW)
    given = made(key=FIRM)
    by_one = answered(
        signed(given, FIRM), sign(FIRM, canonical(given)), Decision("accepted", "SD-BASE"),
        firm=ADDRESS, name="Firm", private=FIRM, now=NOW,
    )  # fmt: skip
    with pytest.raises(InputError, match="one key signed for both sides"):
        verify(by_one, now=NOW)


def test_a_firm_cannot_make_a_record_of_what_was_not_proffered() -> None:
    """The firm holds its own key, so it can sign anything; what it signs still has to fit the person's own proffer."""
    lies = [
        ("agreement", "PDC-INTENT", "another agreement was accepted than was proffered"),
        ("purposes", ["answer me", "value me"], "other purposes were accepted than were proffered"),
        ("firm", "https://other.example", "the proffer was made to another firm"),
        ("proffer", "0" * 64, "the answer is to another proffer"),
        ("at", stamp(NOW + timedelta(days=2)), "dated in the future"),
        ("at", stamp(NOW - timedelta(days=2)), "dated in the future"),
    ]
    for member, to, why in lies:
        lie = copy.deepcopy(record())
        lie["answer"][member] = to
        with pytest.raises(InputError, match=why):
            verify(resigned(lie), now=NOW)
    late = record(at=NOW - timedelta(days=3))
    with pytest.raises(InputError, match="more than a day after"):
        verify(late, now=NOW)


def test_an_answer_cannot_be_laid_on_another_proffer() -> None:
    first, second = record(), record(id="another-id-0000001")
    mixed = {**second, "answer": first["answer"]}
    with pytest.raises(InputError, match="signature is not this key's"):
        verify(mixed, now=NOW)
    with pytest.raises(InputError, match="the answer is to another proffer"):
        verify(resigned(mixed), now=NOW)


@pytest.mark.parametrize("what", [None, [], "x", 3, {}, {"format": 1}])
def test_what_is_no_record_is_refused(what: Any) -> None:
    with pytest.raises(InputError, match="a record has answer"):
        verify(what, now=NOW)


# --- proffers -----------------------------------------------------------------------------------------------------

WRONG = [
    ({"more": 1}, "proffer.more: there is no such member"),
    ({"format": "2"}, "proffer.format: this form is not known"),
    ({"id": "short"}, "proffer.id: it has another form"),
    ({"id": "x" * 65}, "proffer.id: it has another form"),
    ({"id": 7}, "proffer.id: it has another form"),
    ({"at": "yesterday"}, "proffer.at: this is no instant in UTC"),
    ({"at": "2026-13-01T00:00:00Z"}, "proffer.at: this is no instant in UTC"),
    ({"at": "2026-11-01T00:00:00+01:00"}, "proffer.at: this is no instant in UTC"),
    ({"firm": ""}, "proffer.firm: it has another form"),
    ({"firm": "a\nb"}, "proffer.firm: it has another form"),
    ({"agreement": "SD-ALL"}, "proffer.agreement: this agreement is not known here"),
    ({"agreement": ["SD-BASE"]}, "proffer.agreement: this agreement is not known here"),
    ({"purposes": ["value me"]}, "proffer.purposes: SD-BASE does not go with 'value me'"),
    ({"purposes": ["answer me", "answer me"]}, "proffer.purposes: a purpose stands there twice"),
    ({"purposes": [{}]}, "proffer.purposes: these are not our purposes"),
    ({"purposes": "answer me"}, "proffer.purposes: these are not our purposes"),
    ({"handle": {"kind": "email"}}, "proffer.handle: a handle has a kind and a value"),
    ({"handle": {"kind": "name", "value": "Anna"}}, "proffer.handle.kind: no such kind of handle"),
    ({"handle": {"kind": "email", "value": "a@b.ch\nBcc: x@y.z"}}, "proffer.handle.value: it is no handle"),
    ({"handle": {"kind": "email", "value": "  "}}, "proffer.handle.value: it is empty"),
    ({"handle": {"kind": "email", "value": "a" * 300}}, "proffer.handle.value: it is no handle"),
    ({"key": "x"}, "proffer.key: these are not 32 bytes"),
    ({"key": None}, "proffer.key: these are not 32 bytes"),
    ({"answers": 1}, "proffer.answers: it has another form"),
]


@pytest.mark.parametrize(("more", "why"), WRONG)
def test_what_an_agent_gets_wrong_is_named(more: dict[str, Any], why: str) -> None:
    given = {**made(), **more}
    with pytest.raises(InputError, match="^" + why.replace(".", r"\.")):
        signed(given)


def test_what_is_missing_is_named() -> None:
    for name in made():
        given = made()
        del given[name]
        with pytest.raises(InputError, match=rf"proffer\.{name}: it is missing"):
            signed(given)
    with pytest.raises(InputError, match="a proffer is an object"):
        proffer([], "")


def test_a_signature_by_another_key_or_over_other_bytes_is_refused() -> None:
    with pytest.raises(InputError, match=r"proffer\.signature: the signature is not this key's"):
        signed(made(), OTHER)
    with pytest.raises(InputError, match=r"proffer\.signature: the signature is not this key's"):
        proffer(made(), sign(AGENT, canonical(made("SD-BASE-DP"))))
    good = sign(AGENT, canonical(made()))
    for broken in (None, "", good + "=", good[:-1], good + "A", good[:-1] + "!", 5, "é" * 86):
        with pytest.raises(InputError, match=r"proffer\.signature: these are not 64 bytes"):
            proffer(made(), broken)


def test_a_base64_text_with_left_over_bits_is_not_a_second_signature() -> None:
    """86 letters hold 516 bits for 512: other last letters would decode alike."""
    good = sign(AGENT, canonical(made()))
    others = {good[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"} - {
        good
    }
    for other in others:
        with pytest.raises(InputError):
            proffer(made(), other)


def test_the_clock_is_minded() -> None:
    check_time(NOW + timedelta(minutes=4), NOW)
    with pytest.raises(InputError, match="dated in the future; set the clock right"):
        check_time(NOW + timedelta(minutes=6), NOW)
    with pytest.raises(InputError, match="more than a day old"):
        check_time(NOW - timedelta(hours=25), NOW)
