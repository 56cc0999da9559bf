"""The advice to ask leave to quote, made to fit what was asked already.

The ranking knows the terms of whoever praised us, so those who have said yes or no are never asked again. Whether we
have asked, and how often, the service knows: where they have not answered yet, or were asked for enough lately, the
reason says so in the place of the advice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goodwill.engage.thanking import ASK_LEAVE
from goodwill.service.live import asked
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa


def reasons_of(cases: pa.Table, now: datetime | None = None) -> list[list[dict[str, Any]]]:
    """The reasons of each case of a ranking, with the advice as it fits."""
    reasons = [lines or [] for lines in cases["reasons"].to_pylist()]
    advised = [place for place, lines in enumerate(reasons) if any(line["what"] == ASK_LEAVE for line in lines)]
    if not advised:
        return reasons
    customers = cases["customer_id"].take(advised).to_pylist()
    instead = words({one for one in customers if one is not None}, now)
    for place, customer in zip(advised, customers, strict=True):
        if customer in instead:
            reasons[place] = [
                {**line, "what": instead[customer]} if line["what"] == ASK_LEAVE else line for line in reasons[place]
            ]
    return reasons


def words(persons: Iterable[str], now: datetime | None = None) -> dict[str, str]:
    """For each of these persons who is not to be asked now what is said instead; who is not named may be asked."""
    from goodwill.service.door import choices

    most = choices.asks()
    found = {}
    for person, lately in asked.lately(persons, now).items():
        if lately.quote is not None:
            found[person] = f"asked on {day(lately.quote)} whether they may be quoted; they have not answered yet"
        elif not (budget := lately.budget(most)).left:
            found[person] = f"leave to quote them is not asked: {spent(budget)}"
    return found


def spent(budget: asked.Budget) -> str:
    """That a budget is spent, and when the next ask is free."""
    if budget.again is None:
        return "the firm asks nobody for anything"
    return (
        f"they were asked {budget.asked} times in {asked.DAYS} days, and {budget.most} is the most; "
        f"the next is free on {day(budget.again)}"
    )


def day(at: datetime) -> str:
    """A day as people write it, in the firm's zone."""
    local = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(the_firm().zone)
    return f"{local.day} {local:%B %Y}"
