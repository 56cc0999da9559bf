"""A SQL database: SQLite files, and a real PostgreSQL server through ADBC."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from conftest import missing
from goodwill.errors import NotLetOut, SourceError
from goodwill.gate import Gate
from goodwill.listen.databases.sql_database import checked_address, relation_of
from goodwill.listen.sources import Place
from goodwill.listen.sources.database import BATCH, KIND
from listen.sources.other_side import NOW, Store
from service.postgresql import binaries, server

Run = Callable[..., None]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    if binaries() is None:
        missing("PostgreSQL (sh tools/postgresql.sh installs it)")
    with server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Run]:
    """An address, and what runs a statement in the database behind it; a table of tickets is in it."""
    if request.param == "sqlite":
        path = tmp_path / "shop.db"

        def run(statement: str, *rows: tuple[Any, ...]) -> None:
            with closing(sqlite3.connect(path)) as connection, connection:
                (connection.executemany if rows else connection.execute)(statement, *([rows] if rows else []))

        address = f"sqlite://{path}"
    else:
        address = request.getfixturevalue("postgresql")

        def run(statement: str, *rows: tuple[Any, ...]) -> None:
            with psycopg.connect(address) as connection, connection.cursor() as cursor:
                if rows:
                    cursor.executemany(statement.replace("?", "%s"), rows)
                else:
                    cursor.execute(statement)

        run("DROP TABLE IF EXISTS tickets")
    stamp = "text" if request.param == "sqlite" else "timestamptz"
    run(
        f"CREATE TABLE tickets (id integer PRIMARY KEY, body text, written {stamp}, changed {stamp}, who text,"
        " score numeric(3,1), gone boolean)"
    )
    return address, run


INSERT = "INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?)"
COLUMNS = ("text=body", "at=written", "author=who", "rating=score")


def ticket(
    number: int, text: str = "", day: int = 1, changed: int | None = None, gone: bool = False
) -> tuple[Any, ...]:
    return (
        number,
        text or f"ticket {number}",
        f"2026-11-{day:02} 10:00:00+00:00",
        f"2026-11-{changed or day:02} 10:00:{number % 60:02}+00:00",
        "ann",
        4,
        gone,
    )


def place(address: str, **more: Any) -> Place:
    given = {"query": "tickets", "table": "messages", "key": "id", "watermark": "changed", "columns": COLUMNS, **more}
    made = KIND.settings(secret=address, **given)
    folder = address.partition("host=")[2]
    return Place("desk", made, Gate(private=frozenset({folder})) if folder else Gate(), now=lambda: NOW)


def test_rows_become_facts_then_only_what_changed_is_read(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, *(ticket(n) for n in range(1, 6)))
    store = Store().pull(KIND, place(address))
    assert store.rows["messages"]["desk:3"] == {
        "message_id": "desk:3",
        "at": NOW.replace(day=1, hour=10),
        "text": "ticket 3",
        "author": "ann",
        "rating": 4.0,
        "source": "desk",
    }
    assert len(store.new) == 5 and store.pull(KIND, place(address)).new + store.edited == []
    run("UPDATE tickets SET body = 'mended', changed = '2026-11-20 10:00:00+00:00' WHERE id = 2")
    run(INSERT, ticket(9, day=21))
    store.pull(KIND, place(address))
    assert sorted(store.edited) == ["desk:2", "desk:9"]
    assert store.messages()["desk:2"] == "mended" and len(store.messages()) == 6


def test_a_row_that_is_marked_as_deleted_goes(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, ticket(1), ticket(2), ticket(3, gone=True))
    store = Store().pull(KIND, place(address, deleted="gone"))
    assert sorted(store.messages()) == ["desk:1", "desk:2"]
    run("UPDATE tickets SET gone = true, changed = '2026-11-20 10:00:00+00:00' WHERE id = 2")
    assert store.pull(KIND, place(address, deleted="gone")).removed == ["desk:2"]
    assert list(store.messages()) == ["desk:1"]


@pytest.mark.slow
@pytest.mark.parametrize("pieces", [1, 2])
def test_a_pull_that_breaks_off_goes_on_behind_the_last_row(database: tuple[str, Run], pieces: int) -> None:
    address, run = database
    run(INSERT, *(ticket(n) for n in range(1, 2 * BATCH + 11)))  # sixty rows share each watermark
    store = Store().pull(KIND, place(address), pieces=pieces)
    assert len(store.new) == pieces * BATCH
    run(INSERT, ticket(9_999, day=2))
    first = set(store.new)
    store.pull(KIND, place(address))
    assert first.isdisjoint(store.new) and store.edited == []
    assert len(store.messages()) == 2 * BATCH + 11


def test_a_query_is_read_as_a_table_and_a_growing_number_will_do(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, ticket(1), ticket(2), ticket(10))
    query = "SELECT id AS message_id, written AS at, body AS text, id AS number FROM tickets WHERE id <> 2; -- ours"
    more = {"query": query.replace("; -- ours", " -- ours"), "key": "message_id", "watermark": "number", "columns": ()}
    store = Store().pull(KIND, place(address, **more, rows_change=False))
    assert store.messages() == {"desk:1": "ticket 1", "desk:10": "ticket 10"}
    run(INSERT, ticket(11))
    assert store.pull(KIND, place(address, **more, rows_change=False)).new == ["desk:11"]


def test_what_cannot_be_read_is_said_by_its_key(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, ticket(1), (2, None, *ticket(2)[2:]), (3, "x", "2026-11-01 10:00:00+00:00", None, "ann", 4, False))
    store = Store().pull(KIND, place(address))
    assert list(store.messages()) == ["desk:1"]
    assert store.said == [
        "id 2: body: text is empty; fill it in, or take the row out (what was said)",
        "1 rows have no changed or no id: they are not read",
    ]
    assert store.pull(KIND, place(address)).said == []


def test_nothing_can_be_written(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, ticket(1))
    for query in (
        "WITH gone AS (DELETE FROM tickets RETURNING *) SELECT * FROM gone",
        "SELECT 1 AS id) AS q; DROP TABLE tickets; --",
    ):
        with pytest.raises(SourceError, match="refuses"):
            Store().pull(KIND, place(address, query=query))
    assert len(Store().pull(KIND, place(address)).new) == 1


def test_faults_are_said_plainly(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, ticket(1))
    with pytest.raises(SourceError, match=r"desk: watermark = 'update' is no column; it gives id, body, written"):
        Store().pull(KIND, place(address, watermark="update"))
    with pytest.raises(SourceError, match=r"refuses .*orders"):
        Store().pull(KIND, place(address, query="orders"))
    assert KIND.check is not None
    seen = KIND.check(place(address))
    assert seen.endswith("gives id, body, written, changed, who, score, gone; of the first 1 rows 1 were understood")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"query": "DROP TABLE tickets"}, "wants the name of a table or view, or a SELECT"),
        ({"table": " "}, "it is missing"),
        ({"table": "tickets"}, "no table of facts is called 'tickets'"),
        ({"table": "handles", "deleted": "gone", "columns": ()}, "what is deleted cannot be told of handles"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        place("sqlite:///x.db", **settings)


def test_a_relation_is_a_name_or_a_select() -> None:
    assert relation_of("shop.Orders") == '"shop"."Orders"'
    assert relation_of("WITH a AS (SELECT 1) SELECT * FROM a -- x") == "(WITH a AS (SELECT 1) SELECT * FROM a -- x\n)"


def test_a_file_is_opened_to_read_alone_and_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file; write sqlite:"):
        Store().pull(KIND, place(f"sqlite://{tmp_path}/none.db"))
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database" * 100)
    with pytest.raises(SourceError, match=r"SQLite file text\.db refuses \(file is not a database\)"):
        Store().pull(KIND, place(f"sqlite:///{tmp_path}/text.db"))
    with pytest.raises(SourceError, match="no address of a database that goodwill reads"):
        Store().pull(KIND, place("mysql://host/db"))


# --- PostgreSQL alone -------------------------------------------------------------------------------------------------


@contextmanager
def port_of(address: str) -> Iterator[int]:
    """A port of this machine that leads to the server's socket."""
    folder = address.partition("host=")[2]

    def pump(source: socket.socket, into: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                into.sendall(data)
            into.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        ends: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                other = socket.socket(socket.AF_UNIX)
                other.connect(f"{folder}/.s.PGSQL.5432")
                ends.extend((one, other))
                for pair in ((one, other), (other, one)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for end in ends:
                end.close()


def test_a_server_is_reached_at_the_address_that_the_gate_has_checked(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        connection.execute("DROP TABLE IF EXISTS notes")
        connection.execute("CREATE TABLE notes AS SELECT 1 AS message_id, now() - interval '1 day' AS at, 'hi' AS text")
    more = {"query": "notes", "key": "message_id", "watermark": "at", "columns": ()}
    with port_of(postgresql) as port:
        address = f"postgresql://goodwill:s3cret@localhost:{port}/postgres"
        made = place(address, **more)
        assert KIND.hosts(made.settings) == {f"localhost:{port}"}
        with pytest.raises(NotLetOut, match="not a public address"):
            Store().pull(KIND, Place("desk", made.settings, Gate(allowed=KIND.hosts(made.settings))))
        inside = Place("desk", made.settings, Gate(private=frozenset({f"localhost:{port}"})))
        assert "hostaddr=127.0.0.1" in checked_address(inside, address)
        assert Store().pull(KIND, inside).messages() == {"desk:1": "hi"}
        wrong = place(address.replace("/postgres", "/s3cret"), **more)
        with pytest.raises(SourceError, match=r"PostgreSQL refuses .*does not exist") as raised:
            Store().pull(KIND, Place("desk", wrong.settings, inside.gate))
        assert "s3cret" not in str(raised.value)


def test_a_socket_must_be_named_by_the_operator_and_hosts_cannot_be_smuggled_in(postgresql: str) -> None:
    here = place(postgresql)
    with pytest.raises(SourceError, match="the operator adds the folder to GOODWILL_OUT_PRIVATE"):
        Store().pull(KIND, Place("desk", here.settings, Gate()))
    for address, said in (
        ("postgresql://a,b/db", "names no one host"),
        ("postgresql:///db", "names no one host"),
        ("postgresql://a/db?hostaddr=10.0.0.1", "hostaddr may not stand in the address"),
        ("postgresql://a/db?service=x", "service may not stand in the address"),
        ("postgresql://a:x/db", "no port that is a number"),
    ):
        with pytest.raises(SourceError, match=said):
            checked_address(here, address)


def test_what_was_committed_late_is_not_lost_nor_doubled(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        connection.execute("DROP TABLE IF EXISTS late")
        connection.execute("CREATE TABLE late (message_id int PRIMARY KEY, text text, at timestamptz DEFAULT now())")
    here = place(postgresql, query="late", key="message_id", watermark="at", columns=())
    here = replace(here, now=lambda: datetime.now(UTC))  # which is the database's
    with psycopg.connect(postgresql) as slow:
        slow.execute("INSERT INTO late (message_id, text) VALUES (1, 'begun first, committed last')")
        with psycopg.connect(postgresql) as connection:
            connection.execute("INSERT INTO late (message_id, text) VALUES (2, 'committed first')")
        store = Store().pull(KIND, here)
        assert store.new == ["desk:2"]
    store.pull(KIND, here)
    assert store.edited == ["desk:1"] and store.new == []
    assert store.pull(KIND, here).edited == []


def test_every_type_that_postgresql_writes_can_be_read(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        connection.execute("DROP TABLE IF EXISTS bought")
        connection.execute(
            "CREATE TABLE bought AS SELECT gen_random_uuid() AS purchase_id, 12.50::numeric AS amount,"
            " DATE '2026-11-02' AS at, ARRAY['a'] AS tags, 'ann'::varchar AS customer_id, '\\xff'::bytea AS b,"
            " '{}'::jsonb AS x, 1.5::float8 AS f"
        )
    here = place(postgresql, query="bought", table="purchases", key="purchase_id", watermark="at", columns=())
    store = Store().pull(KIND, here)
    (row,) = store.rows["purchases"].values()
    assert (str(row["amount"]), row["customer_id"], row["at"].day) == ("12.50", "ann", 2)
    assert store.pull(KIND, here).new + store.edited == []


def test_adbc_leaves_no_server_side_lock(postgresql: str) -> None:
    """A pull that breaks off gives its transaction back."""
    with psycopg.connect(postgresql) as connection:
        connection.execute("DROP TABLE IF EXISTS held")
        connection.execute(
            "CREATE TABLE held AS SELECT n AS message_id, 'x' AS text, now() AS at FROM generate_series(1, 9) n"
        )
    Store().pull(KIND, place(postgresql, query="held", key="message_id", watermark="at", columns=()), pieces=1)
    with psycopg.connect(postgresql) as connection:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute("DROP TABLE held")


def test_importing_the_kind_loads_no_driver() -> None:
    code = "import sys, goodwill.listen.sources.database; print({'adbc_driver_manager', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_replay_begins_at_its_date_where_the_watermark_is_a_time(database: tuple[str, Run]) -> None:
    address, run = database
    run(INSERT, *(ticket(n, day=n) for n in range(1, 21)))
    assert KIND.since is not None
    store = Store()
    store.cursor = KIND.since(NOW.replace(day=15))
    assert sorted(store.pull(KIND, place(address)).new) == [f"desk:{n}" for n in range(14, 21)]  # a day early
    assert "since" not in store.cursor
    run("UPDATE tickets SET body = 'mended', changed = '2026-11-21 10:00:00+00:00' WHERE id = 2")
    assert store.pull(KIND, place(address)).edited == ["desk:2"]
    by_number = Store()
    by_number.cursor = KIND.since(NOW.replace(day=15))
    assert len(by_number.pull(KIND, place(address, watermark="id")).new) == 20
