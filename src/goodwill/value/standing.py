"""Standing: the ownership ladder of Heskett, Sasser & Wheeler (2008), "The Ownership Quotient", from evidence alone.

Each rung is reached by an act, and the highest one counts:

* loyal: bought again;
* committed: would recommend (a 9 or 10 in the past year), or says good things of us in public;
* apostle: does recommend, and others came: a referral of theirs converted, or someone bought after thanking them;
* owner: on one of those rungs, and improves us: an idea that is planned or shipped, a test, a bug report, help in
  choosing staff, or three answers that helped.

Nothing takes a rung away: no complaint, no low score. Who earns less is on the same ladder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import STANDINGS
from goodwill.facts.columns import Flags, Integers, flags
from goodwill.value.columns import until

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts
    from goodwill.value.influence import Sway
    from goodwill.value.knowledge import Answers
    from goodwill.value.summary import Summary
    from goodwill.value.talk import Talk

YEAR = 365
PROMOTER = 9
ANSWERS_OF_AN_OWNER = 3
IMPROVES = ("test", "bug report", "staff choice")
CAME_OF_IT = ("planned", "shipped")


@dataclass(frozen=True)
class Ladder:
    """`rung` (members,) is 0 for none to 4 for owner."""

    rung: Integers

    def words(self, who: Accounts) -> list[str]:
        """(accounts,) the standing of each; the pool has none, as nobody in it is looked at."""
        return [STANDINGS[rung] for rung in self.of_accounts(who)]

    def of_accounts(self, who: Accounts) -> Integers:
        """(accounts,) rungs."""
        found = np.zeros(len(who), dtype=np.int64)
        alone = who.place < who.single
        found[who.place[alone]] = self.rung[alone]
        return found

    def ownership_quotient(self, who: Accounts) -> float:
        """The share of customers valued one by one who are apostles or owners; 0 where there is none."""
        rungs = self.of_accounts(who)[: who.single]
        return float((rungs >= STANDINGS.index("apostle")).mean()) if len(rungs) else 0.0


def standing(
    facts: Facts, who: Accounts, bought: Summary, said: Talk, swayed: Sway, helped: Answers, as_of: datetime
) -> Ladder:
    """The rung of every member."""
    size = len(who.members)
    loyal = _marked(size, who.member(bought.customer_id), bought.frequency > 0)
    committed = _would_recommend(facts, who, as_of)
    committed |= _marked(size, said.author, said.recommends & (said.age < YEAR))
    apostle = _brought_others(facts, who, as_of) | _marked(size, swayed.by, swayed.bought)
    improves = _improves(facts, who, as_of)
    answered = np.bincount(helped.member, minlength=size) >= ANSWERS_OF_AN_OWNER
    owner = (improves | answered) & (loyal | committed | apostle)
    rung = np.zeros(size, dtype=np.int64)
    for step, reached in enumerate((loyal, committed, apostle, owner), start=1):
        rung[reached] = step
    return Ladder(rung)


def _marked(size: int, member: Integers, flag: Flags) -> Flags:
    """(size,) True for members with a row that holds."""
    found = np.zeros(size, dtype=bool)
    found[member[flag & (member >= 0)]] = True
    return found


def _would_recommend(facts: Facts, who: Accounts, as_of: datetime) -> Flags:
    """Their best answer of the past year: a bad day takes nothing away."""
    given = until(facts.arrow("responses"), as_of, YEAR)
    high = flags(pc.greater_equal(given["score"], PROMOTER))
    return _marked(len(who.members), who.member(given["customer_id"]), high)


def _brought_others(facts: Facts, who: Accounts, as_of: datetime) -> Flags:
    done = until(facts.arrow("referrals"), as_of, column="converted_at")
    referrer, newcomer = who.member(done["referrer_id"]), who.member(done["referred_id"])
    return _marked(len(who.members), referrer, referrer != newcomer)


def _improves(facts: Facts, who: Accounts, as_of: datetime) -> Flags:
    given = until(facts.arrow("contributions"), as_of)
    declined = pc.fill_null(pc.equal(given["state"], "declined"), False)
    act = pc.is_in(given["kind"], value_set=pa.array(IMPROVES))
    came = pc.is_in(given["state"], value_set=pa.array(CAME_OF_IT))
    helpful = pc.and_(pc.invert(declined), pc.or_(act, came))
    return _marked(len(who.members), who.member(given["customer_id"]), flags(helpful))
