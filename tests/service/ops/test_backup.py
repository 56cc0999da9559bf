"""A backup holds everything as it was at one instant, and either database takes it back."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import GoodwillError, InputError
from patience import LONG, until

if TYPE_CHECKING:
    from pathlib import Path

    from service.conftest import Service

AT = datetime(2026, 10, 5, 12, 30, 15, 123456, tzinfo=UTC)


def fill(service: Service) -> None:
    """A little of everything: money, times with and without fractions, bytes, JSON, nulls, links between tables."""
    from goodwill.service.store import models
    from goodwill.service.store.secrets import seal

    anna = service.colleague(name="Änna «A» O'Neil", on_duty=[["monday", "09:00", "17:00"]])
    purchases = models.FACTS["purchases"]
    for number in range(25):
        purchases.objects.create(
            fact_key=f"p{number}",
            fact_source="shop",
            arrived=AT,
            purchase_id=f"p{number}",
            customer_id="ann",
            at=AT + timedelta(days=number, microseconds=-123456 if number % 2 else 0),
            amount=Decimal("1234567890123.45") if number == 3 else Decimal(number) / 4,
            currency="EUR",
        )
    messages = models.FACTS["messages"]
    columns = {field.name: None for field in messages._meta.concrete_fields if field.null}
    columns |= {"message_id": "forum:1", "at": AT, "text": "naïve 😡\nline\t\\N 'quoted' \"two\" %s", "author": "@a"}
    columns |= {"fact_key": "forum:1", "fact_source": "forum", "arrived": AT}
    if "to_us" in columns:
        columns["to_us"] = True
    messages.objects.create(**columns)
    models.Batch.objects.create(table="messages", rows=1, received=AT, state="drained", drained=AT, stored=1)
    models.Case.objects.create(
        message_id="forum:1",
        at=AT,
        stake=Decimal("12.50"),
        place=0.125,
        taken_by=anna,
        reasons=[{"what": "a", "amount": 1.5, "evidence": ["measured"], "low": None}],
    )
    first = models.Deed.objects.create(by=anna, kind="answer", message_id="forum:1", before={"state": "open"})
    models.Deed.objects.create(by=anna, kind="undo", message_id="forum:1")
    models.Deed.objects.filter(pk=first.pk).update(undone_by=first.pk + 1)
    models.Source.objects.create(name="shop", kind="shopify", secrets=seal("s3cret"))
    models.Job.objects.create(name="alerts", due=AT, once=None)
    (service.home / "goodwill.toml").write_text('[firm]\nname = "Hedgerow"\n')


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that a backup holds, as the models see it."""
    from django.apps import apps

    from goodwill.service.ops.archive import stored_tables

    wanted = {table.name for table in stored_tables()}
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in wanted:
            rows = list(model.objects.order_by("pk").values())
            found[model._meta.db_table] = [
                {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
                for row in rows
            ]
    return found


def go_to(kind: str, request: pytest.FixtureRequest, place: Path) -> Any:
    """An empty database of a kind, with no table in it, as on a new machine."""
    import uuid

    from service import conftest

    place.mkdir()
    if kind == "sqlite":
        conftest.use(place, "")
        return lambda: None
    server = request.getfixturevalue("postgresql_server")
    name = f"restored_{uuid.uuid4().hex[:8]}"
    conftest.command(server, f'CREATE DATABASE "{name}"')
    conftest.use(place, conftest.database_address(server, name))
    return lambda: conftest.command(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.parametrize("onto", ["sqlite", "postgresql"])
def test_what_was_saved_comes_back_on_either_database(
    service: Service, onto: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from django.db import connections

    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore
    from goodwill.service.store import models
    from goodwill.service.store.secrets import unseal

    fill(service)
    before = everything()
    file = tmp_path / "saved.zip"
    manifest = backup(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert manifest["tables"]["fact_purchases"]["rows"] == 25
    drop = go_to(onto, request, tmp_path / "other")
    try:
        restore(file)
        assert everything() == before
        assert unseal(models.Source.objects.get().secrets) == "s3cret"
        assert (tmp_path / "other" / "goodwill.toml").read_text() == '[firm]\nname = "Hedgerow"\n'
        # Counting goes on where it stood, and the links between tables hold.
        later = models.Deed.objects.create(kind="note")
        assert later.pk > max(row["id"] for row in before["deed"])
        assert models.Case.objects.get().taken_by.name == "Änna «A» O'Neil"
    finally:
        connections.close_all()
        drop()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_backup_is_of_one_instant_while_others_write(service: Service, tmp_path: Path) -> None:
    """A writer adds a deed and its line in the log together, all the time: a backup has as many of each."""
    import pyarrow.parquet as pq

    from goodwill.service.ops.backup import backup

    fill(service)
    stop = threading.Event()
    written = [0]

    def write() -> None:
        file = sqlite3.connect(service.home / "goodwill.sqlite3", isolation_level=None, timeout=LONG)
        deed = "INSERT INTO deed (at, kind, text, before, after) VALUES (?, 'note', '', '{}', '{}')"
        audit = "INSERT INTO audit (at, who, act, what, purpose) VALUES (?, 'a', 'x', '', '')"
        while not stop.is_set():
            file.execute("BEGIN IMMEDIATE")
            file.execute(deed, [AT.isoformat()])
            file.execute(audit, [AT.isoformat()])
            file.execute("COMMIT")
            written[0] += 1
        file.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = []
        for number in range(3):
            since = written[0]
            until(lambda since=since: written[0] > since, "the writer writes")
            backup(tmp_path / f"{number}.zip")
            with zipfile.ZipFile(tmp_path / f"{number}.zip") as whole:
                counts = [
                    pq.read_metadata(whole.open(f"tables/{table}.parquet")).num_rows for table in ("audit", "deed")
                ]
            assert counts[0] == counts[1] - 2  # fill made two deeds
            sizes.append(counts[0])
    finally:
        stop.set()
        writer.join()
    assert sizes[0] < sizes[2]


def test_a_used_home_or_database_is_not_written_over_unasked(service: Service, tmp_path: Path) -> None:
    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore
    from goodwill.service.store.models import FACTS, Colleague

    fill(service)
    file = tmp_path / "saved.zip"
    backup(file, key=False)
    FACTS["purchases"].objects.all().delete()
    Colleague.objects.create_user("late@firm.example")
    with pytest.raises(GoodwillError, match=r"there is something here already.*restore into an empty home.*--replace"):
        restore(file)
    assert Colleague.objects.count() == 2
    lake = service.home / "lake" / "messages"
    lake.mkdir(parents=True)
    (lake / "old.parquet").write_bytes(b"")
    manifest = restore(file, replace=True)
    assert "secret.key" not in manifest["files"]
    assert (FACTS["purchases"].objects.count(), Colleague.objects.count()) == (25, 1)
    assert not (service.home / "lake").exists()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_backup_that_is_not_whole_changes_nothing(service: Service, tmp_path: Path) -> None:
    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore

    fill(service)
    before = everything()
    file = tmp_path / "saved.zip"
    backup(file)
    good = file.read_bytes()
    for place, bad in {
        "cut": good[: len(good) // 2],
        "flipped": good.replace(b"PAR1", b"PAR2", 1),
        "no zip": b"hello",
        "empty": b"",
    }.items():
        broken = tmp_path / place
        broken.write_bytes(bad)
        with pytest.raises(InputError, match=r"this is no whole backup|is damaged"):
            restore(broken, replace=True)
    with pytest.raises(InputError, match="there is no such file"):
        restore(tmp_path / "nowhere.zip")
    assert everything() == before


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_backup_of_a_newer_goodwill_is_refused(service: Service, tmp_path: Path) -> None:
    from goodwill.service.ops.archive import MANIFEST
    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore

    def altered(name: str, **changes: Any) -> Path:
        file = tmp_path / name
        with zipfile.ZipFile(tmp_path / "saved.zip") as whole, zipfile.ZipFile(file, "w") as other:
            for member in whole.namelist():
                content = whole.read(member)
                if member == MANIFEST:
                    content = json.dumps({**json.loads(content), **changes}).encode()
                other.writestr(member, content)
        return file

    fill(service)
    before = everything()
    manifest = backup(tmp_path / "saved.zip")
    later = {**manifest["migrations"], "store": [*manifest["migrations"]["store"], "0999_later"]}
    with pytest.raises(InputError, match=r"which is newer \(it has store\.0999_later\); install that version"):
        restore(altered("newer.zip", migrations=later), replace=True)
    with pytest.raises(InputError, match="this backup has form 2"):
        restore(altered("form.zip", form=2), replace=True)
    tables = {**manifest["tables"], "case": {**manifest["tables"]["case"], "rows": 2}}
    with pytest.raises(InputError, match="1 rows where the manifest says 2"):
        restore(altered("rows.zip", tables=tables), replace=True)
    assert everything() == before


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_nothing_is_restored_under_a_running_service(service: Service, tmp_path: Path) -> None:
    import os

    from goodwill.service.home import home
    from goodwill.service.ops import locks
    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore

    fill(service)
    backup(tmp_path / "saved.zip")
    held = locks.take(home(), ["drainer"])
    try:
        with pytest.raises(GoodwillError, match=r"another goodwill serve \(process \d+\) runs its drainer"):
            restore(tmp_path / "saved.zip", replace=True)
    finally:
        os.close(held["drainer"])


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_place_that_cannot_be_written_leaves_nothing(service: Service, tmp_path: Path) -> None:
    from goodwill.service.ops.backup import backup

    (tmp_path / "file").write_text("")
    with pytest.raises(GoodwillError, match="the backup cannot be written"):
        backup(tmp_path / "file" / "saved.zip")
