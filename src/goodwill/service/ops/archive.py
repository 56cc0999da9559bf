"""The form of a backup: one zip that either database can be restored from, and that needs no goodwill to be read.

    manifest.json            form, version, time, migrations that the tables had had, rows and SHA-256 of each member
    tables/TABLE.parquet     every table of the store, typed: money stays decimal, times stay instants
    home/goodwill.toml       the firm's own words and figures
    home/secret.key          the key that sealed secrets need (left out on wish)

Why not the database's own dump: `pg_dump` needs PostgreSQL's programs of the right version on the machine, SQLite's
online copy is a SQLite file, and neither moves a small installation from the one to the other.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
from django.apps import apps
from django.db import models

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = 1
MANIFEST = "manifest.json"
LEFT_OUT = frozenset({"heartbeat", "looking", "django_session", "django_content_type"})
"""What is of the moment or is made again; auth's tables of permissions are not used."""
INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: dict[str, pa.DataType] = {
    "AutoField": pa.int64(),
    "BigAutoField": pa.int64(),
    "BigIntegerField": pa.int64(),
    "IntegerField": pa.int64(),
    "SmallIntegerField": pa.int64(),
    "PositiveIntegerField": pa.int64(),
    "PositiveBigIntegerField": pa.int64(),
    "PositiveSmallIntegerField": pa.int64(),
    "FloatField": pa.float64(),
    "BooleanField": pa.bool_(),
    "DateTimeField": INSTANT,
    "BinaryField": pa.large_binary(),
    "JSONField": pa.large_string(),
    "UUIDField": pa.string(),
}


@dataclass(frozen=True)
class StoredTable:
    """One table of the database and the Arrow types of its columns."""

    name: str
    key: str
    schema: pa.Schema


def stored_tables() -> list[StoredTable]:
    """Every table that a backup holds, by name."""
    kept = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.db_table not in LEFT_OUT
        and not model._meta.db_table.startswith("auth_")
    ]
    return sorted((_table(model) for model in kept), key=lambda table: table.name)


def _table(model: type[models.Model]) -> StoredTable:
    fields = [pa.field(str(field.column), _type(field)) for field in model._meta.concrete_fields]
    assert model._meta.pk is not None
    return StoredTable(model._meta.db_table, str(model._meta.pk.column), pa.schema(fields))


def _type(field: Any) -> pa.DataType:
    if isinstance(field, models.ForeignKey):
        return _type(field.target_field)
    if isinstance(field, models.DecimalField):
        return pa.decimal128(field.max_digits, field.decimal_places)
    return _TYPES.get(field.get_internal_type(), pa.large_string())


class Digesting:
    """A file that is being written, and the SHA-256 of what went in."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sum, self.place, self.closed = file, hashlib.sha256(), 0, False

    def write(self, data: Any) -> int:
        self.sum.update(data)
        self.file.write(data)
        self.place += len(data)
        return len(data)

    def tell(self) -> int:
        return self.place

    def flush(self) -> None:
        """The zip writes as it comes."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


def read_manifest(file: Path) -> dict[str, Any]:
    """What a backup says of itself, once every member was compared with its SHA-256; raises InputError otherwise."""
    try:
        with zipfile.ZipFile(file) as whole:
            manifest = json.loads(whole.read(MANIFEST))
            if manifest.get("form") != FORM:
                raise InputError(
                    f"this backup has form {manifest.get('form')}, made by goodwill {manifest.get('goodwill')}",
                    where=str(file),
                    mend="restore it with that version or a later one",
                )
            for name, wanted in _members(manifest):
                if _digest(whole, name) != wanted:
                    raise InputError(f"{name} is damaged", where=str(file), mend="use another backup")
    except FileNotFoundError as gone:
        raise InputError("there is no such file", where=str(file), mend="check the path") from gone
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError, OSError, EOFError, AttributeError) as broken:
        raise InputError(f"this is no whole backup: {broken}", where=str(file), mend="use another backup") from broken
    return dict(manifest)


def _members(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, about in manifest["tables"].items():
        yield f"tables/{name}.parquet", about["sha256"]
    for name, about in manifest["files"].items():
        yield f"home/{name}", about["sha256"]


def _digest(whole: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    with whole.open(name) as member:
        while piece := member.read(1 << 20):
            found.update(piece)
    return found.hexdigest()
