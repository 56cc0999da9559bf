"""A fitted model: what is compared, how it is weighed, which rules let records meet, from which weight they are one.

It is kept as JSON and holds no record, no name and no other value of anybody's.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.errors import InputError
from goodwill.know.resolving import blocking, scoring, training
from goodwill.know.resolving.blocking import Key, Rule
from goodwill.know.resolving.evidence import Evidence, Plan
from goodwill.know.resolving.kinds import Kind

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

SAMPLED_PAIRS = 400_000
_FORM = 1


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt from a table. `settings` are Splink's; `prior` is the share of matches among all pairs."""

    plan: Plan
    rules: tuple[Rule, ...]
    too_broad: tuple[Rule, ...]
    settings: dict[str, Any]
    rows: int

    @property
    def prior(self) -> float:
        """The share of matches among all pairs of records."""
        return float(self.settings["probability_two_random_records_match"])

    @property
    def prior_weight(self) -> float:
        """The same in bits: where every waterfall starts."""
        return math.log2(self.prior / (1 - self.prior))

    def to_json(self) -> str:
        """The model as text, for `Model.from_json`."""
        return json.dumps(
            {
                "form": _FORM,
                "plan": asdict(self.plan),
                "rules": [asdict(rule) for rule in self.rules],
                "too_broad": [asdict(rule) for rule in self.too_broad],
                "settings": self.settings,
                "rows": self.rows,
            },
            indent=1,
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Reads what `to_json` wrote; raises `InputError` for anything else."""
        try:
            given = json.loads(text)
            if given["form"] != _FORM:
                raise ValueError(f"its form is {given['form']}, not {_FORM}")
            evidence = tuple(
                Evidence(
                    one["name"],
                    Kind(one["kind"]),
                    tuple(one["sources"]),
                    tuple((name, value) for name, value in one["options"]),
                )
                for one in given["plan"]["evidence"]
            )
            left_out = tuple((name, why) for name, why in given["plan"]["left_out"])
            return cls(
                Plan(evidence, left_out),
                tuple(_rule(one) for one in given["rules"]),
                tuple(_rule(one) for one in given["too_broad"]),
                given["settings"],
                int(given["rows"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"this is no model of who is who ({error})", where="Model.from_json", mend="fit it again from the facts"
            ) from error


def _rule(given: dict[str, Any]) -> Rule:
    return Rule(tuple(Key(**key) for key in given["keys"]), given["reach"], given["found"])


def fit(api: Any, prepared: pa.Table, planned: Plan) -> tuple[Model, Any, str]:
    """Learns a model from a prepared table. Returns it with the table as registered and its name there."""
    rows = prepared.num_rows
    registered = api.register(prepared)
    table = registered.physical_name
    proposed, too_broad = blocking.propose(api, table, planned, rows)
    learnt = training.train(api, registered, planned, rows)
    first = training.cleared(learnt, 1 / (rows + 1), rows)  # as if each record had one other of its person
    chosen, prior = _chosen(api, registered, first, proposed, rows)
    settings = training.cleared(learnt, prior, rows)
    return Model(planned, tuple(chosen), tuple(too_broad), settings, rows), registered, table


def _chosen(
    api: Any, registered: Any, settings: dict[str, Any], rules: list[Rule], rows: int
) -> tuple[list[Rule], float]:
    """The rules worth their pairs, and the share of matches, both from the pairs of some records with all others."""
    if not rules or rows < 2:
        return [], settings["probability_two_random_records_match"]
    anchors = _anchors(rows, sum(rule.reach for rule in rules))
    from_there = api.register({"row": anchors}).physical_name
    table = registered.physical_name
    left = f"(select * from {table} where row in (select row from {from_there}))"
    met = " union all ".join(
        f"(select {number} as rule, * from ({rule.pairs(table, left)}))" for number, rule in enumerate(rules)
    )
    found = api.query_sql(f"select distinct rule, join_key_l, join_key_r from ({met})").as_pyarrow_table()
    code = found["join_key_l"].to_numpy() * rows + found["join_key_r"].to_numpy()
    distinct, pair = np.unique(code, return_inverse=True)
    if not len(distinct):
        return [], settings["probability_two_random_records_match"]
    pairs = {"join_key_l": distinct // rows, "join_key_r": distinct % rows, "match_key": ["0"] * len(distinct)}
    weighed = scoring.weigh(registered, settings, api.register(_arrow(pairs)), at_least=None)
    at = np.searchsorted(distinct, weighed["row_l"].to_numpy() * rows + weighed["row_r"].to_numpy())
    weight = np.full(len(distinct), -60.0)
    weight[at] = weighed["match_weight"].to_numpy()
    asked = len(anchors) * (rows - 1) - len(anchors) * (len(anchors) - 1) / 2  # pairs with an anchor in them
    prior = settings["probability_two_random_records_match"]
    share = float(f"{training.share_of_matches(np.sort(weight), prior, asked):.6g}")
    shift = math.log2(share / (1 - share)) - math.log2(prior / (1 - prior))
    probability = np.round(1 / (1 + np.exp2(-np.clip(weight + shift, -60, 60))), 6)
    scale = rows * (rows - 1) / 2 / asked
    return blocking.choose(rules, found["rule"].to_numpy().astype(np.int64), pair, probability, scale, rows), share


def _arrow(columns: dict[str, Any]) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns)


def _anchors(rows: int, reach: int) -> npt.NDArray[np.int64]:
    """The records whose pairs stand for all: so many that about SAMPLED_PAIRS pairs come of it."""
    wanted = min(rows, max(50, int(rows * SAMPLED_PAIRS / (2 * max(reach, 1)))))
    drawn = np.random.default_rng(training.SEED).permutation(rows)[:wanted]
    return np.sort(drawn)
