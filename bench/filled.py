"""A store of any size, filled in minutes: customers, what they bought and said, what was made of it, what people did.

The rows are those that the drainer, the reader, a valuation and the ranking would have left; they go in by COPY, or by
one prepared statement, past the API. Everything is arithmetic on row numbers, so that each run has the same store.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import INSTANT, MONEY, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT_ONCE = 100_000
YEARS_BACK = timedelta(days=730)
OPEN_DAYS = 60  # as long as a message stands in Now
PURCHASES_EACH = 2
BATCH = 4
"""Messages that come in together."""
_GIVEN = """
Ada Amir Anna Bela Boris Cara Chen Clara Dana Diego Elif Emma Erik Femi Fritz Gina Hana Hugo Ida Imre Ines
Ivan Jana Joao Jonas Kaya Kim Lars Lea Lina Luca Maja Maria Mei Mia Milo Nadia Nils Nora Olaf Olga Omar
Paul Petra Pia Rafi Rosa Sami Sean Sofia Tara Theo Tom Uma Vera Viktor Wanda Xenia Yara Yusuf Zita Zoe
"""
_FAMILY = """
Abel Adler Ahmed Albers Ames Arnold Bach Baker Bauer Becker Berg Bianchi Blum Brandt Braun Brown Carter
Cohen Cole Costa Cruz Dahl Diaz Dietz Drake Ebert Ellis Engel Evans Faber Fink Fischer Ford Frank Fuchs
Garcia Graf Green Gross Haas Hahn Hall Hansen Hardt Hill Hoffmann Huber Ito Jansen Jones Kaiser Kaya Keller
Khan Klein Koch Kovacs Kraus Lang Larsen Lee Lehmann Lopez Lorenz Maier Mann Marx Meyer Moore Moser Muller
Nagy Novak Okoye Olsen Ortiz Park Patel Peters Pohl Popov Quinn Rao Reed Richter Roth Rossi Ruiz Sato
Schmidt Scott Seidel Silva Simon Smith Stein Suzuki Tanaka Taylor Thoma Toth Turner Ullrich Urban Vance
Vogel Wagner Walker Weber Weiss White Winter Wolf Wood Wright Xu Yang Young Yildiz Zach Zeller Ziegler
Zimmer
"""
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()
MAILS = ("gmail.example", "outlook.example", "posteo.example", "icloud.example", "firm.example")
CHANNELS = ("email", "chat", "forum", "review", "twitter", "phone")
SAID = (
    "My order has not arrived and nobody answers. Where is it?",
    "The download fails each time. Can you help me today?",
    "Thank you, that worked at once. Great service!",
    "Does the X570 board start with the new chips without an update?",
    "I was charged twice for the same thing and I want my money back.",
    "Lovely lamp, came quickly, well packed. I would buy it again.",
    "Stay away from them. Three weeks, two letters, no word.",
    "Could you show which memory fits which board? That would save us much time.",
)
MOODS = ("negative", "negative", "positive", "neutral", "negative", "positive", "negative", "neutral")
INTENTS = (
    ["complaint", "question"], ["complaint"], ["thanks"], ["question"],
    ["complaint"], ["praise"], ["warning"], ["idea"],
)  # fmt: skip
TOPICS = ("delivery", "download", "", "", "billing", "", "delivery", "")
GROUPS = ("first", "promise", "stake", "stake", "stake", "thank")
STANDINGS = (None, "loyal", "loyal", "committed", "apostle", "owner")
REASONS = json.dumps(
    [
        {"what": "their own purchases ahead: 22 % likely to end if nobody answers (the chance is assumed)",
         "amount": 31.5, "low": 8.0, "high": 74.0, "evidence": "estimated"},
        {"what": "besides: strangers among 412 who could read it, not counted",
         "amount": None, "low": None, "high": None, "evidence": "measured"},
        {"what": "the answer is due: within a day, to everybody",
         "amount": None, "low": None, "high": None, "evidence": "measured"},
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large the store is to be; `now` is when its latest message was said."""

    customers: int
    messages: int
    now: datetime


def fill(size: Size, say: Callable[[str], None] = lambda what: None) -> None:
    """Fills the empty store that Django is pointed at, and renews the statistics that its planner goes by."""
    from django.db import connection

    tables = [
        ("fact_people", size.customers, people),
        ("fact_handles", size.customers, handles),
        ("fact_handles", size.customers // 2, phones),
        ("fact_purchases", size.customers * PURCHASES_EACH, purchases),
        ("fact_messages", size.messages, messages),
        ("reading", size.messages, readings),
        ("case", size.messages, cases),
        ("fact_actions", size.messages, actions),
        ("worth", size.customers, worths),
        ("line", size.customers * 4, lines),
        ("tie", size.customers // 5, ties),
        ("person", size.customers, persons),
        ("person", size.customers // 2, persons_by_phone),
        ("search_word", size.customers, words),
        ("link", size.customers // 10, links),
        ("batch", max(size.messages // BATCH, 10), batches),
        ("audit", max(size.messages // 5, 10), audits),
        ("job", 2_000, jobs),
        ("unread", max(size.messages // 10, 500), unread),
        *((name, rows, of_the_busiest(made, own)) for name, rows, made, own in THE_BUSIEST),
    ]
    few(size)
    with without_indexes([name for name, _, _ in tables]):
        for name, rows, made in tables:
            say(f"{name}: {rows:,}")
            for first in range(0, rows, AT_ONCE):
                put(name, made(size, np.arange(first, min(first + AT_ONCE, rows))))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does within minutes


def put(table: str, rows: pa.Table) -> None:
    from django.db import transaction

    from goodwill.service.live import bulk

    with transaction.atomic():
        bulk.insert(table, rows)


@contextmanager
def without_indexes(tables: list[str]) -> Iterator[None]:
    """Takes the indexes away that are no constraints, and builds them when all rows are in."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        else:
            cursor.execute(
                "SELECT indexname, indexdef, tablename FROM pg_indexes WHERE schemaname = 'public'"
                " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
            )
        found = [(name, sql) for name, sql, table in cursor.fetchall() if table in tables]
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        for _, sql in found:
            cursor.execute(sql)


# --- columns ------------------------------------------------------------------------------------------------------

Rows = npt.NDArray[np.int64]


def customer_ids(size: Size, at: Rows) -> pa.Array:
    return _numbered("c", at % size.customers, 7)


def message_ids(at: Rows) -> pa.Array:
    return _numbered("forum:", at, 7)


def _numbered(prefix: str, at: Rows, digits: int) -> pa.Array:
    number = pc.utf8_lpad(pa.array(at).cast(pa.string()), width=digits, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), number, "")


def _one_of(values: tuple[Any, ...] | list[Any], at: Rows, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(list(values), kind).take(pa.array(at % len(values)))


def _always(value: Any, rows: int, kind: pa.DataType | None = None) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), rows)


def _instants(size: Size, back: npt.NDArray[np.float64]) -> pa.Array:
    """Instants so many seconds before the present."""
    now = int(size.now.timestamp() * 1e6)
    return pa.array(now - (back * 1e6).astype(np.int64)).cast(pa.timestamp("us")).cast(INSTANT)


def _money(amounts: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(np.round(amounts, 2)).cast(MONEY)


def _said_back(size: Size, at: Rows) -> npt.NDArray[np.float64]:
    """Seconds since a message was said: evenly over two years, the last one a minute ago."""
    return 60.0 + (size.messages - 1 - at) * (YEARS_BACK.total_seconds() / size.messages)


def _own(key: pa.Array, size: Size) -> dict[str, Any]:
    n = len(key)
    return {"fact_key": key, "fact_source": _always("shop", n), "arrived": _always(size.now, n, INSTANT)}


def _speaker(size: Size, at: Rows) -> Rows:
    return at * 7919 % size.customers


# --- facts --------------------------------------------------------------------------------------------------------


def _strewn(at: Rows) -> Rows:
    """Numbers in no order (Knuth's multiplicative hash), the same each time."""
    return at * 2_654_435_761 % 2**32 >> 8


def names(at: Rows) -> pa.Array:
    given, family = _one_of(GIVEN, _strewn(at)), _one_of(FAMILY, _strewn(at + 1_000_003))
    return pc.binary_join_element_wise(given, family, " ")


def mails(at: Rows) -> pa.Array:
    name = pc.replace_substring(pc.utf8_lower(names(at)), " ", ".")
    who = pc.binary_join_element_wise(name, pa.array(at).cast(pa.string()), "")
    return pc.binary_join_element_wise(who, _one_of(MAILS, at), "@")


def people(size: Size, at: Rows) -> pa.Table:
    key = customer_ids(size, at)
    return pa.table(
        {
            **_own(key, size),
            "customer_id": key,
            "kind": _always("person", len(at)),
            "name": names(at),
            "joined_at": _instants(size, at % 700 * 86_400.0),
            "language": _one_of(("en", "en", "de", "fr", "es"), at),
            "country": _one_of(("GB", "DE", "FR", "ES"), at),
        }
    )


def handles(size: Size, at: Rows) -> pa.Table:
    who, value = customer_ids(size, at), mails(at)
    key = pc.binary_join_element_wise(who, pa.scalar("email"), value, pa.scalar(""), "\x1f")
    columns = {"customer_id": who, "kind": _always("email", len(at)), "value": value}
    return pa.table({**_own(key, size), **columns})


def numbers(at: Rows) -> pa.Array:
    """Every second customer's phone number, in no order."""
    return _numbered("+447", _strewn(at) * 59 % 1_000_000_000, 9)


def phones(size: Size, at: Rows) -> pa.Table:
    who, value = customer_ids(size, at * 2), numbers(at)
    key = pc.binary_join_element_wise(who, pa.scalar("phone"), value, pa.scalar(""), "\x1f")
    return pa.table({**_own(key, size), "customer_id": who, "kind": _always("phone", len(at)), "value": value})


def purchases(size: Size, at: Rows) -> pa.Table:
    key = _numbered("o", at, 8)
    return pa.table(
        {
            **_own(key, size),
            "purchase_id": key,
            "customer_id": customer_ids(size, at * 104_729 % size.customers),
            "at": _instants(size, at % 17_000 * 3_600.0 + 3_600),
            "amount": _money(at % 9_973 / 100 + 5),
            "kind": _always("sale", len(at)),
            "currency": _always("EUR", len(at)),
            "channel": _one_of(("web", "shop"), at),
        }
    )


def messages(size: Size, at: Rows) -> pa.Table:
    key, who = message_ids(at), _speaker(size, at)
    named = pa.array(at % 2 == 0)
    return pa.table(
        {
            **_own(key, size),
            "message_id": key,
            "at": _instants(size, _said_back(size, at)),
            "channel": _one_of(CHANNELS, at),
            "author": mails(who),
            "customer_id": pc.if_else(named, customer_ids(size, who), pa.scalar(None, pa.string())),
            "text": pc.binary_join_element_wise(_one_of(SAID, at), _numbered("Number ", at, 1), " "),
            "audience": pa.array(at * 13 % 500),
            "thread": _numbered("t", at // 3, 7),
            "to_us": pa.array(at % 3 > 0),
        }
    )


def actions(size: Size, at: Rows) -> pa.Table:
    at = at[_answered(size, at)]
    key = _numbered("a", at, 7)
    return pa.table(
        {
            **_own(key, size),
            "action_id": key,
            "message_id": message_ids(at),
            "customer_id": customer_ids(size, _speaker(size, at)),
            "at": _instants(size, np.maximum(_said_back(size, at) - 7_200, 30)),
            "staff": _one_of(("Gareth", "Anna"), at),
            "kind": _always("reply", len(at)),
            "minutes": pa.array(at % 9 + 1.0),
        }
    )


# --- what goodwill made of them -----------------------------------------------------------------------------------


def readings(size: Size, at: Rows) -> pa.Table:
    negative = np.array([0.8, 0.7, 0.05, 0.3, 0.8, 0.04, 0.9, 0.2])[at % 8]
    intents = _one_of(INTENTS, at, WORDS)
    return pa.table(
        {
            "message_id": message_ids(at),
            "mood": _one_of(MOODS, at),
            "p_negative": pa.array(negative),
            "p_neutral": pa.array((1 - negative) / 2),
            "p_positive": pa.array((1 - negative) / 2),
            "score": pa.array((1 - 3 * negative) / 2),
            "intent": pc.list_element(intents, 0),
            "p_intent": _always(0.7, len(at)),
            "intents": intents,
            "topic": pc.if_else(pc.equal(_one_of(TOPICS, at), ""), pa.scalar(None, pa.string()), _one_of(TOPICS, at)),
            "topics": _one_of([[one] if one else [] for one in TOPICS], at, WORDS),
            "urgency": pa.array(at % 10 / 10),
            "flow": pa.array(np.where(at % 3 > 0, 3, 2)),
            "language": _always("en", len(at)),
            "lane": _always("fast", len(at)),
            "model": _always("fast-1", len(at)),
            "certainty": _always(0.7, len(at)),
            "review": pa.array(at % 11 == 0),
            "customer_id": customer_ids(size, _speaker(size, at)),
            "corrected": _always(False, len(at)),
        }
    )


def _wants(at: Rows) -> npt.NDArray[np.bool_]:
    return at % 5 < 2


def _is_open(size: Size, at: Rows) -> npt.NDArray[np.bool_]:
    recent = _said_back(size, at) < OPEN_DAYS * 86_400
    return _wants(at) & recent & (at % 10 < 6)


def _answered(size: Size, at: Rows) -> npt.NDArray[np.bool_]:
    return _wants(at) & ~_is_open(size, at)


def cases(size: Size, at: Rows) -> pa.Table:
    at = at[_wants(at)]
    opened, back = _is_open(size, at), _said_back(size, at)
    group = at // 5 % len(GROUPS)
    place = np.array([0, 10, 20, 20, 20, 30])[group] + (at * 7919 % 1_000_003) / 1_000_003
    n = len(at)
    return pa.table(
        {
            "message_id": message_ids(at),
            "customer_id": customer_ids(size, _speaker(size, at)),
            "at": _instants(size, back),
            "state": pa.array(np.where(opened, "open", "answered")),
            "group": _one_of(GROUPS, group),
            "place": pa.array(place, mask=~opened),
            "due": _instants(size, back - 86_400),
            **{name: _money(at % 977 / 10 * share) for name, share in (("stake", 1.0), ("low", 0.2), ("high", 2.5))},
            "reasons": _always(REASONS, n),
            "ranked": _always(size.now, n, INSTANT),
            "valuation": _always(1, n),
            "answered_at": pc.if_else(pa.array(opened), pa.scalar(None, INSTANT), _instants(size, back - 7_200)),
            "outcome": _always("{}", n),
        }
    )


def worths(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    spend, more = at * 7919 % 99_991 / 100, at * 31 % 9_973 / 200
    sums = {
        "spend": spend, "referral": more, "influence": more / 2, "knowledge": more / 4, "follows": spend + 1.75 * more,
        "passed_on": -more / 10, "worth": spend + 1.65 * more, "follows_low": spend / 3, "follows_high": spend * 3 + 9,
        "worth_low": spend / 3, "worth_high": spend * 3 + 8, "generated": spend,
    }  # fmt: skip
    return pa.table(
        {
            "customer_id": customer_ids(size, at),
            "valuation": _always(1, n),
            **{name: _money(amounts) for name, amounts in sums.items()},
            "evidence": _one_of([["measured", "estimated"], ["estimated", "assumed"]], at, WORDS),
            "standing": _one_of(STANDINGS, at, pa.string()),
            "name": names(at),
            "fifth": pa.array(at % 5 + 1),
        }
    )


def lines(size: Size, at: Rows) -> pa.Table:
    n, place = len(at), at % 4
    return pa.table(
        {
            "entry_id": _numbered("1:e", at, 8),
            "valuation": _always(1, n),
            "at": _instants(size, at % 700 * 86_400.0),
            "customer_id": customer_ids(size, at // 4),
            "counterparty_id": _one_of(("firm:sales", "firm:sales", "firm:contacts", "firm:acquisition"), place),
            "kind": _one_of(("purchase", "spend", "contacts", "acquisition"), place),
            **{name: _money(at % 997 / 10 * share) for name, share in (("amount", 1.0), ("low", 0.5), ("high", 1.5))},
            "evidence": _one_of([["measured"], ["estimated"], ["assumed"]], at, WORDS),
            "rule": _always("spend/1", n),
        }
    )


def ties(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    return pa.table(
        {
            "valuation": _always(1, n),
            "owner": customer_ids(size, at * 5),
            "beneficiary": customer_ids(size, at * 7 + 1),
            "kind": _always("influence", n),
            "share": _always(0.05, n),
            "responses": _always(2, n),
            "last_at": _instants(size, at % 300 * 86_400.0),
            "evidence": _always("estimated", n),
        }
    )


def persons(size: Size, at: Rows) -> pa.Table:
    return pa.table(
        {
            "given": pc.binary_join_element_wise(pa.scalar("email"), mails(at), "|"),
            "customer_id": customer_ids(size, at),
        }
    )


def persons_by_phone(size: Size, at: Rows) -> pa.Table:
    given = pc.binary_join_element_wise(pa.scalar("phone|"), numbers(at), "")
    return pa.table({"given": given, "customer_id": customer_ids(size, at * 2)})


def words(size: Size, at: Rows) -> pa.Table:
    from goodwill.service.live import search_words

    who, half = customer_ids(size, at), at[at % 2 == 0] // 2
    whose = pa.concat_arrays([who, who, who, customer_ids(size, half * 2)])
    text = pa.concat_arrays([names(at), mails(at), who, numbers(half)])
    return search_words.words_of(whose, text, pa.array(np.arange(len(text)) >= 3 * len(at)))


def links(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    return pa.table(
        {
            "a": customer_ids(size, at * 2),
            "b": customer_ids(size, at * 2 + 1),
            "probability": pa.array(0.5 + at % 4_999 / 10_000),
            "bits": pa.array(at % 40 / 4),
            "state": _always("proposed", n),
            "reasons": _always('[{"what": "before anything is compared", "agreement": "", "bits": -12.0}]', n),
            "found": _always(size.now, n, INSTANT),
            "decided_by": _always("", n),
        }
    )


# --- what people and programs did ---------------------------------------------------------------------------------


def batches(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    when = _instants(size, (size.messages // BATCH - at) * (YEARS_BACK.total_seconds() * BATCH / size.messages))
    return pa.table(
        {
            "kind": _always("facts", n),
            "table": _always("messages", n),
            "source": _one_of(("shop", "forum", "chat"), at),
            "encoding": _always("", n),
            "rows": _always(100, n),
            "size": _always(20_000, n),
            "state": _always("drained", n),
            "received": when,
            "drained": when,
            "stored": _always(100, n),
            "unread": _always(0, n),
            "left_out": _always(0, n),
            "bulk": _always(False, n),
            "token": _always("token shop", n),
        }
    )


def audits(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    return pa.table(
        {
            "at": _instants(size, (at[::-1] - at[0]) * 30.0),
            "who": _one_of(("anna@firm.example", "ben@firm.example", "token shop"), at),
            "act": _one_of(("seen", "saw a case", "customer", "exported customers"), at),
            "customer_id": customer_ids(size, at * 31),
            "what": _always("statement", n),
            "purpose": _always("answer me", n),
        }
    )


def jobs(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    when = _instants(size, (n - at) * 30.0)
    return pa.table(
        {
            "name": _one_of(("rerank", "search words", "alerts", "revalue"), at),
            "arguments": _always("{}", n),
            "state": _always("done", n),
            "due": when, "made": when, "begun": when, "finished": when,
            "worker": _always("", n),
            "tries": _always(1, n),
            "most_tries": _always(5, n),
            "done": _always(1.0, n),
            "saying": _always("20,000 stand in Now", n),
            "error": _always("", n),
        }
    )  # fmt: skip


def unread(size: Size, at: Rows) -> pa.Table:
    n = len(at)
    return pa.table(
        {
            "batch": pa.array(at + 1),
            "position": _always(7, n),
            "table": _always("purchases", n),
            "source": _one_of(("shop", "forum", "chat"), at),
            "row": _always('{"purchase_id": "x", "amount": "twelve"}', n),
            "field": _always("amount", n),
            "reason": _one_of(("'twelve' is no sum of money", "the amount is missing"), at),
            "mend": _always("write it as 12.00", n),
            "at": _instants(size, at * 60.0),
            "how": _always("", n),
        }
    )


def few(size: Size) -> None:
    """What there is little of, however many customers there are."""
    from goodwill.service.store.models import FACTS, Heartbeat, Source, Token, Valuation

    now = size.now
    Valuation.objects.create(
        id=1, as_of=now, finished=now, state=Valuation.DONE, checks={"customers": size.customers}, currency="EUR"
    )
    own = {"arrived": now, "fact_source": ""}
    FACTS["promises"].objects.create(
        **own, fact_key="answer", promise_id="answer", kind="answer", within_hours=24, text="We answer within a day."
    )
    for name in ("the download fee", "late parcels"):
        FACTS["causes"].objects.create(**own, fact_key=name, cause_id=name, name=name, kind="practice", owner="Sales")
    for name in ("shop", "forum", "chat"):
        Source.objects.create(name=name, kind="webhook", last_seen=now, last_well=now)
    for kind in ("drainer", "worker"):  # they do not run: nothing comes in meanwhile
        Heartbeat.objects.create(process=kind, kind=kind, at=now + timedelta(hours=12))
    Token.objects.create(name="shop", digest="0" * 64, scopes=["write"])


def present() -> datetime:
    """The present, to the minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


# --- one customer with more of everything than anybody ------------------------------------------------------------

BUSIEST = "busiest"


def of_the_busiest(made: Callable[[Size, Rows], pa.Table], own: tuple[str, ...]) -> Callable[[Size, Rows], pa.Table]:
    """The same rows as of other customers, under one id; `own` are columns that are to be nobody else's."""

    def rows(size: Size, at: Rows) -> pa.Table:
        found = made(size, at)
        for name in own:
            new = pc.binary_join_element_wise(pa.scalar(BUSIEST), found[name], ":")
            found = found.set_column(found.schema.get_field_index(name), name, new)
        whose = {"customer_id": BUSIEST, "thread": BUSIEST, "author": f"{BUSIEST}@firm.example"}
        for name in whose.keys() & set(found.column_names):
            always = _always(whose[name], found.num_rows)
            found = found.set_column(found.schema.get_field_index(name), name, always)
        return found

    return rows


def known_as_busiest(size: Size, at: Rows) -> pa.Table:
    key = _always(BUSIEST, len(at))
    names = {"customer_id": key, "kind": _always("person", len(at)), "name": _always("Berta Busiest", len(at))}
    return pa.table({**_own(key, size), **names})


THE_BUSIEST = (
    ("fact_people", 1, known_as_busiest, ()),
    ("fact_purchases", 10_000, purchases, ("fact_key", "purchase_id")),
    ("fact_messages", 5_000, messages, ("fact_key", "message_id")),
    ("reading", 5_000, readings, ("message_id",)),
    ("case", 5_000, cases, ("message_id",)),
    ("fact_actions", 5_000, actions, ("fact_key", "action_id", "message_id")),
    ("worth", 1, worths, ()),
    ("line", 10_000, lines, ("entry_id",)),
    ("audit", 10_000, audits, ()),
)
"""Table, rows, which, and the columns of them that are keys."""
