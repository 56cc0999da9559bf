"""One way to recognise a person, normalised, so that the same handle is always the same text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# Kinds that name exactly one person. A name alone is shared by many, so it never unites.
UNITING_KINDS = ("email", "phone", "account", "card", "device")


def looks_like_email(values: pa.Array) -> pa.Array:
    """True where a text has the form of an e-mail address.

    >>> looks_like_email(pa.array(["Anna@Example.com", "@anna", None])).to_pylist()
    [True, False, None]
    """
    return pc.match_substring_regex(values, r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$")


def looks_like_phone(values: pa.Array) -> pa.Array:
    """True where a text has the form of a telephone number: + or 00 and 8 to 15 digits.

    >>> looks_like_phone(pa.array(["+41 44 668 18 00", "4466", "anna44668"])).to_pylist()
    [True, False, False]
    """
    digits = pc.replace_substring_regex(values, r"[\s().\-/]", "")
    return pc.match_substring_regex(digits, r"^(\+|00)[0-9]{8,15}$")


def normalise_email(values: pa.Array) -> pa.Array:
    """Lower case, no surrounding space; what stands before the @ is otherwise the person's own affair."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


def normalise_phone(values: pa.Array) -> pa.Array:
    """Digits with a leading + where the country is given.

    >>> normalise_phone(pa.array(["+41 (0)44 668 18 00", "0041 44 668 18 00", "044 668 18 00"])).to_pylist()
    ['+41446681800', '+41446681800', '0446681800']
    """
    plain = pc.replace_substring_regex(values, r"\(0\)", "")
    plain = pc.replace_substring_regex(plain, r"[^0-9+]", "")
    return pc.replace_substring_regex(plain, r"^00", "+")


def normalise_account(values: pa.Array) -> pa.Array:
    """Lower case, without the @ in front or the address of a profile page around it.

    >>> normalise_account(pa.array(["@Hexgear", "https://twitter.com/Hexgear/", "u/hexgear"])).to_pylist()
    ['hexgear', 'hexgear', 'hexgear']
    """
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    plain = pc.replace_substring_regex(plain, r"^https?://[^/]+/(?:users?/|u/|@)?", "")
    plain = pc.replace_substring_regex(plain, r"^/?u/", "")
    return pc.utf8_trim(plain, "@/")


def handle_keys(kind: pa.Array, value: pa.Array, channel: pa.Array) -> pa.Array:
    """One text for each handle: 'email|anna@example.com', 'account|twitter|hexgear'; null where there is none.

    An account without a channel is 'account||hexgear': the firm says that the name is the same everywhere.

    >>> handle_keys(pa.array(["email"]), pa.array([" A@b.ch"]), pa.array([None], pa.string())).to_pylist()
    ['email|a@b.ch']
    """
    kind = pc.utf8_lower(kind)
    where = pc.coalesce(pc.utf8_lower(pc.utf8_trim_whitespace(channel)), pa.scalar(""))
    email, phone, account = pc.equal(kind, "email"), pc.equal(kind, "phone"), pc.equal(kind, "account")
    normal = pc.case_when(
        pc.make_struct(email, phone, account),
        normalise_email(value),
        normalise_phone(value),
        normalise_account(value),
        pc.utf8_trim_whitespace(value),
    )
    key = pc.if_else(
        account,
        pc.binary_join_element_wise(kind, where, normal, "|"),
        pc.binary_join_element_wise(kind, normal, "|"),
    )
    return pc.if_else(pc.equal(pc.utf8_length(normal), 0), pa.scalar(None, pa.string()), key)


def author_kinds(author: pa.Array) -> pa.Array:
    """What sort of handle an author's is, by its form: e-mail, phone, else an account on the message's channel."""
    return pc.case_when(
        pc.make_struct(pc.fill_null(looks_like_email(author), False), pc.fill_null(looks_like_phone(author), False)),
        pa.scalar("email"),
        pa.scalar("phone"),
        pa.scalar("account"),
    )
