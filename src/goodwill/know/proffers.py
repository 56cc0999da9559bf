"""What a customer's agent sends: a proffer, signed with the agent's key (Ed25519, RFC 8032) over its canonical bytes.

A proffer comes from outside, so nothing in it is believed: every member is checked, unknown ones are refused, and it
says for which firm it is meant, so that it cannot be sent on to another. Its signature shows which agent made it, and
not that the agent acts for the person it names: that takes a proof of its own (the service asks for it).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.errors import InputError
from goodwill.facts import PURPOSES
from goodwill.know.agreements import AGREEMENTS
from goodwill.know.canonical import canonical
from goodwill.know.handles import UNITING_KINDS, handle_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "goodwill terms proffer 1"
KEPT = timedelta(hours=24)
"""How old a proffer may be when it is answered."""
AHEAD = timedelta(minutes=5)
"""How far the other side's clock may be ahead of ours."""
_REQUIRED = ("format", "id", "at", "firm", "agreement", "handle", "key")
_OPTIONAL = ("purposes", "answers")
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


@dataclass(frozen=True)
class Proffer:
    """A proffer whose form and signature were checked. `purposes` is None where it names the agreement alone."""

    id: str
    at: datetime
    firm: str
    agreement: str
    purposes: tuple[str, ...] | None
    kind: str
    value: str
    key: str
    answers: str | None
    given: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical bytes, in hex: it stands in the answer."""
        return hashlib.sha256(canonical(self.given)).hexdigest()

    @property
    def asked(self) -> tuple[str, ...]:
        """The purposes that hold by it: those it names, else what its agreement means."""
        return AGREEMENTS[self.agreement].purposes if self.purposes is None else self.purposes


def proffer(given: Any, signature: Any) -> Proffer:
    """Checks a proffer's form and its agent's signature. Raises InputError, `where` naming the member."""
    if not isinstance(given, dict):
        raise _wrong("a proffer is an object", "", "see docs/terms.md")
    unknown = sorted(set(given) - {*_REQUIRED, *_OPTIONAL})
    if unknown:
        raise _wrong("there is no such member", unknown[0][:40], f"there are {', '.join((*_REQUIRED, *_OPTIONAL))}")
    for name in _REQUIRED:
        if name not in given:
            raise _wrong("it is missing", name, "see docs/terms.md")
    if given["format"] != FORMAT:
        raise _wrong("this form is not known", "format", f"write {FORMAT!r}")
    found = Proffer(
        id=_matching(given, "id", _ID, "16 to 64 letters, digits, - and _, never used before"),
        at=instant(given["at"], "at"),
        firm=_text(given, "firm", 300),
        agreement=_agreement(given["agreement"]),
        purposes=_purposes(given),
        kind=_handle(given["handle"])[0],
        value=_handle(given["handle"])[1],
        key=_key(given["key"]),
        answers=_matching(given, "answers", _ID, "the id of our offer") if "answers" in given else None,
        given=given,
    )
    check_signature(found.key, canonical(given), signature, "signature")
    return found


def check_time(at: datetime, now: datetime, where: str = "at") -> None:
    """Raises InputError for a proffer from the future, or one that is too old to be answered."""
    if at > now + AHEAD:
        raise _wrong("it is dated in the future", where, "set the clock right, and sign again")
    if at < now - KEPT:
        raise _wrong("it is more than a day old", where, "make a new one")


# --- keys and signatures ------------------------------------------------------------------------------------------


def check_signature(key: str, signed: bytes, signature: Any, where: str) -> None:
    """Raises InputError where a signature over these bytes was not made with this key's other half."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(decoded(key, 32, "key")).verify(decoded(signature, 64, where), signed)
    except (InvalidSignature, ValueError) as other:
        if isinstance(other, InputError):
            raise
        raise _wrong("the signature is not this key's, or what was signed has been changed", where, _SIGN) from None


def sign(private: bytes, what: bytes) -> str:
    """The signature of these bytes by an Ed25519 key (32 bytes), as base64url without padding."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return encoded(Ed25519PrivateKey.from_private_bytes(private).sign(what))


def public_of(private: bytes) -> str:
    """The public half of an Ed25519 key, as base64url without padding."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return encoded(Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def encoded(value: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5).

    >>> encoded(b"\\xfb\\xff")
    '-_8'
    """
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def decoded(written: Any, length: int, where: str) -> bytes:
    """The bytes of a base64url text. Raises InputError where it is none, or has another length."""
    value = b""
    if isinstance(written, str) and len(written) <= 2 * length and written.isascii():
        try:
            value = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            value = b""
    # One text for each value: the bits that padding leaves over are zero.
    if len(value) != length or encoded(value) != written:
        raise _wrong(f"these are not {length} bytes in base64url without padding", where, _SIGN)
    return value


_SIGN = "sign the canonical bytes (RFC 8785) with Ed25519; docs/terms.md shows it"


# --- members ------------------------------------------------------------------------------------------------------


def instant(written: Any, where: str) -> datetime:
    """An instant as both sides write it: RFC 3339 in UTC. Raises InputError for another form."""
    if isinstance(written, str) and _AT.fullmatch(written):
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            pass
    raise _wrong("this is no instant in UTC", where, "write 2026-11-22T10:00:00Z")


def stamp(at: datetime) -> str:
    """An instant as both sides write it.

    >>> stamp(datetime(2026, 11, 22, 10, tzinfo=UTC))
    '2026-11-22T10:00:00.000000Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def normal_handle(kind: str, value: str) -> str | None:
    """A handle's value in its one form, so that the same handle is always the same text; None where there is none.

    >>> normal_handle("email", " Anna@Example.com"), normal_handle("phone", "0041 44 668 18 00")
    ('anna@example.com', '+41446681800')
    """
    key = handle_keys(pa.array([kind]), pa.array([value]), pa.array([None], pa.string()))[0].as_py()
    return None if key is None else str(key).rpartition("|")[2] if kind == "account" else str(key).partition("|")[2]


def _handle(given: Any) -> tuple[str, str]:
    if not isinstance(given, dict) or set(given) != {"kind", "value"}:
        raise _wrong("a handle has a kind and a value, and nothing else", "handle", "write {kind, value}")
    if given["kind"] not in UNITING_KINDS:
        raise _wrong("no such kind of handle", "handle.kind", f"choose among {', '.join(UNITING_KINDS)}")
    value = given["value"]
    if not isinstance(value, str) or len(value) > 254 or not value.isprintable():
        raise _wrong("it is no handle", "handle.value", "write at most 254 letters, none of them control signs")
    normal = normal_handle(given["kind"], value)
    if not normal:
        raise _wrong("it is empty", "handle.value", "name the person by a handle of their own")
    return given["kind"], normal


def _agreement(given: Any) -> str:
    if not isinstance(given, str) or given not in AGREEMENTS:
        raise _wrong("this agreement is not known here", "agreement", f"choose among {', '.join(AGREEMENTS)}")
    return given


def _purposes(given: Mapping[str, Any]) -> tuple[str, ...] | None:
    if "purposes" not in given:
        return None
    named = given["purposes"]
    if not isinstance(named, list) or len(named) > len(PURPOSES) or not all(one in PURPOSES for one in named):
        raise _wrong("these are not our purposes", "purposes", f"choose among {', '.join(PURPOSES)}")
    if len(set(named)) < len(named):
        raise _wrong("a purpose stands there twice", "purposes", "name each once")
    agreement = AGREEMENTS[_agreement(given["agreement"])]
    beyond = sorted(set(named) - set(agreement.purposes))
    if beyond:
        what = f"{agreement.name} does not go with {beyond[0]!r}"
        raise _wrong(what, "purposes", "leave it out: a person sets single purposes on their own pages")
    return tuple(purpose for purpose in PURPOSES if purpose in named)


def _key(given: Any) -> str:
    return encoded(decoded(given, 32, "key"))


def _matching(given: Mapping[str, Any], name: str, form: re.Pattern[str], wanted: str) -> str:
    if not isinstance(given[name], str) or not form.fullmatch(given[name]):
        raise _wrong("it has another form", name, f"write {wanted}")
    return str(given[name])


def _text(given: Mapping[str, Any], name: str, longest: int) -> str:
    value = given[name]
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise _wrong("it has another form", name, f"write 1 to {longest} printable letters")
    return value


def _wrong(what: str, member: str, mend: str) -> InputError:
    return InputError(what, where=f"proffer.{member}" if member else "proffer", mend=mend)
