"""One spelling for each value: accents, foreign letters, case and points set aside, so that like meets like.

The tables of letters follow the usual English forms (Cyrillic after BGN/PCGN, Greek after ELOT 743), simplified to
one Latin spelling a letter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўђјљњћџ"
_CYRILLIC_SPELT = (
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i yi ye g w dj j lj nj c dz"
)
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_GREEK_SPELT = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
_LATIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
_LETTERS = str.maketrans(
    {
        **dict(zip(_CYRILLIC, _CYRILLIC_SPELT.replace("-", "").split(" "), strict=True)),
        **dict(zip(_GREEK, _GREEK_SPELT.split(), strict=True)),
        **_LATIN,
    }
)
_TITLE_WORDS = "mr mrs ms miss mx dr prof herr frau monsieur madame mme sr sra signor signora"
_TITLES = frozenset(_TITLE_WORDS.split())
_APART = re.compile(r"[^a-z0-9]+")
_JOINED = re.compile(r"['’`´]")


def latin(text: str) -> str:
    """Small Latin letters without accents.

    >>> latin("Зоя Müller-Łukasz"), latin("Γιώργος")
    ('zoya muller-lukasz', 'giorgos')
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    # 'й' and 'ё' are letters of their own and 'ώ' is not: only what the tables lack is taken apart
    spelt = plain.translate(_LETTERS)
    bare = "".join(letter for letter in unicodedata.normalize("NFD", spelt) if not unicodedata.combining(letter))
    return bare.translate(_LETTERS)


def words(text: str) -> str:
    """Words of small Latin letters and digits with one space between: "O’Neill,  Zoë" is 'oneill zoe'.

    >>> words("O’Neill,  Zoë")
    'oneill zoe'
    """
    return _APART.sub(" ", _JOINED.sub("", latin(text))).strip()


def name_words(text: str) -> str:
    """A name without its titles; 'Surname, Given' is put the right way round.

    >>> name_words("Dr. Müller, Jörg")
    'jorg muller'
    """
    if text.count(",") == 1:
        last, first = text.split(",")
        if len(words(last).split()) <= 3 and first.strip():
            text = f"{first} {last}"
    parts = [part for part in words(text).split() if part not in _TITLES]
    return " ".join(parts)


_ALIKE = str.maketrans("cqzvwdbgj", "kksfftpkk", "yh")


def skeleton(text: str) -> str:
    """The consonants of a name, like ones written alike: what is left of it when it is misheard.

    In the spirit of Russell's Soundex (US patent 1,261,167), without its cut at four signs.

    >>> skeleton("Meyer"), skeleton("Maier"), skeleton("Phillips"), skeleton("Filips")
    ('mr', 'mr', 'flps', 'flps')
    """
    plain = words(text).replace("ph", "f").replace("ck", "k").replace("sch", "s").replace("sh", "s").replace("x", "ks")
    spelt = re.sub(r"[aeiou ]", "", plain.translate(_ALIKE))
    return re.sub(r"(.)\1+", r"\1", spelt) or plain[:1]


def code(text: str) -> str:
    """Letters and digits alone.

    >>> code("AB-12 / 7")
    'ab127'
    """
    return words(text).replace(" ", "")


def digits(text: str) -> str:
    """Digits alone; a telephone number keeps its last nine, which are the same with and without the country.

    >>> digits("+41 44 668 18 00")
    '446681800'
    """
    kept = re.sub(r"\D", "", text)
    return kept[-9:]


def email(text: str) -> str:
    """Small letters without spaces.

    >>> email(" Anna.M@Example.com ")
    'anna.m@example.com'
    """
    return re.sub(r"\s", "", text.casefold())


def number(text: str) -> str:
    """A number written one way: '$1,250.00' is '1250'.

    >>> number("$1,250.00"), number("7"), number("n/a")
    ('1250', '7', '')
    """
    found = re.search(r"-?\d[\d,' ]*(?:\.\d+)?", text)
    if not found:
        return ""
    return f"{float(re.sub(r'[^0-9.-]', '', found[0])):.10g}"


def each(values: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """`change` applied once to each distinct text; null and what is left empty become null."""
    coded = values.cast(pa.string()).dictionary_encode()
    changed = [change(text) or None if text is not None else None for text in coded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(coded.indices)
