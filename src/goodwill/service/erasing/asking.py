"""Asking for an erasure, and reading its receipt.

When `erase` returns, the person's tombstones stand: nothing of them comes in again, and their address answers 410. The
job does the rest.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import GoodwillError, InputError
from goodwill.facts import POOL
from goodwill.service.erasing import ERASED, subject, tombstones
from goodwill.service.erasing.report import Report
from goodwill.service.store import audit
from goodwill.service.store.models import Erasure

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

PURPOSE = "erase me"
ERASE = "erase a person"
"""The job that does it."""


def erase(customer_id: str, by: Colleague | Token | str, why: str = "") -> str:
    """Erases the person of an id, with every id that is theirs; the receipt's id.

    Asked twice before it is done, the same receipt comes back. `by` is who asked (a colleague, a token, 'the
    customer'); `why` stands in the receipt and must name nobody. Raises InputError for an account that is no person's,
    and for an id of nobody.
    """
    from goodwill.service import jobs
    from goodwill.service.api import finding

    if customer_id in (POOL, ERASED) or not customer_id:
        raise InputError("this is nobody's own account", where="erase", mend="name a customer")
    with transaction.atomic():
        whom = subject.gather(customer_id)
        if not finding.exists(whom.person):
            raise InputError("nobody is called so, or nothing of theirs is held", where="erase", mend="check the id")
        digest = tombstones.digest(f"id|{whom.person}")
        before = Erasure.objects.filter(whom=digest).exclude(state=Erasure.DONE).first()
        if before is not None:
            return str(before.receipt)
        now = datetime.now(UTC)
        row = Erasure.objects.create(
            receipt=secrets.token_hex(12),
            asked=now,
            by=audit.name_of(by),
            why=whom.marks().mask(why)[:500],
            whom=digest,
            work=whom.sealed(),
        )
        tombstones.put(whom.tombstones(), row.receipt, now)
        audit.record(by, "erasing", what=f"receipt {row.receipt}", purpose=PURPOSE)
        jobs.add(ERASE, once=f"erase {row.receipt}", receipt=row.receipt)
    return str(row.receipt)


def receipt(receipt_id: str) -> dict[str, Any] | None:
    """What a receipt says; None where there is none of that id. It names nobody."""
    from goodwill.service import live

    row = Erasure.objects.filter(pk=receipt_id).first()
    if row is None:
        return None
    report = Report.of(row.report) if row.report else Report()
    backups = (row.erased or row.asked) + timedelta(days=live.firm().retention.backup_days)
    return {
        "receipt": row.receipt,
        "state": row.state,
        "asked": row.asked,
        "by": row.by,
        "why": row.why,
        "erased": row.erased,
        "finished": row.finished,
        "gone": dict(sorted(report.gone.items())),
        "reduced": dict(sorted(report.reduced.items())),
        "masked": dict(sorted(report.masked.items())),
        "kept": report.kept,
        "notes": report.notes,
        "backups_until": backups.date(),
        "backups": "Backups made before hold them until they are overwritten; one that is restored erases them again.",
        "kept_out": row.kept_out,
        "last_kept_out": row.last_kept_out,
    }


def lift(name: str, by: Colleague | Token | str) -> int:
    """Lets somebody who was erased be known again: every tombstone of theirs goes, found by one id or handle.

    `name` is an id, an e-mail address, or 'kind|value' as `know.handles.handle_keys` writes it. Raises InputError where
    nobody of that name was erased. Returns how many tombstones went.
    """
    from goodwill.service.store.models import Tombstone

    tried = [name, f"id|{name}", f"email|{name.strip().lower()}", f"message|{name}"]
    found = tombstones.standing(tried)
    if not found:
        raise InputError("nobody of this name was erased here", where="lift", mend="name an id or an e-mail address")
    receipts = {one.receipt for one in found.values()}
    with transaction.atomic():
        gone = list(Tombstone.objects.filter(receipt__in=receipts).values_list("digest", flat=True))
        number = Tombstone.objects.filter(digest__in=gone).delete()[0]
        audit.record(by, "let come again", what=f"receipts {', '.join(sorted(receipts))}")
    tombstones.strike_out(set(gone))
    return number


def required(receipt_id: str) -> Erasure:
    """The row of a receipt. Raises GoodwillError where there is none."""
    row = Erasure.objects.filter(pk=receipt_id).first()
    if row is None:
        raise GoodwillError("there is no such receipt", where=f"receipt {receipt_id}", mend="check the number")
    return row
