"""Topics given by a few example sentences: a message has the topic that it is nearest to in meaning. No training.

Made only for firms that give examples, since every message then needs its vector (`understand.vectors`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodwill.understand.clusters import unit
from goodwill.understand.vectors import vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from goodwill.understand.clusters import Directions
    from goodwill.understand.vectors import Vectors

LEAST = 0.6
"""What a message's likeness to its topic, and half of its lead over the next topic, must come to. Chosen on Banking77
and CLINC150, 3 to 30 topics of 3 to 6 examples each, three messages of no topic for one that has one: F1 .76, precision
.79."""
ALONE = 0.6
"""With fewer than three topics there is nothing to compare with: how like the plain vectors must be."""
_ENOUGH = 3


class Examples:
    """Each topic's prototype, the mean of its examples (Snell, Swersky and Zemel 2017), with what all topics have in
    common taken out: so one threshold serves firms whose messages are much alike, and a text's topic is its own.

    >>> examples = Examples({
    ...     "delivery": ["Where is my parcel?", "It has not arrived yet"],
    ...     "price": ["This costs too much", "Can I have a discount?"],
    ...     "opening": ["When do you open on Monday?", "Are you open on Sundays?"],
    ... })
    >>> examples.of_texts(["My package has still not come", "I like cats"])
    ['delivery', None]
    """

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        given = {name: said for name, said in examples.items() if said}
        self.names = tuple(given)
        means = [vectors(list(said)).mean(axis=0) for said in given.values()]
        rows = np.array(means, np.float32).reshape(len(given), -1)
        self._common = rows.mean(axis=0) if len(given) >= _ENOUGH else np.zeros(rows.shape[1:], np.float32)
        self._least = LEAST if len(given) >= _ENOUGH else ALONE
        self._prototypes: Directions = unit(rows - self._common)

    def of(self, found: Vectors) -> list[str | None]:
        """The topic of each of N vectors [N, 384], or None."""
        if not self.names or not len(found):
            return [None] * len(found)
        like = np.round(unit(found - self._common) @ self._prototypes.T, 4)
        best = like.argmax(axis=1)
        first = like[np.arange(len(like)), best]
        others = np.where(np.arange(len(self.names)) == best[:, None], -1.0, like).max(axis=1)
        lead = (first - others) / 2 if len(self.names) >= _ENOUGH else 0.0
        holds = (first + lead >= self._least) & found.any(axis=1)
        return [self.names[place] if held else None for place, held in zip(best.tolist(), holds.tolist(), strict=True)]

    def of_texts(
        self, texts: Sequence[str | None], progress: Callable[[float], None] | None = None
    ) -> list[str | None]:
        """The topic of each of N texts, or None."""
        return self.of(vectors(texts, progress)) if self.names else [None] * len(texts)


def with_examples(
    topics: list[list[str]], texts: Sequence[str], examples: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Each message's topics, and after them the one that its meaning adds; the lists given where nobody gave examples.

    >>> with_examples([["price"]], ["too dear"], {})
    [['price']]
    """
    if not any(examples.values()):
        return topics
    added = Examples(examples).of_texts(texts)
    return [
        [*found, more] if more is not None and more not in found else found
        for found, more in zip(topics, added, strict=True)
    ]
