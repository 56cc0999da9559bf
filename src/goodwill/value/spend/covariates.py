"""Covariates that do not vary over time: reading them, naming their coefficients, holding some equal.

Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError
from goodwill.value.spend.checks import as_numbers, check_finite

Array = npt.NDArray[np.float64]


def read_covariates(kind: str, given: Any, length: int, where: str) -> tuple[list[str], Array]:
    """The names of the covariates and their values, one row a customer.

    `given` is a mapping from names to columns, a table with column names (pandas, Arrow), a matrix, or None.
    Errors: ModelError for another length, or for values that are missing.

    >>> names, values = read_covariates("purchase", {"gender": [0, 1]}, 2, "ParetoNBD")
    >>> names, values.tolist()
    (['gender'], [[0.0], [1.0]])
    """
    if given is None:
        return [], np.empty((length, 0))
    names, columns = named_columns(given)
    for name, column in zip(names, columns, strict=True):
        if column.ndim != 1 or len(column) != length:
            mend = "give one value a customer"
            raise ModelError(f"{kind} covariate {name} has not {length} values", where=where, mend=mend)
        check_finite(f"{kind} covariate {name}", column, where)
    return names, np.column_stack([column.astype(np.float64) for column in columns])


def named_columns(given: Any) -> tuple[list[str], list[npt.NDArray[Any]]]:
    """The columns of a mapping, a table or a matrix; those of a matrix are called 1, 2, ..."""
    names: Iterable[Any] | None = None
    if isinstance(given, Mapping):
        names = list(given)
    elif hasattr(given, "column_names"):
        names = list(given.column_names)
    elif hasattr(given, "columns"):
        names = list(given.columns)
    if names is not None:
        listed = [str(name) for name in names]
        return listed, [as_numbers(f"covariate {name}", given[name], "covariates") for name in names]
    matrix = as_numbers("covariates", given, "covariates")
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    return [str(position + 1) for position in range(matrix.shape[1])], list(matrix.T)


def match_covariates(kind: str, wanted: Sequence[str], given: Any, length: int, where: str) -> Array:
    """Covariates for a prediction, in the order of the coefficients.

    Errors: ModelError where the model needs covariates that are not given, or the other way round.
    """
    names, values = read_covariates(kind, given, length, where)
    if sorted(names) != sorted(wanted):
        needs = ", ".join(wanted) if wanted else "none"
        has = ", ".join(names) if names else "none"
        mend = f"give {kind}_covariates with the columns of the fit"
        raise ModelError(f"the model needs {kind} covariates {needs}; given {has}", where=where, mend=mend)
    return values[:, [names.index(name) for name in wanted]]


def mixing_matrix(names: Sequence[str], equal: Iterable[Sequence[str]], where: str) -> Array:
    """The matrix that turns free coordinates into all of them, where each group in `equal` shares one.

    Errors: ModelError for a name that is no parameter.

    >>> mixing_matrix(["a", "b", "c"], [("a", "c")], "ParetoNBD").tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    leader = {name: name for name in names}
    for group in equal:
        unknown = [name for name in group if name not in leader]
        if unknown:
            mend = f"choose from {', '.join(names)}"
            raise ModelError(f"cannot hold {', '.join(unknown)} equal: no such parameter", where=where, mend=mend)
        first = min((leader[name] for name in group), key=list(names).index)
        merged = {leader[name] for name in group}
        leader = {name: first if lead in merged else lead for name, lead in leader.items()}
    free = [name for name in names if leader[name] == name]
    matrix = np.zeros((len(names), len(free)))
    for row, name in enumerate(names):
        matrix[row, free.index(leader[name])] = 1.0
    return matrix
