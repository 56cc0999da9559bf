"""How a column writes what it holds, decided once for the whole column: days before months, commas for decimals, ids
that a spreadsheet turned into numbers, margins as a share or as money."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goodwill.facts import INSTANT, MONEY, TABLES
from goodwill.listen.columns import plain
from goodwill.listen.times import SHAPES, SLASHED, TimeStyle, in_one_spacing
from goodwill.listen.values import NumberStyle, cleaned

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.listen.columns import TableMap
    from goodwill.listen.source import Source

SAMPLE = 5_000
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?")
_PLAIN = re.compile(r"[+-]?\d*\.?\d+")
_WHOLE_POINT_ZERO = re.compile(r"\d+\.0")


@dataclass
class Styles:
    """The decisions for one table of one file, and what there is to say about them."""

    times: dict[str, TimeStyle] = field(default_factory=dict)
    numbers: dict[str, NumberStyle] = field(default_factory=dict)
    point_zero: set[str] = field(default_factory=set)  # ids such as '17850.0'
    emails: set[str] = field(default_factory=set)  # fields that name customers by their e-mail
    margin: str = ""  # 'share', 'percent' or 'money'
    cancelled: bool = False  # ids are numbers, and 'C' before one says that it was cancelled
    how: dict[str, str] = field(default_factory=dict)  # field -> what to add to its mapping
    notes: list[str] = field(default_factory=list)


def decide(source: Source, found: TableMap, firm: Firm, connection: Any) -> Styles:
    """Looks at a sample, and at the whole column only where the sample leaves a doubt."""
    styles = Styles()
    names = list(found.fields)
    if not names:
        return styles
    columns = ", ".join(f"{cleaned(found.fields[name])}" for name in names)
    rows = connection.execute(f"SELECT {columns} FROM {source.relation} {found.filter} LIMIT {SAMPLE}").fetchall()
    for at, name in enumerate(names):
        if name not in TABLES[found.table]:
            continue
        column = TABLES[found.table][name]
        seen = [row[at] for row in rows if row[at] is not None]
        if column.type == INSTANT:
            styles.times[name] = _time_style(source, found, name, seen, firm, connection, styles)
        elif column.type == MONEY:
            styles.numbers[name] = _number_style(source, found, name, seen, connection, styles)
        elif column.refers_to == "people.customer_id" and any("@" in value[1:] for value in seen):
            styles.emails.add(name)
            styles.how[name] = "e-mails became customers of their own"
        elif name.endswith("_id") and seen and all(_WHOLE_POINT_ZERO.fullmatch(value) for value in seen):
            styles.point_zero.add(name)
            styles.how[name] = "'.0' at the end cut off"
    if found.table == "purchases" and "purchase_id" in found.fields:
        ids = [row[names.index("purchase_id")] or "" for row in rows]
        styles.cancelled = 2 * sum(one.isdigit() for one in ids) > len(ids)
    if found.table == "purchases" and "margin" in found.fields:
        _decide_margin(source, found, connection, styles)
    return styles


def _time_style(
    source: Source, found: TableMap, name: str, seen: list[str], firm: Firm, connection: Any, styles: Styles
) -> TimeStyle:
    zone = "UTC" if name in found.utc else firm.firm.timezone
    american = firm.firm.timezone.startswith(("America/", "US/")) or firm.currency == "USD"
    slashed = re.compile(SLASHED)
    some = [value for value in seen if slashed.search(value)]
    if not some:
        return TimeStyle(zone, not american, _shapes_seen(seen, connection))
    text = cleaned(found.fields[name])
    first, second = (f"try_cast(regexp_extract(t, '{SLASHED}', {part}) AS INTEGER)" for part in (1, 2))
    days, months = connection.execute(
        f"SELECT count(*) FILTER ({first} > 12), count(*) FILTER ({second} > 12)"
        f" FROM (SELECT {text} AS t FROM {source.relation} {found.filter})"
    ).fetchone()
    header = found.headers.get(name, name)
    if days or months:
        style = TimeStyle(zone, day_first=days >= months)
        styles.how[name] = "day before month, by its values" if style.day_first else "month before day, by its values"
        return style
    dotted = all("." in value.split(" ")[0] for value in some)
    style = TimeStyle(zone, day_first=dotted or not american)
    if not dotted:
        order = "day/month/year" if style.day_first else "month/day/year"
        styles.notes.append(
            f"{source.name}, {header}: every date could be day/month or month/day; read as {order}."
            " Write them as 2026-12-31 to be sure"
        )
    styles.how[name] = "day before month" if style.day_first else "month before day"
    return style


def _shapes_seen(seen: list[str], connection: Any) -> tuple[str, ...]:
    """The ways to write a time in words that a sample shows, the commonest first."""
    odd = [value for value in seen if not _ISO.match(value)][:200]
    if not odd:
        return ()
    counts = ", ".join(f"count(try_strptime({in_one_spacing('v')}, '{shape}'))" for shape in SHAPES)
    found = connection.execute(f"SELECT {counts} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [odd]).fetchone()
    ranked = sorted(zip(found, SHAPES, strict=True), key=lambda one: -one[0])
    return tuple(shape for count, shape in ranked if count)


def _number_style(
    source: Source, found: TableMap, name: str, seen: list[str], connection: Any, styles: Styles
) -> NumberStyle:
    odd = [value for value in seen if not _PLAIN.fullmatch(value)]
    points = [value for value in seen if "." in value]
    thousands_only = len(points) >= 3 and all(re.fullmatch(r"\D*\d{1,3}(\.\d{3})+\D*", value) for value in points)
    if not odd and not thousands_only:
        return NumberStyle(plain=True)
    t = f"regexp_replace({cleaned(found.fields[name])}, '[^0-9.,]', '', 'g')"
    comma, point, thousand_points = connection.execute(
        "SELECT count(*) FILTER (regexp_matches(t, '^[0-9.]*,([0-9]{1,2}|[0-9]{4,})$')),"
        " count(*) FILTER (regexp_matches(t, '^[0-9,]*[.]([0-9]{1,2}|[0-9]{4,})$')),"
        " count(*) FILTER (regexp_matches(t, '^[0-9]{1,3}([.][0-9]{3})+$'))"
        f" FROM (SELECT {t} AS t FROM {source.relation} {found.filter})"
    ).fetchone()
    header = found.headers.get(name, name)
    if comma and point:
        styles.notes.append(
            f"{source.name}, {header}: some numbers have a decimal comma and some a point; each was read by its own"
        )
    if comma > point:
        styles.how[name] = "decimal comma, by its values"
        return NumberStyle(decimal_comma=True)
    if not point and thousand_points >= 3 and thousands_only:
        styles.how[name] = "points between thousands, by its values"
        styles.notes.append(f"{source.name}, {header}: points were read as thousands (1.234 is 1234)")
        return NumberStyle(decimal_comma=True)
    return NumberStyle()


def _decide_margin(source: Source, found: TableMap, connection: Any, styles: Styles) -> None:
    header = found.headers.get("margin", "margin")
    name = plain(header)
    if any(word in name for word in ("rate", "ratio", "share", "percent", "pct")) or "%" in header:
        percent = "percent" in name or "pct" in name or "%" in header
        styles.margin = "percent" if percent else "share"
        styles.how["margin"] = "a share of the amount, as its header says"
    elif any(word in name for word in ("profit", "amount", "contribution", "deckungsbeitrag")):
        styles.margin = "money"
        styles.how["margin"] = "money, as its header says"
    else:
        styles.margin = "share" if _looks_like_shares(source, found, connection, styles) else "money"
        said = "a share of the amount" if styles.margin == "share" else "money"
        styles.how["margin"] = f"{said}, by its values"


def _looks_like_shares(source: Source, found: TableMap, connection: Any, styles: Styles) -> bool:
    margin = f"try_cast(rtrim({cleaned(found.fields['margin'])}, ' %') AS DOUBLE)"
    amount = f"try_cast({cleaned(found.fields['amount'])} AS DOUBLE)" if "amount" in found.fields else "NULL"
    percent_signs = f"count(*) FILTER (right({cleaned(found.fields['margin'])}, 1) = '%')"
    within, above_one, signs, n = connection.execute(
        f"SELECT count(*) FILTER ({margin} BETWEEN 0 AND 1), count(*) FILTER (abs({amount}) > 1), {percent_signs},"
        f" count({margin})"
        f" FROM {source.relation} {found.filter}"
    ).fetchone()
    if signs:
        return True
    # A slip or two do not turn shares into money; where every sale is below 1, nothing tells the two apart.
    return bool(n) and within >= 0.95 * n and 2 * above_one > n
