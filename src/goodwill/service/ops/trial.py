"""`goodwill demo`: the service on the invented firm, whose clock is moved to the present. Its latest messages come in
one by one, through the API, as anybody's would.

Importable before Django is ready: `use` decides where Django will look.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import NoAnswer
from goodwill.facts import INSTANT
from goodwill.gate import Gate, hosts
from goodwill.service.home import Home
from goodwill.service.ops import locks, outbox
from goodwill.service.ops.serve import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from goodwill.lake import Facts
    from goodwill.service.store.models import Colleague

    Tables = dict[str, pa.Table]

MOST_HELD_BACK = 120
"""Messages that come in one by one; at most a tenth of all."""
EVERY = (4.0, 12.0)
"""Seconds between two of them, at least and at most."""
YOU = "you@hedgerow.example"
log = logging.getLogger("goodwill.demo")


def use(folder: Path) -> Path:
    """Points this process and its children at a fresh home of the demo's own; nothing else is touched.

    Raises GoodwillError where a demo runs on this folder already.
    """
    home = folder.absolute() / "service"
    for lock in locks.take(Home(home), PARTS, grace=1.0).values():
        os.close(lock)
    shutil.rmtree(home)
    home.mkdir(parents=True)
    shutil.copy(folder / "goodwill.toml", home / "goodwill.toml")
    os.environ["GOODWILL_HOME"] = str(home)
    os.environ[outbox.WHERE] = str(home / "outbox")
    for name in ("GOODWILL_DATABASE_URL", "GOODWILL_SMTP_URL", "GOODWILL_URL", "GOODWILL_OUT", "GOODWILL_OUT_PRIVATE"):
        os.environ.pop(name, None)
    os.environ.setdefault("GOODWILL_LOG", "WARNING")
    return home


def fill(facts: Facts, progress: Callable[[str, float], None]) -> tuple[Colleague, list[dict[str, Any]]]:
    """Stores the firm's facts up to a moment that becomes the present; gives who looks, and the later messages."""
    from goodwill.service import live
    from goodwill.service.imports import direct
    from goodwill.service.ops import migrating
    from goodwill.service.store.models import Colleague

    progress("preparing the database", 0.0)
    migrating.migrate()
    you = Colleague.objects.create_user(YOU, name="You", role="admin")
    tables, later = split({name: facts.arrow(name) for name in facts.tables}, datetime.now(UTC))
    direct.store(tables, source="the invented firm", by="demo", say=progress)
    live.revalue(progress=progress)
    return you, later


@dataclass(frozen=True)
class Opened:
    """The ways in to a demo that runs: the visitor's own, and one customer's; and the messages that begin to come."""

    link: str
    door: str
    trickle: Trickle


def open_up(address: str, you: Colleague, later: list[dict[str, Any]], seed: int) -> Opened:
    """Links for the visitor and for the customer of the story 'the owner', each of which lets in once."""
    from django.db import connection

    from goodwill.demo.stories import OWNER
    from goodwill.service.api.auth import make_token
    from goodwill.service.door import entry
    from goodwill.service.ops import invitations

    link = invitations.link(invitations.sign_in_link(you), address)
    door = entry.way_in(entry.make_link(OWNER), address)
    trickle = Trickle(address, make_token("the invented firm", ["write"], you), later, seed)
    connection.close()
    trickle.thread.start()
    return Opened(link, door, trickle)


def split(tables: Tables, now: datetime) -> tuple[Tables, list[dict[str, Any]]]:
    """The facts up to a moment, moved so that it is `now`; and the messages after it, in order."""
    at = tables["messages"]["at"]
    held = min(MOST_HELD_BACK, len(at) // 10)
    moment = sorted(at.to_pylist())[len(at) - held - 1]
    after = tables["messages"].filter(pc.greater(at, pa.scalar(moment, INSTANT)))
    later = after.sort_by([("at", "ascending"), ("message_id", "ascending")])
    unborn = tables["people"].filter(pc.greater(tables["people"]["joined_at"], pa.scalar(moment, INSTANT)))
    nobody_yet = unborn["customer_id"]
    kept = {
        name: _moved(_without(_until(table, moment), nobody_yet), moment, now - moment)
        for name, table in tables.items()
    }
    return {name: table for name, table in kept.items() if table.num_rows}, later.to_pylist()


def _until(table: pa.Table, moment: datetime) -> pa.Table:
    """What had happened by then."""
    if "at" not in table.column_names:
        return table
    at = table["at"]
    return table.filter(pc.or_kleene(pc.is_null(at), pc.less_equal(at, pa.scalar(moment, INSTANT))))


def _without(table: pa.Table, people: pa.ChunkedArray) -> pa.Table:
    """What is not about these people."""
    if "customer_id" not in table.column_names:
        return table
    return table.filter(pc.invert(pc.is_in(table["customer_id"], people)))


def _moved(table: pa.Table, moment: datetime, by: timedelta) -> pa.Table:
    """Every time moved; what lies after the moment (a conversion still to come) is not known yet."""
    for place, field in enumerate(table.schema):
        if field.type == INSTANT:
            at = table.column(place)
            known = pc.if_else(pc.less_equal(at, pa.scalar(moment, INSTANT)), at, pa.scalar(None, INSTANT))
            table = table.set_column(place, field, pc.add(known, pa.scalar(by, pa.duration("us"))).cast(INSTANT))
    return table


class Trickle:
    """Posts the later messages, one every few seconds, with the present as their time."""

    def __init__(self, address: str, token: str, later: list[dict[str, Any]], seed: int) -> None:
        self.address, self.token, self.later = address, token, later
        self.pace = random.Random(seed)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, name="trickle", daemon=True)

    def end(self) -> None:
        """No more messages."""
        self.stop.set()
        self.thread.join(timeout=5)

    def _run(self) -> None:
        gate = Gate(private=hosts("127.0.0.1"))
        for message in self.later:
            if self.stop.wait(self.pace.uniform(*EVERY)):
                return
            told = {name: value for name, value in message.items() if value is not None}
            told["at"] = datetime.now(UTC).isoformat()
            try:
                self._post(gate, told)
            except NoAnswer as away:
                log.info("a message waits: %s", away)
        log.info("the invented firm has said all that it had to say")

    def _post(self, gate: Gate, message: dict[str, Any]) -> None:
        gate.request(
            "POST",
            f"{self.address}/api/v1/facts/messages",
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            body=json.dumps([message]).encode(),
        )
