"""The worth solve against three graph libraries: the same network, the same system, to the same tolerance.

None of the peers has a function for V = g + A V with a share for each tie. But where every owner gives away the same
part α of what he brings, split by weight, it is personalised PageRank: x = α W x + (1 − α) p with p = g / Σg, so
V = x · Σg / (1 − α). All are given that system. networkit's PageRank knows no personal g; it gets equal ones, which is
the same work, and is held against goodwill's answer for equal ones.

Every solver runs in a process of its own; its time is from arrays in memory to the answer in memory, the building of
its graph included. Memory is the peak of the process, and beside it what it took beyond the arrays that it was given.

The peers live in an environment of their own under $GOODWILL_BENCH_HOME (default ~/.cache/goodwill-bench), pinned by
peers/graph.txt.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from peers import interpreter

TITLE = "Worth solve: V = g + A V, 1M customers and 10M ties, to 1e-6"
GOAL = (
    "≥ 100×, ≥ 8× and ≥ 2× less time than networkx, igraph and networkit, ≤ 0.5 GB; "
    "10M customers and 100M ties in ≤ 25 s and ≤ 3 GB"
)

DAMPING = 0.5  # every owner gives away a half
TOLERANCE = 1e-6

# Runs in each process: loads the arrays, calls `solve`, writes the answer, prints what it took.
FRAME = """
import json, sys, time
import numpy as np
folder, damping, tolerance = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
generated, owner, beneficiary, share = (
    np.load(f"{folder}/{name}.npy") for name in ("generated", "owner", "beneficiary", sys.argv[5])
)
size = len(generated)
def memory(which):
    return int(next(l for l in open("/proc/self/status") if l.startswith(which)).split()[1]) / 1e6
%s
loaded = memory("VmRSS")
wall, cpu = time.perf_counter(), time.process_time()
gross = solve()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = memory("VmHWM")  # getrusage would count the peak of the process that started this one too
np.save(sys.argv[4], np.asarray(gross))
print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "beyond": peak - loaded}))
"""

SOLVERS = {
    "goodwill": """
from goodwill.ledger import solve_worth
def solve():
    return solve_worth(generated, owner, beneficiary, share, tolerance=tolerance).gross
""",
    "goodwill, equal g": """
from goodwill.ledger import solve_worth
def solve():
    return solve_worth(np.full(size, generated.mean()), owner, beneficiary, share, tolerance=tolerance).gross
""",
    "goodwill, shares in float32": """
from goodwill.ledger import solve_worth
def solve():
    return solve_worth(generated, owner, beneficiary, share, tolerance=tolerance).gross
""",
    "networkx": """
import networkx
def solve():
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from(zip(owner.tolist(), beneficiary.tolist(), share.tolist()))
    start = dict(enumerate(generated.tolist()))
    rank = networkx.pagerank(graph, alpha=damping, personalization=start, tol=tolerance / size, max_iter=1000)
    return np.fromiter(rank.values(), float, size) * generated.sum() / (1 - damping)
""",
    "igraph": """
import igraph
def solve():
    graph = igraph.Graph(n=size, edges=np.column_stack([owner, beneficiary]), directed=True)
    rank = graph.personalized_pagerank(directed=True, damping=damping, reset=generated, weights=share.tolist())
    return np.asarray(rank) * generated.sum() / (1 - damping)
""",
    "networkit": """
import networkit
networkit.setNumberOfThreads(2)
owner, beneficiary = owner.astype(np.uint64), beneficiary.astype(np.uint64)  # it takes no others
def solve():
    graph = networkit.GraphFromCoo((share, (owner, beneficiary)), n=size, weighted=True, directed=True)
    rank = networkit.centrality.PageRank(graph, damp=damping, tol=tolerance)
    rank.norm = networkit.centrality.Norm.L1_NORM
    rank.maxIterations = 1000
    rank.run()
    scores = np.asarray(rank.scores())
    return scores / scores.sum() * generated.sum() / (1 - damping)
""",
}
CALLS = {
    "goodwill": "solve_worth",
    "goodwill, equal g": "solve_worth",
    "goodwill, shares in float32": "solve_worth",
    "networkx": "pagerank, personalised (power iteration in SciPy)",
    "igraph": "personalized_pagerank (PRPACK: Gauss–Seidel to 1e-10, its only setting)",
    "networkit": "PageRank, equal g, two threads (power iteration)",
}


def run() -> list[dict[str, Any]]:
    """One row a solver; the ratios are the peer's time through goodwill's in this run."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _network(folder, 1_000_000, 10_000_000)
        python = interpreter("graph")
        for solver in SOLVERS:
            ours = solver.startswith("goodwill")
            if not ours and python.startswith("could not"):
                rows.append({"solver": solver, "customers": "1M", "ties": "10M", "status": python})
                continue
            runs = 3 if ours else 1
            rows.append(_row(solver, sys.executable if ours else python, folder, runs))
        _compare(rows, folder)
    with tempfile.TemporaryDirectory() as name:
        _network(Path(name), 10_000_000, 100_000_000)
        for solver in ("goodwill", "goodwill, shares in float32"):
            rows.append(_row(solver, sys.executable, Path(name), 1) | {"customers": "10M", "ties": "100M"})
    return rows


def _network(folder: Path, size: int, ties: int) -> None:
    """Who tells whom: ten ties an owner on average, one at least, heavy-tailed beneficiaries, no pair twice."""
    rng = np.random.default_rng(20261101)
    owner = np.concatenate([np.arange(size, dtype=np.int32), rng.integers(0, size, ties - size, dtype=np.int32)])
    owner.sort()
    # The k-th tie of an owner goes to the k-th of the stretches into which the customers are cut: so no pair twice.
    first = np.searchsorted(owner, np.arange(size))
    place = (np.arange(ties) - first[owner]).astype(np.int32)
    del first
    stretch = size // (int(place.max()) + 1)
    beneficiary = place * np.int32(stretch)
    for start in range(0, ties, 1 << 22):
        chunk = slice(start, start + (1 << 22))
        beneficiary[chunk] += ((stretch - 1) * rng.random(len(beneficiary[chunk])) ** 2).astype(np.int32)
    del place
    beneficiary[beneficiary == owner] += 1  # no tie to oneself; the last of a stretch is left free for this
    shuffled = rng.permutation(size).astype(np.int32)  # the customers' numbers say nothing
    owner, beneficiary = shuffled[owner], shuffled[beneficiary]
    share = rng.random(ties) + 0.1
    total = np.bincount(owner, share, size)
    for start in range(0, ties, 1 << 22):
        chunk = slice(start, start + (1 << 22))
        share[chunk] *= DAMPING / total[owner[chunk]]
    order = rng.permutation(ties) if ties <= 20_000_000 else slice(None)
    for name, column in {"owner": owner, "beneficiary": beneficiary, "share": share}.items():
        np.save(folder / f"{name}.npy", column[order])
    np.save(folder / "share32.npy", share.astype(np.float32)[order])
    np.save(folder / "generated.npy", rng.gamma(0.5, 200.0, size))


def _row(solver: str, python: str, folder: Path, runs: int) -> dict[str, Any]:
    """The quickest of some runs, and the spread between them."""
    taken = [_once(solver, python, folder) for _ in range(runs)]
    best = min(taken, key=lambda one: one["wall"])
    walls = [one["wall"] for one in taken]
    return {
        "solver": solver,
        "call": CALLS[solver],
        "customers": "1M",
        "ties": "10M",
        "wall s": round(best["wall"], 3),
        "CPU s": round(best["cpu"], 3),
        "peak GB": round(best["peak"], 2),
        "GB beyond the input": round(best["beyond"], 2),
        "runs": f"{runs}, {min(walls):.2f}–{max(walls):.2f} s" if runs > 1 else "1",
    }


def _once(solver: str, python: str, folder: Path) -> dict[str, float]:
    answer = folder / f"{solver.replace(' ', '_')}.npy"
    shares = "share32" if "float32" in solver else "share"
    done = subprocess.run(
        [python, "-c", FRAME % SOLVERS[solver], str(folder), str(DAMPING), str(TOLERANCE), str(answer), shares],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{solver}: {done.stderr[-2000:]}")
    taken: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return taken


def _compare(rows: list[dict[str, Any]], folder: Path) -> None:
    """Ratios of time, and how far the answers lie apart (Σ|difference| as a part of Σ|V|)."""
    ours = next(row for row in rows if row["solver"] == "goodwill")
    for row in rows:
        if row["solver"].startswith("goodwill") or "wall s" not in row:
            continue
        reference = "goodwill,_equal_g" if row["solver"] == "networkit" else "goodwill"
        expected = np.load(folder / f"{reference}.npy")
        found = np.load(folder / f"{row['solver']}.npy")
        row["wall ÷ goodwill's"] = round(row["wall s"] / ours["wall s"], 1)
        row["CPU ÷ goodwill's"] = round(row["CPU s"] / ours["CPU s"], 1)
        row["apart"] = f"{np.abs(found - expected).sum() / np.abs(expected).sum():.1e}"


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line, ensure_ascii=False))
