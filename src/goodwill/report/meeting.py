"""The sentences to say in a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.report.columns import cents
from goodwill.report.customers import FEW
from goodwill.report.figures import MINUS, count, money, rounded, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.report.view import Practice


def sentences(result: Any, practices: Sequence[Practice], symbol: str) -> tuple[str, ...]:
    """What customers bring and on how few it hangs; and the practice that costs most."""
    found = result.proof.concentration
    total = int(cents(result.worth["worth"]).sum()) / 100
    if not found.customers or total <= 0:
        return ()
    half = f"; {whole(found.half)} of them hold half of it" if found.half and found.customers >= FEW else ""
    said = [
        f"{_ahead(result.horizon_days)} our {count(found.customers, 'customer')} should bring us about "
        f"{spoken(total, symbol)}{half}."
    ]
    worst = max(practices, key=lambda row: (row.costs.value if row.costs else 0.0, row.name), default=None)
    if worst is not None and worst.costs is not None and worst.costs.value > 0:
        said.append(_practice(worst, symbol))
    return tuple(said)


def _ahead(days: int) -> str:
    return "In the coming year" if days in (365, 366) else f"In the coming {days} days"


def _practice(row: Practice, symbol: str) -> str:
    costs = row.costs
    assert costs is not None
    between = f" ({costs.interval})" if costs.interval else ""
    earns = f"earns us {spoken(row.earns.value, symbol)} and " if row.earns and row.earns.value > 0 else ""
    decides = f" {row.decides} decides." if row.decides else " Nobody has been named who decides."
    return f"“{row.name}” {earns}costs us about {spoken(costs.value, symbol)}{between} a year.{decides}"


def spoken(value: float, symbol: str) -> str:
    """Money as one says it, to two significant figures.

    >>> spoken(1234567, "€"), spoken(41230, "€"), spoken(-312, "CHF"), spoken(2.1e9, "$")
    ('€1.2 million', '€41,000', '−CHF 310', '$2.1 billion')
    """
    size = rounded(abs(value))
    sign = (MINUS if value < 0 else "") + symbol + (" " if symbol.isalpha() else "")
    for scale, word in ((1e9, "billion"), (1e6, "million")):
        if size >= scale:
            number = size / scale
            return f"{sign}{number:,.0f} {word}" if number >= 10 else f"{sign}{number:.1f} {word}"
    return sign + money(size)
