"""Do 80 % intervals hold 80 %? Of spend models fitted to few customers, and of what follows in the invented firm.

*A purchase, a count*: customers are made up from known parameters, a model is fitted to them, and the interval of the
outcome is held against new outcomes: of one purchase's money (Gamma–Gamma), of next year's purchases (BG/NBD; counts
are lumpy, so the place of each outcome is drawn within its own probability). 'Parameters taken for true' is the
interval without the uncertainty of the parameters. *The invented firm*: a run's 80 % intervals of follows against next
year's realised money, of all customers and of those with any.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from goodwill.value.spend import BetaGeoNBD, GammaGamma

TITLE = "Intervals: the share of outcomes that 80 % intervals hold"
GOAL = "77–83 %"
MONEY = GammaGamma.from_params(p=6.0, q=4.0, gamma=20.0)
COUNTS = BetaGeoNBD.from_params(r=0.9, alpha=7.0, a=0.8, b=3.0)
SAMPLES = ((30, 250), (100, 150), (1000, 30))  # customers fitted to, how often
FIRMS = ((2_000, (51, 52, 53, 54, 55, 56)), (20_000, (51, 52, 53)))  # customers, seeds


def run() -> list[dict[str, Any]]:
    """One row a case."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for customers, rounds in SAMPLES:
            rows.append(of_money(customers, rounds))
        for customers, rounds in SAMPLES[1:]:
            rows.append(of_counts(customers, rounds))
        for customers, seeds in FIRMS:
            rows.append(of_firms(customers, seeds))
    return rows


def of_money(customers: int, rounds: int) -> dict[str, Any]:
    """Intervals of one purchase of a newcomer."""
    rng, inside = np.random.default_rng(5), []
    for _ in range(rounds):
        count = rng.integers(1, 4, customers)
        money = MONEY.draw_spend(np.zeros(customers), np.zeros(customers), 1, rng, purchases=count)[0] / count
        try:
            model = GammaGamma().fit(count, money)
        except ValueError:  # no mean
            continue
        new = MONEY.draw_spend(0, 0, 400, rng)[:, 0]
        ends = [one.interval(0, 0) for one in (model, GammaGamma.from_params(**model.params))]
        inside.append([np.mean((new >= low) & (new <= high)) for low, high in ends])
    return {"of": "a purchase (Gamma–Gamma)", "fitted to": f"{customers:,}"} | shares(inside)


def of_counts(customers: int, rounds: int) -> dict[str, Any]:
    """Intervals of a year's purchases of the same customers."""
    rng, inside = np.random.default_rng(6), []
    for _ in range(rounds):
        history = COUNTS.simulate(rng.uniform(20, 60, customers), rng)
        came = COUNTS.draw_purchases(52, *history, 1, rng)[0]
        try:
            model = BetaGeoNBD().fit(*history)
        except ValueError:  # nobody came back
            continue
        inside.append([in_the_middle(models, history, came, rng) for models in (model.draw_models(20, rng), [model])])
    return {"of": "a year's purchases (BG/NBD)", "fitted to": f"{customers:,}"} | shares(inside)


def in_the_middle(models: list[BetaGeoNBD], history: Any, came: Any, rng: np.random.Generator) -> float:
    """The share of outcomes in the middle four fifths of their distribution, mixed over models."""
    chances = sum(one.purchase_count_distribution(52, int(came.max()), *history) for one in models) / len(models)
    row = np.arange(len(came))
    place = np.cumsum(chances, axis=1)[row, came] - rng.random(len(came)) * chances[row, came]
    return float(np.mean((place > 0.1) & (place < 0.9)))


def shares(inside: list[list[float]]) -> dict[str, Any]:
    """The mean over rounds with its standard error, with the parameters' uncertainty and without."""
    mean, error = np.mean(inside, axis=0), np.std(inside, axis=0) / np.sqrt(len(inside))
    return {
        "inside": f"{mean[0]:.1%} ± {error[0]:.1%}".replace("%", " %"),
        "parameters taken for true": f"{mean[1]:.1%}".replace("%", " %"),
        "rounds": len(inside),
    }


def of_firms(customers: int, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Intervals of follows in invented firms."""
    import goodwill
    from goodwill import demo

    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            demo.make(Path(name), customers=customers, seed=seed)
            scores = demo.score(goodwill.run(name), name)
            found.append([scores.coverage, scores.coverage_of_active])
    whole = np.array(found)

    def told(column: int) -> str:
        values = whole[:, column]
        return f"{values.mean():.1%} ({values.min():.1%}–{values.max():.1%})".replace("%", " %")

    return {
        "of": "follows, the invented firm",
        "fitted to": f"{customers:,}",
        "inside": told(0),
        "of those with any money": told(1),
        "rounds": len(seeds),
    }


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line, ensure_ascii=False), flush=True)
