"""What the firm asked of persons lately: surveys, asks for a quote and invitations, in one budget over 90 days.

What was asked through the door's budget counts (`Asking`), and what was asked without it: invitations among the firm's
actions, and answers to surveys; an answer to a survey that was asked for here is not counted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from goodwill.facts import INSTANT
from goodwill.service.live import people, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAYS = 90
SURVEY, QUOTE = "survey", "quote"
ASKED_WITHOUT_US = ("invite",)
"""Kinds of the firm's own actions that want something of somebody."""
ROW = pa.schema([("customer_id", pa.string()), ("at", INSTANT), ("kind", pa.string())])
ANSWER = pa.schema([("customer_id", pa.string()), ("at", INSTANT)])


@dataclass(frozen=True)
class Budget:
    """How many times somebody may be asked for something in 90 days, and was; `again` says when the next is free where
    none is left (None too where the firm lets itself ask for nothing)."""

    most: int
    asked: int
    again: datetime | None = None

    @property
    def left(self) -> int:
        return max(0, self.most - self.asked)


@dataclass(frozen=True)
class Lately:
    """When one person was asked within the last 90 days, the latest first; and when for leave to quote them."""

    at: tuple[datetime, ...] = ()
    quote: datetime | None = None

    def budget(self, most: int) -> Budget:
        """What is left of so many asks."""
        spent = 0 < most <= len(self.at)
        return Budget(most, len(self.at), self.at[most - 1] + timedelta(days=DAYS) if spent else None)


def lately(persons: Iterable[str], now: datetime | None = None) -> dict[str, Lately]:
    """What was asked of each of these persons, under whichever of their ids; a few look-ups, however many they are."""
    wanted = sorted(set(persons))
    ids = people.ids_of(wanted)
    since = (now or datetime.now(UTC)) - timedelta(days=DAYS)
    asked = _rows("asking", ROW, ids, since)
    invited = _rows("fact_actions", ROW, ids, since, f"t.kind IN {_listed(ASKED_WITHOUT_US)}")
    answered = _rows("fact_responses", ANSWER, ids, since)
    return {
        one: Lately(
            tuple(
                sorted(
                    [
                        *(at for at, _ in asked.get(one, ())),
                        *(at for at, _ in invited.get(one, ())),
                        *_unasked([at for at, _ in answered.get(one, ())], asked.get(one, ())),
                    ],
                    reverse=True,
                )
            ),
            max((at for at, kind in asked.get(one, ()) if kind == QUOTE), default=None),
        )
        for one in wanted
    }


def _unasked(answers: Sequence[datetime], asked: Sequence[tuple[datetime, str]]) -> list[datetime]:
    """Answers to surveys that nobody asked for here: all but as many of the first as were asked for."""
    return sorted(answers)[sum(kind == SURVEY for _, kind in asked) :]


def _rows(
    table: str, schema: pa.Schema, ids: dict[str, str], since: datetime, only: str = ""
) -> dict[str, list[tuple[datetime, str]]]:
    """For each person the instants and kinds of what a table has of them since."""
    among, listed = tables.among("t.customer_id", sorted(ids))
    recent, when = tables.at_least('t."at"', since)
    condition = " AND ".join(one for one in (among, recent, only) if one)
    found: dict[str, list[tuple[datetime, str]]] = {}
    for row in tables.few(table, schema, condition, [*listed, *when]).to_pylist():
        found.setdefault(ids[row["customer_id"]], []).append((row["at"], row.get("kind", "")))
    return found


def _listed(words: Sequence[str]) -> str:
    """Words of ours as SQL has a list."""
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"
