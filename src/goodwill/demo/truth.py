"""What is true in the invented firm: kept in truth/*.parquet, for scoring alone; `goodwill run` never reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from goodwill.demo.kinds import CODE, KINDS
from goodwill.demo.setting import HELPS_FOR_DAYS, PUBLIC, TODAY, TRUTHS, YEAR
from goodwill.demo.world import summed
from goodwill.errors import InputError

if TYPE_CHECKING:
    from goodwill.demo.deeds import Roles
    from goodwill.demo.people import People
    from goodwill.demo.society import Referrals, Ties
    from goodwill.demo.talk import Flags, Integers, Reals

FOLDER = "truth"
_ROUNDS = 60  # shares of an owner sum to well under 1: the chain has long died out


@dataclass(frozen=True)
class Truth:
    """The truth as tables: customers, ties, messages, listeners, figures. Columns: docs/demo.md."""

    customers: pa.Table
    ties: pa.Table
    messages: pa.Table
    listeners: pa.Table
    figures: pa.Table

    def figure(self, name: str) -> float:
        """One of the world's constants."""
        names, values = self.figures["name"].to_pylist(), self.figures["value"].to_pylist()
        return float(dict(zip(names, values, strict=True))[name])


def load_truth(folder: str | Path) -> Truth:
    """Reads truth/ beside a demo's files. Raises InputError where there is none."""
    place = Path(folder) / FOLDER
    if not place.is_dir():
        raise InputError("no truth lies here", where=str(place), mend="goodwill demo writes it; real firms have none")
    names = ("customers", "ties", "messages", "listeners", "figures")
    return Truth(**{name: pq.read_table(place / f"{name}.parquet") for name in names})


def save_truth(truth: Truth, folder: Path) -> None:
    """Writes truth/."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for name in ("customers", "ties", "messages", "listeners", "figures"):
        pq.write_table(getattr(truth, name), place / f"{name}.parquet", compression="zstd")


# --- the sums -----------------------------------------------------------------------------------------------------


@dataclass
class Sums:
    """The four parts of what follows from each customer, in money; follows is their sum. Arrays of shape (n,)."""

    spend: Reals
    referral: Reals
    influence: Reals
    knowledge: Reals

    @property
    def follows(self) -> Reals:
        total: Reals = self.spend + self.referral + self.influence + self.knowledge
        return total


def follow(people: People, referrals: Referrals, ties: Ties, spend: Reals, knowledge: Reals) -> Sums:
    """Solves V = g + A V through the true shares; g is the own margin, what is taught and the acquisition saved."""
    size = people.size
    counted = np.isfinite(referrals.converted_at) & (referrals.at > TODAY - YEAR)
    saved = summed(
        referrals.referrer[counted],
        TRUTHS.acquisition_cost - referrals.reward_cents[counted] / 100,
        size,
    )
    own = spend + knowledge + saved
    whole = referrals.needed & counted
    brought, bringer = referrals.referred[whole], referrals.referrer[whole]
    follows = own.copy()
    for _ in range(_ROUNDS):
        by_referral = summed(bringer, people.brought[brought] * follows[brought], size)
        by_influence = summed(ties.by, ties.share * follows[ties.who], size)
        follows = own + by_referral + by_influence
    return Sums(spend, by_referral + saved, by_influence, knowledge)


# --- what answering would change ----------------------------------------------------------------------------------


@dataclass
class Stakes:
    """For each message of the sheet: what an answer now would truly change, in money (0 where nothing is open)."""

    leave_unanswered: Reals
    leave_answered: Reals
    own: Reals
    account: Reals
    listeners: Reals
    pairs: dict[str, npt.NDArray[Any]]  # row, listener, unanswered, answered: whom it would sway

    @property
    def gain(self) -> Reals:
        total: Reals = self.own + self.account + self.listeners
        return total


def stakes(
    people: People,
    sheet: dict[str, npt.NDArray[Any]],
    waits: Flags,
    margin: Reals,
    ties: Ties,
    roles: Roles,
    rng: np.random.Generator,
) -> Stakes:
    """What answering each open message would save or win.

    An answer lowers the chance that the author leaves (and takes an account along where they have a say), keeps the
    warned from being swayed, wins an order where somebody was about to buy, and pays praise back with warmth.
    """
    size = len(sheet["at"])
    kind, author, channel = sheet["kind"], sheet["author"], sheet["channel"]
    customer = author >= 0
    who = np.where(customer, author, 0)
    base = np.array([-9.0 if k.leave is None else k.leave for k in KINDS])[kind]
    negative = np.array([k.mood == "negative" for k in KINDS])[kind]
    positive = np.array([k.mood == "positive" for k in KINDS])[kind]
    earlier = _earlier_complaints(author, sheet["at"], negative & sheet["wants"])
    years = np.maximum(TODAY - people.arrival[who], 0) / YEAR
    odds = base + negative * (0.6 * (sheet["anger"] - 1) + 0.35 * np.log1p(earlier)) - 0.25 * years
    odds += -0.25 * people.content[who] + rng.normal(0, 0.35, size)
    unanswered = 1 / (1 + np.exp(-odds))
    works = rng.beta(9, 5, size) * np.exp(-(TODAY - sheet["at"]) / HELPS_FOR_DAYS[channel])
    answered = unanswered * (1 - works)

    order = people.ticket[who] * people.margin_rate[who]
    buying = kind == CODE["buying"]
    own = (unanswered - answered) * margin[who] + np.where(buying, 0.35 * works * order, 0.0)
    own += np.where(positive, 0.03 * works * margin[who], 0.0)
    # A voice is no customer yet: what an answer may win is a first order, or little.
    stranger = np.select([buying, negative], [0.25 * 22.0, 0.06 * 22.0], 0.1) * works
    own = np.where(customer, own, stranger) * waits

    say = np.zeros(people.size)
    held = np.zeros(people.size)
    np.add.at(held, roles.who, 0.35 * roles.say * margin[roles.organisation])
    np.add.at(say, roles.who, roles.say)
    account = np.where(customer & waits & negative, (unanswered - answered) * held[who], 0.0)
    pairs = _swayed_by(sheet, waits & customer & negative & PUBLIC[channel], ties, works)
    heard = summed(pairs["row"], (pairs["unanswered"] - pairs["answered"]) * margin[pairs["listener"]], size)
    return Stakes(np.where(waits, unanswered, 0.0), np.where(waits, answered, 0.0), own, account, heard, pairs)


def _earlier_complaints(author: Integers, at: Reals, complaint: Flags) -> Reals:
    """How many complaints each message's author had made before it."""
    order = np.lexsort((at, author))
    running = np.cumsum(complaint[order])
    first = np.ones(len(order), dtype=bool)
    first[1:] = author[order][1:] != author[order][:-1]
    before: Integers = running - complaint[order]
    start = np.maximum.accumulate(np.where(first, before, 0))
    count = np.empty(len(order))
    count[order] = before - start
    return count


def _swayed_by(
    sheet: dict[str, npt.NDArray[Any]], public: Flags, ties: Ties, works: Reals
) -> dict[str, npt.NDArray[Any]]:
    """Whom each public complaint would sway: those who truly listen to its author, by how much they do."""
    rows = np.flatnonzero(public)
    order = np.argsort(ties.by, kind="stable")
    by = ties.by[order]
    first = np.searchsorted(by, sheet["author"][rows], side="left")
    count = np.searchsorted(by, sheet["author"][rows], side="right") - first
    row = np.repeat(rows, count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    tie = order[np.repeat(first, count) + number] if len(row) else order[:0]
    louder = np.where(sheet["kind"][row] == CODE["warning"], 1.6, 1.0)
    swayed = np.minimum(0.5 * ties.share[tie] * louder, 0.5)
    return {"row": row, "listener": ties.who[tie], "unanswered": swayed, "answered": swayed * (1 - works[row])}
