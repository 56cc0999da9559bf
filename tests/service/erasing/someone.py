"""A small firm with one person in every table, who is then erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC).replace(microsecond=0)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAME, EMAIL, PHONE, ACCOUNT = "Björn Quellwasser", "bjorn.q@mail.example", "+41791234567", "quellbjoern"
SECRET = "The parcel with my insulin pump never arrived in Zollikofen and nobody called me back."
IDEA = "You should print the warranty card on the inside of the lid."
COMMENT = "The man at the counter laughed about my accent, that hurt."
SAID = (SECRET, IDEA, COMMENT)
ID, MESSAGE = "kunde-7731", "twitter:998877"
NEEDLES = ("quellwasser", "björn", "bj\\u00f6rn", EMAIL, "791234567", "79 123 45 67", ACCOUNT, *SAID, "insulin pump")
"""What must be found nowhere afterwards, in any case of letters."""


def put(table: str, *rows: dict[str, Any], source: str = "shop") -> None:
    """Stores rows by the one way in, and does what follows."""
    from goodwill.service import intake

    intake.store_rows(table, list(rows), source=source, by="test")
    drain()


def drain() -> None:
    from goodwill.service import intake, live

    while True:
        drained = intake.drain()
        if not drained.batches:
            return
        if drained.stored:
            live.after_drain(drained)


def work(seconds: float = 60.0) -> list[str]:
    """Does every job that is due, as a worker would; what each said."""
    from goodwill.service import jobs
    from goodwill.service.store.models import Job

    worker = jobs.Worker("test worker", beats=False)
    while worker.once():
        drain()
    failed = list(Job.objects.exclude(error="").values_list("name", "error"))
    assert not failed, failed
    return list(Job.objects.filter(state=Job.DONE).values_list("saying", flat=True))


def people(number: int = 12) -> None:
    """Customers who bought several times, so that there are books."""
    for place in range(number):
        put("people", {"customer_id": f"other-{place}", "name": f"Customer {place}", "joined_at": NOW - 700 * DAY})
        put(
            "purchases",
            *(
                {
                    "purchase_id": f"o{place}-{n}", "customer_id": f"other-{place}",
                    "at": NOW - (30 + 45 * n + place) * DAY, "amount": f"{30 + place}.50",
                }
                for n in range(1 + place % 6)
            ),
        )  # fmt: skip


def bjorn() -> None:
    """One person in every table, and in other people's words."""
    put("people", {"customer_id": ID, "name": NAME, "joined_at": NOW - 500 * DAY, "language": "de", "email": EMAIL})
    put(
        "handles",
        {"customer_id": ID, "kind": "phone", "value": "+41 79 123 45 67", "verified": True},
        {"customer_id": ID, "kind": "account", "value": f"@{ACCOUNT}", "channel": "twitter", "verified": True},
        {"customer_id": ID, "kind": "name", "value": NAME},
    )
    put("people", {"customer_id": "acme", "kind": "organisation", "name": "Acme"})
    put("roles", {"customer_id": ID, "organisation_id": "acme", "role": "adviser", "say": 0.4})
    put(
        "purchases",
        *(
            {"purchase_id": f"R-{n}", "customer_id": ID, "at": NOW - (20 + 60 * n) * DAY, "amount": "99.90", "items": 2}
            for n in range(5)
        ),
    )
    put("purchases", {"purchase_id": f"web-{EMAIL}-1", "email": EMAIL, "at": NOW - 9 * DAY, "amount": "12.00"})
    put(
        "messages",
        {
            "message_id": MESSAGE, "at": NOW - 2 * HOUR, "channel": "twitter", "author": f"@{ACCOUNT}", "text": SECRET,
            "audience": 6_000, "thread": MESSAGE,
        },
        {"message_id": "chat:5", "at": NOW - HOUR, "channel": "chat", "customer_id": ID,
         "text": "Still waiting, Björn"},
        {
            "message_id": "twitter:others", "at": NOW - HOUR, "channel": "twitter", "author": "@kindsoul",
            "customer_id": "other-3", "in_reply_to": MESSAGE, "thread": MESSAGE,
            "text": f'@{ACCOUNT} "{SECRET}" – same here, {NAME.upper()}! Call him on 079 123 45 67 or {EMAIL.title()}.',
        },
        {
            "message_id": "forum:1", "at": NOW - 3 * DAY, "channel": "forum", "author": "kindsoul",
            "customer_id": "other-3", "text": "Herr Quellwasser told me about this shop, thank you!",
        },
    )  # fmt: skip
    put("responses", {"response_id": "s1", "customer_id": ID, "at": NOW - 5 * DAY, "score": 2, "comment": COMMENT})
    put("responses", {"response_id": "s2", "customer_id": "other-4", "at": NOW - 5 * DAY, "score": 9, "comment": NAME})
    put("referrals", {"referral_id": "f1", "referrer_id": ID, "referred_id": "other-5", "at": NOW - 300 * DAY,
                      "converted_at": NOW - 290 * DAY})  # fmt: skip
    put(
        "contributions", {"contribution_id": "i1", "customer_id": ID, "at": NOW - 8 * DAY, "kind": "idea", "text": IDEA}
    )
    put("events", {"event_id": "e1", "customer_id": ID, "at": NOW - 8 * DAY, "kind": "failure", "detail": NAME})
    put("terms", {"customer_id": ID, "at": NOW - 60 * DAY, "purposes": ["answer me", "value me", "quote me"]})
    put("actions", {"action_id": "a1", "message_id": MESSAGE, "customer_id": ID, "at": NOW - HOUR, "kind": "reply",
                    "staff": "Anna", "minutes": 6})  # fmt: skip


def around(service: Any) -> None:
    """What the service itself holds of them: deeds, notes, looks, rejects, jobs, alerts, uploads, a log."""
    from goodwill.service import jobs, live
    from goodwill.service.deeds import answer, note
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import (
        Alert,
        Case,
        Import,
        ImportReject,
        Job,
        Proposal,
        Setting,
        Unread,
        View,
    )

    anna = service.colleague(name="Anna Keller", role="admin")
    live.revalue()
    case = Case.objects.order_by("pk").filter(message_id="chat:5").first() or Case.objects.get(message_id=MESSAGE)
    answer.answer(anna, case.message_id, f"Dear {NAME}, we are sorry about your insulin pump.")
    note.note(anna, text=f"Talked to {NAME}, {EMAIL}", customer_id="other-3")
    record(anna, "seen", customer_id=ID, what=f"customers {NAME}", purpose="answer me")
    record(anna, "seen", what=f"customers {NAME}", purpose="answer me")
    Unread.objects.create(
        batch=None, position=1, table="messages", row=f'{{"author_email": "{EMAIL}"}}', reason="x", at=NOW
    )
    held = Import.objects.create(name="old.csv", path="/nowhere", source="old", by="anna", state="done")
    ImportReject.objects.create(of=held, file="old.csv", line=3, value=NAME, reason="no date")
    Proposal.objects.create(by="agent", kind="reply", message_id=MESSAGE, what={"text": f"Hello {NAME}"})
    Proposal.objects.create(by="agent", kind="reply", message_id="forum:1", what={"text": f"Greet {NAME}"})
    Alert.objects.create(cause="x", text=f"{NAME} waits")
    Job.objects.create(name="take in a file", arguments={"who": EMAIL}, state="done", due=NOW, finished=NOW)
    View.objects.create(by=anna, name="Him", page="customers", query=f"q={NAME}", shared=True)
    Setting.objects.create(name="service.note", value={"text": f"ask {NAME}"}, by=anna.email)
    uploads = service.home / "uploads" / ("0" * 32)
    uploads.mkdir(parents=True)
    (uploads / "people.csv").write_text(f"name,email\n{NAME},{EMAIL}\n")
    logs = service.home / "logs"
    logs.mkdir()
    (logs / "service.log").write_text(f"at=now said {NAME} {EMAIL} {PHONE}\n")
    live.export_lake()
    assert jobs


def dumped(service: Any) -> dict[str, bytes]:
    """Every byte of the installation: files of the home, Parquet unpacked, and all rows of the database."""
    import pyarrow.parquet as pq
    from django.apps import apps
    from django.db import connection

    found: dict[str, bytes] = {}
    for path in sorted(service.home.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(service.home))] = path.read_bytes()
            if path.suffix == ".parquet":
                found[f"{path.relative_to(service.home)}, unpacked"] = str(pq.read_table(path).to_pylist()).encode()
    found |= server_files(service)
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = cursor.fetchall()
            found[f"table {table}"] = "\n".join(map(_whole, rows)).encode()
            if table == "batch_raw":
                found["batch_raw, unpacked"] = b"\n".join(_unpacked(bytes(row[1])) for row in rows)
    return found


def server_files(service: Any) -> dict[str, bytes]:
    """The files in which PostgreSQL keeps this database; its write-ahead log is beyond an erasure's reach."""
    from pathlib import Path

    from django.db import connection

    if service.kind != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, current_setting('data_directory') FROM pg_database WHERE datname = current_database()"
        )
        oid, folder = cursor.fetchone()
        cursor.execute("CHECKPOINT")
    files = [path for path in (Path(folder) / "base" / str(oid)).iterdir() if path.is_file()]
    assert len(files) > 100
    return {f"server file {path.name}": path.read_bytes() for path in sorted(files)}


def _whole(row: Any) -> str:
    return str([bytes(one).decode("utf-8", "replace") if isinstance(one, (bytes, memoryview)) else one for one in row])


def _unpacked(body: bytes) -> bytes:
    import gzip

    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def needles_in(content: bytes) -> list[str]:
    """Which of the needles stand in some bytes, in any case of letters."""
    text = content.decode("utf-8", "replace").casefold()
    return [needle for needle in NEEDLES if needle.casefold() in text]
