"""What a firm assumes where its records do not tell: each figure with its range, who entered it, and when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Assumption(BaseModel):
    """A figure that somebody entered, with its range (80 %)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(description="the figure itself")
    low: float = Field(description="the lower end of its range")
    high: float = Field(description="the upper end of its range")
    by: str = Field(default="goodwill", description="who entered it")
    at: date | None = Field(default=None, description="when it was entered")
    measured: bool = Field(default=False, description="true where it was measured rather than entered")

    @model_validator(mode="before")
    @classmethod
    def _a_bare_number_has_no_range(cls, given: Any) -> Any:
        if isinstance(given, bool) or not isinstance(given, int | float | Decimal | dict):
            raise ValueError("wants a number, or a table {value, low, high, by, at}")
        if isinstance(given, dict):
            middle = given.get("value")
            return {"low": middle, "high": middle, **given}
        return {"value": given, "low": given, "high": given, "by": "the firm"}

    @model_validator(mode="after")
    def _the_range_holds_the_value(self) -> Assumption:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"low ≤ value ≤ high does not hold for {self.low}, {self.value}, {self.high}")
        return self


def _assumed(value: float, low: float, high: float, meaning: str, unit: str) -> Any:
    standing_in = Assumption.model_construct(value=value, low=low, high=high, by="goodwill", at=None, measured=False)
    return Field(default=standing_in, description=meaning, json_schema_extra={"unit": unit})


class Assumptions(BaseModel):
    """The `[assumptions]` of goodwill.toml. Money is in the firm's currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    margin: Assumption = _assumed(0.3, 0.2, 0.4, "what the firm keeps of a sale, where no margin is given", "share")
    discount_rate: Assumption = _assumed(0.10, 0.10, 0.10, "what a year's wait costs", "share a year")
    influence_share: Assumption = _assumed(
        0.10, 0.05, 0.20, "τ: of what a customer brings, the part that is due to those who swayed them", "share"
    )
    would_have_come: Assumption = _assumed(
        0.5, 0.3, 0.7, "how likely a referred newcomer would have come anyway, where they were not asked", "probability"
    )
    acquisition_cost: Assumption = _assumed(
        0, 0, 0, "what winning a customer by advertising costs, where the outlays do not tell", "money"
    )
    cost_to_serve: Assumption = _assumed(0, 0, 0, "routine cost of serving one purchase", "money")
    contact_cost: Assumption = _assumed(
        6, 3, 12, "what one contact with the service costs, where actions do not tell", "money"
    )
    contact_share: Assumption = _assumed(
        0.05,
        0.01,
        0.10,
        "of those who read a solved question, the part that would have contacted us (1 in 20)",
        "share",
    )
    hourly_cost: Assumption = _assumed(30, 25, 40, "an hour of a colleague's time", "money an hour")
    leave_after_complaint: Assumption = _assumed(
        0.15, 0.05, 0.30, "how likely an unanswered complaint makes its author leave", "probability"
    )
    answer_helps: Assumption = _assumed(0.5, 0.3, 0.7, "the part of that risk which an answer in time removes", "share")
    sway: Assumption = _assumed(
        0.03, 0.01, 0.08, "how likely a warning sways a customer who listens to its author", "probability"
    )
    stranger_value: Assumption = _assumed(
        0, 0, 0, "what reaching one stranger is worth; on a line of its own, outside every sum", "money"
    )
    purchases_a_year: Assumption = _assumed(
        1, 0.3, 3, "purchases a customer makes in a year, where there are too few to fit a model", "purchases a year"
    )
    answer_hours: Assumption = _assumed(24, 24, 24, "in what time an answer is due, where no promise says", "hours")
    influence_half_life: Assumption = _assumed(90, 45, 180, "after how long a response counts half", "days")
