"""Personal data is found and masked; what only looks like it is left alone."""

from __future__ import annotations

import csv
import re
import time
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodwill.privacy import KINDS, Found, find, iban, luhn, mask, mask_many, people_in


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
    assert mask("de ANNA-MARIA van, Berg", ["Anna van den Berg"]) == "de [name]-MARIA van, [name]"
    assert mask("Dr. Eva König says: dr. no", ["Dr. Eva König"]) == "Dr. [name] says: dr. no"
    assert mask("o'connor, O'Connor's, connor", ["Miriam O'Connor"]) == "[name], [name]'s, connor"
    assert mask("Anna", ()) == "Anna"
    assert mask("a b", ["", " ", "a"]) == "a b"


def test_a_firm_is_nobody() -> None:
    assert (
        mask("Dear Acme Parts, thanks. Cheers, Bob", firms=["Acme Parts"]) == "Dear Acme Parts, thanks. Cheers, [name]"
    )
    assert mask_many(["Anna", "Meyer"], ["Anna Meyer"]) == ["[name]", "[name]"]
    assert mask_many(["Thank you Acme!", "Thank you Lena!"], firms=["ACME"]) == ["Thank you Acme!", "Thank you [name]!"]
    assert mask("Thanks AA!") == "Thanks AA!"


def test_names_come_from_the_table_of_people() -> None:
    rows = [("Anna Meyer", "person"), ("Acme", "organisation"), (None, None), (" Bo Li ", None), ("Anna Meyer", None)]
    people = pa.table({"name": [name for name, _ in rows], "kind": [kind for _, kind in rows]})
    assert people_in(people) == ("Anna Meyer", "Bo Li")


def test_many_names_cost_little() -> None:
    names = [f"Given{k:05d} Family{k:05d}" for k in range(20_000)]
    begun = time.process_time()
    masked = mask_many(["Family00017 wrote to Given12345 Family12345 about the weather"] * 500, names)
    assert set(masked) == {"[name] wrote to [name] about the weather"}
    assert time.process_time() - begun < 30


LABELLED = Path(__file__).parent / "data" / "personal.csv"
PIECE = re.compile(r"⟦(\w+):([^⟧]*)⟧")
FLOORS = {  # by part: precision and recall of each kind, a little below what was measured
    "dev": {"email": (1, 1), "iban": (1, 1), "card": (1, 1), "phone": (0.95, 0.95), "address": (0.95, 0.95),
            "name": (0.95, 0.95)},
    "test": {"email": (1, 1), "iban": (1, 1), "card": (1, 1), "phone": (0.85, 0.95), "address": (0.85, 0.85),
             "name": (0.87, 0.9)},
}  # fmt: skip


@pytest.mark.parametrize("split", ["dev", "test"])
def test_precision_and_recall_on_our_own_labelled_lines(split: str) -> None:
    counts = {kind: [0, 0, 0] for kind in KINDS}  # found and meant, found, meant
    with LABELLED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    for row in rows:
        text, meant = plain_and_labels(row["text"])
        names = [name for name in row["names"].split(";") if name]
        found = {(one.kind, one.start, one.end) for one in find(text, names)}
        for kind, both in ((kind, found & meant) for kind in KINDS):
            counts[kind][0] += sum(one[0] == kind for one in both)
            counts[kind][1] += sum(one[0] == kind for one in found)
            counts[kind][2] += sum(one[0] == kind for one in meant)
    print(f"\n{split}, {len(rows)} lines")
    for kind, (both, found_of, meant_of) in counts.items():
        precision, recall = both / max(1, found_of), both / max(1, meant_of)
        print(f"{kind:8s} precision {precision:.2f} recall {recall:.2f} of {meant_of}")
        assert precision >= FLOORS[split][kind][0] and recall >= FLOORS[split][kind][1], kind


def plain_and_labels(marked: str) -> tuple[str, set[tuple[str, int, int]]]:
    """'to ⟦email:a@b.ch⟧' is 'to a@b.ch' and {('email', 3, 9)}."""
    text, meant, reached = "", set(), 0
    for piece in PIECE.finditer(marked):
        text += marked[reached : piece.start()]
        meant.add((piece[1], len(text), len(text) + len(piece[2])))
        text += piece[2]
        reached = piece.end()
    return text + marked[reached:], meant


def test_found_tells_place_and_kind() -> None:
    assert find("to a@b.ch", []) == [Found(3, 9, "email", "a@b.ch")]


def test_an_email_that_holds_a_name_is_one_email() -> None:
    assert mask("anna@example.org", ["Anna"]) == "[email]"


def test_addresses_glued_together_leave_nothing() -> None:
    assert mask("a@b.ch.a@b.ch") == "[email]"
    assert mask("to a@b.ch.a@b.ch.c@d.com, x@y.de@z.com") == "to [email], [email]"
    assert mask_many(["DE89370400440532013000.4111111111111111", "none"]) == ["[iban].[card]", "none"]


def test_checksums() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 3")
    assert not iban("ZZ82 WEST 1234 5698 7654 32")


PIECES = st.sampled_from(
    ["a@b.ch", "+41 44 123 45 67", "4111111111111111", "DE89370400440532013000", "Lindenweg 4", "Ann", "hello",
     "v1.2.3", "Dear", "Thanks,", "my name is", "Anna Meyer", "\n– ", "Mr", " ", ", ", "@", "\n", "7", ".", "-", "\x00"]
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


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "0",
        "+1",
        "a@",
        "a.",
        "A ",
        "12 A ",
        "CH93 ",
        "0 ",
        "4-",
        "((",
        "Lange ",
        "Dear ",
        "Thanks ",
        "Anna ",
        "\n",
        "Mr ",
        "Hi Anna and ",
    ],
)
def test_a_long_line_takes_little_time(unit: str) -> None:
    begun = time.process_time()
    mask(unit * (200_000 // len(unit)), ["Ann"])
    assert time.process_time() - begun < 30
