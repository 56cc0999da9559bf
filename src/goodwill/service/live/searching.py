"""Customers by the beginning of any part of a name, an e-mail, a phone, a handle or an id, fast at any number of them.

Each word by which somebody is found is a row of `SearchWord` (live.search_words); a beginning is one range of its
index.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.service.live import tables
from goodwill.service.live.search_words import END, LONGEST, bare, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

Need = tuple[str, ...]
"""One thing that must be found of somebody: a beginning, in one of a few forms."""
FEW, GATHERED, SAMPLE = 10_000, 50_000, 500
"""So many found persons are named one by one; where there are more, the list is walked in its own order, or up to so
many are gathered first. Samples tell how many who have a word have another too."""
MANY = {"sqlite": 250_000, "postgresql": 100_000}
"""How many have a word is counted up to here; PostgreSQL counts more slowly, and finds by itself whom to ask first."""
ENOUGH = 2_500
"""Where each of several words has more than `GATHERED`, so many who have them all are sooner met one by one in a list
than brought together: among a million customers one in four hundred."""
SAMPLED, FURTHEST = (0, 1 / 3, 2 / 3), 60_000
"""How far on in a range, or in so much of it, samples are taken: those who stand together may be alike."""
ONE_BY_ONE = 4
"""Where one word has so many times fewer persons than another, each of them is asked for the other."""
MOST_WORDS = 8
LAST = chr(0x10FFFF)
"""Sorts after every letter, in both databases."""


def asked(words: str) -> list[Need]:
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


class Search:
    """What is looked for by some words.

    What one question finds out (who they are, how many have a word) the next one goes by: a page makes one of these,
    and lets it go with its answer.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self.needs = _without_implied(asked(words))
        self.known: set[str] | None = None
        """Everybody who is found, where `few` came to know it, though they be more than few."""
        self._sizes: dict[Need, int] = {}

    def condition(self, column: str, named: Sequence[str] = (), *, walked: bool = True) -> tuple[str, list[Any]]:
        """A condition (SQL, its parameters) that holds where the customer in a column is found by these words.

        `named` are found too. Few are named one by one. Of many, a list that is `walked` in an order which has nothing
        to do with the words asks for one at a time, for then the next is never far; for any other order they are
        gathered.
        """
        if self.few is not None:
            return tables.among(column, sorted(self.few | set(named)))
        if walked or not self.gathers:
            return self.having_all(column)
        rarest, *others = self._by_size
        ranges, parameters = _ranges("w", rarest)
        more, given = self._also("w.customer_id", rarest, others)
        return f"{column} IN (SELECT w.customer_id FROM search_word w WHERE {ranges}{more})", [*parameters, *given]

    @property
    def gathers(self) -> bool:
        """Whether those found, many, are not too many to be gathered and sorted."""
        return self.few is None and (self._size(self._by_size[0]) <= GATHERED or self.expected <= FEW)

    def having_all(self, column: str) -> tuple[str, list[Any]]:
        """A condition that the customer in a column is found by these words, asked for one customer at a time."""
        parts, parameters = [], []
        for need in self._by_size:
            one, given = _one_of("s", column, need)
            parts.append(one)
            parameters += given
        return f"({' AND '.join(parts)})", parameters

    def in_order(self, after: str, limit: int) -> list[str]:
        """The persons found by id, from after one on: for many of them who may lie anywhere."""
        rarest, *others = self._by_size
        ranges, parameters = _ranges("w", rarest)
        more, given = self._also("w.customer_id", rarest, others)
        whom = _apart("w.customer_id")
        kept = f"{ranges} AND {whom} > %s{more}"
        sql = f"SELECT DISTINCT {whom} AS id FROM search_word w WHERE {kept} ORDER BY id LIMIT %s"
        return _ask(sql, [*parameters, after, *given, limit])

    def among(self, persons: Sequence[str]) -> set[str]:
        """Those of some persons who are found."""
        found = set(persons) if self.needs else set()
        for need in self.needs:
            found = _among(found, need)
        return found

    @cached_property
    def few(self) -> set[str] | None:
        """Whoever is found; None where they are many."""
        if not self.needs:
            return set()
        rarest = self._by_size[0]
        if self._size(rarest) > FEW:
            return self._in_all() if len(self.needs) > 1 else None
        found = _having(rarest)
        for need in self._by_size[1:]:
            found = _among(found, need)
        self.known = found
        return found

    def _in_all(self) -> set[str] | None:
        """Persons who have many words' beginnings at once; None where they are many too.

        A sample tells whether they will be, so that broad words that often go together are not all brought together.
        """
        rarest, *others = self._by_size
        if self.expected > (FEW if self._size(rarest) <= GATHERED else ENOUGH):
            return None
        ranges, parameters = _ranges("w", rarest)
        together, given = self._also("w.customer_id", rarest, others)
        sql = f"SELECT w.customer_id FROM search_word w WHERE {ranges}{together} LIMIT {3 * FEW + 1}"
        rows = _ask(sql, [*parameters, *given])
        self.known = set(rows) if len(rows) <= 3 * FEW else None
        return self.known if len(rows) <= FEW else None

    @cached_property
    def expected(self) -> float:
        """About how many are found, of several words by samples; too low where each of them has more than `MANY`."""
        rarest, *others = self._by_size
        size = self._size(rarest)
        return size * _share(rarest, size, others) if others else float(size)

    @cached_property
    def _by_size(self) -> list[Need]:
        """The rarest first."""
        return sorted(self.needs, key=lambda need: (self._size(need), need))

    def _size(self, need: Need) -> int:
        """How many words begin so, as far as it matters."""
        if need not in self._sizes:
            ranges, parameters = _ranges("w", need)
            counted = f"SELECT count(*) FROM (SELECT 1 FROM search_word w WHERE {ranges} LIMIT {_many()}) x"
            self._sizes[need] = int(_ask(counted, parameters)[0])
        return self._sizes[need]

    def _also(self, column: str, rarest: Need, others: Sequence[Need]) -> tuple[str, list[Any]]:
        """Conditions, each after an AND: in the column, where the persons of the rarest need come along, stands one who
        has every other need too. Those of a need are gathered, but where it has so many more that asking is less."""
        sql, parameters = "", []
        for need in others:
            if self._size(need) > ONE_BY_ONE * self._size(rarest):
                one, given = _one_of("s", column, need)
            else:
                ranges, given = _ranges("s", need)
                one = f"{_apart(column)} IN (SELECT s.customer_id FROM search_word s WHERE {ranges})"
            sql += f" AND {one}"
            parameters += given
        return sql, parameters


def _many() -> int:
    from django.db import connection

    return MANY[connection.vendor]


def _without_implied(needs: Sequence[Need]) -> list[Need]:
    """Whoever has a longer beginning has the shorter one.

    >>> _without_implied([("b",), ("bianchi",), ("79", "0079")])
    [('bianchi',), ('79', '0079')]
    """
    return [
        need
        for need in needs
        if len(need) > 1 or not any(one != need and all(form.startswith(need[0]) for form in one) for one in needs)
    ]


def condition(words: str, column: str, named: Sequence[str] = ()) -> tuple[str, list[Any]]:
    """`Search.condition` of one question alone."""
    return Search(words).condition(column, named)


def with_number_ending(digits: str, most: int) -> list[str]:
    """Persons with a phone number that ends so, by id."""
    ranges, parameters = _ranges("w", (END + digits[::-1],))
    return _ask(
        f"SELECT DISTINCT w.customer_id FROM search_word w WHERE {ranges} ORDER BY w.customer_id LIMIT %s",
        [*parameters, most],
    )


# --- the SQL of it ------------------------------------------------------------------------------------------------


def _having(need: Need) -> set[str]:
    """Persons with a word that begins so."""
    ranges, parameters = _ranges("w", need)
    return set(_ask(f"SELECT w.customer_id FROM search_word w WHERE {ranges}", parameters))


def _share(need: Need, size: int, others: Sequence[Need]) -> float:
    """How many of those `size` who have a need have all the others too, by samples from several places of its range."""
    samples, parameters = [], []
    for begins in SAMPLED:
        ranges, given = _ranges("w", need)
        piece = f"LIMIT {SAMPLE} OFFSET {int(begins * min(size, FURTHEST))}"
        some = f"SELECT w.customer_id FROM search_word w WHERE {ranges} {piece}"
        samples.append(f"SELECT * FROM ({some}) x")
        parameters += given
    sql = f"SELECT w.customer_id FROM ({' UNION ALL '.join(samples)}) w"
    number = _ask(f"SELECT count(*) FROM ({sql}) y", parameters)[0]
    conditions = []
    for other in others:
        one, given = _one_of("s", "w.customer_id", other)
        conditions.append(one)
        parameters += given
    both = _ask(f"SELECT count(*) FROM ({sql} WHERE {' AND '.join(conditions)}) y", parameters)[0]
    return both / number if number else 0.0


def _among(found: set[str], need: Need) -> set[str]:
    """Those of some persons who have a word that begins so."""
    of_them, ids = tables.among("w.customer_id", sorted(found))
    ranges, parameters = _ranges("w", need)
    return set(_ask(f"SELECT w.customer_id FROM search_word w WHERE {of_them} AND {ranges}", [*ids, *parameters]))


def _one_of(alias: str, column: str, need: Need) -> tuple[str, list[Any]]:
    """A condition: in the column stands one who has this need. Asked for one person at a time."""
    ranges, given = _ranges(alias, need)
    return f"EXISTS (SELECT 1 FROM search_word {alias} WHERE {alias}.customer_id = {column} AND {ranges})", given


def _apart(column: str) -> str:
    """The column as SQLite is not to look it up by its index, which would be one step down a deep tree for each."""
    from django.db import connection

    return f"+{column}" if connection.vendor == "sqlite" else column


def _ranges(alias: str, need: Need) -> tuple[str, list[Any]]:
    """Words that begin in one of the forms of a need."""
    ranges = [_between(alias, word, word + LAST) for word in need]
    return f"({' OR '.join(sql for sql, _ in ranges)})", [end for _, ends in ranges for end in ends]


def _between(alias: str, least: str, most: str) -> tuple[str, list[Any]]:
    """Words from one on, up to before another; PostgreSQL compares them by their bytes, as their index has them."""
    from django.db import connection

    at_least, before = (">=", "<") if connection.vendor == "sqlite" else ("~>=~", "~<~")
    return f"({alias}.word {at_least} %s AND {alias}.word {before} %s)", [least, most]


def _ask(sql: str, parameters: Sequence[Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return [row[0] for row in cursor.fetchall()]
