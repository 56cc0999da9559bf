"""The main job as its users run it: `goodwill run` on the invented firm, whole process, wall clock and peak memory."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

TITLE = "The main job: `goodwill run` on the invented firm"
GOAL = "100,000 customers in at most 60 s and 3 GB on two cores, reading and writing included."
SIZES = (2_000, 100_000)


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, object]]:
    """One row a size; the firm is made first, and not counted."""
    return [_one(customers) for customers in sizes]


def _one(customers: int) -> dict[str, object]:
    from goodwill import demo

    with tempfile.TemporaryDirectory() as folder:
        demo.make(Path(folder), customers=customers, seed=1)
        command = [str(Path(sys.executable).with_name("goodwill")), "run", folder]
        wall, usage = _measured(command)
        messages, purchases = (_rows(Path(folder), name) for name in ("messages", "purchases"))
    return {
        "customers": customers,
        "purchases": purchases,
        "messages": messages,
        "wall s": round(wall, 1),
        "cpu s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak GB": round(usage.ru_maxrss / 1e6, 2),
    }


def _measured(command: list[str]) -> tuple[float, object]:
    """Runs a command to its end; its wall time and what the operating system counted for it."""
    start = time.perf_counter()
    process = os.posix_spawn(
        command[0],
        command,
        {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage


def _rows(folder: Path, table: str) -> int:
    import duckdb

    file = next(folder.glob(f"{table}.*"))
    return int(duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0])


if __name__ == "__main__":
    for row in run(tuple(int(size) for size in sys.argv[1:]) or SIZES):
        print(row)
