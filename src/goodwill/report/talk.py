"""What customers talk about, what is new or growing, and what they state that our facts contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.privacy import mask
from goodwill.report import bars
from goodwill.report.columns import name_of, names_of
from goodwill.report.figures import HARD_SPACE, count, day, initial, percent, span, whole
from goodwill.report.now import shortened
from goodwill.report.quoting import Quotes, is_public, may_quote, quotable, unquoted
from goodwill.report.view import ClaimRow, Claims, Empty, Talk, ThemeRow
from goodwill.report.words import place_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goodwill.understand.themes import Theme

MOST_RISEN, MOST_OTHERS, MOST_CLAIMS = 6, 8, 8
SAID = 220  # letters of an example
_QUOTES = 2
_RISEN = ("new", "growing")


def talk(result: Any) -> Talk:
    """From the result's themes."""
    found: Sequence[Theme] = result.themes
    if not found:
        return Talk("", (), (), empty=Empty("Nothing yet: themes want a few dozen messages of the past half year."))
    risen = [theme for theme in found if theme.state in _RISEN]
    others = [theme for theme in found if theme.state not in _RISEN]
    early = all(theme.state == "too early" for theme in found)
    more = len(risen) - MOST_RISEN
    quotes = Quotes(result)
    return Talk(
        words="Themes of the past half year, found in the messages themselves and named by their own words; the seven "
        "days up to now are compared with what the weeks before let us expect. Quoted is what was said in public by "
        "those who said yes to it; the others are counted.",
        risen=tuple(_theme(theme, quotes, result) for theme in risen[:MOST_RISEN]),
        others=tuple(_theme(theme, quotes, result) for theme in others[:MOST_OTHERS]),
        more=f"and {count(more, 'more theme')} that rises"
        if more == 1
        else f"and {more} more that rise"
        if more > 0
        else "",
        quiet=""
        if risen
        else "Too early to say what is new: that wants four weeks before this one."
        if early
        else "Nothing new this week, and nothing that grows beyond what was to be expected.",
    )


def _theme(theme: Theme, quotes: Quotes, result: Any) -> ThemeRow:
    places = theme.places.tolist()
    said = quotes.of(places, [example.place for example in theme.examples], _QUOTES)
    staff = result.facts.firm.staff.names
    shares = [] if theme.negative is None else [("negative", theme.negative), ("neutral", 1 - theme.negative)]
    return ThemeRow(
        name=initial(theme.name),
        mark=theme.state if theme.state in (*_RISEN, "falling") else "",
        tone="debit" if theme.state in _RISEN and (theme.negative or 0) > 0.5 else "",
        number=whole(theme.this_week),
        words=_expected(theme),
        topic=theme.topic or "",
        negative="" if theme.negative is None else f"{percent(theme.negative)} negative",
        mood=bars.shares(shares) if shares else None,
        line=bars.weeks(theme.weeks, len(theme.weeks) - 1, ()) if len(theme.weeks) > 3 else None,
        wanted=quotes.wanted(places),
        said=tuple(shortened(mask(text, staff), SAID) for text in said),
    )


def _expected(theme: Theme) -> str:
    """How many were to be expected, and how plain the deviation is."""
    if theme.expected is None or theme.severity is None:
        return f"of {whole(theme.messages)} in all"
    expected = f"{'fewer than one' if theme.expected < 0.95 else whole(theme.expected)} expected"
    return f"this week, {expected}{_odds(theme.severity)}" if theme.state in _RISEN else expected


def _odds(severity: float) -> str:
    """
    >>> _odds(2.0), _odds(12.0)
    ('; so many come by chance once in 100 weeks', '; so many come by chance less than once in a million weeks')
    """
    if severity > 6:
        return "; so many come by chance less than once in a million weeks"
    times = 10**severity
    digits = len(str(int(times))) - 1
    return f"; so many come by chance once in {whole(round(times, -digits))} weeks"


def claims(result: Any) -> Claims:
    """From the result's table of statements that the facts contradict: public ones first, the surest before."""
    rows = result.correctable.to_pylist()
    if not rows:
        return Claims("", (), empty=Empty("Nothing that was said in the past 90 days is contradicted by what we hold."))
    rows.sort(key=lambda row: (not row["public"], row["answered_at"] is not None, -row["certainty"], row["message_id"]))
    said = _said(result, [row["message_id"] for row in rows[:MOST_CLAIMS]])
    names = names_of(result.facts, [row["customer_id"] for row in rows[:MOST_CLAIMS]])
    public = sum(row["public"] for row in rows)
    more = len(rows) - MOST_CLAIMS
    agreed = quotable(result)
    return Claims(
        words=f"{initial(count(len(rows), 'statement'))} of the past 90 days that our records contradict"
        + (f", {whole(public)} of them in public" if public else "")
        + ". Records err too: look before you correct, and correct in public, kindly, with the fact. Opinions are "
        "nobody’s to correct.",
        rows=tuple(_claim(row, said.get(row["message_id"], {}), names, agreed, result) for row in rows[:MOST_CLAIMS]),
        more=f"and {whole(more)} more" if more > 0 else "",
    )


def _said(result: Any, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    messages = result.facts.messages
    found = messages.filter(messages.message_id.isin(list(ids)))
    found = found.select("message_id", "at", "channel", "text", "author", "rating", "audience")
    return {row["message_id"]: row for row in result.facts.lake.arrow(found).to_pylist()}


def _claim(
    row: Mapping[str, Any], said: Mapping[str, Any], names: Mapping[str, str], agreed: frozenset[str], result: Any
) -> ClaimRow:
    zone = result.facts.firm.zone
    told = {**said, "customer_id": row["customer_id"], "message_id": row["message_id"]}
    words = _around(said.get("text") or "", row["said"]) if may_quote(told, agreed) else ""
    where = [place_words(said.get("channel"))]
    if said.get("at") is not None:
        where.append(f"{span((result.as_of - said['at']).total_seconds() / 3600)} ago")
    stars = f"{row['rating']:g} of 5 stars" if row["rating"] else ""
    answered = row["answered_at"]
    state = f"answered on {day(answered, zone)}" if answered else "not answered yet"
    if row["later_rating"]:
        state += f"; since then {row['later_rating']:g} of 5 stars"
    return ClaimRow(
        who=name_of(row["customer_id"], names, said.get("author")),
        where=" · ".join(part for part in (" ".join(part for part in where if part), stars) if part),
        said=shortened(mask(words), SAID),
        about="" if words else _about(row, told, said.get("text")),
        known=initial(row["known"]) + ".",
        rests_on=", ".join(fact.replace(":", HARD_SPACE, 1) for fact in row["fact_ids"]),
        sure=_sure(row["certainty"]),
        state=initial(state),
        answered=answered is not None,
    )


def _about(row: Mapping[str, Any], told: Mapping[str, Any], text: str | None) -> str:
    """What a statement is about where it may not be quoted; of a public one also what it states, for that is what the
    fact answers."""
    stated = f": {mask(row['said'])}" if is_public(told) else ""
    return f"About {row['claim']}{stated}. {unquoted(told, text)}"


def _around(text: str, said: str) -> str:
    """The sentence of a text in which something was said."""
    spaced = " ".join(text.split())
    at = spaced.lower().find(said.lower())
    if at < 0:
        return spaced
    begin = max((spaced.rfind(mark, 0, at) for mark in ".!?"), default=-1) + 1
    ends = [end for mark in ".!?" if (end := spaced.find(mark, at + len(said) - 1)) >= 0]
    return spaced[begin : min(ends, default=len(spaced)) + 1].strip()


def _sure(certainty: float) -> str:
    """
    >>> _sure(0.9), _sure(0.7), _sure(0.5)
    ('our records leave no doubt', 'probably wrong', 'look first: it may be an exception')
    """
    if certainty >= 0.85:
        return "our records leave no doubt"
    return "probably wrong" if certainty >= 0.65 else "look first: it may be an exception"
