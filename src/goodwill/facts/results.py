"""The tables that goodwill itself writes: readings, worth, ledger, now. The rooms meet in them."""

from __future__ import annotations

import pyarrow as pa

from goodwill.facts.schema import INSTANT, MONEY, WORDS, Column, Table

MOODS = ("negative", "neutral", "positive")
INTENTS = (
    "complaint",
    "question",
    "praise",
    "thanks",
    "idea",
    "recommendation",
    "warning",
    "leaving",
    "intention to buy",
)
"""What a speaker wants; several may hold. `warning` tells others to stay away."""
STANDINGS = ("none", "loyal", "committed", "apostle", "owner")
"""The ownership ladder (Heskett), from the ground up."""
EVIDENCE = ("measured", "estimated", "assumed")
FLOWS = {
    1: "us → customers",
    2: "customers ↔ customers, about us",
    3: "customers → us",
    4: "competitors → customers",
    5: "customers ↔ customers, about competitors",
    6: "customers → competitors",
}
"""Sheldrake's six influence flows."""
PURPOSES = ("answer me", "value me", "tell me news", "quote me", "study together")
POOL = "pool"
"""The account of those whose terms forbid being valued one by one."""

_SHARE = pa.float64()


def _money(name: str, meaning: str) -> Column:
    return Column(name, MONEY, meaning, unit="the firm's currency")


READINGS = Table(
    "readings",
    "what was meant",
    (
        Column("message_id", pa.string(), "the message read", required=True),
        Column("mood", pa.string(), "the likeliest mood; none: could not be read", choices=MOODS),
        Column("p_negative", _SHARE, "probability", low=0, high=1),
        Column("p_neutral", _SHARE, "probability", low=0, high=1),
        Column("p_positive", _SHARE, "probability", low=0, high=1),
        Column("score", _SHARE, "p_positive − p_negative", unit="−1 to 1", low=-1, high=1),
        Column("intent", pa.string(), "the first intent", choices=INTENTS),
        Column("p_intent", _SHARE, "its probability", low=0, high=1),
        Column("intents", WORDS, "all intents that hold, likeliest first"),
        Column("topic", pa.string(), "the first topic"),
        Column("topics", WORDS, "all topics, the firm's own words"),
        Column("urgency", _SHARE, "how soon it wants an answer", unit="0 to 1", low=0, high=1),
        Column("flow", pa.int64(), "Sheldrake's influence flow", unit="1 to 6", low=1, high=6),
        Column("language", pa.string(), "ISO 639-1"),
        Column("lane", pa.string(), "which reader read it; 'no text' and 'not read' where none could"),
        Column("model", pa.string(), "the model's version; '+own-…' where the firm's own corrections adapted it"),
        Column("certainty", _SHARE, "how sure the reading is; none: no text", low=0, high=1),
        Column("review", pa.bool_(), "less sure than the firm's cut-off: a person should look at it"),
    ),
)

LEDGER = Table(
    "ledger",
    "double entry: every line has its counter-line",
    (
        Column("entry_id", pa.string(), "the line's number", required=True),
        Column("at", INSTANT, "when it was booked for", required=True),
        Column("customer_id", pa.string(), "the account", required=True),
        Column("counterparty_id", pa.string(), "the counter-account", required=True),
        Column("kind", pa.string(), "what sort of line", required=True),
        _money("amount", "credit, or debit below zero"),
        _money("low", "the lower end of the 80 % interval"),
        _money("high", "the upper end"),
        Column("evidence", WORDS, "measured, estimated or assumed"),
        Column("rule", pa.string(), "the rule and its version"),
    ),
)

WORTH = Table(
    "worth",
    "one row a customer, and `pool` where needed",
    (
        Column("customer_id", pa.string(), "who", required=True),
        _money("spend", "pays: expected margin over the horizon"),
        _money("referral", "brings: by those they referred"),
        _money("influence", "sways: by those they influenced"),
        _money("knowledge", "teaches: answers, ideas, tests"),
        _money("follows", "the four parts; overlaps with other people's, so never added up over people"),
        _money("passed_on", "what is booked to those who brought or swayed them; at most 0"),
        _money("worth", "follows + passed_on; adds up over customers"),
        _money("follows_low", "the lower end of the 80 % interval of the outcome"),
        _money("follows_high", "the upper end"),
        _money("worth_low", "the lower end"),
        _money("worth_high", "the upper end"),
        _money("generated", "own part before any transfer"),
        Column("evidence", WORDS, "what the sums rest on"),
        Column("standing", pa.string(), "the ownership ladder", choices=STANDINGS),
    ),
)

NOW = Table(
    "now",
    "whom to answer, and why",
    (
        Column("rank", pa.int64(), "1 is first", required=True, low=1),
        Column("message_id", pa.string(), "which message", required=True),
        Column("customer_id", pa.string(), "who said it, where known"),
        _money("stake", "the money that it puts at risk, or offers, now"),
        Column("reasons", pa.string(), "JSON list of {what, amount, low, high, evidence}"),
    ),
)

TIES = Table(
    "ties",
    "who brought or swayed whom: the shares that the books are solved from",
    (
        Column("customer_id", pa.string(), "the one who was brought or swayed", required=True),
        Column("by_id", pa.string(), "the one who brought or swayed them", required=True),
        Column("kind", pa.string(), "referral or influence", required=True, choices=("referral", "influence")),
        Column("share", _SHARE, "of what the customer brings, the part due to them", low=0, high=1),
        Column("low", _SHARE, "its lower end (80 %)", low=0, high=1),
        Column("high", _SHARE, "its upper end", low=0, high=1),
        Column("responses", pa.int64(), "how many responses it rests on", unit="acts", low=0),
        Column("last_at", INSTANT, "the latest of them"),
        Column("evidence", pa.string(), "measured, estimated or assumed", choices=EVIDENCE),
    ),
    key=("customer_id", "by_id", "kind"),
)

RESULTS: dict[str, Table] = {table.name: table for table in (READINGS, LEDGER, WORTH, NOW)}
