"""What follows at once when a person decided who is who: ids, handles, readings, cases and search follow the decision.

Sums follow at the next valuation. Every step is made from the facts, not from what stood before, so that a decision
that is taken back leaves no trace but its lines in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from goodwill.know.history import canonical
from goodwill.service.live import bulk, mending, people, proving, search_words, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from goodwill.service.live.proving import Proved

AT_ONCE = 5_000
SAID = pa.schema([("message_id", pa.string()), ("customer_id", pa.string())])
NAMED = pa.schema([("given_id", pa.string()), ("customer_id", pa.string())])


def regroup(person: Mapping[str, str], proved: Proved) -> set[str]:
    """Makes each of these records the person's whom `person` names, within the caller's transaction.

    `person` has whole persons, as they were and as they are to be (`decisions.standing`). Returns the open messages of
    those whom it concerns.
    """
    before = people.persons_of(person)
    of_handle = _owners(person, proved)
    stood = people.owners(of_handle)
    cleared = {key for key, whose in of_handle.items() if whose and stood.get(key) == people.AMBIGUOUS}
    _name_ids(person)
    _name_handles(before, person, of_handle)
    _say_again(before, person, sorted({text for key in cleared for text in proved.written[key]}))
    _find_again(before, person)
    return _open_of({*before.values(), *person.values()})


def _moves(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Persons all of whose records are another's now, and persons whose records are several persons' now."""
    to: dict[str, set[str]] = {}
    for record, was in before.items():
        to.setdefault(was, set()).add(after[record])
    whole = {was: next(iter(now)) for was, now in to.items() if len(now) == 1 and was not in now}
    return whole, sorted(was for was, now in to.items() if len(now) > 1)


# --- ids and handles ----------------------------------------------------------------------------------------------


def _name_ids(person: Mapping[str, str]) -> None:
    others = {people.ID + one: whose for one, whose in person.items() if whose != one}
    _upsert(others)
    _delete("person", "given", [people.ID + one for one, whose in person.items() if whose == one])


def _name_handles(before: Mapping[str, str], person: Mapping[str, str], of_handle: Mapping[str, str]) -> None:
    """Those that the facts explain by their holders; others (a fact is gone since) go with the id of their person."""
    whose = sorted(set(before.values()))
    condition, parameters = tables.among("t.customer_id", whose)
    rows = tables.few("person", people.ROWS, f"{condition} AND t.given NOT LIKE 'id|%%'", parameters)
    stood = dict(zip(rows["given"].to_pylist(), rows["customer_id"].to_pylist(), strict=True))
    _upsert({key: person[was] for key, was in stood.items()} | dict(of_handle))


def _owners(person: Mapping[str, str], proved: Proved) -> dict[str, str]:
    """Whose each handle is: the one person's who has it; of several, nobody's."""
    outside = {one for holders in proved.holders.values() for one in holders} - person.keys()
    everybody = {**people.persons_of(outside), **person}
    found = {}
    for key, holders in proved.holders.items():
        persons = {everybody[one] for one in holders}
        found[key] = persons.pop() if len(persons) == 1 else people.AMBIGUOUS
    return found


def _upsert(of: Mapping[str, str]) -> None:
    rows = pa.table({"given": list(of), "customer_id": list(of.values())}, schema=people.ROWS)
    bulk.upsert("person", rows.sort_by("given"), "given", ("customer_id",))


def _delete(table: str, column: str, values: Sequence[str]) -> None:
    from django.db import connection

    condition, parameters = tables.among(column, values)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {tables.quoted(table)} WHERE {condition}", parameters)


# --- what they said -----------------------------------------------------------------------------------------------


def _say_again(before: Mapping[str, str], person: Mapping[str, str], written: Sequence[str]) -> None:
    """Readings and cases get the person who said it; `written`: handles that were nobody's and are somebody's now."""
    from django.db import connection

    whole, torn = _moves(before, person)
    with connection.cursor() as cursor:
        for was in sorted(whole, key=canonical):  # a person's id only ever moves to an earlier one: no chains
            for table in ("reading", "case"):
                cursor.execute(
                    f"UPDATE {tables.quoted(table)} SET customer_id = %s WHERE customer_id = %s", [whole[was], was]
                )
    said = [] if not torn else _ids_where("reading", *tables.among("t.customer_id", torn))
    if written:
        forms = sorted({form.lower() for text in written for form in (text, f"@{text}", text.lstrip("@"))})
        said += _ids_where("fact_messages", *tables.among("lower(t.author)", forms))
    for start in range(0, len(said), AT_ONCE):
        _name_authors(said[start : start + AT_ONCE])


def _ids_where(table: str, condition: str, parameters: Sequence[str]) -> list[str]:
    schema = pa.schema([("message_id", pa.string())])
    rows: list[str] = tables.few(table, schema, condition, parameters)["message_id"].to_pylist()
    return rows


def _name_authors(ids: Sequence[str]) -> None:
    """The person who said each of these messages, as it stands now; of those that have been read."""
    from django.db import connection

    messages = proving.authors_mended(tables.few("fact_messages", proving.AUTHORS, *tables.among("t.fact_key", ids)))
    now = dict(zip(messages["message_id"].to_pylist(), people.authors(messages).to_pylist(), strict=True))
    read = tables.few("reading", SAID, *tables.among("t.message_id", ids)).to_pylist()
    changed = [
        (now[row["message_id"]], row["message_id"])
        for row in read
        if row["message_id"] in now and now[row["message_id"]] != row["customer_id"]
    ]
    with connection.cursor() as cursor:
        for table in ("reading", "case"):
            cursor.executemany(f"UPDATE {tables.quoted(table)} SET customer_id = %s WHERE message_id = %s", changed)


def _open_of(persons: Collection[str]) -> set[str]:
    condition, parameters = tables.among("t.customer_id", sorted(persons))
    return set(_ids_where("case", f"t.state = 'open' AND {condition}", parameters))


# --- what they are found by ---------------------------------------------------------------------------------------


def _find_again(before: Mapping[str, str], person: Mapping[str, str]) -> None:
    ids = sorted(person)
    _delete("search_word", "customer_id", sorted({*before.values(), *person.values()}))
    who = pa.table({"given_id": ids, "customer_id": [person[one] for one in ids]}, schema=NAMED)
    given = mending.stored("people", "fact_key", ids), mending.stored("handles", "customer_id", ids)
    numbers = search_words.numbers_held(sorted(set(person.values())))
    search_words.add(search_words.wanted(*given, pa.array(ids, pa.string()), who, numbers))
