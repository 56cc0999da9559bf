"""Finding and masking personal data: for logs, exports, quotes, and anything that would leave the machine.

What has a checksum is checked (cards by Luhn, ISO/IEC 7812-1; IBANs by mod 97, ISO 13616), so that order numbers are
left alone; what has none is known by its form. Forms err on the side of masking, with two exceptions that customers
write all the time and that are nobody's telephone: version numbers ('10.0.19045') and @digits ('@115890').
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodwill.naming import known_names, people_in, spoken_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Search = Callable[[str], Iterable[tuple[int, int]]]

__all__ = ["KINDS", "Found", "find", "iban", "luhn", "mask", "mask_many", "people_in"]

KINDS = ("email", "iban", "card", "phone", "address", "name")
"""In the order in which they are looked for: what an earlier kind found, a later one leaves alone."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One piece of personal data: its place in the text [start, end), its kind (one of KINDS), and itself."""

    start: int
    end: int
    kind: str
    text: str


# Every pattern is anchored so that it is tried once for each run of characters: linear, whatever the text.
_EMAIL = re.compile(
    r"(?<![\w.+%'’-])[\w.+%-]{1,64}(?:['’][\w.+%-]{1,64})?@(?:[\w-]{1,63}\.){1,8}[a-zA-Z]{2,24}"
    r"(?:[\w.+%-]{0,64}@(?:[\w-]{1,63}\.){1,8}[a-zA-Z]{2,24})*(?![\w-])"  # ann@a.example.bob@b.example: glued together
)
_FILE = re.compile(r"(?i)@[2-4]x\.(?:png|jpe?g|gif|svg|webp|heic)$")  # logo@2x.png
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ ]?[A-Za-z0-9]{4})")
_CARD = re.compile(r"(?<![\w@#+-])(?<![0-9][.,])[2-6][0-9]{3}(?:[ -]?[0-9]){8,15}(?![\w@-]|[.,][0-9])")
_PHONE = re.compile(
    r"(?<![\w@#+/.,=-])(?:"
    r"\+[0-9](?:[ .()/-]{0,3}[0-9]){6,14}"  # +41 (0)44 123 45 67
    r"|\(?0[0-9]{1,5}\)?(?:[ ./-]{1,2}[0-9]{2,8}){1,6}"  # 044 123 45 67, (0221) 47110
    r"|0[0-9]{8,13}"  # 0791234567
    r"|(?:1[ .-])?(?:\([0-9]{3}\)[ ]?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}"  # (212) 555-0142
    r")(?![\w@]|[.,-][0-9])"
)
_LOCAL_PHONE = re.compile(
    r"(?i)(?<!\w)(?:call|phone|tel|telephone|mobile|ring|dial|text)(?:\s(?:me|us|is|at|on|number|no)){0,3}[ .:]{1,3}"
    r"([0-9]{3}[ -][0-9]{4})(?![\w-]| [0-9])"
)
_DATE = re.compile(
    r"(?:[0-3]?[0-9][./-][0-3]?[0-9][./-](?:[0-9]{2}){1,2}|[0-9]{4}[./-][0-9]{2}[./-][0-9]{2})(?: [0-2]?[0-9])?"
)
_NUMBERED = re.compile(
    r"(?i)(?<![^\W\d_])(?:order|ref|reference|invoice|ticket|case|tracking|track|parcel|package|shipment|consignment|serial|"
    r"s/n|sn|sku|article|item|model|part|isbn|issn|ean|booking|reservation|policy|contract|customer|member(?:ship)?|account|"
    r"confirmation|claim|card|lot|batch|licen[cs]e|version|firmware|build|error|code|pnr|id|receipt|meter|reading|quote|quotation|"
    r"transaction|bestell\w*|rechnung\w*|auftrag\w*|kunden\w*|sendung\w*|vertrag\w*|commande|facture|client|dossier|contrat|"
    r"pedido|factura|cliente|ordine|fattura|bestelling|factuur)"
    r"(?:\s?(?:no|nr|num|number|id|nummer|numéro|numero|número|n°|code|is|was|reads|says|ist|war|:|#|\.|°)){0,4}[\s:#.-]{0,3}$"
)
"""What stands before a number that is nobody's telephone: 'order no. ', 'Rechnung Nr. '."""
_BEFORE = 40  # characters
_HOURS = re.compile(r"[0-2][0-9][0-5][0-9][ -]{1,3}[0-2][0-9][0-5][0-9]")  # open 0900-1700

_NUMBER = r"[0-9]{1,5}[a-zA-Z]?(?:-[0-9]{1,5}[a-zA-Z]?)?"
_CAPITAL = r"[A-ZÄÖÜÉÀÈÇÑ][\w'’.-]{0,30}"
_FLAT = r"(?:,\s(?:Flat|Apartment|Apt\.?|Unit|Suite)\s[0-9]{1,5}[a-zA-Z]?)?"
_TOWN = rf"(?:,?\s(?:[A-Z]{{1,2}}-)?[0-9]{{4,5}}\s{_CAPITAL})?"
_ADDRESS = re.compile(
    "|".join(
        (
            # 12 Mill Road, 221B Baker St., Flat 3, 9 Elm Court
            rf"(?<![\w.,@#-])(?:(?:Flat|Apartment|Apt\.?|Unit|Suite)\s{_NUMBER},\s)?{_NUMBER},?\s(?:{_CAPITAL}\s){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Way|"
            rf"Court|Ct|Square|Sq|Place|Boulevard|Blvd|Close|Crescent|Terrace|Gardens|Hill|Row|Walk|Parkway|Highway)\b\.?{_FLAT}{_TOWN}",
            # Lindenweg 4, Lange Strasse 12a, Bahnhofstr. 7
            rf"(?<!\w)(?:{_CAPITAL}\s)?(?:{_CAPITAL}-?)?(?:[Ss]trasse|[Ss]traße|[Ss]tr\.|weg|Weg|gasse|Gasse|platz|Platz|"
            rf"allee|Allee|ufer|Ufer|damm|Damm|gracht|straat|laan|plein)\s{_NUMBER}(?![\w:%]|[.,][0-9]){_TOWN}",
            # 14, rue de la Paix
            rf"(?i:(?<![\w.,@#-]){_NUMBER}(?:\s(?:bis|ter))?,?\s(?:rue|avenue|av\.|boulevard|bd|chemin|impasse|quai|route|"
            rf"allée)\s(?:de\sla\s|du\s|des\s|de\s|d['’]|la\s|le\s|les\s|l['’]){{0,2}}){_CAPITAL}(?:\s{_CAPITAL})?{_TOWN}",
            # Rue du Rhône 48
            rf"(?<!\w)(?:Rue|Avenue|Boulevard|Chemin|Quai|Route|Place)\s(?:de\sla\s|du\s|des\s|de\s|d['’]|la\s|le\s|les\s|"
            rf"l['’]){{0,2}}{_CAPITAL}(?:\s{_CAPITAL})?,?\s{_NUMBER}(?![\w:%]|[.,][0-9]){_TOWN}",
            # Calle Mayor 5, Via Roma, 12
            rf"(?<!\w)(?:Calle|C/|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Largo)\s"
            rf"(?:(?:de|del|della|dei|di|la|las|los|da|do|dos)\s){{0,2}}{_CAPITAL}(?:\s{_CAPITAL})?,?\s{_NUMBER}"
            rf"(?![\w:%]|[.,][0-9]){_TOWN}",
            # SW1A 2AA
            r"(?<![\w-])[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]?\s[0-9][ABD-HJLNP-UW-Z]{2}(?![\w-])",
            r"(?i:(?<!\w)(?:p\.?\s?o\.?\sbox|postfach|case\spostale|apartado)\s[0-9]{1,6})(?!\w)",
        )
    )
)

_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
    "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29,
    "VG": 24, "XK": 20,
}  # fmt: skip
_CARD_FORMS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|35[0-9]{14}|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|62[0-9]{14,17}|(?:5[06-8]|6[0-9])[0-9]{11,17}"
)


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def iban(text: str) -> bool:
    """Whether the text, without spaces, is an IBAN: its country's length, and 1 modulo 97 (ISO 13616).

    >>> iban("CH9300762011623852957"), iban("CH9300762011623852958")
    (True, False)
    """
    whole = text.replace(" ", "").upper()
    if len(whole) != _IBAN_LENGTH.get(whole[:2]) or not whole.isascii() or not whole.isalnum():
        return False
    return int("".join(str(int(letter, 36)) for letter in whole[4:] + whole[:4])) % 97 == 1


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text) if not _FILE.search(found[0]))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN.finditer(text):
        wanted = _IBAN_LENGTH.get(found[0][:2].upper(), 0)
        end, letters = found.start(), 0
        while letters < wanted and end < len(text) and (text[end].isalnum() or text[end] == " "):
            letters += text[end] != " "
            end += 1
        ends_here = end == len(text) or not text[end].isalnum()
        if wanted and letters == wanted and ends_here and iban(text[found.start() : end]):
            yield found.start(), end


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(text):
        digits = re.sub("[ -]", "", found[0])
        if _CARD_FORMS.fullmatch(digits) and luhn(digits):
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        named = found[0][0] != "+" and _NUMBERED.search(text, max(0, found.start() - _BEFORE), found.start())
        if _is_phone(found[0]) and not named:
            yield found.span()
    for found in _LOCAL_PHONE.finditer(text):
        yield found.span(1)


def _is_phone(said: str) -> bool:
    digits = sum(map(str.isdigit, said))
    if not 7 <= digits <= 15 or _DATE.fullmatch(said) or _HOURS.fullmatch(said):
        return False
    # 0.9.12.345 is a version: one that is dotted has two digits or more in each part.
    return "." not in said or all(len(part) >= 2 for part in re.split(r"\D+", said.lstrip("+(")) if part)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _ADDRESS.finditer(text))


def find(text: str, names: Sequence[str] = (), firms: Sequence[str] = ()) -> list[Found]:
    """E-mails, IBANs, cards, phones, street addresses, and names, in the order of the text.

    Args:
        text: what was written.
        names: people's names to look for, whole ('Anna Meyer') or in part; each part counts alone too. `people_in`
            takes them from the firm's own table. Names are also found where people say them: after a greeting or a
            title, in a sign-off, in 'my name is' (`goodwill.naming`).
        firms: names that are nobody's, such as the firm's own: 'Thank you Acme!' keeps its Acme.

    Returns:
        Pieces that do not overlap; where two kinds claim the same characters, the earlier of KINDS has them.

    >>> [(found.kind, found.text) for found in find("Bo and ann@example.org or 044 123 45 67. Thanks, Ole", ["Bo"])]
    [('name', 'Bo'), ('email', 'ann@example.org'), ('phone', '044 123 45 67'), ('name', 'Ole')]
    """
    named = (known_names(tuple(names)), spoken_names(tuple(firms)))
    return _found(text, (_emails, _ibans, _cards, _phones, _addresses, *named))


def _found(text: str, searches: Iterable[Search]) -> list[Found]:
    """What the first searches find, each of its kind, in the order of KINDS."""
    taken: list[Found] = []
    for kind, search in zip((*KINDS, "name"), searches, strict=False):
        new = [Found(start, end, kind, text[start:end]) for start, end in search(text)]
        taken = _merged(taken, new)
    return taken


def _merged(taken: list[Found], new: list[Found]) -> list[Found]:
    """Both in order of place, without those of `new` that touch what is taken."""
    kept, place, reached = list(taken), 0, -1
    for found in sorted(new):
        while place < len(taken) and taken[place].end <= found.start:
            place += 1
        free = place == len(taken) or taken[place].start >= found.end
        if free and found.start >= reached:
            kept.append(found)
            reached = found.end
    return sorted(kept)


def mask(text: str, names: Sequence[str] = (), firms: Sequence[str] = ()) -> str:
    """The text with each piece of personal data replaced by its kind.

    >>> mask("Call Ann on +41 44 123 45 67, version 10.0.19045", names=["Ann"])
    'Call [name] on [phone], version 10.0.19045'
    """
    return _nothing_more(text, _without(text, find(text, names, firms)))


def _without(text: str, pieces: Iterable[Found]) -> str:
    parts, reached = [], 0
    for found in pieces:
        parts += [text[reached : found.start], f"[{found.kind}]"]
        reached = found.end
    return "".join((*parts, text[reached:]))


def _nothing_more(text: str, masked: str) -> str:
    """What stood glued to a piece (a card's number after an IBAN and a full stop) is seen once that piece is gone."""
    while masked != text:
        text, masked = masked, _without(masked, _found(masked, (_emails, _ibans, _cards)))
    return masked


_BETWEEN = "\x00"  # part of no pattern, so that nothing is found across two texts
_CHARACTERS_A_BLOCK = 1 << 20


def mask_many(texts: Iterable[str], names: Sequence[str] = (), firms: Sequence[str] = ()) -> list[str]:
    """`mask` of many texts at once: each pattern runs once over a block of texts. The same result as one by one.

    >>> mask_many(["a@b.ch", "", "v1.2.3"])
    ['[email]', '', 'v1.2.3']
    """
    masked: list[str] = []
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size > _CHARACTERS_A_BLOCK:
            masked += _mask_block(block, names, firms)
            block, size = [], 0
    return masked + _mask_block(block, names, firms)


def _mask_block(texts: list[str], names: Sequence[str], firms: Sequence[str]) -> list[str]:
    if not texts:
        return []
    if any(_BETWEEN in text for text in texts):
        return [mask(text, names, firms) for text in texts]
    whole = _BETWEEN.join(texts)
    masked = _without(whole, find(whole, names, firms)).split(_BETWEEN)
    return [_nothing_more(*one) for one in zip(texts, masked, strict=True)]
