"""A small firm, told in a few lines: who said what, what was meant, what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from goodwill import engage
from goodwill.facts import READINGS, TABLES, TIES, WORTH
from goodwill.firm import Firm
from goodwill.lake import Facts

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class SmallFirm:
    """Rows are dictionaries; what is left out is null. Times are given in hours before noon of 4 May 2026."""

    settings: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    read: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    tied: list[dict[str, Any]] = field(default_factory=list)

    def add(self, table: str, hours: float | None = None, **row: Any) -> None:
        if hours is not None:
            row["at"] = NOON - timedelta(hours=hours)
        self.rows.setdefault(table, []).append(row)

    def say(self, message_id: str, hours: float, text: str, intent: str | None = "complaint", **row: Any) -> None:
        """A message with its reading: negative, but for praise, thanks and questions; `mood` overrides."""
        calm = {"praise": "positive", "thanks": "positive", "recommendation": "positive", "question": "neutral"}
        mood = row.pop("mood", calm.get(intent or "", "negative" if intent else "neutral"))
        sure = {"negative": 0.8, "neutral": 0.2, "positive": 0.05}[mood]
        reading = {
            "message_id": message_id,
            "mood": mood,
            "p_negative": row.pop("p_negative", sure),
            "intent": intent,
            "p_intent": row.pop("p_intent", 0.9 if intent else None),
            "intents": row.pop("intents", [intent] if intent else []),
            "urgency": row.pop("urgency", 0.1),
            "flow": row.pop("flow", None),
        }
        self.read.append(reading)
        self.add("messages", hours, message_id=message_id, text=text, **row)

    def values_of(self, customer: str, g: float, **row: Any) -> None:
        given = {"spend": g, "follows": g, "worth": g, "generated": g}
        given |= {"follows_low": g / 2, "follows_high": g * 2, "standing": "none"}
        self.values.append({"customer_id": customer, "evidence": ["estimated"], **given, **row})

    def listens(self, customer: str, by: str, share: float = 0.1, kind: str = "influence") -> None:
        self.tied.append(
            {"customer_id": customer, "by_id": by, "kind": kind, "share": share, "low": share, "high": share}
        )

    @property
    def facts(self) -> Facts:
        tables = {name: table(self.rows.get(name, []), TABLES[name].arrow) for name in self.rows}
        return Facts.from_arrow(Firm.model_validate(self.settings), tables)

    @property
    def readings(self) -> pa.Table:
        return table(self.read, READINGS.arrow)

    @property
    def worth(self) -> pa.Table:
        return table(self.values, WORTH.arrow)

    @property
    def ties(self) -> pa.Table:
        return table(self.tied, TIES.arrow)

    def rank(self, as_of: datetime = NOON) -> engage.Ranking:
        return engage.rank(self.facts, self.readings, self.worth, self.ties, as_of=as_of)

    def order(self) -> list[str]:
        return [str(name) for name in self.rank().now["message_id"].to_pylist()]

    def cases(self) -> dict[str, dict[str, Any]]:
        return {row["message_id"]: row for row in self.rank().cases.to_pylist()}


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of a schema; money may be given as a plain number."""
    from decimal import Decimal

    def cell(value: Any, kind: pa.DataType) -> Any:
        return Decimal(f"{value:.2f}") if pa.types.is_decimal(kind) and isinstance(value, int | float) else value

    columns = [pa.array([cell(row.get(f.name), f.type) for row in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=pa.schema([pa.field(f.name, f.type) for f in schema]))
