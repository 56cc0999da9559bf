"""What customers are found by: the words of names, e-mails, phones, handles and ids, as rows of `SearchWord`.

Each word is folded (small letters, no accents). Of a text with several parts each is a word of its own:
'anna.smith@b.example' is found by 'anna', 'smith' and 'b.ex'. New names and handles are taken in as they arrive; each
valuation puts right what has changed or gone. Cards and devices are left out: nobody looks for their beginnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL
from goodwill.know.handles import normalise_account, normalise_phone
from goodwill.service.live import bulk, people, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = pa.schema([("word", pa.string()), ("customer_id", pa.string())])
NAMES = pa.schema([("customer_id", pa.string()), ("name", pa.string())])
HANDLES = pa.schema([("customer_id", pa.string()), ("kind", pa.string()), ("value", pa.string())])
LONGEST, PARTS = 60, 5
END = "<"
"""Before the digits of a phone number from the last to the first: a number is found by its end too. No word that
somebody types begins so."""
PHONE = "phone|"
PHONES = f"substr(t.given, 1, {len(PHONE)}) = '{PHONE}'"
"""How the key of a phone number begins in `Person`, and as a condition on it."""
_NOT_SEARCHED = pa.array(["card", "device"])
_COUNTRY = r"^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})"
"""The digits of a country's number (ITU-T E.164)."""
_PLAIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}


# --- words --------------------------------------------------------------------------------------------------------


def fold(texts: pa.Array) -> pa.Array:
    """Small letters without accents and apostrophes, so that each is found however it is written.

    >>> fold(pa.array(["María GARCÍA", "O’Brien", "Groß", "Ångström", None])).to_pylist()
    ['maria garcia', 'obrien', 'gross', 'angstrom', None]
    """
    folded = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(texts, "NFKD")), r"[\p{Mn}'’ʼ`´]", "")
    for written, plain in _PLAIN.items():
        folded = pc.replace_substring(folded, written, plain)
    return folded


def words_of(customer_id: pa.Array, text: pa.Array, phone: pa.Array) -> pa.Table:
    """The words (ROWS) of texts that belong to these persons; where `phone` is true the text is a number.

    >>> said = words_of(pa.array(["a", "a"]), pa.array(["Anne-Marie", "+41 44 668"]), pa.array([False, True]))
    >>> said["word"].to_pylist()
    ['4144668', '44668', '<8664414', 'anne-marie', 'marie']
    """
    numbers = _numbers(customer_id.filter(phone), text.filter(phone))
    named = pc.invert(phone)
    return _once(pa.concat_tables([numbers, _parts(customer_id.filter(named), text.filter(named))]))


def _parts(customer_id: pa.Array, text: pa.Array) -> pa.Table:
    """Each word, and what is left of it after each of its separators; of an address the domain is not taken apart."""
    split = pc.utf8_split_whitespace(fold(text))
    whose = customer_id.take(pc.list_parent_indices(split).cast(pa.int64()))
    word = bare(pc.list_flatten(split))
    address = pc.match_substring(word, "@")
    found = []
    for _ in range(PARTS):
        found.append(_table(word, whose))
        nought = pc.match_substring_regex(word, r"^0+[0-9]+$")
        found.append(_table(pc.utf8_ltrim(word.filter(nought), "0"), whose.filter(nought)))
        more = pc.and_(
            pc.match_substring_regex(word, r"^[\pL\pN]+[^\pL\pN]+[\pL\pN]"),
            pc.or_(pc.match_substring(word, "@"), pc.invert(address)),
        )
        word = pc.replace_substring_regex(word.filter(more), r"^[\pL\pN]+[^\pL\pN]+", "")
        whose, address = whose.filter(more), address.filter(more)
    return pa.concat_tables(found)


def _numbers(customer_id: pa.Array, text: pa.Array) -> pa.Table:
    """The digits; also without the country's, and without a nought in front; and from the last to the first."""
    number = normalise_phone(text)
    international = pc.starts_with(number, "+")
    digits = pc.utf8_ltrim(number, "+")
    national = pc.if_else(international, pc.replace_substring_regex(digits, _COUNTRY, ""), pc.utf8_ltrim(digits, "0"))
    return pa.concat_tables([_table(one, customer_id) for one in (digits, national, _ends(digits))])


def _ends(digits: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(END), pc.utf8_reverse(digits), "")


def bare(words: pa.Array) -> pa.Array:
    """Without the signs before and after each."""
    return pc.replace_substring_regex(words, r"^[^\pL\pN]+|[^\pL\pN]+$", "")


def _table(word: pa.Array, whose: pa.Array) -> pa.Table:
    return pa.table({"word": pc.utf8_slice_codeunits(word, 0, LONGEST), "customer_id": whose}, schema=ROWS)


def _once(rows: pa.Table) -> pa.Table:
    """Without doubles and empty words, in order."""
    kept = rows.filter(pc.and_(pc.fill_null(pc.greater(pc.utf8_length(rows["word"]), 0), False), _is_person(rows)))
    return kept.group_by(["word", "customer_id"]).aggregate([]).select(ROWS.names).sort_by(_ORDER)


_ORDER = [("word", "ascending"), ("customer_id", "ascending")]


def _is_person(rows: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.not_equal(rows["customer_id"], POOL), False)


# --- kept up ------------------------------------------------------------------------------------------------------


def wanted(
    people_rows: pa.Table,
    handles: pa.Table,
    ids: pa.Array,
    person: pa.Table | None = None,
    numbers: pa.Table | None = None,
) -> pa.Table:
    """The words (ROWS) of names, handles and ids; `person` (given_id, customer_id) says whom an id stands for.

    `numbers` are rows of `Person`: the phone numbers among them are found too, by their ends.
    """
    kept = handles.filter(pc.invert(pc.is_in(handles["kind"], value_set=_NOT_SEARCHED)))
    phone, account = (_flat(pc.fill_null(pc.equal(kept["kind"], kind), False)) for kind in ("phone", "account"))
    value = _flat(kept["value"])
    value = pc.if_else(account, normalise_account(value), value)
    own = pc.unique(pa.concat_arrays([_flat(people_rows["customer_id"]), _flat(kept["customer_id"]), ids]))
    whose = pa.concat_arrays([_flat(people_rows["customer_id"]), _flat(kept["customer_id"]), own])
    text = pa.concat_arrays([_flat(people_rows["name"]), value, own])
    is_phone = pa.concat_arrays([_no(people_rows.num_rows), phone, _no(len(own))])
    known = pc.and_(pc.is_valid(whose), pc.is_valid(text))
    whose, text, is_phone = (column.filter(known) for column in (whose, text, is_phone))
    if person is not None:
        place = pc.index_in(whose, value_set=_flat(person["given_id"]))
        whose = pc.coalesce(_flat(person["customer_id"]).take(place), whose)
    rows = words_of(whose, text, is_phone)
    return rows if numbers is None else _once(pa.concat_tables([rows, numbers_of(numbers)]))


def _no(rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(False), rows)


def _flat(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def learn(people_rows: pa.Table, handles: pa.Table) -> None:
    """Takes in names and handles that have just arrived."""
    from django.db import transaction

    if not people_rows.num_rows and not handles.num_rows:
        return
    given = {*people_rows["customer_id"].to_pylist(), *handles["customer_id"].to_pylist()} - {None}
    persons = people.persons_of(given)
    who = pa.table({"given_id": list(persons), "customer_id": list(persons.values())})
    rows = wanted(people_rows, handles, pa.array([], pa.string()), who)
    for start in range(0, rows.num_rows, bulk.CHUNK):
        with transaction.atomic():
            add(rows.slice(start, bulk.CHUNK))


def learn_numbers(persons: pa.Table) -> None:
    """Takes in the phone numbers among new rows of `Person`: those of authors stand in no other table."""
    from django.db import transaction

    rows = numbers_of(persons)
    for start in range(0, rows.num_rows, bulk.CHUNK):
        with transaction.atomic():
            add(rows.slice(start, bulk.CHUNK))


def numbers_of(persons: pa.Table) -> pa.Table:
    """The words (ROWS) by which the phone numbers among rows of `Person` are found by their ends.

    >>> held = pa.table({"given": ["phone|+44207", "email|a@b", "phone|+41"], "customer_id": ["c1", "c1", ""]})
    >>> numbers_of(held)["word"].to_pylist()
    ['<70244']
    """
    somebodys = pc.and_(pc.starts_with(persons["given"], PHONE), pc.not_equal(persons["customer_id"], ""))
    kept = persons.filter(somebodys)
    digits = pc.utf8_ltrim(pc.utf8_slice_codeunits(_flat(kept["given"]), len(PHONE)), "+")
    return _once(_table(_ends(digits), _flat(kept["customer_id"])))


def numbers_held(persons: Sequence[str]) -> pa.Table:
    """The rows of `Person` that say of phone numbers that they are these persons'."""
    condition, parameters = tables.among("t.customer_id", persons)
    return tables.few("person", people.ROWS, f"{condition} AND {PHONES}", parameters)


def learn_corrected(corrections: pa.Table) -> None:
    """Takes in names that a person has just corrected; the old one finds them too until the next valuation."""
    said = [row for row in corrections.to_pylist() if (row["table"], row["field"]) == ("people", "name")]
    if said:
        named = {"customer_id": [row["key"] for row in said], "name": [row["value"] for row in said]}
        learn(pa.table(named, schema=NAMES), HANDLES.empty_table())


def catch_up() -> int:
    """Takes in what nobody has yet: an import's rows, and those that a killed drainer stored; how many rows."""
    from goodwill.service.store.models import SearchedUpto

    done = dict(SearchedUpto.objects.values_list("table", "row"))
    taken = 0
    for table, schema in (("people", NAMES), ("handles", HANDLES)):
        with_row = pa.schema([("row", pa.int64()), *schema])
        while True:
            since = [done.get(table, 0)]
            rows = tables.few(f"fact_{table}", with_row, 't."row" > %s', since, f'ORDER BY t."row" LIMIT {bulk.CHUNK}')
            if not rows.num_rows:
                break
            learn(
                rows.select(NAMES.names) if table == "people" else NAMES.empty_table(),
                rows.select(HANDLES.names) if table == "handles" else HANDLES.empty_table(),
            )
            taken += rows.num_rows
            done[table] = rows["row"][-1].as_py()
            SearchedUpto.objects.update_or_create(table=table, defaults={"row": done[table]})
    return taken


def unite(first: str, second: str) -> None:
    """What the second was found by finds the first; inside the caller's transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_word (word, customer_id)"
            " SELECT word, CAST(%s AS TEXT) FROM search_word WHERE customer_id = %s ON CONFLICT DO NOTHING",
            [first, second],
        )
        cursor.execute("DELETE FROM search_word WHERE customer_id = %s", [second])


def put_right(rows: pa.Table, upto: int) -> tuple[int, int]:
    """Makes the stored words those of `rows` (by `wanted`): how many came, how many went.

    Only rows up to the number `upto` (of when the facts were read) may go: what was learnt since stays.
    """
    from django.db import transaction

    with tables.snapshot() as store:
        there = store.table("search_word", ROWS, f"t.id <= {int(upto)}")
    mine, theirs = _keys(rows), _keys(there)
    new = rows.filter(pc.invert(pc.is_in(mine, value_set=theirs)))
    old = there.filter(pc.invert(pc.is_in(theirs, value_set=mine))).sort_by(_ORDER)
    for some, deed in ((old, _remove), (new, add)):
        for start in range(0, some.num_rows, bulk.CHUNK):
            with transaction.atomic():
                deed(some.slice(start, bulk.CHUNK))
    return new.num_rows, old.num_rows


def _keys(rows: pa.Table) -> pa.Array:
    return _flat(pc.binary_join_element_wise(rows["word"], rows["customer_id"], "\x1f"))


def add(rows: pa.Table) -> None:
    """Words (ROWS) that are new, inside the caller's transaction."""
    _each(
        rows,
        "INSERT OR IGNORE INTO search_word (word, customer_id) VALUES (%s, %s)",
        "INSERT INTO search_word (word, customer_id)"
        " SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING",
    )


def _remove(rows: pa.Table) -> None:
    _each(
        rows,
        "DELETE FROM search_word WHERE word = %s AND customer_id = %s",
        "DELETE FROM search_word s USING unnest(%s::text[], %s::text[]) AS gone (word, customer_id)"
        " WHERE s.word = gone.word AND s.customer_id = gone.customer_id",
    )


def _each(rows: pa.Table, on_sqlite: str, on_postgresql: str) -> None:
    from django.db import connection

    word, whose = rows["word"].to_pylist(), rows["customer_id"].to_pylist()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(on_sqlite, list(zip(word, whose, strict=True)))
        else:
            cursor.execute(on_postgresql, [word, whose])
