"""The book: entries, transfers to the cent, small ties, what stands beside the sums, and every refusal."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.errors import BooksError, ModelError
from goodwill.ledger import LEDGER_SCHEMA, Book, Harm, Lines, Ties, reconcile, worth_table
from goodwill.ledger.kinds import MEASURED, OWN_KINDS, PART_OF_KIND, PARTS

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def spend(*amounts: float) -> Lines:
    return Lines(np.arange(len(amounts)), amounts, kind="spend", counter="firm:sales", rule="BG/NBD 1")


def by_customer(book: Book) -> dict[str, Decimal]:
    """Worth from the written entries alone, added up in Python."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for line in book.entries.to_pylist():
        if line["kind"] not in ("reach", "harm", "earns"):
            total[line["customer_id"]] += line["amount"]
    return total


def random_book(size: int, seed: int, *, cents: float, negative: bool) -> Book:
    rng = np.random.default_rng(seed)
    ties = 4 * size if size > 1 else 0
    owner = rng.integers(0, size, ties)
    beneficiary = (owner + rng.integers(1, max(2, size), ties)) % size
    share = rng.random(ties) * 0.9 / np.bincount(owner, minlength=size)[owner]
    if negative:
        share *= rng.choice([-1.0, 1.0], ties)
    return Book.build(
        AT,
        [f"customer {row}" for row in range(size)],
        [
            Lines(np.arange(size), rng.normal(1.0, 1.0, size) * cents, kind="spend", counter="firm:sales"),
            Lines(
                rng.integers(0, size, size),
                rng.random(size) * cents,
                kind=rng.choice(["answer", "idea", "acquisition"], size),
                counter=rng.choice(["firm:contacts", "firm:acquisition"], size),
            ),
        ],
        [Ties(owner, beneficiary, share, kind=rng.choice(["referral", "influence"], ties))] if ties else [],
    )


@settings(deadline=None, max_examples=80)
@given(
    size=st.integers(1, 25),
    seed=st.integers(0, 2**32 - 1),
    cents=st.sampled_from([0.01, 0.3, 40.0, 1e6]),
    negative=st.booleans(),
)
def test_random_books_balance_to_the_cent(size: int, seed: int, cents: float, negative: bool) -> None:
    book = random_book(size, seed, cents=cents, negative=negative)
    assert book.worth.sum() == book.generated.sum()
    lines = by_customer(book)
    assert sum(lines.values()) == 0
    table = worth_table(book).to_pylist()
    for row in table:
        assert row["worth"] == lines[row["customer_id"]]
        assert row["follows"] == sum(row[part] for part in PARTS)
        assert row["worth"] == row["follows"] + row["passed_on"]
    assert lines.get("firm:small ties", Decimal(0)) == 0
    # Rounding: half a cent a pair, one cent for each pooled line.
    pairs = 4 * size + 4
    assert np.all(np.abs(book.worth / 100 - book.net) <= 0.01 * pairs)
    assert reconcile(book).balanced


def test_lines_as_they_are_written() -> None:
    book = Book.build(
        AT,
        ["ann", "ben"],
        [
            Lines([0, 1], [10.0, 100.0], "spend", "firm:sales", low=[8.0, np.nan], high=[13.5, 120.0], rule="BG/NBD 1"),
            Lines([0], [7.255], "answer", "firm:contacts", at=datetime(2026, 5, 1, tzinfo=UTC), evidence=6),
        ],
        [Ties([1], [0], [0.5], "referral", low=[0.2], high=[0.6], evidence="assumed", rule="referral 1")],
    )
    assert book.entries.schema == LEDGER_SCHEMA
    lines = book.entries.to_pylist()
    assert [line["entry_id"] for line in lines[:3]] == ["0000000000a", "0000000000b", "0000000001a"]
    assert lines[0] == {
        "entry_id": "0000000000a",
        "at": AT,
        "customer_id": "ann",
        "counterparty_id": "firm:sales",
        "kind": "spend",
        "amount": Decimal("10.00"),
        "low": Decimal("8.00"),
        "high": Decimal("13.50"),
        "evidence": ["measured"],
        "rule": "BG/NBD 1",
    }
    counter = lines[1]
    assert (counter["customer_id"], counter["counterparty_id"]) == ("firm:sales", "ann")
    assert (counter["amount"], counter["low"], counter["high"]) == (Decimal(-10), Decimal("-13.50"), Decimal("-8.00"))
    assert lines[2]["low"] is None and lines[2]["high"] is None
    answer = lines[4]
    assert (answer["amount"], answer["evidence"], answer["rule"]) == (Decimal("7.26"), ["estimated", "assumed"], "")
    assert answer["at"] == datetime(2026, 5, 1, tzinfo=UTC)
    received, passed = lines[6], lines[7]
    assert (received["customer_id"], received["amount"], received["low"], received["high"]) == (
        "ann",
        Decimal(50),
        Decimal(20),
        Decimal(60),
    )
    assert received["evidence"] == ["measured", "assumed"]  # as sure as the tie and as what ben spends
    assert (passed["customer_id"], passed["amount"]) == ("ben", Decimal(-50))


def test_follows_has_the_shares_of_what_follows_from_others() -> None:
    """A chain: cy was brought by ben, ben by ann; ann has a half of ben's half too."""
    ties = Ties(owner=[2, 1], beneficiary=[1, 0], share=[0.5, 0.5], kind="referral")
    book = Book.build(AT, ["ann", "ben", "cy"], [spend(10.0, 20.0, 100.0)], [ties])
    assert book.follows.tolist() == [4500, 7000, 10000]
    assert book.passed_on.tolist() == [0, -3500, -5000]
    assert book.worth.tolist() == [4500, 3500, 5000]
    assert book.part("referral").tolist() == [3500, 5000, 0]


def test_every_kind_goes_into_its_part() -> None:
    own = [Lines([0], [float(place + 1)], kind=kind, counter="firm:any") for place, kind in enumerate(OWN_KINDS)]
    book = Book.build(AT, ["ann"], own)
    for part in PARTS:
        expected = sum(100 * (place + 1) for place, kind in enumerate(OWN_KINDS) if PART_OF_KIND[kind] == part)
        assert book.part(part).tolist() == [expected]


def test_repeated_ties_are_one_transfer_and_kinds_stay_apart() -> None:
    early, late = np.datetime64("2026-01-01"), np.datetime64("2026-06-01")
    book = Book.build(
        AT,
        ["ann", "ben"],
        [spend(0.0, 100.0)],
        [
            Ties([1, 1], [0, 0], [0.1, 0.2], "influence", at=np.array([late, early]), evidence="estimated", rule="τ 1"),
            Ties([1], [0], [0.3], "referral", evidence="assumed"),
        ],
    )
    transfers = [line for line in book.lines_of("ann").to_pylist() if line["counterparty_id"] == "ben"]
    assert [(line["kind"], line["amount"]) for line in transfers] == [
        ("influence", Decimal(30)),
        ("referral", Decimal(30)),
    ]
    assert transfers[0]["at"] == datetime(2026, 6, 1, tzinfo=UTC)
    assert transfers[0]["evidence"] == ["measured", "estimated"]
    assert transfers[0]["low"] is None


def test_small_ties_are_pooled_and_balance() -> None:
    """Ten fans pass 0.4 cent each: 4 cents received in one line, four fans pay one cent in theirs."""
    fans = np.arange(1, 11)
    ties = Ties(fans, np.zeros(10, dtype=int), np.full(10, 0.004), low=np.zeros(10), high=np.full(10, 0.01))
    book = Book.build(AT, [f"c{row}" for row in range(11)], [spend(0.0, *[1.0] * 10)], [ties])
    small = [line for line in book.entries.to_pylist() if line["kind"] == "small ties"]
    received = [line for line in small if line["customer_id"] == "c0"]
    assert len(received) == 1
    assert received[0]["amount"] == Decimal("0.04")
    assert (received[0]["low"], received[0]["high"]) == (Decimal("0.00"), Decimal("0.10"))
    assert received[0]["counterparty_id"] == "firm:small ties"
    assert received[0]["rule"] == "influence: ties below a cent together, by largest remainders"
    paid = [line["amount"] for line in small if line["customer_id"] in {f"c{row}" for row in fans}]
    assert paid == [Decimal("-0.01")] * 4
    assert book.part("influence").tolist() == [4] + [0] * 10
    assert book.worth.sum() == 1000


def test_reach_stands_outside_every_sum() -> None:
    plain = Book.build(AT, ["ann"], [spend(10.0)])
    reach = Lines([0], [500.0], low=[0.0], high=[9000.0], evidence="assumed", rule="reach 1")
    book = Book.build(AT, ["ann"], [spend(10.0)], reach=[reach])
    assert worth_table(book).equals(worth_table(plain))
    line = book.lines_of("ann").to_pylist()[1]
    assert (line["kind"], line["amount"], line["counterparty_id"]) == ("reach", Decimal(500), "firm:reach")
    assert reconcile(book).beside == {"reach": 50_000}


def test_harm_changes_no_customer() -> None:
    plain = Book.build(AT, ["ann", "ben"], [spend(10.0, 5.0)], [Ties([1], [0], [0.2])])
    harm = Harm("cause:download fee", [-300.0], low=[-500.0], high=[-90.0], rule="left 1")
    earns = Harm(["cause:download fee"], [45.0], kind="earns", counter="firm:fees", evidence="measured")
    book = plain.with_harm([harm, earns])
    assert worth_table(book).equals(worth_table(plain))
    assert book.entries.slice(0, len(plain.entries)).equals(plain.entries)
    lines = book.lines_of("cause:download fee").to_pylist()
    assert [(line["kind"], line["amount"], line["low"]) for line in lines] == [
        ("harm", Decimal(-300), Decimal(-500)),
        ("earns", Decimal(45), None),
    ]
    assert reconcile(book).beside == {"harm": -30_000, "earns": 4_500}
    assert "cause:download fee" not in plain.others.words
    assert Book.build(
        AT, ["ann", "ben"], [spend(10.0, 5.0)], [Ties([1], [0], [0.2])], harm=[harm, earns]
    ).entries.equals(book.entries)


def test_the_pool_is_an_account_like_any_customer() -> None:
    book = Book.build(AT, ["ann", "pool"], [spend(10.0, 400.0)], [Ties([1], [0], [0.1], "referral")])
    found = reconcile(book)
    assert found.sums == {"customers": 5000, "pool": 36000, "firm": -41000}


def test_nobody_and_no_ties() -> None:
    empty = Book.build(AT, [], [])
    assert empty.entries.schema == LEDGER_SCHEMA
    assert len(empty.entries) == len(worth_table(empty)) == 0
    assert reconcile(empty).balanced
    alone = Book.build(AT, ["ann", "ben"], [spend(1.0)])
    assert alone.worth.tolist() == [100, 0]
    assert alone.evidence.tolist() == [MEASURED, 0]


def test_the_same_columns_give_the_same_book() -> None:
    first, second = (random_book(20, 3, cents=40.0, negative=False) for _ in range(2))
    assert first.entries.equals(second.entries)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            Lines([0], [1.0], "gift", "firm:sales"),
            r"ledger: kind 'gift' cannot stand here; use one of opening, purchase",
        ),
        (Lines([0], [1.0], "referral", "firm:sales"), r"kind 'referral' cannot stand here"),
        (Lines([0], [1.0], "spend", "sales"), r"counter 'sales' is no such account; its name begins with 'firm:'"),
        (Lines([5], [1.0], "spend", "firm:sales"), r"customer, row 0: 5 is out of range; there are 2 customers"),
        (Lines([0.5], [1.0], "spend", "firm:sales"), r"customer is no column of integers"),
        (Lines([0, 1], [1.0], "spend", "firm:sales"), r"amount has 1 rows, not 2"),
        (Lines([0, 1], [[1.0, 1.0]], "spend", "firm:sales"), r"amount has 2 dimensions"),
        (Lines([0], [np.nan], "spend", "firm:sales"), r"amount, row 0: nan is no sum of money"),
        (Lines([0], [1.0], "spend", "firm:sales", evidence="felt"), r"evidence 'felt' is unknown; use one of measured"),
        (Lines([0], [1.0], "spend", "firm:sales", evidence=8), r"an evidence code is not from 1 to 7"),
        (Lines([0, 1], [1.0, 1.0], "spend", "firm:sales", evidence=np.array([1])), r"evidence has 1 rows, not 2"),
        (Lines([0], [1.0], "spend", "firm:sales", at=datetime(2026, 1, 1)), r"2026-01-01T00:00:00 has no time zone"),
        (Lines([0], [1.0], "spend", "firm:sales", at=np.array(["NaT"], "M8[us]")), r"at, row 0 is empty"),
        (Lines([0], [1.0], "spend", "firm:sales", at=np.array(["2026"] * 2, "M8[us]")), r"at has 2 rows, not 1"),
        (Lines([0], [1.0], "spend", "firm:sales", rule=pa.array([None], pa.string())), r"rule, row 0 is empty"),
        (Lines([0], [1.0], ["spend", "spend"], "firm:sales"), r"kind has 2 rows, not 1"),
        (Lines([0, 1], [8e13, 8e13], "spend", "firm:sales"), r"1.6e\+14 is more money than the books can hold"),
    ],
)
def test_lines_that_cannot_be_booked(own: Lines, message: str) -> None:
    with pytest.raises(BooksError, match=message):
        Book.build(AT, ["ann", "ben"], [own])


@pytest.mark.parametrize(
    ("customers", "message"),
    [
        (["ann", "ann"], r"customers, row 1: 'ann' is there twice; give each customer once"),
        (["ann", "firm:x"], r"customers, row 1: 'firm:x' is kept for the accounts of the firm and of causes"),
        (["ann", "cause:x"], r"'cause:x' is kept for"),
        (["ann", None], r"customers, row 1 is empty"),
    ],
)
def test_customers_that_cannot_be_accounts(customers: list[str], message: str) -> None:
    with pytest.raises(BooksError, match=message):
        Book.build(AT, customers, [])


def test_ties_and_causes_that_cannot_be_booked() -> None:
    with pytest.raises(BooksError, match=r"kind 'spend' cannot stand here; use one of referral, influence"):
        Book.build(AT, ["ann", "ben"], [], [Ties([0], [1], [0.1], "spend")])
    with pytest.raises(ModelError, match=r"row 0: customer 0 has a tie to himself"):
        Book.build(AT, ["ann", "ben"], [], [Ties([0], [0], [0.1])])
    with pytest.raises(ModelError, match=r"owner 0 \(first tie: row 0\) add up to 1\.1"):
        Book.build(AT, ["ann", "ben"], [], [Ties([0], [1], [0.6]), Ties([0], [1], [0.5], "referral")])
    with pytest.raises(BooksError, match=r"cause 'fee' is no such account; its name begins with 'cause:'"):
        Book.build(AT, ["ann"], [], harm=[Harm("fee", [1.0])])
    with pytest.raises(BooksError, match=r"kind 'spend' cannot stand here; use one of harm, earns"):
        Book.build(AT, ["ann"], [], harm=[Harm("cause:fee", [1.0], kind="spend")])
    with pytest.raises(BooksError, match=r"no account 'zoe'; give the id of a customer of this book"):
        Book.build(AT, ["ann"], []).lines_of("zoe")


def test_columns_may_come_as_arrow_or_numpy() -> None:
    words = Book.build(
        AT,
        pa.chunked_array([["ann"], ["ben"]]),
        [
            Lines(
                np.array([0, 1], dtype=np.uint8),
                np.array([1, 2]),
                kind=pa.array(["spend", "answer"]).dictionary_encode(),
                counter=np.array(["firm:sales", "firm:contacts"]),
                at=pa.array([AT, AT], pa.timestamp("ms", tz="UTC")),
                evidence=["measured", "assumed"],
            )
        ],
    )
    assert words.entries["evidence"].to_pylist() == [["measured"]] * 2 + [["assumed"]] * 2
    assert words.entries["at"].to_pylist() == [AT] * 4
    assert words.entries["kind"].to_pylist() == ["spend"] * 2 + ["answer"] * 2


def test_a_thousand_chunks_are_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = random_book(20, 4, cents=10.0, negative=True).entries
    monkeypatch.setattr("goodwill.ledger.pairs.CHUNK", 7)
    chunked = random_book(20, 4, cents=10.0, negative=True).entries
    assert chunked["amount"].num_chunks > 3
    assert chunked.equals(whole)
