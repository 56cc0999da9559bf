"""What is held of somebody, in plain words and with its origin: provided by them, observed, or inferred."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goodwill.know.identify import SURE
from goodwill.report.figures import percent
from goodwill.service.door import words
from goodwill.service.live import people
from goodwill.service.pages.words import channel_name
from goodwill.service.store.models import FACTS, Hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.firm import Firm

PROVIDED, OBSERVED, INFERRED = "provided", "observed", "inferred"
FOR_EVER = ("people", "handles", "roles", "terms")
"""What a customer may well ask about, and is named even where no rule is set."""
UNTIL = "until you or we erase it"


def handles(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each handle with its kind in words, and how sure it is; one that is not sure is a guess of ours."""
    shown = []
    for row in rows:
        sure = 1.0 if row["verified"] or row["confidence"] is None else float(row["confidence"])
        if sure <= 0:
            continue  # somebody said that it is not theirs
        kind = words.HANDLES.get(row["kind"], row["kind"])
        shown.append(
            {
                "key": row["key"],
                "kind": row["kind"],
                "value": row["value"],
                "says": kind + (f" on {channel_name(row['channel'])}" if row["channel"] else ""),
                "source": row["source"],
                "sure": sure,
                "origin": INFERRED if sure < SURE else PROVIDED,
                "sure_words": "proved" if row["verified"] else "sure" if sure >= SURE else f"{percent(sure)} sure",
            }
        )
    return shown


def once(handles: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Handles as one reads them: what several records of theirs have is said once, as surely as any of them has it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(handles, key=lambda one: -one["sure"]):
        found.setdefault((one["says"], one["value"].casefold()), one)
    return [one for one in handles if any(one is kept for kept in found.values())]


def messages(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What they said, with how it was read in a sentence: 'you were unhappy, and wanted to complain'."""
    return [{**row, "read": _read(row), "sure": _sure(row)} for row in rows]


def _read(row: dict[str, Any]) -> str:
    said = dict(words.INTENTS)
    wanted = [said.get(intent, intent) for intent in row.get("intents") or ()]
    mood = dict(words.MOODS).get(row.get("mood") or "", "")
    told = [f"you were {mood}"] if mood else []
    if wanted:
        told.append("wanted to " + (", to ".join(wanted[:-1]) + " and to " if wanted[1:] else "") + wanted[-1])
        told[-1] = told[-1] if mood else f"you {told[-1]}"
    return " and ".join(told)


def _sure(row: dict[str, Any]) -> float | None:
    negative, positive = row.get("p_negative"), row.get("p_positive")
    if negative is None or positive is None or row.get("mood") is None:
        return None
    chances = {"negative": negative, "positive": positive, "neutral": 1 - negative - positive}
    return float(chances.get(row["mood"], 0))


def notes(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What colleagues wrote to them or noted about them, the latest first."""
    return [{**row, "kind": words.WROTE.get(row["kind"], row["kind"])} for row in rows]


def cases(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages of theirs that wait or waited for us, the latest first."""
    return [{**row, "state": words.STATES.get(row["state"], row["state"])} for row in rows]


def corrections(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was put right, the latest first."""
    return [{**row, "what": words.TABLES.get(row["table"], row["table"])} for row in rows]


def actions(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What we did for them; who of us did it is not said."""
    return [{**row, "said": words.DONE.get(row["kind"], row["kind"])} for row in rows]


def roles(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For whom they speak, by the organisation's name."""
    ids = [row["organisation_id"] for row in rows]
    named = dict(FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"))
    return [{**row, "named": named.get(row["organisation_id"]) or row["organisation_id"]} for row in rows]


def retention(firm: Firm) -> list[tuple[str, str]]:
    """How long facts of each kind are kept: what, and for how long, in plain words. What no rule names is said as well:
    who we are to each other stays until somebody ends it."""
    years = firm.retention.years
    kept = [(words.TABLES[table], words.kept_for(table, number)) for table, number in years.items()]
    rest = [words.TABLES[table] for table in FOR_EVER if table not in years]
    return [*kept, (", ".join([*rest, "all else" if kept else "all of it"]), UNTIL)]


def holds(customer_id: str) -> list[dict[str, Any]]:
    """Legal holds: what may not be erased yet, why, and until when."""
    ids = sorted(people.ids_of([customer_id]))
    today = datetime.now(UTC).date()
    rows = Hold.objects.filter(customer_id__in=ids, ended=None, until__gte=today).order_by("until", "pk")
    return [{"words": words.TABLES.get(row.table, row.table), "reason": row.reason, "until": row.until} for row in rows]
