"""What customers spend: one model a file. See docs/methods.md for the derivations.

Customers who come and go unseen: `BetaGeoNBD`, `ModifiedBetaGeoNBD`, `ParetoNBD`; at set occasions:
`BetaGeoBetaBinom`. Money per purchase: `GammaGamma`. Subscriptions: `ShiftedBetaGeo`, `BetaDiscreteWeibull`.
"""

from goodwill.value.spend.beta_discrete_weibull import BetaDiscreteWeibull
from goodwill.value.spend.beta_geo_beta_binom import BetaGeoBetaBinom
from goodwill.value.spend.beta_geo_nbd import BetaGeoNBD
from goodwill.value.spend.gamma_gamma import GammaGamma
from goodwill.value.spend.modified_beta_geo_nbd import ModifiedBetaGeoNBD
from goodwill.value.spend.notices import FlatRidgeWarning, NeverReturnedWarning, StoppedEarlyWarning
from goodwill.value.spend.pareto_nbd import ParetoNBD
from goodwill.value.spend.shifted_beta_geo import ShiftedBetaGeo

__all__ = [
    "BetaDiscreteWeibull",
    "BetaGeoBetaBinom",
    "BetaGeoNBD",
    "FlatRidgeWarning",
    "GammaGamma",
    "ModifiedBetaGeoNBD",
    "NeverReturnedWarning",
    "ParetoNBD",
    "ShiftedBetaGeo",
    "StoppedEarlyWarning",
]
