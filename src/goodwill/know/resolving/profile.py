"""Which columns say who somebody is, and what sort of thing each holds: told by its values and by its name.

Columns about health, wealth, age, sex, belief, politics or origin are refused: they are never evidence of who is who,
whatever they would add (GDPR art. 5(1)(c) and 9). A date of birth that the person gave may be compared with another;
nothing is worked out from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError
from goodwill.know.resolving.dates import looks_like_date
from goodwill.know.resolving.kinds import Kind
from goodwill.know.resolving.spelling import latin, words

LOOKED_AT = 5_000
"""Distinct values that are looked at to tell a column's kind."""
MOST = 0.8
"""Share of the values that must have a kind's form."""
FEW = 60
"""A column of at most this many values, each much repeated, is a category."""
_TOO_PERSONAL = (
    ("health", "health|medic|diagnos|illness|disease|disab|allerg|blood|pregnan|patient|gesundheit|krank|sante|salud"),
    ("wealth", "income|salary|wage|wealth|net worth|credit (score|rating|limit)|loan|debt|assets|einkommen|vermogen|"
               "lohn|gehalt|salaire|revenu|ingreso|reddito"),
    ("age", "age|age (group|band|range)|years old|alter|edad|eta|leeftijd"),
    ("sex", "sex|gender|sexual|orientation|geschlecht|sexe|genre|genero|sesso"),
    ("belief or origin", "religio\\w*|faith|church|ethnic\\w*|race|nationality|politic\\w*|party|union|caste|"
                         "konfession"),
)  # fmt: skip
_WHOLE_WORDS = {"age", "sex", "wealth", "belief or origin"}
_ILLNESS_WORDS = (
    "diabetes diabetic cancer asthma depression depressive hiv aids epilepsy dementia alzheimer stroke hypertension "
    "pregnant schizophrenia bipolar arthritis tumour tumor leukaemia leukemia"
)
_ILLNESSES = frozenset(_ILLNESS_WORDS.split())
_BY_NAME: tuple[tuple[Kind, str], ...] = (
    (Kind.EMAIL, r"e ?mail|mail address"),
    (Kind.PHONE, r"phone|mobile|tele?fon\w*|cell|handy|fax|tel"),
    (Kind.DATE, r"date|dob|birth ?day|geburtsdatum|born|datum"),
    (Kind.POSTCODE, r"post ?code|zip|zip ?code|postal|plz|postleitzahl|code postal|postcode \w+"),
    (Kind.FULL_NAME, r"(full|whole|complete|display|customer|person|contact|first and) ?(sur)?name|name|fullname"),
    (Kind.GIVEN, r"(first|given|fore|christian) ?names?|vorname|prenom|nombre|nome|forename"),
    (Kind.SURNAME, r"(last|family|sur|second) ?names?|nachname|familienname|apellidos?|cognome|surname|nom"),
    (Kind.STREET, r"street( name| address)?|address( ?(line)? ?\d)?|strasse|road|rue|calle|via|adresse|addr\w*"),
    (Kind.PLACE, r"city|town|suburb|place|birth place|village|ort|stadt|ville|county|state|province|region|country|"
                 r"land|location|locality"),
    (Kind.NUMBER, r"price|amount|cost|weight|height|quantity|street number|house number|number of \w+|hausnummer"),
    (Kind.CODE, r"\w* ?id|ssn|soc sec id|social security|passport|card|iban|vat|tax \w+|account|customer no|"
                r"(customer|member|order|serial) number|\w+ no|sku|isbn|ean|reference"),
    (Kind.WORDS, r"description|comment|notes?|title|text|bio|about|remarks?"),
)  # fmt: skip
_EMAIL = re.compile(r"^\s*[^@\s]+@[^@\s]+\s*$")
_PHONE = re.compile(r"^\s*(\+|00?)[\d\s().\-/]{7,20}$")
_NUMBER = re.compile(r"^\s*[$€£]?\s*-?\d[\d,' ]*(\.\d+)?\s*[$€£%]?\s*$")
_POSTCODE = re.compile(r"^\s*([a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}|\d{4,5}(-\d{4})?)\s*$", re.IGNORECASE)
_STREET = re.compile(r"\b(street|st|road|rd|avenue|ave|lane|drive|court|place|crescent|close|way|strasse|gasse|rue|"
                     r"platz|weg|calle|via)\b|strasse\b|weg\b")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """What one column holds, and how that was told."""

    name: str
    kind: Kind
    filled: float
    distinct: int
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns of a table and how many rows it has."""

    columns: tuple[Column, ...]
    rows: int

    def of(self, *kinds: Kind) -> tuple[Column, ...]:
        """The columns of these kinds, in the table's order."""
        return tuple(column for column in self.columns if column.kind in kinds)


def profile(table: pa.Table, record_id: str = "record_id") -> Profile:
    """Tells what sort of thing each column holds.

    `table` has a column `record_id`, which is never evidence, and any others. Raises `InputError` where there is none.

    >>> told = profile(pa.table({"record_id": ["1", "2"], "email": ["a@b.ch", "c@d.ch"], "income": ["9", "8"]}))
    >>> [(column.name, column.kind.value) for column in told.columns]
    [('email', 'e-mail'), ('income', 'refused')]
    """
    if record_id not in table.column_names:
        raise InputError(
            f"there is no column '{record_id}'",
            where=f"a table with the columns {', '.join(table.column_names) or '(none)'}",
            mend="give each record an id of its own under that name",
        )
    columns = tuple(_column(table, name) for name in table.column_names if name != record_id)
    return Profile(columns, table.num_rows)


def _column(table: pa.Table, name: str) -> Column:
    values = as_text(table[name])
    present = values.drop_null()
    distinct = pc.unique(present)
    if len(distinct) == 0:
        return Column(name, Kind.NOTHING, 0.0, 0, "it is empty")
    filled = len(present) / max(len(values), 1)
    kind, why = _kind(name, distinct, len(present))
    return Column(name, kind, filled, len(distinct), why)


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """A column as trimmed texts, empty ones null; what cannot be written as text is left out."""
    try:
        text = column.cast(pa.string()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(column), pa.string())
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(pc.utf8_length(text), 0), pa.scalar(None, pa.string()), text)


def _kind(name: str, distinct: pa.Array, present: int) -> tuple[Kind, str]:
    plain = words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " "))
    values = sorted(distinct.to_pylist(), key=_mixed)[:LOOKED_AT]
    refused = too_personal(plain, values)
    if refused:
        return Kind.REFUSED, f"it tells of {refused}, which is never evidence of who somebody is"
    if len(distinct) == 1 and present >= 20:
        return Kind.NOTHING, "it says the same of everybody"
    form = _by_form(values, present, len(distinct))
    named = next((kind for kind, pattern in _BY_NAME if re.fullmatch(pattern, plain)), None)
    named = named or next((kind for kind, pattern in _BY_NAME if re.search(rf"\b({pattern})\b", plain)), None)
    if form in (Kind.EMAIL, Kind.DATE):
        return form, "by its values"
    if named and _can_be(named, values, form):
        return named, f"by its name '{name}', and its values do not speak against it"
    return form, "by its values"


def _mixed(text: str) -> int:
    """An order that is the same on every machine and has nothing to do with the values' own."""
    import zlib

    return zlib.crc32(text.encode())


def too_personal(name: str, values: list[str]) -> str:
    """What a column tells of that is nobody's evidence, or ''.

    >>> too_personal("date of birth", ["1971-06-24"]), too_personal("age group", ["20-30"])
    ('', 'age')
    """
    for what, pattern in _TOO_PERSONAL:
        form = rf"\b({pattern})\b" if what in _WHOLE_WORDS else rf"\b({pattern})"
        if re.search(form, latin(name)):
            return what
    ill = sum(not _ILLNESSES.isdisjoint(words(value).split()) for value in values)
    return "health" if ill > 0.2 * len(values) else ""


def _share(values: list[str], holds: object) -> float:
    return sum(bool(holds(value)) for value in values) / len(values)  # type: ignore[operator]


def _by_form(values: list[str], present: int, distinct: int) -> Kind:
    if _share(values, _EMAIL.match) >= 0.6:
        return Kind.EMAIL
    if _share(values, looks_like_date) >= MOST:
        return Kind.DATE
    if _share(values, _PHONE.match) >= MOST:
        return Kind.PHONE
    if _share(values, lambda value: _POSTCODE.match(value) and not value.strip().isdigit()) >= MOST:
        return Kind.POSTCODE
    lengths = sorted(len(words(value).split()) for value in values)
    if distinct <= FEW and present >= 20 * distinct:
        return Kind.CATEGORY
    if _share(values, _NUMBER.match) >= 0.95:
        return Kind.NUMBER if _share(values, lambda value: len(value) <= 6 or "." in value) >= 0.5 else Kind.CODE
    if lengths[len(lengths) // 2] >= 5:
        return Kind.WORDS
    if _share(values, lambda value: _STREET.search(latin(value))) >= 0.5:
        return Kind.STREET
    if _share(values, lambda value: any(letter.isdigit() for letter in value)) >= 0.5:
        return Kind.CODE
    return Kind.PLACE


def _can_be(kind: Kind, values: list[str], form: Kind) -> bool:
    """Whether a column named like this kind holds something that may be one."""
    if kind in (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME):
        few_words = sum(len(words(value).split()) <= 7 for value in values) >= MOST * len(values)
        lettered = sum(any(letter.isalpha() for letter in value) for value in values) >= MOST * len(values)
        no_digits = sum(not any(letter.isdigit() for letter in value) for value in values) >= 0.9 * len(values)
        return few_words and lettered and (no_digits or kind is not Kind.FULL_NAME)
    if kind is Kind.DATE:
        return _share(values, looks_like_date) >= 0.5
    if kind is Kind.EMAIL:
        return False
    if kind is Kind.NUMBER:
        return _share(values, _NUMBER.match) >= 0.5
    if kind in (Kind.PHONE, Kind.POSTCODE):
        return _share(values, lambda value: any(letter.isdigit() for letter in value)) >= 0.5
    if kind is Kind.WORDS:
        return form not in (Kind.CATEGORY, Kind.NUMBER)
    return True
