"""What tells one person in the words of others: their name, addresses, numbers, accounts, ids, and what they wrote.

Found and masked one by one, by exact forms: `goodwill.privacy` masks everybody's, which would take from others what
they said. A part of a name counts alone only where nobody else here has it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from goodwill.naming import known_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST_ID, LEAST_ACCOUNT, LEAST_QUOTE, LEAST_NUMBER = 5, 5, 20, 7
_BEFORE, _AFTER = r"(?<![\w@.+-])", r"(?![\w@+-]|\.\w)"
GONE = "erased"


@dataclass(frozen=True)
class Marks:
    """How one person can be told; `mask` puts what they were in the place of each."""

    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = field(default=(), metadata={"meaning": "parts of names that nobody else has"})
    emails: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    others: tuple[str, ...] = field(default=(), metadata={"meaning": "cards, devices: as they are"})
    ids: tuple[str, ...] = field(default=(), metadata={"meaning": "of the person and of what they said"})
    quotes: tuple[str, ...] = field(default=(), metadata={"meaning": "what they wrote, whole and by its sentences"})

    def mask(self, text: str) -> str:
        """The text without them.

        >>> anna = Marks(names=("Anna Meyer",), emails=("anna@b.ch",), numbers=("41791234567",), accounts=("hexgear",))
        >>> anna.mask("Ask ANNA MEYER (Anna@B.ch, 079 123 45 67), she is @HexGear; not joanna@b.ch")
        'Ask [name] ([email], [phone]), she is [account]; not joanna@b.ch'
        """
        for word, pattern in self._patterns:
            text = pattern.sub(f"[{word}]", text)
        for begin, end in reversed(list(self._parts_in(text))):
            text = f"{text[:begin]}[name]{text[end:]}"
        return text

    def mask_in(self, value: Any) -> Any:
        """The same for every text in a JSON value; a text that is an id of theirs becomes 'erased'."""
        if isinstance(value, str):
            return GONE if value in self._exact else self.mask(value)
        if isinstance(value, list):
            return [self.mask_in(one) for one in value]
        if isinstance(value, dict):
            return {self.mask_in(key): self.mask_in(one) for key, one in value.items()}
        return value

    def is_in(self, text: str) -> bool:
        """Whether any of them stands in a text."""
        return self.mask(text) != text

    def is_address(self, text: str) -> bool:
        """Whether a text is an address or a number of theirs."""
        return self.addresses().is_in(text)

    def addresses(self) -> Marks:
        """Their addresses and numbers alone, which nobody else has."""
        return Marks(emails=self.emails, numbers=self.numbers)

    def in_id(self, text: str) -> bool:
        """Whether an id is made of one of them, however it is written together."""
        folded = text.casefold()
        words = (*self.emails, *self.numbers, *self.accounts, *self.others, *self.names, *self.parts, *self.ids)
        return self.is_in(text) or any(len(word) > 3 and word.casefold() in folded for word in words)

    def likes(self) -> list[str]:
        """Patterns for SQL's LIKE ... ESCAPE '!' that no text with one of these escapes; others may match too."""
        words = [*self.names, *self.parts, *self.emails, *self.accounts, *self.others]
        words += [one for one in self.ids if len(one) >= LEAST_ID]
        found = {_like(word) for word in words}
        found |= {f"%{'%'.join(re.sub(r'[^0-9]', '', number)[-9:])}%" for number in self.numbers}
        return sorted(found)

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(self.ids) | frozenset(self.emails)

    @cached_property
    def _parts_in(self) -> Any:
        return known_names(self.parts)

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        found = [("what they wrote", one) for one in _alternatives(map(_spaced, self.quotes), "", "")]
        found += [("email", one) for one in _alternatives(map(re.escape, self.emails), _BEFORE, r"(?![\w@+-])")]
        found += [("phone", one) for one in _alternatives(map(_digits, self.numbers), r"(?<![\w+])", r"(?!\w)")]
        found += [("handle", one) for one in _alternatives(map(re.escape, self.others), _BEFORE, _AFTER)]
        long = [one for one in self.ids if len(one) >= LEAST_ID]
        found += [(GONE, one) for one in _alternatives(map(re.escape, long), r"(?<![\w@])", r"(?![\w@])")]
        found += [("account", one) for one in _alternatives(map(_account, self.accounts), r"(?<!\w)", r"(?![\w-])")]
        return found + [("name", one) for one in _alternatives(map(_spaced, self.names), r"(?<!\w)", r"(?!\w)")]


def _alternatives(patterns: Iterable[str], before: str, after: str) -> list[re.Pattern[str]]:
    """The longest first, so that a part never hides the whole."""
    some = sorted(set(filter(None, patterns)), key=lambda one: (-len(one), one))
    return [
        re.compile(f"{before}(?:{'|'.join(some[start : start + 200])}){after}", re.IGNORECASE)
        for start in range(0, len(some), 200)
    ]


def _like(word: str) -> str:
    """'%bj%rn%': signs beyond ASCII, blanks and quotes may be written in several ways."""
    kept = re.sub(r"[^\x21\x23-\x5b\x5d-\x7e]+", "%", word)
    return "%" + kept.replace("!", "!!").replace("_", "!_") + "%"


def _spaced(words: str) -> str:
    """Words with any blanks between them, in both ways in which Unicode writes an accent."""
    forms = {unicodedata.normalize(form, words) for form in ("NFC", "NFD")}
    return "|".join(sorted(r"[\s\u00a0]+".join(map(re.escape, form.split())) for form in forms if form.split()))


def _digits(number: str) -> str:
    """A number as people write it: with its country or a nought, in groups."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < LEAST_NUMBER:
        return ""
    grouped = r"[\s().\-/]{0,3}".join
    whole = grouped(digits)
    forms = [rf"(?:\+|00)?[\s(]{{0,2}}{whole}"]
    if number.startswith("+") or len(digits) >= 10:
        for country in (1, 2, 3):  # the digits of a country's number
            if len(digits) - country >= 8:
                rest = grouped(digits[country:])
                forms.append(rf"(?:(?:\+|00){digits[:country]}[\s(]{{0,2}}(?:\(?0\)?)?[\s)]{{0,2}}|\(?0){rest}")
    return "|".join(forms)


def _account(name: str) -> str:
    """'@name' and 'u/name' however short; the bare word where it is long enough to be nobody's else."""
    escaped = re.escape(name)
    return rf"@?{escaped}" if len(name) >= LEAST_ACCOUNT else rf"(?:@|u/|https?://[^\s/]+/@?){escaped}"


def quotes_of(texts: Iterable[str], most: int = 4_000) -> tuple[str, ...]:
    """Texts whole and by their lines and sentences, where these are long enough to be nobody else's.

    >>> quotes_of(["Hi. The download fee is a disgrace!"])
    ('Hi. The download fee is a disgrace!', 'The download fee is a disgrace!')
    """
    found: dict[str, None] = {}
    for text in texts:
        pieces = [text, *re.split(r"[\n\r]+|(?<=[.!?])\s+", text)]
        for piece in (" ".join(one.split()) for one in pieces):
            if len(piece) >= LEAST_QUOTE and len(found) < most:
                found.setdefault(piece)
    return tuple(found)


def parts_of(names: Sequence[str]) -> tuple[str, ...]:
    """The parts of names that may count alone: three letters or more."""
    words = {word for name in names for word in re.findall(r"[^\W\d_][\w'’-]+", name) if len(word) > 2}
    return tuple(sorted(words)) if any(len(name.split()) > 1 for name in names) else ()
