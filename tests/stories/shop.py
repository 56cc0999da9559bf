"""A small firm with an ordinary past, so that each story has neighbours to stand out from."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)

SETTINGS = """
[firm]
name = "Hedgerow Computing"
currency = "USD"
timezone = "Europe/London"
margin = 0.3

[staff]
names = ["Gareth"]

[topics]
"download fee" = ["download", "download fee", "$25.95"]
"returns" = ["return", "rma"]

[assumptions]
contact_cost = { value = 6, low = 4, high = 9, by = "Anna", at = 2026-05-03 }
"""


def ago(**time: float) -> str:
    """An instant before the present, as a file has it."""
    return (NOW - timedelta(**time)).isoformat()


@dataclass
class Outcome:
    """What `goodwill run` wrote and said."""

    worth: dict[str, dict[str, Any]]
    ledger: list[dict[str, Any]]
    readings: dict[str, dict[str, Any]]
    now: list[dict[str, Any]]
    report: str
    said: str

    def place(self, message: str) -> int | None:
        return next((row["rank"] for row in self.now if row["message_id"] == message), None)

    def reasons(self, message: str) -> list[dict[str, Any]]:
        return next(row["reasons"] for row in self.now if row["message_id"] == message)


@dataclass
class Shop:
    """A folder of files that a story adds to."""

    folder: Path
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **row: Any) -> None:
        self.tables[table].append(row)

    def write(self) -> None:
        (self.folder / "goodwill.toml").write_text(SETTINGS, encoding="utf-8")
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)

    def run(self, *options: str) -> Outcome:
        """Runs the command as its users do."""
        self.write()
        out = self.folder / "out"
        command = [
            str(Path(sys.executable).with_name("goodwill")),
            "run",
            str(self.folder),
            "--out",
            str(out),
            *options,
        ]
        if "--as-of" not in options:
            command += ["--as-of", NOW.isoformat()]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"})
        assert done.returncode == 0, done.stderr
        with (out / "now.csv").open(encoding="utf-8", newline="") as file:
            now = [
                {**row, "rank": int(row["rank"]), "reasons": json.loads(row["reasons"])} for row in csv.DictReader(file)
            ]
        outcome = Outcome(
            worth={row["customer_id"]: row for row in pq.read_table(out / "worth.parquet").to_pylist()},
            ledger=pq.read_table(out / "ledger.parquet").to_pylist(),
            readings={row["message_id"]: row for row in pq.read_table(out / "readings.parquet").to_pylist()},
            now=now,
            report=(out / "report.html").read_text(encoding="utf-8"),
            said=done.stdout + done.stderr,
        )
        the_books_balance(outcome)
        return outcome


def the_books_balance(outcome: Outcome) -> None:
    """Holds on every run of every story: to the cent, and every statement sums to its worth."""
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for line in outcome.ledger:
        if line["kind"] != "reach":
            lines[line["customer_id"]] += line["amount"]
    for who, row in outcome.worth.items():
        assert row["spend"] + row["referral"] + row["influence"] + row["knowledge"] == row["follows"], who
        assert row["follows"] + row["passed_on"] == row["worth"], who
        assert row["passed_on"] <= 0, who
        assert lines[who] == row["worth"], who
    assert sum(row["worth"] for row in outcome.worth.values()) == sum(
        row["generated"] for row in outcome.worth.values()
    )
