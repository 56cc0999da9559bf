"""Whom to answer now: the order, and the reasons for it.

The order has four groups, one after the other:

1. **first**: danger, access already paid for, vulnerable people, legal deadlines, money owed. Danger leads; then who is
   kept from what they paid for and can still be helped while they wait; then the rest by when they are due.
2. **promise**: the answer is due within the hour, or overdue; by when it is due. Of those overdue the longest waiting
   are here, three at least and up to one in a hundred of all that waits for an answer.
3. **stake**: all others that want something, by what an answer now saves. Where a backlog has grown beyond the one in
   forty, the rest of it is here: ordered by due time alone it would bury everything, and no order can keep a promise
   that is broken. But every fourth place goes to whoever is overdue for longest, so that nobody waits for ever. Only
   what is overdue by more than a week has no such place: an answer so late is no matter of that promise any more.
4. **thank**: praise and thanks. Nothing is owed, so nothing is due.

Who is not valued one by one (their terms, or no customer at all) has no stake; within a group they stand where a stake
of the size that is usual among the valued would put them, so they wait no longer for it.

A person's sum is counted once: the open message of theirs with the most at stake carries it, the others say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.engage.counting import stakes
from goodwill.engage.first import say_why_first, still_waiting, urgent
from goodwill.engage.promises import owed, say_promise
from goodwill.engage.reasons import Reasons
from goodwill.engage.stake import earlier_complaints, values
from goodwill.engage.thanking import channels_thanked_on, say_thanks, spoken_for
from goodwill.engage.waiting import answered, said_lately
from goodwill.engage.wanting import is_thankful, wants_something
from goodwill.facts import INSTANT, NOW
from goodwill.facts.columns import floats, instant
from goodwill.ledger.cents import Cents, cents_to_decimal

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from goodwill.engage.first import Urgent
    from goodwill.engage.promises import Owed
    from goodwill.engage.waiting import Messages
    from goodwill.facts.columns import Flags
    from goodwill.lake import Facts

GROUPS = ("first", "promise", "stake", "thank")
FIRST, PROMISE, STAKE, THANK = range(4)
WAITING = 1
"""The step of *first* whose order is by what is at stake; the others are by due time."""
BACKLOG, FEWEST_OVERDUE = 100, 3
"""Of so many open messages one overdue (and three at least) is no backlog: they go before all that has time."""
LONGEST_WAITING_EVERY = 4
"""Beyond that, one of so many places goes to whoever is overdue for longest."""


@dataclass(frozen=True)
class Ranking:
    """`now` has the NOW schema; `cases` the same rows in the same order, with all that a screen shows.

    `step` (within *first*: 0 danger, 1 kept from what they paid for, 2 the rest) and `order_by` (the sum that a place
    goes by: the stake, or what is usual where there is none) are what the order is made from.
    """

    now: pa.Table
    cases: pa.Table
    answered: pa.Array  # message_id of what somebody has answered, of the past sixty days


def rank(facts: Facts, readings: pa.Table, worth: pa.Table, ties: pa.Table, *, as_of: datetime) -> Ranking:
    """Orders the open messages: promises first, worth second.

    Parameters
    ----------
    facts: the firm's facts (messages, actions, promises, roles, events, purchases are read).
    readings: READINGS, a row a message; messages without one are judged by their stars and words alone.
    worth: WORTH; who has no row in it (or only the pool's) is ordered by promise and urgency alone.
    ties: TIES; the influence ties say who listens to whom.
    as_of: the present, an aware datetime. What lies after it is not seen.

    Raises `InputError` where `as_of` names no zone.

    >>> from datetime import UTC, datetime
    >>> from goodwill.facts import READINGS, TIES, WORTH
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> said = pa.table({"message_id": ["m1"], "at": [noon], "text": ["The charger caught fire"], "author": ["sam"]})
    >>> facts = Facts.from_arrow(Firm(), {"messages": said})
    >>> found = rank(facts, READINGS.empty(), WORTH.empty(), TIES.empty(), as_of=noon)
    >>> found.cases.select(["message_id", "group", "hours_left"]).to_pylist()
    [{'message_id': 'm1', 'group': 'first', 'hours_left': 24.0}]
    """
    end = instant(as_of)
    said = said_lately(facts, readings, as_of)
    earlier = earlier_complaints(said)
    done = answered(facts, said, as_of)
    settled = said.column("message_id").filter(pa.array(done)).combine_chunks()
    waiting = np.flatnonzero(~done)
    said, earlier = said.take(waiting), earlier[waiting]
    found = urgent(facts, said, as_of)
    rows = np.flatnonzero(wants_something(facts, said, found.any, end))
    said, earlier, found = said.take(rows), earlier[rows], _only(found, rows)
    channels = channels_thanked_on(said, is_thankful(said) & ~found.any)
    rows = np.flatnonzero(~spoken_for(said, is_thankful(said) & ~found.any))
    said, earlier, found = said.take(rows), earlier[rows], _only(found, rows)
    due = owed(facts, said, end)
    group = _groups(said, found, due)
    known = values(worth)
    reasons = Reasons(len(said))
    say_why_first(reasons, said, found)
    say_promise(reasons, due, (group != THANK) & due.to_us)
    say_thanks(reasons, facts, said, group == THANK, channels)
    stake, order_by = stakes(reasons, facts, said, known, ties, earlier, group == THANK, end)
    step = _steps(said, found, group, end)
    order = _order(step, due, group, order_by)
    return _written(
        said, due, group, step, stake, order_by, known.place(said.column("customer_id")), reasons, order, settled
    )


def _only(found: Urgent, rows: npt.NDArray[np.intp]) -> Urgent:
    return type(found)(found.kinds[rows], found.failed[rows], found.bought[rows])


def _groups(said: Messages, found: Urgent, due: Owed) -> npt.NDArray[np.int64]:
    thanks = is_thankful(said)
    pressing = due.would_break_soon | _longest_overdue(due, due.to_us & ~found.any & ~thanks)
    return np.select([found.any, thanks, pressing], [FIRST, THANK, PROMISE], STAKE).astype(np.int64)


def _longest_overdue(due: Owed, asking: Flags) -> Flags:
    """Those overdue for longest, as many as are no backlog."""
    overdue = np.flatnonzero(asking & due.broken)
    most = max(FEWEST_OVERDUE, -(-int(asking.sum()) // BACKLOG))
    longest = np.zeros(len(asking), dtype=bool)
    longest[overdue[np.argsort(due.due[overdue], kind="stable")[:most]]] = True
    return longest


# --- the order ----------------------------------------------------------------------------------------------------


def _steps(said: Messages, found: Urgent, group: npt.NDArray[np.int64], end: int) -> npt.NDArray[np.int64]:
    """Within *first*: 0 danger, 1 who is kept from what they paid for and still waits, 2 the rest; elsewhere 0."""
    waiting = still_waiting(said, found, end)
    return np.where(group == FIRST, np.where(found.of("danger"), 0, np.where(waiting, 1, 2)), 0).astype(np.int64)


def _order(
    step: npt.NDArray[np.int64], due: Owed, group: npt.NDArray[np.int64], order_by: Cents
) -> npt.NDArray[np.intp]:
    """The rows in order: group, then step within it, then the step's own key, then due time, then message_id."""
    key = -order_by.astype(np.float64)
    by_due = ((group == FIRST) & (step != WAITING)) | (group == PROMISE)
    key[by_due] = due.due[by_due]
    by_stake = np.flatnonzero(group == STAKE)
    key[by_stake] = _taking_turns(order_by[by_stake], due.due[by_stake], due.broken[by_stake])
    return np.lexsort((np.arange(len(step)), due.due, key, step, group))


def _taking_turns(order_by: Cents, due: npt.NDArray[np.int64], overdue: Flags) -> npt.NDArray[np.int64]:
    """Places by what is at stake, but every fourth to whoever is overdue for longest.

    >>> late = np.array([True, True, False, False, False, False])
    >>> _taking_turns(np.array([10, 5, 40, 30, 20, 15]), np.array([1, 2, 3, 4, 5, 6]), late).tolist()
    [3, 5, 0, 1, 2, 4]
    """
    here = np.arange(len(due))
    next_by_stake = iter(np.lexsort((here, due, -order_by)).tolist())
    by_due = np.lexsort((here, due))
    next_by_due = iter(by_due[overdue[by_due]].tolist())
    place = np.full(len(due), -1, dtype=np.int64)
    for turn in range(len(due)):
        row = -1
        if turn % LONGEST_WAITING_EVERY == LONGEST_WAITING_EVERY - 1:
            row = next((late for late in next_by_due if place[late] < 0), -1)
        if row < 0:
            row = next(other for other in next_by_stake if place[other] < 0)
        place[row] = turn
    return place


# --- writing ------------------------------------------------------------------------------------------------------


def _written(
    said: Messages,
    due: Owed,
    group: npt.NDArray[np.int64],
    step: npt.NDArray[np.int64],
    stake: Cents,
    order_by: Cents,
    place: npt.NDArray[np.int64],
    reasons: Reasons,
    order: npt.NDArray[np.intp],
    settled: pa.Array,
) -> Ranking:
    lists, as_json = reasons.written()
    valued = place >= 0
    low, high = _ends(lists, len(said))
    nothing_due = (group == THANK) | ~due.to_us
    table = said.table.select(["message_id", "customer_id"]).append_column(
        "group", pa.array(np.array(GROUPS)[group], pa.string())
    )
    table = table.append_column("due", pa.array(due.due, mask=nothing_due).cast(INSTANT))
    table = table.append_column("hours_left", pa.array(due.left, mask=nothing_due))
    for name in ("mood", "intent", "channel", "text", "author", "audience"):
        table = table.append_column(name, said.column(name))
    for name, cents in (("stake", stake), ("low", low), ("high", high)):
        table = table.append_column(name, cents_to_decimal(cents, valued))
    table = table.append_column("reasons", lists)
    table = table.append_column("step", pa.array(step))
    table = table.append_column("order_by", cents_to_decimal(order_by))
    cases = table.take(pa.array(order)).combine_chunks()
    now = pa.table(
        {
            "rank": pa.array(np.arange(1, len(order) + 1)),
            "message_id": cases["message_id"],
            "customer_id": cases["customer_id"],
            "stake": cases["stake"],
            "reasons": pa.array(as_json, pa.string()).take(pa.array(order)),
        }
    ).cast(NOW.arrow)
    return Ranking(now, cases, settled)


def _ends(lists: pa.Array, n: int) -> tuple[Cents, Cents]:
    """The ends of each stake: what its lines' ends sum to, as if they went together (wider than if they did not)."""
    lines = lists.flatten()
    whose = np.asarray(pc.list_parent_indices(lists))
    ends = []
    for name in ("low", "high"):
        cents = np.rint(floats(lines.field(name)) * 100)
        ends.append(np.bincount(whose, weights=cents, minlength=n).astype(np.int64))
    return ends[0], ends[1]
