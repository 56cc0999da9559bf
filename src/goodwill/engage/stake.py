"""The stake: the money that one message puts at risk, or offers, now, in terms that can each be looked at.

    stake = (chance to leave · own g  +  chance to leave · say · the organisation's g  +  Σ_j chance to sway j · g_j)
            · what an answer still saves

`g` is the expected margin of a customer's own account (`generated` in the worth table), never their `follows`: that
holds other people's money already, and would count it twice. The order uses these expectations, never a maximum.

What nobody measured is an assumption and shown as such: `[assumptions] leave_after_complaint`, `answer_helps`, `sway`
and `influence_share`; how intents compare (`ODDS`) and how fast help fades (`HALF_LIFE_HOURS`) are goodwill's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL
from goodwill.facts.columns import DAY, HOUR, Floats, flags, floats, instants, integers, places

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodwill.assumptions import Assumption
    from goodwill.engage.waiting import Messages
    from goodwill.facts.columns import Flags
    from goodwill.firm import Firm
    from goodwill.lake import Facts

ODDS = {"leaving": 4.0, "warning": 2.0, "complaint": 1.0, "question": 0.25, "idea": 0.15}
"""How the odds of leaving compare with those of a complaint (1), by what the writer wants."""
MOOD_ALONE = 0.75
"""The same for a negative mood without any of these."""
USUAL = 0.5
"""The same for whoever writes, before a word is read: between a question and a complaint."""
READER = 0.5
"""How far a reading is trusted: the first intent is right in about six of ten messages (docs/model-card.md), so the
chance goes half the way from what is usual to what was read. An expectation that forgets this chases misreadings."""
AGAIN = np.array([1.0, 1.5, 2.0])
"""The same after none, one, two and more earlier days of complaint within the window."""
HALF_LIFE_HOURS = {
    "chat": 12.0,
    "phone": 24.0,
    "twitter": 24.0,
    "facebook": 24.0,
    "instagram": 24.0,
    "mastodon": 24.0,
    "bluesky": 24.0,
    "email": 72.0,
    "forum": 96.0,
    "review": 240.0,
    "blog": 240.0,
}
"""After how long an answer helps half as much, by channel."""
OTHER_HALF_LIFE_HOURS = 72.0
STILL_HELPS = 0.05
"""What even a very late answer keeps of its help."""
PRIVATE = ("email", "chat", "phone", "letter", "sms", "form")
THANKING = (0.0, 0.01, 0.03)
"""What a thank-you adds to what its reader gives, as a share of own g (low, middle, high): assumed."""


@dataclass(frozen=True)
class Chance:
    """Probabilities, or shares, with their range; (n,) each."""

    low: Floats
    middle: Floats
    high: Floats

    def times(self, other: Chance) -> Chance:
        return Chance(self.low * other.low, self.middle * other.middle, self.high * other.high)


@dataclass(frozen=True)
class Term:
    """One term of the stake, in money; (n,) each, 0 where it does not apply."""

    amount: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Values:
    """What each valued customer's own account is expected to bring, with the spread of its outcome as factors."""

    ids: pa.Array
    g: Floats  # at least 0
    down: Floats  # low end over middle
    up: Floats  # high end over middle
    evidence: npt.NDArray[np.str_]

    def place(self, customers: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
        """The row of each customer; −1 where not valued one by one."""
        return places(customers, self.ids)


def values(worth: pa.Table) -> Values:
    """Own expected margin by customer: `generated`, else `spend`. The pool is nobody."""
    worth = worth.filter(pc.not_equal(worth["customer_id"], POOL))
    generated = pc.coalesce(worth["generated"], worth["spend"])
    g = np.maximum(_money(generated), 0.0)
    follows, low, high = (_money(worth[name]) for name in ("follows", "follows_low", "follows_high"))
    known = follows > 0
    safe = np.where(known, follows, 1.0)
    down = np.where(known, np.clip(low / safe, 0.0, 1.0), 1.0)
    up = np.where(known, np.maximum(high / safe, 1.0), 1.0)
    return Values(worth["customer_id"].combine_chunks(), g, down, up, _strongest(worth["evidence"]))


def _money(column: pa.ChunkedArray) -> Floats:
    return floats(column)


def _strongest(lists: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    """What an expected sum rests on: it is a forecast, so at best estimated, and assumed where that is all there is."""
    joined = pc.fill_null(pc.binary_join(lists, " "), "")
    fitted = flags(pc.match_substring_regex(joined, "estimated|measured"))
    return np.where(fitted, "estimated", "assumed")


def leaving(said: Messages, firm: Firm, earlier: npt.NDArray[np.int64]) -> Chance:
    """How likely the writer leaves if nobody answers, from what was meant and how often they had to complain before."""
    assumed = firm.assumptions.leave_after_complaint
    wanted = np.zeros(len(said))
    for intent, odds in ODDS.items():
        wanted = np.maximum(wanted, np.where(said.intent(intent), odds, 0.0))
    mood_alone = MOOD_ALONE * said.negative
    sure = floats(said.column("p_intent"), 1.0)
    times = sure * np.maximum(wanted, mood_alone) + (1 - sure) * mood_alone
    times = READER * times * (0.5 + said.negative) + (1 - READER) * USUAL
    times = times * AGAIN[np.minimum(earlier, 2)]
    return Chance(*(_by_odds(base, times) for base in (assumed.low, assumed.value, assumed.high)))


def _by_odds(base: float, times: Floats) -> Floats:
    """A probability whose odds are those of `base`, times a factor; it never passes 1.

    >>> _by_odds(.15, np.array([0., 1, 4])).round(3).tolist()
    [0.0, 0.15, 0.414]
    """
    if base >= 1:
        return np.ones_like(times)
    odds = times * base / (1 - base)
    share: Floats = odds / (1 + odds)
    return share


def helping(said: Messages, firm: Firm, end: int) -> Chance:
    """How much of the loss an answer now still prevents: it falls with age, faster where people expect to be quick."""
    channel = pc.utf8_lower(pc.fill_null(said.column("channel"), "")).combine_chunks()
    known = pa.array(list(HALF_LIFE_HOURS))
    lives = np.append(list(HALF_LIFE_HOURS.values()), OTHER_HALF_LIFE_HOURS)
    half_life = lives[places(channel, known)]
    left = np.maximum(np.exp2(-((end - said.at) / HOUR) / half_life), STILL_HELPS)
    assumed = firm.assumptions.answer_helps
    return Chance(assumed.low * left, assumed.value * left, assumed.high * left)


def earlier_complaints(said: Messages) -> npt.NDArray[np.int64]:
    """On how many earlier days of the window the same person complained, answered or not."""
    bad = said.intent("complaint", "warning", "leaving") | said.mood_is_negative
    day = said.at // DAY
    rows = np.flatnonzero(bad)
    days = np.unique(np.column_stack([said.person[rows], day[rows]]), axis=0)
    span = int(day.max() + 2) if len(day) else 1
    shelf = days[:, 0] * span + days[:, 1]
    before: npt.NDArray[np.int64] = np.searchsorted(shelf, said.person * span + day) - np.searchsorted(
        shelf, said.person * span
    )
    return before


def spread(*ranges: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """The factors down and up of a product whose parts have ranges (low, middle, high) and are independent.

    The logarithms' distances add as squares; a part whose low end is 0 takes the product's low end to 0.

    >>> down, up = spread((np.array([.5]), np.array([1.]), np.array([2.])))
    >>> down.tolist(), up.tolist()
    ([0.5], [2.0])
    """
    below: Floats = np.zeros_like(ranges[0][1])
    above: Floats = np.zeros_like(ranges[0][1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for low, middle, high in ranges:
            somewhat = middle > 0
            below = below + np.where(somewhat, np.log(np.where(somewhat, low / middle, 1.0)) ** 2, 0.0)
            above = above + np.where(somewhat, np.log(np.where(somewhat, high / middle, 1.0)) ** 2, 0.0)
        return np.exp(-np.sqrt(below)), np.exp(np.sqrt(above))


def own_term(place: npt.NDArray[np.int64], known: Values, risk: Chance, help_: Chance) -> Term:
    """What the writer's own account loses: chance to leave · own g · help."""
    g, down, up = _theirs(known, place)
    amount = g * risk.middle * help_.middle
    lower, upper = spread(
        (risk.low, risk.middle, risk.high), (help_.low, help_.middle, help_.high), (down, np.ones_like(g), up)
    )
    return Term(amount, amount * lower, amount * upper)


def _theirs(known: Values, place: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    return (
        np.append(known.g, 0.0)[place],
        np.append(known.down, 1.0)[place],
        np.append(known.up, 1.0)[place],
    )


@dataclass(frozen=True)
class Account:
    """A customer's say in an organisation's decision, as a person entered it."""

    customer_id: str
    organisation_id: str
    organisation: str
    role: str
    say: float | None
    g: float
    up: float
    entered: str


def accounts(facts: Facts, known: Values, end: int) -> list[Account]:
    """The roles that a person entered by now. A role that nobody signed counts for nothing.

    An organisation without an account of its own has what its other buyers and holders bring.
    """
    roles = facts.arrow("roles")
    signed = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(roles["entered_by"], ""))), 0)
    in_time = pa.array(instants(roles["entered_at"]) <= end)
    roles = roles.filter(pc.and_(signed, in_time))
    if not roles.num_rows:
        return []
    names = dict(zip(*(facts.arrow("people")[c].to_pylist() for c in ("customer_id", "name")), strict=True))
    rows = roles.to_pylist()
    place = known.place(roles["organisation_id"])
    member = known.place(roles["customer_id"])
    found = []
    for row, at, mine in zip(rows, place.tolist(), member.tolist(), strict=True):
        buyers = {
            other
            for r, other in zip(rows, member.tolist(), strict=True)
            if r["organisation_id"] == row["organisation_id"] and r["role"] in ("buyer", "holder") and other != mine
        }
        g = float(known.g[at]) if at >= 0 else float(sum(known.g[b] for b in buyers if b >= 0))
        when = row["entered_at"].date().isoformat() if row["entered_at"] else "no date"
        found.append(
            Account(
                row["customer_id"],
                row["organisation_id"],
                names.get(row["organisation_id"]) or row["organisation_id"],
                row["role"],
                row["say"],
                g,
                float(known.up[at]) if at >= 0 else 1.0,
                f"entered by {row['entered_by']}, {when}",
            )
        )
    return found


@dataclass(frozen=True)
class Listeners:
    """By writer: how many known customers respond to them, and what those are expected to bring, weighted."""

    ids: pa.Array
    count: npt.NDArray[np.int64]
    weighted: Floats  # Σ_j w_j · g_j

    def of(self, customers: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], Floats]:
        place = places(customers, self.ids)
        return np.append(self.count, 0)[place], np.append(self.weighted, 0.0)[place]


def listeners(ties: pa.Table, known: Values, firm: Firm) -> Listeners:
    """Who responds to whom, by the ties of influence. Who was referred and came is not at stake: they are here.

    Each listener weighs by the strength of the tie: its share over `[assumptions] influence_share`, at most 1.
    """
    swayed = ties.filter(pc.and_(pc.equal(ties["kind"], "influence"), pc.not_equal(ties["customer_id"], ties["by_id"])))
    place = known.place(swayed["customer_id"])
    swayed, place = swayed.filter(pa.array(place >= 0)), place[place >= 0]
    by = swayed["by_id"].combine_chunks().dictionary_encode()
    writer = np.asarray(by.indices).astype(np.int64)
    full = max(firm.assumptions.influence_share.value, 1e-9)
    weight = np.minimum(floats(swayed["share"], full) / full, 1.0)
    n = len(by.dictionary)
    return Listeners(
        by.dictionary,
        np.bincount(writer, minlength=n).astype(np.int64),
        np.bincount(writer, weights=weight * known.g[place], minlength=n).astype(np.float64),
    )


def is_public(said: Messages) -> Flags:
    """Said where others read it: not on a private channel, or with an audience."""
    channel = pc.utf8_lower(pc.fill_null(said.column("channel"), "email")).combine_chunks()
    private = flags(pc.is_in(channel, value_set=pa.array(PRIVATE)))
    audience = integers(said.column("audience"))
    public: Flags = ~private | (audience > 1)
    return public


def listeners_term(weighted: Floats, said: Messages, risk: Chance, help_: Chance, firm: Firm) -> Term:
    """What known listeners may no longer bring: chance that they hear of it · chance to sway · g_j · help.

    A public warning is heard; another public message as far as it is negative; of a private one hears who knows a
    customer that left.
    """
    heard = np.where(is_public(said), np.where(said.intent("warning"), 1.0, said.negative), risk.middle)
    return _swayed(weighted * heard, help_, firm.assumptions.sway)


def _swayed(exposed: Floats, help_: Chance, sway: Assumption) -> Term:
    amount = exposed * sway.value * help_.middle
    ones = np.ones_like(amount)
    lower, upper = spread((sway.low * ones, sway.value * ones, sway.high * ones), (help_.low, help_.middle, help_.high))
    return Term(amount, amount * lower, amount * upper)


def thanks_terms(
    place: npt.NDArray[np.int64], known: Values, weighted: Floats, said: Messages, help_: Chance, firm: Firm
) -> tuple[Term, Term]:
    """What a thank-you can bring: a little of the writer's own, and of those who read the praise with its answer."""
    g, _, up = _theirs(known, place)
    low, middle, high = THANKING
    amount = g * middle * help_.middle
    ones = np.ones_like(g)
    _, upper = spread((low * ones, middle * ones, high * ones), (help_.low, help_.middle, help_.high), (ones, ones, up))
    told = np.where(is_public(said), weighted, 0.0)
    return Term(amount, amount * low, amount * upper), _swayed(told, help_, firm.assumptions.sway)
