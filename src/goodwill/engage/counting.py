"""Adding the terms up: each message's stake with its reasons, each person's sum once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from goodwill.engage.reasons import percent
from goodwill.engage.stake import (
    Term,
    accounts,
    helping,
    is_public,
    leaving,
    listeners,
    listeners_term,
    own_term,
    thanks_terms,
)
from goodwill.facts.columns import flags, integers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from goodwill.engage.reasons import Reasons
    from goodwill.engage.stake import Account, Chance, Values
    from goodwill.engage.waiting import Messages
    from goodwill.facts.columns import Flags, Floats
    from goodwill.lake import Facts
    from goodwill.ledger.cents import Cents


def stakes(
    reasons: Reasons,
    facts: Facts,
    said: Messages,
    known: Values,
    ties: pa.Table,
    earlier: npt.NDArray[np.int64],
    thanks: Flags,
    end: int,
) -> tuple[Cents, Cents]:
    """Each message's stake, and the sum that its place goes by; both in cents."""
    firm = facts.firm
    risk, help_ = leaving(said, firm, earlier), helping(said, firm, end)
    place = known.place(said.column("customer_id"))
    heard_by, weighted = listeners(ties, known, firm).of(said.column("customer_id"))
    weighted = np.where(place >= 0, weighted, 0.0)  # who is not valued sways no sum either
    own = own_term(place, known, risk, help_)
    swayed = listeners_term(weighted, said, risk, help_, firm)
    thank_own, thank_swayed = thanks_terms(place, known, weighted, said, help_, firm)
    own, swayed = _where(thanks, thank_own, own), _where(thanks, thank_swayed, swayed)
    advised = _account_terms(accounts(facts, known, end), said, place, thanks, risk, help_)
    total = own.amount + swayed.amount
    for _, line, term in advised:
        np.add.at(total, line, term.amount)
    weight = np.where(thanks, 1.0, risk.middle) * help_.middle
    valued = place >= 0
    carries = _carriers(said, np.where(valued, total, weight))
    stake = np.zeros(len(said), dtype=np.int64)
    stake += _count_own(reasons, own, known, place, risk, thanks, carries & valued)
    for account, line, term in advised:
        stake += _count_account(reasons, account, line, term, carries & valued)
    stake += _count_listeners(reasons, swayed, heard_by, thanks, carries & valued)
    _say_beside(reasons, said, place, heard_by, carries)
    return stake, _order_by(stake, valued, carries, weight, thanks)


def _where(flag: Flags, one: Term, other: Term) -> Term:
    return Term(
        np.where(flag, one.amount, other.amount),
        np.where(flag, one.low, other.low),
        np.where(flag, one.high, other.high),
    )


def _account_terms(
    entered: list[Account],
    said: Messages,
    place: npt.NDArray[np.int64],
    thanks: Flags,
    risk: Chance,
    help_: Chance,
) -> list[tuple[Account, npt.NDArray[np.intp], Term]]:
    """For each role entered: the lines (messages of that person) and chance to leave · say · the account's g · help.

    Nobody measured how far a say moves an account, so the range begins at 0.
    """
    found = []
    for account in entered:
        theirs = flags(pc.equal(said.column("customer_id"), account.customer_id))
        line = np.flatnonzero(theirs & (place >= 0) & ~thanks)
        middle = risk.middle[line] * help_.middle[line] * (account.say or 0.0) * account.g
        high = risk.high[line] * help_.high[line] * (account.say or 0.0) * account.g * account.up
        found.append((account, line, Term(middle, np.zeros_like(middle), np.maximum(middle, high))))
    return found


def _carriers(said: Messages, total: Floats) -> Flags:
    """For each person the open message with the most at stake: it carries their sum. Ties: the oldest."""
    order = np.lexsort((said.at, -np.round(total, 4), said.person))
    first = np.ones(len(order), dtype=bool)
    first[1:] = said.person[order][1:] != said.person[order][:-1]
    carries = np.zeros(len(said), dtype=bool)
    carries[order[first]] = True
    return carries


def _order_by(stake: Cents, valued: Flags, carries: Flags, weight: Floats, thanks: Flags) -> Cents:
    """The sum that a place goes by: the stake; for those not valued what is usual among the valued.

    Usual is the valued's stake for each unit of risk · help, times the message's own, so the mean is the cohort's.
    """
    order_by = stake.copy()
    for alike in (thanks, ~thanks):
        known, unknown = alike & valued & carries, alike & ~valued & carries
        weights = float(weight[known].sum())
        if weights > 0:
            usual = float(stake[known].sum()) / weights
            order_by[unknown] = np.rint(weight[unknown] * usual).astype(np.int64)
    return order_by


# --- reasons ------------------------------------------------------------------------------------------------------


def _count_own(
    reasons: Reasons,
    own: Term,
    known: Values,
    place: npt.NDArray[np.int64],
    risk: Chance,
    thanks: Flags,
    carries: Flags,
) -> Cents:
    row = np.flatnonzero(carries)
    what = [
        "what a thank-you may add to their own purchases (assumed)"
        if thank
        else f"their own purchases ahead: {chance} likely to end if nobody answers (the chance is assumed)"
        for thank, chance in zip(thanks[row].tolist(), percent(risk.middle[row]), strict=True)
    ]
    evidence = np.where(thanks[row], "assumed", known.evidence[place[row]]).tolist()
    return _counted(reasons, row, what, own, evidence, len(carries))


def _counted(
    reasons: Reasons, row: npt.NDArray[np.intp], what: list[str], term: Term, evidence: list[str] | str, n: int
) -> Cents:
    stake = np.zeros(n, dtype=np.int64)
    stake[row] = reasons.count(row, what, Term(term.amount[row], term.low[row], term.high[row]), evidence)
    return stake


def _count_account(reasons: Reasons, account: Account, line: npt.NDArray[np.intp], term: Term, carries: Flags) -> Cents:
    stake = np.zeros(len(carries), dtype=np.int64)
    kept = carries[line]
    row = line[kept]
    who = f"{account.organisation}, where they are {account.role}"
    if account.say is None:
        reasons.say(row, [f"besides: {who}; what say they have was not entered"] * len(row), "assumed")
        return stake
    what = f"the account of {who} with a say of {account.say:.0%} ({account.entered})"
    part = Term(term.amount[kept], term.low[kept], term.high[kept])
    stake[row] = reasons.count(row, [what] * len(row), part, "assumed")
    return stake


def _count_listeners(
    reasons: Reasons, swayed: Term, heard_by: npt.NDArray[np.int64], thanks: Flags, carries: Flags
) -> Cents:
    row = np.flatnonzero(carries & (heard_by > 0) & (swayed.amount > 0))
    what = [
        ("one customer who responds" if many == 1 else f"{many} customers who respond")
        + (" to what they say, where the praise is read" if thank else " to what they say")
        + " (associated, not proven)"
        for many, thank in zip(heard_by[row].tolist(), thanks[row].tolist(), strict=True)
    ]
    return _counted(reasons, row, what, swayed, "estimated", len(carries))


def _say_beside(
    reasons: Reasons,
    said: Messages,
    place: npt.NDArray[np.int64],
    heard_by: npt.NDArray[np.int64],
    carries: Flags,
) -> None:
    """Lines without money: strangers, no sum, counted elsewhere."""
    audience = integers(said.column("audience"))
    strangers = np.flatnonzero(is_public(said) & (audience > heard_by))
    reasons.say(
        strangers,
        [f"besides: strangers among {many:,} who could read it, not counted" for many in audience[strangers].tolist()],
        "measured",
    )
    customer = flags(pc.is_valid(said.column("customer_id")))
    unvalued = np.flatnonzero((place < 0) & customer)
    reasons.say(unvalued, ["no sum: ordered by promise and urgency alone"] * len(unvalued), "measured")
    voices = np.flatnonzero((place < 0) & ~customer)
    reasons.say(voices, ["no customer that we know: no sum of money"] * len(voices), "measured")
    ids = said.column("message_id").to_pylist()
    carrier = np.zeros(int(said.person.max()) + 1 if len(said) else 0, dtype=np.int64)
    carrier[said.person[carries]] = np.flatnonzero(carries)
    others = np.flatnonzero(~carries & (place >= 0))
    what = [f"what is at stake is counted once, with {ids[c]}" for c in carrier[said.person[others]].tolist()]
    reasons.say(others, what, "measured")
