"""The weights that ship, once more: `python -m training.deep.again --data DIR`.

From careful.onnx as it is and the texts alone: the careful reader's heads without the fast reader; what it then says
of every text; the fast reader, which learns that; the heads with the fast reader's say; the auto lane; each lane's
figures. Half an hour on one quiet core. The body itself is taught by training.deep.teach and put into whole numbers by
training.deep.export.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from goodwill.understand import careful
from training.deep import heads, label
from training.deep.export import fit_auto
from training.deep.lessons import read
from training.evaluate import report, split
from training.train import train


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Says what begins, and afterwards how long it took."""
    print(f"== {what}", flush=True)
    begun = time.perf_counter()
    yield
    print(f"== {what}: {time.perf_counter() - begun:,.0f} s", flush=True)


def again(data: Path, out: Path, scratch: Path) -> None:
    """Writes fast.npz and careful.npz into `out`, where careful.onnx and tokenizer.json lie."""
    vectors, soft = scratch / "vectors.npz", scratch / "soft.npz"

    def given(**more: object) -> argparse.Namespace:
        return argparse.Namespace(data=data, vectors=vectors, **more)

    steps: dict[str, Callable[[], None]] = {
        "heads alone": lambda: heads.teach(given(out=out, alone=True)),
        "what the careful reader says": lambda: label.label(given(out=soft)),
        "the fast reader": lambda: train(data, out / "fast.npz", soft),
        "heads with the fast reader's say": lambda: heads.teach(given(out=out, alone=False)),
        "the auto lane": lambda: fit_auto(out, read(data)),
    }
    for what, step in steps.items():
        with timed(what):
            step()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.again", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=careful.FOLDER, help="the folder with careful.onnx")
    parser.add_argument("--scratch", type=Path, help="where what lies between the steps is kept; else it is not")
    given = parser.parse_args()
    csv.field_size_limit(1 << 24)
    with tempfile.TemporaryDirectory() as thrown_away:
        again(given.data, given.out, given.scratch or Path(thrown_away))
    texts, part = split(given.data)
    for lane in ("careful", "auto"):
        report(given.data, texts, part, lane)


if __name__ == "__main__":
    main()
