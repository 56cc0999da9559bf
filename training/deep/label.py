"""What a trained reader says of every training text: `python -m training.deep.label --data DIR --body DIR --model FILE
--out FILE`. Its log-odds teach smaller readers."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch
from transformers import AutoTokenizer

from training.deep.body import Reader
from training.deep.lessons import Lessons, read
from training.deep.teach import log_odds, tokenised


def wanted(lessons: Lessons, passes: int) -> np.ndarray:
    """The texts that a student will see, sorted."""
    return np.unique(np.concatenate([lessons.seen(turn) for turn in range(passes)]))


def label(given: argparse.Namespace) -> None:
    torch.set_num_threads(given.threads)
    lessons = read(given.data)
    model = Reader(given.body)
    model.load_state_dict(torch.load(given.model))
    pad = AutoTokenizer.from_pretrained(given.body).pad_token_id
    rows = np.arange(len(lessons.text)) if given.all else wanted(lessons, given.passes)
    found = np.full((len(lessons.text), model.heads.out_features), np.nan, np.float32)
    begun = time.monotonic()
    for begin in range(0, len(rows), 4096):
        part = rows[begin : begin + 4096]
        found[part] = log_odds(model, tokenised(given.body, [lessons.text[row] for row in part]), pad)
        print(
            f"{begin + len(part):,}/{len(rows):,} {(begin + len(part)) / (time.monotonic() - begun):.0f}/s", flush=True
        )
    np.savez_compressed(given.out, log_odds=found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.label", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--body", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="label every text, not those of the passes alone")
    parser.add_argument("--threads", type=int, default=2)
    csv.field_size_limit(1 << 24)
    label(parser.parse_args())


if __name__ == "__main__":
    main()
