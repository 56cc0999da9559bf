"""What else a firm's records hold: its own actions, surveys, contributions, outlays, events, roles and terms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.demo.kinds import CODE, KINDS
from goodwill.demo.setting import FEE, PHONE, RESTOCKING, TODAY, TRUTHS, YEAR, day
from goodwill.demo.stories import OWNER_INDEX, RESERVED

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodwill.demo.people import People, Purchases
    from goodwill.demo.society import Referrals
    from goodwill.demo.talk import Flags, Integers, Reals

REPLY, THANK, CALL, FIX, REFUND = range(5)
ACTION_KINDS = ("reply", "thank", "call", "fix", "refund")
PURPOSES = ("answer me", "value me", "tell me news", "quote me", "study together")
REASONS = ("advertised", "recommended", "recommended", "found us")
_IDEA_BOX = day(2025, 8, 1)
"""Since when the firm collects what customers teach it."""


@dataclass
class Actions:
    """One row an action that answers a message."""

    message: Integers  # the row of the sheet
    at: Reals
    staff: Integers
    kind: Integers
    minutes: Reals
    cents: Integers


def draw_actions(sheet: dict[str, npt.NDArray[Any]], rng: np.random.Generator) -> Actions:
    """Every message that was due to be answered by today has its answer."""
    at = sheet["at"] + sheet["delay"]
    message = np.flatnonzero(at <= TODAY - 1e-4)
    many = len(message)
    mood = np.array([kind.mood for kind in KINDS])[sheet["kind"][message]]
    cause = sheet["cause"][message]
    turn = rng.random(many)
    kind = np.where(mood == "positive", THANK, REPLY)
    complaint = mood == "negative"
    kind = np.where(complaint & (turn < 0.20), FIX, kind)
    kind = np.where(complaint & (turn > 0.93), CALL, kind)
    owed = np.isin(cause, (FEE, RESTOCKING)) | (sheet["kind"][message] == CODE["owed"])
    kind = np.where(complaint & owed & (turn < 0.4), REFUND, kind)
    kind = np.where((sheet["channel"][message] == PHONE) & (kind == REPLY), CALL, kind)
    minutes = np.round(rng.lognormal(2.0, 0.5, many) * np.where(kind == THANK, 0.4, 1.0) + 0.3, 1)
    # An hour costs 31; each contact about two more for the tools. The mean is TRUTHS.contact_cost.
    cents = np.rint((minutes * 31 / 60 + 1.9) * 100).astype(np.int64)
    staff = rng.choice(8, many, p=[0.18, 0.16, 0.14, 0.13, 0.12, 0.1, 0.09, 0.08])
    return Actions(message, at[message], staff, kind, minutes, cents)


def open_messages(sheet: dict[str, npt.NDArray[Any]]) -> Flags:
    """Which messages still wait for an answer: wanted, not given, and not so old that nobody would answer any more."""
    waits: Flags = sheet["wants"] & (sheet["at"] + sheet["delay"] > TODAY - 1e-4) & (sheet["at"] > TODAY - 9)
    return waits


@dataclass
class Answers:
    """Answers by which customers spared the firm contacts: one row an accepted answer of the past year."""

    message: Integers
    by: Integers
    views: Integers
    expected: Reals  # money saved, given the question's own share of readers who would have written
    realised: Reals  # money saved by those who truly would have


def draw_answers(sheet: dict[str, npt.NDArray[Any]], rng: np.random.Generator) -> Answers:
    """What accepted answers saved: views × who would have contacted us × what a contact costs."""
    accepted = sheet["accepted"] & (sheet["author"] >= 0) & (sheet["at"] > TODAY - YEAR)
    message = np.flatnonzero(accepted)
    views = np.maximum(sheet["audience"][message], 0)
    share: Reals = rng.beta(6, 6 / TRUTHS.contact_share - 6, len(message))
    spared = rng.binomial(views, share)
    return Answers(
        message,
        sheet["author"][message],
        views,
        views * share * TRUTHS.contact_cost,
        spared.astype(np.float64) * TRUTHS.contact_cost,
    )


@dataclass
class Contributions:
    """One row a contribution."""

    who: Integers
    at: Reals
    kind: list[str]
    state: list[str]
    idea: list[str]
    cents: Integers  # the value entered, −1 where none
    true_money: Reals  # this contributor's part of what it truly brings in a year


_STATES = ("heard", "planned", "shipped", "declined")
_OWNERS = (
    # days before today, kind, state, idea, true money
    (402.0, "idea", "shipped", "idea-rosa-noise-filter", 0.0),
    (300.0, "idea", "shipped", "idea-rosa-wiring-card", 1900.0),
    (212.0, "idea", "shipped", "idea-rosa-build-check", 1400.0),
    (180.0, "test", "heard", "", 0.0),
    (120.0, "test", "heard", "", 0.0),
    (95.0, "bug report", "shipped", "idea-rosa-cart-bug", 300.0),
    (60.0, "staff choice", "heard", "", 0.0),
    (41.0, "testimonial", "heard", "", 0.0),
)


def draw_contributions(people: People, rng: np.random.Generator) -> Contributions:
    """Ideas, bug reports, tests, testimonials since the idea box was opened; what ships has a value entered."""
    ready = np.flatnonzero((people.arrival < TODAY - 30) & ~people.organisation)
    ready = ready[ready >= RESERVED]
    many = min(int(0.022 * people.size), len(ready))
    keen = np.exp(0.5 * people.content[ready]) * (1 + 2 * people.member[ready])
    who = ready[np.searchsorted(np.cumsum(keen), rng.random(many) * keen.sum())] if many else ready[:0]
    since = np.maximum(people.arrival[who] + 5, _IDEA_BOX)
    at = since + rng.random(many) * (TODAY - 1 - since)
    kinds = np.array(["idea", "bug report", "test", "testimonial", "staff choice"])[
        rng.choice(5, many, p=[0.55, 0.18, 0.12, 0.1, 0.05])
    ]
    states = np.array(_STATES)[rng.choice(4, many, p=[0.55, 0.13, 0.17, 0.15])]
    teaches = np.isin(kinds, ["idea", "bug report"])
    shipped = teaches & (states == "shipped") & (at < TODAY - 20)
    states = np.where(teaches & ((states != "shipped") | shipped), states, "heard")
    money = np.where(shipped, rng.lognormal(5.9, 0.8, many) * np.where(kinds == "idea", 1.0, 0.4), 0.0)
    entered = np.where(shipped, np.rint(money * rng.lognormal(0, 0.2, many) / 10) * 1000, -1).astype(np.int64)
    recent = at > TODAY - YEAR
    ideas = [f"idea-{row}" if made else "" for row, made in enumerate(teaches.tolist())]
    told = [(TODAY - ago, kind, state, idea, true) for ago, kind, state, idea, true in _OWNERS]
    return Contributions(
        np.concatenate([who, np.full(len(told), OWNER_INDEX)]),
        np.concatenate([at, [row[0] for row in told]]),
        [*kinds.tolist(), *(row[1] for row in told)],
        [*states.tolist(), *(row[2] for row in told)],
        [*ideas, *(row[3] for row in told)],
        np.concatenate(
            [entered, [int(row[4] * 105) if row[4] else (60_000 if row[2] == "shipped" else -1) for row in told]]
        ).astype(np.int64),
        np.concatenate([np.where(recent, money, 0.0), [row[4] for row in told]]),
    )


@dataclass
class Surveys:
    """One row an answered survey."""

    who: Integers
    at: Reals
    score: Integers
    touchpoint: Integers  # 0 after a purchase, 1 after a case
    staff: Integers
    reason: Integers  # a code of `source`; −1 not said


def draw_surveys(
    people: People,
    sales: Purchases,
    trouble: Reals,
    actions: Actions,
    authors: Integers,
    rng: np.random.Generator,
) -> Surveys:
    """One sale in seventy and one case in twelve has an answered survey. `trouble`: 1 where a sale had any."""
    row = np.flatnonzero((rng.random(sales.size) < 0.014) & (sales.buyer >= RESERVED))
    case = np.flatnonzero((rng.random(len(actions.at)) < 0.08) & (authors[actions.message] >= RESERVED))
    who = np.concatenate([sales.buyer[row], authors[actions.message[case]]])
    at = np.concatenate([sales.at[row] + rng.uniform(6, 20, len(row)), actions.at[case] + rng.uniform(1, 4, len(case))])
    hurt = np.concatenate([2.6 * trouble[row], np.full(len(case), 0.9)])
    score = np.clip(np.rint(8.3 + 1.35 * people.content[who] - hurt + rng.normal(0, 0.9, len(who))), 0, 10)
    touch = np.repeat([0, 1], [len(row), len(case)])
    staff = np.concatenate([np.full(len(row), -1), actions.staff[case]])
    reason = np.where(rng.random(len(who)) < 0.88, people.source[who], -1)
    reason = np.where((rng.random(len(who)) < 0.06) & (reason >= 0), rng.integers(0, 4, len(who)), reason)
    kept = at < TODAY - 0.01
    order = np.lexsort((who[kept], at[kept]))
    return Surveys(*(values[kept][order] for values in (who, at, score.astype(np.int64), touch, staff, reason)))


def draw_outlays(
    people: People, actions: Actions, referrals: Referrals, rng: np.random.Generator
) -> list[tuple[float, str, str, int, str]]:
    """What was spent each month, by activity: rows of (at, activity, kind, cents, for whom)."""
    rows: list[tuple[float, str, str, int, str]] = []
    edges = [day(2024 + (10 + m) // 12, (10 + m) % 12 + 1, 1) for m in range(25)]
    won = people.arrival[(people.source == 0) & ~people.registered_only]
    for begin, end in pairwise(edges):
        month_end = min(end - 0.5, TODAY - 0.01)
        newcomers = int(((won >= begin) & (won < end)).sum())
        push = TRUTHS.acquisition_cost * 100 * newcomers * rng.lognormal(0, 0.06)
        service = float(actions.cents[(actions.at >= begin) & (actions.at < end)].sum())
        reward = int(referrals.reward_cents[(referrals.at >= begin) & (referrals.at < end)].sum())
        scale = people.size / 2000
        rows += [
            (month_end, "search adverts", "push", int(push * 0.62), "newcomers"),
            (month_end, "social adverts", "push", int(push * 0.38), "newcomers"),
            (month_end, "service desk", "service", int(service), "everybody"),
            (month_end, "forum", "community", int(9_000 * scale**0.7), "members"),
            (month_end, "meet-ups", "community", int(14_000 * scale**0.6 * rng.uniform(0.6, 1.4)), "members"),
            (month_end, "referral rewards", "reward", reward, "those who bring others"),
        ]
    return rows


@dataclass
class Roles:
    """One row a role that a person at the firm entered."""

    who: Integers
    organisation: Integers
    role: list[str]
    say: Reals
    at: Reals


def draw_roles(people: People, rng: np.random.Generator) -> Roles:
    """Half of the organisations have one or two people known to the firm; Dana advises Aldermoor."""
    firms = np.flatnonzero(people.organisation)
    firms = firms[(firms >= RESERVED) & (rng.random(len(firms)) < 0.5)]
    organisation = np.repeat(firms, rng.integers(1, 3, len(firms)))
    persons = np.flatnonzero(~people.organisation)
    persons = persons[persons >= RESERVED]
    who = rng.choice(persons, len(organisation), replace=False) if len(organisation) else persons[:0]
    kind = rng.choice(4, len(who), p=[0.5, 0.2, 0.25, 0.05])
    say = np.round(
        np.choose(kind, [rng.uniform(0.3, 0.5, len(who)), *(rng.uniform(0.05, s, len(who)) for s in (0.4, 0.1, 0.3))]),
        2,
    )
    since = np.maximum(people.arrival[who], people.arrival[organisation])
    at = since + rng.random(len(who)) * (TODAY - 3 - since)
    names = ("buyer", "adviser", "user", "holder")
    return Roles(
        np.concatenate([[0], who]),
        np.concatenate([[3], organisation]),
        ["adviser", *(names[k] for k in kind.tolist())],
        np.concatenate([[0.3], say]),
        np.concatenate([[day(2026, 3, 17, 10)], at]),
    )


@dataclass
class Terms:
    """One row a choice of terms: which purposes they refuse (a bit each, the order of PURPOSES)."""

    who: Integers
    at: Reals
    refused: Integers


def draw_terms(people: People, rng: np.random.Generator) -> Terms:
    """Three in a hundred set their terms; a third of those forbid being valued."""
    who = np.flatnonzero(rng.random(people.size) < 0.03)
    who = who[who >= RESERVED]
    at = people.arrival[who] + rng.random(len(who)) * (TODAY - 0.5 - people.arrival[who])
    refused = (rng.random(len(who)) < 0.33) * 2 + (rng.random(len(who)) < 0.5) * 4 + (rng.random(len(who)) < 0.5) * 8
    refused = np.where(rng.random(len(who)) < 0.5, refused | 16, refused)
    return Terms(who, at, refused.astype(np.int64))


@dataclass
class Events:
    """One row an event: 0 visit, 1 sign-in, 2 use, 3 failure."""

    who: Integers
    at: Reals
    kind: Integers
    detail: Integers  # the product's number for a failed download, else −1


def draw_events(people: People, sheet: dict[str, npt.NDArray[Any]], rng: np.random.Generator) -> Events:
    """Visits, sign-ins and uses of the living; failed downloads before the complaints about the fee."""
    many = int(0.6 * people.size)
    who = rng.integers(0, people.size, many)
    until = np.minimum(people.life_end[who], TODAY - 0.01)
    at = people.arrival[who] + rng.random(many) * (until - people.arrival[who])
    failed = np.flatnonzero(
        (sheet["cause"] == FEE) & (sheet["author"] >= RESERVED) & (rng.random(len(sheet["at"])) < 0.8)
    )
    failed_at = sheet["at"][failed] - rng.uniform(0.02, 0.4, len(failed))
    kind = rng.choice(3, many, p=[0.55, 0.3, 0.15])
    everything = Events(
        np.concatenate([who, sheet["author"][failed], [OWNER_INDEX]]),
        np.concatenate([at, failed_at, [TODAY]]),
        np.concatenate([kind, np.full(len(failed), 3), [1]]),
        np.concatenate([np.full(many, -1), sheet["subject"][failed], [-1]]),
    )
    order = np.lexsort((everything.who, everything.at))
    return Events(*(getattr(everything, name)[order] for name in ("who", "at", "kind", "detail")))
