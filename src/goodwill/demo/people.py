"""What customers are like and what they bought, as the invented world holds it: shapes alone, drawn by the others.

Times are days since the shop opened, rates are per day, money is in cents of the firm's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class People:
    """What each customer is like: latent, never seen by the firm. All arrays have one entry a customer."""

    arrival: Reals  # days; the first purchase, or the registration
    life_end: Reals  # days; after it they buy no more
    rate: Reals  # purchases a day while they live
    lapse: Reals  # hazard of the end of life, a day
    ticket: Reals  # mean money a purchase
    margin_rate: Reals  # mean share of it that the firm keeps
    source: Integers  # ADVERTISED, REFERRED, ...
    organisation: Flags
    country: Integers
    language: Integers  # in which they write
    craft: Integers  # their circle
    member: Flags  # of the community
    power: Reals  # pull on others; 0 for most
    followers: Integers
    total_share: Reals  # of what they bring next year, what is due to those who swayed them
    swayed_from: Reals  # days; inf where nobody did
    content: Reals  # standard normal: how satisfied they are by nature
    registered_only: Flags  # never bought so far
    scripted: Flags  # what they bought is told by the stories
    subscribed_from: Reals  # days; inf for most
    brought: Reals  # of what they bring next year, what is due to who referred them

    @property
    def size(self) -> int:
        return len(self.arrival)


@dataclass
class Purchases:
    """Purchases of one kind, sales in order of buyer and time."""

    buyer: Integers
    at: Reals
    cents: Integers
    margin_cents: Integers

    @property
    def size(self) -> int:
        return len(self.at)

    def take(self, rows: npt.NDArray[np.intp] | Flags) -> Purchases:
        """Some of the rows."""
        return Purchases(self.buyer[rows], self.at[rows], self.cents[rows], self.margin_cents[rows])


@dataclass
class Returns(Purchases):
    """Returns; `of` is the row of the sale that came back."""

    of: Integers
