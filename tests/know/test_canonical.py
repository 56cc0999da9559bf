"""Canonical JSON, held to RFC 8785's own examples."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodwill.errors import InputError
from goodwill.know.canonical import canonical, number, read

# RFC 8785, appendix B: bits of a double, and how it is written.
NUMBERS = {
    "0000000000000000": "0", "8000000000000000": "0", "0000000000000001": "5e-324", "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308", "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992", "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000", "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23", "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000", "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21", "3eb0c6f7a0b5ed8c": "9.999999999999997e-7", "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332", "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333", "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343", "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}  # fmt: skip


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_are_written_as_the_standard_has_them(bits: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert number(value) == NUMBERS[bits]


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_is_refused(bits: str) -> None:
    with pytest.raises(InputError, match="JSON has no number"):
        number(struct.unpack(">d", bytes.fromhex(bits))[0])


def test_the_example_of_the_standard() -> None:
    """RFC 8785, 3.2.2 and 3.2.4."""
    given = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    wanted = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(given) == wanted.encode()


def test_members_are_sorted_by_utf_16_units() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = json.loads(canonical(dict.fromkeys(names, 0)), object_pairs_hook=lambda pairs: [name for name, _ in pairs])
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**53, "beyond 2\\^53"),
        ("\ud83d", "half a character"),
        ({"\udc00": 1}, "half a character"),
        ({1: 2}, "a member's name is no text"),
        (b"x", "JSON has no bytes"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, why: str) -> None:
    with pytest.raises(InputError, match=why):
        canonical(value)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands there twice"),
        (b"[" * 20 + b"]" * 20, "nested too deeply"),
        (b"[" * 200_000, "200,000 bytes"),
        (b"[" * 16_000, "nested too deeply"),
        (b'"' + b"a" * 20_000 + b'"', "20,002 bytes"),
        (b"\xff", "no JSON in UTF-8"),
        (b"{", "no JSON in UTF-8"),
        (b"[NaN]", "JSON has no number NaN"),
        (b"[1e999]", "JSON has no number"),
        (b"[" + b"9" * 5000 + b"]", "beyond 2\\^53"),
        (b"[9007199254740993]", "beyond 2\\^53"),
        (b'["\\ud800"]', "half a character"),
    ],
)
def test_what_comes_from_outside_is_bounded(written: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(written)


def test_brackets_in_texts_are_not_depth() -> None:
    assert read(b'["[[[[[[[[[[[[", "\\"[[[[[[[[[[["]') == ["[[[[[[[[[[[[", '"[[[[[[[[[[[']


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_writing_and_reading_ends_where_it_began(value: Any) -> None:
    written = canonical(value)
    again = read(written, largest=10**7, deepest=100)
    assert again == value
    assert canonical(again) == written


@given(
    st.recursive(
        st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.text(st.characters(exclude_categories=["Cs"]))),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdefgh_"), inner),
        max_leaves=10,
    )
)
def test_pythons_own_json_writes_records_alike(value: Any) -> None:
    """What docs/terms.md tells a reader without goodwill: true of texts, whole numbers and plain names."""
    theirs = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert theirs == canonical(value)
