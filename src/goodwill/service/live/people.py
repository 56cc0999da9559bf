"""Who is who, between two valuations: ids and handles to persons, by the rows of `Person`.

`know.identify` says it for everybody at each valuation; here its answer is looked up for what comes in, and extended by
the handles that arrive. An id that no row names stands for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.know.handles import UNITING_KINDS, author_kinds, handle_keys
from goodwill.know.history import canonical
from goodwill.know.identify import NOBODY, PERSON, SURE
from goodwill.service.live import bulk, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.know.identify import Known

ID = "id|"
ROWS = pa.schema([("given", pa.string()), ("customer_id", pa.string())])
AMBIGUOUS = ""
"""The person of a handle that two persons have: nobody's, until a person or the next valuation says otherwise."""


def person_of(given_id: str) -> str:
    """The person whom an id stands for."""
    return persons_of([given_id])[given_id]


def persons_of(ids: Iterable[str]) -> dict[str, str]:
    """The person of each id."""
    wanted = sorted(set(ids))
    found = _look_up([ID + one for one in wanted])
    return {one: found.get(ID + one, one) for one in wanted}


def ids_of(persons: Sequence[str]) -> dict[str, str]:
    """Every id that stands for one of these persons, with the person; their own among them."""
    condition, parameters = tables.among("t.customer_id", persons)
    rows = tables.few("person", ROWS, f"{condition} AND t.given LIKE 'id|%%'", parameters)
    found = {person: person for person in persons}
    found.update(
        (given.removeprefix(ID), person)
        for given, person in zip(rows["given"].to_pylist(), rows["customer_id"].to_pylist(), strict=True)
    )
    return found


def owners(keys: Iterable[str]) -> dict[str, str]:
    """Whose each of these handles is, of those that are anybody's; AMBIGUOUS where they are several persons'."""
    return _look_up(sorted(keys))


def _look_up(given: Sequence[str]) -> dict[str, str]:
    if not given:
        return {}
    rows = tables.few("person", ROWS, *tables.among("t.given", given))
    return dict(zip(rows["given"].to_pylist(), rows["customer_id"].to_pylist(), strict=True))


# --- authors ------------------------------------------------------------------------------------------------------


def author_keys(channel: pa.Array, author: pa.Array, *, anywhere: bool = False) -> pa.Array:
    """The handle that wrote each message; `anywhere` reads accounts as handles that hold on every channel.

    >>> author_keys(pa.array(["Twitter", None]), pa.array(["@Hexgear", "anonymous"])).to_pylist()
    ['account|twitter|hexgear', None]
    """
    nobody = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(author)), value_set=pa.array(NOBODY))
    author = pc.if_else(nobody, pa.scalar(None, pa.string()), author)
    return handle_keys(author_kinds(author), author, pa.nulls(len(author), pa.string()) if anywhere else channel)


def authors(messages: pa.Table) -> pa.Array:
    """The person who said each message: whom it names, else who has the author's handle there, else anywhere."""
    said = messages.combine_chunks()
    named, channel, author = (
        pa.concat_arrays(said[name].chunks) if said.num_rows else pa.array([], pa.string())
        for name in ("customer_id", "channel", "author")
    )
    keys = [author_keys(channel, author, anywhere=anywhere).to_pylist() for anywhere in (False, True)]
    ids = named.to_pylist()
    asked = {ID + one for one in ids if one is not None} | {key for some in keys for key in some if key is not None}
    known = _look_up(sorted(asked))

    def person(one: str | None, here: str | None, anywhere: str | None) -> str | None:
        if one is not None:
            return known.get(ID + one, one)
        return known.get(here or "") or known.get(anywhere or "") or None

    return pa.array([person(*row) for row in zip(ids, *keys, strict=True)], pa.string())


# --- what is learnt between two valuations ------------------------------------------------------------------------


def learn(handles: pa.Table, said: pa.Table) -> set[str]:
    """Takes in handles that have just arrived, and authors whom messages name; returns the persons concerned.

    A handle that two persons now have unites them, as `know.identify` would: the canonical person is the first of the
    two. Where a person put them apart it unites nobody, and is nobody's. What only the next valuation can see (a handle
    on more than eight records) waits for it.
    """
    keys, ids = keys_of(handles, said)
    pairs = sorted({(key, one) for key, one in zip(keys, ids, strict=True) if key is not None and one is not None})
    person = persons_of(one for _, one in pairs)
    owner = _look_up([key for key, _ in pairs])
    touched: set[str] = set()
    new: dict[str, str] = {}
    for key, one in pairs:
        mine, theirs = person[one], new.get(key, owner.get(key))
        if theirs is None:
            new[key] = mine
            touched.add(mine)
        elif theirs not in (mine, AMBIGUOUS):
            if _may_be_one(mine, theirs):
                _unite(mine, theirs, person, owner, new, touched)
            else:
                new[key] = AMBIGUOUS
    if new:
        from goodwill.service.live import search_words

        rows = pa.table({"given": list(new), "customer_id": list(new.values())}, schema=ROWS)
        bulk.upsert("person", rows, "given", ("customer_id",))
        authors = keys[len(keys) - said.num_rows :]
        search_words.learn_numbers(rows.filter(pc.is_in(rows["given"], value_set=pa.array(authors, pa.string()))))
    return touched


def keys_of(handles: pa.Table, said: pa.Table) -> tuple[list[str | None], list[str | None]]:
    """The sure handles among these and the authors that messages name, as keys of `Person`; and whose id each is."""
    keys, ids = _sure(handles)
    keys += author_keys(_flat(said["channel"]), _flat(said["author"])).to_pylist()
    return keys, ids + said["customer_id"].to_pylist()


def sure(handles: pa.Table) -> pa.Table:
    """Those of these handles that name one person for certain."""
    uniting = pc.is_in(handles["kind"], value_set=pa.array(UNITING_KINDS))
    certain = pc.or_(
        pc.fill_null(handles["verified"], False), pc.greater_equal(pc.fill_null(handles["confidence"], 1.0), SURE)
    )
    return handles.filter(pc.and_(uniting, certain))


def _sure(handles: pa.Table) -> tuple[list[str | None], list[str | None]]:
    kept = sure(handles)
    keys = handle_keys(_flat(kept["kind"]), _flat(kept["value"]), _flat(kept["channel"]))
    return keys.to_pylist(), kept["customer_id"].to_pylist()


def _unite(
    one: str,
    other: str,
    person: dict[str, str],
    owner: dict[str, str],
    new: dict[str, str],
    touched: set[str],
) -> None:
    """Two persons become one, everywhere that this process and the store know of."""
    from django.db import connection

    from goodwill.service.live import search_words

    first, second = sorted((one, other), key=canonical)
    for known in (person, owner, new):
        known.update({key: first for key, who in known.items() if who == second})
    new[ID + second] = first
    bulk.upsert("person", pa.table({"given": [ID + second], "customer_id": [first]}, ROWS), "given", ("customer_id",))
    touched |= {first, second}
    with connection.cursor() as cursor:
        for table in ("person", "reading", "case"):
            cursor.execute(
                f"UPDATE {tables.quoted(table)} SET customer_id = %s WHERE customer_id = %s", [first, second]
            )
    search_words.unite(first, second)


def _may_be_one(one: str, other: str) -> bool:
    """Whether a handle may unite two persons: never an organisation, nor whom a person put apart."""
    from goodwill.service.live import decisions

    return not _are_organisations((one, other)) and not decisions.kept_apart(one, other)


def _are_organisations(ids: Sequence[str]) -> bool:
    """An organisation is never united with a person, nor with another by a handle."""
    condition, parameters = tables.among("t.fact_key", ids)
    rows = tables.few(
        "fact_people", pa.schema([("customer_id", pa.string())]), f"{condition} AND t.kind = 'organisation'", parameters
    )
    return rows.num_rows > 0


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


# --- at a valuation -----------------------------------------------------------------------------------------------


def rows_of(known: Known) -> pa.Table:
    """Who is who by `know.identify`, as rows of `Person`: ids that stand for another's, and handles that name one."""
    links = known.links
    others = links.filter(pc.not_equal(links["given_id"], links["customer_id"]))
    ids = pc.binary_join_element_wise(pa.scalar("id"), _flat(others["given_id"]), "|")
    handles = known.facts.arrow("handles")
    keys, persons = _sure(handles)
    messages = known.facts.arrow("messages").select(["customer_id", "channel", "author"])
    messages = messages.filter(pc.and_(pc.is_valid(messages["customer_id"]), pc.is_valid(messages["author"])))
    pairs = pa.table(
        {
            "key": pa.concat_arrays(
                [pa.array(keys, pa.string()), author_keys(_flat(messages["channel"]), _flat(messages["author"]))]
            ),
            "person": pa.concat_arrays([pa.array(persons, pa.string()), _flat(messages["customer_id"])]),
        }
    )
    owners = pairs.filter(pc.is_valid(pairs["key"])).group_by("key").aggregate([("person", "min"), ("person", "max")])
    shared = pc.not_equal(owners["person_min"], owners["person_max"])
    person = pc.if_else(shared, pa.scalar(AMBIGUOUS), owners["person_min"])
    return pa.table(
        {
            "given": pa.concat_arrays([ids, _flat(owners["key"])]),
            "customer_id": pa.concat_arrays([_flat(others["customer_id"]), person.combine_chunks()]),
        },
        schema=ROWS,
    )


def in_persons(table: str, rows: pa.Table, person: dict[str, str]) -> pa.Table:
    """A table of facts with every id of a customer replaced by the person's."""
    for column in TABLES[table]:
        if column.refers_to == PERSON or (table == "people" and column.name == "customer_id"):
            given = rows[column.name].to_pylist()
            persons = pa.array([None if one is None else person.get(one, one) for one in given], pa.string())
            rows = rows.set_column(rows.schema.get_field_index(column.name), column.name, persons)
    return rows
