"""What the careful reader says of every training text: `python -m training.deep.label --data DIR --out FILE`.

Its log-odds teach the fast reader: the moods as the model says them, the wants with their heads and calibrated.
`--vectors FILE`: what the body saw, as training.deep.heads keeps it; else every text is read (four minutes).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from goodwill.understand import careful
from training.deep.lessons import read, seen_by_body


def label(given: argparse.Namespace) -> None:
    texts = read(given.data).text
    seen = seen_by_body(texts, given.vectors)
    np.savez_compressed(given.out, log_odds=careful.wanted_too(seen, len(texts)).astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.label", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    csv.field_size_limit(1 << 24)
    label(parser.parse_args())


if __name__ == "__main__":
    main()
