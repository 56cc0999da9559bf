"""Customers by the beginning of any part of a name, an e-mail, a phone, a handle or an id, fast at any number of them.

Each word by which somebody is found is a row of `SearchWord` (live.search_words); a beginning is one range of its
index.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.service.live import tables
from goodwill.service.live.search_words import LONGEST, bare, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW, GATHERED, MANY, SAMPLE = 3_000, 50_000, 500_000, 3_000
"""So many found persons are named one by one; where there are more, the list is walked in its own order, or up to so
many are gathered first. How many have a word is counted up to `MANY`; a sample tells how many have another too."""
MOST_WORDS = 8
LAST = chr(0x10FFFF)
"""Sorts after every letter, in both databases."""


def asked(words: str) -> list[tuple[str, ...]]:
    """The beginnings that must all be found, each in one of a few forms; none where nothing can be found by it.

    >>> asked("Mar  García"), asked("(079) 123 45"), asked("0017"), asked("%")
    ([('mar',), ('garcia',)], [('7912345',)], [('0017',)], [])
    """
    folded = fold(pa.array([words.replace("\x00", "")]))[0].as_py()
    digits = re.sub(r"\(0\)|[^0-9]", "", folded).lstrip("0")
    written = [word[:LONGEST] for word in bare(pa.array(folded.split(), pa.string())).to_pylist() if word]
    if len(digits) >= 5 and re.fullmatch(r"[\d\s+()./-]+", folded):
        return [tuple(dict.fromkeys([digits, *(written if len(written) == 1 else ())]))]
    return [(word,) for word in dict.fromkeys(written[:MOST_WORDS])]


def condition(words: str, column: str, named: Sequence[str] = (), *, walked: bool = True) -> tuple[str, list[Any]]:
    """A condition (SQL, its parameters) that holds where the customer in a column is found by these words.

    `named` are found too. Few are named one by one. Of many, a list that is `walked` in an order which has nothing to
    do with the words asks for one at a time, for then the next is never far; for any other order they are gathered.
    """
    found = few(words)
    if found is not None:
        return tables.among(column, sorted(found | set(named)))
    rarest, *others = _by_size(asked(words))
    if walked or _size(rarest) > GATHERED:
        return having_all(words, column)
    ranges, parameters = _ranges("w", rarest)
    more, given = _all_of("w.customer_id", others)
    return f"{column} IN (SELECT w.customer_id FROM search_word w WHERE {ranges}{more})", [*parameters, *given]


def having_all(words: str, column: str) -> tuple[str, list[Any]]:
    """A condition that the customer in a column is found by these words, asked for one customer at a time."""
    parts, parameters = [], []
    for need in _by_size(asked(words)):
        one, given = _one_of("s", column, need)
        parts.append(one)
        parameters += given
    return f"({' AND '.join(parts)})", parameters


def few(words: str) -> set[str] | None:
    """Whoever is found by these words; None where they are many."""
    needs = sorted(asked(words), key=lambda need: (-len(need[0]), need))
    if not needs:
        return set()
    found: set[str] | None = None
    many = []
    for need in needs:
        some = _having(need)
        if some is None:
            many.append(need)
        else:
            found = some if found is None else found & some
    if found is None:
        return _in_all(many) if len(many) > 1 else None
    for need in many:
        found = _among(found, need)
    return found


def in_order(words: str, after: str, limit: int) -> list[str]:
    """The persons found by these words by id, from after one on: for many of them who may lie anywhere."""
    rarest, *others = _by_size(asked(words))
    ranges, parameters = _ranges("w", rarest)
    more, given = _all_of("w.customer_id", others)
    whom = _apart("w.customer_id")
    sql = f"SELECT DISTINCT {whom} AS id FROM search_word w WHERE {ranges} AND {whom} > %s{more} ORDER BY id LIMIT %s"
    return _ask(sql, [*parameters, after, *given, limit])


def _having(need: tuple[str, ...]) -> set[str] | None:
    """Persons with a word that begins so; None where they are many."""
    ranges, parameters = _ranges("w", need)
    rows = _ask(f"SELECT w.customer_id FROM search_word w WHERE {ranges} LIMIT {FEW + 1}", parameters)
    return None if len(rows) > FEW else set(rows)


def _in_all(needs: Sequence[tuple[str, ...]]) -> set[str] | None:
    """Persons who have many words' beginnings at once; None where they are many too.

    A sample tells whether they will be many, so that broad words that often go together are not all brought together.
    """
    rarest, *others = _by_size(needs)
    ranges, parameters = _ranges("w", rarest)
    parts = [_one_of("s", "w.customer_id", need) for need in others]
    more, given = [sql for sql, _ in parts], [one for _, values in parts for one in values]
    sample = f"SELECT w.customer_id FROM search_word w WHERE {ranges} LIMIT {SAMPLE}"
    both = _ask(f"SELECT count(*) FROM ({sample}) w WHERE {' AND '.join(more)}", [*parameters, *given])[0]
    if both * _size(rarest) > 2 * FEW * SAMPLE:
        return None
    together, given = _all_of("w.customer_id", others)
    sql = f"SELECT w.customer_id FROM search_word w WHERE {ranges}{together} LIMIT {FEW + 1}"
    rows = _ask(sql, [*parameters, *given])
    return None if len(rows) > FEW else set(rows)


def _by_size(needs: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rarest first."""
    return sorted(needs, key=lambda need: (_size(need), need)) if len(needs) > 1 else list(needs)


def _size(need: tuple[str, ...]) -> int:
    """How many words begin so, as far as it matters."""
    ranges, parameters = _ranges("w", need)
    return int(_ask(f"SELECT count(*) FROM (SELECT 1 FROM search_word w WHERE {ranges} LIMIT {MANY}) x", parameters)[0])


def _all_of(column: str, needs: Sequence[tuple[str, ...]]) -> tuple[str, list[Any]]:
    """Conditions, each after an AND: in the column stands one who has every need. Each need's persons are gathered."""
    sql, parameters = "", []
    for need in needs:
        ranges, given = _ranges("s", need)
        sql += f" AND {_apart(column)} IN (SELECT s.customer_id FROM search_word s WHERE {ranges})"
        parameters += given
    return sql, parameters


def _one_of(alias: str, column: str, need: tuple[str, ...]) -> tuple[str, list[Any]]:
    """A condition: in the column stands one who has this need. Asked for one person at a time."""
    ranges, given = _ranges(alias, need)
    return f"EXISTS (SELECT 1 FROM search_word {alias} WHERE {alias}.customer_id = {column} AND {ranges})", given


def _apart(column: str) -> str:
    """The column as SQLite is not to look it up by its index, which would be one step down a deep tree for each."""
    from django.db import connection

    return f"+{column}" if connection.vendor == "sqlite" else column


def _among(found: set[str], need: tuple[str, ...]) -> set[str]:
    """Those of some persons who have a word that begins so."""
    of_them, ids = tables.among("w.customer_id", sorted(found))
    ranges, parameters = _ranges("w", need)
    return set(_ask(f"SELECT w.customer_id FROM search_word w WHERE {of_them} AND {ranges}", [*ids, *parameters]))


def _ranges(alias: str, need: tuple[str, ...]) -> tuple[str, list[Any]]:
    from django.db import connection

    least, most = (">=", "<") if connection.vendor == "sqlite" else ("~>=~", "~<~")
    one = f"({alias}.word {least} %s AND {alias}.word {most} %s)"
    return f"({' OR '.join([one] * len(need))})", [end for word in need for end in (word, word + LAST)]


def _ask(sql: str, parameters: Sequence[Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return [row[0] for row in cursor.fetchall()]
