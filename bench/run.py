"""Every benchmark, each in a process of its own, side by side with its peers, into docs/benchmarks.md.

    python bench/run.py [NAME ...]      without a name: all

A benchmark is a file beside this one with a `TITLE`, a `GOAL` and a function `run() -> list[dict]`: one row a
measurement. Rows are printed as they are; a peer that could not be installed is a row that says so.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
ONE = "import importlib.util, json, sys; s = importlib.util.spec_from_file_location('b', sys.argv[1]); \
m = importlib.util.module_from_spec(s); sys.modules['b'] = m; s.loader.exec_module(m); \
print('\\n' + json.dumps({'title': m.TITLE, 'goal': m.GOAL, 'rows': m.run()}))"


def benchmarks() -> list[Path]:
    return sorted(
        file for file in HERE.glob("*.py") if file.name not in ("run.py", "peers.py") and "def run(" in file.read_text()
    )


def measure(file: Path) -> dict[str, object]:
    """Runs one benchmark alone; its last line is what it found."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ONE, str(file)], stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE.parent
    )
    if done.returncode:
        return {"title": file.stem, "goal": "", "rows": [{"what": "failed", "status": f"exit {done.returncode}"}]}
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def section(found: dict[str, object]) -> str:
    rows = found["rows"]
    assert isinstance(rows, list)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [f"## {found['title']}", "", f"Goal: {found['goal']}", ""]
    lines += ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    lines += ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value).replace("|", "/")


def head() -> str:
    return (
        "# Benchmarks\n\n<!-- written by bench/run.py -->\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, goodwill {version('goodwill')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores ({platform.machine()}). The machine is shared, so read ratios rather than seconds; "
        "each peer ran in the same call as goodwill, in an environment of its own with pinned versions.\n\n"
    )


def main() -> None:
    wanted = [name.removesuffix(".py") for name in sys.argv[1:]]
    files = [file for file in benchmarks() if not wanted or file.stem in wanted]
    sections: dict[str, str] = {}
    for place, file in enumerate(files, 1):
        print(f"[{place}/{len(files)}] {file.stem} ...", file=sys.stderr, flush=True)
        sections[file.stem] = section(measure(file))
        print(sections[file.stem], flush=True)
    if not wanted:
        PAGE.write_text(head() + "\n".join(sections.values()), encoding="utf-8")
        print(f"wrote {PAGE}", file=sys.stderr)


if __name__ == "__main__":
    main()
