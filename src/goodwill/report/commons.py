"""Community and promises: what members answer each other, which promises were kept, and whether all wait alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from goodwill.report import bars
from goodwill.report.columns import name_of, names_of
from goodwill.report.figures import between, count, initial, money, percent, span, whole
from goodwill.report.view import Commons, Empty, Fact, PromiseRow, Treatment, TreatmentRow
from goodwill.report.words import language_words, place_words

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 9  # groups in one table of equal treatment
WAITING = 5  # unanswered questions with somebody to ask
GROUPS = {
    "worth": "By worth, in fifths of all customers",
    "audience": "By how many could read it",
    "language": "By language",
    "channel": "By channel",
}
KINDS = {"answer": "An answer", "refund": "A refund", "call": "A call"}


def commons(result: Any) -> Commons:
    """From the proof's `community` and `promises`."""
    community, promises = result.proof.community, result.proof.promises
    treatment = _treatment(promises.waiting)
    return Commons(
        community=_community(community),
        promises=tuple(_promise(kept) for kept in promises.kept),
        treatment=treatment,
        words=tuple(_ask(result, community)),
        warnings=tuple(_warning(line) for line in promises.waiting if line.warns),
        community_empty=None
        if community.questions
        else Empty("Nothing yet: nobody has asked a question in the open in the past year."),
        promises_empty=None
        if promises.kept
        else Empty("No promise in writing yet.", "Write down what everyone gets, and within what time: promises.csv."),
        treatment_empty=None if treatment else Empty("Nothing yet: no message wanted an answer in the past year."),
    )


def _community(found: Any) -> tuple[Fact, ...]:
    if not found.questions:
        return ()
    healing = found.self_healing
    low, middle, high = found.money_avoided
    hours = found.hours_to_first_answer
    facts = [
        Fact(
            "Solved by other customers",
            percent(healing.estimate),
            f"{percent(healing.low)} to {percent(healing.high)}",
            f"{whole(found.solved)} of {count(found.questions, 'question')} in the open",
        ),
        Fact("First answer after", span(hours) if hours is not None else "most still wait", "", "median, by anybody"),
        Fact(
            "Contacts that it spared us",
            whole(found.contacts_avoided[1]),
            f"worth {money(middle)} ({between(low, high) or money(middle)})",
            "assumed",
        ),
        Fact("Still unanswered", whole(found.unanswered), "", f"{count(found.members, 'customer')} answer others"),
    ]
    return tuple(facts)


def _ask(result: Any, community: Any) -> list[str]:
    """Who may know what nobody has answered yet: the members who solved most."""
    asked: dict[str, int] = {}
    for question in community.open:
        if question.ask is not None:
            asked[question.ask] = asked.get(question.ask, 0) + 1
    first = sorted(asked, key=lambda customer: (-asked[customer], customer))[:WAITING]
    if not first:
        return []
    names = names_of(result.facts, first)
    people = ", ".join(f"{name_of(customer, names)} ({asked[customer]})" for customer in first)
    return [f"Most likely to know what nobody has answered yet: {people}."]


def _promise(kept: Any) -> PromiseRow:
    rate = kept.rate
    words = [kept.note] if kept.note else []
    if kept.open:
        words.append(f"{whole(kept.open)} not due yet")
    return PromiseRow(
        name=kept.text or _promised(kept),
        kept="cannot be told" if rate is None else percent(rate.estimate),
        interval="" if rate is None else f"{percent(rate.low)} to {percent(rate.high)}",
        of=whole(kept.kept + kept.broken) if rate is not None else "",
        bar=None if rate is None else bars.share(rate.estimate),
        words=initial("; ".join(words)),
    )


def _promised(kept: Any) -> str:
    within = f" within {span(kept.within_hours)}" if kept.within_hours else ""
    where = f" {place_words(kept.channel)}" if kept.channel else ""
    return f"{KINDS.get(kept.kind, initial(kept.kind))}{where}{within}"


def _treatment(waiting: Sequence[Any]) -> tuple[Treatment, ...]:
    tables: dict[str, list[TreatmentRow]] = {}
    for line in waiting:
        tables.setdefault(line.by, []).append(_group(line))
    return tuple(Treatment(GROUPS.get(by, f"By {by}"), tuple(rows[:MOST])) for by, rows in tables.items())


def _warning(line: Any) -> str:
    slower = "most still wait, unlike the others" if _endless(line) else f"{line.ratio:.1f} times the others’ wait"
    by = GROUPS.get(line.by, f"By {line.by}").partition(",")[0]
    return f"{by}: {_name(line)}, {slower} ({count(line.messages, 'message')})."


def _endless(line: Any) -> bool:
    return line.ratio is None or math.isinf(line.ratio)


def _name(line: Any) -> str:
    name = line.group or "not said"
    return initial(language_words(name) if line.by == "language" else name)


def _group(line: Any) -> TreatmentRow:
    messages = count(line.messages, "message")
    if line.hidden:
        return TreatmentRow(_name(line), messages, "", "", "", hidden=True)
    hours = span(line.hours) if line.hours is not None else "most still wait"
    ratio = "" if not line.warns else "unlike the others" if _endless(line) else f"{line.ratio:.1f} times the others"
    return TreatmentRow(
        group=_name(line),
        messages=messages,
        waiting=hours,
        resolved="" if line.resolved is None else percent(line.resolved),
        ratio=ratio,
        warn=line.warns,
        kept="" if line.kept is None else percent(line.kept),
    )
