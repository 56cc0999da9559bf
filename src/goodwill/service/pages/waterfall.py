"""The waterfall of a link: from the odds before anything is compared, reason by reason, to the odds at the end.

Every figure stands in words beside its bar. The bars are SVG without a view box, placed in per cent, so that they fill
their cell at any width and their letters keep their shape; colours are classes, which dark and print change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from goodwill.report import figures as written

if TYPE_CHECKING:
    from collections.abc import Sequence

register = template.Library()
EDGE = 3.0
"""Per cent of the width that stay free at either end."""
ROOM = 20.0
"""Per cent of the width that a word at an end of the scale takes at most."""
LEAST_BITS, MOST_BITS = 0.07, 500.0
SAID = {"email": "e-mail"}


@dataclass(frozen=True, slots=True)
class Step:
    """One row: what was compared and how far it agrees, what that does to the odds, the chance after it, its bar."""

    what: str
    agreement: str
    odds: str
    chance: str
    bar: SafeString


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All rows, the first odds first; what said nothing; the scale above the rows and the row below them."""

    steps: tuple[Step, ...]
    silent: str
    scale: SafeString
    chance: str
    total: SafeString
    words: str


@register.filter
def waterfall(reasons: Sequence[dict[str, Any]]) -> Waterfall:
    """The picture of reasons ({what, agreement, bits}, the first odds first); what weighs nothing has no row."""
    silent = ", ".join(_compared(str(one["what"])) for one in reasons[1:] if abs(float(one["bits"])) < LEAST_BITS)
    reasons = [*reasons[:1], *(one for one in reasons[1:] if abs(float(one["bits"])) >= LEAST_BITS)]
    bits = [float(one["bits"]) for one in reasons]
    after = list(accumulate(bits))
    before = [0.0, *after[:-1]]
    low, high = min(0.0, *after, 0.0), max(0.0, *after, 0.0)

    def place(at: float) -> float:
        return EDGE + (100 - 2 * EDGE) * (at - low) / (high - low or 1.0)

    even = place(0.0)
    steps = []
    for number, (one, start, end) in enumerate(zip(reasons, before, after, strict=True)):
        agreement = str(one.get("agreement") or "")
        odds = "" if not number else odds_words(float(one["bits"]))
        kind = "credit" if end >= start else "debit"
        bar = _bar(even, place(start), place(end), kind if number else "quiet", joined=number > 0)
        steps.append(Step(_compared(str(one["what"])), agreement, odds, chance_words(end), bar))
    end = after[-1] if after else 0.0
    total = _bar(even, even, place(end), "plain", joined=False, comes_from=place(end) if after else None)
    words = f"From {steps[0].chance} before anything is compared to {chance_words(end)}." if steps else ""
    return Waterfall(tuple(steps), silent, _scale(even), chance_words(end), total, words)


def _compared(what: str) -> str:
    """What was compared, as the screens say it.

    >>> _compared("name and email")
    'name and e-mail'
    """
    return " and ".join(SAID.get(one, one) for one in what.split(" and "))


def odds_words(bits: float) -> str:
    """What a reason does to the odds.

    >>> odds_words(6.0), odds_words(-1.6), odds_words(40)
    ('×64', '÷3', 'over ×1,000,000')
    """
    ratio = 2.0 ** min(abs(bits), MOST_BITS)
    sign = "×" if bits > 0 else "÷"
    if ratio >= 1e6:
        return f"over {sign}1,000,000"
    return f"{sign}{ratio:.2g}" if ratio < 9.5 else f"{sign}{written.rounded(ratio):,.0f}"


def chance_words(bits: float) -> str:
    """Bits as a chance, never as a certainty.

    >>> chance_words(-11), chance_words(0), chance_words(5), chance_words(30)
    ('1 in 2,000', '50\\xa0%', '97\\xa0%', 'over 99.9\\xa0%')
    """
    odds = 2.0 ** min(max(bits, -MOST_BITS), MOST_BITS)
    if odds < 1e-9:
        return "under 1 in 1,000,000,000"
    return f"1 in {written.rounded(1 / odds + 1):,.0f}" if odds < 0.0101 else chance(odds / (1 + odds))


@register.filter
def chance(probability: Any) -> str:
    """A probability in per cent; finer where it is nearly sure, and never 100.

    >>> chance(0.912), chance(0.996), chance(0.99996), chance(0.0004)
    ('91\\xa0%', '99.6\\xa0%', 'over 99.9\\xa0%', 'under 1\\xa0%')
    """
    value = float(probability)
    if value > 0.999:
        return f"over 99.9{written.HARD_SPACE}%"
    if value < 0.01:
        return f"under 1{written.HARD_SPACE}%"
    shown = f"{int(value * 1000 + 1e-9) / 10:.1f}" if value >= 0.99 else f"{value * 100:.0f}"
    return f"{shown.removesuffix('.0')}{written.HARD_SPACE}%"


def _bar(
    even: float, start: float, end: float, kind: str, *, joined: bool, comes_from: float | None = None
) -> SafeString:
    """A bar from one place to another, the line of even odds behind it, and the threads to the rows above and below."""
    threads = [(start, "0", "50%")] if joined else [] if comes_from is None else [(comes_from, "0", "50%")]
    if comes_from is None:
        threads.append((end, "50%", "100%"))
    return format_html(
        '<svg class="fall" aria-hidden="true">{}{}'
        '<rect class="fill-{}" x="{}%" width="{}%" y="25%" height="50%"/></svg>',
        _line(even, "even", "0", "100%"),
        format_html_join("", "{}", ((_line(at, "thread", top, bottom),) for at, top, bottom in threads)),
        kind,
        _percent(min(start, end)),
        _percent(max(abs(end - start), 0.4)),
    )


def _line(at: float, kind: str, top: str, bottom: str) -> SafeString:
    return format_html(
        '<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>', kind, _percent(at), _percent(at), top, bottom
    )


def _scale(even: float) -> SafeString:
    """What the two sides of even odds mean; a side too narrow for its word goes without."""
    middle = "start" if even < ROOM / 2 else "end" if even > 100 - ROOM / 2 else "middle"
    words = [(even, middle, "even")]
    if even > ROOM + EDGE:
        words.append((EDGE, "start", "less likely"))
    if even < 100 - ROOM - EDGE:
        words.append((100 - EDGE, "end", "more likely"))
    return format_html(
        '<svg class="fall scale" aria-hidden="true">{}</svg>',
        format_html_join(
            "",
            '<text x="{}%" y="75%" text-anchor="{}">{}</text>',
            ((_percent(at), anchor, said) for at, anchor, said in words),
        ),
    )


def _percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
