"""What is read from the books: the table of worths, the statement of one account, the reconciliation."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from goodwill.errors import BooksError
from goodwill.facts import LEDGER, WORTH
from goodwill.ledger import Book, Harm, Lines, Ties, reconcile, statement, worth_table

AT = datetime(2026, 11, 1, tzinfo=UTC)
PARTS = ["spend", "referral", "influence", "knowledge"]
BOUNDS = ["follows_low", "follows_high", "worth_low", "worth_high"]
COLUMNS = ["customer_id", *PARTS, "follows", "passed_on", "worth", *BOUNDS, "generated", "evidence", "standing"]


@pytest.fixture
def book() -> Book:
    """Ann answered a question in May and a bug in June, brought ben, sways 14 others and the pool; zoe swayed ann."""
    customers = ["ann", "ben", *(f"fan {row}" for row in range(14)), "pool", "zoe"]
    everyone = np.arange(len(customers))
    fans = np.arange(2, 17)
    return Book.build(
        AT,
        customers,
        [
            Lines(everyone, np.full(18, 100.0), "spend", "firm:sales", low=50.0, high=150.0, evidence="estimated"),
            Lines([0], [5.0], "answer", "firm:contacts", at=datetime(2026, 6, 1, tzinfo=UTC)),
            Lines([0], [4.0], "bug report", "firm:contacts", at=datetime(2026, 5, 1, tzinfo=UTC)),
        ],
        [
            Ties([1], [0], [0.5], "referral", low=[0.2], high=[0.7]),
            Ties(fans, np.zeros(15, dtype=int), np.full(15, 0.01), "influence"),
            Ties([0], [17], [0.1], "influence"),
        ],
        reach=[Lines([0], [9.0], evidence="assumed")],
        harm=[Harm("cause:fee", [-20.0])],
    )


def test_worth_table_has_its_columns_and_types(book: Book) -> None:
    table = worth_table(book, standing=["owner"] * book.size)
    assert table.column_names == COLUMNS
    money = [name for name in COLUMNS if name not in ("customer_id", "evidence", "standing")]
    assert {table.schema.field(name).type for name in money} == {pa.decimal128(18, 2)}
    ann = table.to_pylist()[0]
    assert [ann[part] for part in ("spend", "referral", "influence", "knowledge")] == [100, 50, 15, 9]
    assert (ann["follows"], ann["passed_on"], ann["worth"], ann["generated"]) == (
        174,
        Decimal("-17.40"),
        Decimal("156.60"),
        109,
    )
    assert ann["evidence"] == ["measured", "estimated"]
    assert ann["follows_low"] is None


def test_columns_are_those_of_the_shared_tables(book: Book) -> None:
    for table, shared in ((book.entries, LEDGER), (worth_table(book), WORTH)):
        assert [(field.name, field.type) for field in table.schema] == [
            (field.name, field.type) for field in shared.arrow
        ]


def test_intervals_bracket_the_sum_whatever_is_given(book: Book) -> None:
    given = np.full(book.size, 120.004)
    given[1] = np.nan
    table = worth_table(book, follows_low=given, follows_high=given, worth_low=given - 300, worth_high=given + 300)
    for row in table.to_pylist():
        if row["customer_id"] == "ben":
            assert row["follows_low"] is None and row["worth_high"] is None
            continue
        assert row["follows_low"] <= row["follows"] <= row["follows_high"]
        assert row["worth_low"] <= row["worth"] <= row["worth_high"]
    assert table["follows_low"][0].as_py() == Decimal("120.00")
    assert table["follows_high"][0].as_py() == Decimal("174.00")
    with pytest.raises(BooksError, match="worth_low has 3 rows, not 18"):
        worth_table(book, worth_low=np.zeros(3))
    with pytest.raises(BooksError, match="standing has 1 rows, not 18"):
        worth_table(book, standing=["loyal"])


def test_statement_runs_in_time_and_counts_people(book: Book) -> None:
    lines = statement(book, "ann").to_pylist()
    shown = [(line["what"], line["who"], line["happened"], line["expected"], line["balance"]) for line in lines]
    assert shown == [
        ("bug report", "firm:contacts", Decimal(4), None, Decimal(4)),
        ("answer", "firm:contacts", Decimal(5), None, Decimal(9)),
        ("spend", "firm:sales", None, Decimal(100), Decimal(109)),
        ("referral", "from 1 person", None, Decimal(50), Decimal(159)),
        ("influence", "from 14 people and the pool", None, Decimal(15), Decimal(174)),
        ("influence", "to 1 person", None, Decimal("-17.40"), Decimal("156.60")),
        ("reach", "firm:reach", None, Decimal(9), Decimal("156.60")),
    ]
    assert [line["counts"] for line in lines] == [True] * 6 + [False]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert (lines[3]["low"], lines[3]["high"]) == (Decimal(20), Decimal(70))
    assert lines[4]["low"] is None


def test_no_statement_names_another_customer(book: Book) -> None:
    names = set(book.customers.to_pylist()) - {"pool"}
    for account in [*book.customers.to_pylist(), "firm:sales", "cause:fee"]:
        for line in statement(book, account).to_pylist():
            assert not names & set(line["who"].replace(",", "").split(" and "))
            assert not any(line["who"].endswith(name) for name in names)


def test_every_statement_ends_at_the_worth(book: Book) -> None:
    worth = dict(zip(book.customers.to_pylist(), worth_table(book)["worth"].to_pylist(), strict=True))
    for customer, expected in worth.items():
        assert statement(book, customer)["balance"][-1].as_py() == expected


def test_happened_and_expected_of_one_kind_stand_apart() -> None:
    sure = Lines(np.arange(3), [1.0, 10.0, 20.0], "spend", "firm:sales")
    ties = [Ties([1], [0], [0.5], evidence="measured"), Ties([2], [0], [0.5], evidence="assumed")]
    lines = statement(Book.build(AT, ["ann", "ben", "cy"], [sure], ties), "ann").to_pylist()
    assert [(line["who"], line["happened"], line["expected"]) for line in lines] == [
        ("firm:sales", Decimal(1), None),
        ("from 1 person", Decimal(5), None),
        ("from 1 person", None, Decimal(10)),
    ]


def test_statement_of_small_ties_and_of_a_ledger_read_back(book: Book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    pq.write_table(book.entries, tmp_path / "ledger.parquet")
    again = pq.read_table(tmp_path / "ledger.parquet")
    assert statement(again, "ann").equals(statement(book, "ann"))
    assert reconcile(book, again).balanced
    with pytest.raises(BooksError, match=r"no account 'nobody'; give the id of a customer in the book"):
        statement(again, "nobody")
    with pytest.raises(BooksError, match=r"no account 'nobody'"):
        statement(book, "nobody")
    small = Book.build(
        AT,
        ["ann", "ben", "cy"],
        [Lines([1, 2], [1.0, 1.0], "spend", "firm:sales")],
        [Ties([1, 2], [0, 0], [0.003, 0.003])],
    )
    assert statement(small, "ann")["who"].to_pylist() == ["from people, each less than a cent"]


def test_nobody_with_no_lines_has_an_empty_statement() -> None:
    assert len(statement(Book.build(AT, ["ann"], []), "ann")) == 0


def test_reconciliation_is_printed_in_lines(book: Book) -> None:
    text = str(reconcile(book))
    assert "generated                                         1,809.00" in text
    assert "beside the sums: harm                               -20.00" in text
    assert text.endswith("the books balance")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: lines.slice(1), r"lines without their counter-line +1\b"),
        (lambda lines: lines.slice(2), r"customers whose lines miss worth +1\b"),
        (lambda lines: _richer(lines), r"all lines together, cents +100\b"),
    ],
)
def test_books_that_do_not_balance_are_refused(book: Book, spoil, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BooksError, match="the books do not balance") as caught:
        reconcile(book, spoil(book.entries))
    assert pc.match_substring_regex(pa.array([str(caught.value)]), message)[0].as_py(), str(caught.value)


def _richer(lines: pa.Table) -> pa.Table:
    """One line has a unit too much."""
    amounts = lines["amount"].to_pylist()
    amounts[0] += 1
    return lines.set_column(lines.column_names.index("amount"), "amount", pa.array(amounts, pa.decimal128(18, 2)))


@pytest.mark.slow
def test_a_million_customers_in_seconds() -> None:
    size, ties = 1_000_000, 750_000
    rng = np.random.default_rng(0)
    owner = rng.integers(0, size, ties)
    started = time.process_time()
    book = Book.build(
        AT,
        pa.array(np.arange(size)).cast(pa.string()),
        [
            Lines(np.arange(size), rng.gamma(0.5, 200.0, size), "spend", "firm:sales"),
            Lines(np.arange(0, size, 2), np.full(size // 2, 8.0), "answer", "firm:contacts"),
        ],
        [Ties(owner, (owner + rng.integers(1, size, ties)) % size, rng.random(ties) * 0.05)],
    )
    assert reconcile(book).lines > 4_000_000
    assert time.process_time() - started < 120
