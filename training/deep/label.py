"""What the careful reader says of every training text: `python -m training.deep.label --data DIR --out FILE`.

Its log-odds teach the fast reader: the moods as the model says them, the wants with their heads and calibrated; of
every text, and of the fragments. The fast reader must have no say in what it will learn, so `training.deep.heads
--alone` goes before. `--vectors FILE`: what the body saw, as training.deep.heads keeps it; else every text is read
(four minutes more).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from goodwill.understand import careful
from goodwill.understand.plain import plain
from training.deep.lessons import seen_by_body
from training.evaluate import split
from training.fragments import fragments


def label(given: argparse.Namespace) -> None:
    if careful.calibration().fast_say.any():
        raise SystemExit("the fast reader has a say in the heads: run training.deep.heads --alone first")
    texts, part = split(given.data)
    english = [plain(text) for text, foreign in zip(texts.text, texts.foreign, strict=True) if not foreign]
    parts = fragments(texts, part)
    of_parts = careful.look([plain(text) for text in parts], 1)
    np.savez_compressed(
        given.out,
        log_odds=careful.wanted_too(seen_by_body(english, given.vectors), len(english)).astype(np.float32),
        fragments=np.array(parts),
        fragments_log_odds=careful.wanted_too(of_parts, len(parts)).astype(np.float32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.label", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    csv.field_size_limit(1 << 24)
    label(parser.parse_args())


if __name__ == "__main__":
    main()
