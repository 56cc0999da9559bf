"""The value room: spend, referral, influence, knowledge, booked to the ledger; standing.

`value` is the way in. The spend models can be used on their own, and so can `solve_worth` and `summary`.
"""

from goodwill.ledger import solve_worth
from goodwill.value.history import account
from goodwill.value.spend import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
)
from goodwill.value.summary import Summary, summary
from goodwill.value.valuation import Valuation, value

__all__ = [
    "BetaDiscreteWeibull",
    "BetaGeoBetaBinom",
    "BetaGeoNBD",
    "GammaGamma",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "ShiftedBetaGeo",
    "Summary",
    "Valuation",
    "account",
    "solve_worth",
    "summary",
    "value",
]
