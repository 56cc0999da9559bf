"""Recognition without a card: the perk that the firm's published rule gives for what somebody did.

The rules are the firm's `[[perks]]` (`goodwill.perks`): acts that anyone can do, so many of them, in so many days. They
are looked through in the firm's order, and the first that applies is given. Nothing of what somebody is worth, can pay,
thinks or reaches is looked at; the count of an act goes into the answer only as the rule has it ('three purchases'), so
what is read aloud at a till tells bystanders nothing that the rule does not.

    choose(rules, count)          one person, whose acts are counted by `count(act)`: the till
    earned(facts, rules, as_of)   everybody, as Arrow: a notebook, a list to look through
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from goodwill.lake import Facts
    from goodwill.perks import Act, PerkRule

EARNED = pa.schema([(name, pa.string()) for name in ("customer_id", "rule", "perk", "reason")])
_SPOKEN = ("", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WINDOWS = {1: "day", 7: "week", 30: "month", 365: "year"}


@dataclass(frozen=True)
class Given:
    """A perk, the rule that gives it, and the reason in words that can be read aloud."""

    rule: str
    perk: str
    reason: str


def choose(rules: Iterable[PerkRule], count: Callable[[Act], int]) -> Given | None:
    """The perk of the first rule one of whose acts was done often enough; None where no rule applies.

    >>> from goodwill.perks import PerkRule
    >>> rule = PerkRule.model_validate({"name": "Friends", "perk": "a coffee", "for": "brought 2 friends"})
    >>> choose([rule], lambda act: 2).reason
    'Thank you for bringing two friends.'
    >>> choose([rule], lambda act: 1)
    """
    for rule in rules:
        for act in rule.acts:
            if count(act) >= act.count:
                return Given(rule.name, rule.perk, reason(act))
    return None


def reason(act: Act) -> str:
    """Why, as a person would say it at a till.

    >>> from goodwill.perks import act_of
    >>> reason(act_of("third purchase in a year"))
    'Thank you for buying from us three times in the past year.'
    """
    number = _SPOKEN[act.count] if act.count < len(_SPOKEN) else str(act.count)
    many = act.count > 1
    what = {
        "purchase": f"buying from us {number} times" if many else "buying from us",
        "answer": f"answering other customers {number} times" if many else "answering another customer",
        "friend": f"bringing {number} friends" if many else "bringing a friend",
        "idea": f"sending us {number} ideas" if many else "sending us an idea",
        "year": f"{number} years with us" if many else "a year with us",
    }[act.act]
    return f"Thank you for {what}{_within(act.days)}."


def _within(days: int | None) -> str:
    if days is None:
        return ""
    return f" in the past {_WINDOWS[days]}" if days in _WINDOWS else f" in the past {days} days"


def years_between(first: datetime, now: datetime) -> int:
    """Whole years, by the calendar.

    >>> from datetime import datetime
    >>> [years_between(datetime(2024, 2, 29), datetime(2025, *day)) for day in ((2, 28), (3, 1))]
    [0, 1]
    """
    return now.year - first.year - ((now.month, now.day) < (first.month, first.day))


# --- everybody ----------------------------------------------------------------------------------------------------


def earned(facts: Facts, rules: Sequence[PerkRule], as_of: datetime) -> pa.Table:
    """Whom a rule gives something, as of a day: one row a person (EARNED), by id. Whose terms forbid counting what they
    did is the caller's matter (know.terms).
    """
    acts = sorted({act for rule in rules for act in rule.acts}, key=lambda act: (act.act, act.count, act.days or 0))
    done = {act: _counted(facts, act, as_of) for act in acts}
    people = sorted({who for counts in done.values() for who in counts})
    rows = []
    for who in people:
        given = choose(rules, lambda act, who=who: done[act].get(who, 0))  # type: ignore[misc]
        if given is not None:
            rows.append({"customer_id": who, "rule": given.rule, "perk": given.perk, "reason": given.reason})
    return pa.Table.from_pylist(rows, schema=EARNED)


def _counted(facts: Facts, act: Act, as_of: datetime) -> Counter[str]:
    """How often each person did it in its window: the same counts that the till makes of one person."""
    since = as_of - timedelta(days=act.days) if act.days is not None else None

    def within(at: Any) -> bool:
        return at is not None and at <= as_of and (since is None or at > since)

    counters: dict[str, Callable[[Facts, Callable[[Any], bool], datetime], Counter[str]]] = {
        "purchase": _purchases, "answer": _answers, "friend": _friends, "idea": _ideas, "year": _years,
    }  # fmt: skip
    found = counters[act.act](facts, within, as_of)
    found.pop("", None)
    return found


def _purchases(facts: Facts, within: Callable[[Any], bool], as_of: datetime) -> Counter[str]:
    """Sales less returns: what came back was not bought."""
    found: Counter[str] = Counter()
    for row in facts.arrow("purchases").select(["customer_id", "at", "amount"]).to_pylist():
        if within(row["at"]) and row["amount"]:
            found[row["customer_id"] or ""] += 1 if row["amount"] > 0 else -1
    return found


def _answers(facts: Facts, within: Callable[[Any], bool], as_of: datetime) -> Counter[str]:
    """Messages of other customers that they replied to, each once."""
    said = facts.arrow("messages").select(["message_id", "customer_id", "in_reply_to", "at"]).to_pylist()
    author = {row["message_id"]: row["customer_id"] for row in said}
    pairs = {
        (row["customer_id"], row["in_reply_to"])
        for row in said
        if within(row["at"]) and row["customer_id"] and author.get(row["in_reply_to"]) not in (None, row["customer_id"])
    }
    return Counter(who for who, _ in pairs)


def _friends(facts: Facts, within: Callable[[Any], bool], as_of: datetime) -> Counter[str]:
    """People whom they brought, and who came."""
    rows = facts.arrow("referrals").select(["referrer_id", "referred_id", "converted_at"]).to_pylist()
    pairs = {(row["referrer_id"], row["referred_id"]) for row in rows if within(row["converted_at"])}
    return Counter(who or "" for who, _ in pairs)


def _ideas(facts: Facts, within: Callable[[Any], bool], as_of: datetime) -> Counter[str]:
    rows = facts.arrow("contributions").select(["customer_id", "kind", "at"]).to_pylist()
    return Counter(row["customer_id"] or "" for row in rows if row["kind"] == "idea" and within(row["at"]))


def _years(facts: Facts, within: Callable[[Any], bool], as_of: datetime) -> Counter[str]:
    """Whole years since they joined or first bought, whichever came first."""
    first: dict[str, datetime] = {}
    joined = facts.arrow("people").select(["customer_id", "joined_at"]).to_pylist()
    bought = facts.arrow("purchases").select(["customer_id", "at"]).to_pylist()
    for who, at in [(row["customer_id"], row["joined_at"]) for row in joined] + [
        (row["customer_id"], row["at"]) for row in bought
    ]:
        if who and at is not None and (who not in first or at < first[who]):
            first[who] = at
    return Counter({who: years_between(at, as_of) for who, at in first.items() if at <= as_of})
