"""What goes wrong after a purchase, and who leaves for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo.setting import (
    BATTERY_ADVICE,
    BATTERY_FAULT,
    BATTERY_FROM,
    BATTERY_LEFT,
    FAULTY,
    FEE,
    FEE_FROM,
    FEE_UNTIL,
    LATE,
    RESTOCKING,
    SLOW,
    TODAY,
)
from goodwill.demo.stories import RESERVED

if TYPE_CHECKING:
    from goodwill.demo.people import Flags, Integers, People, Purchases, Reals, Returns

LEAVE_AFTER = np.array([0.0, 0.12, 0.08, 0.08, 0.03, 0.04, 0.08])
"""How likely trouble makes a customer leave although it was looked after, by cause (the order of CAUSES)."""


@dataclass
class Troubles:
    """One row a trouble, in no particular order of time."""

    who: Integers
    sale: Integers  # the row of the purchase
    at: Reals  # when they speak of it
    cause: Integers
    left: Flags  # it drove them away


def draw_troubles(people: People, sales: Purchases, returns: Returns, rng: np.random.Generator) -> Troubles:
    """Faulty parts, late parcels and slow answers all the time; batteries, the download fee and restocking besides."""
    ordinary = np.flatnonzero(rng.random(sales.size) < 0.020)
    cause = rng.choice([FAULTY, LATE, SLOW], len(ordinary), p=[0.52, 0.33, 0.15])
    download = np.flatnonzero(rng.random(sales.size) < 0.005)
    spoken = sales.at[download]
    in_force = (spoken >= FEE_FROM) & ((spoken < FEE_UNTIL) | (rng.random(len(download)) < 0.06))
    download = download[in_force]
    battery = _battery_sales(sales, rng)
    restocked = returns.of[rng.random(returns.size) < 0.10]
    sale = np.concatenate([ordinary, download, battery, restocked])
    causes = np.concatenate(
        [
            cause,
            np.full(len(download), FEE),
            np.full(len(battery), BATTERY_FAULT),
            np.full(len(restocked), RESTOCKING),
        ]
    )
    wait = rng.lognormal(1.1, 0.8, len(sale))
    at = sales.at[sale] + np.where(causes == FEE, wait / 8, np.where(causes == RESTOCKING, 22 + wait, wait))
    battery_rows = causes == BATTERY_FAULT
    at[battery_rows] = _battery_times(int(battery_rows.sum()), rng)
    who = sales.buyer[sale]
    kept = (at < TODAY - 0.02) & (at > sales.at[sale]) & ~people.scripted[who] & (who >= RESERVED)
    who, sale, at, causes = who[kept], sale[kept], at[kept], causes[kept]
    leave = LEAVE_AFTER[causes] * np.exp(-0.25 * people.content[who])
    return Troubles(who, sale, at, causes, rng.random(len(who)) < leave)


def _battery_sales(sales: Purchases, rng: np.random.Generator) -> Integers:
    """Those who bought a battery before the fault showed: one sale in a hundred before the advice."""
    sold = np.flatnonzero(sales.at < BATTERY_FROM)
    return sold[rng.random(len(sold)) < 0.010]


def _battery_times(many: int, rng: np.random.Generator) -> Reals:
    """When they complain: a wave from the first report to the advice; after it only `BATTERY_LEFT` of the rate."""
    weeks_before, tail = BATTERY_ADVICE - BATTERY_FROM, 120.0
    late_share = BATTERY_LEFT * tail / (weeks_before + BATTERY_LEFT * tail)
    late = rng.random(many) < late_share
    early_at = BATTERY_FROM + weeks_before * rng.beta(1.3, 1.0, many)
    return np.where(late, BATTERY_ADVICE + tail * rng.beta(1.0, 2.2, many), early_at)


def see_them_leave(people: People, troubles: Troubles) -> Reals:
    """When trouble made each customer leave (inf: it did not); ends their lives in `people`; shape (n,)."""
    gone = np.full(people.size, np.inf)
    np.minimum.at(gone, troubles.who[troubles.left], troubles.at[troubles.left] + 0.5)
    people.life_end = np.minimum(people.life_end, gone)
    return gone


def until_gone(purchases: Purchases, gone: Reals) -> Purchases:
    """The purchases that were made before their buyer left."""
    return purchases.take(purchases.at <= gone[purchases.buyer])
