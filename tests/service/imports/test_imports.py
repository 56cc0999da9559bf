"""Files into the service and out of it again: progress, rejects, killed in the middle, undone as a whole."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
ORDERS = (
    "Order No;Client;Email;Date;Total (EUR)\n7;ann;ann@x.org;31.01.2026;1.234,50\n8;bob;;soon;1\n9;cleo;;1.2.2026;3\n"
)


def quiet(_step: str, _done: float) -> None:
    pass


def drain() -> None:
    from goodwill.service import intake, live

    while (drained := intake.drain()).batches:
        live.after_drain(drained)


def take_in(path: Path, **given: Any) -> Any:
    from goodwill.service import imports, live

    one = imports.begin(path, by="anna@firm.example", **given)
    imports.work(one, live.firm(), quiet, drive=drain)
    one.refresh_from_db()
    return one


def facts(table: str, *names: str) -> list[Any]:
    from goodwill.service.store.models import FACTS

    return list(FACTS[table].objects.order_by("fact_key").values_list(*names, flat=len(names) == 1))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def file(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return file


def said(n: int, text: str = "The download fails again; help me!") -> str:
    now = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:00:00Z}"
    rows = "".join(f"forum:{at},{now},user{at},forum,{text},true\n" for at in range(n))
    return "message_id,at,author,channel,text,to_us\n" + rows


def test_a_file_recognised_by_its_columns_is_taken_in(service: Any, write: Any) -> None:
    from goodwill.service import imports
    from goodwill.service.store.models import Import

    one = take_in(write("orders 2026.csv", ORDERS))
    assert (one.state, one.tables, one.rows, one.sent, one.rejected) == (
        Import.DONE,
        {"purchases": 2, "handles": 1},
        3,
        3,
        1,
    )
    assert [(str(a), b, c) for a, b, c in facts("purchases", "amount", "fact_source", "customer_id")] == [
        ("1234.50", "file orders 2026.csv", "ann"),
        ("3.00", "file orders 2026.csv", "cleo"),
    ]
    assert facts("purchases", "at")[0] == datetime(2026, 1, 31, tzinfo=UTC)
    assert facts("handles", "value") == ["ann@x.org"]
    now = imports.progress(one)
    assert (now.drained, now.stored, now.waiting, now.share) == (3, 3, 0, 1.0)


def test_the_same_file_twice_is_one(service: Any, write: Any) -> None:
    from goodwill.service import imports

    take_in(write("orders.csv", ORDERS))
    again = take_in(write("orders.csv", ORDERS))
    assert imports.progress(again).stored == 0
    assert len(facts("purchases", "fact_key")) == 2


def test_rejects_are_a_table_that_no_spreadsheet_carries_out(service: Any, write: Any) -> None:
    from goodwill.service import imports

    rows = 'id,customer,at,amount\n1,a,=cmd|calc,1\n2,b,"+1+1",2\n3,c,2026-01-01,4\n4,d,2026-01-01,-nothing\n'
    one = take_in(write("purchases.csv", rows))
    lines = list(csv.reader("".join(imports.rejects_as_csv(one)).removeprefix("\ufeff").splitlines()))
    assert lines[0] == ["file", "line", "column", "value", "why", "how to mend it"]
    assert [(line[1], line[2], line[3]) for line in lines[1:]] == [
        ("2", "at", "'=cmd|calc"),
        ("3", "at", "'+1+1"),
        ("5", "amount", "'-nothing"),
    ]
    assert all(line[4] and line[5] for line in lines[1:])


def test_what_the_store_cannot_keep_is_rejected_and_the_rest_kept(service: Any, write: Any) -> None:
    from goodwill.service import imports

    rows = f"id,customer,at,amount\n{'x' * 501},a,2026-01-01,1\n2,b\x00c,2026-01-01,2\n"
    one = take_in(write("purchases.csv", rows))
    assert one.rejected == 1 and facts("purchases", "purchase_id") == ["2"]
    assert "it has more than 500 characters" in "".join(imports.rejects_as_csv(one))


def test_messages_are_read_before_they_are_stored(service: Any, write: Any) -> None:
    from goodwill.service.store.models import Case, Reading

    take_in(write("messages.csv", said(20)))
    assert Reading.objects.count() == 20
    assert set(Reading.objects.values_list("lane", flat=True)) == {"fast"}
    assert Case.objects.filter(place__isnull=False).count() == 20  # few enough to be placed at once


def test_what_comes_by_itself_goes_before_an_import(service: Any, write: Any) -> None:
    from goodwill.service import imports, intake, live
    from goodwill.service.store.models import Batch

    one = imports.begin(write("messages.csv", said(30)), by="x")
    imports.read(one, live.firm(), quiet)
    imports.send(one, quiet)
    intake.store_rows(
        "messages",
        [{"message_id": "chat:1", "at": "2026-05-01T10:00:00Z", "text": "Now!"}],
        source="chat",
        by="x",
    )
    assert intake.backlog() == 1  # an import fills nobody's backlog
    intake.drain()
    assert facts("messages", "fact_key") == ["chat:1"]
    assert Batch.objects.filter(state="waiting").count() == 1
    assert imports.finish(one) is False
    drain()
    assert imports.finish(one) and len(facts("messages", "fact_key")) == 31


def test_a_file_that_cannot_be_used_fails_and_says_why(service: Any, write: Any) -> None:
    from goodwill.service import imports, live
    from goodwill.service.store.models import Import

    one = imports.begin(write("odd.csv", "a,b\n1,2\n"), by="x")
    with pytest.raises(InputError, match="looks like no table that goodwill knows"):
        imports.read(one, live.firm(), quiet)
    assert (one.state, "looks like no table" in one.error) == (Import.FAILED, True)
    with pytest.raises(InputError, match="there is no such file; check the path"):
        imports.begin(write("odd.csv", "").with_name("none.csv"), by="x")
    with pytest.raises(InputError, match="there is no import 99"):
        imports.of_id(99)


# --- undone -----------------------------------------------------------------------------------------------------------


def test_undone_and_nothing_is_left(service: Any, write: Any) -> None:
    from goodwill.service import imports
    from goodwill.service.store.models import Audit, Batch, Case, ImportReject, Job, LakeChange, Person, Raw, Reading

    one = take_in(
        write("messages.csv", said(20).replace("to_us\n", "to_us,email\n").replace(",true\n", ",true,a@x.org\n"))
    )
    orders = take_in(write("orders.csv", ORDERS))
    assert Person.objects.exists()
    done = imports.undo(one, by="anna@firm.example")
    assert done.tables == {"messages": 20, "handles": 1}
    assert not facts("messages", "fact_key") and not Reading.objects.exists() and not Case.objects.exists()
    assert [row["fact_key"].split("\x1f")[0] for row in _rows("handles")] == ["ann"]
    assert LakeChange.objects.filter(table="messages").count() == 20
    imports.undo(orders, by="anna@firm.example")
    assert not facts("purchases", "fact_key") and not facts("handles", "fact_key") and not Person.objects.exists()
    assert not Batch.objects.exists() and not Raw.objects.exists() and not ImportReject.objects.exists()
    told = Audit.objects.filter(act="undid an import").order_by("pk").values_list("who", "what")
    assert [who for who, _ in told] == ["anna@firm.example"] * 2
    assert told[0][1] == "import 1: messages.csv is undone: 1 handles, 20 messages went"
    assert Job.objects.filter(name="revalue").count() == 1
    with pytest.raises(InputError, match="it has been undone already"):
        imports.undo(one, by="x")


def _rows(table: str) -> list[dict[str, Any]]:
    from goodwill.service.store.models import FACTS

    return list(FACTS[table].objects.values())


def test_what_was_there_before_comes_back_as_it_was(service: Any, write: Any) -> None:
    from goodwill.service import imports
    from goodwill.service.store.models import Before, Reading

    take_in(write("people.csv", "customer_id,name,country\nann,Ann,CH\nbob,Bob,\n"))
    take_in(write("messages.csv", said(2, "It works.")), source="one")
    before = {table: _without_row(table) for table in ("people", "messages")}
    second = take_in(write("people2.csv", "customer_id,name,country\nann,Anna,DE\ncleo,Cleo,\n"))
    third = take_in(write("messages2.csv", said(3, "It fails!")))
    assert facts("people", "name") == ["Anna", "Bob", "Cleo"]
    assert facts("messages", "text") == ["It fails!"] * 3
    assert Before.objects.count() == 3
    done = imports.undo(second, by="x")
    assert (done.restored, done.tables) == (1, {"people": 1})
    imports.undo(third, by="x")
    assert {table: _without_row(table) for table in before} == before
    assert not Before.objects.exists()
    assert not Reading.objects.exists()  # the next ranking reads them again, as they are
    from goodwill.service import live

    live.rerank()
    assert Reading.objects.count() == 2


def _without_row(table: str) -> list[dict[str, Any]]:
    return sorted(
        ({name: value for name, value in row.items() if name != "row"} for row in _rows(table)),
        key=lambda row: row["fact_key"],
    )


def test_two_imports_over_one_fact_undone_in_either_order(service: Any, write: Any) -> None:
    from goodwill.service import imports

    for order in ((0, 1), (1, 0)):
        take_in(write("people.csv", "customer_id,name\nann,Ann\n"))
        two = [take_in(write(f"people{n}.csv", f"customer_id,name\nann,Ann {n}\nnew{n},New\n")) for n in (1, 2)]
        imports.undo(two[order[0]], by="x")
        assert facts("people", "name")[0] == ("Ann 2" if order[0] == 0 else "Ann 1")
        imports.undo(two[order[1]], by="x")
        assert facts("people", "name") == ["Ann"]


def test_what_people_did_meanwhile_stays(service: Any, write: Any) -> None:
    from goodwill.service import imports
    from goodwill.service.deeds.answer import answer
    from goodwill.service.store.models import Deed

    anna = service.colleague()
    one = take_in(write("messages.csv", said(3)))
    answer(anna, "forum:1", "We mended it.")
    drain()
    assert len(facts("actions", "fact_key")) == 1
    done = imports.undo(one, by=anna)
    assert done.deeds >= 1 and f"{done.deeds} of our own deeds about them stay" in done.said
    assert facts("actions", "message_id") == ["forum:1"]
    assert Deed.objects.filter(message_id="forum:1").exists()


def test_an_import_under_way_is_stopped_and_undone(service: Any, write: Any) -> None:
    from goodwill.service import imports, live
    from goodwill.service.store.models import Batch, Import

    one = imports.begin(write("messages.csv", said(30)), by="x")
    imports.read(one, live.firm(), quiet)
    imports.send(one, quiet)
    imports.undo(one, by="x")
    drain()
    assert one.state == Import.UNDONE and not facts("messages", "fact_key") and not Batch.objects.exists()
    assert imports.send(one, quiet) is True and not Batch.objects.exists()


# --- killed in the middle ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(service: Any, write: Any) -> None:
    from goodwill.service.store.models import Import, ImportPart

    rows = "".join(f"p{at},c{at % 977},2026-01-{at % 28 + 1:02},{at % 100}.50\n" for at in range(200_000))
    file = write("purchases.csv", "purchase_id,customer_id,at,amount\n" + rows)
    command = [str(Path(sys.executable).parent / "goodwill"), "import", str(file)]
    killed = 0
    for parts in (2, 7, 12):
        process = subprocess.Popen(
            command, env=service.environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        until = time.monotonic() + 120
        while ImportPart.objects.count() < parts and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
    assert killed
    done = subprocess.run(command, env=service.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    one = Import.objects.get()
    assert (one.state, one.sent, one.stored) == (Import.DONE, 200_000, 200_000)
    assert len(facts("purchases", "fact_key")) == 200_000
    assert f"(import {one.pk})" in done.stdout


@pytest.mark.slow
def test_an_undo_that_was_killed_is_gone_on_with(service: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import imports
    from goodwill.service.imports import undoing
    from goodwill.service.store.models import Import

    rows = "".join(f"p{at},c{at % 97},2026-01-01,1\n" for at in range(60_000))
    one = take_in(write("purchases.csv", "purchase_id,customer_id,at,amount\n" + rows))
    take_back, calls = undoing._take_back, []

    def dies(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        take_back(*given)

    monkeypatch.setattr(undoing, "_take_back", dies)
    with pytest.raises(KeyboardInterrupt):
        imports.undo(one, by="x")
    left = len(facts("purchases", "fact_key"))
    assert 0 < left < 60_000
    monkeypatch.undo()
    done = imports.undo(one, by="x")
    assert done.facts == left and not facts("purchases", "fact_key")
    assert Import.objects.get().state == Import.UNDONE


# --- the command and the page -----------------------------------------------------------------------------------------


@sqlite
def test_the_command(service: Any, write: Any) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "goodwill"), "import", *words],
            env={**service.environment, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(str(write("orders.csv", ORDERS)), str(write("people.csv", "customer_id,name\nann,Ann\n")))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "orders.csv: 1 handles, 2 purchases: stored; 1 thing could not be read (import 1)",
        "people.csv: 1 people: stored (import 2)",
    ]
    assert "not read: orders.csv, line 3, Date: 'soon' is no time" in done.stderr
    assert "orders.csv" in run("--list").stdout
    assert "orders.csv,3,Date,soon" in run("--rejects", "1").stdout
    assert run("--undo", "1").stdout == "orders.csv is undone: 1 handles, 2 purchases went\n"
    assert "it has been undone already" in run("--undo", "1").stderr
    assert "no file is named" in run().stderr


@sqlite
def test_the_page_takes_in_shows_and_undoes(service: Any, write: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from goodwill.service import jobs
    from goodwill.service.store.models import Import, Job

    client = service.client(service.colleague())
    look = client.post("/sources/upload", {"file": SimpleUploadedFile("orders.csv", ORDERS.encode())})["Location"]
    page = client.get(look).content.decode()
    assert "What would be rejected" in page and "1234.50" in page
    client.post(look.replace("/look/", "/take-in/"), {"act": "take"})
    assert 'hx-trigger="every 1s"' in client.get("/sources").content.decode()
    worker = jobs.Worker()
    for _ in range(6):
        worker.once()
        drain()
        Job.objects.filter(state="waiting").update(due=datetime.now(UTC))
    one = Import.objects.get()
    assert (one.state, one.by) == (Import.DONE, "anna@firm.example")
    page = client.get("/sources").content.decode()
    assert "3 new" in page and "1 thing could not be read (CSV)" in page and "Undo…" in page
    assert 'hx-trigger="every 1s"' not in page
    given = b"".join(client.get(f"/sources/imports/{one.pk}/rejects.csv").streaming_content).decode()
    assert "orders.csv,3,Date,soon" in given
    assert client.post(f"/sources/imports/{one.pk}/undo")["Location"] == "/sources"
    worker.once()
    one.refresh_from_db()
    assert one.state == Import.UNDONE and not facts("purchases", "fact_key")
    assert not list((service.home / "uploads").iterdir())
    assert client.get("/sources/imports/99/rejects.csv").status_code == 404
    for role in ("agent", "analyst", "viewer"):
        other = service.client(service.colleague(f"{role}@firm.example", role))
        assert other.post(f"/sources/imports/{one.pk}/undo").status_code == 403
        assert other.get(f"/sources/imports/{one.pk}/rejects.csv").status_code == 403
