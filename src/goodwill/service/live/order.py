"""A place in *Now* as one number, so that a new message slots in between the others without a look at them.

`engage.rank` orders by group, step within it, and the step's own key: when the answer is due, or what is at stake. Each
of the three is part of the number: ten for each group, one for each step, and a share of one that grows with the key.
So the order of the numbers is the order of `rank`, but for the turns by which, in the group *stake*, every fourth place
goes to whoever is overdue for longest: those are known to the ranking of everybody alone (`exact`), which comes round
again every half a minute.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodwill.engage import GROUPS
from goodwill.facts.columns import DAY, NEVER, floats, instants, integers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

FIRST, PROMISE = GROUPS.index("first"), GROUPS.index("promise")
PAID_AND_WAITING = 1
"""The step of *first* that goes by what is at stake; the others go by when the answer is due."""
BEGIN, SPAN = 30 * 365.25 * DAY, 200 * 365.25 * DAY
"""Due times are shares of the two centuries from 2000 on."""
TO_GROUP = 10


def places(cases: pa.Table, usual: float | None = None) -> npt.NDArray[np.float64]:
    """The place of each case of a ranking, (n,), each on its own.

    `usual` is the sum that those go by who have no stake, where the ranking is of too few to say what is usual.

    >>> import pyarrow as pa
    >>> case = {"group": ["promise", "stake", "stake"], "step": [0, 0, 0], "due": [None] * 3, "order_by": [0, 5.0, 9.0]}
    >>> first, second, third = places(pa.table(case | {"stake": case["order_by"]})).tolist()
    >>> first < third < second
    True
    """
    group = np.array([GROUPS.index(name) for name in cases["group"].to_pylist()], dtype=np.int64)
    step = integers(cases["step"])
    goes_by = floats(cases["order_by"])
    if usual is not None:
        goes_by = np.where(np.asarray(cases["stake"].is_null()), usual, goes_by)
    due = instants(cases["due"])
    soon = np.where(due == NEVER, 1.0, np.clip((due - BEGIN) / SPAN, 0.0, 1.0)) * 0.999
    much = 0.998 / (1.0 + np.maximum(goes_by, 0.0)) + 1e-6 * soon  # of equal sums, the sooner due
    by_due = ((group == FIRST) & (step != PAID_AND_WAITING)) | (group == PROMISE)
    return group * TO_GROUP + step + np.where(by_due, soon, much)


def exact(cases: pa.Table) -> npt.NDArray[np.float64]:
    """Places of a ranking of everybody, in its order: strictly growing, and the turns taken.

    Whoever has a turn stands before what its own number would say: right before the next one.
    """
    found = places(cases)
    after = math.inf
    for row in range(len(found) - 1, -1, -1):
        here = float(found[row])
        after = here if here < after else math.nextafter(after, -math.inf)
        found[row] = after
    return found
