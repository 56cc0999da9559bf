"""What an erasure leaves of the log of who is who: the decisions, with tombstones in the place of the erased's ids.

Their links go whole. Those whom they held together stay together: where nothing but a record of theirs made one person
of two others, a decision of goodwill's own says so from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.erasing import tombstones
from goodwill.service.live import decisions, people
from goodwill.service.store.models import Decision
from goodwill.service.who import log

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

BY, WHY = "goodwill", "they stayed one person when another record was erased"
CHANGED = ("left", "right", "why")


def forget(ids: Collection[str]) -> int:
    """Within the caller's transaction, before the rows of `Person` go; how many decisions named any of these ids."""
    history = decisions.history()
    if history.touched().isdisjoint(ids):
        return 0
    concerned = set(decisions.standing(ids, history).records) - set(ids)
    held_together = people.persons_of(concerned)
    number = _rewrite(ids)
    _keep_together(held_together)
    return number


def _rewrite(ids: Collection[str]) -> int:
    stone = {one: decisions.TOMBSTONE + tombstones.digest(f"id|{one}") for one in ids}
    changed = []
    for row in Decision.objects.all():
        if not stone.keys().isdisjoint([*row.left, *row.right]):
            row.left = [stone.get(one, one) for one in row.left]
            row.right = [stone.get(one, one) for one in row.right]
            row.why = ""
            changed.append(row)
    Decision.objects.bulk_update(changed, CHANGED, batch_size=200)
    return len(changed)


def _keep_together(person: dict[str, str]) -> None:
    """Merges those again who were one person and are not any more."""
    history = decisions.history()
    known = len(history.events)
    for some in _groups(person):
        now = decisions.standing(some, history)
        for other in some[1:]:
            who = now.after(history)
            if not who.same(some[0], other):
                history.merge(some[0], other, who, by=BY, why=WHY)
    log.write(history.events[known:])


def _groups(person: dict[str, str]) -> Iterable[list[str]]:
    of: dict[str, list[str]] = {}
    for one, whose in sorted(person.items()):
        of.setdefault(whose, []).append(one)
    return [some for _, some in sorted(of.items()) if len(some) > 1]
