"""Writes the pages that repeat the code: docs/facts.md, docs/settings.md and docs/sources.md. A test holds them true.

python tools/reference_pages.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel

from goodwill.assumptions import Assumption, Assumptions
from goodwill.facts import RESULTS, TABLES, Table
from goodwill.firm import Firm

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


SOURCES_BEGIN = """\
# Sources: wherever customers speak

<!-- written by tools/reference_pages.py -->

A source is one place that facts come from: a forum, a shop, a mailbox. Connect it on the page Sources, or with

```
goodwill sources --kinds                                   every kind there is
goodwill source add discourse forum --secret S             checked, then stored; prints where it is to send
goodwill source check forum                                what it sees now; nothing is stored of it
```

`--setting KEY=VALUE` sets what stands in the tables below; `--secret S` sets the field `secret`, or the only secret that a
kind has. Secrets are kept sealed with the installation's key and are shown to nobody. Where the other side replaces a
refresh token, the new one is kept in its place.

A source is heard in one of three ways.

- **It sends** (webhooks): to `/webhooks/KIND/NAME` under the address of this service. Every request is verified on its raw
  bytes before anything of it is read; one that comes again is not read again. The answer is 202 once it is on the disk; 401
  not verified, 404 unknown, 413 over 5 MB, 422 not what the kind sends, 429 with Retry-After while too much waits, 503 while
  it is paused. `goodwill source rotate` gives a new secret while the old one still holds.
- **It is asked** (pulled) every few minutes. What it says and how far it has been heard are kept together, so that nothing
  is lost and nothing doubled whenever the machine stops. One that fails is left alone for half a minute, then twice as long
  each time, up to an hour; the others go on. Why it failed stands beside it.
- **It streams**: it is heard all the time, by one process, and taken up again where it was.

Edits take the place of what is held and are read again, except for what a person corrected; deletions remove a fact with
all that was made of it, from the lake too (at its next export). Both stand in the audit log. Only the source that brought a
fact, or a person here, may change it; an admin may let a source take over what another one brought, say the orders of a
file (`goodwill source own shop --of "file orders.csv"`, or on its page).

What a source has removed stays removed: sent again by a replay, or in the file that it came from, it is left out, and the
source's page says how often. Only a newer edit of the same source publishes it again. A case whose answer is removed opens
again, unless something else answers it.

No source reaches a host that its settings do not name, nor a private address unless the operator lists it in
[GOODWILL_OUT_PRIVATE](service.md#settings-of-the-installation). One host is told by another: where a Mastodon server
streams it says itself, and unless its settings say otherwise it is asked there, never in the open where the server itself
is behind TLS.

## On the page

*Sources* says how each source is: heard when, how late, paused, or failing since when, why, and when it is tried again; its
rows of 14 days; what could not be read. An admin chooses a kind, fills in its form, and tests it: goodwill asks once, says
what it saw, and stores nothing. A kind that sends cannot be asked: its page shows the address, and waits in the open for the
first delivery. There a source is also changed, paused, heard again from a date, given another secret (the old one holds
beside it until it is dropped), and deleted: with its facts or without them, once its name has been typed. A secret is never
shown again. How far a replay goes back stands there before it is asked for. The page keeps the last fifty reasons why the
source was refused or could not be heard: when, how often, what, where, and how to mend it, with personal data masked.

*Paste a link* takes in any public page as one message, after a look at what would be stored. *Note* (the key `s`, on every
page) is for what was said by phone or over the counter: who (found by name, address or number), where, and the words. A note
is a message like any other, with a link among its words as where it can be read; whoever wrote it takes it back with *Undo*
until somebody has answered. Agents do both; analysts see how the sources are.

A link in a note, or in a mail, chat or ticket of a customer, is evidence of who wrote what it leads to. Where that is a
message whose author nobody knows, the author's account is kept as a hint at that customer: with confidence 0.8 from a note
and 0.5 from a ticket, which is too little to name an author or to unite two records. Links are followed every minute, and for
thirty days once a day again, since the forum may be heard later than the mail.

## The kinds

"""

SOURCES_END = """\
## How to add a kind

One file in `src/goodwill/listen/sources/`, named as the kind is (`guest_book.py` is `guest-book`), with a `KIND` in it.
Nothing else changes: the command line, the page, the webhook's address and this page find it there. It says what it must be
told (each field described where it is asked for), and how it is heard. This one accepts:

```python
>>> import hmac, json
>>> from datetime import UTC, datetime
>>> from pydantic import Field, SecretStr
>>> from goodwill.errors import NotUnderstood, NotVerified
>>> from goodwill.listen.sources import Heard, Kind, Place, Request, Settings

>>> class GuestBook(Settings):
...     \"\"\"What a guest book must be told.\"\"\"
...     secret: tuple[SecretStr, ...] = Field(description="the key that the guest book signs with, under Book → Keys")

>>> def accept(place: Place, request: Request) -> Heard:
...     \"\"\"One entry. It is verified before anything of it is read, in constant time, with every key that holds.\"\"\"
...     given = request.headers.get("guest-signature", "").encode()
...     keys = [key.get_secret_value().encode() for key in place.settings.secret]
...     signed = [hmac.new(key, request.body, "sha256").hexdigest().encode() for key in keys]
...     if not any([hmac.compare_digest(given, one) for one in signed]):
...         raise NotVerified("the signature is not the guest book's", where=place.name, mend="compare the keys")
...     try:
...         entry = json.loads(request.body)
...         heard = Heard(once=entry["id"])
...         heard.add("messages", {
...             "message_id": place.key(entry["id"]), "source": place.name, "channel": "forum",
...             "at": entry["at"], "author": entry.get("name"), "text": entry["text"],
...         })
...     except (ValueError, KeyError, TypeError) as odd:
...         raise NotUnderstood("this is no entry of a guest book", where=place.name) from odd
...     return heard

>>> KIND = Kind(
...     name="guest-book", title="Guest book", says="what guests write",
...     connect="In the guest book, under Book → Keys, make a key and enter this source's address.",
...     settings=GuestBook, tried="against the example in the documentation", accept=accept,
... )

```

A test sends it what the other system sends:

```python
>>> place = Place("lobby", GuestBook(secret=("s3cret",)))
>>> body = b'{"id": "7", "at": "2026-05-03T10:00:00Z", "name": "kim", "text": "A lovely stay."}'
>>> signature = hmac.new(b"s3cret", body, "sha256").hexdigest()
>>> heard = KIND.accept(place, Request({"guest-signature": signature}, body, datetime.now(UTC)))
>>> heard.facts["messages"][0]["message_id"], heard.once
('lobby:7', '7')
>>> KIND.accept(place, Request({"guest-signature": "forged"}, body, datetime.now(UTC)))
Traceback (most recent call last):
    ...
goodwill.errors.NotVerified: lobby: the signature is not the guest book's; compare the keys

```

A kind that is asked has `pull(place, cursor)` instead, which yields `Heard` in pieces of some thousand rows at most, each
with the cursor from which the next call goes on (`{}` is the first); everything it asks goes through `place.gate`. A kind
that streams has `stream(place, cursor, stop)`, which ends soon after `stop` is set. Both raise SourceError where they cannot
go on; an error with `retry_after` seconds is left alone so long. `check(place)` answers with a sentence about what it sees;
`since` (mostly `from_date`) is the cursor of a replay from a date, and `goes_back` says where that has an end.
Rows have the columns of [the tables](facts.md); `edited` and `removed` of a `Heard` change what is held. End to end it is
tested with the fixture `heard` in `tests/service/sources/conftest.py`, on both databases.
"""

WAYS = {"pull": "It is asked", "accept": "It sends", "stream": "It streams"}


def sources_page() -> str:
    """Every kind of source: what is heard of it, where its keys are found, what it must be told, how it was tried."""
    from goodwill.listen.sources import kinds

    lines = []
    for kind in kinds():
        rhythm = f", every {_span(kind.every)}" if kind.way == "pull" else ""
        lines += [f"### {kind.title}", "", f"`{kind.name}`: {_whole(kind.says)} {WAYS[kind.way]}{rhythm}.", ""]
        lines += [_whole(kind.connect), ""]
        lines += ["| setting | default | meaning |", "| --- | --- | --- |"] if kind.settings.model_fields else []
        for name, field in kind.settings.model_fields.items():
            default = "required" if field.is_required() else _said(field.get_default(call_default_factory=True))
            lines.append(f"| {name} | {default} | {_cell(field.description or '')} |")
        lines += ["", f"Tried {kind.tried.rstrip('.')}.", ""]
    return SOURCES_BEGIN + "\n".join(lines) + "\n" + SOURCES_END


def _whole(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"


def _said(value: object) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        value = ", ".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value not in (None, "") else "none"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES = {"facts.md": facts_page, "settings.md": settings_page, "sources.md": sources_page}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
        print(f"wrote {DOCS / page}", file=sys.stderr)
