"""Promises: how often each was kept, and whether everybody waits alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render

from goodwill.report.figures import span
from goodwill.report.words import language_words, place_words
from goodwill.service import live
from goodwill.service.pages.needs import needs
from goodwill.service.pages.small_groups import FEWEST
from goodwill.service.store.models import FACTS

if TYPE_CHECKING:
    from django.http import HttpRequest

WARN_FROM = 1.5
"""As `prove.kept` has it; a test says so."""
GROUPS = {
    "worth": (
        "By worth",
        "Worth changes the order within the promise, and nothing else: every fifth should wait alike.",
    ),
    "audience": ("By audience", "How many people could hear them."),
    "language": ("By language", "The language they wrote in."),
    "channel": ("By channel", "Where they wrote; a channel may have a promise of its own."),
}


@needs("viewer")
def promises(request: HttpRequest) -> HttpResponse:
    """What was kept, and the table of equal treatment, as of the latest valuation."""
    valuation = live.latest()
    found = ((valuation.proof or {}) if valuation else {}).get("promises") or {}
    waiting = [group(row) for row in found.get("waiting") or ()]
    tables = [
        {"key": key, "name": name, "rule": rule, "rows": rows, "hides": any(row["hidden"] for row in rows)}
        for key, (name, rule) in GROUPS.items()
        if (rows := [row for row in waiting if row["by"] == key])
    ]
    given = {
        "valuation": valuation,
        "kept": [kept(row) for row in found.get("kept") or ()],
        "tables": tables,
        "warned": [row for row in waiting if row["warns"]],
        "written": FACTS["promises"].objects.exists(),
        "warn_from": WARN_FROM,
        "hours": live.firm().assumptions.answer_hours,
    }
    return render(request, "promises/promises.html", given)


def kept(row: dict[str, Any]) -> dict[str, Any]:
    """One promise; the counts behind the share stand under *why?*."""
    hours = row.get("within_hours")
    return {**row, "told": (row.get("kept") or 0) + (row.get("broken") or 0), "within": span(hours) if hours else ""}


def group(row: dict[str, Any]) -> dict[str, Any]:
    """One group of those who waited; under five people nothing is told of it, for a few tell nothing of treatment."""
    few = row.get("people") is not None and 0 < row["people"] < FEWEST
    if few or row.get("hidden"):
        return {"by": row["by"], "group": row["group"], "hidden": True, "warns": False}
    hours = row.get("hours")
    return {
        **row,
        "hidden": False,
        "whom": whom(row["by"], row["group"]),
        "waited": span(hours) if hours is not None else "most still wait",
        # Infinity is no number to JSON: a group that warns without a ratio has no median yet while others have.
        "endless": row.get("warns") and row.get("ratio") is None,
    }


def whom(by: str, group: str) -> str:
    """A group as the subject of a sentence.

    >>> whom("language", "pt"), whom("channel", "forum"), whom("worth", "lowest fifth")
    ('Whoever writes in Portuguese', 'Whoever writes on the forum', 'Who is in the group “lowest fifth”')
    """
    if by == "language" and group:
        return f"Whoever writes in {language_words(group)}"
    if by == "channel" and group:
        return f"Whoever writes {place_words(group)}"
    return f"Who is in the group “{group or 'not said'}”"
