"""A folder of tables: new files, grown ones, changed ones, broken ones."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from goodwill.errors import SourceError
from goodwill.firm import Firm
from goodwill.listen.sources import Place
from goodwill.listen.sources.table_folder import KIND
from listen.sources.other_side import NOW, Store

HEAD = "message_id,at,text,author\n"
FIRST = HEAD + "1,2026-11-01T10:00:00Z,It fails,ann\n2,2026-11-02T10:00:00Z,Fine,bob\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 60 * 10**9))  # a minute ago
    return path


def place(folder: Path, **more: Any) -> Place:
    firm = Firm.from_mapping({"firm": {"currency": "EUR"}, "rates": {"USD": 0.9}})
    return Place("drop", KIND.settings(folder=str(folder), **more), now=lambda: NOW, firm=firm)


def test_csv_json_lines_and_parquet_become_facts(tmp_path: Path) -> None:
    write(tmp_path / "messages.csv", FIRST)
    write(tmp_path / "events.jsonl", '{"event_id": "e1", "at": "2026-11-03T10:00:00Z", "kind": "failure"}\n')
    pq.write_table(
        pa.table(
            {"Order ID": ["7"], "Customer": ["ann"], "Date": ["2026-11-04"], "Total": ["9.50"], "Currency": ["USD"]}
        ),
        tmp_path / "purchases.parquet",
    )
    write(tmp_path / "purchases.parquet", (tmp_path / "purchases.parquet").read_bytes())
    write(tmp_path / "notes.txt", "no table")
    store = Store().pull(KIND, place(tmp_path))
    assert store.rows["messages"]["drop:1"] == {
        "message_id": "drop:1",
        "at": NOW.replace(day=1, hour=10),
        "text": "It fails",
        "author": "ann",
        "source": "drop",
    }
    assert store.rows["events"]["drop:e1"]["kind"] == "failure"
    bought = store.rows["purchases"]["drop:7"]
    assert (str(bought["amount"]), bought["currency"], str(bought["paid"])) == ("8.55", "USD", "9.50")
    assert sorted(store.cursor["files"]) == ["events.jsonl", "messages.csv", "purchases.parquet"]
    assert store.pull(KIND, place(tmp_path)).new + store.edited == []


def test_what_grew_is_added_and_what_changed_takes_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "messages.csv", FIRST)
    store = Store().pull(KIND, place(tmp_path))
    write(path, FIRST + "3,2026-11-03T10:00:00Z,New,zoe\n")
    assert (store.pull(KIND, place(tmp_path)).new, store.edited) == (["drop:3"], [])
    write(path, FIRST.replace("It fails", "It works again"))
    assert sorted(store.pull(KIND, place(tmp_path)).edited) == ["drop:1", "drop:2"]
    assert store.messages()["drop:1"] == "It works again" and "drop:3" in store.messages()
    path.touch()
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 30 * 10**9))
    assert store.pull(KIND, place(tmp_path)).new + store.edited == []
    path.unlink()
    assert store.pull(KIND, place(tmp_path)).removed == []


def test_a_file_that_is_still_written_waits(tmp_path: Path) -> None:
    (tmp_path / "messages.csv").write_text(FIRST)
    os.utime(tmp_path / "messages.csv", (2**32, 2**32))  # the last word came just now, however slow this machine is
    store = Store().pull(KIND, place(tmp_path))
    assert not store.rows
    write(tmp_path / "messages.csv", FIRST)
    assert len(store.pull(KIND, place(tmp_path)).new) == 2


def test_bad_lines_are_said_and_a_broken_file_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path / "messages-1.csv", FIRST + "3,soon,When?,zoe\n")
    write(tmp_path / "messages-2.parquet", b"PAR1 no parquet")
    write(tmp_path / "messages-3.csv", HEAD + "4,2026-11-04T10:00:00Z,Last,zoe\n")
    store = Store()
    with pytest.raises(
        SourceError, match=r"drop: a file cannot be read: messages-2\.parquet: cannot be read as Parquet"
    ):
        store.pull(KIND, place(tmp_path))
    assert sorted(store.messages()) == ["drop:1", "drop:2", "drop:4"]
    assert store.said == [
        "messages-1.csv, line 4, at: 'soon' is no time; write it as 2026-12-31 or 2026-12-31T14:30:00+01:00"
    ]
    with pytest.raises(SourceError, match="messages-2"):  # it stays a failure, and the others are not read again
        store.pull(KIND, place(tmp_path))
    assert store.new == []


def test_a_pull_that_breaks_off_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rows = "".join(f"{n},{(NOW - timedelta(days=1)).isoformat()},text {n},ann\n" for n in range(5_000))
    write(tmp_path / "messages.csv", HEAD + rows)
    store = Store().pull(KIND, place(tmp_path), pieces=2)
    kept = set(store.new)
    assert len(kept) == 4_000 and store.cursor["files"] == {}
    store.pull(KIND, place(tmp_path))
    assert len(store.rows["messages"]) == 5_000 and len(store.new) == 1_000 and store.edited == []
    assert list(store.cursor) == ["files"]


def test_a_file_that_changed_after_a_break_is_read_from_its_start(tmp_path: Path) -> None:
    rows = [f"{n:04},{(NOW - timedelta(days=1)).isoformat()},text {n},ann\n" for n in range(3_000)]
    write(tmp_path / "messages.csv", HEAD + "".join(rows))
    store = Store().pull(KIND, place(tmp_path), pieces=1)
    write(tmp_path / "messages.csv", HEAD + "0000x,2026-11-01T10:00:00Z,before all,zoe\n" + "".join(rows))
    store.pull(KIND, place(tmp_path))
    assert len(store.rows["messages"]) == 3_001 and "drop:0000x" in store.rows["messages"]


def test_the_table_and_its_columns_may_be_said(tmp_path: Path) -> None:
    write(tmp_path / "export.csv", "nr;wann;was\n1;01.11.2026 10:00;Kaputt\n")
    columns = ("message_id=nr", "at=wann", "text=was")
    store = Store().pull(KIND, place(tmp_path, table="messages", columns=columns))
    assert store.messages() == {"drop:1": "Kaputt"}
    assert KIND.check is not None
    assert (
        KIND.check(place(tmp_path, table="messages", columns=columns)) == "1 file; export.csv gives 1 rows of messages"
    )
    with pytest.raises(SourceError, match=r"drop, export\.csv: text = 'x' is no column; it has nr, wann, was"):
        Store().pull(KIND, place(tmp_path, table="messages", columns=("text=x",)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"folder": "exports"}, "wants a whole path, such as /srv/exports"),
        ({"folder": "/srv", "pattern": "../*.csv"}, "wants names of files, such as"),
        ({"folder": "/srv", "table": "orders"}, "no table of facts is called 'orders'"),
        ({"folder": "/srv", "columns": ("a=b",)}, "columns are named of a table: enter which one"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KIND.settings(**settings)


def test_a_folder_that_is_not_there_and_the_check(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"the folder cannot be opened \(no such folder\); check the path"):
        Store().pull(KIND, place(tmp_path / "none"))
    assert KIND.check is not None
    assert KIND.check(place(tmp_path)).startswith("There is no file yet in ")
    write(tmp_path / "messages.csv", FIRST)
    assert KIND.check(place(tmp_path)) == "1 file; messages.csv is taken for messages by its name"


def test_a_replay_reads_the_files_that_were_written_since(tmp_path: Path) -> None:
    old = write(tmp_path / "messages-1.csv", FIRST)
    os.utime(old, (NOW.timestamp() - 90 * 86_400,) * 2)
    new = write(tmp_path / "messages-2.csv", HEAD + "7,2026-11-07T10:00:00Z,Late,zoe\n")
    os.utime(new, (NOW.timestamp() - 86_400,) * 2)
    assert KIND.since is not None
    store = Store()
    store.cursor = KIND.since(NOW - timedelta(days=30))
    store.pull(KIND, place(tmp_path), pieces=1)
    assert "since" in store.cursor and store.new == ["drop:7"]
    assert store.pull(KIND, place(tmp_path)).new == [] and "since" not in store.cursor
    write(old, FIRST + "3,2026-11-03T10:00:00Z,New,ann\n")  # what was passed over is known, and may grow
    assert "drop:3" in store.pull(KIND, place(tmp_path)).new
