"""The `[[perks]]` of goodwill.toml: what the firm's published rule gives, and for which acts.

A perk is for acts that anyone can do. It is never for what somebody is expected to be worth, for how much they can pay,
for praise or a rating, or for how many people listen to them: a rule that says so is refused, with the reason.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ActKind = Literal["purchase", "answer", "friend", "idea", "year"]
_FORMS = (
    'write for = "third purchase", "answered another customer", "brought a friend", "sent an idea" or "a year with us"'
)
_NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_WORDS: dict[ActKind, str] = {
    "purchase": "purchase purchases bought buy buying order orders times time",
    "answer": "answered answer answers answering customer customers other another question questions",
    "friend": "brought bring bringing friend friends",
    "idea": "sent send sending idea ideas",
    "year": "year years",
}
_NAMES: dict[ActKind, tuple[str, ...]] = {
    "purchase": ("purchase", "purchases", "bought", "order", "orders"),
    "answer": ("answered", "answer", "answers", "answering"),
    "friend": ("friend", "friends"),
    "idea": ("idea", "ideas"),
    "year": ("year", "years"),
}
_IDLE = frozenset(["a", "an", "the", "your", "of", "with", "us", "from", "by", "our", "to", "in"])
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_WINDOW = re.compile(r"\b(?:in|within) (?:the (?:past|last) )?(?:(a|\d{1,4}) )?(day|week|month|year)s?$")
_NEVER = (
    (
        "worth value valued valuable clv ltv lifetime predicted expected prediction score segment potential follows",
        "what somebody is expected to be worth is a guess about them; a perk is for what they did",
    ),
    (
        "spend spent spends spending amount revenue money income rich wealth wealthy afford pay pays paid price euro "
        "euros dollar dollars basket budget currency least",
        "who can pay more would get more; count purchases, whatever they cost",
    ),
    (
        "praise praised praises review reviews reviewed rating ratings rated star stars recommend recommended "
        "recommendation compliment testimonial like likes nice thanks",
        "praise that is paid for tells nothing, and whoever reads it is misled",
    ),
    (
        "follower followers audience reach influencer influence posts post views",
        "the loud would get what the quiet do not",
    ),
)


class Act(BaseModel):
    """So many of one act within so many days up to now; without `days`, ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    act: ActKind = Field(description="purchase, answer, friend, idea or year")
    count: int = Field(default=1, ge=1, le=1000, description="how many of it")
    days: int | None = Field(default=None, ge=1, le=36600, description="within how many days; without it, ever")

    @model_validator(mode="after")
    def _years_have_no_window(self) -> Act:
        if self.act == "year" and self.days is not None:
            raise ValueError("years with us are counted from the first day; leave the days out")
        return self


class PerkRule(BaseModel):
    """One rule: any one of its acts earns the perk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80, description="what the rule is called where it is published")
    perk: str = Field(min_length=1, max_length=200, description="what is given, in words to be read aloud")
    acts: tuple[Act, ...] = Field(min_length=1, description="`for`: one act, or several of which any is enough")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """`for` may be words, a table {act, count, days}, or a list of them."""
        if not isinstance(given, dict) or "acts" in given:
            return given
        odd = sorted(set(given) - {"name", "perk", "for"})
        if odd:
            _refuse_what_nobody_can_earn(odd[0])
            raise ValueError(f"a perk has no {odd[0]!r}; it has name, perk and for")
        if "for" not in given:
            raise ValueError(f"the perk {given.get('name', '')!r} does not say what it is for; {_FORMS}")
        wanted = given["for"]
        written = wanted if isinstance(wanted, list | tuple) else [wanted]
        named = {name: given[name] for name in ("name", "perk") if name in given}
        return {**named, "acts": [_act(one) for one in written]}


def _act(written: Any) -> Any:
    if isinstance(written, dict):
        for word in (*(str(key) for key in written), str(written.get("act", ""))):
            _refuse_what_nobody_can_earn(word)
        odd = sorted(set(written) - {"act", "count", "days"})
        if odd:
            raise ValueError(f"an act has no {odd[0]!r}; it has act, count and days")
        return written
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is no act; {_FORMS}")
    return act_of(written)


def act_of(words: str) -> Act:
    """An act as the firm writes it. Raises ValueError for what is no act, or none that a perk may be for.

    >>> act_of("third purchase"), act_of("brought 2 friends in 90 days").days
    (Act(act='purchase', count=3, days=None), 90)
    >>> act_of("five-star review")
    Traceback (most recent call last):
    ValueError: no perk is given for 'star': praise that is paid for tells nothing, and whoever reads it is misled
    """
    plain = " ".join(re.findall(r"[a-z0-9]+", words.lower()))
    for word in plain.split():
        _refuse_what_nobody_can_earn(word)
    window = _WINDOW.search(plain)
    rest = (plain[: window.start()] if window else plain).split()
    kind = next((kind for kind, names in _NAMES.items() if set(rest) & set(names)), None)
    if kind is None:
        raise ValueError(f"{words!r} is no act that goodwill can count; {_FORMS}")
    counts = [number for word in rest if (number := _number(word)) is not None]
    left = [word for word in rest if word not in _IDLE and word not in _WORDS[kind].split() and _number(word) is None]
    if left or len(counts) > 1:
        raise ValueError(f"{words!r}: what does {' '.join(left) or 'it'} mean? {_FORMS}")
    days = int({None: 1, "a": 1}.get(window[1]) or window[1]) * _DAYS[window[2]] if window else None
    return Act(act=kind, count=counts[0] if counts else 1, days=days)


def _number(word: str) -> int | None:
    if word in _NUMBERS:
        return _NUMBERS.index(word) + 1
    if word in _ORDINALS:
        return _ORDINALS.index(word) + 1
    found = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th)?", word)
    return int(found[1]) if found else None


def _refuse_what_nobody_can_earn(word: str) -> None:
    parts = re.findall(r"[a-z]+", word.lower())
    for words, why in _NEVER:
        named = next((part for part in parts if part in words.split()), None)
        if named:
            raise ValueError(f"no perk is given for {named!r}: {why}")
