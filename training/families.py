"""Lines of our own by when they were written.

What was written at one sitting is alike. What a reader says of a family of lines that it was not taught is what it will
say of another firm's messages; of held-out lines of a family that it knows it is too sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.own import mixed, written

if TYPE_CHECKING:
    from collections.abc import Sequence

FAMILIES = (
    ("service_asking", "service_saying", "service_thankful", "service_unhappy"),
    ("meant", "goers_and_advice", "buyers_and_thanks", "soon_or_not", "soon_too"),
    ("said_between_the_lines", "short_and_plain", "urgency_in_letters"),
    ("written_chats", "written_hard", "written_letters", "written_posts"),
    (
        *("advice_among_users", "advice_meant", "answer_wanted", "leaving_meant", "letters_meant"),
        *("praise_meant", "soon_by_case", "warning_meant"),
    ),
)
"""The files of each family, 1 and up; all other files are family 0."""


def families(texts: Sequence[str]) -> np.ndarray:
    """[N] the family of each line of ours, also of one that is mixed with others; -1: none."""
    number = {name: place for place, names in enumerate(FAMILIES, 1) for name in names}
    rows = written()
    of_text = {row["text"]: number.get(row["file"], 0) for row in (*mixed(rows), *rows)}
    return np.array([of_text.get(text, -1) for text in texts])
