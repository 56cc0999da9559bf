"""What a text states that records can check: orders, deliveries, prices, refunds, answers, opening hours.

Rules, not a model: precise rather than many. Questions, conditions ('if nobody answers') and fears ('I hope it is not
late') state nothing. English alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS = (
    "order", "order date", "not delivered", "delivery time", "delivery date", "price", "charged twice", "no refund",
    "no answer", "answer time", "closed", "closing time",
)  # fmt: skip
_LONGEST = 5000  # characters that are looked at
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "twice": 2, "couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "twenty": 20,
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing stated: its kind, the words, and the values in them."""

    kind: str
    said: str
    order: str = ""
    days: float = 0.0  # how long
    dates: tuple[tuple[int, int, int | None], ...] = ()  # (day, month, year or None): how the date may be read
    amount: Decimal | None = None
    currency: str = ""
    weekday: str = ""
    minute: int = -1  # of the day
    lasting: bool = field(default=True)  # 'is closed', not 'was closed'
    times: int = 1  # how often they say that they asked


_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_STATES_NOTHING = re.compile(
    r"\?\s*$|\b(?:if|unless|would|could|should|hope|hopefully|wish|imagine|suppose|in case|whether|so that|afraid"
    r"|worried|until|might|may|maybe|perhaps|please|used to|apparently|friend|told me|he|she|competitor\w*)\b",
    re.IGNORECASE,
)
TRIGGER = (
    r"(?i)\b(?:order|parcel|package|deliver|arriv|receiv|paid|charged|billed|refund|money back|answer|repl|respon"
    r"|back to|heard|ignor|closed?|closes|shuts?|open|bought|purchased|called|waited)"
)
"""Without a match, nothing is stated that records can check. Both RE2 and Python read it alike."""
_TRIGGER = re.compile(TRIGGER)
_GOODS = r"(?:parcel|package|order(?:\s+#?\s?[\w-]*\d[\w-]*)?|delivery|item|goods|shipment)"
_MY = r"(?:my|the|our|this|that)"
_NOT = r"(?:never|not|still not|hasn['’]?t|haven['’]?t|didn['’]?t|hasnt|havent|didnt)"
_COUNT = (
    r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|twenty|couple of)"
)
_LONG = (
    rf"(?:(?:over|more than|about|nearly|almost|around|at least|a whole|a full|another|full)\s+)?{_COUNT}\s+"
    r"(?:whole\s+|full\s+|long\s+|working\s+|business\s+)?(?P<unit>hour|day|week|month)s?\b"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"  # noqa: E501
_DATE = (
    r"(?P<date>(?P<iso>\d{4}-\d{2}-\d{2})|(?P<dm>\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b)"
    rf"|(?:the\s+)?(?P<d1>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?(?P<m1>{_MONTH})\b\.?(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}}){_ORDINAL}(?!\d)(?:,?\s+(?P<y2>\d{{4}}))?)"
)
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "usd": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR",
          "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP", "gbp": "GBP", "chf": "CHF",
          "franc": "CHF", "francs": "CHF"}  # fmt: skip
_AMOUNT = (
    r"(?:(?P<sign>[$€£])\s?(?P<a1>\d[\d,'’]*(?:\.\d\d?)?)(?![.,]?\d)"
    r"|(?P<a2>\d[\d,'’]*(?:\.\d\d?)?)\s?(?P<unit>usd|eur|euros?|dollars?|pounds?|gbp|chf|francs?|[€$£])(?!\w))"
)
_DAY = rf"(?P<day>{'|'.join(_DAYS)})s?"


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ORDER = _rule(
    r"\border\s*(?:number|no\.?|nr\.?|id)?\s*[:#]?\s*(?P<order>(?:[a-z]{1,4}-?)?\d{3,14})\b(?![.,]\d|\s*[€$£%])"
)
_NOT_DELIVERED = _rule(
    rf"\b{_GOODS}\s+(?:(?:has|had|have|did|was|is)\s+)?(?:still\s+)?{_NOT}(?:\s+yet|\s+even|\s+ever)?(?:\s+been)?\s+"
    r"(?:arrived?|delivered|come|came|turned up|turn up|showed up|shown up|show up|here)\b"
    rf"|\b(?:never|have not|haven['’]?t|did not|didn['’]?t|still not|not)\s+(?:yet\s+|even\s+|ever\s+)?"
    rf"(?:received?|got|gotten|get|seen)\s+{_MY}\s+{_GOODS}"
    rf"|\bstill\s+waiting\s+(?:for|on)\s+{_MY}\s+{_GOODS}\b(?!\s+(?:to\s+be|refund))"
)
_TOOK = _rule(
    rf"\b(?:took|taken|waited)\s+(?:you\s+|them\s+|us\s+)?{_LONG}(?=[^.!?]{{0,40}}\b(?:arrive|deliver|to come|get here|"
    rf"reach me|{_GOODS}))|\b(?:arrived|delivered|came|received it)\s+(?:only\s+)?(?:after\s+)?"
    rf"{_LONG.replace('count', 'count2').replace('unit', 'unit2')}"
    r"(?=\s+(?:later|after\s+(?:i\s+)?order|after\s+the\s+order|after\s+i\s+bought|[.!,]|$))"
)
_ARRIVED_ON = _rule(rf"\b(?:arrived|delivered|came|received\s+(?:it|{_MY}\s+{_GOODS}))\s+(?:only\s+)?on\s+{_DATE}")
_ORDERED_ON = _rule(
    rf"\b(?:ordered|bought|purchased|placed\s+(?:my|an|the|this)\s+order)\b[^.!?]{{0,40}}?\bon\s+{_DATE}"
)
_PAID = _rule(
    r"(?<!not )(?<!never )\b(?:i|we|you|they|was|were|have|had|got|been|me)\s+(?:already\s+|just\s+|been\s+)?"
    rf"(?:paid|charged|billed)\s+(?:you\s+|me\s+|us\s+|my\s+card\s+)?(?:over\s+|about\s+)?{_AMOUNT}"
    r"(?!\s*(?:more|extra|each|a month|per|monthly|on top|too|less|for\s+(?:shipping|delivery|postage|return|help|"
    r"support|the\s+download)|in\s+(?:fees|shipping|postage|customs|tax)|fee|shipping|postage|customs|deposit))"
)
_TWICE = _rule(
    r"\b(?:charged|billed|debited|paid)\s+(?:me\s+|us\s+|my\s+card\s+)?(?:twice|two times|double)\b"
    r"|\bdouble[- ]charged\b"
)
_NO_REFUND = _rule(
    r"\b(?:never|have not|haven['’]?t|has not|hasn['’]?t|did not|didn['’]?t|still not|not)\s+"
    r"(?:yet\s+|even\s+|ever\s+)?(?:been\s+)?(?:(?:received?|got|gotten|get|seen|given|gave|give)\s+(?:me\s+|us\s+)?(?:my|the|a|any)\s+"
    r"(?:refund|money\s+back)|refunded|refund\s+me)"
    r"|\b(?:no|without\s+(?:a|any))\s+refund\b(?!\s+polic)"
    r"|\bstill\s+waiting\s+(?:for|on)\s+(?:my|the|a)\s+(?:refund|money\s+back)"
)
_NO_ANSWER = _rule(
    r"\b(?:nobody|no[- ]?one)\s+(?:has\s+|have\s+|had\s+|ever\s+|even\s+|at\s+all\s+){0,2}(?:answer(?:ed|s)|"
    r"repl(?:ied|ies)|respond(?:ed|s)|(?:got|gets|gotten|came|wrote|called|calls)\s+(?:me\s+)?back)\b"
    r"|(?<!\bi )(?<!\bwe )\b(?:never|not\s+once|have\s+not|haven['’]?t|has\s+not|hasn['’]?t)\s+"
    r"(?:even\s+|ever\s+|yet\s+)?(?:answered|replied|responded|(?:got|gotten|called|wrote)\s+(?:me\s+)?back)\b"
    r"|\b(?:never|not|haven['’]?t|didn['’]?t|still\s+no|no|without\s+an?y?|zero)\s+(?:yet\s+)?(?:(?:received|got|had|get|"
    r"heard|hear)\s+)?(?:an?\s+|any\s+|back\s+)?(?:answer|reply|response)\b"
    r"|\b(?:never|haven['’]?t|didn['’]?t|have\s+not)\s+(?:heard|hear)\s+back\b"
    r"|\b(?:you|they)\s+(?:just\s+|simply\s+|all\s+)?ignored?\s+(?:me|us|my|our)\b"
    r"|\bmy\s+(?:e-?mails?|messages?|letters?|complaints?)\s+(?:was|were|have\s+been|has\s+been|got)\s+ignored\b"
)
_TIMES = _rule(
    r"\b(?:wrote|written|mailed|e-?mailed|called|rang|phoned|asked|contacted|messaged|tried|sent)\b[^.!?]{0,30}?"
    r"\b(?P<times>\d{1,2}|twice|two|three|four|five|six|seven|eight|nine|ten|several|many|countless)"
    r"(?:\s+(?:times|e-?mails?|messages?|letters?)|(?<=twice))\b"
)
_WAITED_ANSWER = _rule(
    rf"\b(?:waited|waiting|took)\s+(?:you\s+|them\s+)?(?:for\s+)?{_LONG}\s+(?:for|to)\s+(?:an?\s+|any\s+)?"
    r"(?:answer|reply|replies|response|respond|get\s+back)\b"
)
_CLOSED = _rule(
    rf"\b(?P<be>is|are|['’]re|['’]s|was|were)\s+(?:always\s+|just\s+|all\s+|still\s+)?(?:closed|not\s+open|shut)\s+"
    rf"(?:all\s+day\s+)?(?:on\s+)?(?:an?\s+|the\s+|every\s+)?{_DAY}\b"
    rf"|\b(?:never|not|aren['’]?t|isn['’]?t)\s+(?:even\s+)?open\s+on\s+(?:an?\s+)?{_DAY.replace('day>', 'day2>')}\b"
)
_CLOSES = _rule(
    r"\b(?:closes?|shuts?)\s+(?:already\s+)?at\s+(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>[ap]\.?m\.?)?"
    rf"(?:\s+(?:o['’]clock|sharp))?(?:\s+on\s+(?:a\s+)?{_DAY})?"
)


def assertions(text: str) -> list[Assertion]:
    """What a text states that records can check, in the order of KINDS, each kind once.

    >>> [(one.kind, one.days) for one in assertions("My parcel took three weeks to arrive. Nobody replied!")]
    [('delivery time', 21.0), ('no answer', 0.0)]
    >>> assertions("Did my parcel arrive? If nobody answers I will leave.")
    []
    """
    text = text[:_LONGEST]
    found: dict[str, Assertion] = {}
    for sentence in _SENTENCE.split(text) if _TRIGGER.search(text) else ():
        small = sentence.lower()
        tried = [rule for rule in _RULES if rule.kind not in found and any(word in small for word in rule.wants)]
        if not tried:
            continue
        states = not _STATES_NOTHING.search(_without_may(sentence))
        for rule in tried:
            match = rule.pattern.search(sentence) if states or rule.kind == "order" else None
            if match and (one := rule.read(rule.kind, match)) is not None:
                found[rule.kind] = one
    return [found[kind] for kind in KINDS if kind in found]


def _without_may(sentence: str) -> str:
    """'May' as a month states a date, not a doubt."""
    return re.sub(r"\bMay\b(?=\s+\d)|(?<=\d )May\b|(?<=[a-z] )May\b", "", sentence)


def _plain(kind: str, match: re.Match[str]) -> Assertion | None:
    return Assertion(kind, _words(match))


def _an_answer(kind: str, match: re.Match[str]) -> Assertion | None:
    asked = _TIMES.search(match.string)
    said = asked["times"].lower() if asked else "one"
    times = int(said) if said.isdecimal() else _NUMBER_WORDS.get(said, 3)  # 'several' is three at least
    return Assertion(kind, _words(match), times=times)


def _words(match: re.Match[str]) -> str:
    return " ".join(match.group(0).split()).strip(" ,.!")


def _an_order(kind: str, match: re.Match[str]) -> Assertion | None:
    number = match["order"]
    year = re.fullmatch(r"(?:19|20)\d\d", number)
    return None if year else Assertion(kind, _words(match), order=number)


def _a_time(kind: str, match: re.Match[str]) -> Assertion | None:
    parts = match.groupdict()
    count, unit = (parts["count"] or parts.get("count2") or "").lower(), parts["unit"] or parts.get("unit2") or ""
    number = float(count) if count.isdecimal() else float(_NUMBER_WORDS[count])
    days = number * {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}[unit.lower()]
    return Assertion(kind, _words(match), days=days)


def _a_date(kind: str, match: re.Match[str]) -> Assertion | None:
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        dates: tuple[tuple[int, int, int | None], ...] = ((day, month, year),)
    elif match["dm"]:
        first, second, year = map(int, re.split(r"[./]", match["dm"]))
        year += 2000 if year < 100 else 0
        dates = ((first, second, year), (second, first, year))
    else:
        month = next(
            n for n, name in enumerate(_MONTHS, 1) if name.startswith((match["m1"] or match["m2"]).lower()[:3])
        )
        said_year = match["y1"] or match["y2"]
        dates = ((int(match["d1"] or match["d2"]), month, int(said_year) if said_year else None),)
    real = tuple(one for one in dict.fromkeys(dates) if _real(one))
    return Assertion(kind, _words(match), dates=real) if real else None


def _real(parts: tuple[int, int, int | None]) -> bool:
    try:
        date(parts[2] or 2024, parts[1], parts[0])
    except ValueError:
        return False
    return True


def _an_amount(kind: str, match: re.Match[str]) -> Assertion | None:
    digits = re.sub(r"['’]|,(?=\d{3}\b)", "", match["a1"] or match["a2"])
    if "," in digits:
        digits = digits.replace(",", ".", 1) if re.fullmatch(r"\d+,\d\d?", digits) else ""
    if not digits:
        return None
    currency = _SIGNS[(match["sign"] or match["unit"]).lower()]
    return Assertion(kind, _words(match), amount=Decimal(digits), currency=currency)


def _a_closed_day(kind: str, match: re.Match[str]) -> Assertion | None:
    lasting = (match["be"] or "").lower() not in ("was", "were")
    return Assertion(kind, _words(match), weekday=(match["day"] or match["day2"]).lower(), lasting=lasting)


def _a_closing_time(kind: str, match: re.Match[str]) -> Assertion | None:
    hour, half = int(match["hour"]), (match["half"] or "").lower()[:1]
    if hour > 24 or (half and hour > 12):
        return None
    if half == "p" and hour < 12:
        hour += 12
    elif not half and not match["minute"] and 1 <= hour <= 9:
        hour += 12  # 'closes at 5' is an afternoon
    return Assertion(
        kind, _words(match), minute=60 * hour + int(match["minute"] or 0), weekday=(match["day"] or "").lower()
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind of statement; a sentence without any of the `wants` is not searched."""

    kind: str
    wants: tuple[str, ...]
    pattern: re.Pattern[str]
    read: Callable[[str, re.Match[str]], Assertion | None]


_RULES = (
    _Rule("order", ("order",), _ORDER, _an_order),
    _Rule("order date", ("ordered", "bought", "purchased", "placed"), _ORDERED_ON, _a_date),
    _Rule("not delivered", ("parcel", "package", "order", "deliver", "item", "goods", "ship"), _NOT_DELIVERED, _plain),
    _Rule("delivery time", ("took", "taken", "waited", "arrived", "delivered", "came", "received"), _TOOK, _a_time),
    _Rule("delivery date", ("arrived", "delivered", "came", "received"), _ARRIVED_ON, _a_date),
    _Rule("price", ("paid", "charged", "billed"), _PAID, _an_amount),
    _Rule("charged twice", ("charged", "billed", "debited", "paid"), _TWICE, _plain),
    _Rule("no refund", ("refund", "money back"), _NO_REFUND, _plain),
    _Rule("no answer", ("answer", "repl", "respon", "back", "ignore"), _NO_ANSWER, _an_answer),
    _Rule("answer time", ("answer", "repl", "respon", "back"), _WAITED_ANSWER, _a_time),
    _Rule("closed", ("closed", "open", "shut"), _CLOSED, _a_closed_day),
    _Rule("closing time", ("close", "shut"), _CLOSES, _a_closing_time),
)


def dates_before(assertion: Assertion, latest: date) -> Iterator[date]:
    """The dates that may be meant; without a year, the last one up to `latest`."""
    for day, month, year in assertion.dates:
        for tried in (year,) if year else (latest.year, latest.year - 1):
            try:
                meant = date(tried, month, day)
            except ValueError:
                continue
            if meant <= latest:
                yield meant
                break
