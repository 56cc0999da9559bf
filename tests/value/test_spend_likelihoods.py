"""Derivatives, fitting paths, and what the spend models refuse or warn of."""

from __future__ import annotations

import json
import math
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from goodwill.errors import InputError, ModelError, NotEnoughData, NotFitted
from goodwill.value.spend import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    FlatRidgeWarning,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
    gamma_gamma,
)
from goodwill.value.spend import beta_geo_beta_binom as bg_bb
from goodwill.value.spend.histories import Histories
from goodwill.value.spend.newton import Evaluate
from goodwill.value.spend.purchases import PurchaseModel

TRUTH: dict[type[PurchaseModel], dict[str, float]] = {
    BetaGeoNBD: {"r": 0.6, "alpha": 9.0, "a": 0.7, "b": 3.0},
    ModifiedBetaGeoNBD: {"r": 0.6, "alpha": 9.0, "a": 0.7, "b": 3.0},
    ParetoNBD: {"r": 0.6, "alpha": 9.0, "s": 0.5, "beta": 12.0},
}
PURCHASE_MODELS = list(TRUTH)


def made_up(model: type[PurchaseModel], customers: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    age = rng.integers(20 * 7, 60 * 7, customers) / 7
    return model.from_params(**TRUTH[model]).simulate(age, rng)


def assert_derivatives(evaluate: Evaluate, point: np.ndarray) -> None:
    """Gradient against differences of values, Hessian against differences of gradients."""
    _, gradient, hessian = evaluate(point)
    step = 1e-5
    for i in range(len(point)):
        aside = np.zeros(len(point))
        aside[i] = step
        up, down = evaluate(point + aside), evaluate(point - aside)
        assert (up[0] - down[0]) / (2 * step) == pytest.approx(gradient[i], rel=1e-5, abs=1e-4)
        assert (up[1] - down[1]) / (2 * step) == pytest.approx(hessian[i], rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_and_hessian(kind: type[PurchaseModel], weighted: bool) -> None:
    x, t, T = made_up(kind, 400)
    weights = np.random.default_rng(1).uniform(0.5, 2, 400) if weighted else None
    evaluate = kind()._likelihood(Histories(x, t, T, weights))
    for shift in (0.0, 0.7, -0.9):
        assert_derivatives(evaluate, np.log(list(TRUTH[kind].values())) + shift)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_gradient_and_hessian_with_covariates(kind: type[PurchaseModel]) -> None:
    x, t, T = made_up(kind, 300)
    rng = np.random.default_rng(2)
    covariates = {"purchase": (["u", "v"], rng.normal(size=(300, 2))), "dropout": (["w"], rng.normal(size=(300, 1)))}
    evaluate = kind()._likelihood_with_covariates(Histories(x, t, T, None), covariates)
    coefficients = sum(len(covariates[group.kind][0]) for group in kind.groups)
    assert_derivatives(evaluate, np.r_[np.log(list(TRUTH[kind].values())), np.linspace(-0.3, 0.4, coefficients)])


def test_gradient_and_hessian_of_the_others() -> None:
    rng = np.random.default_rng(3)
    count, money = rng.integers(1, 9, 200), rng.gamma(3, 10, 200)
    assert_derivatives(gamma_gamma.likelihood(Histories(count, money, money, None)), np.log([4.0, 3.0, 12.0]))
    x, t, n = BetaGeoBetaBinom.from_params(alpha=1.2, beta=0.7, gamma=0.6, delta=2.7).simulate(np.full(300, 6), rng)
    assert_derivatives(bg_bb.likelihood(*bg_bb.merged(x, t, n, None)), np.log([1.0, 0.9, 0.5, 2.0]))
    lost, stayed = np.array([0.0, 300, 150, 80, 40]), np.array([0.0, 0, 0, 0, 430])
    assert_derivatives(BetaDiscreteWeibull()._likelihood(lost, stayed), np.log([0.7, 1.3, 1.2]))
    assert_derivatives(ShiftedBetaGeo()._likelihood(lost, stayed), np.log([0.7, 1.3]))


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_finds_the_parameters_that_made_the_data(kind: type[PurchaseModel]) -> None:
    model = kind().fit(*made_up(kind, 20_000))
    assert model.converged
    for name, true in TRUTH[kind].items():
        assert abs(model.params[name] - true) < 3.5 * model.standard_errors[name]


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_a_large_sample_gives_what_a_direct_climb_gives(kind: type[PurchaseModel]) -> None:
    """From 60,000 customers on the climb starts on a sample: it must end at the same top."""
    x, t, T = made_up(kind, 70_000)
    model = kind().fit(x, t, T)
    direct = kind()._climb(Histories(x, t, T, None), {"purchase": ([], x), "dropout": ([], x)}, ())
    top = direct.run(kind()._likelihood(Histories(x, t, T, None)), 1e-10)
    errors = np.array(list(model.standard_errors.values()))
    assert np.abs(np.exp(top.point) - list(model.params.values())).max() < 1e-2 * errors.min()
    assert model.log_likelihood == pytest.approx(top.value, abs=1e-4)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_weights_are_repeated_rows(kind: type[PurchaseModel]) -> None:
    x, t, T = made_up(kind, 800)
    weights = np.random.default_rng(4).integers(1, 4, 800)
    heavy = kind().fit(x, t, T, weights)
    long = kind().fit(np.repeat(x, weights), np.repeat(t, weights), np.repeat(T, weights))
    assert heavy.params == pytest.approx(long.params, rel=1e-6)
    assert heavy.log_likelihood == pytest.approx(long.log_likelihood, abs=1e-6)
    assert heavy.covariance == pytest.approx(long.covariance, rel=1e-4)
    assert heavy.bic == pytest.approx(long.bic)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_the_unit_of_time_does_not_matter(kind: type[PurchaseModel]) -> None:
    x, t, T = made_up(kind, 1500)
    weeks, days = kind().fit(x, t, T), kind().fit(x, 7 * t, 7 * T)
    lengths = {"alpha", "beta"}
    for name, value in weeks.params.items():
        assert days.params[name] == pytest.approx(value * (7 if name in lengths else 1), rel=1e-5)
    assert days.expected_purchases(70, x, 7 * t, 7 * T) == pytest.approx(
        weeks.expected_purchases(10, x, t, T), rel=1e-5
    )


def test_covariates_are_found_and_used() -> None:
    """Half of the customers buy three times as often."""
    rng = np.random.default_rng(5)
    keen = rng.integers(0, 2, 8000)
    slow = ParetoNBD.from_params(r=0.6, alpha=9.0, s=0.5, beta=12.0).simulate(np.full(8000, 40.0), rng)
    fast = ParetoNBD.from_params(r=0.6, alpha=3.0, s=0.5, beta=12.0).simulate(np.full(8000, 40.0), rng)
    x, t = (np.where(keen == 1, a, b) for a, b in zip(fast[:2], slow[:2], strict=True))
    model = ParetoNBD().fit(x, t, np.full(8000, 40.0), purchase_covariates={"keen": keen})
    assert abs(model.params["purchase:keen"] - math.log(3)) < 3.5 * model.standard_errors["purchase:keen"]
    both = model.expected_purchases(40, [0, 0], [0, 0], [0, 0], purchase_covariates={"keen": [0, 1]})
    assert both[1] / both[0] == pytest.approx(math.exp(model.params["purchase:keen"]))
    with pytest.raises(ModelError, match=r"needs purchase covariates keen; given none; give purchase_covariates"):
        model.expected_purchases(40, [0], [0], [0])
    again = ParetoNBD.from_json(model.to_json())
    given = {"purchase_covariates": {"keen": [1]}}
    assert again.probability_alive([1], [5], [40], **given) == model.probability_alive([1], [5], [40], **given)


def test_equal_coefficients_are_equal_and_cost_one_parameter() -> None:
    x, t, T = made_up(ParetoNBD, 2000)
    u = np.random.default_rng(6).normal(size=2000)
    free = ParetoNBD().fit(x, t, T, purchase_covariates={"u": u}, dropout_covariates={"u": u})
    tied = ParetoNBD().fit(
        x, t, T, purchase_covariates={"u": u}, dropout_covariates={"u": u}, equal=[("purchase:u", "dropout:u")]
    )
    assert tied.params["purchase:u"] == tied.params["dropout:u"]
    assert tied.standard_errors["purchase:u"] == pytest.approx(tied.standard_errors["dropout:u"])
    assert tied.log_likelihood <= free.log_likelihood
    assert (free.aic + 2 * free.log_likelihood, tied.aic + 2 * tied.log_likelihood) == pytest.approx((12, 10))
    with pytest.raises(ModelError, match=r"cannot hold purchase:q equal: no such parameter; choose from r, alpha"):
        ParetoNBD().fit(x, t, T, purchase_covariates={"u": u}, equal=[("purchase:q", "purchase:u")])


def test_bg_nbd_takes_covariates_of_leaving_too() -> None:
    rng = np.random.default_rng(8)
    loose = rng.integers(0, 2, 6000)
    stay = BetaGeoNBD.from_params(r=1.0, alpha=5.0, a=0.5, b=3.0).simulate(np.full(6000, 40.0), rng)
    leave = BetaGeoNBD.from_params(r=1.0, alpha=5.0, a=2.0, b=3.0).simulate(np.full(6000, 40.0), rng)
    x, t = (np.where(loose == 1, a, b) for a, b in zip(leave[:2], stay[:2], strict=True))
    T = np.full(6000, 40.0)
    model = BetaGeoNBD().fit(x, t, T, dropout_covariates={"loose": loose})
    p = model.params
    fitted = [p["a"] / (p["a"] + p["b"])]
    a, b = p["a"] * math.exp(p["dropout_a:loose"]), p["b"] * math.exp(p["dropout_b:loose"])
    fitted.append(a / (a + b))
    assert fitted == pytest.approx([1 / 7, 2 / 5], abs=0.04)
    by_row = model.expected_purchases(20, x[:9], t[:9], T[:9], dropout_covariates={"loose": np.ones(9)})
    same = BetaGeoNBD.from_params(r=p["r"], alpha=p["alpha"], a=a, b=b).expected_purchases(20, x[:9], t[:9], T[:9])
    assert by_row == pytest.approx(same, rel=1e-10)


# -- refusals and warnings -------------------------------------------------------------------------------------------

GOOD = {"frequency": [1, 2, 0, 3, 0, 1], "recency": [3.0, 4, 0, 5, 0, 2], "age": [9.0] * 6}


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (
            {"recency": [3.0, -4, 0, 5, 0, 2]},
            ModelError,
            r"recency is negative in row 1 \(counted from 0\); recency is",
        ),
        ({"recency": [3.0, 4, 0, 5, 0, 12]}, ModelError, r"recency is beyond age in row 5 .*check units and dates"),
        ({"frequency": [0] * 6, "recency": [0] * 6}, NotEnoughData, r"nobody bought again .*take a longer period"),
        (
            {name: values[:1] for name, values in GOOD.items()},
            NotEnoughData,
            r"1 customer is too few to fit; at least 5",
        ),
        (
            {"age": [9.0, math.nan, 9, 9, math.nan, 9]},
            ModelError,
            r"age is missing or infinite in 2 rows, the first .* 1 ",
        ),
        ({"frequency": [1.5, 2, 0, 3, 0, 1]}, ModelError, r"frequency is not a whole number in row 0 .*counts repeat"),
        ({"frequency": [-1, 2, 0, 3, 0, 1]}, ModelError, r"frequency is negative in row 0"),
        ({"frequency": [0, 2, 0, 3, 0, 1]}, ModelError, r"recency is above zero although frequency is 0 in row 0"),
        ({"age": [9.0] * 5}, ModelError, r"differ in length \(frequency 6, recency 6, age 5\); give one value of each"),
        ({"age": ["x"] * 6}, ModelError, r"age holds something that is no number; give numbers"),
        ({"age": [[9.0]] * 6}, ModelError, r"age has 2 dimensions, not one; give one value a customer"),
        ({"weights": [1.0] * 5}, ModelError, r"5 weights for 6 rows; give one weight a row"),
        ({"weights": [1.0] * 5 + [-1]}, ModelError, r"weight is negative in row 5"),
        ({"purchase_covariates": {"u": [1.0]}}, ModelError, r"purchase covariate u has not 6 values"),
        ({"purchase_covariates": {"u": [1.0] * 5 + [math.nan]}}, ModelError, r"purchase covariate u is missing"),
    ],
)
def test_refuses(kind: type[PurchaseModel], changed: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        kind().fit(**(GOOD | changed))
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(f"{kind.__name__}: ") or "covariate" in message


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_refuses_to_predict_nonsense(kind: type[PurchaseModel]) -> None:
    model = kind.from_params(**TRUTH[kind])
    with pytest.raises(ModelError, match=r"the horizon is negative, missing or infinite; give a time ahead"):
        model.expected_purchases(-1, 1, 2, 3)
    with pytest.raises(ModelError, match=r"recency is beyond age in row 0"):
        model.probability_alive([1], [4], [3])
    with pytest.raises(ModelError, match=r"columns differ in length"):
        model.expected_purchases(1, [1, 2], [1, 2, 3], [9, 9, 9])
    with pytest.raises(ModelError, match=r"the rate is -0.1; give a rate of zero or more"):
        model.discounted_expected_purchases(1, -0.1, 1, 2, 3)
    with pytest.raises(ModelError, match=r"the level is 80; give a share such as 0.8"):
        model.interval(1, 1, 2, 3, level=80)
    with pytest.raises(NotFitted, match=rf"{kind.__name__}: no parameters yet; call fit or from_params first"):
        kind().expected_purchases(1, 1, 2, 3)
    with pytest.raises(NotFitted, match=r"the covariance is not known; this needs a model that was fitted"):
        model.standard_errors  # noqa: B018
    with pytest.raises(ModelError, match=r"parameters do not fit: missing alpha"):
        kind.from_params(**{name: value for name, value in TRUTH[kind].items() if name != "alpha"})
    with pytest.raises(ModelError, match=r"parameters do not fit: unknown gamma"):
        kind.from_params(**TRUTH[kind], gamma=1.0)
    with pytest.raises(ModelError, match=r"parameter alpha is -1; give a number above zero"):
        kind.from_params(**(TRUTH[kind] | {"alpha": -1.0}))


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_a_million_identical_customers(kind: type[PurchaseModel]) -> None:
    """Nothing tells how customers differ: said, not crashed; and the prediction is still the plain one."""
    count = 1_000_000 if kind is not ParetoNBD else 200_000
    with pytest.warns(FlatRidgeWarning, match="customers look all alike .*use the predictions"):
        model = kind().fit(np.full(count, 3), np.full(count, 30.0), np.full(count, 40.0))
    assert model.converged
    assert float(model.expected_purchases(40, 3, 30.0, 40.0)) == pytest.approx(3.0, rel=1e-3)
    assert float(model.probability_alive(3, 30.0, 40.0)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_customers_of_age_zero_are_taken(kind: type[PurchaseModel]) -> None:
    x, t, T = made_up(kind, 3000)
    with_new = kind().fit(np.r_[x, np.zeros(50)], np.r_[t, np.zeros(50)], np.r_[T, np.zeros(50)])
    assert with_new.params == pytest.approx(kind().fit(x, t, T).params, rel=0.05)
    assert np.isfinite(with_new.expected_purchases(10, [0, 5], [0, 0], [0, 0])).all()


def test_memory_stays_small_for_a_million_customers() -> None:
    """At most 150 MB beside the data, fit, errors and prediction together."""
    rng = np.random.default_rng(9)
    model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    x, t, T = model.simulate(rng.uniform(27, 39, 1_000_000), rng)
    tracemalloc.start()
    try:
        fitted = BetaGeoNBD().fit(x, t, T)
        assert len(fitted.standard_errors) == 4
        fitted.expected_purchases(52, x, t, T)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150e6


def test_gamma_gamma_refuses() -> None:
    with pytest.raises(
        ModelError, match=r"q is 0.9, and with q at 1 or below the mean spend .* is infinite.*set those"
    ):
        GammaGamma.from_params(p=6.0, q=0.9, gamma=15.0)
    rng = np.random.default_rng(0)
    with pytest.raises(ModelError, match=r"a few huge purchases dominate"):
        GammaGamma().fit(rng.integers(1, 5, 3000), rng.pareto(0.6, 3000) + 0.1)
    with pytest.raises(
        ModelError, match=r"mean_spend is missing, infinite or not above zero in row 1 .*net the returns"
    ):
        GammaGamma().fit([1, 2, 3, 1, 1], [5.0, -2.0, 3.0, 1.0, 1.0])
    with pytest.raises(ModelError, match=r"differ in length"):
        GammaGamma().fit([1, 2, 3, 1, 1], [5.0])
    with pytest.raises(NotEnoughData, match=r"all frequencies are 0; take a longer period"):
        GammaGamma().fit([0, 0, 0, 0], [0.0, 0, 0, 0])
    with pytest.warns(FlatRidgeWarning):
        GammaGamma().fit([3] * 1000, [20.0] * 1000)


def test_bg_bb_refuses() -> None:
    with pytest.raises(ModelError, match=r"recency is beyond opportunities in 6 rows, the first of them row 0"):
        BetaGeoBetaBinom().fit([1] * 6, [7] * 6, [6] * 6)
    with pytest.raises(ModelError, match=r"frequency and recency contradict each other in row 2"):
        BetaGeoBetaBinom().fit([1, 1, 3, 1, 1, 1], [2] * 6, [6] * 6)
    with pytest.raises(NotEnoughData, match=r"nobody bought"):
        BetaGeoBetaBinom().fit([0] * 6, [0] * 6, [6] * 6)
    model = BetaGeoBetaBinom.from_params(alpha=1, beta=1, gamma=1, delta=1)
    with pytest.raises(ModelError, match=r"occasions are counted: give a whole number"):
        model.expected_purchases(1.5, 1, 1, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [ShiftedBetaGeo, BetaDiscreteWeibull])
def test_contractual_models_refuse(kind: type[ShiftedBetaGeo] | type[BetaDiscreteWeibull]) -> None:
    with pytest.raises(ModelError, match=r"survivors rise from period 1 to 2; .*count those who joined later"):
        kind().fit([1000, 700, 800, 600])
    with pytest.raises(NotEnoughData, match=r"nobody left; follow the cohort for longer"):
        kind().fit([1000, 1000, 1000, 1000])
    with pytest.raises(NotEnoughData, match=r"too few periods; give at least the cohort's size"):
        kind().fit([1000])
    with pytest.raises(ModelError, match=r"survivors is negative in row 1"):
        kind().fit([1000, -1])
    with pytest.raises(NotEnoughData, match=r"too few periods for the parameters"):
        kind().fit([1000, 700])


# -- saving ----------------------------------------------------------------------------------------------------------


def every_model() -> list[Callable[[], Any]]:
    count = np.array([1, 2, 3, 4, 5, 2, 1, 1, 3, 2] * 30)
    spend = np.random.default_rng(0).gamma(6, 30 / np.random.default_rng(1).gamma(4, 1, 300), 300)
    occasions = BetaGeoBetaBinom.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    made = occasions.simulate(np.full(2000, 6), np.random.default_rng(2))
    return [
        *(lambda kind=kind: kind(time_unit="week").fit(*made_up(kind, 2000)) for kind in PURCHASE_MODELS),
        lambda: GammaGamma().fit(count, spend),
        lambda: BetaGeoBetaBinom().fit(*made),
        lambda: ShiftedBetaGeo().fit([1000, 869, 743, 653, 593]),
        lambda: BetaDiscreteWeibull().fit([1000, 869, 743, 653, 593]),
    ]


@pytest.mark.parametrize("make", every_model())
def test_saved_and_loaded(make: Callable[[], Any]) -> None:
    model = make()
    text = model.to_json()
    again = type(model).from_json(text)
    assert again.params == model.params
    assert again.standard_errors == model.standard_errors
    assert (again.log_likelihood, again.aic, again.bic) == (model.log_likelihood, model.aic, model.bic)
    assert again.time_unit == model.time_unit
    # Nothing about any customer: only figures of the whole are in it.
    assert set(json.loads(text)) == {
        "model", "format", "time_unit", "params", "covariance", "log_likelihood", "customers", "free_parameters",
        "converged", "passes",
    }  # fmt: skip
    assert "settled" in again.summary()


def test_what_cannot_be_loaded_is_refused() -> None:
    model = BetaGeoNBD.from_params(**TRUTH[BetaGeoNBD])
    assert BetaGeoNBD.from_json(model.to_json()).params == model.params
    with pytest.raises(InputError, match=r"this is a BetaGeoNBD; load it with BetaGeoNBD.from_json"):
        ParetoNBD.from_json(model.to_json())
    with pytest.raises(InputError, match=r"this is no JSON; give the text that to_json wrote"):
        BetaGeoNBD.from_json("{")
    with pytest.raises(InputError, match=r"this JSON holds no model"):
        BetaGeoNBD.from_json("[1]")


def test_the_same_data_give_the_same_model() -> None:
    x, t, T = made_up(BetaGeoNBD, 65_000)
    assert BetaGeoNBD().fit(x, t, T).to_json() == BetaGeoNBD().fit(x, t, T).to_json()


def test_a_parameter_at_the_edge_has_no_error_and_is_null_in_json() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlatRidgeWarning)
        model = BetaGeoNBD().fit([3] * 1000, [30.0] * 1000, [40.0] * 1000)
    assert math.isnan(model.standard_errors["r"])
    assert json.loads(model.to_json())["covariance"][0][0] is None
    assert math.isnan(BetaGeoNBD.from_json(model.to_json()).standard_errors["r"])
