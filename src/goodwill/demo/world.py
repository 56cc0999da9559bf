"""People and their purchases: who comes, how often they buy, for how much, when they stop, and what comes next year.

Times are days since the shop opened, rates are per day, money is in cents of the firm's currency.
"""

from __future__ import annotations

import numpy as np

from goodwill.demo import stories
from goodwill.demo.people import Flags, Integers, People, Purchases, Reals, Returns
from goodwill.demo.setting import CRAFTS, SEASON, TODAY, TRUTHS, YEAR, season

ADVERTISED, REFERRED, WORD_OF_MOUTH, FOUND_US = range(4)
LANGUAGES = ("en", "de", "fr", "es", "it", "pt")
COUNTRIES = ("NL", "DE", "FR", "ES", "IT", "US", "GB", "PT", "IE", "BE")
_COUNTRY_SHARES = (0.46, 0.10, 0.05, 0.04, 0.03, 0.07, 0.12, 0.02, 0.05, 0.06)
_NATIVE = np.array([0, 1, 2, 3, 4, 0, 0, 5, 0, 2])
SALE, RETURN, SUBSCRIPTION = range(3)
SUBSCRIPTION_CENTS, SUBSCRIPTION_MARGIN_CENTS, SUBSCRIPTION_CHURN = 695, 480, 0.04
RETURN_SHARE, RETURN_COST_CENTS = 0.05, 450


def draw_people(size: int, rng: np.random.Generator) -> People:
    """Draws what `size` customers are like, then gives the stories' people their place."""
    organisation = rng.random(size) < 0.015
    arrival = _arrivals(size, rng)
    rate = rng.gamma(1.6, 8.6 / 1.6, size) * np.where(organisation, 2.2, 1.0) / YEAR
    lapse = rng.gamma(0.4, 0.06 / 0.4, size) * np.where(organisation, 0.4, 1.0) / YEAR
    life = rng.exponential(1.0, size) / np.maximum(lapse, 1e-9)
    # Some try us once and never again, which no exponential lifetime says.
    life = np.where(rng.random(size) < 0.015, rng.uniform(0.5, 3.0, size), life)
    # Spend: a gamma mixture over customers, with a slight pull towards those who buy often.
    ticket = 1.7 * 46.0 / np.maximum(rng.gamma(2.7, 1.0, size), 0.15)
    ticket *= np.where(organisation, 4.5, 1.0) * (rate * YEAR / 8.6 + 0.05) ** 0.06
    member = (rng.random(size) < 0.34) & ~organisation
    power = np.where(member & (rng.random(size) < 0.2), 1.0 + rng.pareto(1.25, size), 0.0)
    source = rng.choice(4, size, p=[0.43, 0.22, 0.17, 0.18])
    country = rng.choice(len(COUNTRIES), size, p=_COUNTRY_SHARES)
    people = People(
        arrival=arrival,
        life_end=arrival + life,
        rate=rate,
        lapse=lapse,
        ticket=ticket,
        margin_rate=rng.beta(18, 42, size),
        source=source.astype(np.int64),
        organisation=organisation,
        country=country.astype(np.int64),
        language=np.where(rng.random(size) < 0.3, _NATIVE[country], 0),
        craft=rng.integers(0, len(CRAFTS), size),
        member=member,
        power=power,
        followers=_followers(power, rng),
        total_share=np.zeros(size),
        swayed_from=np.full(size, np.inf),
        content=rng.normal(0.0, 1.0, size),
        registered_only=(rng.random(size) < 0.02) & (arrival > 250),
        scripted=np.zeros(size, dtype=bool),
        subscribed_from=np.where(rng.random(size) < 0.012, arrival + rng.exponential(120, size), np.inf),
        brought=np.zeros(size),
    )
    people.rate[people.registered_only] *= 0.2
    stories.shape(people)
    _who_is_swayed(people, rng)
    return people


def _arrivals(size: int, rng: np.random.Generator) -> Reals:
    """More come in the opening months and before Christmas, the rest evenly; nobody in the last two days."""
    opening = rng.beta(1.0, 2.6, size) * 200
    later = rng.uniform(0, TODAY - 2, size)
    later = np.where(rng.random(size) < season(later) / SEASON.max(), later, rng.uniform(0, TODAY - 2, size))
    arrival: Reals = np.where(rng.random(size) < 0.52, opening, later)
    return arrival


def _followers(power: Reals, rng: np.random.Generator) -> Integers:
    """Followers say little about pull: some with many move nobody."""
    size = len(power)
    plain = rng.lognormal(4.2, 1.1, size)
    loud = np.where(rng.random(size) < 0.012, rng.lognormal(8.6, 1.0, size), 0.0)
    return (plain + loud + 70 * power**0.8 * rng.lognormal(0.0, 0.9, size)).astype(np.int64)


def _who_is_swayed(people: People, rng: np.random.Generator) -> None:
    """One in six is swayed by others within the last year; before that they bought a little less."""
    size = people.size
    eager = np.minimum(1.0, 0.19 * (people.rate * YEAR / 8.6 + 0.1) ** 0.2)
    chosen = (rng.random(size) < eager) & ~people.organisation & (people.arrival < TODAY - 20)
    chosen[: stories.RESERVED] = False
    chosen[list(stories.FRIEND_INDICES)] = True
    share = rng.beta(9, 9 / TRUTHS.influence_share - 9, size)
    people.total_share[chosen] = share[chosen]
    since = np.maximum(people.arrival, TODAY - YEAR)
    people.swayed_from[chosen] = (since + rng.random(size) * (TODAY - 2 - since))[chosen]


# --- purchases ----------------------------------------------------------------------------------------------------


_BLOCK = 100_000  # customers whose purchases are drawn together: it bounds the memory


def draw_purchases(people: People, rng: np.random.Generator) -> tuple[Purchases, Purchases]:
    """Draws every sale from arrival to a year after today: (past, next year)."""
    blocks = [
        _draw_block(people, np.arange(first, min(first + _BLOCK, people.size)), rng)
        for first in range(0, people.size, _BLOCK)
    ]
    return _together([past for past, _ in blocks]), _together([coming for _, coming in blocks])


def _together(blocks: list[Purchases]) -> Purchases:
    return Purchases(
        np.concatenate([block.buyer for block in blocks]),
        np.concatenate([block.at for block in blocks]),
        np.concatenate([block.cents for block in blocks]),
        np.concatenate([block.margin_cents for block in blocks]),
    )


def _draw_block(people: People, who: Integers, rng: np.random.Generator) -> tuple[Purchases, Purchases]:
    busiest = float(SEASON.max())
    stop = np.minimum(people.life_end[who], TODAY + YEAR)
    span = np.maximum(stop - people.arrival[who], 0.0)
    count = rng.poisson(people.rate[who] * busiest * span)
    buyer = np.repeat(who, count)
    at = people.arrival[buyer] + rng.random(len(buyer)) * np.repeat(span, count)
    kept = rng.random(len(buyer)) * busiest < season(at)
    # Those who are swayed bought less before: the share that is due to the others is what came on top.
    kept &= (at >= people.swayed_from[buyer]) | (rng.random(len(buyer)) >= people.total_share[buyer])
    kept &= ~(people.scripted[buyer] & (at < TODAY))
    first = who[~people.registered_only[who] & ~people.scripted[who]]
    buyer = np.concatenate([buyer[kept], first])
    at = np.concatenate([at[kept], people.arrival[first]])
    order = np.lexsort((at, buyer))
    buyer, at = buyer[order], at[order]

    money = people.ticket[buyer] * rng.gamma(4.0, 1 / 4.0, len(buyer)) * rng.lognormal(-0.01, 0.14, len(buyer))
    cents = np.maximum((money * 100).astype(np.int64) // 100 * 100 - 5, 395)
    share = np.clip(people.margin_rate[buyer] + rng.normal(0, 0.03, len(buyer)), 0.02, 0.8)
    bought = Purchases(buyer, at, cents, np.rint(cents * share).astype(np.int64))
    past = at < TODAY
    return bought.take(past), bought.take(~past)


def draw_returns(sales: Purchases, rng: np.random.Generator, until: float) -> Returns:
    """One sale in twenty comes back within three weeks."""
    at = sales.at + rng.uniform(3, 21, sales.size)
    back = np.flatnonzero((rng.random(sales.size) < RETURN_SHARE) & (at < until))
    return Returns(sales.buyer[back], at[back], -sales.cents[back], -sales.margin_cents[back] - RETURN_COST_CENTS, back)


def draw_subscriptions(people: People, rng: np.random.Generator) -> tuple[Purchases, Purchases]:
    """A few pay monthly for care of their machine, and one in 25 stops each month: (past, next year)."""
    who = np.flatnonzero(people.subscribed_from < TODAY)
    who = who[who >= stories.RESERVED]
    months = rng.geometric(SUBSCRIPTION_CHURN, len(who))
    buyer = np.repeat(who, months)
    number = np.arange(len(buyer)) - np.repeat(np.cumsum(months) - months, months)
    at = people.subscribed_from[buyer] + number * (YEAR / 12)
    kept = at < TODAY + YEAR
    buyer, at = buyer[kept], at[kept]
    rows = Purchases(
        buyer,
        at,
        np.full(len(buyer), SUBSCRIPTION_CENTS),
        np.full(len(buyer), SUBSCRIPTION_MARGIN_CENTS),
    )
    past = at < TODAY
    return rows.take(past), rows.take(~past)


def expected_margin(people: People, alive: Flags, subscribed: Flags) -> Reals:
    """What each customer's own margin will be next year, in money, given all that is latent but chance; shape (n,).

    Month by month: rate × season × the chance to be still there, × mean ticket × mean margin, less returns. The
    ticket's mean is lowered a little by the round prices, as in the draws.
    """
    months = np.linspace(0.5, 11.5, 12) * (YEAR / 12)
    factor = season(TODAY + months)
    expected = np.zeros(people.size)
    for ahead, brisk in zip(months, factor, strict=True):
        expected += brisk * np.exp(-people.lapse * ahead) * (YEAR / 12)
    purchases = people.rate * expected * alive
    kept = (1 - RETURN_SHARE) * (people.ticket - 0.55) * people.margin_rate - RETURN_SHARE * RETURN_COST_CENTS / 100
    paying = (1 - (1 - SUBSCRIPTION_CHURN) ** 12) / SUBSCRIPTION_CHURN * SUBSCRIPTION_MARGIN_CENTS / 100
    margin: Reals = purchases * kept + np.where(subscribed, paying, 0.0)
    return margin


def summed(who: Integers, amounts: Reals, size: int) -> Reals:
    """Amounts added up by customer; shape (size,).

    >>> summed(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 4)
    array([1., 0., 5., 0.])
    """
    return np.bincount(who, weights=amounts, minlength=size).astype(np.float64)


def realised_margin(size: int, *parts: Purchases) -> Reals:
    """What each customer's purchases truly left with the firm, in money; shape (size,)."""
    total = np.zeros(size)
    for part in parts:
        total += summed(part.buyer, part.margin_cents / 100, size)
    return total
