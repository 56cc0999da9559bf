"""Figures over people for those who may not see persons: only over groups of five or more, and none by subtraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 5


@dataclass(frozen=True)
class Group:
    """A group of people and the sum of something over them; `people` None where it is hidden."""

    name: str
    people: int | None
    total: Any = None

    @property
    def hidden(self) -> bool:
        return self.people is None


def safe(groups: Sequence[Group]) -> list[Group]:
    """The groups in their order, small ones hidden; and, where one alone is hidden, the next smallest with it, for
    whoever knows the total could tell it otherwise.

    >>> [group.people for group in safe([Group("a", 3), Group("b", 9), Group("c", 40)])]
    [None, None, 40]
    >>> [group.people for group in safe([Group("a", 0), Group("b", 9)])]
    [0, 9]
    """
    hidden = {place for place, group in enumerate(groups) if 0 < (group.people or 0) < FEWEST}
    if len(hidden) == 1:
        others = [
            (group.people or 0, place) for place, group in enumerate(groups) if place not in hidden and group.people
        ]
        hidden |= {min(others)[1]} if others else set()
    return [Group(group.name, None) if place in hidden else group for place, group in enumerate(groups)]
