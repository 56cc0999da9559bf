"""Text to typed values: times, money, counts, flags, lists, stars."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from goodwill.firm import to_utc
from goodwill.listen import values
from goodwill.listen.times import TimeStyle, time
from goodwill.listen.values import NumberStyle, Parse


def evaluate(parse: Parse | str, text: str | None) -> Any:
    """Carries a conversion out as the typing query does."""
    parse = parse if isinstance(parse, Parse) else Parse(parse)
    both = f"coalesce({parse.quick}, {parse.patient})" if parse.patient else parse.quick
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    before = f", {parse.before} AS n" if parse.before else ""
    query = f"SELECT {both} AS v FROM (SELECT *{before} FROM (SELECT ?::VARCHAR AS s))"
    return connection.execute(query, [text]).to_arrow_table()["v"][0].as_py()


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", at(2026, 1, 31)),
        ("2026-01-31 14:30", at(2026, 1, 31, 14, 30)),
        ("2026-01-31T14:30:15.250Z", at(2026, 1, 31, 14, 30, 15, 250000)),
        ("2026-01-31T14:30:00+01:00", at(2026, 1, 31, 13, 30)),
        ("2026-01-31 14:30:00 +0100", at(2026, 1, 31, 13, 30)),
        ("2026-01-31 14:30:00 UTC", at(2026, 1, 31, 14, 30)),
        ("2026-1-3", at(2026, 1, 3)),
        ("2026/01/31", at(2026, 1, 31)),
        ("20260131", at(2026, 1, 31)),
        ("20260131T143000", at(2026, 1, 31, 14, 30)),
        ("1769869800", at(2026, 1, 31, 14, 30)),
        ("1769869800.5", at(2026, 1, 31, 14, 30, 0, 500000)),
        ("1769869800000", at(2026, 1, 31, 14, 30)),
        ("31.01.2026", at(2026, 1, 31)),
        ("31/1/26 14:30", at(2026, 1, 31, 14, 30)),
        ("31-01-2026, 14:30:15", at(2026, 1, 31, 14, 30, 15)),
        ("31/01/2026 2:30 PM", at(2026, 1, 31, 14, 30)),
        ("Sat Jan 31 14:30:00 +0000 2026", at(2026, 1, 31, 14, 30)),
        ("Sat, 31 Jan 2026 14:30:00 +0100", at(2026, 1, 31, 13, 30)),
        ("Jan 31, 2026", at(2026, 1, 31)),
        ("January 31, 2026 at 2:30 PM", at(2026, 1, 31, 14, 30)),
        ("31 Jan 2026 14:30", at(2026, 1, 31, 14, 30)),
        ("2026-02-30", None),
        ("infinity", None),
        ("epoch", None),
        ("2026-01-31 (BC)", None),
        ("soon", None),
        ("12", None),
        ("2026", None),
        (None, None),
    ],
)
def test_times(text: str, instant: datetime | None) -> None:
    assert evaluate(time("s", TimeStyle(), "n"), text) == instant


def test_month_before_day() -> None:
    style = TimeStyle(day_first=False)
    assert evaluate(time("s", style, "n"), "1/31/2026") == at(2026, 1, 31)
    assert evaluate(time("s", style, "n"), "31/1/2026") is None


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15 12:00",
        "2026-07-15 12:00",
        "2026-03-29 02:30",
        "2026-10-25 02:30",
        "2026-03-08 02:30",
        "2026-11-01 01:30",
    ],
)
def test_naive_times_are_the_firms(zone: str, text: str) -> None:
    """Summer time, the hour that is not there and the hour that comes twice: as Python's zoneinfo has them."""
    expected = to_utc(datetime.strptime(text, "%Y-%m-%d %H:%M"), ZoneInfo(zone))
    assert evaluate(time("s", TimeStyle(zone), "n"), text) == expected


def test_a_zone_in_the_text_wins_over_the_firms() -> None:
    assert evaluate(time("s", TimeStyle("Europe/Zurich"), "n"), "2026-07-01T12:00:00Z") == at(2026, 7, 1, 12)
    assert evaluate(time("s", TimeStyle("Europe/Zurich"), "n"), "01.07.2026 12:00") == at(2026, 7, 1, 10)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12", "12"),
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234,50 €", "1234.5"),
        ("12,5", "12.5"),
        ("1,234", "1234"),
        ("1.234.567", "1234567"),
        ("€ 12", "12"),
        ("12 EUR", "12"),
        ("CHF 12.50", "12.5"),
        ("-€12.00", "-12"),
        ("€-12.00", "-12"),
        ("(12.00)", "-12"),
        ("12.00-", "-12"),
        ("−12", "-12"),
        ("+12", "12"),
        (".5", ".5"),
        ("1e3", "1000"),
        ("abc", None),
        ("12 or 13", None),
        ("12/13", None),
        ("1.2.3", None),
        ("nan", None),
        ("inf", None),
        ("9999999999999", None),
        (None, None),
    ],
)
def test_money(text: str, amount: str | None) -> None:
    assert evaluate(values.money("s", NumberStyle()), text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "amount"), [("1.234", "1234"), ("1.234,5", "1234.5"), ("12,50", "12.5"), ("12.5", "12.5")]
)
def test_money_with_decimal_commas(text: str, amount: str) -> None:
    assert evaluate(values.money("s", NumberStyle(decimal_comma=True)), text) == Decimal(amount)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.125", "0.12"),
        ("0.135", "0.14"),
        ("-0.125", "-0.12"),
        ("-0.135", "-0.14"),
        ("10.005", "10.00"),
        ("0.1251", "0.13"),
    ],
)
def test_cents_are_rounded_half_to_even(exact: str, rounded: str) -> None:
    assert evaluate(values.cents("CAST(s AS DECIMAL(18, 6))"), exact) == Decimal(rounded)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("eur", "EUR"),
        ("€", "EUR"),
        ("$", "USD"),
        ("US$", "USD"),
        ("£", "GBP"),
        ("Euro", "EUR"),
        ("xyz", "XYZ"),
        ("sFr.", "CHF"),
    ],
)
def test_currencies(text: str, code: str) -> None:
    assert evaluate(values.currency("s", "EUR"), text) == code


def test_a_dollar_is_the_firms_own() -> None:
    assert evaluate(values.currency("s", "CAD"), "$") == "CAD"


@pytest.mark.parametrize(
    ("text", "share"), [("0.4", 0.4), ("0,4", 0.4), ("40%", 0.4), ("40 %", 0.4), ("x", None), ("nan", None)]
)
def test_shares(text: str, share: float | None) -> None:
    assert evaluate(values.share("s"), text) == share


@pytest.mark.parametrize(
    ("text", "stars"),
    [("4", 4), ("4.5", 4.5), ("4/5", 4), ("4 out of 5", 4), ("4 stars", 4), ("★★★☆☆", 3), ("good", None)],
)
def test_stars(text: str, stars: float | None) -> None:
    assert evaluate(values.stars("s"), text) == stars


@pytest.mark.parametrize(
    ("text", "count"), [("12", 12), ("12.0", 12), ("6,000", 6000), ("6'000", 6000), ("12.7", None), ("x", None)]
)
def test_counts(text: str, count: int | None) -> None:
    assert evaluate(values.count("s"), text) == count


@pytest.mark.parametrize(
    ("text", "flag"), [("Yes", True), ("0", False), ("FALSE", False), ("ja", True), ("maybe", None)]
)
def test_flags(text: str, flag: bool | None) -> None:
    assert evaluate(values.flag("s"), text) == flag


@pytest.mark.parametrize(
    ("text", "words"),
    [('["a", "b,c"]', ["a", "b,c"]), ("a; b", ["a", "b"]), ("a|b", ["a", "b"]), ("a, ,b", ["a", "b"]), ("[x", ["[x"])],
)
def test_words(text: str, words: list[str]) -> None:
    assert evaluate(values.words("s"), text) == words


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (" a ", "a"),
        ("nan", None),
        ("\\N", None),
        (" null ", None),
        ("Nancy", "Nancy"),
        ("\u00a0x\n", "x"),
        ("", None),
        ("NA", "NA"),
    ],
)
def test_cleaned(text: str, clean: str | None) -> None:
    assert evaluate(values.cleaned("s"), text) == clean
