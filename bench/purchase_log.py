"""A purchase log becomes one row a customer: against the two CLV libraries that do it themselves.

The log is invented after CDNOW's (the full one has 23,570 customers and 69,659 lines in 78 weeks): 33 times as many
customers, 2.35 million lines, some days with two orders, some lines returns. Each library runs in a process of its own
and gets the table that it likes best, in memory: pandas with whole numbers as ids and days as dates for the peers, for
goodwill its facts, whose ids are strings. Its time is from there to frequency, recency, age in weeks and mean spend of
every customer, imports left out. goodwill's engine uses every core that it finds, the peers one: wall time is what a
user waits, CPU seconds count all cores.
'Agree' is the share of customers for whom frequency and recency are those of lifetimes (returns left out there, since
it cannot net them; such customers are not compared).

The peers live in environments of their own under $GOODWILL_BENCH_HOME (default ~/.cache/goodwill-bench), pinned by
peers/lifetimes.txt and peers/clvkit.txt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from peers import interpreter

TITLE = "Purchase log to summary: 2.35M lines"
GOAL = "≥ 4× less time than lifetimes and clvkit"
LINES = 2_350_000
DAYS = 78 * 7  # of log; customers come in the first twelve weeks
RUNS = 3

FRAME = """
import json, sys, time, warnings
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
folder = sys.argv[1]
customer, day, amount = (np.load(f"{folder}/{name}.npy") for name in ("customer", "day", "amount"))
end = int(open(f"{folder}/end").read())
def status(what):
    return int(next(line for line in open("/proc/self/status") if line.startswith(what)).split()[1]) / 1e3
%s
loaded = status("VmRSS")
wall, cpu = time.perf_counter(), time.process_time()
found = solve()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = status("VmHWM")
ids, frequency, recency = answer(found)
np.savez(sys.argv[2], ids=ids, frequency=frequency, recency=recency)
print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "beyond": peak - loaded, "customers": len(ids)}))
"""
# goodwill's own process has no pandas.
PLAIN = FRAME.replace("import numpy as np, pandas as pd", "import numpy as np")

PANDAS = """
log = pd.DataFrame({"customer_id": customer, "date": pd.to_datetime(day, unit="D"), "amount": amount})
last = pd.Timestamp(end, unit="D")
del customer, day, amount
"""
LIFETIMES = (
    PANDAS
    + """
from lifetimes.utils import summary_data_from_transaction_data
def solve():
    return summary_data_from_transaction_data(
        log, "customer_id", "date", "amount", observation_period_end=last, freq="D", freq_multiplier=7)
def answer(found):
    return found.index.to_numpy(), found["frequency"].to_numpy(), found["recency"].to_numpy()
"""
)
CLVKIT = (
    PANDAS
    + """
from clvkit import CustomerBase
def solve():
    return CustomerBase.from_transactions(log, time_unit="W", collapse="D", observation_period_end=last)
def answer(found):
    table = found.to_pandas()
    return table.index.to_numpy(), table["frequency"].to_numpy(), table["recency"].to_numpy()
"""
)
GOODWILL = """
import datetime
import pyarrow as pa, pyarrow.compute as pc
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.value import summary
table = pa.table({
    "purchase_id": pa.array(np.arange(len(customer))).cast(pa.string()),
    "customer_id": pa.array(customer).cast(pa.string()),
    "at": pa.array(day.astype("datetime64[D]").astype("datetime64[us]")).cast(pa.timestamp("us", tz="UTC")),
    "amount": pa.array(amount),
})
as_of = datetime.datetime(1970, 1, 1, 23, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=end)
facts = Facts.from_arrow(Firm(), {"purchases": table})
summary(Facts.from_arrow(Firm(), {"purchases": table.slice(0, 1000)}), as_of=as_of)  # imports
del customer, day, amount, table
def solve():
    return summary(facts, as_of=as_of)
def answer(found):
    return np.asarray(pc.cast(found.customer_id, pa.int64())), found.frequency, found.recency
"""
SOLVERS = {
    "goodwill": ("goodwill", GOODWILL),
    "lifetimes 0.11.3": ("lifetimes", LIFETIMES),
    "clvkit 0.2.1": ("clvkit", CLVKIT),
}


def run(lines: int = LINES) -> list[dict[str, Any]]:
    """One row a library; the ratios are a peer's time through goodwill's in this run."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        returned = make_up(lines, folder)
        for who in SOLVERS:
            rows.append({"library": who, "lines": f"{lines:,}"} | measured(who, folder))
        compare(rows, folder, returned)
    return rows


def make_up(lines: int, folder: Path) -> np.ndarray:
    """A log like CDNOW's, in no order, written as arrays; the answer is who gave something back."""
    rng = np.random.default_rng(20261122)
    customers = max(int(lines / 2.955 * 0.965), 10)
    begin = rng.integers(0, 84, customers)
    rate, leaves = rng.gamma(0.243, 1 / (4.414 * 7), customers), rng.beta(0.793, 2.426, customers)
    who, when, there, clock = [np.arange(customers)], [begin.copy()], np.arange(customers), begin.astype(float)
    while len(there):
        with np.errstate(divide="ignore", over="ignore"):
            clock[there] += rng.standard_exponential(len(there)) / rate[there]
        there = there[clock[there] < DAYS]
        who.append(there)
        when.append(clock[there].astype(np.int64))
        there = there[rng.random(len(there)) >= leaves[there]]
    buyer, day = np.concatenate(who), np.concatenate(when)
    again = rng.integers(0, len(buyer), max(lines - len(buyer), 0) // 2)  # a second order on the same day
    back = rng.choice(len(buyer), lines - len(buyer) - len(again), replace=False)
    buyer, day = np.concatenate([buyer, buyer[again], buyer[back]]), np.concatenate([day, day[again], day[back] + 9])
    amount = np.round(rng.gamma(2.0, 17.0, len(buyer)) + 1, 2)
    amount[-len(back) :] *= -1
    order = rng.permutation(len(buyer))
    for name, values in (("customer", buyer), ("day", day + 9862), ("amount", amount)):
        np.save(folder / f"{name}.npy", values[order])
    (folder / "end").write_text(str(9862 + DAYS + 10))
    return np.unique(buyer[-len(back) :])


def measured(who: str, folder: Path) -> dict[str, Any]:
    """The quickest of three runs, and the spread between them; or why there is none."""
    environment, code = SOLVERS[who]
    python = sys.executable if environment == "goodwill" else interpreter(environment)
    if python.startswith("could not"):
        return {"status": python}
    frame = PLAIN if environment == "goodwill" else FRAME
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    runs = []
    for _ in range(RUNS):
        command = [python, "-c", frame % code, str(folder), str(folder / f"{who}.npz")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=one_thread)
        if done.returncode:
            return {"status": f"failed: {done.stderr.strip().splitlines()[-1][:200]}"}
        runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
    best = min(runs, key=lambda one: one["cpu"])
    spread = [one["cpu"] for one in runs]
    return {
        "customers": f"{best['customers']:,}",
        "CPU s": round(best["cpu"], 2),
        "wall s": round(best["wall"], 2),
        "peak MB": round(best["peak"]),
        "MB beyond the input": round(best["beyond"]),
        "runs": f"{RUNS}, {min(spread):.2f}–{max(spread):.2f} s",
    }


def compare(rows: list[dict[str, Any]], folder: Path, returned: np.ndarray) -> None:
    """Ratios of time, and how far the answers agree."""
    ours = rows[0]
    if "CPU s" not in ours:
        return
    reference = next(
        (row["library"] for row in rows if row["library"].startswith("lifetimes") and "CPU s" in row), None
    )
    for row in rows:
        if "CPU s" not in row:
            continue
        if not row["library"].startswith("goodwill"):
            row["CPU ÷ goodwill's"] = round(row["CPU s"] / ours["CPU s"], 1)
            row["wall ÷ goodwill's"] = round(row["wall s"] / ours["wall s"], 1)
        if reference:
            one, other = (np.load(folder / f"{who}.npz") for who in (reference, row["library"]))
            both, a, b = np.intersect1d(one["ids"], other["ids"], return_indices=True)
            kept = ~np.isin(both, returned)
            a, b = a[kept], b[kept]
            same = (one["frequency"][a] == other["frequency"][b]) & np.isclose(one["recency"][a], other["recency"][b])
            row["agree"] = f"{same.mean():.2%}".replace("%", " %")


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line, ensure_ascii=False), flush=True)
