"""How figures are written on the page: two significant figures, a true minus, the interval small beside.

The currency is said once, in a heading. Exact cents stand in the books alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

MINUS = "\u2212"
HARD_SPACE = "\u00a0"
NOT_KNOWN = "not known"

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF", "INR": "₹"}
NAMES = {
    "EUR": "euros",
    "USD": "US dollars",
    "GBP": "pounds sterling",
    "JPY": "Japanese yen",
    "CHF": "Swiss francs",
    "INR": "Indian rupees",
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum as the page shows it: `text` in two significant figures, `interval` muted beside it."""

    text: str
    interval: str = ""
    value: float = 0.0  # for bars and for colour; never printed

    @property
    def tone(self) -> str:
        """The role of its colour; the sign is always there as well."""
        return "debit" if self.value < 0 else ""


def rounded(value: float) -> float:
    """To two significant figures, never finer than whole units.

    >>> [rounded(value) for value in (2412.0, -86.4, 7.3, 0.2)]
    [2400.0, -86.0, 7.0, 0.0]
    """
    if not math.isfinite(value) or value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return float(round(value, min(digits, 0)))


def money(value: float) -> str:
    """Money to two significant figures in whole units, with a true minus; what rounds to nothing is below 1.

    >>> money(2412), money(-1234567), money(0), money(0.31)
    ('2,400', '−1,200,000', '0', 'below 1')
    """
    if value and abs(value) < 0.5:
        return "below 1"
    return whole(rounded(value))


def whole(value: float) -> str:
    """A whole number with thousands apart and a true minus.

    >>> whole(-12345.4)
    '−12,345'
    """
    number = round(value)
    return (MINUS if number < 0 else "") + f"{abs(number):,}"


def exact(value: Any) -> str:
    """Money to the cent, for the books.

    >>> from decimal import Decimal
    >>> exact(Decimal("-1234.50")), exact(0)
    ('−1,234.50', '0.00')
    """
    return (MINUS if value < 0 else "") + f"{abs(value):,.2f}"


def between(low: float | None, high: float | None) -> str:
    """An interval; 'to' where an en dash could be read as a minus, nothing where it has no width.

    >>> between(3912, 7433), between(-300, 1200), between(5, 5), between(None, 3)
    ('3,900–7,400', '−300 to 1,200', '', '')
    """
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return ""
    first, last = whole(rounded(low)), whole(rounded(high))
    if first == last:
        return ""
    return f"{first} to {last}" if low < 0 or high < 0 else f"{first}–{last}"


def a_sum(value: Any, low: Any = None, high: Any = None) -> Sum:
    """A sum with its interval, from decimals or floats.

    >>> a_sum(5512, 3912, 7433)
    Sum(text='5,500', interval='3,900–7,400', value=5512.0)
    """
    number = float(value)
    interval = between(None if low is None else float(low), None if high is None else float(high))
    return Sum(money(number), interval, number)


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 in per cent.

    >>> percent(0.123), percent(0.004), percent(None), percent(-0.26)
    ('12\\xa0%', 'below\\xa01\\xa0%', 'not known', '−26\\xa0%')
    """
    if share is None or not math.isfinite(share):
        return NOT_KNOWN
    if 0 < share < 0.005 and not digits:
        return f"below{HARD_SPACE}1{HARD_SPACE}%"
    return f"{signed(100 * share, digits, plus=False)}{HARD_SPACE}%"


def signed(value: float, digits: int = 0, *, plus: bool = True) -> str:
    """A number with its sign, plus too where a direction is meant.

    >>> signed(41.4), signed(-3.25, 1), signed(0.0)
    ('+41', '−3.2', '0')
    """
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if plus else "") + text


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "customer"), count(2041, "customer"), count(0, "person", "people")
    ('1 customer', '2,041 customers', 'no people')
    """
    if number == 1:
        return f"1 {one}"
    return f"{f'{number:,}' if number else 'no'} {many or one + 's'}"


def in_words(number: int) -> str:
    """Small numbers as words.

    >>> in_words(7), in_words(23)
    ('seven', '23')
    """
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def day(at: datetime | date, zone: ZoneInfo | None = None) -> str:
    """A day in full.

    >>> from datetime import date
    >>> day(date(2026, 11, 1))
    '1 November 2026'
    """
    local = at.astimezone(zone) if zone is not None and hasattr(at, "astimezone") else at
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def month(at: datetime | date) -> str:
    """A month, short.

    >>> from datetime import date
    >>> month(date(2026, 9, 1))
    'Sep 2026'
    """
    return f"{MONTHS[at.month - 1][:3]} {at.year}"


def clock(at: datetime, zone: ZoneInfo, as_of: datetime) -> str:
    """A time of day, with the day where it is another one.

    >>> from datetime import datetime, timezone
    >>> from zoneinfo import ZoneInfo
    >>> noon = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
    >>> clock(noon, ZoneInfo("Europe/Zurich"), noon)
    '13:00'
    """
    local, now = at.astimezone(zone), as_of.astimezone(zone)
    text = f"{local:%H:%M}"
    return text if local.date() == now.date() else f"{text}, {local.day} {MONTHS[local.month - 1][:3]}"


def span(hours: float) -> str:
    """How long, in the unit that fits.

    >>> span(0.68), span(5.2), span(72), span(1), span(2000)
    ('41 minutes', '5 hours', '3 days', '1 hour', '12 weeks')
    """
    for size, unit, most in ((1 / 60, "minute", 60), (1.0, "hour", 48), (24.0, "day", 60)):
        number = round(abs(hours) / size)
        if number < most:
            return f"{number} {unit}" + ("" if number == 1 else "s")
    return f"{round(abs(hours) / 168)} weeks"


def initial(text: str) -> str:
    """The first letter in capitals, the rest as it stands; symbols and names of files stay as they are.

    >>> initial("the download fee"), initial("τ = 0.1"), initial("terms.csv is empty")
    ('The download fee', 'τ = 0.1', 'terms.csv is empty')
    """
    first = text.partition(" ")[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if first.isascii() and first.replace("-", "").isalpha() else text
