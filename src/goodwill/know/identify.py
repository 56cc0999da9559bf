"""Handles to customers: who is who, and who said what. Exact matches only; what is probable is left a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.know.decisions import decided
from goodwill.know.handles import UNITING_KINDS, author_kinds, handle_keys
from goodwill.know.terms import spelled_out
from goodwill.know.unite import United, unite
from goodwill.lake import Facts

if TYPE_CHECKING:
    from goodwill.know.history import History

PERSON = "people.customer_id"
SURE = 0.95
"""Handles held with less confidence than this unite nobody and name no author."""
NOBODY = (
    "anonymous",
    "anon",
    "guest",
    "unknown",
    "deleted",
    "[deleted]",
    "n/a",
    "none",
    "null",
    "a customer",
    "customer",
)
"""Author names that sites write where they name nobody."""


@dataclass(frozen=True)
class Known:
    """Facts in which every id is a person's, and how the ids that were given lead there."""

    facts: Facts
    links: pa.Table  # given_id, customer_id
    notes: tuple[str, ...]


def identify(facts: Facts, history: History | None = None) -> Known:
    """Says who is who: unites records that share a handle, and finds the author of each message by theirs.

    Deterministic. Organisations are never united with persons. A handle on more than eight records is a house's
    and unites nobody. Messages whose author is not known keep `customer_id` null: a voice, not a customer.
    `history` is what people decided: it beats the handles. What is merely probable has no part in this.
    """
    tables = {name: facts.arrow(name) for name in TABLES if _has_people(name)}
    handles = _all_handles(tables)
    records = _all_records(tables)
    organisations = _organisations(tables["people"])
    personal = handles.filter(pc.invert(pc.is_in(handles["customer_id"], value_set=organisations)))
    united = unite(records, _flat(personal["customer_id"]), _flat(personal["key"]))
    if history is not None and history.events:
        united = decided(united, records, _flat(personal["customer_id"]), _flat(personal["key"]), history)
    changed = {name: _with_persons(name, table, records, united) for name, table in tables.items()}
    changed["messages"] = _with_authors(changed["messages"], handles, records, united)
    changed["people"] = _one_row_a_person(changed["people"], united.person)
    changed["terms"] = spelled_out(changed["terms"], facts.firm)
    return Known(
        facts.with_tables(changed),
        pa.table({"given_id": records, "customer_id": united.person}),
        _notes(records, united, changed["messages"]),
    )


def _has_people(name: str) -> bool:
    return name == "people" or any(column.refers_to == PERSON for column in TABLES[name])


def _people_columns(name: str) -> list[str]:
    return [column.name for column in TABLES[name] if column.refers_to == PERSON or column.name == "customer_id"]


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _all_records(tables: dict[str, pa.Table]) -> pa.Array:
    """Every id that any table names, sorted."""
    seen = [_flat(table[column]) for name, table in tables.items() for column in _people_columns(name)]
    distinct = pc.unique(pa.concat_arrays(seen)).drop_null()
    return distinct.take(pc.sort_indices(distinct))


def _organisations(people: pa.Table) -> pa.Array:
    return _flat(people["customer_id"].filter(pc.fill_null(pc.equal(people["kind"], "organisation"), False)))


def _all_handles(tables: dict[str, pa.Table]) -> pa.Table:
    """Sure handles as customer_id and key, from the handles table and from messages that name their customer."""
    given = tables["handles"]
    sure = pc.and_(
        pc.is_in(given["kind"], value_set=pa.array(UNITING_KINDS)),
        pc.or_(pc.fill_null(given["verified"], False), pc.greater_equal(pc.fill_null(given["confidence"], 1.0), SURE)),
    )
    given = given.filter(sure)
    said = tables["messages"].filter(
        pc.and_(pc.is_valid(tables["messages"]["customer_id"]), pc.is_valid(tables["messages"]["author"]))
    )
    return pa.table(
        {
            "customer_id": pa.concat_arrays([_flat(given["customer_id"]), _flat(said["customer_id"])]),
            "key": pa.concat_arrays(
                [
                    handle_keys(_flat(given["kind"]), _flat(given["value"]), _flat(given["channel"])),
                    _author_keys(said, anywhere=False),
                ]
            ),
        }
    )


def _author_keys(messages: pa.Table, *, anywhere: bool) -> pa.Array:
    """The handle that wrote each message; `anywhere` reads accounts as handles that hold on every channel."""
    author = _flat(messages["author"])
    nobody = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(author)), value_set=pa.array(NOBODY))
    author = pc.if_else(nobody, pa.scalar(None, pa.string()), author)
    channel = pa.nulls(len(author), pa.string()) if anywhere else _flat(messages["channel"])
    return handle_keys(author_kinds(author), author, channel)


def _with_persons(name: str, table: pa.Table, records: pa.Array, united: United) -> pa.Table:
    for column in _people_columns(name):
        persons = united.person.take(pc.index_in(_flat(table[column]), records))
        table = table.set_column(table.schema.get_field_index(column), table.schema.field(column), persons)
    return table


def _with_authors(messages: pa.Table, handles: pa.Table, records: pa.Array, united: United) -> pa.Table:
    """Messages that name no customer get the one person who has the author's handle on that channel, or anywhere."""
    pairs = pa.table(
        {"key": handles["key"], "person": united.person.take(pc.index_in(_flat(handles["customer_id"]), records))}
    )
    owners = pairs.filter(pc.is_valid(pairs["key"])).group_by("key").aggregate([("person", "min"), ("person", "max")])
    owners = owners.filter(pc.equal(owners["person_min"], owners["person_max"]))  # two owners: nobody's
    author = _flat(messages["customer_id"])
    for anywhere in (False, True):
        row = pc.index_in(_author_keys(messages, anywhere=anywhere), _flat(owners["key"]))
        author = pc.coalesce(author, _flat(owners["person_min"]).take(row))
    return messages.set_column(
        messages.schema.get_field_index("customer_id"), messages.schema.field("customer_id"), author
    )


def _one_row_a_person(people: pa.Table, persons: pa.Array) -> pa.Table:
    """One row for every person that any table names: of several records the first that says something.

    Whom the firm lists itself is a person unless it says otherwise; whom only other tables name has no kind.
    """
    kind = people.schema.get_field_index("kind")
    people = people.set_column(kind, people.schema.field(kind), pc.fill_null(people["kind"], "person"))
    others = pc.unique(persons)
    others = others.filter(pc.invert(pc.is_in(others, value_set=_flat(people["customer_id"]))))
    added = pa.table(
        [others if field.name == "customer_id" else pa.nulls(len(others), field.type) for field in people.schema],
        schema=people.schema,
    )
    people = pa.concat_tables([people, added]).sort_by("customer_id")
    if pc.count_distinct(people["customer_id"]).as_py() == people.num_rows:
        return people
    rest = [field.name for field in people.schema if field.name != "customer_id"]
    single = people.group_by("customer_id", use_threads=False).aggregate(
        [(name, "min" if name == "joined_at" else "first") for name in rest]
    )
    renamed = single.rename_columns(
        [
            name.removesuffix("_first").removesuffix("_min") if name != "customer_id" else name
            for name in single.column_names
        ]
    )
    return renamed.select(people.schema.names).cast(people.schema).sort_by("customer_id")


def _notes(records: pa.Array, united: United, messages: pa.Table) -> tuple[str, ...]:
    joined = len(records) - pc.count_distinct(united.person).as_py()
    unknown = messages["customer_id"].null_count
    notes = []
    if joined:
        notes.append(f"{joined:,} records were united with another by a handle that they share")
    if united.shared:
        shown = ", ".join(united.shared[:3])
        notes.append(
            f"{len(united.shared):,} handles are on more than eight records and unite nobody (such as {shown})"
        )
    if unknown:
        notes.append(f"{unknown:,} of {messages.num_rows:,} messages are by voices who are no known customers")
    return tuple(notes)
