"""The vocabulary: one schema for each kind of fact, and for each table that goodwill writes.

>>> from goodwill.facts import TABLES
>>> TABLES["responses"]["score"].unit
'0 to 10'
>>> TABLES["messages"].arrow.field("at").type
TimestampType(timestamp[us, tz=UTC])
"""

from goodwill.facts.results import (
    EVIDENCE,
    FLOWS,
    INTENTS,
    LEDGER,
    MOODS,
    NOW,
    POOL,
    PURPOSES,
    READINGS,
    RESULTS,
    STANDINGS,
    TIES,
    WORTH,
)
from goodwill.facts.schema import INSTANT, MONEY, WORDS, Column, Table
from goodwill.facts.tables import TABLES

__all__ = [
    "EVIDENCE",
    "FLOWS",
    "INSTANT",
    "INTENTS",
    "LEDGER",
    "MONEY",
    "MOODS",
    "NOW",
    "POOL",
    "PURPOSES",
    "READINGS",
    "RESULTS",
    "STANDINGS",
    "TABLES",
    "TIES",
    "WORDS",
    "WORTH",
    "Column",
    "Table",
]
