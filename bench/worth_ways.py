"""Ways to solve V = g + A V, one against the other: why `goodwill.ledger.solve` is what it is.

Each way gets the same matrix and runs until Σ|V_new − V_old| ≤ tolerance · Σ|g|. The time is that of the rounds alone;
compilation by Numba stands in a row of its own, and so does the building of the matrix.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

TITLE = "Worth solve: Neumann, Anderson, Gauss–Seidel, in SciPy and in Numba (1M customers, 10M ties, half given away)"
GOAL = "none: the choice is recorded in docs/decisions/0003-how-the-worth-solve-works.md"

SIZE, TIES, GIVEN = 1_000_000, 10_000_000, 0.5
TOLERANCES = (1e-6, 1e-10)
Estimates = Iterator[np.ndarray]


def run() -> list[dict[str, Any]]:
    """One row a way and network, then the building and compiling."""
    rows = []
    for network in ("random", "heavy-tailed", "closed circles of 50"):
        ties = _ties(network)
        matrix, seconds = _timed(lambda ties=ties: _csr(*ties))
        generated = np.random.default_rng(2).gamma(0.5, 200.0, SIZE)
        for way, solve in WAYS.items():
            rows.append({"network": network, "way": way} | _rounds(solve, matrix, generated))
        if network == "random":
            building = {"network": network, "way": "build CSR, SciPy", "CPU s to 1e-06": round(seconds, 2)}
    return [*rows, building, *_compiling()]


def _ties(network: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    owner = rng.integers(0, SIZE, TIES, dtype=np.int32)
    if network == "random":
        beneficiary = rng.integers(0, SIZE, TIES, dtype=np.int32)
    elif network == "heavy-tailed":
        beneficiary = (SIZE * rng.random(TIES) ** 3).astype(np.int32)
    else:
        beneficiary = owner // 50 * 50 + rng.integers(0, 50, TIES, dtype=np.int32)
    beneficiary = np.where(beneficiary == owner, (owner + 1) % SIZE, beneficiary).astype(np.int32)
    weight = rng.random(TIES)
    given = GIVEN + 0.2 * (rng.random(SIZE) - 0.5)
    return owner, beneficiary, weight / np.bincount(owner, weight, SIZE)[owner] * given[owner]


def _csr(owner: np.ndarray, beneficiary: np.ndarray, share: np.ndarray) -> Any:
    from scipy.sparse import coo_array

    ties = coo_array((share, (beneficiary, owner)), shape=(SIZE, SIZE))
    ties.has_canonical_format = True
    return ties.tocsr()


def neumann(matrix: Any, g: np.ndarray) -> Estimates:
    v = g
    while True:
        v = g + matrix @ v
        yield v


def scaled(matrix: Any, g: np.ndarray) -> Estimates:
    """Neumann, scaled each round so that the conservation law holds: goodwill's way, without its safeguard."""
    v, total = g, g.sum()
    while True:
        w = v - matrix @ v
        factor = total / w.sum()
        v = factor * v + (g - factor * w)
        yield v


def anderson(depth: int) -> Callable[[Any, np.ndarray], Estimates]:
    def solve(matrix: Any, g: np.ndarray) -> Estimates:
        v, before = g, []
        while True:
            residual = g + matrix @ v - v
            step = v + residual
            if before:
                change = np.array([residual - old for _, old in before])
                weights = np.linalg.lstsq(change @ change.T, change @ residual, rcond=1e-14)[0]
                for weight, (old_v, old) in zip(weights, before, strict=True):
                    step = step - weight * (v - old_v + residual - old)
            before = [*before, (v, residual)][-depth:]
            v = step
            yield v

    return solve


def gauss_seidel(balanced: bool) -> Callable[[Any, np.ndarray], Estimates]:
    sweep: Any = None

    def solve(matrix: Any, g: np.ndarray) -> Estimates:
        nonlocal sweep
        sweep = sweep or _compiled()  # by the call that is not timed
        kept = 1.0 - matrix.T @ np.ones(len(g))
        v = g.copy()
        while True:
            sweep(matrix.indptr, matrix.indices, matrix.data, g, v)
            if balanced:
                v *= g.sum() / (kept @ v)
            yield v

    return solve


def _compiled() -> Any:
    import numba

    @numba.njit(cache=False)
    def sweep(starts, owners, shares, g, v):  # type: ignore[no-untyped-def]
        for i in range(len(g)):
            total = g[i]
            for k in range(starts[i], starts[i + 1]):
                total += shares[k] * v[owners[k]]
            v[i] = total

    one = np.zeros(1, dtype=np.int32)
    sweep(np.zeros(2, dtype=np.int32), one[:0], np.zeros(0), np.zeros(1), np.zeros(1))
    return sweep


WAYS: dict[str, Callable[[Any, np.ndarray], Estimates]] = {
    "Neumann, SciPy": neumann,
    "Neumann scaled by the law, SciPy (chosen)": scaled,
    "Anderson 1, SciPy": anderson(1),
    "Anderson 3, SciPy": anderson(3),
    "Gauss–Seidel, Numba": gauss_seidel(balanced=False),
    "Gauss–Seidel scaled by the law, Numba": gauss_seidel(balanced=True),
}


def _rounds(solve: Callable[[Any, np.ndarray], Estimates], matrix: Any, generated: np.ndarray) -> dict[str, Any]:
    found: dict[str, Any] = {}
    size, taken, wanted = np.abs(generated).sum(), 0.0, list(TOLERANCES)
    estimates, last = solve(matrix, generated), generated.copy()
    next(solve(matrix[:1, :1], generated[:1]))  # compiles, where there is something to compile
    for turn in range(1, 200):
        estimate, seconds = _timed(lambda: next(estimates))
        taken += seconds
        moved = np.abs(estimate - last).sum() / size
        last = estimate.copy()
        while wanted and moved <= wanted[0]:
            found |= {f"rounds to {wanted[0]:.0e}": turn, f"CPU s to {wanted[0]:.0e}": round(taken, 2)}
            wanted.pop(0)
        if not wanted:
            return found
    return found | {"status": "not within 200 rounds"}


def _compiling() -> list[dict[str, Any]]:
    """What Numba costs before the first round, in a process of its own: never compiled, then from its cache."""
    code = """
import sys, time
start = time.process_time()
import numba
imported = time.process_time() - start
import numpy as np
sys.path.insert(0, sys.argv[1])
import kernel
start = time.process_time()
one = np.zeros(1, dtype=np.int32)
kernel.sweep(np.zeros(2, dtype=np.int32), one[:0], np.zeros(0), np.zeros(1), np.zeros(1))
print(imported, time.process_time() - start)
"""
    kernel = """
import numba
@numba.njit(cache=True)
def sweep(starts, owners, shares, g, v):
    for i in range(len(g)):
        total = g[i]
        for k in range(starts[i], starts[i + 1]):
            total += shares[k] * v[owners[k]]
        v[i] = total
"""
    rows = []
    with TemporaryDirectory() as folder:
        (Path(folder) / "kernel.py").write_text(kernel)
        for state in ("first call", "from its cache"):
            done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
            imported, compiled = (round(float(part), 2) for part in done.stdout.split())
            rows.append({"way": f"Numba: import {imported} s, and the sweep, {state}", "CPU s to 1e-06": compiled})
    return rows


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line, ensure_ascii=False))
