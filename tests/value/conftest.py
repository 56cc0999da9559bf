"""A small firm written down in a few lines, for the tests of the value room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from goodwill.facts import READINGS, TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    """An instant so many days before the day of the books."""
    return AS_OF - timedelta(days=days)


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table of facts; numbers of money may be floats."""
    schema = TABLES[name].arrow if name in TABLES else READINGS.arrow
    plain = pa.schema([pa.field(field.name, field.type) for field in schema])

    def cell(value: Any, kind: pa.DataType) -> Any:
        return Decimal(f"{value:.2f}") if pa.types.is_decimal(kind) and value is not None else value

    columns = [pa.array([cell(row.get(field.name), field.type) for row in rows], field.type) for field in plain]
    return pa.Table.from_arrays(columns, schema=plain)


class Town:
    """Facts in the making: `bought`, `said`, `referred` and so on add a row each."""

    as_of = AS_OF

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.firm = Firm.from_mapping(settings or {})
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.read: list[dict[str, Any]] = []

    def add(self, table: str, /, **row: Any) -> Town:
        """A row of any table; its key is made up where none is given."""
        columns = TABLES[table].names
        if columns[0].endswith("_id") and columns[0] not in row:
            row[columns[0]] = f"{table}-{len(self.rows[table]):05}"
        if "days" in row:
            row["at"] = ago(row.pop("days"))
        self.rows[table].append(row)
        return self

    def bought(self, who: str, *days: float, amount: float = 100.0, **more: Any) -> Town:
        for day in days:
            self.add("purchases", customer_id=who, days=day, amount=amount, **more)
        return self

    def said(
        self, key: str, who: str | None, days: float, mood: str | None = "neutral", *intents: str, **more: Any
    ) -> Town:
        probabilities = {name: more.pop(name, None) for name in ("p_positive", "p_intent")}
        topics = more.pop("topics", None)
        self.add("messages", message_id=key, customer_id=who, days=days, text=more.pop("text", "words"), **more)
        self.read.append(
            {
                "message_id": key,
                "mood": mood,
                "intent": intents[0] if intents else None,
                "intents": list(intents),
                "topics": topics,
                **probabilities,
            }
        )
        return self

    def referred(self, by: str, whom: str, days: float, **more: Any) -> Town:
        return self.add("referrals", referrer_id=by, referred_id=whom, days=days, converted_at=ago(days), **more)

    @property
    def facts(self) -> Facts:
        return Facts.from_arrow(self.firm, {name: table(name, rows) for name, rows in self.rows.items() if rows})

    @property
    def readings(self) -> pa.Table:
        return table("readings", self.read)


@pytest.fixture
def town() -> Callable[..., Town]:
    """Makes an empty town: `town({"assumptions": {...}})`."""
    return Town


@pytest.fixture
def crowd() -> Callable[[Town, Iterable[str]], None]:
    """Lets many people buy now and then, each in their own rhythm: enough to fit the models."""

    def buy(town: Town, names: Iterable[str]) -> None:
        for number, name in enumerate(names):
            gap = 20 + (number * 37) % 160
            first = 690 - (number * 53) % 500
            last = 30 + (number * 71) % 300
            days = range(first, min(last, first - 1), -gap)
            town.bought(name, *days, amount=20.0 + (number * 13) % 90)

    return buy
