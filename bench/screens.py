"""Every screen, and the main questions of the API, on a store with a million customers and a million messages.

The store is filled past the API (`filled.py`), with a valuation and a ranking. Each address is asked for forty times as
a signed-in admin, about another customer, case or place in the list each time: through Django's test client in one
process (so that processor time can be told), and over HTTP of the web server as `goodwill serve` starts it. SQLite and
PostgreSQL on the same machine; one question at a time.

    python bench/screens.py --customers 50000 --messages 50000        a small try, as JSON lines
    python bench/screens.py --customers 50000 --explain               what each question reads whole
    python bench/screens.py --keep FOLDER --only Search               some of them, on stores that stay for the next run
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TITLE = "Screens with a million customers and a million messages"
GOAL = "each screen ≤ 200 ms p95 with 1M customers and 1M messages, on SQLite and on PostgreSQL"
HERE = Path(__file__).resolve().parent
PICTURE = HERE.parent / "docs" / "pictures" / "screens.svg"
LIMIT_MS = 200
TIMES, LONGEST = int(os.environ.get("GOODWILL_BENCH_TIMES", "40")), 20.0
"""How often each is asked for; after so many seconds (and five times) it has been asked for enough."""
COUNTRIES = ("en", "de", "fr", "es")
LETTERS = "abcdefghijklmnoprstuvwz"

PAGES = {
    "Now": "/",
    "Now, further on": "/?cursor={now_cursor}",
    "Now, of one channel": "/?channel=review",
    "Now, nobody's": "/?mine=nobody",
    "A case": "/case?message={said}",
    "A case, answering": "/case?message={said}&act=answer",
    "A customer": "/customers/{who}",
    "A customer, books": "/customers/{who}?tab=books",
    "A customer, timeline": "/customers/{who}?tab=timeline",
    "A customer, who this is": "/customers/{who}?tab=who",
    "The busiest customer": "/customers/busiest",
    "The busiest customer, books": "/customers/busiest?tab=books",
    "The busiest customer, timeline": "/customers/busiest?tab=timeline",
    "The busiest customer, who this is": "/customers/busiest?tab=who",
    "A case in a thread of 5,000": "/case?message=busiest%3Aforum%3A0000{turn:03}",
    "A fact": "/fact?table=purchases&key={order}",
    "Customers": "/customers",
    "Customers, further on": "/customers?cursor={worth_cursor}",
    "Customers by name": "/customers?sort=name",
    "Customers by what follows, least first": "/customers?sort=follows&order=up",
    "Customers by standing": "/customers?sort=standing",
    "Customers who wait": "/customers?waiting=yes",
    "Customers of one language": "/customers?language={language}",
    "Customers, apostles": "/customers?standing=apostle",
    "Customers, partly assumed": "/customers?evidence=assumed",
    "Customers, apostles by name": "/customers?standing=apostle&sort=name",
    "Customers, apostles by what follows": "/customers?standing=apostle&sort=follows",
    "Customers, partly assumed, by name": "/customers?evidence=assumed&sort=name",
    "Customers, partly assumed, by standing": "/customers?evidence=assumed&sort=standing",
    "Customers, partly assumed, loyal": "/customers?evidence=assumed&standing=loyal",
    "Customers who wait, of one language": "/customers?waiting=yes&language={language}",
    "Customers who wait, by name": "/customers?waiting=yes&sort=name",
    "Customers who do not wait, by what follows": "/customers?waiting=no&sort=follows",
    "Customers, exported: it begins": "/customers.csv",
    "Customers, exported, partly assumed: it begins": "/customers.csv?evidence=assumed",
    "Search: a family name": "/customers?q={family}",
    "Search: an initial and a family name": "/customers?q={letter}+{family}",
    "Search: three words": "/customers?q={letter}+{given}+gmail",
    "Search: a name, apostles": "/customers?q={given}&standing=apostle",
    "Search: a name, who wait": "/customers?q={given}&waiting=yes",
    "Search: a name, of one language, by name": "/customers?q={given}&language={language}&sort=name",
    "Search: a name, by standing": "/customers?q={given}&sort=standing",
    "Search: nobody": "/customers?q=zzyzx+{given}",
    "Search: a whole name": "/customers?q={given}+{family}",
    "Search: a name": "/customers?q={given}",
    "Search: a letter": "/customers?q={letter}",
    "Search: two letters": "/customers?q={letter}+{letter2}",
    "Search: two mail services": "/customers?q=gmail+outlook",
    "Search: beginning of an id": "/customers?q={id_begins}",
    "Search: a letter, by name": "/customers?q={letter}&sort=name",
    "Note": "/note",
    "Note: who it is": "/note/people?who={given}",
    "Note: an initial and a family name": "/note/people?who={letter}+{family}",
    "Note: whose number": "/note/people?who={number}",
    "Note: whose number, its end": "/note/people?who={ends}",
    "Causes": "/causes",
    "Promises": "/promises",
    "Proposals": "/proposals",
    "Requests": "/requests",
    "Keeping": "/keeping",
    "Asks": "/asks",
    "Till": "/till",
    "Who is who": "/links",
    "Who is who, of a name": "/links?q={given}",
    "Who is who, from 90 %": "/links?least=0.9",
    "A link": "/links/{link}",
    "Who else they may be": "/who/find?find={given}&customer={who}",
    "Organisations": "/roles/organisations?organisation={family}",
    "Sources": "/sources",
    "A source": "/source/{source}",
    "A source, to be deleted": "/source/{source}/delete",
    "Could not read": "/unread",
    "Could not read, one reason": "/unread?table=purchases&source=shop&reason=the+amount+is+missing",
    "Jobs": "/jobs",
    "Settings": "/settings",
    "Settings, promises": "/settings?tab=promises",
    "People": "/people",
    "Tokens": "/tokens",
    "Audit": "/audit",
    "Audit, one colleague": "/audit?who=anna%40firm.example",
    "Audit, one customer": "/audit?customer={who}",
    "Audit, one act": "/audit?act=seen",
    "Audit, one act of a colleague": "/audit?who=anna%40firm.example&act=customer",
    "Audit, the busiest customer": "/audit?customer=busiest",
    "Health": "/healthz",
    "Metrics": "/metrics",
}
API = {
    "API now": "/api/v1/now",
    "API now, of one customer": "/api/v1/now?customer_id={who}",
    "API customers": "/api/v1/customers?cursor={id_cursor}",
    "API customers, a name": "/api/v1/customers?q={given}+{family}",
    "API customers, a letter": "/api/v1/customers?q={letter}",
    "API customers, two letters": "/api/v1/customers?q={letter}+{letter2}",
    "API customers, two mail services": "/api/v1/customers?q=gmail+outlook",
    "API customers, beginning of an id": "/api/v1/customers?q={id_begins}",
    "API customer": "/api/v1/customers/{who}",
    "API customers, an initial and a family name": "/api/v1/customers?q={letter}+{family}",
    "API customer, the busiest": "/api/v1/customers/busiest",
    "API statement, the busiest": "/api/v1/customers/busiest/statement",
    "API statement": "/api/v1/customers/{who}/statement",
    "API export of one": "/api/v1/customers/{who}/export",
    "API worth": "/api/v1/worth",
    "API worth, further on": "/api/v1/worth?cursor={worth_cursor}",
    "API worth, owners": "/api/v1/worth?standing=owner",
    "API messages": "/api/v1/messages",
    "API messages, further on": "/api/v1/messages?cursor={message_cursor}",
    "API messages, one channel": "/api/v1/messages?channel=review",
    "API messages, one mood": "/api/v1/messages?mood=negative",
    "API messages, one topic": "/api/v1/messages?topic=billing",
    "API messages, of one customer": "/api/v1/messages?customer_id={who}",
    "API messages, a common word": "/api/v1/messages?q=download",
    "API messages, a rare word": "/api/v1/messages?q=zzyzx",
    "API messages, one language and topic": "/api/v1/messages?language=fr&topic=billing",
    "API messages, the busiest customer": "/api/v1/messages?customer_id=busiest",
    "API message": "/api/v1/messages/{said}",
    "API cases": "/api/v1/cases?state=open",
    "API cases, answered": "/api/v1/cases?state=answered",
    "API cases, of a cause": "/api/v1/cases?cause_id=late+parcels",
    "API cases, answered, first": "/api/v1/cases?state=answered&group=first",
    "API now, a rare word": "/api/v1/now?q=zzyzx",
    "API readings": "/api/v1/readings?mood=negative",
    "API readings, a rare topic": "/api/v1/readings?topic=zzyzx",
}
DOOR = {
    "Door of the busiest": "/door",
    "Door, what is held": "/door/held",
    "Door, what they said": "/door/held/all/said",
    "Door, what they bought, far back": "/door/held/all/bought?page=150",
    "Door, who looked": "/door/held/all/looked?page=100",
    "Door, what it gave": "/door/given",
    "Door, what is allowed": "/door/allowed",
}
BIG = ("fact_people", "fact_handles", "fact_purchases", "fact_messages", "fact_actions", "reading", "case", "worth",
       "line", "tie", "person", "search_word", "audit")  # fmt: skip
"""Tables that grow with customers and messages: no question reads one whole."""
FROM_THE_END = re.compile(r'FROM "\w+"(?: t)? ORDER BY (?:"audit"\."id"|t\."row") DESC LIMIT \d+$')
"""The latest rows, by their numbers: SQLite's plan calls that a scan too."""


# --- what is asked for --------------------------------------------------------------------------------------------


def addresses(customers: int, opened: list[str], cursors: list[str]) -> Callable[[str, int], str]:
    """A function that fills an address in, each time with another customer, case or place."""
    from urllib.parse import quote

    import filled

    from goodwill.service.api.paging import write_cursor

    def address(form: str, turn: int) -> str:
        number = (turn * 7919 * 31 + 17) % customers
        worth = (turn * 104_729) % 99_991 / 100
        return form.format(
            who=f"c{number:07d}",
            order=f"o{number:08d}",
            said=quote(opened[turn % len(opened)]),
            source=("shop", "forum", "chat")[turn % 3],
            language=COUNTRIES[turn % 4],
            given=filled.GIVEN[turn * 7 % len(filled.GIVEN)],
            family=filled.FAMILY[turn * 11 % len(filled.FAMILY)],
            letter=LETTERS[turn % len(LETTERS)],
            letter2=LETTERS[(turn * 5 + 3) % len(LETTERS)],
            ends=f"{turn * 7_919 % 10**6:06}",
            link=turn + 1,
            turn=turn,
            id_begins=f"c{turn % 10 * customers // 10:07d}"[: 9 - len(str(customers))],
            number=f"07911+{100_000 + turn * 313}",
            now_cursor=cursors[turn % len(cursors)],
            worth_cursor=write_cursor(f"{worth:.2f}", f"c{number:07d}"),
            id_cursor=write_cursor(f"c{number:07d}"),
            message_cursor=write_cursor(f"2025-{turn % 12 + 1:02}-11T10:00:00+00:00", 1),
        )

    return address


def asked(customers: int) -> Callable[[str, int], str]:
    """The same for the store that Django is pointed at."""
    from goodwill.service import live

    rows, cursor = live.now(200)
    cursors = [cursor] if cursor else []
    for _ in range(5):
        if cursor:
            _, cursor = live.now(500, cursor)
            cursors += [cursor] if cursor else []
    return addresses(customers, [row["message_id"] for row in rows], cursors or [""])


# --- measured -----------------------------------------------------------------------------------------------------


def here(client: Any, headers: dict[str, str]) -> Callable[[str], float]:
    """Asks through Django's client."""

    def ask(path: str) -> None:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code)
        if answer.streaming:  # how soon it begins
            next(iter(answer.streaming_content))
            answer.close()
        else:
            answer.getvalue()

    return timed(ask)


def served(port: int, headers: dict[str, str]) -> Callable[[str], float]:
    """Asks the web server, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(path: str) -> None:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        streamed = "attachment" in answer.headers.get("Content-Disposition", "")
        body = answer.read(10_000 if streamed else None)
        assert answer.status == 200, (path, answer.status, body[:300])
        if streamed:
            connection.close()

    return timed(ask)


def timed(ask: Callable[[str], None]) -> Callable[[str], float]:
    def seconds(path: str) -> float:
        began = time.perf_counter()
        ask(path)
        return time.perf_counter() - began

    return seconds


def several(ask: Callable[[str], float], address: Callable[[str, int], str], form: str) -> list[float]:
    """Seconds of each of many askings; the first, which fills caches, does not count."""
    ask(address(form, 0))
    found: list[float] = []
    began = time.perf_counter()
    while len(found) < TIMES and (len(found) < 5 or time.perf_counter() - began < LONGEST):
        found.append(ask(address(form, len(found) + 1)))
    return found


def quantile(values: list[float], share: float) -> float:
    """In milliseconds."""
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000, 1)


def askers(cookie: str, token: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The addresses of each who asks, and by what they are known."""
    return [(PAGES, {"Cookie": cookie}), (API, {"Authorization": f"Bearer {token}"}), (DOOR, {"Cookie": at_the_door()})]


def measure(customers: int, port: int, cookie: str, token: str) -> list[dict[str, Any]]:
    """A row for each address, on the store that Django is pointed at."""
    from django.test import Client

    address, rows = asked(customers), []
    for forms, headers in askers(cookie, token):
        inside = here(Client(headers={"host": "localhost"}), headers)
        for what, form in forms.items():
            cpu = time.process_time()
            found = several(inside, address, form)
            cpu = (time.process_time() - cpu) / (len(found) + 1)
            over_http = several(served(port, headers), address, form)
            rows.append(
                {
                    "screen": what,
                    "p50, ms": quantile(found, 0.5),
                    "p95, ms": quantile(found, 0.95),
                    "CPU, ms": round(cpu * 1000, 1),
                    "served p50, ms": quantile(over_http, 0.5),
                    "served p95, ms": quantile(over_http, 0.95),
                }
            )
            print(json.dumps(rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
    return rows


# --- what the database does for it ----------------------------------------------------------------------------------


def read_whole(client: Any, headers: dict[str, str], path: str) -> list[str]:
    """The tables that grow and that a question reads whole, each with the step of the plan that says so."""
    from django.db import connection

    questions: list[tuple[str, Any]] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")) and not many:
            questions.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code)
        answer.getvalue()
    return sorted({step for sql, params in questions for step in _whole(sql, params)})


def _whole(sql: str, params: Any) -> Iterator[str]:
    from django.db import connection

    lite = connection.vendor == "sqlite"
    if FROM_THE_END.search(sql):
        return
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if lite else "EXPLAIN ") + sql, params)
        plan = [str(row[-1]) for row in cursor.fetchall()]
    names = _aliases(sql)
    for step in plan:
        words = step.split()
        if lite and words[0] == "SCAN" and "INDEX" not in step:
            table = names.get(words[1], words[1])
        elif not lite and "Seq Scan on" in step:
            table = step.split("Seq Scan on ")[1].split()[0].strip('"')
        else:
            continue
        if table in BIG:
            yield f"{table}: {' '.join(sql.split())[:160]}"


def _aliases(sql: str) -> dict[str, str]:
    """What a plan calls a table, and the table; what is chosen within brackets is no table."""
    found = {name: table for table, name in re.findall(r'(?:FROM|JOIN) "?(\w+)"?(?: AS)? "?([a-zA-Z]\w*)"?', sql)}
    return {name: table for name, table in found.items() if not re.search(rf"\) (?:AS )?{name}\b", sql)}


# --- one database -------------------------------------------------------------------------------------------------


def on_one(customers: int, messages: int, explain: bool) -> list[dict[str, Any]]:
    """Fills the database that the environment names and asks; runs in a process of its own."""
    import goodwill.service

    goodwill.service.start()
    import filled
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    cookie, token = entered()
    full = Path(os.environ["GOODWILL_HOME"]) / f"filled-{customers}-{messages}"
    if not full.exists():
        filled.fill(filled.Size(customers, messages, filled.present()), lambda what: print(what, file=sys.stderr))
        full.touch()
    if explain:
        client, address, rows = Client(headers={"host": "localhost"}), asked(customers), []
        for forms, headers in askers(cookie, token):
            for what, form in forms.items():
                rows += [{"screen": what, "whole": step} for step in read_whole(client, headers, address(form, 1))]
        return rows
    bench = module("way_in")
    port = bench.free_port()
    web = bench.start(dict(os.environ), "web", "127.0.0.1", str(port))
    try:
        bench.wait_for(port)
        return measure(customers, port, cookie, token)
    finally:
        os.killpg(web.pid, signal.SIGKILL)
        web.wait()


def entered() -> tuple[str, str]:
    """An admin's session as a cookie, and a token that may read."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from goodwill.service.api.auth import make_token
    from goodwill.service.store.models import Colleague, Token

    Token.objects.filter(name="bench").delete()
    you = Colleague.objects.filter(email="you@firm.example").first() or Colleague.objects.create_user(
        "you@firm.example", "a long enough password", role="admin"
    )
    cookie = session_of(
        {
            SESSION_KEY: str(you.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: you.get_session_auth_hash(),
        }
    )
    return cookie, make_token("bench", ["admin", "read", "write"])


def at_the_door() -> str:
    """The cookie of the busiest customer, who came in by their letter."""
    import filled

    from goodwill.service.door import entry
    from goodwill.service.terms.proving import DOOR as WHO

    return session_of({WHO: filled.BUSIEST, entry.SEEN: time.time() + 86_400, entry.IDS: [filled.BUSIEST]})


def session_of(values: dict[str, Any]) -> str:
    from importlib import import_module

    from django.conf import settings

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(values)
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def module(name: str) -> Any:
    """A file beside this one."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def each(
    customers: int, messages: int, *more: str, only: str = "", keep: Path | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each database by name, and what was found on it."""
    with contextlib.ExitStack() as stack:
        for name, url, home in kept(keep, stack) if keep else anew(stack):
            if only and only.lower() != name.lower():
                continue
            environment = {
                **os.environ, "GOODWILL_HOME": str(home), "GOODWILL_DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "goodwill.service.settings", "GOODWILL_API_RATE": "0",
                "PYTHONPATH": str(HERE),
            }  # fmt: skip
            command = [sys.executable, str(HERE / "screens.py"), "--here", "--customers", str(customers)]
            done = subprocess.run(
                [*command, "--messages", str(messages), *more],
                env=environment, check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            yield name, json.loads(done.stdout.splitlines()[-1])


def anew(stack: contextlib.ExitStack) -> Iterator[tuple[str, str, str]]:
    """Name, address and home of each database, empty, and gone afterwards."""
    bench = module("way_in")
    for name, url, _ in stack.enter_context(bench.databases()):
        with tempfile.TemporaryDirectory(prefix="screens-") as home:
            yield name, bench.fresh(url), home


def kept(folder: Path, stack: contextlib.ExitStack) -> Iterator[tuple[str, str, Path]]:
    """The same in a folder, where they stay: the next run finds them filled."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from service import postgresql

    for name in ("SQLite", "PostgreSQL"):
        home = folder.resolve() / name.lower()
        home.mkdir(parents=True, exist_ok=True)
        if name == "SQLite":
            yield name, "", home
        elif postgresql.binaries() is not None:
            yield name, stack.enter_context(postgresql.kept(home / "server")), home


def run() -> list[dict[str, Any]]:
    size = int(os.environ.get("GOODWILL_BENCH_CUSTOMERS", "1000000"))
    messages = int(os.environ.get("GOODWILL_BENCH_MESSAGES", "1000000"))
    rows: dict[str, dict[str, Any]] = {}
    keep = os.environ.get("GOODWILL_BENCH_KEEP")
    for database, found in each(size, messages, keep=Path(keep) if keep else None):
        for one in found:
            row = rows.setdefault(one.pop("screen"), {})
            row |= {f"{database}: {what}": value for what, value in one.items()}
    kept = [{"screen": what, **row} for what, row in rows.items()]
    draw(kept)
    return kept


def draw(rows: list[dict[str, Any]], file: Path = PICTURE) -> None:
    """p50 and p95 of each screen over HTTP as a line with two ends, by database; beside them the goal."""
    import altair as alt

    names = [column.partition(":")[0] for column in rows[0] if column.endswith("served p95, ms")]
    points = [
        {"screen": row["screen"], "database": name, "p50": row[f"{name}: served p50, ms"],
         "p95": row[f"{name}: served p95, ms"]}
        for row in rows for name in names
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=points)).encode(
        y=alt.Y("screen:N", sort=[row["screen"] for row in rows], title=None, axis=alt.Axis(labelLimit=320)),
        yOffset=alt.YOffset("database:N"),
        color=alt.Color(
            "database:N",
            title=None,
            legend=alt.Legend(orient="top"),
            scale=alt.Scale(domain=names, range=["#1b6e4b", "#8a6d1f"][: len(names)]),
        ),
    )
    scale = alt.Scale(type="log", domainMin=1, nice=False)
    ticks = alt.Axis(values=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
    title = "ms from the question to the answer: half of them, and 95 of 100"
    spans = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("p50:Q", scale=scale, title=title, axis=ticks),
        x2="p95:Q",
    )
    ends = base.mark_circle(size=28, opacity=1).encode(x=alt.X("p95:Q", scale=scale))
    goal = alt.Chart(alt.Data(values=[{"goal": LIMIT_MS}])).mark_rule(strokeDash=[4, 4]).encode(x="goal:Q")
    chart = (spans + ends + goal).properties(width=560, height=alt.Step(9), background="white", padding=16)
    chart = chart.configure_axis(gridColor="#e8e6df", domain=False, tickColor="#bbb").configure_view(stroke=None)
    file.parent.mkdir(parents=True, exist_ok=True)
    chart.save(str(file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=0, help="as many as customers without it")
    parser.add_argument("--database", default="", help="SQLite or PostgreSQL alone")
    parser.add_argument("--keep", type=Path, help="a folder where the stores stay, filled for the next run")
    parser.add_argument("--only", default="", help="the addresses whose name this regular expression finds")
    parser.add_argument("--explain", action="store_true", help="what each question reads whole, instead of its time")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    messages = given.messages or given.customers
    for forms in (PAGES, API, DOOR):
        for what in [what for what in forms if not re.search(given.only, what)]:
            del forms[what]
    if given.here:
        with contextlib.redirect_stdout(sys.stderr):
            rows = on_one(given.customers, messages, given.explain)
        print(json.dumps(rows, ensure_ascii=False))
        return
    more = [*(["--explain"] if given.explain else []), *(["--only", given.only] if given.only else [])]
    for database, rows in each(given.customers, messages, *more, only=given.database, keep=given.keep):
        for row in rows:
            print(json.dumps({"database": database, **row}, ensure_ascii=False))


if __name__ == "__main__":
    main()
