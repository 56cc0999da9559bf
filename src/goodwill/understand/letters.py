"""What each character is to the reader: part of a word, a sign, a gap, or nothing; and which script it is of."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

GAP, WORD, SIGN, NOTHING = 0, 1, 2, 3

SCRIPTS = (
    "", "latin", "arabic", "devanagari", "cyrillic", "greek", "hebrew", "thai", "hangul", "kana", "han", "persian",
    "other",
)  # fmt: skip
SCRIPT_LANGUAGE = {
    "arabic": "ar", "devanagari": "hi", "cyrillic": "ru", "greek": "el", "hebrew": "he", "thai": "th", "hangul": "ko",
    "kana": "ja", "han": "zh", "persian": "fa",
}  # fmt: skip
"""What a script is most often the script of; 'other' says nothing."""

_RANGES = (
    (0x41, 0x250, "latin"), (0x1E00, 0x1F00, "latin"), (0x370, 0x400, "greek"), (0x400, 0x530, "cyrillic"),
    (0x590, 0x600, "hebrew"), (0x600, 0x780, "arabic"), (0xFB50, 0xFDFE, "arabic"), (0xFE70, 0xFEFF, "arabic"),
    (0x900, 0x980, "devanagari"), (0xE00, 0xE80, "thai"), (0x1100, 0x1200, "hangul"), (0xAC00, 0xD7B0, "hangul"),
    (0x3040, 0x3100, "kana"), (0x3400, 0xA000, "han"),
)  # fmt: skip
_PERSIAN = "پچژگکیٹڈڑےہں"  # letters that Arabic has not

_MARKED_UP_TO = 0x2000  # no Latin letter with a mark stands above it
_HIGHEST = 0x10000  # above it: letters of rare scripts, emoji (already words by then), and what is unassigned


def _kind(number: int) -> int:
    if 0xD800 <= number < 0xE000:
        return GAP  # a lone surrogate
    category = unicodedata.category(chr(number))
    if category[0] in "LMN" or number == ord("_"):
        return WORD
    if category == "Cf" or number == 0xAD:
        return NOTHING  # joiners, direction marks, soft hyphens
    return SIGN if category[0] in "PS" else GAP


def _lower(number: int) -> int:
    letter = chr(number)
    if unicodedata.category(letter) == "Nd":
        return ord("0")  # 3 hours and 4 hours are alike
    if letter in "\u2019\u02bc\u0060\u00b4":
        return ord("'")
    small = letter.lower()
    return ord(small) if len(small) == 1 else number


@cache
def tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """(kind, lower case, script) of every code point up to 0x10000; the last entry stands for all above it."""
    kind = np.fromiter(map(_kind, range(_HIGHEST)), np.uint8, _HIGHEST)
    letter = np.fromiter(map(str.isalpha, map(chr, range(_HIGHEST))), bool, _HIGHEST)
    lower = np.arange(_HIGHEST, dtype=np.uint32)
    lower[:0x2C00] = [_lower(number) for number in range(0x2C00)]
    script = np.full(_HIGHEST, SCRIPTS.index("other"), np.uint8)
    for begin, end, name in _RANGES:
        script[begin:end] = SCRIPTS.index(name)
    script[[ord(letter) for letter in _PERSIAN]] = SCRIPTS.index("persian")
    script[~letter] = 0
    kind[-1], script[-1] = WORD, SCRIPTS.index("other")
    return kind, lower, script


@cache
def bare_letters() -> npt.NDArray[np.uint32]:
    """The Latin letter under its marks, of every code point up to 0x2000: é is e. Tweets leave marks out as they like.

    >>> chr(bare_letters()[ord("é")]), chr(bare_letters()[ord("ø")]), chr(bare_letters()[ord("й")])
    ('e', 'ø', 'й')
    """
    bare = np.arange(_MARKED_UP_TO, dtype=np.uint32)
    for number in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(number))[0]
        if base.isascii():
            bare[number] = ord(base)
    return bare
