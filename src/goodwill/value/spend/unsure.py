"""Parameters that the data allow as well: draws from what a fit leaves unsure.

Of a maximum-likelihood estimate the logarithms of positive parameters are normal around the truth, nearly, with the
inverse of the observed information as covariance (van der Vaart 1998, Asymptotic Statistics, section 5.5); coefficients
of covariates are so as they are. An interval of an outcome that took the estimates for the truth would be too narrow
where few customers were seen; mixing over such draws mends that (the 'plug-in' against the predictive distribution:
Aitchison & Dunsmore 1975, Statistical Prediction Analysis).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError

if TYPE_CHECKING:
    from goodwill.value.spend.base import SpendModel

    Model = TypeVar("Model", bound=SpendModel)

Array = npt.NDArray[np.float64]

#: Along a ridge parameters may differ by large factors that change no prediction, and the likelihood is no parabola
#: there. So no combination of logarithms is drawn with a greater standard deviation than this.
WIDEST = 1.0
#: A draw that the model refuses (a mean that does not exist) is pulled half-way to the estimate, so often at most.
PULLS = 30
#: From so many customers on the parameters are known to a hundredth or two, which no outcome shows.
KNOWN_FROM = 20_000
#: Sets of parameters that an interval of an outcome is mixed from.
MIXED, SEED = 20, 19_980_628


def draw_models(model: Model, number: int, rng: np.random.Generator) -> list[Model]:
    """Models like this one with parameters drawn from what its fit leaves unsure; itself where that is not known."""
    covariance = model._fit.covariance
    if covariance is None:
        return [model] * number
    params = model.params
    names, values = list(params), np.array(list(params.values()))
    positive = np.array([name in model.names for name in names])
    scale = np.where(positive, values, 1.0)
    middle = np.where(positive, np.log(np.where(positive, values, 1.0)), values)
    root = capped_root(np.nan_to_num(covariance / np.outer(scale, scale)))
    return [_made(model, names, positive, middle, root @ rng.standard_normal(len(names))) for _ in range(number)]


def capped_root(covariance: Array) -> Array:
    """A matrix R with R Rᵀ = covariance, no direction of which is longer than `WIDEST`.

    >>> capped_root(np.diag([0.04, 100.0])).round(3).tolist()
    [[0.2, 0.0], [0.0, 1.0]]
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Array = vectors * np.sqrt(np.clip(values, 0.0, WIDEST**2))
    return root


def _made(model: Model, names: list[str], positive: npt.NDArray[np.bool_], middle: Array, step: Array) -> Model:
    for _ in range(PULLS):
        point = middle + step
        drawn = np.where(positive, np.exp(np.where(positive, point, 0.0)), point)
        try:
            return model.from_params(time_unit=model.time_unit, **dict(zip(names, drawn.tolist(), strict=True)))
        except ModelError:
            step = step / 2
    return model


def as_likely(model: Model) -> list[Model]:
    """The models that an interval of an outcome is mixed from: the same ones every time; itself where it is known."""
    customers = model._fit.customers
    if model._fit.covariance is None or customers is None or customers >= KNOWN_FROM:
        return [model]
    return draw_models(model, MIXED, np.random.default_rng(SEED))
