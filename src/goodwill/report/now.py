"""Who to answer now, and why: one row, one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.report.columns import in_order, name_of, names_of, strings
from goodwill.report.figures import a_sum, clock, count, in_words, initial, span, whole
from goodwill.report.quoting import may_quote, quotable, unquoted
from goodwill.report.view import CaseGroup, CaseRow, Empty, Note, NowSection, Reason
from goodwill.report.words import INTENTS, place_words, tone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

MOST = {"first": 8, "promise": 8, "stake": 8, "thank": 6}  # rows of each group on the page
LONGEST = 320  # letters of a message
GROUPS = {
    "first": (
        "Before everything else",
        "Danger, money owed, access already paid for, legal deadlines: whatever they are worth.",
    ),
    "promise": (
        "Owed by promise",
        "The same promise for everyone: what breaks within the hour, and who has waited longest past it.",
    ),
    "stake": (
        "By what is at stake",
        "Within the promised time what would be lost sets the order; past it, each fourth place is the oldest's.",
    ),
    "thank": ("To thank", "Praise and help that nobody has answered yet."),
}


def now_section(result: Any) -> NowSection:
    """The rows of the ranking, group by group, in its order."""
    cases = result.ranking.cases
    if not cases.num_rows:
        return NowSection("Nobody is waiting", "", (), Empty("Nothing to answer: no open message asks for anything."))
    group, words = strings(cases["group"])
    numbers = {key: int((group == words.index(key)).sum()) if key in words else 0 for key in GROUPS}
    shown = [int(place) for key in GROUPS if numbers[key] for place in _first(group, words.index(key), MOST[key])]
    rows = cases.take(shown).to_pylist()
    said = _said(result, [row["message_id"] for row in rows])
    names = names_of(result.facts, [row["customer_id"] for row in rows])
    agreed = quotable(result)
    made = [
        (row["group"], _row(place + 1, row, said.get(row["message_id"], {}), names, agreed, result))
        for place, row in zip(shown, rows, strict=True)
    ]
    sections = tuple(
        CaseGroup(key, title, words_of_it, mine, _more(numbers[key] - len(mine)))
        for key, (title, words_of_it) in GROUPS.items()
        if (mine := tuple(row for its, row in made if its == key))
    )
    return NowSection(_title(numbers), _lead(cases, numbers), sections)


def _first(group: npt.NDArray[np.int64], key: int, most: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero(group == key)[:most]


def _more(number: int) -> str:
    return f"and {whole(number)} more in now.csv" if number > 0 else ""


def _title(numbers: Mapping[str, int]) -> str:
    answer, thank = sum(number for key, number in numbers.items() if key != "thank"), numbers["thank"]
    if not answer:
        return initial(f"{_messages(thank)} to thank for")
    return initial(f"{_messages(answer)} to answer") + (f", {in_words(thank)} to thank for" if thank else "")


def _messages(number: int) -> str:
    return f"{in_words(number)} message{'' if number == 1 else 's'}"


def _lead(cases: pa.Table, numbers: Mapping[str, int]) -> str:
    left = cases["hours_left"].to_numpy()  # none due: NaN, which is neither late nor soon
    late, soon = int((left < 0).sum()), int(((left >= 0) & (left <= 1)).sum())
    parts = []
    if late:
        parts.append(f"{count(late, 'answer')} should have gone out already")
    if soon:
        parts.append(f"{count(soon, 'answer')} {'is' if soon == 1 else 'are'} owed within the hour")
    words = initial(" and ".join(parts)) + ". " if parts else ""
    rule = "Promises first, worth second: everyone is owed the same answer in the same time."
    return words + rule + " Each line says what it rests on."


def _said(result: Any, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """When the messages shown were said, and with how many stars: a few rows out of many."""
    messages = result.facts.messages
    found = messages.filter(messages.message_id.isin(list(ids))).select("message_id", "at", "rating")
    return {row["message_id"]: row for row in result.facts.lake.arrow(found).to_pylist()}


def _row(
    rank: int,
    row: Mapping[str, Any],
    said: Mapping[str, Any],
    names: Mapping[str, str],
    agreed: frozenset[str],
    result: Any,
) -> CaseRow:
    mark, tone = _mark(row)
    quoted = may_quote(row, agreed)
    stake = a_sum(row["stake"], row["low"], row["high"]) if row["stake"] else None
    hours = row["hours_left"]
    reasons = row["reasons"] or ()
    return CaseRow(
        rank=rank,
        who=name_of(row["customer_id"], names, row["author"]),
        where=_where(row, said, result.as_of),
        mark=mark,
        tone=tone,
        said=shortened(row["text"] or "") if quoted else "",
        unquoted="" if quoted else unquoted(row, row["text"], result.facts.firm.staff.names),
        stake=stake,
        left="" if hours is None else f"{span(hours)} late" if hours < 0 else f"{span(hours)} left",
        by=_by(row, result),
        late=hours is not None and hours < 0,
        reasons=tuple(_reason(reason) for reason in reasons if reason["amount"] is not None),
        notes=tuple(_note(reason) for reason in reasons if reason["amount"] is None),
    )


def _reason(reason: Mapping[str, Any]) -> Reason:
    total = a_sum(reason["amount"], reason["low"], reason["high"])
    return Reason(initial(reason["what"]), total, in_order(reason["evidence"]))


def _note(reason: Mapping[str, Any]) -> Note:
    return Note(initial(reason["what"]), in_order(reason["evidence"]))


def _mark(row: Mapping[str, Any]) -> tuple[str, str]:
    intent, mood = row["intent"] or "", row["mood"] or ""
    if row["group"] == "thank":
        return INTENTS.get(intent, intent or "thanks"), "credit"
    tone = "debit" if not intent and mood == "negative" else tone_of(intent)
    return INTENTS.get(intent, intent or mood), tone


def _where(row: Mapping[str, Any], said: Mapping[str, Any], as_of: Any) -> str:
    parts = [place_words(row["channel"])]
    if said.get("at") is not None:
        parts.append(f"{span((as_of - said['at']).total_seconds() / 3600)} ago")
    first = ", ".join(part for part in parts if part)
    rating = said.get("rating")
    stars = f"{rating:g} of 5 stars" if rating else ""
    reach = f"could reach {whole(row['audience'])}" if row["audience"] and row["audience"] > 1 else ""
    return " · ".join(part for part in (first, stars, reach) if part)


def _by(row: Mapping[str, Any], result: Any) -> str:
    if row["due"] is None:
        return ""
    return f"due {clock(row['due'], result.facts.firm.zone, result.as_of)}"


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text cut at a word, with a mark that it goes on; lines kept, runs of blank lines not.

    >>> shortened("one two three", 8)
    'one two …'
    """
    kept = "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
    if len(kept) <= longest:
        return kept
    cut = kept[: longest + 1].rpartition(" ")[0] or kept[:longest]
    return cut.rstrip(" ,;") + " …"
