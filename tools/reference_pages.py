"""Writes the pages that repeat the code: docs/facts.md and docs/settings.md. A test holds them true.

python tools/reference_pages.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel

from goodwill.facts import RESULTS, TABLES, Table
from goodwill.firm import Assumption, Assumptions, Firm

DOCS = Path(__file__).resolve().parent.parent / "docs"


def facts_page() -> str:
    """The vocabulary, table by table."""
    lines = [
        "# Facts: the tables",
        "",
        "<!-- written by tools/reference_pages.py -->",
        "",
        "A firm brings what it has, one file a table (`purchases.csv`, `messages.jsonl`, `people.parquet`, ...).",
        "Purchases or messages are required; the rest is optional. Columns in **bold** must be there. Common other names",
        "are recognised; `goodwill try FILE` shows how a file would be understood. An empty cell means 'not known', never",
        "zero. Lists are written with `;` between. Times without a zone are the firm's own.",
        "",
        "## What you bring",
        "",
    ]
    for table in TABLES.values():
        lines += _table(table, bring=True)
    lines += ["## What goodwill writes", ""]
    for table in RESULTS.values():
        lines += _table(table, bring=False)
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Table, *, bring: bool) -> list[str]:
    lines = [f"### {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}.", ""]
    lines += ["| column | type | meaning | unit or choices |", "| --- | --- | --- | --- |"]
    for column in table:
        name = f"**{column.name}**" if column.required and bring else column.name
        unit = ", ".join(f"`{choice}`" for choice in column.choices) or column.unit
        lines.append(f"| {name} | {_type(str(column.type))} | {column.meaning} | {unit} |")
    return [*lines, ""]


def _type(arrow: str) -> str:
    names = {
        "string": "text",
        "double": "number",
        "int64": "whole number",
        "bool": "yes or no",
        "timestamp[us, tz=UTC]": "time",
        "decimal128(18, 2)": "money",
    }
    return names.get(arrow, "list of texts" if arrow.startswith("list") else arrow)


def settings_page() -> str:
    """Every setting, section by section."""
    lines = [
        "# Settings: goodwill.toml",
        "",
        "<!-- written by tools/reference_pages.py -->",
        "",
        "The file lies beside the facts. Every setting has a default, so an empty file, or none, will do. An assumption",
        'is a number, or a table `{ value = 0.3, low = 0.2, high = 0.4, by = "Anna", at = 2026-05-03 }`; whoever reads a',
        "sum that rests on it sees who entered it. Those that the firm leaves out are goodwill's own, and shown as such.",
        "",
        "```toml",
        "[firm]",
        'name = "Hedgerow Computing"',
        'currency = "EUR"',
        'timezone = "Europe/Zurich"',
        "margin = 0.24",
        "",
        "[rates]",
        "USD = 0.92",
        "",
        "[topics]",
        '"delivery" = ["late", "courier", "where is my parcel"]',
        "",
        "[staff]",
        'names = ["Gareth", "Anna"]',
        "",
        "[columns.purchases]",
        'amount = "Order total"',
        "```",
        "",
    ]
    for section, about in Firm.model_fields.items():
        if about.exclude:
            continue
        kind = about.annotation
        lines += [f"## [{section}]", "", f"{_sentence(about.description or '')}", ""]
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            lines += _assumptions() if kind is Assumptions else _fields(kind)
    return "\n".join(lines).rstrip() + "\n"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _fields(kind: type[BaseModel]) -> list[str]:
    lines = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in kind.model_fields.items():
        default = "none" if field.default in (None, (), {}) else f"`{field.default}`"
        lines.append(f"| {name} | {default} | {field.description} |")
    return [*lines, ""]


def _assumptions() -> list[str]:
    lines = ["| assumption | goodwill's own | range (80 %) | unit | meaning |", "| --- | --- | --- | --- | --- |"]
    for name, field in Assumptions.model_fields.items():
        own = field.default
        assert isinstance(own, Assumption)
        unit = (field.json_schema_extra or {}).get("unit", "")  # type: ignore[union-attr]
        lines.append(f"| {name} | {own.value:g} | {own.low:g} to {own.high:g} | {unit} | {field.description} |")
    return [*lines, ""]


PAGES = {"facts.md": facts_page, "settings.md": settings_page}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
        print(f"wrote {DOCS / page}", file=sys.stderr)
