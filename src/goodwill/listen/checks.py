"""What is odd once all rows lie side by side: the same id twice, a referral to oneself, a purchase before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES
from goodwill.listen.files import Pending
from goodwill.listen.source import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.listen.reading import Reading

NAMED = 5  # how many odd things of one kind are named one by one


def unique(name: str, reading: Reading) -> None:
    """One row a key: the same row twice is one, another row of the same key is rejected, both lines named."""
    table, connection = TABLES[name], reading.connection
    key = table.key or table.names[:1]
    _number_made_ids(name, key, connection)
    keys = ", ".join(identifier(one) for one in key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE goodwill_twice AS SELECT {keys} FROM {name} GROUP BY ALL HAVING count(*) > 1"
    )
    if not connection.execute("SELECT count(*) FROM goodwill_twice").fetchone()[0]:
        return
    # Handles that stand beside people or purchases come after those of their own file, and repeat by nature.
    files = _files_of(name, reading)
    same = " AND ".join(f"t.{identifier(one)} IS NOT DISTINCT FROM d.{identifier(one)}" for one in key)
    content = ", ".join(f"t.{identifier(column.name)}" for column in table)
    parts = [f"k{at}" for at in range(len(key))]
    named = ", ".join(f"t.{identifier(one)} AS {part}" for one, part in zip(key, parts, strict=True))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE goodwill_ranked AS SELECT *, first_value(content) OVER same = content AS alike,"
        " first_value(_file) OVER same AS first_file, first_value(_row) OVER same AS first_row,"
        " row_number() OVER same AS nth FROM (SELECT t.rowid AS place_id, t._file, t._row,"
        f" md5(CAST(row({content}) AS VARCHAR)) AS content, {named}"
        f" FROM {name} t JOIN goodwill_twice d ON {same})"
        f" WINDOW same AS (PARTITION BY {', '.join(parts)}"
        f" ORDER BY _file NOT IN ({files}), _file, _row, place_id)"
    )
    alike, different = connection.execute(
        "SELECT count(*) FILTER (alike), count(*) FILTER (NOT alike) FROM goodwill_ranked WHERE nth > 1"
    ).fetchone()
    if alike and name != "handles":
        reading.notes.append(f"{name}: {_rows(alike)} too many, the same in every column; one of each was kept")
    if different:
        _reject_other_content(key, files, reading)
    connection.execute(f"DELETE FROM {name} WHERE rowid IN (SELECT place_id FROM goodwill_ranked WHERE nth > 1)")


def _files_of(name: str, reading: Reading) -> str:
    """The numbers of the files that hold a table of this name, as SQL."""
    held = [typed.source for typed in reading.typed if typed.found.table == name]
    return ", ".join(str(at) for at, source in enumerate(reading.sources) if source in held) or "-1"


def _number_made_ids(name: str, key: Sequence[str], connection: Any) -> None:
    """Rows without an id that are alike are still several, except a message by the same author at the same time."""
    if len(key) != 1 or not key[0].endswith("_id"):
        return
    several = "AND author IS NULL AND customer_id IS NULL" if name == "messages" else ""
    connection.execute(
        f"UPDATE {name} SET {key[0]} = {key[0]} || '-' || nth FROM (SELECT rowid AS place_id, row_number() OVER"
        f" (PARTITION BY {key[0]} ORDER BY _file, _row) AS nth FROM {name} WHERE {key[0]} IN (SELECT {key[0]}"
        f" FROM {name} WHERE starts_with({key[0]}, 'row:') {several} GROUP BY 1 HAVING count(*) > 1)) n"
        f" WHERE {name}.rowid = n.place_id AND nth > 1"
    )


def _reject_other_content(key: Sequence[str], files: str, reading: Reading) -> None:
    other = f"nth > 1 AND NOT alike AND _file IN ({files}) AND first_file IN ({files})"
    rows = reading.connection.execute(
        "SELECT _file, _row, first_file, first_row, k0 FROM goodwill_ranked"
        f" WHERE {other} ORDER BY _file, _row LIMIT {reading.keep}"
    ).fetchall()
    counts = reading.connection.execute(
        f"SELECT _file, count(*) FROM goodwill_ranked WHERE {other} GROUP BY 1"
    ).fetchall()
    lines = {
        file: reading.sources[file].lines(row for f, row, *_ in rows if f == file) for file in {r[0] for r in rows}
    }
    for file in {r[2] for r in rows}:
        first = reading.sources[file].lines(r[3] for r in rows if r[2] == file)
        lines[file] = {**lines.get(file, {}), **first}
    what = " and ".join(key)
    for file, row, first_file, first_row, value in rows:
        there = f"line {lines[first_file][first_row]}"
        if file != first_file:
            there = f"{reading.sources[first_file].name}, {there}"
        said = f"{what} {value!r}" if len(key) == 1 else f"{what} of {value!r}"
        reading.pending.append(
            Pending(
                file,
                int(row),
                key[0],
                f"{said} is already on {there} with other content; the first was kept",
                "give each its own, or take one out",
            )
        )
    for file, count in counts:
        reading.troubles[file] += int(count)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def together(reading: Reading) -> None:
    """The checks across rows and tables; what is odd and kept becomes a note, a line each."""
    _self_referrals(reading)
    _circles(reading)
    _roles_without_say(reading)
    _before_their_time(reading)
    _purchases(reading)
    _voices(reading)


def _self_referrals(reading: Reading) -> None:
    rows = reading.connection.execute(
        "SELECT _file, _row, referrer_id FROM referrals WHERE referrer_id = referred_id ORDER BY _file, _row"
    ).fetchall()
    for file, row, who in rows:
        reading.troubles[file] += 1
        if len(reading.pending) < 10 * reading.keep:
            reading.pending.append(
                Pending(
                    file,
                    int(row),
                    "referred_id",
                    f"{who!r} is said to have brought themselves",
                    "name who brought them, or take the row out",
                )
            )
    if rows:
        reading.connection.execute("DELETE FROM referrals WHERE referrer_id = referred_id")


def _circles(reading: Reading) -> None:
    pairs = reading.connection.execute(
        "SELECT DISTINCT referrer_id, referred_id FROM referrals ORDER BY 1, 2"
    ).fetchall()
    for circle in circles(pairs)[:NAMED]:
        reading.notes.append(
            f"referrals go in a circle: {' → '.join(circle)}; all are kept, and the books still balance,"
            " but somebody's dates or names are wrong"
        )


def circles(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The circles among who brought whom, each from its first name round to itself, one for each knot.

    >>> circles([("a", "b"), ("b", "a"), ("b", "c")])
    [['a', 'b', 'a']]
    """
    brought: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    for by, whom in pairs:
        brought.setdefault(by, []).append(whom)
        waiting[whom] = waiting.get(whom, 0) + 1
        waiting.setdefault(by, 0)
    ready = [who for who, count in waiting.items() if count == 0]
    while ready:
        for whom in brought.get(ready.pop(), []):
            waiting[whom] -= 1
            if waiting[whom] == 0:
                ready.append(whom)
    knotted = {who for who, count in waiting.items() if count > 0}
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in sorted(knotted):
        path: dict[str, None] = {}
        who: str | None = start
        while who is not None and who not in path and who not in seen:
            path[who] = None
            who = next((whom for whom in brought.get(who, []) if whom in knotted), None)
        if who is not None and who in path:
            ring = list(path)[list(path).index(who) :]
            found.append([*ring, who])
        seen.update(path)
    return found


def _roles_without_say(reading: Reading) -> None:
    rows = reading.connection.execute(
        "SELECT _file, _row, customer_id, organisation_id FROM roles WHERE say IS NULL ORDER BY _file, _row"
    ).fetchall()
    # One whose say could not be read has its line already.
    told = {(one.file, one.row) for one in reading.pending}
    rows = [row for row in rows if (row[0], row[1]) not in told]
    for file, row, who, organisation in rows[:NAMED]:
        reading.notes.append(
            f"{reading.place(file, row)}: {who}'s role at {organisation} has no say;"
            " it counts nothing until somebody enters it"
        )
    _and_more(reading, len(rows), "roles without a say")


def _before_their_time(reading: Reading) -> None:
    def local(instant: str) -> str:
        return f"timezone('{reading.firm.firm.timezone}', {instant})"

    query = "FROM purchases p JOIN people c ON p.customer_id = c.customer_id WHERE p.at < c.joined_at"
    count = reading.connection.execute(f"SELECT count(*) {query}").fetchone()[0]
    rows = reading.connection.execute(
        f"SELECT p._file, p._row, p.purchase_id, p.customer_id, strftime({local('p.at')}, '%Y-%m-%d'),"
        f" strftime({local('c.joined_at')}, '%Y-%m-%d') {query} ORDER BY p._file, p._row LIMIT {NAMED}"
    ).fetchall()
    for file, row, purchase, who, at, joined in rows:
        reading.notes.append(
            f"{reading.place(file, row)}: purchase {purchase} of {at} is older than"
            f" its customer ({who} joined on {joined}); it is kept, and {who} counts from the purchase on"
        )
    _and_more(reading, count, "purchases older than their customer")


def _purchases(reading: Reading) -> None:
    nothing, nobody = reading.connection.execute(
        "SELECT count(*) FILTER (amount = 0), count(*) FILTER (customer_id IS NULL) FROM purchases"
    ).fetchone()
    if nothing:
        reading.notes.append(f"purchases: {_rows(nothing)} with an amount of 0; kept, and bringing no money")
    if nobody:
        reading.notes.append(f"purchases: {_rows(nobody)} without a customer; kept, and nobody's")
    for typed in reading.typed:
        found = typed.found
        if found.table == "purchases" and typed.rows and "customer_id" not in found.fields and not found.handles:
            reading.notes.append(
                f"{typed.source.name}: no column was taken for the customer; name it in goodwill.toml:"
                ' [columns.purchases] customer_id = "the column\'s name"'
            )


def _voices(reading: Reading) -> None:
    nobody, without_score = reading.connection.execute(
        "SELECT (SELECT count(*) FROM messages WHERE author IS NULL AND customer_id IS NULL),"
        " (SELECT count(*) FROM responses WHERE score IS NULL)"
    ).fetchone()
    if nobody:
        reading.notes.append(f"messages: {_rows(nobody)} without an author; read, and nobody's")
    if without_score:
        reading.notes.append(f"responses: {_rows(without_score)} without a score; only the comments are read")


def _and_more(reading: Reading, count: int, what: str) -> None:
    if count > NAMED:
        reading.notes.append(f"and {count - NAMED:,} more {what}")
