"""The worth solve: published figures, the conservation law, agreement with a dense solve, and every refusal."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.errors import ModelError, NotConverged
from goodwill.ledger import TieMatrix, solve_worth
from goodwill.ledger import matrix as matrix_module
from goodwill.ledger import solve as solve_module

Problem = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


def problem(size: int, ties: int, seed: int, *, reach: float = 0.9, negative: float = 0.0) -> Problem:
    """A random network in which each owner gives away up to ``reach``; repeated ties and cycles among them."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, size, ties)
    beneficiary = (owner + rng.integers(1, size, ties)) % size
    weight = rng.random(ties) + 0.01
    share = weight / np.bincount(owner, weight, size)[owner] * (reach * rng.random(size))[owner]
    share *= np.where(rng.random(ties) < negative, -1.0, 1.0)
    return rng.normal(50.0, 200.0, size), owner, beneficiary, share


def dense(generated: npt.NDArray[np.float64], *ties: Any) -> npt.NDArray[np.float64]:
    owner, beneficiary, share = ties
    matrix = np.zeros((len(generated), len(generated)))
    np.add.at(matrix, (beneficiary, owner), share)
    return np.asarray(np.linalg.solve(np.eye(len(generated)) - matrix, generated), dtype=np.float64)


def test_hand_table_of_hubbell_values() -> None:
    """A→B 2, A→C 3, B→C 1, C→A 1, D→C −1, each column divided by Σ|·|, α ½ (Hubbell 1965; Kumar et al. 2013)."""
    who, whom, strength = np.array([0, 0, 1, 2, 3]), np.array([1, 2, 2, 0, 2]), np.array([2.0, 3.0, 1.0, 1.0, -1.0])
    share = 0.5 * strength / np.bincount(whom, np.abs(strength))[whom]
    own = np.array([100.0, 200.0, 300.0, 50.0])
    solution = solve_worth(own, owner=whom, beneficiary=who, share=share)
    assert np.round(solution.gross - own, 4).tolist() == [269.6970, 48.4848, 184.8485, -48.4848]
    assert solution.net.sum() == pytest.approx(650.0, abs=1e-9)


@pytest.mark.parametrize("size", [40, 2000])  # the dense way and the rounds
@pytest.mark.parametrize("negative", [0.0, 0.3])
def test_agrees_with_a_dense_solve(size: int, negative: float) -> None:
    own, *ties = problem(size, 6 * size, seed=size, negative=negative)
    solution = solve_worth(own, *ties)
    expected = dense(own, *ties)
    np.testing.assert_allclose(solution.gross, expected, rtol=0, atol=1e-9 * np.abs(own).sum())
    kept = 1.0 - np.bincount(ties[0], ties[2], size)
    np.testing.assert_allclose(solution.net, expected * kept, rtol=0, atol=2e-9 * np.abs(own).sum())


@settings(deadline=None, max_examples=150)
@given(
    size=st.integers(2, 30),
    density=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
    reach=st.floats(0.0, 0.999),
    negative=st.sampled_from([0.0, 0.5, 1.0]),
    by_rounds=st.booleans(),
)
def test_conservation_law(size: int, density: int, seed: int, reach: float, negative: float, by_rounds: bool) -> None:
    own, *ties = problem(size, density * size, seed, reach=reach, negative=negative)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrix_module, "DENSE_UP_TO", 0 if by_rounds else 256)
        solution = solve_worth(own, *ties)
    assert abs(solution.net.sum() - own.sum()) <= 1e-9 * np.abs(own).sum()
    np.testing.assert_allclose(solution.gross, dense(own, *ties), rtol=0, atol=1e-8 * np.abs(own).sum())


def test_cycle_by_hand() -> None:
    """Each has a half of what the other brings: V = g + V/2 twice over."""
    solution = solve_worth([30.0, 60.0], owner=[0, 1], beneficiary=[1, 0], share=[0.5, 0.5])
    np.testing.assert_allclose(solution.gross, [80.0, 100.0])
    np.testing.assert_allclose(solution.net, [40.0, 50.0])  # each keeps the half of his own


def test_long_chain_and_long_cycle() -> None:
    size = 3000
    chain = np.arange(size - 1)
    own = np.zeros(size)
    own[-1] = 1.0  # the last brings money, each has nine tenths of what the next brings
    solution = solve_worth(own, owner=chain + 1, beneficiary=chain, share=np.full(size - 1, 0.9))
    np.testing.assert_allclose(solution.gross[::-1][:5], 0.9 ** np.arange(5), atol=1e-10)
    cycle = np.arange(size)
    solution = solve_worth(np.ones(size), owner=cycle, beneficiary=(cycle + 1) % size, share=np.full(size, 0.99))
    np.testing.assert_allclose(solution.gross, 100.0, rtol=1e-9)
    np.testing.assert_allclose(solution.net, 1.0, rtol=1e-7)


def test_communities_of_unlike_shares_are_no_trap() -> None:
    """Where one scaling cannot fit both halves, the plain rounds still converge."""
    own, owner, beneficiary, share = problem(1000, 6000, seed=3, reach=0.05)
    rich = problem(1000, 6000, seed=4, reach=0.99)
    both = [
        np.concatenate(pair)
        for pair in zip(
            (own, owner, beneficiary, share), (-rich[0], rich[1] + 1000, rich[2] + 1000, rich[3]), strict=True
        )
    ]
    np.testing.assert_allclose(solve_worth(*both).gross, dense(*both), rtol=0, atol=1e-9 * np.abs(both[0]).sum())


def test_money_that_cancels_out_is_solved_too() -> None:
    """Σ g = 0 would make the scaling 0; an all-zero g has nothing to solve."""
    own, *ties = problem(600, 3000, seed=5)
    own -= own.mean()
    np.testing.assert_allclose(solve_worth(own, *ties).gross, dense(own, *ties), atol=1e-9 * np.abs(own).sum())
    assert not solve_worth(np.zeros(600), *ties).gross.any()


@pytest.mark.parametrize("size", [30, 1000])
def test_many_right_hand_sides_are_each_solved(size: int) -> None:
    _, *ties = problem(size, 5 * size, seed=6)
    draws = np.random.default_rng(7).gamma(0.5, 100.0, (size, 5))
    together = solve_worth(draws, *ties)
    assert together.gross.shape == together.net.shape == (size, 5)
    for k in range(5):
        alone = solve_worth(draws[:, k], *ties)
        np.testing.assert_allclose(together.gross[:, k], alone.gross, rtol=1e-12)
        np.testing.assert_allclose(together.net[:, k], alone.net, rtol=1e-12)


@pytest.mark.parametrize("size", [30, 1000])
@pytest.mark.parametrize("in_order", [False, True])
def test_scaled_ties_are_those_built_anew(size: int, in_order: bool) -> None:
    own, owner, beneficiary, share = problem(size, 5 * size, seed=8, negative=0.1)
    if in_order:
        order = np.argsort(beneficiary, kind="stable")
        owner, beneficiary, share = owner[order], beneficiary[order], share[order]
    ties = TieMatrix(size, owner, beneficiary, share)
    factor = np.random.default_rng(9).random(len(share))
    for scale in (0.5, factor, 1.0):
        anew = solve_worth(own, owner, beneficiary, share * scale)
        scaled = ties.solve(own, scale=scale)
        np.testing.assert_allclose(scaled.gross, anew.gross, rtol=1e-9, atol=1e-9)
        money = ties.transfers(scaled.gross, scale=scale)
        received = np.bincount(beneficiary, money, size) - np.bincount(owner, money, size)
        np.testing.assert_allclose(own + received, scaled.net, rtol=1e-6, atol=1e-5)
    np.testing.assert_array_equal(ties.solve(own).gross, solve_worth(own, owner, beneficiary, share).gross)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("negative", [0.0, 0.3])
def test_ties_left_where_they_lie_give_the_same_sums(
    kind: type, negative: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Very many ties are not sorted: the product runs over the columns that were given."""
    own, owner, beneficiary, share = problem(1000, 8000, seed=13, negative=negative)
    share = share.astype(kind)
    factor = np.random.default_rng(14).random(len(share)).astype(kind)
    is_sorted = TieMatrix(1000, owner, beneficiary, share)
    monkeypatch.setattr(matrix_module, "WHERE_THEY_LIE_FROM", 0)
    monkeypatch.setattr(matrix_module, "TIES", 3000)  # the last part is not whole
    lying = TieMatrix(1000, owner, beneficiary, share)
    np.testing.assert_allclose(lying.given, is_sorted.given, rtol=1e-12, atol=1e-15)
    for scale in (None, 0.5, factor):
        expected, found = is_sorted.solve(own, scale=scale), lying.solve(own, scale=scale)
        np.testing.assert_allclose(found.gross, expected.gross, rtol=1e-9, atol=1e-6)
        assert abs(found.net.sum() - own.sum()) <= 1e-9 * np.abs(own).sum()
        np.testing.assert_array_equal(
            lying.transfers(found.gross, scale=scale), is_sorted.transfers(found.gross, scale=scale)
        )
    assert lying.solve(own).gross.tobytes() == lying.solve(own).gross.tobytes()


def test_ties_left_where_they_lie_are_refused_as_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_module, "WHERE_THEY_LIE_FROM", 0)
    with pytest.raises(ModelError, match=r"owner 2 \(first tie: row 1\) add up to 1\.2"):
        solve_worth(np.ones(400), [0, 2, 2], [1, 0, 0], [0.1, 0.6, 0.6])
    cancelled = solve_worth(np.full(400, 10.0), owner=[1, 1], beneficiary=[0, 0], share=[0.9, -0.5])
    assert cancelled.net[:2] == pytest.approx([14.0, 6.0])
    assert solve_worth(np.ones(1000), [], [], []).gross.tolist() == [1.0] * 1000


def test_nobody_one_and_no_ties() -> None:
    assert solve_worth([], [], [], []).gross.shape == (0,)
    assert solve_worth([5.0], [], [], []).net.tolist() == [5.0]
    assert solve_worth(np.ones(1000), [], [], []).gross.tolist() == [1.0] * 1000
    assert solve_worth(np.ones((1000, 2)), [], [], []).net.shape == (1000, 2)


def test_repeated_ties_add_and_may_cancel() -> None:
    twice = solve_worth([0.0, 10.0], owner=[1, 1], beneficiary=[0, 0], share=[0.2, 0.3])
    assert twice.gross.tolist() == [5.0, 10.0]
    for size in (2, 400):
        cancelled = solve_worth(np.full(size, 10.0), owner=[1, 1], beneficiary=[0, 0], share=[0.9, -0.5])
        assert cancelled.net[:2] == pytest.approx([14.0, 6.0])


@pytest.mark.parametrize("size", [3, 500])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generated": np.nan}, r"solve_worth: generated, row 2: NaN; every customer needs a finite sum"),
        ({"generated": np.inf}, r"generated, row 2: infinite"),
        ({"share": [0.1, np.nan]}, r"share, row 1: nan; a share is a part of one"),
        ({"owner": [0, 1], "beneficiary": [1, 1]}, r"row 1: customer 1 has a tie to himself"),
        ({"owner": [0, -1]}, r"owner, row 1: -1 is out of range; there are \d+ customers"),
        ({"beneficiary": [9999, 1]}, r"beneficiary, row 0: 9999 is out of range"),
        ({"share": [0.4]}, r"owner has 2 rows, beneficiary 2, share 1"),
        ({"owner": [0.0, 2.0]}, r"owner is 1-dimensional of float64; give integer positions"),
        ({"owner": [2, 2], "beneficiary": [0, 1], "share": [0.6, 0.4]}, r"owner 2 \(first tie: row 0\) add up to 1;"),
        (
            {"owner": [2, 2], "beneficiary": [0, 1], "share": [0.6, -0.6]},
            r"add up to 1\.2; an owner must keep something",
        ),
        ({"owner": [2, 2], "beneficiary": [0, 0], "share": [0.6, 0.6]}, r"add up to 1\.2"),
    ],
)
def test_refusals_name_the_row(size: int, change: dict[str, Any], message: str) -> None:
    own = np.ones(size)
    arguments: dict[str, Any] = {"owner": [0, 2], "beneficiary": [1, 1], "share": [0.4, 0.4]}
    if "generated" in change:
        own[2] = change["generated"]
    arguments |= {name: value for name, value in change.items() if name != "generated"}
    with pytest.raises(ModelError, match=message) as caught:
        solve_worth(own, **arguments)
    assert isinstance(caught.value, ValueError)


def test_refusals_of_the_matrix() -> None:
    ties = TieMatrix(2, [1], [0], [0.6])
    with pytest.raises(ModelError, match=r"generated has 3 rows, the ties are of 2 customers"):
        ties.solve(np.ones(3))
    with pytest.raises(ModelError, match=r"add up to 1\.2"):
        ties.solve(np.ones(2), scale=2.0)
    with pytest.raises(ModelError, match=r"scale has 2 values for 1 ties"):
        ties.solve(np.ones(2), scale=[1.0, 1.0])
    with pytest.raises(ModelError, match=r"scale has a value that is not finite"):
        ties.solve(np.ones(2), scale=np.nan)
    with pytest.raises(ModelError, match=r"generated has 3 dimensions"):
        ties.solve(np.ones((2, 1, 1)))


def test_shares_too_near_one_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve_module, "MAX_ROUNDS", 5)
    own, *ties = problem(400, 1000, seed=1, reach=0.99)
    with pytest.raises(NotConverged, match=r"after 5 rounds .* cap the shares of one owner at \.99 or less"):
        solve_worth(own, *ties)


def test_shares_within_rounding_of_one_are_solved() -> None:
    own, owner, beneficiary, share = problem(400, 1600, seed=2)
    share = share / np.bincount(owner, share, 400)[owner] * (1 - 1e-7)
    solution = solve_worth(own, owner, beneficiary, share)
    np.testing.assert_allclose(solution.gross, dense(own, owner, beneficiary, share), rtol=1e-5)
    assert abs(solution.net.sum() - own.sum()) <= 1e-9 * np.abs(own).sum()


def test_the_same_input_gives_the_same_bits() -> None:
    own, *ties = problem(3000, 20_000, seed=10)
    first, second = solve_worth(own, *ties), solve_worth(own, *ties)
    assert first.gross.tobytes() == second.gross.tobytes()
    assert first.net.tobytes() == second.net.tobytes()


def test_a_small_problem_needs_neither_scipy_nor_numba() -> None:
    code = (
        "import sys; from goodwill.ledger.solve import solve_worth; solve_worth([1.0, 2.0], [1], [0], [.5]);"
        "print([name for name in ('scipy', 'numba') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_million_customers_with_ten_million_ties() -> None:
    """The law at the size that the figures speak of; time and memory are measured in bench/worth_solve.py."""
    own, *ties = problem(1_000_000, 10_000_000, seed=11, reach=0.6)
    solution = solve_worth(own, *ties)
    assert abs(solution.net.sum() - own.sum()) <= 1e-9 * np.abs(own).sum()
    left = solution.gross - own - np.bincount(ties[1], ties[2] * solution.gross[ties[0]], len(own))
    assert np.abs(left).sum() <= 1e-9 * np.abs(own).sum()


def test_shares_in_float32_are_kept_and_give_the_same_sums() -> None:
    generated, owner, beneficiary, share = problem(3000, 20_000, 11, negative=0.3)
    narrow = share.astype(np.float32)
    wide = solve_worth(generated, owner, beneficiary, narrow.astype(np.float64))
    kept = TieMatrix(3000, owner, beneficiary, narrow)
    assert kept.share.dtype == np.float32
    found = kept.solve(generated)
    np.testing.assert_allclose(found.gross, wide.gross, rtol=1e-9, atol=1e-6)
    assert abs(found.net.sum() - generated.sum()) <= 1e-9 * np.abs(generated).sum()
    halved = kept.solve(generated, scale=0.5)
    np.testing.assert_allclose(
        halved.gross, solve_worth(generated, owner, beneficiary, narrow * 0.5).gross, rtol=1e-9, atol=1e-6
    )


@pytest.mark.parametrize(("kind", "bytes_a_tie"), [(np.float64, 12), (np.float32, 8)])
def test_memory_is_that_of_one_matrix_and_a_few_columns(kind: type, bytes_a_tie: int) -> None:
    size, ties = 200_000, 2_000_000
    strip = 131_072 * (ties / size) * 12 if kind is np.float32 else 0  # widened shares, a strip of rows at a time
    assert peak_of_a_solve(size, ties, kind) < bytes_a_tie * ties + 7 * 8 * size + strip


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_ties_left_where_they_lie_take_no_memory(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_module, "WHERE_THEY_LIE_FROM", 1_000_000)
    monkeypatch.setattr(matrix_module, "TIES", 100_000)
    size, ties = 200_000, 2_000_000
    strip = 100_000 * 8 if kind is np.float32 else 0
    # A byte a tie for the checks, and no more columns than before.
    assert peak_of_a_solve(size, ties, kind) < ties + 7 * 8 * size + strip


def peak_of_a_solve(size: int, ties: int, kind: type) -> int:
    """The bytes that a solve takes at most beyond the columns given to it."""
    generated, owner, beneficiary, share = problem(size, ties, 12, reach=0.5)
    columns = owner.astype(np.int32), beneficiary.astype(np.int32), share.astype(kind)
    solve_worth(generated[:1000], *(column[:0] for column in columns))  # imports
    tracemalloc.start()
    try:
        solve_worth(generated, *columns)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
