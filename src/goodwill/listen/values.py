"""Text to typed values, as DuckDB SQL: times, money, shares, counts, flags, lists. Null where a text cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

NULLS = r"|null|NULL|Null|nan|NaN|NAN|none|None|[\\]N|<NA>|NaT"  # a pattern: what says that nothing is known

SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
    "₪": "ILS",
    "zł": "PLN",
    "Kč": "CZK",
    "R$": "BRL",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "Fr.": "CHF",
    "SFr.": "CHF",
    "EURO": "EUR",
    "EUROS": "EUR",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "POUND": "GBP",
    "POUNDS": "GBP",
}
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "ARS", "CLP", "COP")
KRONER = ("SEK", "NOK", "DKK", "ISK")


_SPACE = "' \t\r\n\u00a0\ufeff'"


def cleaned(sql: str) -> str:
    """A cell's text without the space around it; null where it says that nothing is known.

    The cheap tests come first: hardly any cell begins or ends with space, or looks like 'null'.
    """
    like_null = " OR ".join(f"({sql} >= '{low}' AND {sql} < '{high}')" for low, high in ("NO", "no", "<=", "\\]"))
    spaced_before = f"{sql} < '!' OR ({sql} >= '\u00a0' AND {sql} < '\u00a1') OR {sql} >= '\ufeff'"
    spaced_after = " OR ".join(f"ends_with({sql}, '{space}')" for space in (" ", "\t", "\r", "\n", "\u00a0"))
    trimmed = f"trim({sql}, {_SPACE})"
    return (
        f"CASE WHEN (strlen({sql}) < 6 AND ({like_null})) OR {spaced_before} OR {spaced_after}"
        f" THEN CASE WHEN regexp_full_match({trimmed}, '{NULLS}') THEN NULL ELSE {trimmed} END ELSE {sql} END"
    )


def one_of(sql: str, *words: str) -> str:
    """Whether a text is one of some words. (A long IN (...) would become a join, which holds rows back.)"""
    listed = "|".join(word.replace("'", "''") for word in words)
    return f"contains('|{listed}|', '|' || {sql} || '|')"


@dataclass(frozen=True, slots=True)
class Parse:
    """Two ways from text to value: a quick one for every cell, and a patient one for those that it leaves null.

    `before` is a step that the quick one rests on, as a column of its own.
    """

    quick: str
    patient: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes numbers."""

    decimal_comma: bool = False
    plain: bool = False  # every value seen is digits with at most a point: no currency stands beside it


def money(text: str, style: NumberStyle) -> Parse:
    """A DECIMAL(18, 6) of a text such as '1,234.50', '€ 12', '(12.00)' or '12.00-'."""
    careful = _money_with_signs(text, style)
    return Parse(careful) if style.decimal_comma else Parse(f"try_cast({text} AS DECIMAL(18, 6))", careful)


def _money_with_signs(text: str, style: NumberStyle) -> str:
    digits = f"regexp_extract({text}, '[0-9](?:[0-9.,'' \u00a0\u202f’]*[0-9])?|[.,][0-9]+')"
    bare = f"regexp_replace({digits}, '['' \u00a0\u202f’]', '', 'g')"
    number = f"try_cast({unpunctuated(bare, style)} AS DECIMAL(18, 6))"
    below = f"regexp_matches({text}, '^[^0-9]*[-−–(]|[-−]\\s*$')"
    only_one = f"regexp_matches({text}, '^[^0-9]{{0,8}}[0-9.,][0-9.,'' \u00a0\u202f’]*[^0-9]{{0,8}}$')"
    no_words = f"NOT regexp_matches({text}, '[A-Za-z]{{5,}}|[/:%@#&_]')"
    return f"CASE WHEN {only_one} AND {no_words} THEN CASE WHEN {below} THEN -{number} ELSE {number} END END"


def unpunctuated(bare: str, style: NumberStyle) -> str:
    """SQL of a number's text with a point for its decimals and nothing between its thousands."""
    point = f"replace({bare}, ',', '')"
    comma = f"replace(replace({bare}, '.', ''), ',', '.')"
    last_is_comma = f"strpos(reverse({bare}), ',') < strpos(reverse({bare}), '.')"
    both = f"contains({bare}, ',') AND contains({bare}, '.')"
    lone_comma = f"regexp_full_match({bare}, '[0-9]*,([0-9]{{1,2}}|[0-9]{{4,}})')"
    many_points = f"regexp_full_match({bare}, '[0-9]{{1,3}}([.][0-9]{{3}}){{2,}}')"
    usual = comma if style.decimal_comma else point
    usual_when = (
        f"regexp_full_match({bare}, '[0-9]*[.]([0-9]{{1,2}}|[0-9]{{4,}})') THEN {bare}"
        if style.decimal_comma
        else f"{lone_comma} THEN {comma}"
    )
    return (
        f"CASE WHEN {both} THEN CASE WHEN {last_is_comma} THEN {comma} ELSE {point} END"
        f" WHEN {many_points} THEN {comma} WHEN {usual_when} ELSE {usual} END"
    )


def cents(name: str) -> str:
    """SQL of a DECIMAL(18, 6) rounded to cents, half to even."""
    near = f"CAST({name} AS DECIMAL(18, 2))"
    tie = f"abs({name} - {near}) = 0.005 AND {near} % 0.02 <> 0"
    away = f"CASE WHEN {name} < 0 THEN -0.01 ELSE 0.01 END"
    return f"CASE WHEN {tie} THEN CAST({near} - {away} AS DECIMAL(18, 2)) ELSE {near} END"


def currency(text: str, firms: str) -> str:
    """SQL of the ISO code that a currency's text names: 'eur', '€', 'US$'; the text itself where it is none we know."""
    upper = f"upper({text})"
    cases = " ".join(f"WHEN '{symbol.upper()}' THEN '{code}'" for symbol, code in SYMBOLS.items())
    dollar = firms if firms in DOLLARS else "USD"
    krone = f" WHEN 'KR' THEN '{firms}' WHEN 'KR.' THEN '{firms}'" if firms in KRONER else ""
    return f"CASE {upper} {cases} WHEN '$' THEN '{dollar}'{krone} ELSE {upper} END"


def currency_within(text: str, firms: str) -> str:
    """SQL of the currency written beside an amount, '€ 12' or 'CHF 12.50'; null where none is."""
    sign = (
        f"regexp_extract({text}, '(US\\$|C\\$|CA\\$|A\\$|AU\\$|NZ\\$|R\\$|[€£¥₹₺₽₩₪$]|zł|Kč"
        "|kr[.]?|S?Fr[.]|Euros?|EUROS?|[A-Za-z]{3})')"
    )
    return f"CASE WHEN {sign} = '' THEN NULL ELSE {currency(sign, firms)} END"


def share(text: str) -> str:
    """SQL of a number between 0 and 1, or written with a percent sign."""
    number = f"try_cast(replace(rtrim({text}, ' %'), ',', '.') AS DOUBLE)"
    scaled = f"CASE WHEN right({text}, 1) = '%' THEN {number} / 100 ELSE {number} END"
    return f"CASE WHEN isfinite({number}) THEN {scaled} END"


def number(text: str) -> str:
    """SQL of a finite number."""
    cast = f"try_cast({text} AS DOUBLE)"
    comma = f"try_cast(replace({text}, ',', '.') AS DOUBLE)"
    return f"CASE WHEN isfinite({cast}) THEN {cast} WHEN isfinite({comma}) THEN {comma} END"


def stars(text: str) -> str:
    """SQL of a rating: '4', '4.5', '4/5', '4 out of 5', '4 stars', '★★★★☆'."""
    counted = f"length({text}) - length(replace({text}, '★', ''))"
    written = "^([0-9]+(?:[.][0-9]+)?) *(?:(?:/|out of|of|von|sur) *5|[Ss]tars?|[Ss]terne|★)?$"
    first = f"try_cast(regexp_extract(replace({text}, ',', '.'), '{written}', 1) AS DOUBLE)"
    return f"CASE WHEN {counted} > 0 AND NOT regexp_matches({text}, '[0-9]') THEN {counted} ELSE {first} END"


def count(text: str) -> Parse:
    """A whole number: '12', '12.0', '6,000', "6'000"."""
    bare = f"regexp_replace({text}, '[, ''’\u00a0]', '', 'g')"
    decimal = f"try_cast({bare} AS DECIMAL(18, 3))"
    quick = f"CASE WHEN NOT contains({text}, '.') THEN try_cast({text} AS BIGINT) END"
    return Parse(quick, f"CASE WHEN {decimal} = trunc({decimal}) THEN CAST({decimal} AS BIGINT) END")


def flag(text: str) -> str:
    """SQL of yes or no, in the common spellings."""
    low = f"lower({text})"
    return (
        f"CASE WHEN {one_of(low, 'true', 't', 'yes', 'y', '1', '1.0', 'ja', 'oui', 'si', 'sí', 'x', 'on')} THEN true"
        f" WHEN {one_of(low, 'false', 'f', 'no', 'n', '0', '0.0', 'nein', 'non', 'off')} THEN false END"
    )


def words(text: str) -> str:
    """SQL of a list: JSON, or words parted by bars, semicolons or commas."""
    told = f"list_filter(list_transform(string_split_regex({text}, '[|;,]'), lambda w: trim(w)), lambda w: w <> '')"
    listed = f"json_extract_string(try_cast({text} AS JSON), '$[*]')"
    return f"CASE WHEN starts_with({text}, '[') AND try_cast({text} AS JSON) IS NOT NULL THEN {listed} ELSE {told} END"
