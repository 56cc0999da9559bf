"""The pool: those who must not be valued one by one stand at their cohort's mean, times their number.

A cohort is the year of the first purchase. The mean is that of the customers who are valued one by one; where fewer
than five of a cohort are, it is that of all of them; where hardly anyone is, the mean over the pool itself, which says
nothing of any one member.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.value.accounts import Accounts
    from goodwill.value.summary import Summary

Floats = npt.NDArray[np.float64]
FEWEST = 5
RULE = "the pool at its cohorts' mean; rule 1"


@dataclass(frozen=True)
class Pool:
    """`expected` is the pool's own margin; `weight` (members,) a pooled member's part of it, 1 for everybody else."""

    expected: float
    weight: Floats


def pool(
    who: Accounts, bought: Summary, single: npt.NDArray[np.bool_], own: Floats, of_all: Callable[[Summary], Floats]
) -> Pool:
    """The pool's sum from the `own` margins of those valued singly (the rows of `bought` where `single`)."""
    weight = np.ones(len(who.members))
    if who.pool is None:
        return Pool(0.0, weight)
    inside = who.place == who.pool
    each = _means(bought, single, own, of_all)
    member = who.member(bought.customer_id)
    mean = np.zeros(len(who.members))
    mean[member[~single]] = each
    total = float(mean[inside].sum())
    weight[inside] = mean[inside] / total if total > 0 else 1 / max(int(inside.sum()), 1)
    return Pool(total, weight)


def _means(bought: Summary, single: npt.NDArray[np.bool_], own: Floats, of_all: Callable[[Summary], Floats]) -> Floats:
    """For each pooled row: the mean of its cohort."""
    pooled = bought.take(~single)
    if len(own) < FEWEST:
        everyone = of_all(pooled)
        return np.full(len(pooled), float(everyone.mean()) if len(everyone) else 0.0)
    cohort = _cohorts(bought)
    codes, place = np.unique(cohort, return_inverse=True)
    number = np.bincount(place[single], minlength=len(codes))
    total = np.bincount(place[single], own, minlength=len(codes))
    mean = np.where(number >= FEWEST, total / np.maximum(number, 1), float(own.mean()))
    found: Floats = mean[place[~single]]
    return found


def _cohorts(bought: Summary) -> npt.NDArray[np.int64]:
    """The year of the first purchase; 0 for who never bought."""
    years = pc.fill_null(pc.year(bought.rows["first_at"].cast(pa.date32())), 0)
    return np.asarray(years.to_numpy(), dtype=np.int64)
