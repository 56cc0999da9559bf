"""The peers' environments: each pinned by a file in peers/, made at its first use under $GOODWILL_BENCH_HOME."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("GOODWILL_BENCH_HOME", "~/.cache/goodwill-bench")).expanduser()


def interpreter(environment: str) -> str:
    """A peer's interpreter, installed at the first call; or the line ('could not ...') that says why not."""
    pins, folder = HERE / "peers" / f"{environment}.txt", HOME / environment
    python, stamp = folder / "bin" / "python", folder / "pins.txt"
    if not (stamp.exists() and stamp.read_text() == pins.read_text()):
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", "-r", str(pins)], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError) as failed:
            return f"could not be installed: {str(failed)[:120]}"
        stamp.write_text(pins.read_text())
    return str(python)
