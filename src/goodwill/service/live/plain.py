"""What was found as plain data, for the pages and for ever: dataclasses to dicts, with their computed properties."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa


def plain(thing: Any) -> Any:
    """The thing as JSON can hold it: times in ISO 8601, numbers as numbers, what is no number (NaN, ∞) as null.

    >>> from goodwill.prove import nps
    >>> plain({"love": nps([10, 9, 9, 8, 3]), "none": float("nan")})
    {'love': {'score': 40.0, ...}, 'none': None}
    """
    if thing is None or isinstance(thing, bool | str | int):
        return thing
    if isinstance(thing, float | np.floating):
        return float(thing) if math.isfinite(thing) else None
    if isinstance(thing, np.integer):
        return int(thing)
    if isinstance(thing, np.bool_):
        return bool(thing)
    if isinstance(thing, Decimal):
        return float(thing)
    if isinstance(thing, date):  # a datetime is one too
        return thing.isoformat()
    if isinstance(thing, np.ndarray):
        return [plain(one) for one in thing.tolist()]
    if isinstance(thing, pa.Table):
        return [plain(row) for row in thing.to_pylist()]
    if isinstance(thing, pa.Array | pa.ChunkedArray):
        return [plain(one) for one in thing.to_pylist()]
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(thing) if isinstance(thing, set | frozenset) else thing)]
    if is_dataclass(thing) and not isinstance(thing, type):
        return _of_dataclass(thing)
    return str(thing)


def _of_dataclass(thing: Any) -> dict[str, Any]:
    found = {one.name: plain(getattr(thing, one.name)) for one in fields(thing) if not one.name.startswith("_")}
    for kind in type(thing).__mro__:
        for name, held in vars(kind).items():
            if isinstance(held, property) and not name.startswith("_"):
                found.setdefault(name, plain(getattr(thing, name)))
    return found
