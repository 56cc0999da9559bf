"""What agreement and difference weigh, learnt without labels.

The model of Fellegi and Sunter (1969): with m = P(level | one person) and u = P(level | two persons), a level weighs
log2(m / u) bits; the weights add up to the log odds that two records are one person's. u comes from pairs drawn at
random, m by expectation-maximisation (Winkler 1988) over several training rules, each leaving out what it blocks on.
Both by Splink (Linacre et al. 2022); what is added here: u is cleared of the matches among the random pairs, a level
that was never seen gets the least that the sample could have shown, and the share of matches among all pairs is the
one under which the weights explain the pairs best.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.know.resolving.compared import comparisons
from goodwill.know.resolving.kinds import Kind

if TYPE_CHECKING:
    from goodwill.know.resolving.evidence import Evidence, Plan

RANDOM_PAIRS = 2_000_000
TRAINING_PAIRS = 800_000
SEED = 20_261_101
RARITY_FROM = 300
"""In a table of fewer records a value's frequency is mostly its own person's: rarity is not counted."""
_LEAST_M = 1e-5
_USUAL_AGREEMENT = 1e-3
_USUAL_PAIRS = 100.0
_USUAL_MATCHES = 10.0


def settings(planned: Plan, *, rarity: bool = True) -> Any:
    """Splink's settings for a plan. Pairs are given to it by our own rules, so it is told one in name only."""
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons(planned, rarity=rarity),
        blocking_rules_to_generate_predictions=[block_on("record_id")],
        unique_id_column_name="row",
        retain_matching_columns=False,
        max_iterations=40,
    )


def train(api: Any, prepared: Any, planned: Plan, rows: int) -> dict[str, Any]:
    """Learns m and u and returns the model as Splink's settings in plain values: no record, no name is in it.

    `api` is a Splink database API, `prepared` what its `register` gave for the prepared table.
    """
    from splink import Linker, block_on

    if rows < 3:  # there is nothing to learn from: the usual must do
        return _completed(settings(planned, rarity=False).create_settings_dict(api.sql_dialect.sql_dialect_str), rows)
    linker = Linker(prepared, settings(planned, rarity=rows >= RARITY_FROM), log_level=None)
    linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    for key in training_keys(planned) if len(planned.evidence) > 1 else []:  # one alone cannot teach itself
        _expectation_maximisation(linker, block_on(key))
    model: dict[str, Any] = linker.misc.save_model_to_json(None)
    return _completed(model, rows)


def training_keys(planned: Plan) -> list[str]:
    """One prepared column of each thing that is telling enough to train by, the most telling first, at most five."""
    telling = sorted(
        (thing for thing in planned.evidence if thing.kind in _TELLING), key=lambda thing: _TELLING.index(thing.kind)
    )
    return [_training_key(thing) for thing in telling[:5]]


_TELLING = [Kind.FULL_NAME, Kind.EMAIL, Kind.DATE, Kind.CODE, Kind.PHONE, Kind.POSTCODE, Kind.STREET, Kind.PLACE]


def _training_key(thing: Evidence) -> str:
    return thing.column("whole") if thing.kind is Kind.FULL_NAME else thing.column()


def _expectation_maximisation(linker: Any, rule: Any) -> None:
    from splink.internals.exceptions import EMTrainingException

    whole = linker._settings_obj.core_model_settings.copy()
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=TRAINING_PAIRS
        )
    except (EMTrainingException, ValueError) as nothing_learnt:
        # No two records share this key, or so few that a level's probability sank to nought: the other rules must do.
        # Splink has put aside by then what the key is made of, and does not bring it back.
        if isinstance(nothing_learnt, ValueError) and "_probability" not in str(nothing_learnt):
            raise
        linker._settings_obj.core_model_settings = whole


def _completed(model: dict[str, Any], rows: int) -> dict[str, Any]:
    """Every level has both probabilities; a level never seen has the least that the sample could have shown."""
    pairs = min(RANDOM_PAIRS, rows * (rows - 1) / 2)
    for levels in _told(model):
        usual_u, usual_m = _usual(len(levels))
        _fill(levels, "u_probability", 0.5 / max(pairs, 1.0), usual_u)
        _fill(levels, "m_probability", _LEAST_M, usual_m)
    return model


def _told(model: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The levels of each comparison that tell something: all but 'not known'."""
    return [
        [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for comparison in model["comparisons"]
    ]


def _usual(levels: int) -> tuple[list[float], list[float]]:
    """What u and m are usually like: strangers seldom agree, one person's records mostly do."""
    agree = levels - 1
    u = [_USUAL_AGREEMENT] * agree + [1 - agree * _USUAL_AGREEMENT]
    m = [2.0 ** -(position + 1) for position in range(agree)]
    return u, [*(0.9 * value / sum(m) for value in m), 0.1]


def _fill(levels: list[dict[str, Any]], name: str, least: float, usual: list[float]) -> None:
    """Probabilities of levels that were not learnt are the least, or the usual where none was; all sum to 1."""
    known = [isinstance(level.get(name), float) for level in levels]
    given = usual
    if any(known):
        given = [max(level[name], least) if is_known else least for level, is_known in zip(levels, known, strict=True)]
    _set(levels, name, given)


def _set(levels: list[dict[str, Any]], name: str, given: list[float]) -> None:
    """Sets probabilities that sum to 1, rounded so that the order of a sum cannot show."""
    total = sum(given)
    for level, value in zip(levels, given, strict=True):
        level[name] = float(f"{value / total:.7g}")
        for left_over in ("fix_u_probability", "fix_m_probability"):
            level.pop(left_over, None)


def cleared(model: dict[str, Any], share: float, rows: int) -> dict[str, Any]:
    """A model with the matches taken out of the random pairs, and what few pairs taught steadied.

    u = (seen − share · m) / (1 − share), never under a tenth of what was seen. Then the usual u counts as much as a
    hundred pairs, the usual m as much as ten matches: that moves a table of a thousand records in the third digit
    and keeps one of ten records sane.
    """
    model = deepcopy(model)
    pairs = max(rows * (rows - 1) / 2, 1.0)
    for levels in _told(model):
        usual_u, usual_m = _usual(len(levels))
        seen = [level["u_probability"] for level in levels]
        m = [level["m_probability"] for level in levels]
        u = [max((one - share * other) / (1 - share), 0.1 * one) for one, other in zip(seen, m, strict=True)]
        _set(levels, "u_probability", _steadied(u, usual_u, pairs, _USUAL_PAIRS))
        _set(levels, "m_probability", _steadied(m, usual_m, share * pairs, _USUAL_MATCHES))
    model["probability_two_random_records_match"] = share
    return model


def _steadied(learnt: list[float], usual: list[float], count: float, weight: float) -> list[float]:
    return [(one * count + other * weight) / (count + weight) for one, other in zip(learnt, usual, strict=True)]


def share_of_matches(weights: np.ndarray[Any, Any], prior: float, pairs: float, steps: int = 200) -> float:
    """The share of matches among all pairs under which the weights of the candidates explain them best.

    `weights` in bits, with `prior` in them; pairs that never met count as different. The fixed point of
    share = mean P(match | weight, share): expectation-maximisation of a mixture's only free share.
    """
    factor = np.exp2(np.clip(weights - math.log2(prior / (1 - prior)), -60, 60))
    share = prior
    for _ in range(steps):
        odds = factor * (share / (1 - share))
        again = min(max(float(np.sum(odds / (1 + odds))) / pairs, 1e-12), 0.5)
        if abs(again - share) <= 1e-7 * share:
            break
        share = again
    return share
