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

import numpy as np
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


def with_neighbours(shop: Shop) -> Shop:
    """Two hundred customers with two years of ordinary purchases, twelve of whom wait for an answer."""
    random = np.random.default_rng(20261101)
    order = 0
    for number in range(200):
        who = f"n{number:03}"
        joined = random.uniform(60, 700)
        shop.add("people", customer_id=who, name=f"Neighbour {number}", email=f"{who}@neighbours.example")
        for days in [joined, *(joined - random.exponential(140, 6).cumsum())]:
            if days > 1 and random.uniform() < 0.85:
                order += 1
                amount = random.gamma(4, 20)
                shop.add(
                    "purchases", purchase_id=f"o{order}", customer_id=who, at=ago(days=days), amount=f"{amount:.2f}"
                )
    for number in range(12):
        shop.add(
            "messages",
            message_id=f"m{number}",
            at=ago(hours=3 + number),
            channel="email",
            author=f"n{number:03}@neighbours.example",
            text=f"Hello, when will order {number + 70} be sent? I would like to know which day it arrives.",
            to_us="true",
        )
    shop.add("promises", promise_id="answer", kind="answer", within_hours=24, text="We answer within a day.")
    return shop


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
