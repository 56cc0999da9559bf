"""What is expected of people like these: ridge regressions, fast and without settings."""

from __future__ import annotations

import numpy as np

from goodwill.facts.columns import Flags, Floats

PENALTIES = np.array([1e-4, 1e-2, 1.0, 10.0, 100.0, 1000.0])
NEWTON_STEPS = 50


def widened(x: Floats) -> Floats:
    """Standardised covariates, and the squares of those that take more than two values; shape (n, k or more)."""
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    # One very large value must not rule: beyond three standard deviations a square grows no more.
    curved = [np.clip(column, -3, 3) for column in scaled.T if len(np.unique(column)) > 2]
    squares = [column**2 - 1 for column in curved]
    return np.column_stack([scaled, *squares]) if squares else scaled


def expected_outcome(x: Floats, y: Floats, at: Floats) -> Floats:
    """Ridge regression, its penalty chosen by generalised cross-validation (Golub, Heath & Wahba 1979).

    >>> line = np.linspace(-1, 1, 50)[:, None]
    >>> expected_outcome(line, 2 * line[:, 0] + 1, np.array([[.5]])).round(3).tolist()
    [2.0]
    """
    mean_x, mean_y = x.mean(axis=0), y.mean()
    u, s, vt = np.linalg.svd(x - mean_x, full_matrices=False)
    projected = u.T @ (y - mean_y)
    n, rest = len(y), float(((y - mean_y) ** 2).sum() - (projected**2).sum())
    shrink = s[:, None] ** 2 / (s[:, None] ** 2 + PENALTIES)
    errors = np.maximum(rest, 0.0) + (((1 - shrink) * projected[:, None]) ** 2).sum(axis=0)
    criterion = errors / np.maximum(n - 1 - shrink.sum(axis=0), 1e-9) ** 2
    best = int(np.argmin(criterion))
    scale = np.divide(shrink[:, best], s, out=np.zeros_like(s), where=s > 0)
    slope = vt.T @ (scale * projected)
    expected: Floats = mean_y + (at - mean_x) @ slope
    return expected


def propensity_to_be_treated(x: Floats, t: Flags, at: Floats) -> Floats:
    """Ridge logistic regression, the penalty chosen by the deviance on a held-out third; the intercept is free.

    >>> x = np.linspace(-3, 3, 200)[:, None]
    >>> near, far = propensity_to_be_treated(x, x[:, 0] > 0, np.array([[-2.], [2.]]))
    >>> bool(near < .1), bool(far > .9)
    (True, True)
    """
    held = np.arange(len(t)) % 3 == 0
    deviances = []
    for penalty in PENALTIES[2:]:
        p = np.clip(_with_intercept(x[held]) @ _logit(x[~held], t[~held], penalty), -35, 35)
        deviances.append(float(np.logaddexp(0.0, np.where(t[held], -p, p)).sum()))
    best = float(PENALTIES[2:][int(np.argmin(deviances))])
    return _logistic(_with_intercept(at) @ _logit(x, t, best))


def _logit(x: Floats, t: Flags, penalty: float) -> Floats:
    """The coefficients, the intercept first, by Newton's method."""
    design = _with_intercept(x)
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    share = float(np.clip(t.mean(), 1e-6, 1 - 1e-6))
    b = np.zeros(design.shape[1])
    b[0] = np.log(share / (1 - share))
    for _ in range(NEWTON_STEPS):
        p = _logistic(design @ b)
        gradient = design.T @ (t - p) - ridge * b
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge) + 1e-9 * np.eye(len(b))
        step = np.linalg.solve(hessian, gradient)
        b += step * min(1.0, 5.0 / (np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return b


def _with_intercept(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _logistic(z: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-np.clip(z, -35, 35)))
    return p
