"""What customers say to the firm: complaints, questions, praise, reviews, ideas; and the backlog of the last days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo.kinds import CODE, KINDS
from goodwill.demo.setting import (
    BATTERIES,
    BATTERY_FAULT,
    BLOG,
    CHAT,
    DOWNLOADS,
    EMAIL,
    FACEBOOK,
    FAULTY,
    FEE,
    FORUM,
    LATE,
    PHONE,
    PRODUCTS,
    PROMISED_HOURS,
    PUBLIC,
    RESTOCKING,
    REVIEW,
    RIVALS,
    SLOW,
    STAFF,
    TODAY,
    TWITTER,
)
from goodwill.demo.stories import RESERVED

if TYPE_CHECKING:
    from goodwill.demo.people import People, Purchases
    from goodwill.demo.talk import Flags, Integers, Reals, Talk
    from goodwill.demo.troubles import Troubles

_NEGATIVE = np.array([kind.mood == "negative" for kind in KINDS])
_KIND_OF_CAUSE = np.array(
    [CODE[name] for name in ("fault", "fee", "restocking", "battery", "late", "fault", "service")]
)
DIRECT = ((EMAIL, 0.46), (CHAT, 0.13), (PHONE, 0.08), (TWITTER, 0.13), (FACEBOOK, 0.10), (FORUM, 0.10))
_NEVER_ANSWERED = 0.012


def pick(weights: tuple[tuple[int, float], ...], many: int, rng: np.random.Generator) -> Integers:
    """Draws codes by weight."""
    codes = np.array([code for code, _ in weights])
    shares = np.array([share for _, share in weights])
    return codes[rng.choice(len(codes), many, p=shares / shares.sum())]


def audience(channel: Integers, followers: Integers, rng: np.random.Generator) -> Integers:
    """How many each could reach, by channel; −1 (not known) where nobody else reads it."""
    many = len(channel)
    readers = rng.lognormal(4.1, 0.8, many) + 0.1 * followers
    reach = np.select(
        [channel == TWITTER, channel == FACEBOOK, channel == REVIEW, channel == FORUM, channel == BLOG],
        [followers, 0.4 * followers + 20, rng.lognormal(4.8, 0.7, many), readers, 1.5 * followers + 100],
        default=-1,
    )
    return reach.astype(np.int64)


def subjects(cause: Integers, rng: np.random.Generator) -> Integers:
    """Which product each is about: shelves, then batteries, then downloads, in one numbering (see `subject_names`)."""
    many = len(cause)
    shelf = rng.integers(0, len(PRODUCTS), many)
    battery = len(PRODUCTS) + rng.integers(0, len(BATTERIES), many)
    download = len(PRODUCTS) + len(BATTERIES) + rng.integers(0, len(DOWNLOADS), many)
    return np.where(cause == BATTERY_FAULT, battery, np.where(cause == FEE, download, shelf))


def subject_names() -> tuple[str, ...]:
    """Every product by its number."""
    return PRODUCTS + BATTERIES + DOWNLOADS


def delays(channel: Integers, rng: np.random.Generator) -> Reals:
    """After how many days the firm answers: within what it promises, nine times in ten."""
    hours = PROMISED_HOURS[channel] * rng.lognormal(-1.25, 0.85, len(channel))
    return np.where(rng.random(len(channel)) < _NEVER_ANSWERED, np.inf, hours / 24)


def speak_of_troubles(talk: Talk, people: People, troubles: Troubles, rng: np.random.Generator) -> None:
    """Most who have trouble say so; some of those helped say thanks."""
    says = np.flatnonzero(rng.random(len(troubles.who)) < np.where(troubles.left, 0.9, 0.66))
    who, cause, at = troubles.who[says], troubles.cause[says], troubles.at[says]
    many = len(says)
    anger = _anger(people, who, cause, rng)
    channel = pick(DIRECT, many, rng)
    kind = _KIND_OF_CAUSE[cause]
    turn = rng.random(many)
    kind = np.where((turn < 0.06) & (anger > 0), CODE["leaving"], kind)
    kind = np.where((turn > 0.93) & (anger > 0) & PUBLIC[channel], CODE["warning"], kind)
    kind = np.where((turn > 0.45) & (turn < 0.50) & (cause != FEE), CODE["sarcasm"], kind)
    kind = np.where((turn > 0.40) & (turn < 0.45) & (cause == LATE), CODE["owed"], kind)
    delay = delays(channel, rng)
    rows = talk.add(
        many,
        author=who,
        at=at,
        channel=channel,
        kind=kind,
        cause=cause,
        anger=anger,
        subject=subjects(cause, rng),
        audience=audience(channel, people.followers[who], rng),
        engagements=_engagements(channel, people.followers[who], rng),
        to_us=~PUBLIC[channel] | (rng.random(many) < 0.8),
        wants=True,
        delay=delay,
        sale=troubles.sale[says],
    )
    helped = np.flatnonzero((rng.random(many) < 0.13) & ~troubles.left[says] & (at + delay + 2 < TODAY))
    talk.add(
        len(helped),
        author=who[helped],
        at=(at + delay + rng.exponential(0.6, many))[helped],
        channel=channel[helped],
        kind=CODE["thanks"],
        reply_to=rows[helped],
        thread=rows[helped],
        staff=_named(len(helped), 0.35, rng),
        to_us=True,
        wants=False,
    )


def _anger(people: People, who: Integers, cause: Integers, rng: np.random.Generator) -> Integers:
    heat = rng.normal(0, 1, len(who)) - 0.3 * people.content[who] + np.isin(cause, (FEE, RESTOCKING, SLOW)) * 0.7
    return (heat > 0.1).astype(np.int64) + (heat > 1.2)


def _named(many: int, share: float, rng: np.random.Generator) -> Integers:
    shares = np.array([0.26, 0.17, 0.14, 0.12, 0.1, 0.08, 0.07, 0.06])
    return np.where(rng.random(many) < share, rng.choice(len(STAFF), many, p=shares), -1)


def _engagements(channel: Integers, followers: Integers, rng: np.random.Generator) -> Integers:
    return np.where(PUBLIC[channel], rng.poisson(0.02 * np.minimum(followers, 20_000) ** 0.8 + 0.2), 0)


_EVERYDAY: tuple[tuple[str, float, bool], ...] = (
    # kind, how many for each sale, whether before the sale (a question that led to it)
    ("where", 0.0055, False),
    ("howto", 0.0045, False),
    ("fits", 0.0035, True),
    ("buying", 0.003, True),
    ("praise", 0.004, False),
    ("staff_praise", 0.0026, False),
    ("thanks", 0.0026, False),
    ("idea", 0.0016, False),
    ("recommend", 0.0022, False),
)


def speak_of_everyday(talk: Talk, people: People, sales: Purchases, rng: np.random.Generator) -> None:
    """Questions before and after a purchase, praise, thanks, ideas, recommendations."""
    for name, share, before in _EVERYDAY:
        fond = np.exp(0.35 * people.content[sales.buyer]) if KINDS[CODE[name]].mood == "positive" else 1.0
        row = np.flatnonzero(rng.random(sales.size) < share * fond)
        many = len(row)
        who = sales.buyer[row]
        shift = -rng.exponential(1.5, many) if before else rng.lognormal(1.2, 0.8, many)
        at = sales.at[row] + shift
        kept = (at > people.arrival[who] - 5) & (at > 0.05) & (at < TODAY - 0.02) & (who >= RESERVED)
        row, who, at = row[kept], who[kept], at[kept]
        many = len(row)
        public = name == "recommend"
        shown = ((TWITTER, 0.45), (FACEBOOK, 0.3), (FORUM, 0.25)) if public else DIRECT
        channel = pick(shown, many, rng)
        positive = KINDS[CODE[name]].mood == "positive"
        silent = rng.random(many) < (0.25 if positive else 0.0)
        talk.add(
            many,
            author=who,
            at=at,
            channel=channel,
            kind=CODE[name],
            subject=subjects(np.zeros(many, dtype=np.int64), rng),
            staff=_named(many, 1.0 if name == "staff_praise" else 0.0, rng),
            audience=audience(channel, people.followers[who], rng),
            engagements=_engagements(channel, people.followers[who], rng),
            to_us=not public,
            wants=~silent & (not public),
            delay=np.where(silent | public, np.inf, delays(channel, rng)),
            sale=row,
        )


def write_reviews(talk: Talk, people: People, sales: Purchases, troubles: Troubles, rng: np.random.Generator) -> None:
    """One sale in ninety is reviewed; trouble costs stars."""
    row = np.flatnonzero(rng.random(sales.size) < 0.011)
    row = row[sales.buyer[row] >= RESERVED]
    who, many = sales.buyer[row], len(row)
    at = sales.at[row] + rng.lognormal(2.2, 0.6, many)
    trouble = np.zeros(sales.size)
    trouble[troubles.sale] = 1.0
    stars = 4.25 + 0.6 * people.content[who] - 1.9 * trouble[row] + rng.normal(0, 0.6, many)
    rating = np.clip(np.rint(stars), 1, 5)
    kind = np.select([rating >= 4, rating == 3], [CODE["review_good"], CODE["review_mixed"]], CODE["review_bad"])
    kept = at < TODAY - 0.02
    channel = np.full(many, REVIEW)
    bad = rating <= 2
    talk.add(
        int(kept.sum()),
        author=who[kept],
        at=at[kept],
        channel=REVIEW,
        kind=kind[kept],
        cause=np.where(bad, FAULTY, 0)[kept],
        anger=np.where(rating == 1, 2, 1)[kept],
        subject=subjects(np.zeros(many, dtype=np.int64), rng)[kept],
        audience=audience(channel, people.followers[who], rng)[kept],
        votes=rng.poisson(0.7 + 0.2 * people.power[who] ** 0.6)[kept],
        rating=rating[kept],
        to_us=False,
        wants=bad[kept],
        delay=np.where(bad, delays(channel, rng), np.inf)[kept],
        sale=row[kept],
    )


def chat_idly(talk: Talk, people: People, rng: np.random.Generator) -> None:
    """What is not about us, or about others: chatter, jokes, rivals, spam; and voices whom nobody knows."""
    members = np.flatnonzero(people.member)
    members = members[members >= RESERVED]
    for name, share in (("chatter", 0.035), ("joke", 0.01), ("rival_praise", 0.008), ("rival_complaint", 0.014)):
        many = int(share * people.size) if len(members) else 0
        who = members[rng.integers(0, max(len(members), 1), many)]
        at = people.arrival[who] + rng.random(many) * (TODAY - 0.05 - people.arrival[who])
        channel = pick(((FORUM, 0.5), (TWITTER, 0.3), (FACEBOOK, 0.2)), many, rng)
        rival = name.startswith("rival")
        talk.add(
            many,
            author=who,
            at=at,
            channel=channel,
            kind=CODE[name],
            subject=subjects(np.zeros(many, dtype=np.int64), rng),
            rival=rng.integers(0, len(RIVALS), many) if rival else -1,
            audience=audience(channel, people.followers[who], rng),
            engagements=_engagements(channel, people.followers[who], rng),
        )
    _voices(talk, people.size, rng)


VOICE_KINDS = (
    ("spam", 0.2),
    ("chatter", 0.2),
    ("rival_praise", 0.06),
    ("rival_complaint", 0.08),
    ("joke", 0.1),
    ("buying", 0.14),
    ("praise", 0.08),
    ("late", 0.05),
    ("fault", 0.05),
    ("guide", 0.04),
)


def _voices(talk: Talk, size: int, rng: np.random.Generator) -> None:
    """People who are no customers: one message in twenty; a few hundred authors for each ten thousand customers."""
    many = int(0.05 * size)
    crowd = max(int(0.03 * size), 3)
    voice = (crowd * rng.random(many) ** 1.7).astype(np.int64)
    kind = pick(tuple((CODE[name], share) for name, share in VOICE_KINDS), many, rng)
    channel = pick(((TWITTER, 0.45), (FACEBOOK, 0.2), (FORUM, 0.2), (EMAIL, 0.1), (BLOG, 0.05)), many, rng)
    followers = rng.lognormal(5.0, 1.6, many).astype(np.int64)
    asks = np.isin(kind, [CODE["buying"], CODE["late"], CODE["fault"], CODE["praise"]])
    channel = np.where(channel == BLOG, np.where(kind == CODE["guide"], BLOG, TWITTER), channel)
    spared = np.isin(kind, [CODE["spam"], CODE["guide"], CODE["chatter"], CODE["joke"]])
    channel = np.where((channel == EMAIL) & spared, FORUM, channel)
    cause = np.select([kind == CODE["late"], kind == CODE["fault"]], [LATE, FAULTY], 0)
    rival = np.isin(kind, [CODE["rival_praise"], CODE["rival_complaint"]])
    talk.add(
        many,
        author=-1 - voice,
        at=rng.random(many) * (TODAY - 0.05) + 0.01,
        channel=channel,
        kind=kind,
        cause=cause,
        anger=rng.integers(0, 3, many),
        subject=subjects(cause, rng),
        rival=np.where(rival, rng.integers(0, len(RIVALS), many), -1),
        audience=audience(channel, followers, rng),
        engagements=_engagements(channel, followers, rng),
        to_us=asks,
        wants=asks,
        delay=np.where(asks, delays(channel, rng), np.inf),
    )


# --- the last days ------------------------------------------------------------------------------------------------

BACKLOG_KINDS = (
    ("late", 0.31, LATE),
    ("fault", 0.15, FAULTY),
    ("service", 0.04, SLOW),
    ("sarcasm", 0.03, LATE),
    ("leaving", 0.045, LATE),
    ("warning", 0.035, LATE),
    ("restocking", 0.012, RESTOCKING),
    ("owed", 0.012, LATE),
    ("danger", 0.005, BATTERY_FAULT),
    ("where", 0.14, 0),
    ("howto", 0.05, 0),
    ("fits", 0.04, 0),
    ("buying", 0.035, 0),
    ("praise", 0.03, 0),
    ("thanks", 0.025, 0),
    ("staff_praise", 0.016, 0),
    ("idea", 0.012, 0),
    ("recommend", 0.013, 0),
)


def backlog_size(customers: int) -> int:
    """How many messages the autumn sale and the courier's strike left unanswered on the last weekend."""
    return int(max(0.021 * customers, min(70, 0.06 * customers)))


def pile_up(talk: Talk, people: People, sales: Purchases, rng: np.random.Generator) -> None:
    """The backlog: most of it is still within the promised time, one in twenty is overdue."""
    many = backlog_size(people.size)
    weight = np.exp(-(TODAY - sales.at) / 45.0) * (sales.buyer >= RESERVED) * (people.life_end[sales.buyer] > TODAY)
    weight[sales.at > TODAY - 1] = 0.0
    reach = np.cumsum(weight)
    if many == 0 or reach[-1] <= 0:
        return
    row = np.searchsorted(reach, rng.random(many) * reach[-1], side="right")
    who = sales.buyer[row]
    what = rng.choice(len(BACKLOG_KINDS), many, p=np.array([share for _, share, _ in BACKLOG_KINDS]))
    kind = np.array([CODE[name] for name, _, _ in BACKLOG_KINDS])[what]
    cause = np.array([cause for _, _, cause in BACKLOG_KINDS])[what]
    # One in seven of those who wait writes again, on another channel.
    again = (rng.random(many) < 0.14) & np.isin(kind, [CODE["late"], CODE["where"], CODE["service"]])
    who = np.where(again, np.roll(who, 1), who)
    public = np.isin(kind, [CODE["warning"], CODE["recommend"]])
    # Two in five warnings come from people to whom others listen, and a few in a hundred write who are no customers.
    who, row = _heard(people, who, row, (kind == CODE["warning"]) & (rng.random(many) < 0.4), rng)
    stranger = (rng.random(many) < 0.03) & np.isin(kind, [CODE["buying"], CODE["where"], CODE["late"]])
    who = np.where(stranger, -1 - rng.integers(0, 1 + people.size // 40, many), who)
    row = np.where(stranger, -1, row)
    open_channels = ((TWITTER, 0.45), (FACEBOOK, 0.25), (FORUM, 0.3))
    channel = np.where(public, pick(open_channels, many, rng), pick(DIRECT, many, rng))
    followers = np.where(who >= 0, people.followers[who], rng.lognormal(5.0, 1.6, many).astype(np.int64))
    promised = PROMISED_HOURS[channel] / 24
    age = promised * (0.01 + 0.93 * rng.beta(1.1, 1.5, many))
    overdue = rng.random(many) < 0.045
    age = np.where(overdue, promised * rng.uniform(1.02, 1.7, many), age)
    talk.add(
        many,
        author=who,
        at=TODAY - age,
        channel=channel,
        kind=kind,
        cause=cause,
        anger=np.where(_NEGATIVE[kind], _anger(people, np.maximum(who, 0), cause, rng), 0),
        subject=subjects(cause, rng),
        staff=np.where(kind == CODE["staff_praise"], _named(many, 1.0, rng), -1),
        audience=audience(channel, followers, rng),
        engagements=_engagements(channel, followers, rng),
        to_us=~PUBLIC[channel] | (rng.random(many) < 0.85),
        wants=True,
        delay=np.inf,
        sale=row,
    )


def _heard(
    people: People, who: Integers, row: Integers, wanted: Flags, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Puts living speakers, by their power, in the place of the authors of `wanted` rows; those have no one sale."""
    speakers = np.flatnonzero((people.power > 0) & (people.life_end > TODAY))
    speakers = speakers[speakers >= RESERVED]
    if len(speakers) == 0:
        return who, row
    reach = np.cumsum(people.power[speakers] ** 0.75)
    place = np.searchsorted(reach, rng.random(len(who)) * reach[-1], side="right")
    return np.where(wanted, speakers[np.minimum(place, len(speakers) - 1)], who), np.where(wanted, -1, row)
