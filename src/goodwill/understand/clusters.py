"""Directions that many messages share: spherical k-means, on a sample, for a bounded time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from goodwill.understand.tokens import Positions

Directions = npt.NDArray[np.float32]

_ROUNDS = 15
_AT_ONCE = 1 << 13


def reduced(table: Any, width: int, rows: Positions, seed: int = 1) -> Directions:
    """[V, width] the directions in which the sampled rows of a sparse table vary most (latent semantic analysis).

    Randomised range finder with two rounds (Halko, Martinsson and Tropp 2011, algorithm 4.4).
    """
    sample = table[rows]
    width = max(1, min(width, *sample.shape))
    start = np.random.default_rng(seed).normal(size=(sample.shape[1], min(width + 10, sample.shape[1])))
    basis = np.linalg.qr(sample @ start)[0]
    for _ in range(2):
        basis = np.linalg.qr(sample @ np.linalg.qr(sample.T @ basis)[0])[0]
    right = np.linalg.svd((sample.T @ basis).T, full_matrices=False)[2]
    return np.ascontiguousarray(right[:width].T, np.float32)


def unit(rows: npt.NDArray[Any]) -> Directions:
    """Each row of length 1; zeros stay zeros."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-12), np.float32)


def centres_of(rows: Directions, count: int, seed: int = 1) -> Directions:
    """[≤ count, D] centres of groups of directions.

    Spherical k-means (Dhillon and Modha 2001), started by k-means++ (Arthur and Vassilvitskii 2007).
    """
    rows = rows[rows.any(axis=1)]
    if len(rows) == 0:
        return rows
    centres = _started(rows, min(count, len(rows)), np.random.default_rng(seed))
    nearest = np.full(len(rows), -1)
    for _ in range(_ROUNDS):
        now = nearest_centre(rows, centres)[0]
        if (now == nearest).all():
            break
        nearest = now
        centres = _means(rows, nearest, len(centres))
    return centres


def _started(rows: Directions, count: int, random: np.random.Generator) -> Directions:
    chosen = [int(random.integers(len(rows)))]
    distance = np.maximum(1 - rows @ rows[chosen[0]], 0).astype(np.float64)
    while len(chosen) < count and distance.sum() > 1e-6:
        chosen.append(int(random.choice(len(rows), p=distance / distance.sum())))
        distance = np.minimum(distance, np.maximum(1 - rows @ rows[chosen[-1]], 0))
    return rows[chosen].copy()


def _means(rows: Directions, group: Positions, count: int) -> Directions:
    """The mean direction of each group; a group without members goes."""
    from scipy.sparse import csr_matrix

    held = group >= 0
    table = csr_matrix((np.ones(held.sum(), np.float32), (group[held], np.flatnonzero(held))), (count, len(rows)))
    members = np.asarray(table.sum(axis=1)).ravel() > 0
    return unit((table @ rows)[members])


def nearest_centre(rows: Directions, centres: Directions) -> tuple[Positions, Directions]:
    """(the nearest centre of each row, its likeness), block by block; −1 and 0 without centres."""
    place, like = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.float32)
    if len(centres):
        for begin in range(0, len(rows), _AT_ONCE):
            found = np.round(rows[begin : begin + _AT_ONCE] @ centres.T, 5)
            best = found.argmax(axis=1)
            place[begin : begin + _AT_ONCE] = best
            like[begin : begin + _AT_ONCE] = found[np.arange(len(best)), best]
    return place, like


def merged(centres: Directions, weight: npt.NDArray[Any], like: float) -> Directions:
    """Centres that are more like each other than `like` become one; the heavier leads."""
    order = np.argsort(-np.asarray(weight, np.float64), kind="stable")
    kept: list[int] = []
    for place in order.tolist():
        if not kept or (centres[kept] @ centres[place]).max() < like:
            kept.append(place)
    return centres[kept]


def risen_spots(now: Directions, past: Directions, like: float, certain: float, most: int) -> Directions:
    """[≤ most, D] the places around which there is more now than the past lets us expect, the plainest first.

    A scan in the manner of Kulldorff 1997, with the neighbourhood of each message of now in a window's place: of the
    messages within `like` of it, the part that is of now is compared with now's part in all (binomial). The plainest is
    taken, its neighbours are set aside, and so on while the chance stays under `certain` over all messages of now.
    """
    spots: list[Directions] = []
    if not len(now) or not len(past):
        return now[:0]
    share = len(now) / (len(now) + len(past))
    before = np.concatenate([(part @ past.T >= like).sum(axis=1) for part in _parts(now)])
    near = np.vstack([np.packbits(part @ now.T >= like, axis=1) for part in _parts(now)])
    left = now.any(axis=1)
    while len(spots) < most:
        here = np.bitwise_count(near & np.packbits(left)).sum(axis=1, dtype=np.int64)
        chance = _chance(here, before, share)
        chance[~left | (here < 3)] = 1.0
        best = int(np.argmin(np.round(np.log10(np.maximum(chance, 1e-300)), 6)))
        if chance[best] > certain / len(now):
            break
        members = np.unpackbits(near[best], count=len(now)).astype(bool) & left
        spots.append(now[members].mean(axis=0))
        left &= ~members
    return unit(np.array(spots, np.float32)) if spots else now[:0]


def _parts(rows: Directions) -> list[Directions]:
    return [rows[begin : begin + 1024] for begin in range(0, len(rows), 1024)]


def _chance(here: Positions, before: Positions, share: float) -> npt.NDArray[np.float64]:
    """That of here + before neighbours at least `here` are of now."""
    from scipy.special import betainc

    return np.where(here > 0, betainc(np.maximum(here, 1), before + 1, share), 1.0)
