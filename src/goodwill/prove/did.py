"""Difference in differences: two groups and two times, or a roll-out in steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.estimate import Interval, normal_interval, normal_quantile
from goodwill.facts.columns import Flags, Floats, Integers

WHERE = "effect_did"


@dataclass(frozen=True, slots=True)
class GroupTime:
    """The effect on those first treated at `group`, at `time`."""

    group: float
    time: float
    estimate: float
    standard_error: float
    units: int


@dataclass(frozen=True, slots=True)
class DidEffect:
    """An average effect on the treated, in the outcome's unit."""

    estimate: float
    standard_error: float
    low: float
    high: float
    rows: int
    units: int
    treated_units: int
    group_times: tuple[GroupTime, ...]  # of a roll-out: each group at each time from its treatment on
    by_steps_after: tuple[tuple[int, Interval], ...]  # of a roll-out: by how many steps after (below 0: before)
    before: Interval | None  # of a roll-out: the mean 'effect' before any treatment, which should hold 0
    left_out: int  # units that are not there at all times, or were treated from the start
    level: float
    words: tuple[str, ...] = ()
    evidence: str = "estimated"


def effect_did(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike | None = None,
    after: npt.ArrayLike | None = None,
    unit: npt.ArrayLike | None = None,
    *,
    time: npt.ArrayLike | None = None,
    first_treated: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> DidEffect:
    """What a change did to those it reached, against how the others moved in the same time.

    **Two by two**: `effect_did(outcome, treated, after)` is the difference of the changes of the four cell means, as in
    Card & Krueger (1994). Errors allow each cell its own variance; with `unit` given they are clustered by unit
    (Liang & Zeger 1986, with G / (G − 1)), since the same shop before and after is no two shops.

    **A roll-out in steps**: `effect_did(outcome, unit=, time=, first_treated=)` gives group-time effects by Callaway &
    Sant'Anna (2021), unconditional: each group against those never treated (where there are none, those not yet
    treated), from the last time before its treatment; their average weighs each treated group-time by the group's
    size. Standard errors come from the influence function, by unit. `before` is the same difference from step to step
    before any treatment: where it does not hold 0, the groups were not moving alike.

    Parameters
    ----------
    outcome: (n,) numbers, a row for each unit and time.
    treated, after: (n,) true in the group that was reached; true from the change on.
    unit: (n,) who.
    time: (n,) when, whole numbers of steps.
    first_treated: (n,) the time at which the row's unit was first treated; 0: never.
    level: of the interval.

    Raises `ModelError` where arrays cannot go together or a number is not finite, `NotEnoughData` where a cell has
    fewer than two rows or nobody is left to compare with.

    >>> y = [1., 2, 3, 2, 3, 4, 1, 2, 3, 5, 6, 7]
    >>> found = effect_did(y, treated=[0] * 6 + [1] * 6, after=[0, 0, 0, 1, 1, 1] * 2)
    >>> found.estimate, round(found.standard_error, 3)
    (3.0, 1.155)
    """
    y = np.asarray(outcome, dtype=np.float64)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ModelError("the outcome is not one row of finite numbers", where=WHERE, mend="leave out what is missing")
    normal_quantile(level)
    if first_treated is not None or time is not None:
        if unit is None or time is None or first_treated is None:
            raise ModelError("a roll-out needs unit, time and first_treated", where=WHERE, mend="give all three")
        return _roll_out(
            y, _like(unit, y, "unit"), _like(time, y, "time"), _like(first_treated, y, "first_treated"), level
        )
    if treated is None or after is None:
        raise ModelError("neither treated and after nor a roll-out is given", where=WHERE, mend="give one of the two")
    return _two_by_two(y, _yes_or_no(treated, y, "treated"), _yes_or_no(after, y, "after"), unit, level)


def _like(given: npt.ArrayLike, y: Floats, name: str) -> npt.NDArray[np.generic]:
    column = np.asarray(given)
    if column.shape != y.shape:
        raise ModelError(f"{name} {column.shape} does not go with {len(y)} outcomes", where=WHERE)
    return column


def _yes_or_no(given: npt.ArrayLike, y: Floats, name: str) -> Flags:
    column = _like(given, y, name)
    if not np.isin(column, [0, 1]).all():
        raise ModelError(f"{name} holds more than yes and no", where=WHERE, mend="give 0 and 1, or true and false")
    return column.astype(bool)


def _two_by_two(y: Floats, t: Flags, a: Flags, unit: npt.ArrayLike | None, level: float) -> DidEffect:
    cells = {(group, when): (t == group) & (a == when) for group in (False, True) for when in (False, True)}
    if any(rows.sum() < 2 for rows in cells.values()):
        raise NotEnoughData("not enough data: a cell has fewer than two rows", where=WHERE, mend="2 each are the least")
    estimate, influence, variance = 0.0, np.zeros_like(y), 0.0
    for (group, when), rows in cells.items():
        sign = 1.0 if group == when else -1.0
        mean = float(y[rows].mean())
        estimate += sign * mean
        influence[rows] = sign * (y[rows] - mean) / rows.sum()
        variance += float(y[rows].var(ddof=1)) / int(rows.sum())
    units, treated_units = len(y), int(t.sum())
    if unit is not None:
        names, place = np.unique(_like(unit, y, "unit"), return_inverse=True)
        units = len(names)
        treated_units = len(np.unique(place[t]))
        if min(treated_units, len(np.unique(place[~t]))) < 1 or units < 3:
            raise NotEnoughData(f"not enough data: {units} units", where=WHERE, mend="more units on both sides")
        variance = units / (units - 1) * float((np.bincount(place, weights=influence) ** 2).sum())
    error = float(np.sqrt(variance))
    around = normal_interval(estimate, error, level)
    words = _few_treated(treated_units) if unit is not None else ()
    return DidEffect(
        estimate, error, around.low, around.high, len(y), units, treated_units, (), (), None, 0, level, words
    )


def _few_treated(units: int) -> tuple[str, ...]:
    if units >= 10:
        return ()
    return (f"only {units} treated unit{'s' if units > 1 else ''}: clustered errors are too small with so few",)


# --- a roll-out in steps ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Panel:
    """y (units, times), first[i] the column at which unit i is first treated, or −1."""

    y: Floats
    first: Integers
    times: Floats
    left_out: int


def _roll_out(
    y: Floats,
    unit: npt.NDArray[np.generic],
    time: npt.NDArray[np.generic],
    first_treated: npt.NDArray[np.generic],
    level: float,
) -> DidEffect:
    panel = _panel(y, unit, np.asarray(time, dtype=np.float64), np.asarray(first_treated, dtype=np.float64))
    groups = np.unique(panel.first[panel.first > 0])
    if not len(groups):
        raise NotEnoughData("not enough data: nobody is first treated after the first time", where=WHERE)
    never = panel.first < 0
    n, times = panel.y.shape
    found: list[tuple[int, int, float, Floats]] = []
    earlier: list[tuple[int, int, float, Floats]] = []
    for group in groups.tolist():
        for now in range(1, times):
            # After its treatment a group is held against its last time before; before it, from step to step.
            base = group - 1 if now >= group else now - 1
            control = never if never.any() else _not_yet(panel.first, max(now, base, group))
            if not control.any():
                continue
            estimate, influence = _group_time(panel, panel.first == group, control, now, base)
            (found if now >= group else earlier).append((group, now, estimate, influence))
    if not found:
        raise NotEnoughData("not enough data: nobody is left to compare with", where=WHERE, mend="add untreated units")
    estimate, influence = _average(found, panel.first, n)
    error = _error(influence)
    around = normal_interval(estimate, error, level)
    return DidEffect(
        estimate,
        error,
        around.low,
        around.high,
        panel.y.size,
        n,
        int((panel.first > 0).sum()),
        tuple(
            GroupTime(float(panel.times[g]), float(panel.times[now]), e, _error(i), int((panel.first == g).sum()))
            for g, now, e, i in found
        ),
        _by_steps(found + earlier, panel.first, n, level),
        _interval(earlier, panel.first, n, level),
        panel.left_out,
        level,
        () if never.any() else ("nobody was never treated: compared with those not yet treated",),
    )


def _panel(y: Floats, unit: npt.NDArray[np.generic], time: Floats, first: Floats) -> _Panel:
    if not (np.isfinite(time).all() and np.isfinite(first).all()):
        raise ModelError("a time is not finite", where=WHERE, mend="first_treated is 0 for those never treated")
    names, who = np.unique(unit, return_inverse=True)
    times, when = np.unique(time, return_inverse=True)
    if len(times) < 2:
        raise NotEnoughData("not enough data: all rows are of one time", where=WHERE)
    seen = np.zeros((len(names), len(times)), dtype=np.int64)
    np.add.at(seen, (who, when), 1)
    if (seen > 1).any():
        double = names[np.argwhere(seen > 1)[0, 0]]
        raise ModelError(f"unit {double} has two rows at one time", where=WHERE, mend="give one row a unit and time")
    start = np.zeros(len(names))
    start[who] = first
    if (start[who] != first).any():
        several = names[who[np.flatnonzero(start[who] != first)[0]]]
        raise ModelError(f"unit {several} has several first_treated", where=WHERE, mend="give one for each unit")
    values = np.full(seen.shape, np.nan)
    values[who, when] = y
    column = np.searchsorted(times, start)
    column = np.where((start == 0) | (column >= len(times)), -1, column)
    # Who is treated from the first time on shows no change; who is missing at a time cannot be followed.
    kept = (seen == 1).all(axis=1) & (column != 0)
    return _Panel(values[kept], column[kept], times, int((~kept).sum()))


def _not_yet(first: Integers, now: int) -> Flags:
    return np.asarray((first < 0) | (first > now), dtype=bool)


def _group_time(panel: _Panel, group: Flags, control: Flags, now: int, base: int) -> tuple[float, Floats]:
    """ATT(g, t) and each unit's influence on it."""
    change = panel.y[:, now] - panel.y[:, base]
    n = len(change)
    theirs, others = float(change[group].mean()), float(change[control].mean())
    influence = np.zeros(n)
    influence[group] += (change[group] - theirs) * n / group.sum()
    influence[control] -= (change[control] - others) * n / control.sum()
    return theirs - others, influence


def _average(parts: list[tuple[int, int, float, Floats]], first: Integers, n: int) -> tuple[float, Floats]:
    """The mean over group-times weighted by group size; the influence counts that the sizes are estimated too."""
    inside = np.array([(first == group) for group, *_ in parts], dtype=np.float64)
    p = inside.mean(axis=1)
    total = p.sum()
    weight = p / total
    estimates = np.array([estimate for _, _, estimate, _ in parts])
    influence = weight @ np.array([own for *_, own in parts])
    moved = (inside - p[:, None]) / total - p[:, None] / total**2 * (inside - p[:, None]).sum(axis=0)
    return float(weight @ estimates), influence + estimates @ moved


def _error(influence: Floats) -> float:
    return float(np.sqrt((influence**2).sum()) / len(influence))


def _interval(parts: list[tuple[int, int, float, Floats]], first: Integers, n: int, level: float) -> Interval | None:
    if not parts:
        return None
    estimate, influence = _average(parts, first, n)
    return normal_interval(estimate, _error(influence), level)


def _by_steps(
    parts: list[tuple[int, int, float, Floats]], first: Integers, n: int, level: float
) -> tuple[tuple[int, Interval], ...]:
    steps = sorted({now - group for group, now, *_ in parts})
    found = []
    for step in steps:
        interval = _interval([part for part in parts if part[1] - part[0] == step], first, n, level)
        if interval is not None:
            found.append((step, interval))
    return tuple(found)
