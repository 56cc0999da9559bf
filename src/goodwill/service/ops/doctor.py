"""Everything that `goodwill doctor` looks at, beside what /healthz asks: one line each, and how to mend it."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone

from goodwill.errors import GoodwillError
from goodwill.service.home import home
from goodwill.service.ops import checks, locks, mail, migrating
from goodwill.service.ops.checks import FAIL, OK, WARN, Check
from goodwill.service.store.models import Heartbeat, Job, Source, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_LOOK = 15.0
"""Seconds that the lake is looked at."""
LEAST_PYTHON = (3, 11)


def everything() -> Iterator[Check]:
    """Every check, in order; one that breaks is a finding, not the end."""
    yield python()
    yield writable()
    yield firm_file()
    found = checks.database()
    yield found
    if found.state == FAIL:
        yield checks.disk()
        yield from _guarded(mail_server, model_weights)
        return
    tables = migrated()
    yield tables
    yield from _guarded(journal, checks.disk)
    if tables.state != FAIL:
        now = timezone.now()
        yield from _guarded(lambda: running(checks.drainer(now)), lambda: running(checks.worker(now)))
        yield from _guarded(failed_jobs, unread, sources, secrets, clock)
    yield from _guarded(mail_server, model_weights, careful_reader, lake)


def _guarded(*looks: Callable[[], Check]) -> Iterator[Check]:
    for look in looks:
        try:
            yield look()
        except (GoodwillError, DatabaseError, OSError) as problem:
            name = getattr(look, "__name__", "check").replace("_", " ").strip("<>")
            yield Check(name, FAIL, str(problem).splitlines()[0])


def python() -> Check:
    """The interpreter."""
    here = sys.version_info
    said = ".".join(map(str, here[:3]))
    if here < LEAST_PYTHON:
        return Check("python", FAIL, said, "install Python 3.11 or later")
    return Check("python", OK, said)


def writable() -> Check:
    """The home: a file can be written there, and its key is nobody else's to read."""
    folder = home().folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"goodwill")
    except OSError as refused:
        return Check("home", FAIL, f"{folder} cannot be written: {refused.strerror}", "set GOODWILL_HOME or its rights")
    key = folder / "secret.key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check("home", WARN, f"others can read {key}", f"chmod 600 {key}")
    return Check("home", OK, str(folder))


def firm_file() -> Check:
    """goodwill.toml, if there is one."""
    from goodwill.firm import Firm

    path = home().firm_file
    if not path.exists():
        return Check("firm", WARN, "no goodwill.toml: every figure is goodwill's own assumption", f"write {path}")
    try:
        firm = Firm.load(path)
    except GoodwillError as wrong:
        return Check("firm", FAIL, str(wrong), "docs/settings.md lists every setting")
    if firm.unknown:
        return Check("firm", WARN, firm.unknown[0])
    return Check("firm", OK, f"{firm.name}, in {firm.currency}")


def migrated() -> Check:
    """The tables are those of this version."""
    missing = migrating.missing()
    if missing:
        return Check("tables", FAIL, f"{len(missing)} migrations are missing", "goodwill serve carries them out")
    return Check("tables", OK, "up to date")


def journal() -> Check:
    """SQLite: the write-ahead log, without which readers wait for writers. PostgreSQL: its version."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            if mode != "wal":
                mend = "the home must lie on a local disk, not on a network share"
                return Check("journal", FAIL, f"SQLite's journal is {mode!r}, not 'wal'", mend)
            return Check("journal", OK, "write-ahead log")
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0]).split()[0]
    if int(version.split(".")[0]) < 14:
        return Check("version", FAIL, f"PostgreSQL {version}", "goodwill needs 14 or later")
    return Check("version", OK, f"PostgreSQL {version}")


def running(check: Check) -> Check:
    """A part that does not run is no fault where nobody has started the service."""
    if check.state == FAIL and "behind" not in check.what and locks.held_by(home(), check.name) is None:
        return Check(check.name, WARN, "does not run on this home", "goodwill serve starts it", check.figure)
    return check


def failed_jobs() -> Check:
    """Jobs that were given up within a week."""
    failed = Job.objects.filter(state=Job.FAILED, finished__gt=timezone.now() - timedelta(days=7))
    latest = failed.order_by("-finished").first()
    if latest is None:
        return Check("jobs", OK, "none has failed this week")
    last = (latest.error.strip().splitlines() or ["no reason was written"])[-1][:160]
    return Check("jobs", WARN, f"{failed.count()} failed this week, '{latest.name}' last: {last}", "see the jobs page")


def unread() -> Check:
    """Facts that wait for somebody to mend them."""
    waiting = Unread.objects.filter(settled__isnull=True).count()
    if waiting:
        return Check("facts", WARN, f"{waiting:,} could not be read", "see 'could not read' under Sources")
    return Check("facts", OK, "every fact was read")


def sources() -> Check:
    """Sources whose last pull failed."""
    failing = list(Source.objects.filter(paused=False).exclude(failures=0).order_by("name"))
    if failing:
        first = failing[0]
        return Check("sources", WARN, f"{len(failing)} fail, '{first.name}': {first.last_error[:160]}", "see Sources")
    return Check("sources", OK, f"{Source.objects.count()} known, none fails")


def secrets() -> Check:
    """Every stored secret opens with this installation's key."""
    from goodwill.service.store.secrets import unseal

    sealed = Source.objects.exclude(secrets="").order_by("name")
    for source in sealed:
        try:
            unseal(source.secrets)
        except GoodwillError as other_key:
            return Check("secrets", FAIL, f"source '{source.name}': {other_key.what}", other_key.mend)
    return Check("secrets", OK, f"{sealed.count()} stored, all open")


def clock() -> Check:
    """The clock against the database's, against the last sign of life, and against the day this was written."""
    now = datetime.now(UTC)
    if now.year < 2026:
        return Check("clock", FAIL, f"it says {now:%Y-%m-%d}", "set the machine's clock")
    apart = 0.0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            began = time.monotonic()
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
            apart = abs((theirs - datetime.now(UTC)).total_seconds()) - (time.monotonic() - began)
    ahead = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    if ahead and ahead > now:
        apart = max(apart, (ahead - now).total_seconds())
    if apart > 5:
        return Check("clock", WARN, f"{apart:,.0f} s from the database's", "let both follow a time server")
    return Check("clock", OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def mail_server() -> Check:
    """Connects and signs in; sends nothing."""
    try:
        if not mail.configured():
            what = "none is set: no invitations, sign-in links or alerts by mail"
            return Check("mail", WARN, what, "set GOODWILL_SMTP_URL")
        return Check("mail", OK, f"{mail.check()}; from {mail.sender()}")
    except GoodwillError as problem:
        return Check("mail", FAIL, problem.what, problem.mend)


def model_weights() -> Check:
    """The fast reader reads."""
    from goodwill.understand import read_texts

    read = read_texts(["Thank you, that was quick!"], lane="fast").to_pylist()[0]
    if read["mood"] != "positive":
        return Check("fast reader", FAIL, f"reads thanks as {read['mood']}", "install goodwill anew with its weights")
    return Check("fast reader", OK, f"model {read['model']}")


def careful_reader() -> Check:
    """The careful reader reads, where its weights are installed."""
    from goodwill.understand import careful, read_texts

    if not careful.available():
        return Check("careful reader", WARN, "not installed: every message is read by the fast one", "optional")
    read = read_texts(["Thank you, that was quick!"], lane="careful").to_pylist()[0]
    if read["mood"] != "positive":
        return Check("careful reader", FAIL, f"reads thanks as {read['mood']}", "install goodwill anew")
    return Check("careful reader", OK, f"model {read['model']}")


def lake() -> Check:
    """Every Parquet file of the lake has a readable end; an empty lake is made by the nightly export."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted(home().lake.rglob("*.parquet")) if home().lake.is_dir() else []
    began, rows, looked = time.monotonic(), 0, 0
    for path in files:
        try:
            rows += pq.read_metadata(path).num_rows
        except (pa.ArrowException, OSError):
            mend = "remove it: the next export makes it again"
            return Check("lake", FAIL, f"{os.path.relpath(path, home().folder)} cannot be read", mend)
        looked += 1
        if time.monotonic() - began > LONGEST_LOOK:
            break
    if not files:
        return Check("lake", OK, "empty: made by the next export")
    return Check("lake", OK, f"{looked:,} of {len(files):,} files looked at, {rows:,} rows")
