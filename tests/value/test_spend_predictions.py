"""Predictions against formulas from the papers, against quadrature, and against simulated futures."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from goodwill.value.spend import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    NeverReturnedWarning,
    ParetoNBD,
    ShiftedBetaGeo,
)
from goodwill.value.spend.purchases import PurchaseModel

BG = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
MBG = ModifiedBetaGeoNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)
PARETO = ParetoNBD.from_params(r=0.553, alpha=10.58, s=0.606, beta=11.67)
PURCHASE_MODELS = [BG, MBG, PARETO]
NAMES = [type(model).__name__ for model in PURCHASE_MODELS]

X = np.array([0, 1, 2, 7, 26, 0, 300])
T_X = np.array([0, 5, 30.43, 20, 30.86, 0, 51.0])
AGE = np.array([0, 30, 38.86, 39, 31, 39, 52.0])


def textbook_bg(x: float, t: float, T: float, h: float, params: dict[str, float]) -> float:
    """Fader, Hardie & Lee (2005), equation 10."""
    from scipy.special import hyp2f1

    r, alpha, a, b = params.values()
    z = h / (alpha + T + h)
    inside = 1 - ((alpha + T) / (alpha + T + h)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    gone = (x > 0) * a / (b + x - 1) * ((alpha + T) / (alpha + t)) ** (r + x) if x > 0 else 0.0
    return (a + b + x - 1) / (a - 1) * inside / (1 + gone)


def test_bg_nbd_expectation_is_the_papers() -> None:
    for x, t, T in [(0, 0, 0), (1, 5, 30), (2, 30.43, 38.86), (7, 20, 39), (26, 30.86, 31)]:
        for horizon in (0.5, 39, 400):
            expected = textbook_bg(x, t, T, horizon, BG.params)
            assert float(BG.expected_purchases(horizon, x, t, T)) == pytest.approx(expected, rel=1e-9)


def test_bg_nbd_expectation_where_the_papers_formula_fails() -> None:
    """At a = 1 the formula is 0/0; the values beside it show what it should be."""
    beside = [
        BetaGeoNBD.from_params(r=0.3, alpha=4, a=a, b=2).expected_purchases(50, 2, 30, 39) for a in (0.999, 1.001)
    ]
    at_one = BetaGeoNBD.from_params(r=0.3, alpha=4, a=1.0, b=2).expected_purchases(50, 2, 30, 39)
    assert float(at_one) == pytest.approx(float(np.mean(beside)), rel=1e-6)
    # With p all but fixed at 1/4: E = (1 − (1 + p h/s)^−k) / p.
    fixed = BetaGeoNBD.from_params(r=0.3, alpha=4, a=1e5, b=3e5)
    plain = (1 - (1 + 0.25 * 50 / 43) ** -2.3) / 0.25
    assert float(fixed.expected_purchases(50, 2, 30, 39) / fixed.probability_alive(2, 30, 39)) == pytest.approx(
        plain, rel=1e-4
    )


@pytest.mark.parametrize("model", [BG, MBG], ids=NAMES[:2])
def test_many_customers_are_looked_up_as_exactly_as_few(model: PurchaseModel) -> None:
    rng = np.random.default_rng(0)
    history = model.simulate(rng.uniform(0, 60, 30_000), rng)
    many = model.expected_purchases(52, *history)
    few = model.expected_purchases(52, *(column[:500] for column in history))
    assert many[:500] == pytest.approx(few, rel=1e-10)
    each = rng.uniform(0, 100, 30_000)
    by_customer = model.expected_purchases(each, *history)
    one = model.expected_purchases(float(each[7]), *(column[7] for column in history))
    assert by_customer[7] == pytest.approx(float(one), rel=1e-10)


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_histories_foretell_simulated_futures(model: PurchaseModel) -> None:
    """Follow newcomers for 40 weeks, group them by history, and see what the next 30 weeks bring."""
    rng = np.random.default_rng(11)
    customers = 400_000
    whole = model.simulate(np.full(customers, 40.0), np.random.default_rng(5))
    assert model.expected_purchases(40) == pytest.approx(whole.frequency.mean(), rel=0.02)
    drawn = model.draw_purchases(30, whole.frequency[:20_000], whole.recency[:20_000], whole.age[:20_000], 20, rng)
    expected = model.expected_purchases(30, whole.frequency, whole.recency, whole.age)
    assert drawn.mean(axis=0).sum() == pytest.approx(expected[:20_000].sum(), rel=0.02)
    # The law of total expectation: what is foretold after 40 weeks adds up to what newcomers buy in weeks 40 to 70.
    later = model.expected_purchases(70) - model.expected_purchases(40)
    assert expected.mean() == pytest.approx(float(later), rel=0.02)


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_the_distribution_of_counts(model: PurchaseModel) -> None:
    """It adds up to one, its mean is the expectation, and outcomes are drawn from it."""
    chances = model.purchase_count_distribution(10, 400, X[:6], T_X[:6], AGE[:6])
    assert chances.shape == (6, 401)
    assert chances.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-6)
    assert chances @ np.arange(401) == pytest.approx(model.expected_purchases(10, X[:6], T_X[:6], AGE[:6]), rel=1e-5)
    drawn = model.draw_purchases(10, X[:6], T_X[:6], AGE[:6], 40_000, np.random.default_rng(3))
    assert drawn.shape == (40_000, 6)
    for column in range(6):
        seen = np.bincount(drawn[:, column], minlength=401)[:401] / 40_000
        assert np.abs(seen - chances[column]).max() < 0.012
    now = model.purchase_count_distribution(0, 3, 2, 30, 39)
    assert now == pytest.approx([1, 0, 0, 0])


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_the_distribution_for_newcomers_is_that_of_simulated_ones(model: PurchaseModel) -> None:
    seen = (
        np.bincount(model.simulate(np.full(200_000, 20.0), np.random.default_rng(2)).frequency, minlength=40) / 200_000
    )
    assert np.abs(model.purchase_count_distribution(20, 39) - seen[:40]).max() < 0.004


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_discounting(model: PurchaseModel) -> None:
    """Against the sum over small steps; at a rate of nought it is the plain expectation."""
    history = (X, T_X, AGE)
    plain = model.expected_purchases(52, *history)
    assert model.discounted_expected_purchases(52, 0.0, *history) == pytest.approx(plain, rel=1e-12)
    rate, steps = 0.02, np.linspace(0, 52, 5201)
    reached = model.expected_purchases(steps[:, None], *history)
    summed = (np.diff(reached, axis=0) * np.exp(-rate * (steps[1:] + steps[:-1]) / 2)[:, None]).sum(axis=0)
    assert model.discounted_expected_purchases(52, rate, *history) == pytest.approx(summed, rel=1e-6)
    endless = model.discounted_expected_purchases(math.inf, rate, *history)
    assert (endless > summed).all()
    assert endless == pytest.approx(model.discounted_expected_purchases(1500, rate, *history), rel=1e-6)


def test_pareto_discounting_is_the_papers() -> None:
    """Fader, Hardie & Lee (2005), RFM and CLV, equation 2, with Tricomi's function."""
    from scipy.special import gammaln, hyperu

    r, alpha, s, beta = PARETO.params.values()
    rate = math.log(1.15) / 52
    for x, t, T in [(2, 30.43, 38.86), (7, 35.0, 77.86), (0, 0.0, 38.86)]:
        log_part = r * math.log(alpha) + s * math.log(beta) + (s - 1) * math.log(rate) + gammaln(r + x + 1)
        log_part -= gammaln(r) + (r + x + 1) * math.log(alpha + T) + float(PARETO.log_density(x, t, T))
        published = math.exp(log_part) * hyperu(s, s, rate * (beta + T))
        assert float(PARETO.discounted_expected_purchases(math.inf, rate, x, t, T)) == pytest.approx(
            published, rel=1e-7
        )


def test_pareto_likelihood_is_the_papers() -> None:
    """Fader & Hardie (2005), A note on deriving the Pareto/NBD: with two ₂F₁, for α above and below β."""
    from scipy.special import gammaln, hyp2f1

    for r, alpha, s, beta in [(0.553, 10.58, 0.606, 11.67), (0.7, 30.0, 1.4, 4.0), (2.0, 5.0, 0.3, 60.0)]:
        model = ParetoNBD.from_params(r=r, alpha=alpha, s=s, beta=beta)
        greater, gap = max(alpha, beta), abs(alpha - beta)
        for x, t, T in [(0, 0.0, 39.0), (1, 3.0, 39.0), (9, 35.0, 39.0), (4, 39.0, 39.0)]:
            k = r + s + x
            second = s + 1 if alpha >= beta else r + x
            start, end = ((hyp2f1(k, second, k + 1, gap / (greater + u)) / (greater + u) ** k) for u in (t, T))
            inside = (alpha + T) ** -(r + x) * (beta + T) ** -s + s / k * (start - end)
            published = gammaln(r + x) - gammaln(r) + r * math.log(alpha) + s * math.log(beta) + math.log(inside)
            assert float(model.log_density(x, t, T)) == pytest.approx(published, rel=1e-11)


def test_pareto_at_s_of_one_is_the_limit() -> None:
    beside = [
        ParetoNBD.from_params(r=0.5, alpha=10, s=s, beta=12).expected_purchases(50, 3, 20, 30) for s in (0.999, 1.001)
    ]
    at_one = ParetoNBD.from_params(r=0.5, alpha=10, s=1.0, beta=12).expected_purchases(50, 3, 20, 30)
    assert float(at_one) == pytest.approx(float(np.mean(beside)), rel=1e-5)


def test_nobody_is_alive_for_certain_without_a_word() -> None:
    with pytest.warns(NeverReturnedWarning, match=r"1 of 3 customers never bought again.*ask Modified"):
        alive = BG.probability_alive([0, 0, 3], [0, 0, 30], [39, 0, 39])
    assert alive[:2].tolist() == [1.0, 1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(BG.probability_alive(0, 0, 0)) == 1.0  # a newcomer
        for model in (MBG, PARETO):
            silent = model.probability_alive([0, 0], [0, 0], [10, 400])
            assert silent[1] < silent[0] < 1
        assert float(MBG.probability_alive(0, 0, 0)) == pytest.approx(1.614 / (0.891 + 1.614))


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_a_long_silence_lowers_the_chance_of_being_alive(model: PurchaseModel) -> None:
    alive = model.probability_alive(np.full(5, 6), np.full(5, 30.0), [30, 40, 60, 100, 300])
    assert (np.diff(alive) < 0).all()
    assert ((alive >= 0) & (alive <= 1)).all()


def test_shapes() -> None:
    assert np.shape(BG.expected_purchases(39, 2, 30.43, 38.86)) == ()
    assert BG.expected_purchases([1, 2, 3]).shape == (3,)
    assert BG.expected_purchases(39, [2, 1], [30.43, 3], [38.86, 9]).shape == (2,)
    assert BG.expected_purchases(39, [], [], []).shape == (0,)
    assert BG.draw_purchases(39, [], [], [], 5, np.random.default_rng(0)).shape == (5, 0)
    assert PARETO.purchase_count_distribution(39, 4, [[1, 2]], [[3.0, 4.0]], [[9.0, 9.0]]).shape == (1, 2, 5)


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_draws_are_the_same_for_the_same_seed(model: PurchaseModel) -> None:
    first, again, other = (model.draw_purchases(20, X, T_X, AGE, 50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype.kind == "i"
    assert (first == again).all()
    assert (first != other).any()


def coverage(low: np.ndarray, high: np.ndarray, outcome: np.ndarray) -> float:
    return float(((low <= outcome) & (outcome <= high)).mean())


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_intervals_of_the_outcome_cover_what_happens(model: PurchaseModel) -> None:
    """80 % means 77 to 83 %, for the parameters fitted to the past, on customers followed into the future.

    Counts are lumpy (most customers buy nothing, so any interval covers them): the place of each outcome within its
    distribution is drawn evenly between P(fewer) and P(fewer or as many), which an exact model spreads evenly.
    """
    rng = np.random.default_rng(21)
    customers, past, ahead = 6000, 40.0, 30.0
    history, outcome = lived(model, customers, past, ahead, rng)
    fitted = type(model)().fit(*history)
    chances = fitted.purchase_count_distribution(ahead, int(outcome.max()), *history)
    reached = np.cumsum(chances, axis=1)
    upper = reached[np.arange(customers), outcome]
    place = upper - rng.random(customers) * chances[np.arange(customers), outcome]
    assert 0.77 < ((place > 0.1) & (place < 0.9)).mean() < 0.83
    low, high = fitted.interval(ahead, *history)
    assert coverage(low, high, outcome) >= 0.77
    assert (low <= high).all()


@pytest.mark.parametrize("model", PURCHASE_MODELS, ids=NAMES)
def test_intervals_are_the_quantiles_of_draws(model: PurchaseModel) -> None:
    history = np.array([0, 1, 26, 300, 40_000]), np.array([0, 5, 30.9, 51, 51.9]), np.array([0, 30, 31, 52, 52.0])
    low, high = model.interval(20, *history)
    drawn = model.draw_purchases(20, *history, 4000, np.random.default_rng(0))
    by_draws = np.quantile(drawn, [0.1, 0.9], axis=0, method="inverted_cdf")
    assert low == pytest.approx(by_draws[0], rel=0.05, abs=1)
    assert high == pytest.approx(by_draws[1], rel=0.05, abs=1)
    assert np.shape(model.interval(20, 1, 5, 30)[0]) == ()


def lived(
    model: PurchaseModel, customers: int, past: float, ahead: float, rng: np.random.Generator
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Newcomers followed through both periods: their history at the end of the first, purchases in the second."""
    params = model.params
    rate = rng.gamma(params["r"], 1 / params["alpha"], customers)
    frequency, recency, later = (np.zeros(customers, dtype=np.int64) for _ in range(3))
    recency = recency.astype(float)
    for i in range(customers):
        if isinstance(model, ParetoNBD):
            end = rng.exponential(1 / rng.gamma(params["s"], 1 / params["beta"]))
            leaves = 0.0
        else:
            end = math.inf
            leaves = rng.beta(params["a"], params["b"])
        clock = 0.0
        if isinstance(model, ModifiedBetaGeoNBD) and rng.random() < leaves:
            continue
        while rate[i] > 0:
            clock += rng.exponential(1 / rate[i])
            if clock > min(end, past + ahead):
                break
            if clock <= past:
                frequency[i] += 1
                recency[i] = clock
            else:
                later[i] += 1
            if rng.random() < leaves:
                break
    return (frequency, recency, np.full(customers, past)), later


def test_intervals_of_the_expectation_cover_the_true_one() -> None:
    """80 fits to 1,500 made-up customers each: the true expectation lies in about 80 % of the intervals."""
    true = float(PARETO.expected_purchases(39, 2, 30.43, 38.86))
    inside = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        fitted = ParetoNBD().fit(*PARETO.simulate(np.full(1500, 39.0), rng))
        low, high = fitted.interval(39, 2, 30.43, 38.86, of="expectation")
        assert 0 < low < high
        inside += bool(low <= true <= high)
    assert 0.68 <= inside / 80 <= 0.92  # 80 % ± 2.7 standard errors of 80 trials


def test_gamma_gamma_outcomes() -> None:
    """The money of three purchases: draws, their mean, and an exact 80 % interval."""
    model = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    rng = np.random.default_rng(4)
    count, spend = np.array([0, 2, 9]), np.array([0.0, 22.35, 80.0])
    drawn = model.draw_spend(count, spend, 60_000, rng, purchases=3)
    assert drawn.mean(axis=0) == pytest.approx(3 * model.expected_spend(count, spend), rel=0.02)
    low, high = model.interval(count, spend, purchases=3)
    inside = ((drawn >= low) & (drawn <= high)).mean(axis=0)
    assert inside == pytest.approx([0.8] * 3, abs=0.01)
    numbers = rng.integers(0, 3, (100, 3))
    assert ((model.draw_spend(count, spend, 100, rng, purchases=numbers) > 0) == (numbers > 0)).all()


def test_gamma_gamma_finds_its_parameters() -> None:
    rng = np.random.default_rng(6)
    count = rng.integers(1, 8, 100_000)
    rate = rng.gamma(3.74, 1 / 15.44, 100_000)
    money = rng.gamma(6.25 * count, 1 / rate) / count
    model = GammaGamma().fit(count, money)
    for name, true in {"p": 6.25, "q": 3.74, "gamma": 15.44}.items():
        assert abs(model.params[name] - true) < 3.5 * model.standard_errors[name]
    low, high = model.interval(2, 22.35, of="expectation")
    assert low < model.expected_spend(2, 22.35) < high
    # Who never came back has the mean of all, whatever stands in the column.
    assert model.expected_spend([0, 0], [math.nan, 99.0]).tolist() == [float(model.expected_spend())] * 2


def test_bg_bb_predictions() -> None:
    model = BetaGeoBetaBinom.from_params(alpha=1.2035, beta=0.7497, gamma=0.6567, delta=2.7834)
    rng = np.random.default_rng(7)
    x, t, n = model.simulate(np.full(100_000, 6), rng)
    chances = model.purchase_count_distribution(6)
    assert chances.sum() == pytest.approx(1)
    assert np.abs(np.bincount(x.astype(int)) / 100_000 - chances).max() < 0.006
    history = ([6, 3, 0], [6, 4, 0], [6, 6, 6])
    ahead = model.purchase_count_distribution(5, *history)
    expected = model.expected_purchases(5, *history)
    assert ahead.sum(axis=1) == pytest.approx(np.ones(3))
    assert ahead @ np.arange(6) == pytest.approx(expected)
    drawn = model.draw_purchases(5, *history, 40_000, rng)
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=0.03)
    assert model.probability_alive(*history, ahead=0)[0] == 1.0
    assert model.probability_alive(*history)[0] < 1.0
    fitted = BetaGeoBetaBinom().fit(x, t, n)
    for name, true in model.params.items():
        assert abs(fitted.params[name] - true) < 3.5 * fitted.standard_errors[name]
    low, high = fitted.interval(5, *history, of="expectation")
    assert ((low < expected * 1.05) & (high > expected * 0.95)).all()
    low, high = model.interval(5, *history)
    assert ((drawn >= low).mean(axis=0) >= 0.895).all()
    assert ((drawn <= high).mean(axis=0) >= 0.895).all()
    assert high.tolist() == np.quantile(drawn, 0.9, axis=0, method="inverted_cdf").tolist()


def test_bg_bb_at_gamma_of_one_and_discounted() -> None:
    """The paper's closed form (equation 13) fails at γ = 1; the sum does not."""
    beside = [
        float(BetaGeoBetaBinom.from_params(alpha=1, beta=1, gamma=g, delta=2).expected_purchases(5, 2, 4, 6))
        for g in (0.999, 1.001)
    ]
    model = BetaGeoBetaBinom.from_params(alpha=1, beta=1, gamma=1.0, delta=2)
    assert float(model.expected_purchases(5, 2, 4, 6)) == pytest.approx(np.mean(beside), rel=1e-5)
    near, far = (float(model.discounted_expected_purchases(h, 0.1, 2, 4, 6)) for h in (300, math.inf))
    assert near == pytest.approx(far, rel=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        ShiftedBetaGeo.from_params(alpha=0.668, beta=3.806),
        BetaDiscreteWeibull.from_params(gamma=0.26, delta=1.72, c=1.58),
    ],
)
def test_contractual_predictions(model: ShiftedBetaGeo | BetaDiscreteWeibull) -> None:
    periods = np.arange(1, 9)
    assert np.cumprod(model.retention(periods)) == pytest.approx(model.survival(periods))
    assert float(model.survival(0)) == 1.0
    drawn = model.draw_lifetimes([0, 3], 100_000, np.random.default_rng(8))
    for column, renewed in enumerate((0, 3)):
        seen = [(drawn[:, column] >= ahead).mean() for ahead in (1, 2, 5)]
        foretold = model.survival(renewed + np.array([1, 2, 5])) / model.survival(renewed)
        assert seen == pytest.approx(foretold, abs=0.006)
    low, high = model.interval([0, 3])
    assert (drawn <= high).mean(axis=0).min() >= 0.9 - 0.005
    assert (drawn >= low).mean(axis=0).min() >= 0.9 - 0.005
    plain = model.discounted_expected_residual_lifetime(0.1, [0, 3])
    by_hand = [
        sum(float(model.survival(t) / model.survival(n - 1)) * 1.1 ** -(t - n) for t in range(n, n + 400))
        for n in (1, 4)
    ]
    assert plain == pytest.approx(by_hand, rel=1e-9)
    # A new subscriber pays at once: the lifetime is that payment and the residual one period later.
    assert model.discounted_expected_lifetime(0.1) == pytest.approx(1 + float(plain[0]) / 1.1)
    fitted = type(model)().fit(model.simulate(200_000, 8, np.random.default_rng(9)))
    for name, true in model.params.items():
        assert abs(fitted.params[name] - true) < 3.5 * fitted.standard_errors[name]
    low, high = fitted.interval(2, of="expectation", rate=0.1)
    assert low < fitted.discounted_expected_residual_lifetime(0.1, 2, 1000) < high


def test_shifted_beta_geo_residual_lifetime_is_the_papers() -> None:
    """Fader & Hardie (2010), equation 8: (β+n−1)/(α+β+n−1) ₂F₁(1, β+n; α+β+n; 1/(1+d))."""
    from scipy.special import hyp2f1

    alpha, beta, d = 0.764, 1.296, 0.1
    model = ShiftedBetaGeo.from_params(alpha=alpha, beta=beta)
    for n in (1, 2, 5):
        closed = (beta + n - 1) / (alpha + beta + n - 1) * hyp2f1(1, beta + n, alpha + beta + n, 1 / (1 + d))
        assert float(model.discounted_expected_residual_lifetime(d, n - 1)) == pytest.approx(closed, rel=1e-10)


def test_several_cohorts_at_once() -> None:
    """Cohorts of different lengths: the same as one cohort where they agree."""
    one = ShiftedBetaGeo().fit([2000, 1262, 936, 764])
    two = ShiftedBetaGeo().fit([[1000, 631, 468, 382], [1000, 631, 468, 382]])
    assert two.params == pytest.approx(one.params)
    assert two.log_likelihood == pytest.approx(one.log_likelihood)
    ragged = ShiftedBetaGeo().fit([[1000, 631, 468, 382], [1000, 640]])
    assert ragged.params["alpha"] == pytest.approx(one.params["alpha"], rel=0.1)


def test_a_model_in_weeks_refuses_days() -> None:
    from goodwill.errors import ModelError

    model = BetaGeoNBD.from_params(r=1, alpha=1, a=1, b=1, time_unit="week")
    model.check_time_unit("week")
    with pytest.raises(
        ModelError, match=r"the model was fitted in weeks, the data are in days; turn the data into weeks"
    ):
        model.check_time_unit("day")
