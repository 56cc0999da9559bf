"""The price of each practice, and the six flows: what the proof found, put into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.report import bars
from goodwill.report.columns import in_order
from goodwill.report.figures import a_sum, count, day, initial, percent, whole
from goodwill.report.view import FlowRow, Practice, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

MOST = 12  # causes on the page
FLOW_WORDS = {
    1: ("From us to customers", "what we did and said; the money is what it cost us"),
    2: ("Customers to each other, about us", "where minds are made up"),
    3: ("Customers to us", "what they tell us themselves"),
    4: ("Competitors to customers", ""),
    5: ("Customers to each other, about competitors", ""),
    6: ("Customers to competitors", ""),
}


def practices(result: Any) -> tuple[Practice, ...]:
    """One row for each cause, the dearest first, all bars on one scale."""
    causes = result.proof.causes[:MOST]
    shown = [cause for cause in causes if not cause.hidden]
    most = (
        max((cause.cost.high for cause in shown), default=0.0),
        max((cause.earns or 0.0 for cause in shown), default=0.0),
    )
    return tuple(_practice(cause, most, result.facts.firm.zone) for cause in causes)


def practices_words(result: Any) -> str:
    """The lead of the section."""
    rule = "It costs what customers who complain of it may take with them, and what answering them takes."
    more = len(result.proof.causes) - MOST
    return (
        "What each practice, fault or broken promise earned and cost in the past year, and whose decision it is. "
        + rule
        + " No complaint lowers anybody’s worth: the cost stands here, beside the books."
        + (f" The dearest {MOST} are shown, {more} more are left out." if more > 0 else "")
    )


def _practice(cause: Any, most: tuple[float, float], zone: ZoneInfo) -> Practice:
    cost = cause.cost
    net = cause.net
    by = day(cause.decide_by, zone) if cause.decide_by and cause.state != "ended" else ""
    line, words = _change(cause.change, zone)
    state = {"decision overdue": "the decision is overdue", "ended": _ended(cause, zone)}.get(cause.state, "")
    return Practice(
        name=initial(cause.name),
        kind=cause.kind,
        decides=cause.owner or "",
        by=by,
        earns=None if cause.earns is None else a_sum(cause.earns),
        costs=a_sum(cost.middle, cost.low, cost.high),
        result=None if net is None else a_sum(net[1], net[0], net[2]),
        people="" if cause.people is None else whole(cause.people),
        messages="" if cause.messages is None else count(cause.messages, "message"),
        words=tuple(word for word in (initial(state), *words) if word),
        evidence=in_order({part.evidence for part in cause.parts}),
        bar=None if cause.hidden else bars.range_around(cause.earns or 0.0, (cost.low, cost.middle, cost.high), most),
        why=tuple(
            Reason(initial(part.what), a_sum(part.middle, part.low, part.high), in_order(part.evidence))
            for part in cause.parts
            if part.high
        ),
        line=line,
        hidden=cause.hidden,
    )


def _ended(cause: Any, zone: ZoneInfo) -> str:
    return f"ended on {day(cause.until, zone)}" if cause.until else ""


def _change(change: Any, zone: ZoneInfo) -> tuple[Markup | None, Sequence[str]]:
    """What happened to negative messages after something was done about it."""
    if change is None:
        return None, ()
    between = f"{percent(change.before, 1)} to {percent(change.after, 1)} of all that is said about us"
    if change.relative is None:
        words = f"negative messages about it: {between}"
    else:
        way = "fell" if change.relative < 0 else "rose"
        ends = (
            f" ({percent(change.relative_low)} to {percent(change.relative_high)}, 95{chr(160)}%)"
            if change.relative_low is not None and change.relative_high is not None
            else ""
        )
        words = f"negative messages about it {way} by {percent(abs(change.relative))}{ends}: from {between}"
    when = f"In the {change.days} days after {day(change.at, zone)} {words}."
    otherwise = change.series.counterfactual.tolist() if change.series is not None else ()
    line = bars.weeks(change.weeks, change.week_of_change, otherwise) if len(change.weeks) > 3 else None
    told = (when, "Week by week; dashed: where it was heading.") if line and len(otherwise) else (when,)
    return line, told


def flows(result: Any) -> tuple[FlowRow, ...]:
    """The six flows, flow 2 first; nothing where nobody said anything."""
    found = result.proof.flows
    if not any(flow.messages for flow in found):
        return ()
    return tuple(_flow(flow) for flow in found)


def flows_words(result: Any) -> str:
    """The lead of the section."""
    return (
        "Customers among themselves come first: there minds are made up. The money is what those who speak are "
        "expected to bring themselves, each counted once in a flow; it is never added up over flows."
    )


def _flow(flow: Any) -> FlowRow:
    name, meaning = FLOW_WORDS[flow.number]
    read = None not in (flow.negative, flow.neutral, flow.positive)
    shares = [(word, float(getattr(flow, word))) for word in ("negative", "neutral", "positive")] if read else []
    words = f"{percent(flow.negative)} negative, {percent(flow.positive)} positive" if read else ""
    return FlowRow(
        number=flow.number,
        name=name,
        meaning=meaning,
        messages=whole(flow.messages),
        people=whole(flow.people),
        mood=bars.shares(shares) if shares else None,
        mood_words=words,
        money=a_sum(flow.money) if flow.money else None,
        hidden=getattr(flow, "hidden", False),
    )
