"""The invented firm in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodwill.demo import deeds, society, truth
    from goodwill.demo.names import Names
    from goodwill.demo.people import People, Purchases, Returns


@dataclass
class InventedFirm:
    """Everything that was drawn: the world as it is, of which the firm's files show a part."""

    people: People
    names: Names
    sales: Purchases
    returns: Returns
    subscriptions: Purchases
    margin: npt.NDArray[np.float64]  # expected own margin next year
    realised: npt.NDArray[np.float64]  # what next year truly left
    future_count: npt.NDArray[np.int64]  # purchases next year
    referrals: society.Referrals
    ties: society.Ties
    sheet: dict[str, npt.NDArray[Any]]
    texts: list[str]
    tongues: list[str]
    actions: deeds.Actions
    waits: npt.NDArray[np.bool_]
    answers: deeds.Answers
    contributions: deeds.Contributions
    surveys: deeds.Surveys
    survey_words: list[str]
    roles: deeds.Roles
    terms: deeds.Terms
    events: deeds.Events
    outlays: list[tuple[float, str, str, int, str]]
    stakes: truth.Stakes
