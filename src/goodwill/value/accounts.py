"""Who has an account in the books: those who are valued one by one, and the pool of those who must not be.

A customer has bought, or was brought by or brought a customer, or stands in the firm's own list (`people`), by the day
on which they joined where it says one. A voice (an author who is no customer) has no account and no sum of money.
Those whose terms forbid 'value me' share one account, `pool`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.summary import Summary

VALUE_ME = "value me"
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Accounts:
    """The accounts, in order: customers by id, the pool last where there is one.

    `members` are all customers with an account of their own or a place in the pool; `place` (members,) says which.
    """

    ids: pa.Array
    members: pa.Array
    place: Positions

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def pool(self) -> int | None:
        """The pool's position, None where nobody is in it."""
        return len(self.ids) - 1 if len(self.ids) and self.ids[-1].as_py() == POOL else None

    @property
    def single(self) -> int:
        """How many are valued one by one; theirs are the first positions."""
        return len(self.ids) if self.pool is None else len(self.ids) - 1

    @property
    def pooled(self) -> int:
        """How many share the pool."""
        return int((self.place == self.pool).sum()) if self.pool is not None else 0

    def member(self, column: pa.Array | pa.ChunkedArray) -> Positions:
        """Where each id stands among the members; −1 for those who have no account."""
        flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        found = pc.index_in(flat.cast(pa.string()), self.members).fill_null(-1)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)

    def of_members(self, members: Positions) -> Positions:
        """The accounts of members; −1 stays −1."""
        return np.where(members >= 0, self.place[members], -1) if len(self.place) else np.full(len(members), -1)

    def positions(self, column: pa.Array | pa.ChunkedArray) -> Positions:
        """The account of each id; −1 for those who have none."""
        return self.of_members(self.member(column))


def accounts(facts: Facts, bought: Summary, as_of: datetime) -> Accounts:
    """The accounts of a firm on a day."""
    members = _sorted_ids([bought.customer_id, *_joined(facts, as_of), *_in_referrals(facts, as_of)])
    forbidden = pc.is_in(members, value_set=_refusing(facts, as_of))
    if facts.firm.terms.basis == "consent":
        forbidden = pc.invert(pc.is_in(members, value_set=_consenting(facts, as_of)))
    alone = np.asarray(pc.invert(forbidden).to_numpy(zero_copy_only=False), dtype=bool)
    ids = members.filter(pa.array(alone, pa.bool_()))
    place = np.where(alone, np.cumsum(alone) - 1, len(ids)).astype(np.int64)
    if not alone.all():
        ids = pa.concat_arrays([ids, pa.array([POOL])])
    return Accounts(ids, members, place)


def _sorted_ids(columns: list[pa.Array]) -> pa.Array:
    distinct = pc.unique(pa.concat_arrays([column.cast(pa.string()) for column in columns])).drop_null()
    return distinct.take(pc.sort_indices(distinct))


def _joined(facts: Facts, as_of: datetime) -> list[pa.Array]:
    people = facts.arrow("people")
    joined = pc.less_equal(people["joined_at"], pa.scalar(as_of, people["joined_at"].type))
    # A row that says neither kind nor day was not listed by the firm: another table names them.
    listed = people.filter(pc.coalesce(joined, pc.is_valid(people["kind"])))
    return [listed["customer_id"].combine_chunks()]


def _in_referrals(facts: Facts, as_of: datetime) -> list[pa.Array]:
    """Both sides of referrals that led to a purchase."""
    referrals = facts.arrow("referrals")
    done = referrals.filter(pc.less_equal(referrals["converted_at"], pa.scalar(as_of, referrals["at"].type)))
    return [done[name].combine_chunks() for name in ("referrer_id", "referred_id")]


def _latest_terms(facts: Facts, as_of: datetime) -> pa.Table:
    terms = facts.arrow("terms")
    terms = terms.filter(pc.less_equal(terms["at"], pa.scalar(as_of, terms["at"].type)))
    terms = terms.sort_by([("customer_id", "ascending"), ("at", "descending")])
    ids = terms["customer_id"].to_pylist()
    first = [row for row in range(len(ids)) if row == 0 or ids[row] != ids[row - 1]]
    return terms.take(pa.array(first, pa.int64()))


def _allows(purposes: list[str] | None, refused: list[str] | None) -> bool | None:
    """Whether a row of terms lets its customer be valued; None where it does not say."""
    if refused and VALUE_ME in refused:
        return False
    return None if purposes is None else VALUE_ME in purposes


def _refusing(facts: Facts, as_of: datetime) -> pa.Array:
    return _those_who(facts, as_of, False)


def _consenting(facts: Facts, as_of: datetime) -> pa.Array:
    return _those_who(facts, as_of, True)


def _those_who(facts: Facts, as_of: datetime, answer: bool) -> pa.Array:
    terms = _latest_terms(facts, as_of)
    rows = zip(*(terms[name].to_pylist() for name in ("customer_id", "purposes", "refused")), strict=True)
    return pa.array([who for who, purposes, refused in rows if _allows(purposes, refused) is answer], pa.string())
