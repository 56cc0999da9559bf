"""Goes on teaching a body that was taught: `python -m training.deep.further --data DIR --body DIR --begin A --out B`.

A is what training.deep.teach wrote. Most of what is read now we wrote or labelled ourselves, for what no set
labels; of each set as much is read beside it as keeps what it taught, and the moods are held to what the body said of
them before (learning without forgetting: Li and Hoiem 2016; rehearsal: Robins 1995).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F
from transformers import AutoTokenizer

from training.data import WANTS
from training.deep.body import Reader, known_base, split_heads
from training.deep.heads import LOUD, OF_URGENCY
from training.deep.lessons import Lessons, read
from training.deep.teach import TEMPERATURE, Lesson, batches, judged, log_odds, loss_on_labels, padded, tokenised
from training.split import TRAIN
from training.train import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = {
    "own_hand": 1.0, "own_labelled": 1.0, "own_mixed": 0.3, "own_grammar": 0.25,
    "complaints": 1.0, "appreview": 1.0, "amazon_cells": 0.8, "semeval": 0.35, "goemotions": 0.06,
    "absa14_restaurants": 0.3, "absa14_laptops": 0.3, "mams_aspectcat": 0.15, "banking77": 0.06, "bitext": 0.06,
    "clinc150": 0.02, "tweetact": 0.15, "tweeteval_emotion": 0.2, "tweeteval_offensive": 0.06, "tweeteval_irony": 0.3,
}  # fmt: skip
"""Of each source, how much is read in a pass."""
TIMES_FASTER_HEADS = 5
_SCORES = 100  # steps between two lines


def orders(lessons: Lessons, passes: int) -> list[np.ndarray]:
    """The texts of each pass, shuffled."""
    share = np.array([SHARE.get(name, 0.0) for name in lessons.source.tolist()])
    rng = np.random.default_rng([SEED, 2])
    return [
        rng.permutation(np.flatnonzero((lessons.part == TRAIN) & (rng.random(len(share)) < share)))
        for _ in range(passes)
    ]


def as_wanted_now(lessons: Lessons) -> Lessons:
    """Urgency from labels of ours alone, and the sets that know complaints louder, as the heads learn them later."""
    wants, weight = lessons.wants.copy(), lessons.want_weight.copy()
    wants[~np.isin(lessons.source, OF_URGENCY), WANTS.index("urgency")] = np.nan
    for name, times in LOUD.items():
        weight[lessons.source == name] *= times
    return Lessons(
        lessons.text, lessons.source, lessons.mood, lessons.mood_weight, wants, weight, lessons.helpers, lessons.part
    )


def kept_moods(said: torch.Tensor, before: np.ndarray) -> torch.Tensor:
    """How far the moods are from what they were, at a temperature."""
    wanted = F.softmax(torch.from_numpy(before) / TEMPERATURE, -1)
    return -(wanted * F.log_softmax(said / TEMPERATURE, -1)).sum(-1).mean() * TEMPERATURE**2


def steps_of(passes: list[np.ndarray], length: np.ndarray, size: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng([SEED, 3])
    for order in passes:
        yield from batches(order, length, size, rng)


def teach(given: argparse.Namespace) -> None:
    print(f"going on with {known_base(given.body)}", flush=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    lessons = as_wanted_now(read(given.data))
    passes = orders(lessons, given.passes)
    ids = tokenised(given.body, lessons.text)
    length = np.array([len(row) for row in ids])
    pad = AutoTokenizer.from_pretrained(given.body).pad_token_id
    model = Reader(given.body)
    model.load_state_dict(torch.load(given.begin))
    rows_of_all = np.unique(np.concatenate(passes))
    before = np.zeros((len(ids), 3), np.float32)
    before[rows_of_all] = log_odds(model, [ids[row] for row in rows_of_all], pad)[:, :3]
    steps = sum(-(-len(order) // given.size) for order in passes)
    lesson = Lesson(model, given.rate, TIMES_FASTER_HEADS, steps)
    print(f"{sum(map(len, passes)):,} texts in {steps:,} steps", flush=True)
    model.train()
    for step, rows in enumerate(steps_of(passes, length, given.size), 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(*padded([ids[row] for row in rows], pad))
        said = split_heads(logits.float())
        loss = loss_on_labels(said, lessons, rows) + kept_moods(said["mood"], before[rows])
        lesson.learn(loss)
        if step % _SCORES == 0:
            print(f"{step}/{steps} loss {loss.item():.3f}", flush=True)
    torch.save(model.state_dict(), given.out)
    print(judged(model, given.data, given.body, pad), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.further", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--body", required=True, help="a folder with the base's weights and tokenizer")
    parser.add_argument("--begin", type=Path, required=True, help="the weights that training.deep.teach wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--threads", type=int, default=2)
    csv.field_size_limit(1 << 24)
    teach(parser.parse_args())


if __name__ == "__main__":
    main()
