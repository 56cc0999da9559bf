"""What all spend models share: parameters, their errors, how good the fit is, saving and loading."""

from __future__ import annotations

import json
import warnings
from abc import ABC
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from goodwill.errors import InputError, ModelError, NotFitted
from goodwill.value.spend.checks import check_positive
from goodwill.value.spend.newton import Evaluate, Optimum, inverse_information, maximise
from goodwill.value.spend.notices import FlatRidgeWarning, StoppedEarlyWarning
from goodwill.value.spend.unsure import draw_models

Array = npt.NDArray[np.float64]

#: A parameter may move by a factor of e^11.5 = 100,000 either way; further out the likelihood is flat.
REACH = 11.5
#: The logarithm of some combination of parameters is known no better than ± this: a ridge.
RIDGE = 3.0
#: The version of what `to_json` writes.
FORMAT = 1


@dataclass(frozen=True)
class Fitted:
    """What a fit left behind. No customer's data is among it."""

    params: dict[str, float]
    covariance: Array | None = None
    log_likelihood: float | None = None
    customers: float | None = None
    free_parameters: int | None = None
    converged: bool | None = None
    passes: int | None = None


class SpendModel(ABC):
    """The parent of every spend model.

    Attributes (after `fit`): params, standard_errors, covariance, log_likelihood, aic, bic, converged, passes.

    `time_unit` is a word such as "week" that travels with the model, so that a base in days is refused where a
    model in weeks is asked (`check_time_unit`).
    """

    #: The parameters by the names of the paper, in its order. All are above zero.
    names: ClassVar[tuple[str, ...]]

    def __init__(self, *, time_unit: str = "") -> None:
        self.time_unit = time_unit
        self._fitted: Fitted | None = None

    @classmethod
    def from_params(cls, *, time_unit: str = "", **params: float) -> Self:
        """A model with parameters that are known already.

        Errors: ModelError for a missing, unknown or non-positive parameter.
        """
        model = cls(time_unit=time_unit)
        model._accept(Fitted(model._checked_params(params)))
        return model

    def _checked_params(self, params: dict[str, float]) -> dict[str, float]:
        where, wanted = type(self).__name__, ", ".join(self.names)
        missing = [name for name in self.names if name not in params]
        unknown = [name for name in params if name not in self.names and not self._is_coefficient(name)]
        if missing or unknown:
            what = f"missing {', '.join(missing)}" if missing else f"unknown {', '.join(unknown)}"
            raise ModelError(f"parameters do not fit: {what}", where=where, mend=f"give {wanted}")
        numbers = {name: float(value) for name, value in params.items()}
        check_positive(where, **{name: numbers[name] for name in self.names})
        extra = {name: value for name, value in numbers.items() if name not in self.names}
        return {name: numbers[name] for name in self.names} | extra

    def _is_coefficient(self, name: str) -> bool:
        """Does the name belong to the coefficient of a covariate?"""
        return False

    def _accept(self, fitted: Fitted) -> None:
        self._fitted = fitted

    @property
    def _fit(self) -> Fitted:
        if self._fitted is None:
            raise NotFitted("no parameters yet", where=type(self).__name__, mend="call fit or from_params first")
        return self._fitted

    def _known(self, value: Any, what: str) -> Any:
        if value is None:
            mend = "this needs a model that was fitted, not one made by from_params"
            raise NotFitted(f"{what} is not known", where=type(self).__name__, mend=mend)
        return value

    @property
    def params(self) -> dict[str, float]:
        """The parameters by name."""
        return dict(self._fit.params)

    @property
    def covariance(self) -> Array:
        """The covariance of the estimates (observed information), rows and columns in the order of `params`.

        NaN for a parameter that ran to the edge of what is looked at.
        """
        return np.array(self._known(self._fit.covariance, "the covariance"))

    @property
    def standard_errors(self) -> dict[str, float]:
        """The standard error of each parameter."""
        errors = np.sqrt(np.diag(self.covariance))
        return {name: float(error) for name, error in zip(self._fit.params, errors, strict=True)}

    @property
    def log_likelihood(self) -> float:
        """The log-likelihood at the estimates."""
        return float(self._known(self._fit.log_likelihood, "the log-likelihood"))

    @property
    def aic(self) -> float:
        """Akaike's information criterion: less is better."""
        free = self._known(self._fit.free_parameters, "the number of parameters")
        return float(2 * free - 2 * self.log_likelihood)

    @property
    def bic(self) -> float:
        """The Bayesian information criterion (Schwarz 1978): less is better."""
        free = self._known(self._fit.free_parameters, "the number of parameters")
        customers = self._known(self._fit.customers, "the number of customers")
        return float(free * np.log(customers) - 2 * self.log_likelihood)

    @property
    def customers(self) -> float | None:
        """How many customers it was fitted to; None for a model made by `from_params`."""
        return self._fit.customers

    @property
    def converged(self) -> bool:
        """Did the fit settle? One more Newton step would then change the log-likelihood by next to nothing."""
        return bool(self._known(self._fit.converged, "whether the fit converged"))

    @property
    def passes(self) -> int:
        """How many passes over all the data the fit took."""
        return int(self._known(self._fit.passes, "the number of passes"))

    def __repr__(self) -> str:
        if self._fitted is None:
            return f"{type(self).__name__}()"
        listed = ", ".join(f"{name}={value:.5g}" for name, value in self._fitted.params.items())
        return f"{type(self).__name__}({listed})"

    def summary(self) -> str:
        """The fit in a few lines, for a person.

        Parameters with their standard errors, the log-likelihood, and whether the fit settled.
        """
        lines = [f"{type(self).__name__}, {self._known(self._fit.customers, 'the number of customers'):,.0f} customers"]
        for (name, value), error in zip(self.params.items(), self.standard_errors.values(), strict=True):
            lines.append(f"  {name:<12} {value:>12.5g}  ± {error:.3g}")
        settled = "settled" if self.converged else "NOT settled: do not use the parameters"
        lines.append(
            f"  log-likelihood {self.log_likelihood:.4f}, AIC {self.aic:.1f}; {settled} in {self.passes} passes"
        )
        return "\n".join(lines)

    def check_time_unit(self, time_unit: str) -> None:
        """Refuse data in another unit of time than the model was fitted in.

        >>> SpendModel(time_unit="week").check_time_unit("day")
        Traceback (most recent call last):
            ...
        goodwill.errors.ModelError: SpendModel: the model was fitted in weeks, the data are in days; turn ...
        """
        if self.time_unit and time_unit and self.time_unit != time_unit:
            mend = f"turn the data into {self.time_unit}s, or fit the model again"
            what = f"the model was fitted in {self.time_unit}s, the data are in {time_unit}s"
            raise ModelError(what, where=type(self).__name__, mend=mend)

    # -- saving and loading ------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The model as JSON: parameters and how well they are known; nothing about any customer."""
        fitted = self._fit
        covariance = None if fitted.covariance is None else fitted.covariance.tolist()
        if covariance is not None:  # JSON knows no NaN
            covariance = [[value if np.isfinite(value) else None for value in row] for row in covariance]
        return json.dumps(
            {
                "model": type(self).__name__,
                "format": FORMAT,
                "time_unit": self.time_unit,
                "params": fitted.params,
                "covariance": covariance,
                "log_likelihood": fitted.log_likelihood,
                "customers": fitted.customers,
                "free_parameters": fitted.free_parameters,
                "converged": fitted.converged,
                "passes": fitted.passes,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote.

        Errors: InputError where the text is not one of ours, or that of another model.
        """
        where, mend = cls.__name__, "give the text that to_json wrote"
        try:
            saved = json.loads(text)
        except (TypeError, ValueError):
            raise InputError("this is no JSON", where=where, mend=mend) from None
        if not isinstance(saved, dict) or "model" not in saved or not isinstance(saved.get("params"), dict):
            raise InputError("this JSON holds no model", where=where, mend=mend)
        if saved["model"] != cls.__name__:
            mend = f"load it with {saved['model']}.from_json"
            raise InputError(f"this is a {saved['model']}", where=where, mend=mend)
        if saved.get("format") != FORMAT:
            raise InputError(f"unknown format {saved.get('format')}", where=where, mend="fit the model again")
        model = cls(time_unit=saved["time_unit"])
        covariance = saved["covariance"]
        rest = ("log_likelihood", "customers", "free_parameters", "converged", "passes")
        fitted = Fitted(
            model._checked_params(saved["params"]),
            covariance=None if covariance is None else np.array(covariance, dtype=np.float64),
            **{name: saved[name] for name in rest},
        )
        model._accept(fitted)
        return model

    # -- fitting -----------------------------------------------------------------------------------------------------

    def _settle(self, optimum: Optimum, climb: Climb, customers: float) -> None:
        """Keep the parameters that the climb found, their covariance, and say what is not well."""
        point = climb.mixing @ optimum.point
        free = ~optimum.at_bound
        by_log = covariance_of_all(inverse_information(optimum.hessian, free), climb.mixing)
        positive = np.array([name in self.names for name in climb.names])
        values = np.where(positive, np.exp(np.where(positive, point, 0.0)), point)
        scale = np.where(positive, values, 1.0)
        self._accept(
            Fitted(
                params=dict(zip(climb.names, values.tolist(), strict=True)),
                covariance=by_log * np.outer(scale, scale),
                log_likelihood=optimum.value,
                customers=customers,
                free_parameters=len(optimum.point),
                converged=optimum.converged,
                passes=optimum.passes,
            )
        )
        self._say_what_is_not_well(optimum, climb)

    def _say_what_is_not_well(self, optimum: Optimum, climb: Climb) -> None:
        where = type(self).__name__
        if not optimum.converged:
            message = (
                f"{where}: the fit stopped after {optimum.passes} passes although one more step would still add "
                f"{optimum.decrement:.2g} to the log-likelihood; look for wrong units or broken rows, "
                "or take another model"
            )
            warnings.warn(StoppedEarlyWarning(message), stacklevel=4)
        elif optimum.at_bound.any():
            touched = np.abs(climb.mixing[:, optimum.at_bound]).sum(axis=1) > 0
            edge = ", ".join(name for name, there in zip(climb.names, touched.tolist(), strict=True) if there)
            message = (
                f"{where}: {edge} ran to the edge of what is looked at: in that respect the customers look all alike "
                "and the data cannot tell how they differ; use the predictions, do not read these parameters, "
                "and do not trust the model for customers unlike these"
            )
            warnings.warn(FlatRidgeWarning(message), stacklevel=4)
        elif np.linalg.eigvalsh(-optimum.hessian)[0] < RIDGE**-2:
            message = (
                f"{where}: the likelihood has a flat ridge, so several sets of parameters fit equally well; "
                "use the predictions, do not read the parameters; more customers or a longer period would help"
            )
            warnings.warn(FlatRidgeWarning(message), stacklevel=4)

    # -- what a fit leaves unsure ------------------------------------------------------------------------------------

    def draw_models(self, number: int, rng: np.random.Generator) -> list[Self]:
        """Models like this one, with parameters drawn from what the fit leaves unsure.

        Normal on the logarithms of the parameters (coefficients of covariates as they are), with the covariance of the
        fit. A model made by `from_params` is sure of itself: it comes back as it is.

        >>> import numpy as np
        >>> from goodwill.value.spend import ShiftedBetaGeo
        >>> model = ShiftedBetaGeo().fit([1000, 869, 743, 653, 593, 551, 517, 491])
        >>> drawn = [other.params["alpha"] for other in model.draw_models(2000, np.random.default_rng(0))]
        >>> spread = float(np.std(np.log(drawn))), model.standard_errors["alpha"] / model.params["alpha"]
        >>> [round(one, 2) for one in spread]
        [0.16, 0.16]
        """
        return draw_models(self, number, rng)

    # -- intervals of an expectation ---------------------------------------------------------------------------------

    def _expectation_interval(self, expectation: Callable[[Self], Array], level: float) -> tuple[Array, Array]:
        """By the delta method, on the logarithm of the expectation, so that the low end stays above zero."""
        covariance = np.nan_to_num(self.covariance)
        names, values = list(self.params), np.array(list(self.params.values()))
        middle = np.log(np.maximum(expectation(self), 1e-300))
        slopes = []
        for position, value in enumerate(values):
            step = 1e-4 * max(abs(value), 1e-8)
            ends = []
            for moved in (value + step, value - step):
                params = dict(zip(names, values.tolist(), strict=True)) | {names[position]: moved}
                ends.append(np.log(np.maximum(expectation(self.from_params(**params)), 1e-300)))
            slopes.append((ends[0] - ends[1]) / (2 * step))
        slope = np.array(slopes)
        variance = np.einsum("i...,ij,j...->...", slope, covariance, slope)
        half = normal_quantile((1 + level) / 2) * np.sqrt(np.maximum(variance, 0.0))
        return np.exp(middle - half), np.exp(middle + half)


@dataclass(frozen=True)
class Climb:
    """How the climb's coordinates make up the parameters: names, and a matrix that mixes free ones into all.

    Two parameters that are held equal share one free coordinate.
    """

    names: list[str]
    mixing: Array
    start: Array
    lower: Array
    upper: Array

    def free(self, evaluate: Evaluate) -> Evaluate:
        """The likelihood by the free coordinates."""
        mixing = self.mixing

        def evaluate_free(point: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = evaluate(mixing @ point)
            return value, mixing.T @ gradient, mixing.T @ hessian @ mixing

        return evaluate_free

    def run(self, evaluate: Evaluate, tolerance: float, start: Array | None = None) -> Optimum:
        """Climb, from the free coordinates `start` if given."""
        begin = self.start if start is None else start
        return maximise(self.free(evaluate), begin, self.lower, self.upper, tolerance)


def covariance_of_all(covariance: Array, mixing: Array) -> Array:
    """The covariance of all coordinates from that of the free ones; NaN only where a NaN has a part in it."""
    unknown = np.isnan(np.diag(covariance))
    mixed: Array = mixing @ np.where(np.isnan(covariance), 0.0, covariance) @ mixing.T
    touched = np.abs(mixing[:, unknown]).sum(axis=1) > 0
    mixed[touched, :] = np.nan
    mixed[:, touched] = np.nan
    return mixed


def plain_climb(names: Sequence[str], start: Sequence[float], reach: Sequence[float] | float = REACH) -> Climb:
    """A climb over the logarithms of the parameters, from `start`, at most `reach` away either way."""
    begin = np.log(np.asarray(start, dtype=np.float64))
    return Climb(list(names), np.eye(len(begin)), begin, begin - reach, begin + reach)


def normal_quantile(probability: float) -> float:
    """The quantile of the standard normal distribution.

    >>> round(normal_quantile(0.9), 4)
    1.2816
    """
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def check_level(where: str, level: float) -> None:
    """Refuse a level outside (0, 1)."""
    if not 0 < level < 1:
        raise ModelError(f"the level is {level:g}", where=where, mend="give a share such as 0.8")
