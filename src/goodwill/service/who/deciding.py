"""What a person decides about who is who. Each decision counts at once, is kept for ever, and can be taken back.

confirm(link_id, by=)          a probable link is true
confirm_above(least, by=)      so are all of at least a probability that the firm states
reject(link_id, by=)           it is not: nothing joins these two, and nobody is asked again
merge(left, right, by=)        two ids are one person
split(records, by=)            some of a person's ids are somebody else's
undo(number, by=)              a decision is taken back, an undoing too

`by` is a colleague, a token, or words such as 'the customer, at the door'; who may decide is the caller's to ask. Ids,
handles, readings, cases, search and links follow within the transaction; *Now* right after it, and the sums with the
next valuation, which is asked for. Raises `CannotDecide` (or `InputError` of know.history) where it cannot be.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import InputError
from goodwill.service.intake.pieces import lock
from goodwill.service.live import decisions, placing, proving, regrouping
from goodwill.service.store.audit import name_of
from goodwill.service.store.models import Audit, Decision, DoorLink, Job, Link
from goodwill.service.who import held, links, log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from goodwill.know import Event, History, Persons
    from goodwill.service.live.decisions import Standing
    from goodwill.service.store.models import Colleague, Token

    By = Colleague | Token | str
    Take = Callable[[History, Standing], list[Event]]

PURPOSE = "who is who"
LONGEST = 2_000
SETTLES = timedelta(minutes=1)
"""How long the valuation waits after a decision: others often follow."""
VALUING = ("revalue after a decision", "revalue after a later decision")
logger = logging.getLogger("goodwill.who")


class CannotDecide(InputError):
    """The decision makes no sense as given; the message says how to mend it."""


def confirm(link_id: int, *, by: By, why: str = "") -> Decision:
    """A probable link is true: its two sides, with all that each is known by, are one person."""
    link = _link(link_id)
    held.required((link.a, link.b))

    def take(history: History, standing: Standing) -> list[Event]:
        _of_one_kind((link.a, link.b), standing)
        who, reason = name_of(by), _words(why)
        return [history.confirm(link.a, link.b, standing.persons, by=who, probability=link.probability, why=reason)]

    return _decide((link.a, link.b), take, by)[0]


def confirm_above(least: float, *, by: By, why: str = "") -> list[Decision]:
    """Confirms every proposed link of at least a probability (0.5 to 1) that the firm states, the surest first.

    Links of whoever's terms forbid guesses are left out, as the queue leaves them out.
    """
    rows = links.open_above(least)
    ids = sorted({one for row in rows for one in (row.a, row.b)})

    def take(history: History, standing: Standing) -> list[Event]:
        some = links.as_table(rows, without=proving.organisations_among(ids))
        return history.confirm_above(
            some, least, standing.persons, standing.proved.proofs, by=name_of(by), why=_words(why)
        )

    return _decide(ids, take, by)


def reject(link_id: int, *, by: By, why: str = "") -> Decision:
    """A probable link is none: these two are never proposed again, and no handle joins them."""
    link = _link(link_id)
    held.required((link.a, link.b))

    def take(history: History, standing: Standing) -> list[Event]:
        who, reason = name_of(by), _words(why)
        return [history.reject(link.a, link.b, standing.persons, by=who, probability=link.probability, why=reason)]

    return _decide((link.a, link.b), take, by)[0]


def merge(left: str, right: str, *, by: By, why: str = "") -> Decision:
    """Two ids, with all that each one's person is known by, are one person."""
    held.required((left, right))

    def take(history: History, standing: Standing) -> list[Event]:
        _of_one_kind((left, right), standing)
        return [history.merge(left, right, standing.persons, by=name_of(by), why=_words(why))]

    return _decide((left, right), take, by)[0]


def split(records: Iterable[str], *, by: By, why: str = "") -> Decision:
    """Some ids of one person are somebody else's; neither side ever joins again by a handle alone."""
    off = sorted(set(records))
    held.required(off)

    def take(history: History, standing: Standing) -> list[Event]:
        return [history.split(off, standing.persons, by=name_of(by), why=_words(why))]

    return _decide(off, take, by)[0]


def undo(number: int, *, by: By, why: str = "") -> Decision:
    """Takes a decision back; it stays in the log. An undoing can be undone too."""

    def take(history: History, standing: Standing) -> list[Event]:
        return [history.undo(number, by=name_of(by), why=_words(why))]

    return _decide(_named_by(number), take, by)[0]


# --- one decision -----------------------------------------------------------------------------------------------------


def _decide(records: Collection[str], take: Take, by: By) -> list[Decision]:
    """Takes a decision about some records, and lets everything follow."""
    with transaction.atomic():
        lock()
        history = log.history()
        known = len(history.events)
        standing = decisions.standing(records, history)
        take(history, standing)
        events = history.events[known:]
        written = log.write(events)
        after = standing.after(history)
        open_messages = regrouping.regroup(after.person_of, standing.proved)
        links.settle(standing.records, history, after)
        _end_letters(standing.persons, after)
        _note(history, events, by)
    if written:
        _follow(open_messages)
    return written


def _end_letters(before: Persons, after: Persons) -> None:
    """Links to the door that are still on their way may have gone to somebody who is another person now."""
    moved = {record for record, whose in after.person_of.items() if before.person_of[record] != whose}
    persons = {some.person_of[record] for some in (before, after) for record in moved}
    now = datetime.now(UTC)
    DoorLink.objects.filter(customer_id__in=persons, used__isnull=True, until__gt=now).update(until=now)


def _note(history: History, events: Iterable[Event], by: By) -> None:
    """A line in the log for each side: it stands in the customer's own log too. Nobody else is named in it."""
    lines = []
    for event in events:
        about = event
        while about.undoes is not None:
            about = history.events[about.undoes]
        sides = [side[0] for side in (about.left, about.right) if side and not side[0].startswith(decisions.TOMBSTONE)]
        what = f"decision {event.number}" + (f", which takes back {event.undoes}" if event.undoes is not None else "")
        lines += [
            Audit(who=name_of(by), act=f"who is who: {event.kind}", customer_id=side, what=what, purpose=PURPOSE)
            for side in sides
        ]
    Audit.objects.bulk_create(lines, batch_size=500)


def _follow(open_messages: set[str]) -> None:
    """After the transaction: places in *Now*, and the sums."""
    transaction.on_commit(lambda: _place(open_messages), robust=True)
    transaction.on_commit(_revalue_soon, robust=True)


def _place(messages: set[str]) -> None:
    """The others' places follow with the next ranking of everybody, half a minute later at most."""
    from goodwill.service.live.drained import MOST

    if 0 < len(messages) <= MOST:
        placing.place(messages)


def _revalue_soon() -> None:
    """One valuation for all decisions of a minute; one that runs already has not seen this one, so another follows."""
    from goodwill.service import jobs

    for once in VALUING:
        if jobs.add("revalue", once=once, due=datetime.now(UTC) + SETTLES).state != Job.RUNNING:
            return


# --- what is asked before ---------------------------------------------------------------------------------------------


def _link(link_id: int) -> Link:
    found = Link.objects.filter(pk=link_id).first()
    if found is None:
        raise CannotDecide(f"there is no link {link_id}", where="the links", mend="open the queue again")
    return found


def _named_by(number: int) -> list[str]:
    """The records that a decision, or the one that it takes back, names."""
    row = Decision.objects.filter(number=number).first()
    if row is None:
        raise CannotDecide(
            f"there is no decision {number}", where="undo", mend="give the number of one in the customer's log"
        )
    while row.undoes is not None:
        row = Decision.objects.get(number=row.undoes)
    return [*row.left, *row.right]


def _of_one_kind(ids: tuple[str, str], standing: Standing) -> None:
    """Raises CannotDecide where one side is an organisation and the other a person."""
    sides = [standing.persons.records_of(standing.persons.person_of[one]) for one in ids]
    organisations = proving.organisations_among({one for side in sides for one in side})
    kinds = [not organisations.isdisjoint(side) for side in sides]
    if kinds[0] != kinds[1]:
        raise CannotDecide(
            f"'{ids[0]}' is {'an organisation' if kinds[0] else 'a person'} and '{ids[1]}' is not",
            where="who is who",
            mend="enter their role in the organisation instead",
        )


def _words(given: Any) -> str:
    written = str(given or "").replace("\x00", "").strip()
    if len(written) > LONGEST:
        raise CannotDecide(f"the reason has {len(written):,} letters", where="why", mend=f"keep it under {LONGEST:,}")
    return written
