"""What the sums rest on: measured, estimated, assumed; every figure that somebody entered; the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.ledger.kinds import OWN_KINDS
from goodwill.report import bars
from goodwill.report.columns import cents, evidence_codes
from goodwill.report.figures import a_sum, day, initial, whole
from goodwill.report.view import AssumptionRow, EvidenceRow, Fact, Grounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goodwill.assumptions import Assumption
    from goodwill.firm import Firm

MEANINGS = (
    ("measured", "our own records"),
    ("estimated", "a model fitted to them"),
    ("assumed", "a figure that somebody entered"),
)
MODELS = {
    "BetaGeoNBD": "BG/NBD",
    "ModifiedBetaGeoNBD": "MBG/NBD",
    "ParetoNBD": "Pareto/NBD",
    "GammaGamma": "Gamma–Gamma",
    "BetaGeoBetaBinom": "BG/BB",
    "ShiftedBetaGeo": "shifted beta-geometric",
    "BetaDiscreteWeibull": "beta-discrete-Weibull",
}
GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ"}


def grounds(result: Any) -> Grounds:
    """Generated sums by the weakest evidence that they rest on, and the table of assumptions."""
    return Grounds(
        rows=_rows(result.ledger),
        assumptions=tuple(assumption_rows(result.facts.firm)),
        models=models(result.valuation.spend),
        words=tuple(initial(note) for note in result.valuation.notes),
    )


def _rows(ledger: pa.Table) -> tuple[EvidenceRow, ...]:
    own = ledger.filter(
        pc.and_(
            pc.is_in(ledger["kind"], pa.array(OWN_KINDS)),
            pc.invert(
                pc.or_(pc.starts_with(ledger["customer_id"], "firm:"), pc.starts_with(ledger["customer_id"], "cause:"))
            ),
        )
    )
    if not own.num_rows:
        return ()
    codes, amount = evidence_codes(own["evidence"]), cents(own["amount"])
    size = float(np.abs(amount).sum()) or 1.0
    rows = []
    for place, (word, meaning) in enumerate(MEANINGS):
        weakest = codes >> place == 1  # no weaker word beside it
        share = float(np.abs(amount[weakest]).sum()) / size
        words = meaning if place == 0 else f"{meaning}; at least in part"
        total = a_sum(float(amount[weakest].sum()) / 100)
        rows.append(EvidenceRow(word, words, total, whole(int(weakest.sum())), bars.share(share)))
    return tuple(rows)


def assumption_rows(firm: Firm) -> Iterable[AssumptionRow]:
    """Every assumption of goodwill.toml with its range and who entered it; [firm] margin stands for its own."""
    fields = type(firm.assumptions).model_fields
    for name, field in fields.items():
        figure: Assumption = firm.margin if name == "margin" else getattr(firm.assumptions, name)
        unit = str((field.json_schema_extra or {}).get("unit", "")) if isinstance(field.json_schema_extra, dict) else ""
        yield _assumption(name, field.description or "", figure, unit)


def _assumption(name: str, meaning: str, figure: Assumption, unit: str) -> AssumptionRow:
    low, high = _plain(figure.low), _plain(figure.high)
    when = f", {day(figure.at)}" if figure.at else ""
    return AssumptionRow(
        name=initial(name.replace("_", " ")),
        meaning=meaning,
        value=_plain(figure.value),
        interval="" if low == high else f"{low}–{high}",
        unit=unit,
        by=("goodwill’s own" if figure.by == "goodwill" else figure.by) + when,
        evidence="measured" if figure.measured else "assumed",
    )


def _plain(value: float) -> str:
    return f"{value:,.10g}".replace("-", "\u2212")


def models(told: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Which models of spending were taken, with their parameters and how they stood the test of held-out weeks."""
    if not told:
        return ()
    how = "assumed: too few purchases to fit one" if told.get("assumed") else f"in {told.get('grain', 'day')}s"
    facts = [
        Fact("How often they buy", MODELS.get(told["model"], told["model"]), _parameters(told["parameters"]), how),
        Fact(
            "What a purchase comes to",
            MODELS.get(told["spend_model"], told["spend_model"]),
            _parameters(told["spend_parameters"]),
        ),
    ]
    return tuple(facts)


def _parameters(given: Mapping[str, float]) -> str:
    return ", ".join(f"{GREEK.get(name, name)} {_plain(float(f'{value:.4g}'))}" for name, value in given.items())
