"""A grammar of fragments: symbols with alternatives, expanded by chance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SLOT = re.compile(r"<([a-z_0-9]+)>")


class Grammar:
    """Rules `symbol -> alternatives`; `<symbol>` inside an alternative is expanded in turn.

    A symbol without a rule is filled from the words that the caller gives. An alternative may be empty: doubled
    spaces are tidied at the end.

    >>> import random
    >>> grammar = Grammar({"greeting": ["Hello <name>", "Good day <name>"]})
    >>> sorted({grammar.say("greeting", {"name": "Ann"}, random.Random(n).random) for n in range(9)})
    ['Good day Ann', 'Hello Ann']
    """

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        self._rules = {symbol: tuple(_parts(text) for text in texts) for symbol, texts in rules.items()}
        empty = [symbol for symbol, texts in rules.items() if not texts]
        if empty:
            raise ValueError(f"symbols without alternatives: {empty}")

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._rules

    def say(self, symbol: str, words: Mapping[str, str], chance: Callable[[], float]) -> str:
        """One text: `symbol` expanded, with `words` for the symbols that have no rule."""
        pieces: list[str] = []
        self._expand(symbol, words, chance, pieces)
        said = "".join(pieces)
        return _tidy(said) if "  " in said else said

    def _expand(self, symbol: str, words: Mapping[str, str], chance: Callable[[], float], pieces: list[str]) -> None:
        texts = self._rules.get(symbol)
        if texts is None:
            pieces.append(words[symbol])
            return
        for part, is_symbol in texts[int(chance() * len(texts))]:
            if is_symbol:
                self._expand(part, words, chance, pieces)
            else:
                pieces.append(part)

    def unknown(self) -> set[str]:
        """The symbols that are used but have no rule: the words that a caller must give."""
        used = {part for texts in self._rules.values() for parts in texts for part, is_symbol in parts if is_symbol}
        return used - set(self._rules)


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    pieces = _SLOT.split(text)
    return tuple((piece, bool(place % 2)) for place, piece in enumerate(pieces) if piece)


def _tidy(said: str) -> str:
    return re.sub(r" +", " ", said).strip()
