"""From columns to evidence: what is compared, spelt one way, each thing once.

A column that only repeats others (a full name beside the given name and the surname) is set aside: counted twice, the
same agreement would weigh twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError
from goodwill.know.resolving import spelling
from goodwill.know.resolving.dates import date_digits, month_first
from goodwill.know.resolving.kinds import COMPARED, NAMES, Kind
from goodwill.know.resolving.nicknames import stands_for
from goodwill.know.resolving.profile import Column, Profile, as_text

REPEATED = 0.9
"""A column whose words stand in another in this share of the rows repeats it."""
UNITS = "\x1f"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is compared: its kind, the columns it was read from and the prepared columns that hold it."""

    name: str
    kind: Kind
    sources: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()

    def column(self, part: str = "") -> str:
        """The prepared column of one part ('given', 'area', ...); without a part the value itself."""
        return f"{self.name}_{part}" if part else self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table's records are compared by, and which columns were left out and why. Holds no one's data."""

    evidence: tuple[Evidence, ...]
    left_out: tuple[tuple[str, str], ...] = field(default=())


def plan(table: pa.Table, profiled: Profile) -> Plan:
    """Chooses what to compare. Raises `InputError` where no column says who somebody is."""
    left_out = [(c.name, c.why) for c in profiled.columns if c.kind not in COMPARED]
    columns = [c for c in profiled.columns if c.kind in COMPARED]
    evidence: list[Evidence] = []
    given, surname, full = (next((c for c in columns if c.kind is kind), None) for kind in NAMES)
    named: tuple[Column, ...] = ()
    if given and surname:
        named = (given, surname)
    elif full:
        named = (full,)
    if named:
        evidence.append(Evidence("name", Kind.FULL_NAME, tuple(c.name for c in named)))
    basis = named
    for column in columns:
        if column in named:
            continue
        if column.kind in NAMES and basis and _repeats(table, column, basis):
            left_out.append((column.name, "it repeats " + " and ".join(f"'{c.name}'" for c in basis)))
            continue
        kind = Kind.PLACE if column.kind in NAMES else column.kind
        options: tuple[tuple[str, str], ...] = ()
        if kind is Kind.DATE:
            options = (("month in front", "yes" if month_first(_distinct(table, column.name)) else ""),)
        evidence.append(Evidence(f"{_word(kind)}_{len(evidence)}", kind, (column.name,), options))
    if not evidence:
        raise InputError(
            "no column says who somebody is",
            where=f"a table of {profiled.rows:,} records",
            mend="give names, addresses, dates of birth, e-mail addresses, numbers or texts that differ between people",
        )
    return Plan(tuple(evidence), tuple(left_out))


def _word(kind: Kind) -> str:
    return kind.value.replace(" ", "_").replace("-", "")


def _distinct(table: pa.Table, name: str) -> list[str]:
    return [value for value in pc.unique(as_text(table[name])).to_pylist() if value is not None]


def _repeats(table: pa.Table, column: Column, basis: tuple[Column, ...]) -> bool:
    """Whether a column of names says again what the basis says (more words around it do not matter)."""
    head = table.slice(0, 20_000)
    rows = zip(as_text(head[column.name]).to_pylist(), *(as_text(head[c.name]).to_pylist() for c in basis), strict=True)
    seen = agreed = 0
    for text, *others in rows:
        theirs = {word for other in others if other for word in spelling.words(other).split()}
        if text is None or not theirs:
            continue
        own = set(spelling.words(text).split())
        seen += 1
        agreed += own <= theirs or theirs <= own
    return seen > 0 and agreed >= REPEATED * seen


def prepare(table: pa.Table, planned: Plan, record_id: str = "record_id") -> pa.Table:
    """The evidence of each record, spelt one way: `record_id`, its `row` in the order of ids, the prepared columns.

    Raises `InputError` where a record id is missing or given twice.
    """
    ids = table[record_id].cast(pa.string()).combine_chunks()
    if ids.null_count:
        raise InputError(
            f"{ids.null_count:,} records have no {record_id}", where="the table", mend="give each record an id"
        )
    if pc.count_distinct(ids).as_py() < len(ids):
        twice = pc.value_counts(ids)
        first = min(row["values"] for row in twice.to_pylist() if row["counts"] > 1)
        raise InputError(
            f"the {record_id} '{first}' stands twice", where="the table", mend="give each record an id of its own"
        )
    columns: dict[str, pa.Array] = {"record_id": ids}
    for thing in planned.evidence:
        columns |= _PREPARED.get(thing.kind, _plain)(table, thing)
    prepared = pa.table(columns)
    prepared = prepared.take(pc.sort_indices(prepared["record_id"])).combine_chunks()
    return prepared.append_column("row", pa.array(range(prepared.num_rows), pa.int64()))


def _texts(table: pa.Table, thing: Evidence, change: object, source: int = 0) -> pa.Array:
    return spelling.each(as_text(table[thing.sources[source]]), change)  # type: ignore[arg-type]


def _names(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    if len(thing.sources) == 2:
        given = _texts(table, thing, spelling.words)
        surname = _texts(table, thing, spelling.words, 1)
    else:
        full = _texts(table, thing, spelling.name_words)
        given = spelling.each(full, lambda text: text.split()[0] if " " in text else "")
        surname = spelling.each(full, lambda text: text.split()[-1])
    whole = pc.binary_join_element_wise(given, surname, " ", null_handling="emit_null")
    turned = pc.binary_join_element_wise(surname, given, " ", null_handling="emit_null")
    both = pc.binary_join_element_wise(pc.fill_null(given, ""), pc.fill_null(surname, ""), " ")
    coded = given.dictionary_encode()
    forms = pa.array(
        [list(stands_for(name.split()[0])) for name in coded.dictionary.to_pylist()], pa.list_(pa.string())
    )
    return {
        thing.column("given"): given,
        thing.column("surname"): surname,
        thing.column("whole"): whole,
        thing.column("turned"): turned,
        thing.column("forms"): forms.take(coded.indices),
        thing.column("sorted"): spelling.each(both, lambda text: " ".join(sorted(text.split()))),
        thing.column("sound"): spelling.each(surname, spelling.skeleton),
        thing.column("given_sound"): spelling.each(given, spelling.skeleton),
    }


def _dates(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    front = dict(thing.options)["month in front"] == "yes"
    return {thing.column(): _texts(table, thing, lambda text: date_digits(text, month_in_front=front))}


def _emails(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    value = _texts(table, thing, spelling.email)
    local = spelling.each(value, lambda text: text.split("@")[0])
    figures = spelling.each(local, lambda text: "figures " + "".join(filter(str.isdigit, text)))
    return {thing.column(): value, thing.column("local"): local, thing.column("figures"): figures}


def _postcodes(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    value = _texts(table, thing, spelling.code)
    return {thing.column(): value, thing.column("area"): spelling.each(value, _area)}


def _area(code: str) -> str:
    """The wider area of a postcode: the part before the last three signs, or the first digits."""
    return code[:-3] if any(letter.isalpha() for letter in code) and len(code) > 4 else code[:-2]


def _phones(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    return {thing.column(): _texts(table, thing, spelling.digits)}


def _codes(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    return {thing.column(): _texts(table, thing, spelling.code)}


def _numbers(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    return {thing.column(): _texts(table, thing, spelling.number)}


def _word_lists(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    value = _texts(table, thing, spelling.words)
    coded = value.dictionary_encode()
    lists = pa.array([sorted(set(text.split())) for text in coded.dictionary.to_pylist()], pa.list_(pa.string()))
    return {thing.column(): value, thing.column("words"): lists.take(coded.indices)}


def _texts_and_rare(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    """Texts with their rare words: those that a few records share. A newcomer alone keeps all: the known sort them."""
    columns = _word_lists(table, thing)
    lists = columns[thing.column("words")]
    counts = pc.value_counts(lists.flatten())
    few = pc.and_(
        pc.greater(counts.field("counts"), 1), pc.less_equal(counts.field("counts"), max(10, table.num_rows // 200))
    )
    rare = set(counts.field("values").filter(few).to_pylist()) if table.num_rows > 1 else None
    kept = [
        None if words is None else [word for word in words if rare is None or word in rare]
        for words in lists.to_pylist()
    ]
    return {**columns, thing.column("rare"): pa.array(kept, pa.list_(pa.string()))}


def _plain(table: pa.Table, thing: Evidence) -> dict[str, pa.Array]:
    return {thing.column(): _texts(table, thing, spelling.words)}


_PREPARED = {
    Kind.FULL_NAME: _names,
    Kind.DATE: _dates,
    Kind.EMAIL: _emails,
    Kind.POSTCODE: _postcodes,
    Kind.PHONE: _phones,
    Kind.CODE: _codes,
    Kind.NUMBER: _numbers,
    Kind.WORDS: _texts_and_rare,
    Kind.STREET: _word_lists,
    Kind.PLACE: _plain,
    Kind.CATEGORY: _plain,
}
