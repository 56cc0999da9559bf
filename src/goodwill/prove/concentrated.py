"""How the worth is spread: how many customers hold half of it, and what follows from an owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from goodwill.facts import POOL, STANDINGS
from goodwill.facts.columns import floats

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Concentration:
    """Of all customers who are valued one by one."""

    customers: int
    worth: float
    half: int | None  # the fewest customers who together hold half of the worth; None where there is none
    half_share: float | None  # the same as a share of all customers
    top_tenth: float | None  # share of the worth that the highest tenth holds; above 1 where others are below 0
    top_fifth: float | None
    median_follows: float | None
    owners: int
    owner_follows: float | None  # median of what follows from an owner
    owner_times: float | None  # that over the median customer's
    standings: tuple[tuple[str, int], ...]  # how many stand on each step of the ladder
    ownership_quotient: float | None  # share at apostle or owner
    evidence: tuple[str, ...] = ("estimated", "assumed")


def concentration(worth: pa.Table) -> Concentration:
    """How few customers hold half of the worth, and how many times the median an owner's follows are.

    The Ownership Quotient is the share of customers at apostle or owner (Heskett, Sasser, Wheeler 2008).

    >>> from goodwill.facts import WORTH
    >>> concentration(WORTH.empty()).half is None
    True
    """
    known = worth.filter(pc.not_equal(worth["customer_id"], POOL))
    x, v = np.sort(floats(known["worth"]))[::-1], floats(known["follows"])
    n, total = len(x), float(floats(known["worth"]).sum())
    standing = pc.fill_null(known["standing"], "none")
    steps = tuple((step, int(pc.sum(pc.equal(standing, step)).as_py() or 0)) for step in STANDINGS)
    counts = dict(steps)
    owner = np.asarray(pc.equal(standing, "owner").to_numpy(zero_copy_only=False)).astype(bool)
    median = float(np.median(v)) if n else None
    of_owner = float(np.median(v[owner])) if owner.any() else None
    held = np.cumsum(x)
    half = int(np.searchsorted(np.maximum.accumulate(held), total / 2)) + 1 if total > 0 else None
    return Concentration(
        customers=n,
        worth=round(total, 2),
        half=half,
        half_share=half / n if half else None,
        top_tenth=float(held[max(-(-n // 10) - 1, 0)]) / total if total > 0 else None,
        top_fifth=float(held[max(-(-n // 5) - 1, 0)]) / total if total > 0 else None,
        median_follows=None if median is None else round(median, 2),
        owners=counts["owner"],
        owner_follows=None if of_owner is None else round(of_owner, 2),
        owner_times=of_owner / median if of_owner is not None and median else None,
        standings=steps,
        ownership_quotient=(counts["apostle"] + counts["owner"]) / n if n else None,
    )
