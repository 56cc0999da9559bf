"""Would they recommend us: the Net Promoter Score with its interval, by period, touchpoint and colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.report import bars, charts
from goodwill.report.figures import count, initial, percent, signed
from goodwill.report.view import Chart, Empty, Fact, Love, ScoreRow, ScoreTable

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 12  # rows of a table


def love(result: Any) -> Love:
    """From the proof's `love` and `growth`."""
    found = result.proof.love
    growth = growth_facts(result.proof.growth)
    if found is None or found.score is None:
        state = Empty("No answers yet.", "Ask “would you recommend us?” after a purchase or a case: responses.csv.")
        return Love("", "", (), None, (), growth, state)
    score = found.score
    return Love(
        score=signed(score.score),
        interval=f"{_ends(score)} ({percent(score.level)} interval), from {count(score.answers, 'answer')}",
        words=tuple(_words(found)),
        chart=_chart(found.by_period),
        tables=tuple(
            ScoreTable(caption, head, tuple(_row(group) for group in groups[:MOST]))
            for caption, head, groups in (
                ("By touchpoint", "After", found.by_touchpoint),
                ("By colleague", "Colleague", found.by_staff),
            )
            if groups
        ),
        growth=growth,
    )


def _ends(score: Any) -> str:
    return f"{signed(score.low)} to {signed(score.high)}"


def _words(found: Any) -> list[str]:
    score, words = found.score, []
    n = score.answers
    words.append(
        f"{percent(score.promoters / n)} would recommend us warmly, {percent(score.passives / n)} are passive, "
        f"{percent(score.detractors / n)} would not."
    )
    change = found.change
    if change is not None:
        way = "up" if change.difference > 0 else "down" if change.difference < 0 else "no change"
        how = "" if change.low <= 0 <= change.high else ", more than chance"
        words.append(
            f"In the past 90 days {way} by {abs(change.difference):.0f} points on the 90 before "
            f"({signed(change.low)} to {signed(change.high)}{how})."
            if change.difference
            else "In the past 90 days no change on the 90 before."
        )
    if found.followed_up is not None:
        kept = found.followed_up
        words.append(
            f"{percent(kept.estimate)} ({percent(kept.low)} to {percent(kept.high)}) of {found.detractors:,} "
            "who would not recommend us heard from us within 48 hours."
        )
    if found.hidden:
        words.append(f"Hidden: {count(found.hidden, 'group')} of fewer than five people.")
    return words


def _chart(periods: Sequence[Any]) -> Chart | None:
    shown = [group for group in periods if group.score is not None]
    if len(shown) < 2:
        return None
    rows = [
        {
            "period": group.name,
            "score": round(group.score.score, 2),
            "low": round(group.score.low, 2),
            "high": round(group.score.high, 2),
        }
        for group in shown
    ]
    level = percent(shown[0].score.level)
    words = "; ".join(f"{row['period']}: {signed(float(row['score']))}" for row in rows)
    return charts.draw(
        lambda width, height: charts.scores(rows, width, height),
        "Quarter by quarter",
        f"{words}. The pale stroke is the {level} interval: few answers make it long.",
        220,
    )


def _row(group: Any) -> ScoreRow:
    answers = count(group.answers, "answer")
    if group.score is None:
        return ScoreRow(initial(group.name), "", "", answers, None, group.hidden)
    score = group.score
    return ScoreRow(
        initial(group.name), signed(score.score), _ends(score), answers, bars.score(score.score, score.low, score.high)
    )


def growth_facts(growth: Any) -> tuple[Fact, ...]:
    """Earned growth, which stands beside the score: what people did, not what they said."""
    if growth is None:
        return ()

    def ends(low: float, high: float) -> str:
        low_words, high_words = (f"{signed(100 * end)} %" for end in (low, high))
        return low_words if low_words == high_words else f"{low_words} to {high_words}"

    unknown = (
        f"{growth.newcomers_unknown:,} of {count(growth.newcomers, 'newcomer')} were not asked why they came"
        if growth.newcomers_unknown
        else f"of {count(growth.newcomers, 'newcomer')} all said why they came"
    )
    kept = f"from {count(growth.customers_before, 'earlier customer')}"
    return (
        Fact("Earned growth", ends(growth.low, growth.high), "", unknown),
        Fact("Revenue kept", percent(growth.retention), "", kept),
        Fact("From recommended newcomers", ends(growth.earned_low, growth.earned_high)),
        Fact("From newcomers by advertising", ends(growth.bought, growth.bought)),
    )
