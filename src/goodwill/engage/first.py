"""What comes before everything: danger, money owed, access already paid for, vulnerable people, legal deadlines.

A false 'first' costs everybody else their time, so the rules are narrow: whole phrases, not under a negation, not where
the writer says that it is solved. What they look for is what the writer says of the matter; nothing is inferred about
the person, and the reason given never repeats a condition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from goodwill.engage.phrases import (
    BLOCKED,
    DANGER,
    LEGAL,
    MONEY,
    NEGATED,
    NOT_MEANT,
    PAID,
    SOLVED,
    VULNERABLE,
)
from goodwill.engage.waiting import last_before
from goodwill.engage.wanting import is_thankful, spoken_to_us
from goodwill.facts.columns import DAY, HOUR, Flags, flags, instants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from goodwill.engage.reasons import Reasons
    from goodwill.engage.waiting import Messages
    from goodwill.lake import Facts

FAILURE_DAYS, PURCHASE_DAYS = 3, 14
"""How shortly before a failure, or a purchase, must have been for the trouble to be about it."""
STILL_WAITING_HOURS = 24.0
"""Who is kept from what they paid for, and said so within these hours, can still be spared the worst of it."""

KINDS = ("danger", "access", "vulnerable", "legal", "money")
WHY = {
    "danger": "danger: somebody may come to harm",
    "access": "paid for access and does not have it",
    "vulnerable": "somebody vulnerable depends on it, as they tell us",
    "legal": "a legal deadline or step",
    "money": "money that we may owe them",
}


@dataclass(frozen=True)
class Urgent:
    """For each message, which kinds hold (n, 5 in the order of KINDS), and whether our own records show it."""

    kinds: Flags
    failed: Flags  # our records show a failure shortly before
    bought: Flags  # our records show a purchase shortly before

    @property
    def any(self) -> Flags:
        return np.asarray(self.kinds.any(axis=1), dtype=bool)

    def of(self, kind: str) -> Flags:
        found: Flags = self.kinds[:, KINDS.index(kind)]
        return found


def kinds_of(text: str) -> tuple[str, ...]:
    """Which kinds a text speaks of by itself; 'access' where it says both paid and kept out.

    >>> kinds_of("I paid for the course and can't log in")
    ('access',)
    >>> kinds_of("The charger caught fire!"), kinds_of("Nothing caught fire, don't worry")
    (('danger',), ())
    >>> kinds_of("I was charged twice and still waiting for my refund")
    ('money',)
    """
    found = []
    if _says(DANGER, text):
        found.append("danger")
    if _says(BLOCKED, text) and _says(PAID, text, negatable=False) and not _solved(text):
        found.append("access")
    if _says(VULNERABLE, text):
        found.append("vulnerable")
    if _says(LEGAL, text):
        found.append("legal")
    if _says(MONEY, text) and not _solved(text):
        found.append("money")
    return tuple(found)


def urgent(facts: Facts, said: Messages, as_of: datetime) -> Urgent:
    """Which messages come first, by their words and by what our records show of the same customer shortly before."""
    failed, bought = _failed_before(facts, said, as_of), _bought_before(facts, said, as_of)
    kinds = np.zeros((len(said), len(KINDS)), dtype=bool)
    blocked_or_paid = "|".join((_loosely(BLOCKED), _loosely(PAID)))
    suspects = _matches(said, "|".join(_loosely(p) for p in (DANGER, VULNERABLE, LEGAL, MONEY, BLOCKED)))
    suspects |= failed & _matches(said, blocked_or_paid)
    wanting = said.intent("complaint", "question", "warning", "leaving") | said.mood_is_negative
    wanting |= spoken_to_us(said) & ~is_thankful(said)
    rows = np.flatnonzero(suspects)
    texts = said.column("text").take(rows).to_pylist()
    for row, text in zip(rows.tolist(), texts, strict=True):
        named = set(kinds_of(text or ""))
        if "access" not in named and wanting[row] and not _solved(text):
            kept_out = _says(BLOCKED, text)
            if (kept_out and (bought[row] or failed[row])) or (failed[row] and _says(PAID, text, negatable=False)):
                named.add("access")
        if not wanting[row]:
            named -= {"access", "money", "legal", "vulnerable"}
            if said.mood_is_positive[row]:
                named -= {"danger"}
        for kind in named:
            kinds[row, KINDS.index(kind)] = True
    return Urgent(kinds, failed, bought)


def _failed_before(facts: Facts, said: Messages, as_of: datetime) -> Flags:
    events = facts.events
    failures = events.filter(
        (events.at <= as_of) & events.customer_id.notnull() & ((events.kind == "failure") | (events.ok == False))  # noqa: E712 - an expression, not a truth value
    )
    table = facts.lake.arrow(failures.select("customer_id", "at"))
    gap = last_before(said, table["customer_id"], instants(table["at"]))
    return (gap >= 0) & (gap <= FAILURE_DAYS * DAY)


def _bought_before(facts: Facts, said: Messages, as_of: datetime) -> Flags:
    if not len(said):
        return np.zeros(0, dtype=bool)
    from datetime import UTC, datetime, timedelta

    earliest = datetime.fromtimestamp(int(said.at.min()) / 1e6, UTC) - timedelta(days=PURCHASE_DAYS)
    purchases = facts.purchases
    sales = purchases.filter(
        (purchases.at <= as_of) & (purchases.at >= earliest) & purchases.customer_id.notnull() & (purchases.amount > 0)
    )
    table = facts.lake.arrow(sales.select("customer_id", "at"))
    gap = last_before(said, table["customer_id"], instants(table["at"]))
    return (gap >= 0) & (gap <= PURCHASE_DAYS * DAY)


def still_waiting(said: Messages, found: Urgent, end: int) -> Flags:
    """Kept from what they paid for, and said so so lately that help can still come before the anger."""
    return found.of("access") & (end - said.at <= STILL_WAITING_HOURS * HOUR)


def say_why_first(reasons: Reasons, said: Messages, found: Urgent) -> None:
    for kind in KINDS:
        row = np.flatnonzero(found.of(kind))
        if kind != "access":
            reasons.say(row, [f"before everything: {WHY[kind]}"] * len(row), "estimated")
            continue
        shown = np.where(found.failed[row], 2, np.where(found.bought[row], 1, 0))
        besides = ("as they say", "bought shortly before, by our records", "a failure shortly before, by our records")
        what = [f"before everything: {WHY[kind]} ({besides[s]})" for s in shown.tolist()]
        reasons.say(row, what, ["measured" if s else "estimated" for s in shown.tolist()])


# --- reading phrases ----------------------------------------------------------------------------------------------


def _compiled(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(phrases) + r")(?!\w)", re.IGNORECASE)


_PATTERNS: dict[tuple[str, ...], re.Pattern[str]] = {}
_NEGATED = re.compile(r"(?<!\w)(?:" + "|".join(NEGATED) + r")(?:\s+\w+){0,2}\s*$", re.IGNORECASE)
_NEGATION = re.compile(r"(?<!\w)(?:" + "|".join(NEGATED) + r")(?!\w)", re.IGNORECASE)
_MAY_DENY = (MONEY, BLOCKED)  # 'have not received my refund': the denial is the phrase
_SOLVED, _NOT_MEANT = _compiled(SOLVED), _compiled(NOT_MEANT)


def _says(phrases: tuple[str, ...], text: str, *, negatable: bool = True) -> bool:
    """Whether one of the phrases stands in the text, meant as it stands."""
    pattern = _PATTERNS.get(phrases) or _PATTERNS.setdefault(phrases, _compiled(phrases))
    text = text.replace("’", "'")
    for match in pattern.finditer(text):
        before = re.split(r"[.!?;:\n]", text[max(0, match.start() - 40) : match.start()])[-1]
        if negatable and _NEGATED.search(before):
            continue
        if phrases not in _MAY_DENY and _NEGATION.search(match.group()):
            continue
        around = text[max(0, match.start() - 25) : match.end() + 25]
        if not _NOT_MEANT.search(around):
            return True
    return False


def _solved(text: str) -> bool:
    return _SOLVED.search(text.replace("’", "'")) is not None


def _loosely(phrases: Sequence[str]) -> str:
    """The phrases for the quick first look, which only has to miss nothing."""
    return "|".join(phrases)


def _matches(said: Messages, pattern: str) -> Flags:
    # RE2 reads every text once, in linear time; the few that it finds are then read with care.
    quick = pattern.replace("'", "['’]")
    found = pc.match_substring_regex(said.column("text"), pattern=quick, ignore_case=True)
    return flags(found)
