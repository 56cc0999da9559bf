"""The jobs: one erases a person from the store, the other cleans files and free space after all who wait for it.

Both may be killed at any moment and are done again from the start: what is gone already is simply not found.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import GoodwillError
from goodwill.service import jobs
from goodwill.service.erasing import cleaning, facts, files, made, subject, sweeping, tombstones
from goodwill.service.erasing.asking import ERASE, required
from goodwill.service.erasing.report import Report
from goodwill.service.intake.pieces import lock
from goodwill.service.store import audit
from goodwill.service.store.models import Erasure, Hold, Valuation

if TYPE_CHECKING:
    from goodwill.service.erasing.subject import Subject
    from goodwill.service.jobs.registry import Tell

CLEAN = "clean up after erasures"
AGAIN = timedelta(seconds=30)
VALUING_LASTS = timedelta(hours=1)
"""A valuation that was begun longer ago than this is taken for dead."""
ALWAYS = (
    "batch_raw", "person", "worth", "line", "tie", "reading", "case", "deed", "audit", "job", "erasure", "lake_change",
    "valuation", "recognisable", "unread", "proposal", "before", "import_reject", "hold", "held_fact", "request",
    "link", "decision",
)  # fmt: skip
"""Tables whose files are made anew (PostgreSQL) after every erasure, beside those that it has changed."""


@jobs.job(ERASE, tries=20)
def erase_a_person(tell: Tell, receipt: str) -> str:
    """Deletes, reduces and masks; then the files wait to be cleaned."""
    row = required(receipt)
    if row.state == Erasure.ASKED:
        cleaning.write_over()
        tell("taking in what waits", 0.0)
        drain_what_waits()
        tell("deleting", 0.1)
        whom = erase_from_store(row)
        tell("searching every text", 0.4)
        sweep(row, whom)
        Erasure.objects.filter(pk=row.pk, state=Erasure.ASKED).update(state=Erasure.ERASED, erased=datetime.now(UTC))
    jobs.add(CLEAN, once=CLEAN)
    return "erased; files are being cleaned"


def drain_what_waits() -> None:
    """Batches that came before the erasure: what they hold of the person is left out by the tombstones."""
    from goodwill.service import intake, live
    from goodwill.service.store.models import Batch

    last = Batch.objects.filter(state=Batch.WAITING).order_by("-pk").values_list("pk", flat=True).first() or 0
    for _ in range(100_000):
        if not Batch.objects.filter(state=Batch.WAITING, pk__lte=last).exists():
            return
        drained = intake.drain()
        if drained.stored:
            live.after_drain(drained)


def erase_from_store(row: Erasure) -> Subject:
    """Facts, and what was made of them, in one transaction; whom it was about, with what had come since."""
    from goodwill.service import live

    with transaction.atomic():
        lock()
        before = subject.unsealed(row.work)
        whom = before.united(subject.gather(before.person, before.ids, before.keys))
        marks, report = whom.marks(), Report.of(row.report) if row.report else Report()
        holds = _holds(whom)
        facts.erase(whom, marks, holds, live.firm().retention.purchases_years, report)
        made.erase(whom, report)
        for hold in holds:  # it stays, and says no more whose it was
            Hold.objects.filter(pk=hold.pk).update(customer_id=f"erased|{row.whom}")
        tombstones.put(set(whom.tombstones()) - set(before.tombstones()), row.receipt, row.asked)
        _keep(row, whom, report)
    return whom


def _holds(whom: Subject) -> list[Hold]:
    today = datetime.now(UTC).date()
    return list(Hold.objects.filter(customer_id__in=whom.ids, ended=None, until__gte=today).order_by("pk"))


def _keep(row: Erasure, whom: Subject, report: Report) -> None:
    row.work, row.report = whom.sealed(), report.__dict__
    row.save(update_fields=["work", "report"])


def sweep(row: Erasure, whom: Subject) -> int:
    """Every other text, and files; how many rows named the person."""
    report = Report.of(row.report)
    marks = whom.marks()
    with transaction.atomic():  # what a drainer or a ranking wrote meanwhile of what it had read before
        made.erase(whom, report)
    found = sweeping.sweep(marks, report)
    report.add("gone", "batch_raw", sweeping.bytes_of_batches())
    if not files.under_way():
        files.clean(marks, report)
    row.report = report.__dict__
    row.save(update_fields=["report"])
    return found


# --- after them all ---------------------------------------------------------------------------------------------------


@jobs.job(CLEAN, tries=100)
def clean_up(tell: Tell) -> str:
    """Values everybody without them, lets the lake follow, and makes the database's files anew; then receipts are done.

    One round serves all who wait. While an import is under way it comes again later.
    """
    from goodwill.service import live

    waiting = list(Erasure.objects.filter(state=Erasure.ERASED).order_by("asked"))
    if not waiting:
        return "nobody waits"
    if files.under_way() or _being_valued():
        jobs.add(CLEAN, once=f"{CLEAN} later", due=datetime.now(UTC) + AGAIN)
        return "an import or a valuation is under way; it comes again"
    cleaning.write_over()
    if Valuation.objects.filter(state=Valuation.DONE).exists():
        tell("valuing everybody without them", 0.0)
        live.revalue(lambda step, done: tell(step, 0.5 * done))
    _old_proofs_go()
    tell("searching once more", 0.5)
    for row in waiting:
        sweep(row, subject.unsealed(row.work))
    tell("the lake follows", 0.7)
    live.export_lake()
    said = cleaning.make_anew(_tables(waiting), tell)
    for row in waiting:
        _done(row, said)
    cleaning.make_small_anew("erasure")
    return f"{len(waiting):,} erased for good"


def _being_valued() -> bool:
    """Whether a valuation that saw them may still write; one that died is thrown away by the next."""
    since = datetime.now(UTC) - VALUING_LASTS
    Valuation.objects.filter(state=Valuation.WORKING, begun__lt=since).update(state=Valuation.FAILED)
    return Valuation.objects.filter(state=Valuation.WORKING).exists()


def _old_proofs_go() -> None:
    """What former valuations said of causes and promises is shown nowhere, and may quote."""
    latest = Valuation.objects.filter(state=Valuation.DONE).order_by("-pk").values_list("pk", flat=True).first()
    Valuation.objects.exclude(pk=latest).update(proof={})


def _tables(waiting: list[Erasure]) -> list[str]:
    there = set(cleaning.all_tables())
    named: set[str] = {"django_session", *ALWAYS}
    for row in waiting:
        report = Report.of(row.report)
        for counted in (report.gone, report.reduced, report.masked):
            named |= {one for name in counted for one in (name, f"fact_{name}")}
    return sorted(named & there)


def _done(row: Erasure, said: list[str]) -> None:
    report = Report.of(row.report)
    for one in said:
        report.note(one)
    values: dict[str, Any] = {
        "state": Erasure.DONE,
        "finished": datetime.now(UTC),
        "work": "",
        "report": report.__dict__,
    }
    with transaction.atomic():
        if Erasure.objects.filter(pk=row.pk, state=Erasure.ERASED).update(**values):
            audit.record("goodwill", "erased", what=f"receipt {row.receipt}", purpose="erase me")


def now(receipt: str) -> None:
    """All of it at once, in this process: for the command line and for backups that were restored."""
    nothing = lambda _said, _done: None  # noqa: E731
    erase_a_person(nothing, receipt)
    for _ in range(100):
        clean_up(nothing)
        if required(receipt).state == Erasure.DONE:
            return
    raise GoodwillError("it could not be finished now", where=f"receipt {receipt}", mend="the worker goes on with it")
