"""Cases that open again: the answer that had closed them is taken back by the source that told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from goodwill.service.store.models import FACTS, Case

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

AT_ONCE = 5_000


class Reopened(NamedTuple):
    """How many cases are open again, and whose they are."""

    cases: int
    persons: set[str]


def reopen(keys: Sequence[str]) -> Reopened:
    """Opens what these actions, which are about to go, had answered.

    A case stays as it is where another action names its message, or where a person has closed it. An action also
    answers what it does not name (engage.waiting): what the same customer said in the thread before, or, where it names
    a customer alone, in the week before. The ranking that follows settles again what something else still answers.
    """
    actions = FACTS["actions"].objects
    going = list(actions.filter(fact_key__in=keys).values_list("message_id", "customer_id", "at"))
    named = {message for message, _, _ in going if message is not None}
    answered = named | _in_threads_of(named)
    for message, customer, at in going:
        if message is None and customer is not None:
            answered |= _said_before(customer, at)
    still = actions.filter(message_id__in=answered).exclude(fact_key__in=keys).values_list("message_id", flat=True)
    waiting = sorted(answered - set(still))
    number, persons = 0, set[str]()
    for start in range(0, len(waiting), AT_ONCE):
        cases = Case.objects.filter(message_id__in=waiting[start : start + AT_ONCE], state=Case.ANSWERED)
        persons |= set(cases.exclude(customer_id=None).values_list("customer_id", flat=True))
        number += cases.update(state=Case.OPEN, answered_at=None)
    return Reopened(number, persons)


def _in_threads_of(messages: Collection[str]) -> set[str]:
    said: Any = FACTS["messages"].objects
    threads = said.filter(fact_key__in=messages).exclude(thread=None).values_list("thread", flat=True)
    return set(said.filter(thread__in=set(threads)).values_list("fact_key", flat=True))


def _said_before(customer: str, at: Any) -> set[str]:
    from goodwill.engage.waiting import ANSWERS_BACK
    from goodwill.service.live import people

    theirs = Case.objects.filter(customer_id=people.person_of(customer), at__lte=at, at__gt=at - ANSWERS_BACK)
    return set(theirs.values_list("message_id", flat=True))
