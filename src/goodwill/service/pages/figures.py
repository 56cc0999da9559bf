"""Figures, times and marks as templates write them; loaded into every template.

Money has two significant figures and a true minus, its interval stands muted beside it, and its currency once in the
heading. Exact cents stand in the books alone. Times are in the reader's own zone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from goodwill.facts import EVIDENCE
from goodwill.report import bars
from goodwill.report import figures as written

if TYPE_CHECKING:
    from collections.abc import Iterable

register = template.Library()

NOTHING = SafeString("")
PARTS = ("spend", "referral", "influence", "knowledge")


# Money ---------------------------------------------------------------------------------------------------------------


@register.filter
def money(value: Any) -> str:
    """Money to two significant figures; nothing where it is not known.

    >>> money(2412), money(-86.4), money(None)
    ('2,400', '−86', '')
    """
    return "" if value is None else written.money(float(value))


@register.filter
def interval(low: Any, high: Any) -> str:
    """An interval, `{{ low|interval:high }}`; nothing where an end is missing or it has no width.

    >>> interval(320, 11240), interval(None, 3)
    ('320–11,000', '')
    """
    return written.between(None if low is None else float(low), None if high is None else float(high))


@register.filter
def cents(value: Any) -> str:
    """Money to the cent, for the books.

    >>> from decimal import Decimal
    >>> cents(Decimal("-12.5")), cents(None)
    ('−12.50', '')
    """
    return "" if value is None else written.exact(value)


@register.filter
def symbol(currency: str) -> str:
    """A currency for a heading.

    >>> symbol("EUR"), symbol("SEK")
    ('€', 'SEK')
    """
    return written.SYMBOLS.get(currency, currency)


@register.filter
def currency_name(currency: str) -> str:
    """A currency in words.

    >>> currency_name("EUR")
    'euros'
    """
    return written.NAMES.get(currency, currency)


@register.filter
def tone(value: Any) -> str:
    """The class for the colour of a sum; its sign is always there as well.

    >>> tone(-3), tone(3), tone(None)
    ('debit', 'credit', '')
    """
    return "" if value is None or not float(value) else "debit" if float(value) < 0 else "credit"


# Other figures -------------------------------------------------------------------------------------------------------


@register.filter
def whole(value: Any) -> str:
    """A whole number with thousands apart.

    >>> whole(6214), whole(None)
    ('6,214', '')
    """
    return "" if value is None else written.whole(float(value))


@register.filter
def share(value: Any) -> str:
    """A share of 1 in per cent.

    >>> share(0.123), share(None)
    ('12\\xa0%', 'not known')
    """
    return written.percent(None if value is None else float(value))


@register.filter
def times(value: Any) -> str:
    """How many times as long.

    >>> times(1.72), times(None)
    ('1.7×', '')
    """
    return "" if value is None else f"{float(value):.1f}×"


@register.filter
def counted(number: Any, noun: str) -> str:
    """A number with its noun; a plural that is not -s follows a comma.

    >>> counted(1, "message"), counted(0, "person,people")
    ('1 message', 'no people')
    """
    one, _, many = noun.partition(",")
    return written.count(int(number or 0), one, many)


@register.filter
def initial(text: Any) -> str:
    """The first letter in capitals.

    >>> initial("warning others")
    'Warning others'
    """
    return written.initial(str(text or ""))


# Times ---------------------------------------------------------------------------------------------------------------


def moment(at: Any) -> datetime | None:
    """An instant from a datetime or an ISO text.

    >>> moment("2026-11-01T09:00:00Z").isoformat()
    '2026-11-01T09:00:00+00:00'
    """
    if at is None or at == "":
        return None
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def full(at: datetime) -> str:
    """A day and a time in the reader's zone."""
    local = timezone.localtime(at)
    return f"{written.day(local)}, {local:%H:%M}"


def _time(at: datetime, words: str, what: str = "") -> SafeString:
    return format_html(
        '<time datetime="{}"{} title="{}">{}</time>',
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        mark_safe(f" data-{what}") if what else "",
        full(at),
        words,
    )


@register.filter
def ago(at: Any) -> SafeString:
    """How long ago; the page keeps it true while it stays open."""
    when = moment(at)
    return NOTHING if when is None else _time(when, ago_words(when, timezone.now()), "ago")


def ago_words(at: datetime, now: datetime) -> str:
    """How long ago in words.

    >>> noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    >>> ago_words(noon, noon), ago_words(datetime(2026, 11, 1, 10, tzinfo=UTC), noon)
    ('just now', '2 hours ago')
    """
    seconds = (now - at).total_seconds()
    return "just now" if seconds < 45 else f"{written.span(seconds / 3600)} ago"


@register.filter
def left(at: Any) -> SafeString:
    """How long is left, or how late it is."""
    when = moment(at)
    return NOTHING if when is None else _time(when, left_words(when, timezone.now()), "left")


def left_words(due: datetime, now: datetime) -> str:
    """How long is left in words.

    >>> noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    >>> left_words(datetime(2026, 11, 1, 12, 41, tzinfo=UTC), noon), left_words(noon, noon.replace(hour=15))
    ('41 minutes left', '3 hours late')
    """
    seconds = (due - now).total_seconds()
    return f"{written.span(seconds / 3600)} {'left' if seconds >= 0 else 'late'}"


@register.filter
def late(at: Any) -> bool:
    """Whether the time is past."""
    when = moment(at)
    return when is not None and when < timezone.now()


@register.filter
def day(at: Any) -> SafeString:
    """A day, short: 12 Nov, with the year where it is another one."""
    when = moment(at)
    if when is None:
        return NOTHING
    local, now = timezone.localtime(when), timezone.localtime()
    words = f"{local.day} {written.MONTHS[local.month - 1][:3]}"
    return _time(when, words if local.year == now.year else f"{words} {local.year}")


@register.filter
def when(at: Any) -> SafeString:
    """A day and a time."""
    instant = moment(at)
    return NOTHING if instant is None else _time(instant, full(instant))


@register.filter
def month_year(at: Any) -> str:
    """A month in full: March 2021."""
    instant = moment(at)
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    return f"{written.MONTHS[local.month - 1]} {local.year}"


# Marks and bars ------------------------------------------------------------------------------------------------------


@register.filter
def evidence(words: Any) -> SafeString:
    """What a sum rests on: a shape and a word for each of measured, estimated, assumed."""
    given = [words] if isinstance(words, str) else list(words or ())
    known = [word for word in EVIDENCE if word in given]
    return format_html_join(" ", '<span class="ev {}">{}</span>', ((word, word) for word in known))


@register.filter
def parts_bar(worth: Any) -> SafeString:
    """The four parts of what follows, side by side on the whole width; hidden from screen readers."""
    values = [(part, float(_get(worth, part) or 0)) for part in PARTS]
    total = sum(max(0.0, value) for _, value in values)
    return mark_safe(bars.parts(values, 0, 0, total))


@register.filter
def share_bar(value: Any, kind: str = "plain") -> SafeString:
    """A share of 1 on a track; hidden from screen readers, so the figure must stand beside it."""
    return mark_safe(bars.share(float(value or 0), kind))


def _get(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, dict) else getattr(of, name, None)


# Texts ---------------------------------------------------------------------------------------------------------------


LONGEST = 320


@register.filter
def opening(text: Any) -> str:
    """A text cut at a word where it is long; lines kept.

    >>> opening("short")
    'short'
    """
    kept = "\n".join(line.strip() for line in str(text or "").strip().splitlines() if line.strip())
    if len(kept) <= LONGEST:
        return kept
    cut = kept[: LONGEST + 1].rpartition(" ")[0] or kept[:LONGEST]
    return cut.rstrip(" ,;") + " …"


@register.filter
def trimmed(text: Any) -> str:
    """A text without space around it, and never more than one blank line.

    >>> trimmed(" a\\n\\n\\n b ")
    'a\\n\\nb'
    """
    lines = [line.strip() for line in str(text or "").strip().splitlines()]
    return "\n".join(line for place, line in enumerate(lines) if line or lines[place - 1])


@register.filter
def is_long(text: Any) -> bool:
    """Whether a text is shown folded."""
    return len(str(text or "").strip()) > LONGEST


@register.filter
def pair(first: Any, second: Any) -> tuple[Any, Any]:
    """Two things, to go through in one loop."""
    return first, second


@register.filter
def joined(items: Iterable[Any], between: str = ", ") -> str:
    """Words with something between.

    >>> joined(["a", "b"])
    'a, b'
    """
    return between.join(str(item) for item in items or ())
