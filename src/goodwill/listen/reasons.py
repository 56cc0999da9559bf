"""What is said about a cell that could not be used: the reason and the mend, one line each."""

from __future__ import annotations

from goodwill.facts import TABLES

_KEPT = " (the rest of the row is kept)"


def reason(table: str, name: str, code: str, value: str, row_is_out: bool) -> tuple[str, str]:
    """The reason and the mend for a code that the typing query wrote.

    >>> reason("responses", "score", "range", "11", False)
    ('11 is outside 0 to 10 (the rest of the row is kept)', 'write a number from 0 to 10, or leave it empty')
    """
    shown = repr(value if len(value) <= 60 else value[:57] + "...")
    what, mend = _said(table, name, code, shown, value)
    return (what if row_is_out else what + _KEPT), mend


def _said(table: str, name: str, code: str, shown: str, value: str) -> tuple[str, str]:
    column = next((column for column in TABLES[table] if column.name == name), None)
    empty = "" if column is not None and column.required else ", or leave it empty"
    if code == "empty":
        return f"{name} is empty", f"fill it in, or take the row out ({column.meaning if column else name})"
    if code == "time":
        return f"{shown} is no time", f"write it as 2026-12-31 or 2026-12-31T14:30:00+01:00{empty}"
    if code == "future":
        return f"{shown} lies in the future", "correct the date; a fact is something that has happened"
    if code == "past":
        return f"{shown} lies too far back to be true", f"correct the date{empty}"
    if code == "money":
        return f"{shown} is no amount of money", f"write it as 1234.50{empty}"
    if code == "large":
        return f"{shown} is too large a sum", "check the amount and the rate"
    if code == "rate":
        return (
            f"no rate for {value} is known",
            f"add to goodwill.toml: [rates] {value} = (what 1 {value} is in your money)",
        )
    if code == "code":
        return f"{shown} is no ISO 4217 currency", "write it as EUR, USD, GBP, ..."
    if code == "choice":
        choices = ", ".join(repr(choice) for choice in column.choices) if column else ""
        return f"{shown} is none of {choices}", f"write one of them{empty}"
    if code == "margin":
        return f"a margin of {value} is more than the sale", "write a share of 1 (0.3), or the money that is kept"
    if code == "range":
        return _range(table, name, value, empty)
    if code == "whole":
        within = f" from {column.low:g} to {column.high:g}" if column and column.high is not None else " such as 12"
        return f"{shown} is no whole number", f"write a whole number{within}{empty}"
    if code == "number":
        return f"{shown} is no number", f"write it as 0.5{empty}"
    if code == "flag":
        return f"{shown} is neither yes nor no", f"write true or false{empty}"
    if code == "email":
        return f"{shown} is no e-mail address", "correct it, or leave it empty"
    return f"{shown} cannot be read", "correct it, or leave it empty"  # pragma: no cover - every code is above


def _range(table: str, name: str, value: str, empty: str) -> tuple[str, str]:
    column = TABLES[table][name]
    low, high = column.low, column.high
    if high is None:
        return f"{value} is below {low:g}", f"write a number from {low:g} up{empty}"
    between = f"{low:g} to {high:g}"
    what = f"{value} is outside {between}"
    if column.unit == "share of 1":
        return what, f"write a share of 1: 0.4 or 40% for two fifths{empty}"
    return what, f"write a number from {between}{empty}"
