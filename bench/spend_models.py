"""The spend models against three CLV libraries: the same customers, the same question.

Each library runs in a process of its own, on one thread; its time is from arrays in memory to parameters, standard
errors (where it has any) and a prediction for every customer, its imports left out. (PyMC-Marketing compiles: it is
given a thousand of the customers first.) Memory is the peak of the process, and beside it what it took beyond the
arrays that it was given. 'Behind' is by how much the log-likelihood at a library's parameters lies below that at
goodwill's: PyMC-Marketing's default priors pull its estimate away from the maximum.

The peers live in environments of their own under $GOODWILL_BENCH_HOME (default ~/.cache/goodwill-bench), pinned by
peers/lifetimes.txt, peers/clvkit.txt and peers/pymc.txt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from peers import interpreter

from goodwill.value.spend import BetaGeoNBD, ParetoNBD

TITLE = "Spend models: fit, standard errors and a year's prediction"
GOAL = (
    "BG/NBD, 1M customers: ≥ 30× and ≥ 15× less CPU than lifetimes and PyMC-Marketing (and clvkit), ≤ 150 MB beyond "
    "the input; 10M customers ≤ 600 MB; Pareto/NBD, 100k customers: ≥ 30× less CPU"
)

TRUTH = {
    "BG/NBD": BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426),
    "Pareto/NBD": ParetoNBD.from_params(r=0.553, alpha=10.58, s=0.606, beta=11.67),
}
LARGEST = 10_000_000  # goodwill alone

# Runs in each process: loads the arrays, prepares what the library wants to be given, calls `solve`, says what it took.
FRAME = """
import json, resource, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
folder = sys.argv[1]
x, t, T = (np.load(f"{folder}/{name}.npy") for name in ("frequency", "recency", "age"))
def status(what):
    return int(next(line for line in open("/proc/self/status") if line.startswith(what)).split()[1]) / 1e3
%s
loaded = status("VmRSS")
wall, cpu = time.perf_counter(), time.process_time()
params, foretold = solve()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({"wall": wall, "cpu": cpu, "peak": status("VmHWM"), "beyond": status("VmHWM") - loaded,
                  "params": {name: float(value) for name, value in params.items()}, "foretold": float(foretold)}))
"""

GOODWILL = """
from goodwill.value.spend import {name}
import scipy.special
def solve():
    model = {name}().fit(x, t, T)
    assert len(model.standard_errors) == 4
    return model.params, model.expected_purchases(52, x, t, T).sum()
"""
LIFETIMES = """
from lifetimes import {name}
def solve():
    model = {name}().fit(x, t, T)
    foretold = model.conditional_expected_number_of_purchases_up_to_time(52, x, t, T)
    return dict(model.params_), np.asarray(foretold).sum()
"""
CLVKIT = """
import pandas as pd
from clvkit import BGNBD, CustomerBase
table = pd.DataFrame({"frequency": x, "recency": t, "T": T}, index=pd.RangeIndex(len(x), name="customer_id"))
base = CustomerBase(table, time_unit="W", collapse="D", observation_period_end=pd.Timestamp("2026-01-01"),
                    has_monetary=False, on_negative="net")
def solve():
    model = BGNBD().fit(base)
    return dict(model.params_), model.predict(t=52).to_pandas().to_numpy().sum()
"""
PYMC = """
import pandas as pd
from pymc_marketing.clv import {name}
table = pd.DataFrame({{"customer_id": np.arange(len(x)), "frequency": x, "recency": t, "T": T}})
def solve(table=table):
    model = {name}(data=table)
    model.fit(method="map", progressbar=False)
    posterior = model.idata.posterior
    params = {{name: float(posterior[name].mean()) for name in {params}}}
    return params, float(model.expected_purchases(future_t=52).mean(("chain", "draw")).sum())
solve(table.head(1000))
"""
SOLVERS = {
    "BG/NBD": {
        "goodwill": ("goodwill", GOODWILL.format(name="BetaGeoNBD"), "maximum likelihood, errors"),
        "lifetimes 0.11.3": ("lifetimes", LIFETIMES.format(name="BetaGeoFitter"), "maximum likelihood, errors"),
        "clvkit 0.2.1": ("clvkit", CLVKIT, "maximum likelihood, no errors"),
        "PyMC-Marketing 0.19.2": (
            "pymc",
            PYMC.format(name="BetaGeoModel", params=["r", "alpha", "a", "b"]),
            "MAP, default priors, no errors",
        ),
    },
    "Pareto/NBD": {
        "goodwill": ("goodwill", GOODWILL.format(name="ParetoNBD"), "maximum likelihood, errors"),
        "lifetimes 0.11.3": ("lifetimes", LIFETIMES.format(name="ParetoNBDFitter"), "maximum likelihood"),
        "PyMC-Marketing 0.19.2": (
            "pymc",
            PYMC.format(name="ParetoNBDModel", params=["r", "alpha", "s", "beta"]),
            "MAP, default priors, no errors",
        ),
    },
}
SIZES = (("BG/NBD", 1_000_000), ("Pareto/NBD", 100_000))


def run(sizes: Sequence[tuple[str, int]] = SIZES, largest: int = LARGEST) -> list[dict[str, Any]]:
    """One row a library and size; the ratios are a peer's time through goodwill's in this run."""
    rows: list[dict[str, Any]] = []
    for model, customers in sizes:
        with tempfile.TemporaryDirectory() as name:
            history = make_up(model, customers, Path(name))
            found = {who: measured(model, who, Path(name)) for who in SOLVERS[model]}
            rows += table(model, customers, found, history)
    if largest:
        with tempfile.TemporaryDirectory() as name:
            make_up("BG/NBD", largest, Path(name))
            rows += table("BG/NBD", largest, {"goodwill": measured("BG/NBD", "goodwill", Path(name))}, None)
    return rows


def make_up(model: str, customers: int, folder: Path) -> tuple[np.ndarray, ...]:
    """Customers like CDNOW's, followed for 27 to 39 weeks, with days as the grain; written as arrays."""
    rng = np.random.default_rng(20261101)
    made = TRUTH[model].simulate(rng.integers(27 * 7, 39 * 7 + 1, customers) / 7, rng)
    # Times to the day; a repeat purchase on the first day itself would be the same order.
    recency = np.where(made.frequency > 0, np.maximum(np.floor(made.recency * 7), 1), 0) / 7
    history = made.frequency, recency, made.age
    for name, values in zip(("frequency", "recency", "age"), history, strict=True):
        np.save(folder / f"{name}.npy", values)
    return history


def measured(model: str, who: str, folder: Path) -> list[dict[str, Any]] | str:
    """What some runs took (three of goodwill, one of a peer), or why there is none."""
    environment, code, _ = SOLVERS[model][who]
    python = sys.executable if environment == "goodwill" else interpreter(environment)
    if python.startswith("could not"):
        return python
    runs = []
    for _ in range(3 if environment == "goodwill" else 1):
        one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        done = subprocess.run(
            [python, "-c", FRAME % code, str(folder)], capture_output=True, text=True, check=False, env=one_thread
        )
        if done.returncode:
            return f"failed: {done.stderr.strip().splitlines()[-1][:200]}"
        runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return runs


def table(
    model: str, customers: int, found: dict[str, list[dict[str, Any]] | str], history: tuple[np.ndarray, ...] | None
) -> list[dict[str, Any]]:
    """The rows of one model and size."""
    ours = found["goodwill"]
    rows = []
    for who, runs in found.items():
        row: dict[str, Any] = {"model": model, "customers": f"{customers:,}", "library": who}
        rows.append(row)
        if isinstance(runs, str):
            row["status"] = runs
            continue
        best = min(runs, key=lambda one: one["cpu"])
        row["CPU s"], row["wall s"] = round(best["cpu"], 3), round(best["wall"], 3)
        row["peak MB"], row["MB beyond the input"] = round(best["peak"]), round(best["beyond"])
        if who != "goodwill" and not isinstance(ours, str):
            quickest = min(ours, key=lambda one: one["cpu"])
            row["CPU ÷ goodwill's"] = round(best["cpu"] / quickest["cpu"], 1)
            row["wall ÷ goodwill's"] = round(best["wall"] / quickest["wall"], 1)
            if history is not None:
                row["behind"] = round(
                    likelihood(model, quickest["params"], history) - likelihood(model, best["params"], history), 4
                )
                row["prediction ÷ goodwill's"] = round(best["foretold"] / quickest["foretold"], 4)
        spread = [one["cpu"] for one in runs]
        row["runs"] = f"{len(runs)}, {min(spread):.2f}–{max(spread):.2f} s" if len(runs) > 1 else "1"
        row["how"] = SOLVERS[model][who][2]
    return rows


def likelihood(model: str, params: dict[str, float], history: tuple[np.ndarray, ...]) -> float:
    """The log-likelihood of the customers at some parameters."""
    return float(type(TRUTH[model]).from_params(**params).log_density(*history).sum())


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line, ensure_ascii=False), flush=True)
