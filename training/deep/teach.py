"""Fine-tunes a body end to end: `python -m training.deep.teach --data DIR --body DIR --out FILE`.

With `--soft FILE` (training/deep/label.py) it learns a teacher's log-odds beside the labels (Hinton, Vinyals and Dean
2015). bfloat16 where the processor has it.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F
from transformers import AutoTokenizer

from training.deep.body import Reader, known_base, split_heads
from training.deep.lessons import Lessons, read
from training.train import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 64
TEMPERATURE = 2.0
TIMES_FASTER_HEADS = 10


def tokenised(path: str, texts: list[str], longest: int = LONGEST) -> list[list[int]]:
    """Token ids of each text, with the marks at both ends."""
    tokenizer = AutoTokenizer.from_pretrained(path)
    return tokenizer(texts, truncation=True, max_length=longest)["input_ids"]


def batches(order: np.ndarray, length: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Texts of like length together, so that little is padding; in a random order of batches."""
    window = size * 50
    for begin in range(0, len(order), window):
        part = order[begin : begin + window]
        part = part[np.argsort(length[part], kind="stable")]
        for number in rng.permutation(-(-len(part) // size)):
            yield part[number * size : (number + 1) * size]


def padded(ids: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, mask), both [N, longest]."""
    longest = max(map(len, ids))
    table = np.full((len(ids), longest), pad, np.int64)
    for row, given in enumerate(ids):
        table[row, : len(given)] = given
    where = torch.from_numpy(np.arange(longest)[None, :] < np.array([len(given) for given in ids])[:, None])
    return torch.from_numpy(table), where.long()


def loss_on_labels(said: dict[str, torch.Tensor], lessons: Lessons, rows: np.ndarray) -> torch.Tensor:
    """Cross-entropy of everything that is known of these texts."""
    weight = torch.from_numpy(lessons.mood_weight[rows]).float()
    mood = torch.from_numpy(np.nan_to_num(lessons.mood[rows]).astype(np.int64))
    loss = (F.cross_entropy(said["mood"], mood, reduction="none") * weight).sum() / len(rows)
    loss += _binary(said["wants"], lessons.wants[rows], lessons.want_weight[rows, None]) / len(rows)
    return loss + 0.1 * _binary(said["helpers"], lessons.helpers[rows], 1.0) / len(rows)


def _binary(said: torch.Tensor, wanted: np.ndarray, weight: np.ndarray | float) -> torch.Tensor:
    known = torch.from_numpy(np.where(np.isnan(wanted), 0.0, weight)).float()
    target = torch.from_numpy(np.nan_to_num(wanted)).float()
    return (F.binary_cross_entropy_with_logits(said, target, reduction="none") * known).sum()


def loss_on_teacher(said: dict[str, torch.Tensor], soft: np.ndarray) -> torch.Tensor:
    """How far from the teacher's mood and wants, at a temperature."""
    teacher = split_heads(torch.from_numpy(soft).float())
    wanted = F.softmax(teacher["mood"] / TEMPERATURE, -1)
    loss = -(wanted * F.log_softmax(said["mood"] / TEMPERATURE, -1)).sum(-1).mean() * TEMPERATURE**2
    return loss + F.binary_cross_entropy_with_logits(said["wants"], torch.sigmoid(teacher["wants"]))


def log_odds(model: Reader, ids: list[list[int]], pad: int, size: int = 64) -> np.ndarray:
    """[N, 43] what the model says of each text."""
    model.eval()
    order = np.argsort([len(given) for given in ids], kind="stable")
    found = np.zeros((len(ids), model.heads.out_features), np.float32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for begin in range(0, len(order), size):
            rows = order[begin : begin + size]
            found[rows] = model(*padded([ids[row] for row in rows], pad)).float().numpy()
    return found


def judged(model: Reader, folder: Path, body: str, pad: int) -> str:
    """Mood on TweetEval's dev set, by the likeliest."""
    from goodwill.facts import MOODS
    from goodwill.understand.plain import plain
    from training.evaluate import macro_f1, recalls

    with (folder / "tweeteval_sentiment_dev.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    truth = np.array([MOODS.index(row["label"]) for row in rows])
    said = log_odds(model, tokenised(body, [plain(row["text"]) for row in rows]), pad)[:, :3].argmax(1)
    return f"dev: macro recall {recalls(truth, said, 3):.4f}, macro F1 {macro_f1(truth, said, 3):.4f}"


class Lesson:
    """Steps down the slope, the heads faster than the body: quicker at first, then slower to a stand (AdamW)."""

    def __init__(self, model: Reader, rate: float, heads: float, steps: int) -> None:
        """`rate` of the body, `heads` so many times as fast, over so many steps."""
        slow = [value for name, value in model.named_parameters() if not name.startswith("heads")]
        quick = {"params": model.heads.parameters(), "lr": rate * heads}
        self.model = model
        self.optimiser = torch.optim.AdamW([{"params": slow, "lr": rate}, quick], weight_decay=0.01, fused=True)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: min((step + 1) / (0.06 * steps), max(0.0, (steps - step) / (0.94 * steps)))
        )

    def learn(self, loss: torch.Tensor) -> None:
        """One step."""
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad(set_to_none=True)


def teach(given: argparse.Namespace) -> None:
    print(f"teaching {known_base(given.body)}", flush=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    rng = np.random.default_rng(SEED)
    lessons = read(given.data)
    soft = np.load(given.soft)["log_odds"] if given.soft else None
    ids = tokenised(given.body, lessons.text)
    length = np.array([len(row) for row in ids])
    pad = AutoTokenizer.from_pretrained(given.body).pad_token_id
    model = Reader(given.body)
    passes = [lessons.seen(turn) for turn in range(given.passes)]
    steps = sum(-(-len(order) // given.size) for order in passes)
    lesson = Lesson(model, given.rate, TIMES_FASTER_HEADS, steps)
    print(f"{sum(map(len, passes)):,} texts in {steps:,} steps", flush=True)
    step, begun, running = 0, time.monotonic(), 0.0
    for order in passes:
        for rows in batches(order, length, given.size, rng):
            model.train()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(*padded([ids[row] for row in rows], pad))
            said = split_heads(logits.float())
            loss = loss_on_labels(said, lessons, rows)
            if soft is not None:
                loss = 0.3 * loss + loss_on_teacher(said, soft[rows])
            lesson.learn(loss)
            step += 1
            running += 0.01 * (loss.item() - running) if step > 1 else loss.item()
            if step % 100 == 0:
                rate = step / (time.monotonic() - begun)
                print(f"{step}/{steps} loss {running:.4f} {rate * given.size:.0f}/s", flush=True)
            if step % given.judge == 0:
                print(judged(model, given.data, given.body, pad), flush=True)
                torch.save(model.state_dict(), given.out)
    torch.save(model.state_dict(), given.out)
    print(judged(model, given.data, given.body, pad), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.teach", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--body", required=True, help="a folder with the body's weights and tokenizer")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--soft", type=Path)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--judge", type=int, default=1000)
    csv.field_size_limit(1 << 24)
    teach(parser.parse_args())


if __name__ == "__main__":
    main()
