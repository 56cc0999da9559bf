"""Recognition without a card: one look-up at the till among a million handles, on SQLite and on PostgreSQL.

A million people, each with an address, three purchases and now and then somebody whom they brought; terms of one in
fifty. Two thousand look-ups over loopback to granian as `goodwill serve` starts it, one after the other on one
connection, as a till asks: known, unknown and refused in turn. Each is the whole of it: token, pace, terms, counts, the
line in the log, all on the disk. The hashes are made beforehand, as a till makes them by itself.
'processor ms each' are those of the web server: on a shared machine they tell more than the times.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TITLE = "Recognised without a card, among a million handles"
GOAL = "p99 ≤ 50 ms; the same for known, unknown and refused"
HERE = Path(__file__).resolve().parent
PEOPLE, ASKED = int(os.environ.get("GOODWILL_BENCH_HANDLES", "1000000")), 2_000
SETTINGS = """
[recognition]
a_minute = 1000000
a_day = 1000000
[[perks]]
name = "Friends"
perk = "a bag of beans"
for = "brought a friend in a year"
[[perks]]
name = "Regulars"
perk = "a coffee"
for = ["third purchase in a year", "answered another customer", "sent an idea", "5 years with us"]
"""
FILL = """
import sys
import goodwill.service; goodwill.service.start()
from goodwill.service.ops import migrating; migrating.migrate()
from django.db import connection
from goodwill.service.api.auth import make_token
from goodwill.service.recognise import index
from goodwill.service.store.keys import RECOGNITION, key
n = int(sys.argv[1])
lite = connection.vendor == "sqlite"
if lite:
    series = "WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < {n}) "
    day, frm = "datetime('now', '-' || (30 + i % 300) || ' days')", "s"
else:
    series, day, frm = "", "now() - (30 + i % 300) * interval '1 day'", "generate_series(0, {n} - 1) AS s(i)"
none = "'[\\"answer me\\"]'" + ("" if lite else "::jsonb")
def run(insert, chosen, count=n):
    with connection.cursor() as cursor:
        cursor.execute(f"{series.format(n=count)} {insert} SELECT {chosen} FROM {frm.format(n=count)}" if not lite else
                       f"{insert} {series.format(n=count)} SELECT {chosen} FROM s")
who = "'c' || i"
run("INSERT INTO person (given, customer_id)", f"'email|c' || i || '@mail.example', {who}")
run("INSERT INTO fact_people (fact_key, fact_source, arrived, customer_id, joined_at)",
    f"{who}, '', {day}, {who}, {day}")
for k in range(3):
    run("INSERT INTO fact_purchases (fact_key, fact_source, arrived, purchase_id, customer_id, at, amount)",
        f"'p{k}-' || i, '', {day}, 'p{k}-' || i, {who}, {day}, 20")
run("INSERT INTO fact_referrals (fact_key, fact_source, arrived, referral_id, referrer_id, referred_id, at,"
    " converted_at)", f"'r' || i, '', {day}, 'r' || i, 'c' || (i * 9), 'c' || (i * 9 + 1), {day}, {day}", n // 10)
run("INSERT INTO fact_terms (fact_key, fact_source, arrived, customer_id, at, purposes)",
    f"'t' || i, '', {day}, 'c' || (i * 50), {day}, {none}", n // 50)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
assert index() == n
print(make_token("till", ["recognise"]), key(RECOGNITION).hex())
"""


def run() -> list[dict[str, Any]]:
    rows = measured("SQLite", "")
    sys.path.insert(0, str(HERE.parent / "tests"))
    from service import postgresql

    if os.environ.get("GOODWILL_TEST_POSTGRESQL"):
        return rows + measured("PostgreSQL", _database(os.environ["GOODWILL_TEST_POSTGRESQL"]))
    if postgresql.binaries() is None:
        return [*rows, {"where": "PostgreSQL", "asked for": "not installed (sh tools/postgresql.sh)"}]
    with postgresql.server() as address:
        return rows + measured("PostgreSQL", _database(address))


def _database(server: str) -> str:
    """A new database of a server."""
    from urllib.parse import urlsplit, urlunsplit

    import psycopg

    name = f"bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def measured(name: str, url: str) -> list[dict[str, Any]]:
    """The rows of one database: the times of each sort of look-up."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "goodwill.toml").write_text(SETTINGS, encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GOODWILL_")}
        environment = {
            **kept, "GOODWILL_HOME": folder, "GOODWILL_DATABASE_URL": url, "GOODWILL_LOG": "ERROR",
            "GOODWILL_API_RATE": "0", "DJANGO_SETTINGS_MODULE": "goodwill.service.settings",
        }  # fmt: skip
        filled = subprocess.run(
            [sys.executable, "-c", FILL, str(PEOPLE)], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        token, key = filled.stdout.split()[-2:]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        goodwill = Path(sys.executable).parent / "goodwill"
        serving = subprocess.Popen([goodwill, "serve", "--only", "web", "--port", str(port)], env=environment)
        try:
            taken, spent = asked(port, token, bytes.fromhex(key), serving.pid)
        finally:
            serving.terminate()
            serving.wait(timeout=30)
    return [
        {
            "where": name,
            "asked for": sort,
            "look-ups": len(times),
            "p50 ms": round(1000 * sorted(times)[len(times) // 2], 1),
            "p99 ms": round(1000 * sorted(times)[len(times) * 99 // 100], 1),
            "longest ms": round(1000 * max(times), 1),
            "processor ms each": round(1000 * spent, 2),
        }
        for sort, times in taken.items()
    ]


def processor_seconds(root: int) -> float:
    """What a process and all that it started have used so far."""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)], used[int(stat.parent.name)] = int(rest[1]), int(rest[11]) + int(rest[12])
    family = {root}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(used.get(one, 0) for one in family) / os.sysconf("SC_CLK_TCK")


def asked(port: int, token: str, key: bytes, server: int) -> tuple[dict[str, list[float]], float]:
    """How long each look-up took, by its sort (the first hundred of all are not counted), and what one costs the web's
    processors in seconds."""
    connection = _connected(port)
    sorts = {
        "known": lambda at: f"c{at * 7919 % PEOPLE // 50 * 50 + 1}@mail.example",
        "unknown": lambda at: f"stranger{at}@mail.example",
        "refused by their terms": lambda at: f"c{at * 7919 % PEOPLE // 50 * 50}@mail.example",
    }
    taken: dict[str, list[float]] = {sort: [] for sort in sorts}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    before = processor_seconds(server)
    for at in range(ASKED + 100):
        sort = list(sorts)[at % 3]
        digest = hmac.new(key, sorts[sort](at).encode(), hashlib.sha256).hexdigest()
        body = json.dumps({"handle_hash": digest, "kind": "email"})
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/recognise", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        spent = time.perf_counter() - begun
        assert answer.status == 200 and bool(told["perk"]) == (sort == "known"), (sort, answer.status, told)
        if at >= 100:
            taken[sort].append(spent)
    return taken, (processor_seconds(server) - before) / (ASKED + 100)


def _connected(port: int, seconds: float = 60) -> http.client.HTTPConnection:
    until = time.monotonic() + seconds
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/.well-known/myterms.json")
            connection.getresponse().read()
            return connection
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
