"""Personal data is found and masked; what only looks like it is left alone."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodwill.privacy import KINDS, Found, find, iban, luhn, mask, mask_many


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ann.meyer+shop@mail.example.co.uk please", "write to [email] please"),
        ("Mail: JÖRG@example.ch.", "Mail: [email]."),
        ("call +41 (0)44 123 45 67 now", "call [phone] now"),
        ("+49-221-4711 00 or 0221/471100", "[phone] or [phone]"),
        ("(212) 555-0142, 212-555-0142", "[phone], [phone]"),
        ("mobile 07700 900123", "mobile [phone]"),
        ("01.02.03.04.05 is French", "[phone] is French"),
        ("ring me on 555-0142", "ring me on [phone]"),
        ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
        ("378282246310005", "[card]"),
        ("IBAN CH93 0076 2011 6238 5295 7 THANK YOU", "IBAN [iban] THANK YOU"),
        ("de89370400440532013000", "[iban]"),
        ("I live at 221B Baker Street, second floor", "I live at [address], second floor"),
        ("Lindenweg 4, 8001 Zürich", "[address]"),
        ("an die Bahnhofstr. 7 in Bern", "an die [address] in Bern"),
        ("14, rue de la Paix, 75002 Paris", "[address]"),
        ("Calle Mayor 5", "[address]"),
        ("Via Roma, 12", "[address]"),
        ("postcode SW1A 2AA", "postcode [address]"),
        ("P.O. Box 123", "[address]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "version 10.0.19045.3570 and v2.11.0",
        "@115890 and @0441234567",
        "order 113542617735902",  # the form of a card, but the last digit does not check the others
        "4111 1111 1111 1112",
        "CH94 0076 2011 6238 5295 7",
        "on 01.02.2024 at 12:30, or 2024-03-01",
        "open 0900-1700",
        "it cost 1,299.00 and 0.95",
        "error 0x80070005, firmware 0.9.12.3456",
        "room 12, 3 way street",
        "#0441234567",
        "a@b",
        "I have 2 small Roads to cross",
        "1st place",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_given_names_are_masked_whole_and_in_part() -> None:
    names = ["Anna Meyer", "Will Hay"]
    assert mask("Anna Meyer's bill, ANNA, meyer", names) == "[name]'s bill, [name], [name]"
    assert mask("will it fit, Will? Annabel asks @anna", names) == "will it fit, [name]? Annabel asks @anna"
    assert mask("Anna", ()) == "Anna"
    assert mask("a b", ["", " ", "a"]) == "a b"


def test_found_tells_place_and_kind() -> None:
    assert find("to a@b.ch", []) == [Found(3, 9, "email", "a@b.ch")]


def test_an_email_that_holds_a_name_is_one_email() -> None:
    assert mask("anna@example.org", ["Anna"]) == "[email]"


def test_checksums() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 3")
    assert not iban("ZZ82 WEST 1234 5698 7654 32")


PIECES = st.sampled_from(
    ["a@b.ch", "+41 44 123 45 67", "4111111111111111", "DE89370400440532013000", "Lindenweg 4", "Ann", "hello",
     "v1.2.3", " ", ", ", "@", "\n", "7", ".", "-", "\x00"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=12).map("".join)


@given(st.lists(TEXTS, max_size=6))
def test_many_at_once_is_one_by_one(texts: list[str]) -> None:
    assert mask_many(texts, ["Ann"]) == [mask(text, ["Ann"]) for text in texts]


@given(TEXTS)
def test_pieces_are_in_order_and_do_not_overlap(text: str) -> None:
    found = find(text, ["Ann"])
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(text[one.start : one.end] == one.text and one.kind in KINDS for one in found)


@given(TEXTS)
def test_a_masked_text_holds_nothing_more(text: str) -> None:
    kinds = {found.kind for found in find(mask(text, ["Ann"]), ["Ann"])}
    assert not kinds & {"email", "iban", "card"}


@pytest.mark.parametrize("unit", ["a", "1", "0", "+1", "a@", "a.", "A ", "12 A ", "CH93 ", "0 ", "4-", "((", "Lange "])
def test_a_long_line_takes_little_time(unit: str) -> None:
    begun = time.perf_counter()
    mask(unit * (200_000 // len(unit)), ["Ann"])
    assert time.perf_counter() - begun < 5
