"""The schema of what is held of a customer: the parts of an export, their columns, and how each came to be known."""

from __future__ import annotations

from dataclasses import dataclass

from goodwill.facts import LEDGER, READINGS, TABLES, WORTH, Table

FORMAT = "goodwill export, version 1"
PROVIDED, OBSERVED, INFERRED = "provided", "observed", "inferred"
MARKS = {
    PROVIDED: "you gave or wrote it yourself",
    OBSERVED: "we noted it as it happened",
    INFERRED: "we concluded it, and it may be wrong",
}
_LEFT_OUT = {
    "messages": ("customer_id", "in_reply_to", "thread", "accepted"),
    "actions": ("customer_id", "staff", "cost", "minutes", "message_id"),
    "roles": ("organisation_id", "entered_by"),
    "referrals": ("referral_id", "referrer_id", "referred_id"),
    "corrections": ("by",),
    "responses": ("staff",),
}
"""Columns that would name other people, or colleagues."""


@dataclass(frozen=True)
class Column:
    """A column: its name, what it means, its unit."""

    name: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Part:
    """A part of an export."""

    name: str
    meaning: str
    mark: str
    columns: tuple[Column, ...]


def _fact(name: str, mark: str, *more: Column) -> Part:
    table = TABLES[name]
    left_out = _LEFT_OUT.get(name, ())
    own = tuple(Column(one.name, one.meaning, one.unit) for one in table if one.name not in left_out)
    return Part(name, table.meaning, mark, (*own, *more))


def _result(table: Table, name: str, *left_out: str) -> Part:
    columns = tuple(Column(one.name, one.meaning, one.unit) for one in table if one.name not in left_out)
    return Part(name, table.meaning, INFERRED, columns)


_AT = Column("at", "when", "UTC instant")
PARTS: tuple[Part, ...] = (
    _fact("people", PROVIDED),
    _fact("handles", PROVIDED),
    _fact("roles", OBSERVED, Column("organisation", "its name")),
    _fact("purchases", OBSERVED),
    _fact("messages", PROVIDED, Column("replies_to_others", "it answers what somebody else said")),
    _fact("responses", PROVIDED),
    _fact("contributions", PROVIDED),
    _fact("events", OBSERVED),
    _fact("referrals", OBSERVED, Column("side", "'brought' somebody, or 'was brought'")),
    _fact("actions", OBSERVED),
    _fact("terms", PROVIDED),
    _fact("corrections", PROVIDED),
    Part(
        "answers_and_notes",
        "what colleagues wrote to you, or noted about you",
        OBSERVED,
        (_AT, Column("kind", "what it was"), Column("text", "as written; addresses and numbers in it are masked")),
    ),
    _result(READINGS, "readings"),
    Part(
        "cases",
        "messages of yours that wait or waited for an answer",
        INFERRED,
        (
            _AT,
            Column("message_id", "the message"),
            Column("state", "open, answered or resolved"),
            Column("due", "by when an answer was promised", "UTC instant"),
            Column("answered_at", "when it was answered", "UTC instant"),
            Column("resolved_at", "when it was closed", "UTC instant"),
            Column("cause_id", "what it was closed with"),
            Column("stake", "the money that we think is at risk", "the firm's currency"),
        ),
    ),
    Part(
        "worth",
        "what follows from you in twelve months, as we estimate it",
        INFERRED,
        tuple(Column(one.name, one.meaning, one.unit) for one in WORTH if one.name != "customer_id"),
    ),
    Part(
        "statement",
        "the lines of your account; other people are counted",
        INFERRED,
        (
            _AT,
            Column("what", "what it is"),
            Column("who", "with whom: how many people, or which account of the firm"),
            Column("happened", "what has happened", "the firm's currency"),
            Column("expected", "what is expected", "the firm's currency"),
            Column("low", "the lower end of its range", "the firm's currency"),
            Column("high", "the upper end of its range", "the firm's currency"),
            Column("balance", "the balance after it", "the firm's currency"),
            Column("evidence", LEDGER["evidence"].meaning),
            Column("rule", LEDGER["rule"].meaning),
        ),
    ),
    Part(
        "links",
        "other records that may be yours too; those of others are counted, never shown",
        INFERRED,
        (
            Column("kind", "what it rests on: 'certain' handles, or 'probable'"),
            Column("probability", "how sure it is", "share of 1"),
            Column("state", "proposed, confirmed or rejected"),
            Column("reasons", "why"),
        ),
    ),
    Part(
        "looks",
        "who looked at you or did something about you, and what for",
        OBSERVED,
        (_AT, Column("who", "a colleague, a program, or goodwill"), Column("act", "what they did"),
         Column("purpose", "what for")),
    ),
    Part(
        "terms_now",
        "what you allow now, purpose by purpose, and what that rests on",
        PROVIDED,
        (Column("purpose", "what for"), Column("holds", "whether we may"), Column("ground", "what that rests on")),
    ),
    Part(
        "records",
        "signed records of your agreements with us",
        PROVIDED,
        (_AT, Column("state", "accepted, offered or declined"), Column("agreement", "IEEE 7012 agreement"),
         Column("record", "the record itself, as JSON")),
    ),
    Part(
        "asks",
        "what you look for, as you told us",
        PROVIDED,
        (_AT, Column("what", "what"), Column("place", "where"), Column("wanted", "when"), Column("budget", "how much"),
         Column("terms", "on which terms"), Column("expires", "until when"), Column("state", "what became of it"),
         Column("answer", "our answer")),
    ),
    Part(
        "asked_of_you",
        "what we asked of you: how often we may is limited, over all of these together",
        OBSERVED,
        (_AT, Column("kind", "survey, quote or invitation"), Column("words", "to what we invited you")),
    ),
    Part(
        "requests",
        "what you asked for by law (GDPR art. 15 to 21)",
        PROVIDED,
        (Column("number", "its number"), Column("kind", "what"), Column("received", "when it came", "UTC instant"),
         Column("due", "by when we answer", "UTC instant"), Column("state", "open, answered or refused"),
         Column("answer", "our answer"), Column("words", "as you wrote it")),
    ),
    Part(
        "kept",
        "how long each kind of record is kept, and what a legal hold keeps longer",
        OBSERVED,
        (Column("table", "which records"), Column("rule", "how long, and why"), Column("until", "until which day")),
    ),
)  # fmt: skip


def part(name: str) -> Part:
    """One of them."""
    return next(one for one in PARTS if one.name == name)


def page() -> str:
    """docs/export.md."""
    lines = [
        "# What a customer takes along",
        "",
        "<!-- written by goodwill.service.holdings.schema; `python -m goodwill.service.holdings.schema` writes it -->",
        "",
        "`GET /api/v1/customers/{id}/export?format=json` (or `csv`), a button on the customer's page, and the",
        "customer's own door give the same. JSON is one document; CSV is a zip of one file a part, with `schema.csv`",
        "beside them: UTF-8, commas, a header, CRLF, empty where nothing is known; a cell that a spreadsheet would carry",  # noqa: E501
        "out as a formula begins with an apostrophe. Rows are in the order of time and key: two exports of one store",
        "differ by their time alone.",
        "",
        "Each part says how it came to be known:",
        "",
        *(f"- **{mark}**: {words}" for mark, words in MARKS.items()),
        "",
        "Other people are counted and never named: no id of another customer, no message of theirs, no colleague's",
        "address stands in it. Times are ISO 8601 in UTC; money is a decimal number in the firm's currency.",
        "",
        "```json",
        '{"format": "goodwill export, version 1", "made": "2026-11-22T09:00:00+00:00", "firm": "Hedgerow Computing",',
        ' "currency": "EUR", "customer_id": "c17", "ids": ["c17"], "marks": {"provided": "…"},',
        ' "parts": [{"name": "people", "mark": "provided", "meaning": "…", "columns": [{"name": "…"}], "rows": [{}]}]}',
        "```",
        "",
    ]
    for one in PARTS:
        lines += [f"## {one.name}", "", f"{one.meaning[0].upper()}{one.meaning[1:]}. *{one.mark}*", ""]
        lines += ["| column | meaning | unit |", "| --- | --- | --- |"]
        lines += [f"| {column.name} | {column.meaning} | {column.unit} |" for column in one.columns]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    from pathlib import Path

    Path("docs/export.md").write_text(page(), encoding="utf-8")
