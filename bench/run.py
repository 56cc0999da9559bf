"""Benchmarks, each in a process of its own, side by side with its peers, into docs/benchmarks.md.

    python bench/run.py [NAME ...]      without a name: all
    python bench/run.py --page          writes the page again from what was measured, measuring nothing
    python bench/run.py --list          names them

A benchmark is a file beside this one with a `TITLE`, a `GOAL` and a function `run() -> list[dict]`: one row a
measurement. A peer that could not be installed is a row that says so. What each found is kept in results/NAME.json with
its day, machine and versions, and the page is written from all of them: so it can be built up benchmark by benchmark,
and one that fails takes no older figure away. A picture that it draws as docs/pictures/NAME.svg stands below its table.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "benchmarks.md"
PICTURES = PAGE.parent / "pictures"
VERSIONS = ("goodwill", "numpy", "scipy", "pyarrow", "duckdb", "onnxruntime")
ONE = "import importlib.util, json, pathlib, sys; sys.path.insert(0, str(pathlib.Path(sys.argv[1]).parent)); \
s = importlib.util.spec_from_file_location('b', sys.argv[1]); \
m = importlib.util.module_from_spec(s); sys.modules['b'] = m; s.loader.exec_module(m); \
print('\\n' + json.dumps({'title': m.TITLE, 'goal': m.GOAL, 'rows': m.run()}))"
HEAD = """# Benchmarks

<!-- written by bench/run.py from bench/results -->

Under each heading: what was to be reached, and the day, the machine and the versions of its own run. The machines are
shared, so read ratios rather than seconds. Peers ran in the same call as goodwill, each in an environment of its own
with pinned versions (bench/peers). 'runs' tells how many there were and from the quickest to the slowest; the other
figures are of the quickest.

"""


def benchmarks() -> list[Path]:
    """Every file with a `run`, in the order of their names."""
    return sorted(
        file
        for file in HERE.glob("*.py")
        if file.name not in ("run.py", "peers.py") and "\ndef run(" in file.read_text()
    )


def measure(file: Path) -> dict[str, Any] | None:
    """Runs one benchmark alone; its last line is what it found. None where it failed: the reason is on stderr."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ONE, str(file)], stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE.parent
    )
    if done.returncode:
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {"measured": circumstances(), **found}


def circumstances() -> dict[str, Any]:
    """When, on what and with what: kept beside the figures."""
    found = {}
    for name in VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{processor()}, {os.cpu_count()} cores ({platform.machine()})",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "versions": found,
    }


def processor() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def section(found: dict[str, Any]) -> str:
    """One benchmark as a heading, its circumstances and a table."""
    rows: list[dict[str, Any]] = found["rows"]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    then = found["measured"]
    versions = ", ".join(f"{name} {number}" for name, number in then["versions"].items())
    load = "" if then["load"] is None else f", load {then['load']} after it"
    lines = [f"## {found['title']}", "", f"Goal: {found['goal']}", ""]
    lines += [f"*{then['day']}, {then['machine']}{load}; Python {then['python']}, {versions}.*", ""]
    lines += ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    lines += ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value).replace("|", "/")


def keep(name: str, found: dict[str, Any], folder: Path = RESULTS) -> None:
    """Keeps what a benchmark found, in place of what it found before."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def page(folder: Path = RESULTS) -> str:
    """The page, from everything that was kept."""
    kept = [(file.stem, json.loads(file.read_text(encoding="utf-8"))) for file in sorted(folder.glob("*.json"))]
    return HEAD + "\n".join(section(found) + picture(name, found["title"]) for name, found in kept)


def picture(name: str, title: str) -> str:
    """The picture that a benchmark drew, where it drew one."""
    drawn = PICTURES / f"{name}.svg"
    return f"\n![{title}]({drawn.relative_to(PAGE.parent).as_posix()})\n" if drawn.exists() else ""


def main(arguments: list[str]) -> int:
    """Measures what is asked for; how many failed."""
    known = {file.stem: file for file in benchmarks()}
    if "--list" in arguments:
        print("\n".join(known))
        return 0
    wanted = [name.removesuffix(".py") for name in arguments if not name.startswith("--")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; choose from {', '.join(known)}", file=sys.stderr)
        return len(unknown)
    chosen = [] if "--page" in arguments else wanted or list(known)
    failed = 0
    for place, name in enumerate(chosen, 1):
        print(f"[{place}/{len(chosen)}] {name} ...", file=sys.stderr, flush=True)
        found = measure(known[name])
        if found is None:
            failed += 1
            print(f"{name} failed; what it found before stays on the page", file=sys.stderr)
            continue
        keep(name, found)
        print(section(found), flush=True)
        PAGE.write_text(page(), encoding="utf-8")  # each one at once: a long run may be stopped
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
