"""Whose words the report may show: what was said in public by somebody whose terms allow 'quote me', and no other.

A report is handed on, so it is a place where others read. Of everybody else it tells what they wanted, and counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.know.terms import QUOTE_ME, allows, latest
from goodwill.report.figures import count, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PLURALS = {
    "complaint": ("complaint", "complaints"),
    "question": ("question", "questions"),
    "praise": ("praises us", "praise us"),
    "thanks": ("says thanks", "say thanks"),
    "idea": ("idea", "ideas"),
    "recommendation": ("recommends us", "recommend us"),
    "warning": ("warns others", "warn others"),
    "leaving": ("is leaving", "are leaving"),
    "intention to buy": ("wants to buy", "want to buy"),
}
"""What one, and what several, of each intent are called after their number."""


def quotable(result: Any) -> frozenset[str]:
    """The customers whose latest terms, at the report's present, say yes to being quoted.

    Agreements are spelled out by the basis of the firm, and that never stands for a yes (know.terms).
    """
    said = latest(result.facts.arrow("terms"), result.as_of)
    firm = result.facts.firm
    return frozenset(row["customer_id"] for row in said.to_pylist() if allows(row, firm, QUOTE_ME))


def may_quote(row: Mapping[str, Any], agreed: frozenset[str]) -> bool:
    """Whether one message may be quoted: `customer_id`, `channel` and `audience` say who said it, and to whom.

    >>> may_quote({"customer_id": "anna", "channel": "forum", "audience": None}, frozenset({"anna"}))
    True
    >>> may_quote({"customer_id": "anna", "channel": "email", "audience": 1}, frozenset({"anna"}))
    False
    """
    return row.get("customer_id") in agreed and is_public(row)


def unquoted(row: Mapping[str, Any], text: str | None, staff: Iterable[str] = ()) -> str:
    """What stands where the words of a message would; '' where it has none. Colleagues whom it names are named.

    >>> unquoted({"message_id": "mail:7", "channel": "email"}, "It works. Thank you, Gareth!", ["Anna", "Gareth"])
    '5 words that name Gareth, said in private: not quoted. To be read at mail:7'
    """
    words = len((text or "").split())
    if not words:
        return ""
    names = [name for name in staff if re.search(rf"\b{re.escape(name)}\b", text or "", re.IGNORECASE)]
    of_whom = f" that name{'s' if words == 1 else ''} {' and '.join(names)}" if names else ""
    why = "not quoted without their yes" if is_public(row) else "said in private: not quoted"
    return f"{count(words, 'word')}{of_whom}, {why}. To be read at {row['message_id']}"


def is_public(row: Mapping[str, Any]) -> bool:
    """Whether a message was said where others read it: not on a private channel, or with an audience."""
    from goodwill.engage.stake import PRIVATE

    return (row.get("channel") or "email").lower() not in PRIVATE or (row.get("audience") or 0) > 1


class Quotes:
    """What may be quoted of the messages that a result has read, by their place among the readings."""

    def __init__(self, result: Any) -> None:
        self._intents = result.readings["intent"]
        self._texts = _texts(result, quotable(result))

    def of(self, places: Iterable[int], first: Iterable[int], most: int) -> list[str]:
        """At most so many texts of these messages: those that stand first before the others, each text once."""
        if not self._texts:
            return []
        first = list(first)
        ordered = [*first, *sorted(set(places) - set(first), reverse=True)]
        texts = (" ".join(self._texts[place].split()) for place in ordered if place in self._texts)
        return list(dict.fromkeys(text for text in texts if text))[:most]

    def wanted(self, places: Sequence[int]) -> str:
        """How many of these messages wanted what, the three most frequent: '24 complaints · 3 questions'."""
        found = self._intents.take(pa.array(places)).drop_null().value_counts()
        counted = sorted(
            ((one["counts"], one["values"]) for one in found.to_pylist() if one["values"] in PLURALS),
            key=lambda pair: (-pair[0], pair[1]),
        )
        return " · ".join(f"{whole(number)} {PLURALS[intent][number != 1]}" for number, intent in counted[:3])


def _texts(result: Any, agreed: frozenset[str]) -> dict[int, str]:
    """The texts that may be quoted, by their place among the readings."""
    if not agreed:
        return {}
    messages = result.facts.messages
    said = messages.filter(messages.customer_id.isin(sorted(agreed)))
    rows = result.facts.lake.arrow(said.select("message_id", "customer_id", "channel", "audience", "text"))
    places = pc.index_in(rows["message_id"], value_set=result.readings["message_id"].combine_chunks()).to_pylist()
    return {
        place: row["text"]
        for place, row in zip(places, rows.to_pylist(), strict=True)
        if place is not None and row["text"] and may_quote(row, agreed)
    }
