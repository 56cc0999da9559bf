"""How sources are said on the screens: their groups, how each is, and its days as a small row of bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join

from goodwill.listen import sources as kinds_of_source
from goodwill.report.figures import count, initial, span, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from goodwill.listen.sources import Kind
    from goodwill.service.sources.health import Health
    from goodwill.service.store.models import Source

GROUPS = (
    ("The shop", ("shopify", "stripe")),
    ("Help desk and chat", ("zendesk", "chatwoot")),
    ("Reviews", ("trustpilot", "google-business")),
    ("Surveys", ("typeform", "delighted", "formbricks")),
    ("Mail", ("mailbox",)),
    ("Social networks", ("x", "meta", "youtube", "reddit", "mastodon", "bluesky")),
    ("Forums, blogs and news", ("discourse", "feed", "webmention")),
    ("Tables", ("database", "table-folder")),
    ("Events, and programs of your own", ("events", "standard", "signed")),
)
OTHERS = "Others"
WAYS = {"accept": "it sends by itself", "stream": "it is heard all the time"}
LATE = 60.0
"""Seconds from which on a source is said to be late."""


def groups() -> list[tuple[str, list[Kind]]]:
    """Every kind there is, in plain groups; one that no group names stands among the others."""
    known = {kind.name: kind for kind in kinds_of_source.kinds()}
    found = [(title, [known.pop(name) for name in names if name in known]) for title, names in GROUPS]
    found.append((OTHERS, list(known.values())))
    return [(title, kinds) for title, kinds in found if kinds]


def way_words(kind: Kind) -> str:
    """How a kind is heard, as a sentence.

    >>> from goodwill.listen.sources import kind
    >>> way_words(kind("feed")), way_words(kind("stripe"))
    ('It is asked every 30 minutes.', 'It sends by itself.')
    """
    return f"{initial(WAYS.get(kind.way, f'it is asked every {span(kind.every / 3600)}'))}."


@dataclass(frozen=True)
class State:
    """How a source is, in words: `mark` and its colour, when it was heard, and what stands below."""

    mark: str = ""
    tone: str = ""
    heard: datetime | None = None
    words: str = ""
    since: datetime | None = None
    why: str = ""
    below: tuple[str, ...] = ()


def state_of(health: Health, source: Source, now: datetime | None = None) -> State:
    """The state of a source as a page says it."""
    now = now or datetime.now(UTC)
    late = f"{span(health.lag / 3600)} late" if health.lag >= LATE and not health.paused else ""
    if not health.title:
        return State("unknown", "debit", why=f"This version of goodwill has no kind called {health.kind!r}.")
    if health.paused:
        return State("paused", "", health.last_seen, "" if health.last_seen else "never heard")
    if health.failures:
        return _failing(health, source, late, now)
    if not health.last_seen and not health.last_well:
        return State(words=_waits(health, source), below=(late,) if late else ())
    asked = health.last_well if health.way == "pull" else None
    quiet = asked is not None and (health.last_seen is None or asked - health.last_seen > timedelta(minutes=1))
    below = [f"asked {span((now - asked).total_seconds() / 3600)} ago: nothing new"] if asked and quiet else []
    words = "" if health.last_seen else "nothing said yet"
    return State(heard=health.last_seen, words=words, below=(*below, *([late] if late else [])))


def _failing(health: Health, source: Source, late: str, now: datetime) -> State:
    """Since when it fails, how often in a row, and when it is tried again."""
    below = [f"{health.failures} times in a row"] if health.failures > 1 else []
    if health.way == "accept":
        below.append("it is heard again with its next good request")
        return State("refused", "debit", since=source.last_refused, why=health.last_error, below=tuple(below))
    if health.next_pull is not None:
        wait = (health.next_pull - now).total_seconds()
        below.append(f"next try in {span(wait / 3600)}" if wait >= 60 else "next try within a minute")
    since = health.last_well or source.created
    return State("failing", "debit", since=since, why=health.last_error, below=(*below, *([late] if late else [])))


def _waits(health: Health, source: Source) -> str:
    return {"accept": "waits for its first delivery", "pull": "is asked within seconds"}.get(
        health.way, "begins to listen"
    )


# --- the days ---------------------------------------------------------------------------------------------------------

BAR, GAP, HIGH = 6, 2, 20


def sparkline(volume: Sequence[int], kind: str = "") -> SafeString:
    """Rows by day as bars, today last; the figures are said to whoever does not see it.

    >>> sparkline([0, 2, 4])[:46]
    '<svg class="spark " viewBox="0 0 22 20" role="'
    """
    most = max([*volume, 1])
    days = len(volume)
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (_bar(place, number, most) for place, number in enumerate(volume)),
    )
    width = days * (BAR + GAP) - GAP
    return format_html(
        '<svg class="spark {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        kind,
        width,
        HIGH,
        _said(volume),
        bars,
    )


def _bar(place: int, number: int, most: int) -> tuple[Any, ...]:
    """A day without rows is a hair's breadth, so that it is seen that there was one."""
    high = max(1.5, HIGH * number / most) if number else 0.75
    return ("fill-plain" if number else "track", place * (BAR + GAP), f"{HIGH - high:g}", BAR, f"{high:g}")


def _said(volume: Sequence[int]) -> str:
    days = len(volume)
    if not any(volume):
        return f"nothing in {days} days"
    said = f"{whole(volume[-1])} today, {whole(max(volume))} on the fullest day"
    return f"{count(sum(volume), 'row')} in {days} days, {said}"
