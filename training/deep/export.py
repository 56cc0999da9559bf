"""From a checkpoint to the careful reader: `python -m training.deep.export --data DIR --body DIR --checkpoint FILE`.

Writes careful.onnx (whole numbers, training/deep/graph.py), careful.npz (calibration, cut-offs, what the auto lane
needs), tokenizer.json and, where it is not there yet, the untouched body; then prints each lane's figures. Everything
here is fitted on the dev part of the split, on what the whole-number model says.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from goodwill.facts import INTENTS
from goodwill.understand import auto, careful
from goodwill.understand.reader import read as read_in_lane
from training.deep import vectors
from training.deep.body import Reader
from training.deep.graph import LONGEST, Range, build, no_heads, save
from training.deep.lessons import Lessons, read
from training.deep.teach import tokenised
from training.evaluate import report, split
from training.fit import best_cut_off, calibrate_logistic, calibrate_softmax
from training.split import DEV
from training.train import SEED, balanced

VERSION = "careful-1"
BALANCE = 0.5
SPEEDS = (30_000.0, 600.0)
"""Messages a second on one core, fast and careful, well below what training.evaluate measures: constants, so that the
same training writes the same file on any machine."""
SEEN = 800  # texts from which the activations' ranges are taken
LIKE_MESSAGES = ("semeval", "complaints", "appreview", "own_hand")
"""Sets whose texts are most like what a firm hears: the auto lane's quantiles are theirs."""


def ranges_of(model: Reader, ids: list[list[int]]) -> dict[str, Range]:
    """The range of what goes into each product, over some texts."""
    seen: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    hooks = []

    def watch(module: nn.Module, name: str) -> None:
        def keep(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            rows = given[0].reshape(-1, given[0].shape[-1]).numpy()
            low, high = rows.min(axis=0), rows.max(axis=0)
            before = seen.get(name, (low, high))
            seen[name] = np.minimum(low, before[0]), np.maximum(high, before[1])

        hooks.append(module.register_forward_pre_hook(keep))

    for number, layer in enumerate(model.body.encoder.layer):
        name = f"body.encoder.layer.{number}."
        watch(layer.attention.self.query, name + "in")
        watch(layer.attention.output.dense, name + "heard")
        watch(layer.intermediate.dense, name + "middle")
        watch(layer.output.dense, name + "thought")
    model.eval()
    with torch.no_grad():
        for row in ids:
            model(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long))
    for hook in hooks:
        hook.remove()
    return {name: Range.of(np.stack(edges)) for name, edges in seen.items()}


def said_in_float(model: Reader, ids: list[list[int]]) -> np.ndarray:
    """[N, 13] what the model says before it is put into whole numbers."""
    with torch.no_grad():
        rows = [model(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long)) for row in ids]
    return torch.cat(rows)[:, : careful.SAID].numpy()


def calibrated(lessons: Lessons, dev: np.ndarray, raw: np.ndarray) -> dict[str, np.ndarray]:
    """Slopes, biases and cut-offs."""
    moods, wants = raw[:, : careful.MOODS].astype(float), raw[:, careful.MOODS :].astype(float)
    weight = lessons.mood_weight[dev]
    use = np.flatnonzero(weight > 0)
    target = np.eye(3)[lessons.mood[dev][use].astype(int)]
    centred = moods - moods[:, 1:2]
    slope, shift = calibrate_softmax(centred[use], target, balanced(target, weight[use], BALANCE))
    found = {"mood_slope": np.array(slope), "mood_bias": shift}
    wanted = lessons.wants[dev]
    want_weight = np.where(np.isnan(wanted), 0.0, lessons.want_weight[dev][:, None])
    lines, cut_offs = [], []
    for head in range(wants.shape[1]):
        use = np.flatnonzero(want_weight[:, head] > 0)
        given = wants[use, head], wanted[use, head], want_weight[use, head]
        slope, bias = calibrate_logistic(*given)
        lines.append((slope, bias))
        if head < len(INTENTS):
            chance = 1 / (1 + np.exp(-(slope * given[0] + bias)))
            cut_offs.append(best_cut_off(chance, *given[1:]))
    slopes, biases = np.array(lines).T
    return found | {"want_slope": slopes, "want_bias": biases, "cut_offs": np.array(cut_offs)}


def doubts_of(texts: list[str]) -> np.ndarray:
    """[101] quantiles of the fast reader's doubt over the texts that it takes for English."""
    found = read_in_lane(texts)
    english = ~np.isnan(found.wants).any(axis=1)
    return np.quantile(auto.doubt(found.mood_log_odds[english]), np.linspace(0, 1, 101))


def fit_auto(folder: Path, lessons: Lessons) -> None:
    """Fits the auto lane to the fast reader as it now is: careful.npz in `folder` gets its doubts."""
    like = (lessons.part == DEV) & np.isin(lessons.source, LIKE_MESSAGES)
    with np.load(folder / "careful.npz", allow_pickle=False) as before:
        kept = dict(before)
    kept["doubts"] = doubts_of([lessons.text[row] for row in np.flatnonzero(like)])
    np.savez_compressed(folder / "careful.npz", **kept)
    careful.calibration.cache_clear()


def export(given: argparse.Namespace) -> None:
    torch.set_num_threads(given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    careful.FOLDER = given.out
    lessons = read(given.data)
    if given.checkpoint is not None:
        dev = np.flatnonzero(lessons.part == DEV)
        texts = [lessons.text[row] for row in dev]
        write_model(given, texts)
        heads = no_heads(given.out / "careful.onnx")
        begun = time.process_time()
        raw = careful.log_odds(texts, given.threads)
        rate = len(texts) / (time.process_time() - begun)
        print(f"{rate:,.0f} texts a second of one core, {len(texts):,} of the dev part")
        kept = {"version": np.array(VERSION), **calibrated(lessons, dev, raw), "speeds": np.array(SPEEDS), **heads}
        np.savez_compressed(given.out / "careful.npz", **kept)
        careful.calibration.cache_clear()
    fit_auto(given.out, lessons)
    for name in ("careful.onnx", "careful.npz", "tokenizer.json", "body.onnx"):
        print(f"{given.out / name}: {(given.out / name).stat().st_size / 1e6:.2f} MB")
    said, part = split(given.data)
    for lane in filter(None, given.lanes.split(",")):
        report(given.data, said, part, lane)


def write_model(given: argparse.Namespace, texts: list[str]) -> None:
    """careful.onnx, and the tokenizer and the untouched body beside it."""
    model = Reader(given.body)
    model.load_state_dict(torch.load(given.checkpoint, map_location="cpu"))
    rng = np.random.default_rng(SEED)
    drawn = [texts[row] for row in rng.choice(len(texts), 2 * SEEN, replace=False)]
    ids = tokenised(given.body, drawn)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    save(build(weights, ranges_of(model, ids[:SEEN])), given.out / "careful.onnx")
    unknown = {name: np.array(1.0) for name in careful.Calibration.__slots__}  # fitted later
    np.savez_compressed(given.out / "careful.npz", **unknown | no_heads(given.out / "careful.onnx"))
    shutil.copyfile(Path(given.body) / "tokenizer.json", given.out / "tokenizer.json")
    if not (given.out / "body.onnx").exists():
        vectors.export(Path(given.body), given.out)
    whole = [row for row in range(SEEN, 2 * SEEN) if len(ids[row]) < LONGEST]  # not those that would be split
    in_float = said_in_float(model, [ids[row] for row in whole])
    compare(in_float, careful.log_odds([drawn[row] for row in whole], given.threads))


def compare(in_float: np.ndarray, in_whole: np.ndarray) -> None:
    """Prints how far the whole-number model is from the one that it came from."""
    apart = np.abs(in_float - in_whole)
    same = (in_float[:, :3].argmax(1) == in_whole[:, :3].argmax(1)).mean()
    print(f"whole numbers, float: log-odds {apart.mean():.4f} apart, at most {apart.max():.3f}; moods {same:.2%} alike")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.export", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--body", help="with --checkpoint: the folder with the body that was taught, and its tokenizer")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="what training.deep.teach wrote; without it the model stays, and only the auto lane is fitted anew, as it"
        " must be after the fast reader was trained",
    )
    parser.add_argument("--out", type=Path, default=careful.FOLDER)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--lanes", default="fast,careful,auto", help="whose figures are printed at the end")
    csv.field_size_limit(1 << 24)
    export(parser.parse_args())


if __name__ == "__main__":
    main()
