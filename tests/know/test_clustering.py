"""Groups join while their records agree on average; the order of the links does not matter."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.know.resolving.clustering import USUAL, choose_cut, cut_at, grow


def groups(records: int, links: list[tuple[int, int, float]], cut: float = USUAL) -> list[int]:
    left, right, weight = (np.array(part) for part in zip(*links, strict=True))
    return cut_at(grow(records, left, right, weight, apart=-10.0), cut).tolist()


def test_a_chain_of_weak_links_makes_no_person() -> None:
    chain = [(at, at + 1, 1.0) for at in range(9)]
    assert len(set(groups(10, chain))) == 5  # pairs, never ten in a row


def test_one_strong_bridge_does_not_join_two_families() -> None:
    family = [(a, b, 12.0) for a in range(4) for b in range(a + 1, 4)]
    other = [(a + 4, b + 4, 12.0) for a, b, _ in family]
    assert groups(8, [*family, *other, (3, 4, 9.0)]) == [0, 0, 0, 0, 4, 4, 4, 4]


def test_where_nearly_all_agree_one_missing_link_is_forgiven() -> None:
    links = [(0, 1, 9.0), (0, 2, 8.0), (1, 2, 7.0), (0, 3, 8.0), (1, 3, 9.0)]
    assert groups(4, links) == [0, 0, 0, 0]


def by_hand(records: int, links: list[tuple[int, int, float]], cut: float) -> list[int]:
    """Average linkage as it is written in books: the two nearest groups join, one pair of groups at a time."""
    weight = {(a, b): w for a, b, w in links}
    parts = [{one} for one in range(records)]
    while len(parts) > 1:
        best = max(
            (
                (round(float(np.mean([weight.get((min(a, b), max(a, b)), -10.0) for a in x for b in y])), 9), -i, -j)
                for i, x in enumerate(parts)
                for j, y in enumerate(parts)
                if i < j
            )
        )
        if best[0] < cut:
            break
        joined, gone = -best[1], -best[2]
        parts[joined] |= parts.pop(gone)
    first = {one: min(part) for part in parts for one in part}
    return [first[one] for one in range(records)]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_same_as_joining_one_pair_of_groups_at_a_time(data: st.DataObject) -> None:
    records = data.draw(st.integers(2, 8))
    pairs = [(a, b) for a in range(records) for b in range(a + 1, records)]
    kept = data.draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    weights = data.draw(st.permutations(range(len(kept))))
    # Sines of whole numbers: no mean of some is the mean of others, so that which groups are nearest is never a tie.
    links = [(a, b, 20.0 * np.sin(1.0 + w) + 4.0) for (a, b), w in zip(kept, weights, strict=True)]
    assert groups(records, links) == by_hand(records, links, USUAL)
    shuffled = data.draw(st.permutations(links))
    assert groups(records, shuffled) == groups(records, links)


def test_the_cut_is_the_usual_one_where_there_is_too_little_to_tell() -> None:
    cut = choose_cut(grow(3, np.array([0]), np.array([1]), np.array([5.0]), apart=-10.0))
    assert cut.weight == USUAL and "only 1 pairs" in cut.chosen


def test_the_cut_lies_where_it_moves_the_fewest_pairs() -> None:
    rng = np.random.default_rng(1)
    left = np.arange(0, 4_000, 2)
    heights = np.where(rng.random(2_000) < 0.8, 12.0, rng.uniform(-3.9, -1.5, 2_000))
    cut = choose_cut(grow(4_000, left, left + 1, heights, apart=-10.0))
    assert cut.weight <= -4.25  # nothing happens under −3.9
