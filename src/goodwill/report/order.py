"""How the order of customers changes when an assumption does: τ halved and doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.report.columns import name_of, names_of
from goodwill.report.figures import percent
from goodwill.report.view import Empty, Order, OrderRow

if TYPE_CHECKING:
    from collections.abc import Sequence


def order(result: Any) -> Order:
    """The first customers at each τ, and how many of the first tenth stay in it."""
    firm = result.valuation.stability
    if not firm.top:
        return Order((), (), (), empty=Empty("Nobody yet: there is no order to change."))
    others = sorted(firm.orders, key=lambda one: one.tau)
    swayed = any(one.top != firm.top or one.spearman < 1 for one in others)
    words = [
        "τ is the part of what a customer brings that is due to those who swayed them. "
        + (
            "Influence is associated with what others do, not proven to cause it."
            if swayed
            else "Here it changes nothing: nobody is known to sway others enough."
        )
    ]
    if any(firm.low <= one.tau <= firm.high for one in others) and firm.low < firm.high:
        words.append(f"As entered it is {firm.tau:g}, and may lie between {firm.low:g} and {firm.high:g}.")
    return Order(
        heads=tuple(_head(firm.tau, one.tau) for one in (others[0], firm, *others[1:])) if others else (),
        rows=_rows(result, firm, others),
        words=tuple(words),
        summary_heads=("If τ were", "Rank correlation", "Of the first tenth, stay"),
        summary=tuple((f"{one.name}, {one.tau:g}", f"{one.spearman:.3f}", percent(one.kept)) for one in others),
    )


def _head(used: float, tau: float) -> str:
    return f"τ {tau:g}" + (", as entered" if tau == used else "")


def _rows(result: Any, firm: Any, others: Sequence[Any]) -> tuple[OrderRow, ...]:
    """The first ten at the τ in use, then those who come among the first ten at another."""
    used = {customer: place for place, customer in enumerate(firm.top, 1)}
    for one in others:
        used.update({customer: rank for customer, rank in zip(one.top, one.ranks, strict=True) if customer not in used})
    names = names_of(result.facts, used)
    rows = []
    for customer, rank in sorted(used.items(), key=lambda pair: (pair[1], pair[0])):
        places = [_place(one.top, customer) for one in others]
        rows.append(
            OrderRow(
                name=name_of(customer, names),
                ranks=tuple((place, place != str(rank)) for place in (*places[:1], str(rank), *places[1:])),
            )
        )
    return tuple(rows)


def _place(top: Sequence[str], customer: str) -> str:
    return str(top.index(customer) + 1) if customer in top else f"after {len(top)}"
