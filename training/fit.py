"""Logistic regression by L-BFGS: the softmax of the moods and the ten logistic heads."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize


def _minimise(loss, ease: np.ndarray, steps: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """`ease`: what each variable is divided by on the way, so that all are about as steep."""

    def eased(given: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(given * ease)
        return value, slope * ease

    options = {"maxiter": steps, "maxcor": 7}
    return minimize(eased, np.zeros(len(ease)), jac=True, method="L-BFGS-B", options=options).x * ease


def _ease(X: sp.csr_matrix, weight: np.ndarray, ridge: float) -> np.ndarray:
    """[(columns + 1) · K] one over the root of a bound on each second derivative, ridge + ¼ Σ weight x² (Böhning 1992):
    without it what is in every text and what is in one are learnt at very different speeds. `weight` [N, K]."""
    of_columns = (X.multiply(X)).T @ weight
    return 1 / np.sqrt(ridge + 0.25 * np.vstack([of_columns, weight.sum(axis=0)])).ravel()


def softmax_regression(
    X: sp.csr_matrix, target: np.ndarray, weight: np.ndarray, ridge: float, steps: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """(W [columns, K], b [K]) minimising weighted cross-entropy + ridge/2 |W|². `target` [N, K] sums to 1."""
    classes, columns = target.shape[1], X.shape[1]
    XT = X.T.tocsr()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        W, b = flat[: columns * classes].reshape(columns, classes), flat[columns * classes :]
        logits = (X @ W.astype(np.float32)).astype(float) + b  # twice as fast as in float64
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp(logits)
        total = raised.sum(axis=1, keepdims=True)
        value = -(weight * ((logits - np.log(total)) * target).sum(axis=1)).sum()
        error = (raised / total - target) * weight[:, None]
        slope = XT @ error.astype(np.float32) + ridge * W
        return value + 0.5 * ridge * float((W * W).sum()), np.concatenate([slope.ravel(), error.sum(axis=0)])

    found = _minimise(loss, _ease(X, np.repeat(weight[:, None], classes, axis=1), ridge), steps)
    return found[: columns * classes].reshape(columns, classes), found[columns * classes :]


def logistic_regressions(
    X: sp.csr_matrix, target: np.ndarray, weight: np.ndarray, ridge: float, steps: int = 70
) -> tuple[np.ndarray, np.ndarray]:
    """(W [columns, K], b [K]) of K separate logistic regressions; a weight of 0 leaves a text out of that head."""
    heads, columns = target.shape[1], X.shape[1]
    XT = X.T.tocsr()
    target = np.where(weight > 0, target, 0.0)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        W, b = flat[: columns * heads].reshape(columns, heads), flat[columns * heads :]
        logits = (X @ W.astype(np.float32)).astype(float) + b
        value = (weight * (np.logaddexp(0, logits) - target * logits)).sum()
        error = (1 / (1 + np.exp(-logits)) - target) * weight
        slope = XT @ error.astype(np.float32) + ridge * W
        return value + 0.5 * ridge * float((W * W).sum()), np.concatenate([slope.ravel(), error.sum(axis=0)])

    found = _minimise(loss, _ease(X, weight, ridge), steps)
    return found[: columns * heads].reshape(columns, heads), found[columns * heads :]


def calibrate_logistic(logit: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """(slope, shift) so that logistic(slope · logit + shift) means what it says (Platt 1999)."""

    def loss(given: np.ndarray) -> tuple[float, np.ndarray]:
        moved = given[0] * logit + given[1]
        error = (1 / (1 + np.exp(-moved)) - target) * weight
        value = (weight * (np.logaddexp(0, moved) - target * moved)).sum()
        return value, np.array([(error * logit).sum(), error.sum()])

    slope, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.2, 5), (-6, 6)]).x
    return float(slope), float(shift)


def calibrate_softmax(logits: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
    """(temperature's inverse, shift [K]) for softmax(slope · logits + shift) (Guo et al. 2017)."""

    def loss(given: np.ndarray) -> float:
        moved = given[0] * logits + np.array([given[1], 0.0, given[2]])
        moved -= moved.max(axis=1, keepdims=True)
        return float(
            -(weight * ((moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))) * target).sum(axis=1)).sum()
        )

    slope, negative, positive = minimize(loss, np.array([1.0, 0.0, 0.0]), method="L-BFGS-B").x
    return float(slope), np.array([negative, 0.0, positive])


def best_cut_off(chance: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> float:
    """The probability from which saying yes gives the highest F1, kept between .25 and .6.

    Few held-out texts hold a rare intent, so the best single point of the grid is a matter of luck: the cut-off is the
    mean of all that come within 2 % of the best (Lipton, Elkan and Naryanaswamy 2014 on why F1 wants a low one).
    """
    grid = np.arange(0.25, 0.61, 0.01)
    scores = np.array([_f1(chance >= cut, truth, weight) for cut in grid])
    return float(grid[scores >= 0.98 * scores.max()].mean())


def _f1(said: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> float:
    return float(2 * (weight * truth * said).sum() / max(1e-9, (weight * said).sum() + (weight * truth).sum()))
