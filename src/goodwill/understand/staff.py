"""Colleagues whom a message names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ALSO = (
    "may will mark grace joy hope faith bill rob pat sue jack art drew chase frank guy rich rose lily iris ivy dawn "
    "summer april june august autumn amber ruby pearl crystal victor max chip dean earl gene grant hunter john king "
    "lance miles nick page penny pierce price ray reed skip stone ward wade west young"
)
_ALSO_WORDS = frozenset(_ALSO.split())
"""Names that are also words: they count only with a capital, and not as the first word of a sentence."""

_BEFORE_A_NAME = r"(?:thanks|thank you|thx|cheers|to|by|with|from|and|named|called|was|is|,)\s+"


def staff_named(texts: Iterable[str | None], names: Sequence[str]) -> list[list[str]]:
    """Which of the firm's `names` each text names, in the order of `names`.

    A full name counts however it is written. A first name alone counts where only one colleague has it; where it is
    also a word ('Will', 'May') it wants its capital and may not open a sentence, unless a word such as 'thanks' or
    'with' goes before it.

    Args:
        texts: N texts; None is as good as ''.
        names: colleagues' names, '[staff] names' of goodwill.toml.

    Returns:
        N lists of names as the firm writes them.

    >>> staff_named(["Thanks to Tom!", "Will it fit?", "will rang me, thanks Will"], ["Tom Baker", "Will Hay"])
    [['Tom Baker'], [], ['Will Hay']]
    """
    patterns = [(name, _pattern(name, names)) for name in names if name.strip()]
    return [[name for name, pattern in patterns if text and pattern.search(text)] for text in texts]


def _pattern(name: str, names: Sequence[str]) -> re.Pattern[str]:
    parts = name.split()
    spaced = r"\s+".join(map(re.escape, parts))
    whole = rf"(?<!\w)(?i:{spaced})(?!\w)"
    first = parts[0]
    alone = sum(other.split()[:1] == [first] for other in set(names)) == 1
    if not alone:
        return re.compile(whole)
    if first.lower() in _ALSO_WORDS:
        capital = re.escape(first[:1].upper() + first[1:])
        inside = rf"(?<=[\w,] ){capital}(?!\w)"
        after = rf"(?i:{_BEFORE_A_NAME}){capital}(?!\w)"
        own = rf"(?:{inside}|{after})"
        return re.compile(own if len(parts) == 1 else f"{whole}|{own}")
    return re.compile(rf"{whole}|(?<!\w)(?i:{re.escape(first)})(?!\w)")
