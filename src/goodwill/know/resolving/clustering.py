"""From links to persons, without chains: groups join while their records agree on average.

A chain of weak links makes strangers one person where every link is taken at its word. Here two groups join only if
the mean weight over all pairs between them stays above a cut; a pair that never met counts as different. This is
average linkage (Sokal and Michener 1958), by joining all mutually nearest groups at once: that gives the same tree in
any order (Bruynooghe 1978), so the answer does not hang on the order of the rows.

The cut is chosen from the data: where it moves the fewest pairs (the flattest stretch), between a probability of .02
and one of .2. Matches that are missed are mostly weak, and few strangers agree on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOW, HIGH = -5.5, -2.0
"""Between these cuts (bits) the flattest stretch is sought."""
USUAL = -3.0
"""The cut where there is too little to tell: a probability of a ninth."""
STEP = 0.25
ENOUGH = 200
"""Pairs put together under which the flattest stretch is chance."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """Who joined whom, at which mean weight: each join names a record of either side, shape (joins,)."""

    records: int
    left: Ints
    right: Ints
    height: Floats
    pairs: Ints  # pairs of records that the join put together


@dataclass(frozen=True, slots=True)
class Cut:
    """The mean weight (bits) under which groups stay apart, and how it was chosen."""

    weight: float
    chosen: str

    @property
    def probability(self) -> float:
        """The same as a probability."""
        return float(1 / (1 + 2.0**-self.weight))


def grow(records: int, left: Ints, right: Ints, weight: Floats, apart: float, lowest: float = LOW) -> Tree:
    """Joins mutually nearest groups until no mean weight reaches `lowest`.

    `left` < `right` are positions of records, each pair once, `weight` in bits; a pair that is not named weighs
    `apart`.

    >>> tree = grow(3, np.array([0, 1]), np.array([1, 2]), np.array([8.0, 6.0]), apart=-10.0)
    >>> tree.height.tolist()  # 2 agrees with 1 but never met 0: on average (6 − 10) / 2
    [8.0, -2.0]
    """
    order = np.lexsort((right, left))
    a, b, total = left[order].astype(np.int64), right[order].astype(np.int64), np.round(weight[order], 6)
    met = np.ones(len(a), np.int64)
    size = np.ones(records, np.int64)
    joins: list[tuple[Ints, Ints, Floats, Ints]] = []
    while len(a):
        area = size[a] * size[b]
        value = np.round((total + apart * (area - met)) / area, 9)
        may = value >= lowest
        live = np.zeros(records, bool)
        live[a[may]] = live[b[may]] = True
        stays = live[a] | live[b]  # a group without a link that may join never gets one: a mean cannot rise
        a, b, total, met = a[stays], b[stays], total[stays], met[stays]
        value, may, area = value[stays], may[stays], area[stays]
        chosen = _mutual(records, a, b, value, may)
        if not len(chosen):
            break
        joins.append((a[chosen], b[chosen], value[chosen], area[chosen]))
        size[a[chosen]] += size[b[chosen]]
        to = np.arange(records)
        to[b[chosen]] = a[chosen]
        a, b, total, met = _gathered(to[a], to[b], total, met, records)
    if not joins:
        nothing = np.zeros(0, np.int64)
        return Tree(records, nothing, nothing, np.zeros(0), nothing)
    return Tree(records, *(np.concatenate(part) for part in zip(*joins, strict=True)))


def _mutual(records: int, a: Ints, b: Ints, value: Floats, may: npt.NDArray[np.bool_]) -> Ints:
    """Links whose two ends are each other's nearest; equal ones are told apart by position, the same in any order."""
    links = np.flatnonzero(may)
    links = links[np.lexsort((b[links], a[links], -value[links]))]
    place = np.arange(len(links))
    nearest = np.full(records, len(links), np.int64)
    np.minimum.at(nearest, a[links], place)
    np.minimum.at(nearest, b[links], place)
    mutual: Ints = links[(nearest[a[links]] == place) & (nearest[b[links]] == place)]
    return mutual


def _gathered(a: Ints, b: Ints, total: Floats, met: Ints, records: int) -> tuple[Ints, Ints, Floats, Ints]:
    """Links between the same two groups become one; links inside a group go."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    between = low != high
    code = (low * records + high)[between]
    order = np.argsort(code, kind="stable")
    code, total, met = code[order], total[between][order], met[between][order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.zeros(0, np.int64)
    if not len(starts):
        return code, code, total, met
    code = code[starts]
    return code // records, code % records, np.add.reduceat(total, starts), np.add.reduceat(met, starts)


def choose_cut(tree: Tree) -> Cut:
    """The cut around which half a bit up or down moves the smallest share of the pairs put together."""
    cuts = np.arange(LOW + 0.5, HIGH + STEP / 2, STEP)
    together = int(tree.pairs[tree.height >= USUAL].sum())
    if together < ENOUGH:
        return Cut(USUAL, f"the usual one: only {together:,} pairs are put together")
    moved = np.array(
        [
            tree.pairs[(tree.height >= cut - 0.5) & (tree.height < cut + 0.5)].sum()
            / tree.pairs[tree.height >= cut].sum()
            for cut in cuts
        ]
    )
    best = min(range(len(cuts)), key=lambda at: (round(float(moved[at]), 6), abs(cuts[at] - USUAL), at))
    return Cut(float(cuts[best]), f"half a bit up or down moves {moved[best]:.1%} of the pairs, the least anywhere")


def cut_at(tree: Tree, weight: float) -> Ints:
    """For each record the first record of its group, shape (records,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = tree.height >= weight
    graph = coo_array(
        (np.ones(int(joined.sum()), np.int8), (tree.left[joined], tree.right[joined])), (tree.records, tree.records)
    )
    group = connected_components(graph, directed=False)[1]
    first = np.full(int(group.max()) + 1 if tree.records else 0, tree.records, np.int64)
    np.minimum.at(first, group, np.arange(tree.records))
    first_of_each: Ints = first[group]
    return first_of_each
