"""What follows when facts have arrived: new messages are read, their authors named, their places found.

Only what is new is looked at. What this leaves to the ranking of everybody, half a minute later at most: turns taken by
those who are overdue, what a purchase or a failure changes for a message said before it, more than `MOST` messages at
once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.service.live import people, placing, reading, search_words, tables
from goodwill.service.live.firms import firm as the_firm
from goodwill.service.recognise import hashing

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 5_000
READ_AT_ONCE = 20_000
log = logging.getLogger("goodwill.live")


def after_drain(drained: Any) -> None:
    """Reads, names and ranks what a drain stored; `drained.stored` is {table: (first row, last row, count)}.

    The other open messages of those in `drained.persons` are placed anew: something they said was removed.

    Database errors are the caller's; anything else is logged and left to the ranking of everybody, so that one message
    that cannot be dealt with never stops the way in.
    """
    from django.db import DatabaseError, InterfaceError

    try:
        new = {name: _rows(name, first, last) for name, (first, last, _) in drained.stored.items() if name in _READ}
        _take_in(new, open_of(drained.persons), bulk=drained.bulk)
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        log.exception("facts were stored but not ranked; the next ranking of everybody takes them in")


_READ = ("messages", "people", "handles", "actions", "terms", "corrections", "roles")


def _rows(name: str, first: int, last: int) -> pa.Table:
    return tables.few(f"fact_{name}", TABLES[name].arrow, 't."row" BETWEEN %s AND %s', [first, last])


def _take_in(new: dict[str, pa.Table], to_place: set[str], bulk: bool = False) -> None:
    nothing = {name: reading.plain(TABLES[name].arrow).empty_table() for name in _READ if name not in new}
    new = new | nothing
    said = new["messages"]
    named = said.filter(pc.and_(pc.is_valid(said["customer_id"]), pc.is_valid(said["author"])))
    if new["handles"].num_rows or named.num_rows:
        people.learn(new["handles"], named)
        hashing.learn(new["handles"], named)
    if not bulk:  # a job takes in an import's, some minutes later
        search_words.learn(new["people"], new["handles"])
        _look_who_came(new)
    search_words.learn_corrected(new["corrections"])
    if new["handles"].num_rows:
        to_place |= _said_before(new["handles"])
    if bulk:  # an import reads its messages itself, beside the drainer
        read_new(_without_reading(said))
        to_place |= set(said["message_id"].to_pylist())
    else:
        to_place |= read_new(said)
    to_place |= _touched(new)
    if to_place and len(to_place) <= MOST:
        placing.place(to_place)


def _look_who_came(new: dict[str, pa.Table]) -> None:
    """A worker looks who those may be who have just come; nobody waits for it."""
    from goodwill.service.who import newcomers

    if new["people"].num_rows or new["handles"].num_rows:
        newcomers.came()


def _without_reading(messages: pa.Table) -> pa.Table:
    """Those of an import's messages that were not read before they were sent."""
    if not messages.num_rows:
        return messages
    condition, parameters = tables.among("t.message_id", messages["message_id"].to_pylist())
    read = tables.few("reading", pa.schema([("message_id", pa.string())]), condition, parameters)["message_id"]
    return messages.filter(pc.invert(pc.is_in(messages["message_id"], value_set=read.combine_chunks())))


def read_new(messages: pa.Table) -> set[str]:
    """Reads messages and writes their readings; their ids."""
    from django.db import transaction

    firm = the_firm()
    for start in range(0, messages.num_rows, READ_AT_ONCE):
        rows = reading.read(firm, messages.slice(start, READ_AT_ONCE))
        with transaction.atomic():
            reading.write(rows)
    return set(messages["message_id"].to_pylist())


def _said_before(handles: pa.Table) -> set[str]:
    """Messages of the window that had no known author until these handles came; they have one now."""
    from django.db import connection

    values = {one.lower() for one in handles["value"].to_pylist() if one}
    written = sorted(values | {f"@{one.lstrip('@')}" for one in values} | {one.lstrip("@") for one in values})
    condition, parameters = tables.among("lower(t.author)", written)
    said = tables.few("fact_messages", reading.MESSAGES, condition, parameters, f'ORDER BY t."at" DESC LIMIT {MOST}')
    if not said.num_rows:
        return set()
    ids = said["message_id"].to_pylist()
    was = reading.stored(ids)
    before = dict(zip(was["message_id"].to_pylist(), was["customer_id"].to_pylist(), strict=True))
    now = dict(zip(ids, people.authors(said).to_pylist(), strict=True))
    changed = [one for one in ids if one in before and now[one] is not None and now[one] != before[one]]
    with connection.cursor() as cursor:
        for one in changed:
            cursor.execute("UPDATE reading SET customer_id = %s WHERE message_id = %s", [now[one], one])
    return set(changed)


def _touched(new: dict[str, pa.Table]) -> set[str]:
    """Messages said before that what is new has something to do with: answered, replied to, corrected."""
    said, acts, corrected = new["messages"], new["actions"], new["corrections"]
    found = {one for one in acts["message_id"].to_pylist() if one is not None}
    found |= {one for one in said["in_reply_to"].to_pylist() if one is not None}
    customers = {one for one in acts["customer_id"].to_pylist() if one is not None}
    customers |= set(new["terms"]["customer_id"].to_pylist()) | set(new["roles"]["customer_id"].to_pylist())
    if customers:
        found |= open_of(people.persons_of(customers).values())
    keys = {
        row["key"] for row in corrected.select(["table", "key"]).to_pylist() if row["table"] in ("readings", "messages")
    }
    if keys:
        found |= read_again(keys)
    return found


def open_of(persons: Iterable[str]) -> set[str]:
    """The messages of these persons that wait for an answer."""
    from goodwill.service.store.models import Case

    some = sorted(set(persons))
    found: set[str] = set()
    for start in range(0, len(some), 500):
        cases = Case.objects.filter(state=Case.OPEN, customer_id__in=some[start : start + 500])
        found |= set(cases.values_list("message_id", flat=True))
    return found


def read_again(ids: Iterable[str]) -> set[str]:
    """Reads messages once more, each in the lane that read it, now with what people corrected."""
    from django.db import transaction

    from goodwill.errors import GoodwillError

    messages = reading.by_id(sorted(set(ids)))
    if not messages.num_rows:
        return set()
    was = reading.stored(messages["message_id"].to_pylist())
    careful = was.filter(pc.equal(was["lane"], "careful"))["message_id"].combine_chunks()
    again = pc.is_in(messages["message_id"], value_set=careful)
    firm = the_firm()
    for lane, rows in (("careful", messages.filter(again)), ("fast", messages.filter(pc.invert(again)))):
        if not rows.num_rows:
            continue
        try:
            found = reading.read(firm, rows, lane)
        except GoodwillError:
            found = reading.read(firm, rows)  # the careful model has been taken away since
        with transaction.atomic():
            reading.write(found)
    return set(messages["message_id"].to_pylist())
