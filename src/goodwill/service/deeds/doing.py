"""What all deeds share: may they, the case under a lock, the facts that a deed writes, and its entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from goodwill.errors import GoodwillError
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Case, Deed

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.service.store.models import Colleague

SOURCE = "goodwill"
"""The source of facts that people here make."""
PURPOSE = "answer me"
"""Why a case is worked on at all."""
LONGEST = 20_000


class NotAllowed(GoodwillError):
    """The colleague's role does not include this deed."""


class CannotBe(GoodwillError, ValueError):
    """The deed makes no sense as given; the message says how to mend it."""


class Overtaken(CannotBe):
    """Somebody else was there first. Given `again=True`, the deed is done all the same."""


def allow(colleague: Colleague, role: str, what: str) -> None:
    """Raises NotAllowed unless the colleague has the role or one that includes it."""
    if not colleague.may(role):
        raise NotAllowed(f"{colleague} may not {what}", where=colleague.role, mend=f"ask somebody who is {role}")


def words(text: Any, *, what: str, needed: bool = True) -> str:
    """A text as written, without space around it and without signs that no text holds."""
    written = str(text or "").replace("\x00", "").strip()
    if needed and not written:
        raise CannotBe(f"the {what} is empty", where=what, mend="write it")
    if len(written) > LONGEST:
        raise CannotBe(f"the {what} has {len(written):,} letters", where=what, mend=f"keep it under {LONGEST:,}")
    return written


def amount_of(given: Any, *, what: str) -> Decimal:
    """A sum of money above zero; '12.50' and '12,50' both do.

    >>> amount_of("12,50", what="refund")
    Decimal('12.50')
    """
    written = str(given or "").strip().replace("\u00a0", "").replace(" ", "")
    if "," in written and "." not in written:
        written = written.replace(",", ".")
    try:
        sum_of = Decimal(written)
    except InvalidOperation:
        sum_of = Decimal("NaN")
    if not sum_of.is_finite() or sum_of <= 0 or sum_of >= Decimal("1e12"):
        raise CannotBe(f"{str(given or '')[:40]!r} is no {what}", where=what, mend="write a sum such as 12.50")
    return sum_of.quantize(Decimal("0.01"))


def case_of(message_id: str) -> Case:
    """The case of a message, locked until the transaction ends."""
    cases = Case.objects.select_related("taken_by")
    if connection.features.has_select_for_update:
        cases = cases.select_for_update(of=("self",))
    found = cases.filter(message_id=message_id).first()
    if found is None:
        raise CannotBe(f"no case is called {message_id[:80]!r}", where="case", mend="open it again from Now")
    return found


def message_of(message_id: str) -> Any:
    """The message itself, None where it is not stored."""
    return FACTS["messages"].objects.filter(fact_key=message_id).first()


def still_open(case: Case, colleague: Colleague, again: bool) -> None:
    """Raises Overtaken where a colleague has closed or answered it meanwhile."""
    if case.state == Case.OPEN or again:
        return
    last = Deed.objects.filter(message_id=case.message_id, undone_by=None).exclude(kind__in=("note", "undo", "take"))
    who = last.select_related("by").order_by("-id").first()
    name = str(who.by) if who and who.by and who.by_id != colleague.pk else "You" if who and who.by else "Somebody"
    raise Overtaken(
        f"{name} already {'closed' if case.state == Case.RESOLVED else 'answered'} this",
        where="case",
        mend="read it first; send again to record yours as well",
    )


@dataclass
class Doing:
    """One deed being done: what it changes is remembered, so that `undo` can take it back."""

    colleague: Colleague
    kind: str
    message_id: str | None = None
    customer_id: str | None = None
    text: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    deed: Deed | None = None

    def begin(self) -> Doing:
        """Writes the entry first: its number names the facts that the deed makes."""
        self.deed = Deed.objects.create(
            by=self.colleague,
            kind=self.kind,
            message_id=self.message_id,
            customer_id=self.customer_id,
            text=self.text,
        )
        return self

    def change(self, row: Any, **values: Any) -> None:
        """Changes a case or a reading and remembers what was there."""
        kept = self.before.setdefault(row._meta.db_table, {"key": row.pk, "was": {}})
        became = self.after.setdefault(row._meta.db_table, {"key": row.pk, "is": {}})
        for name, value in values.items():
            kept["was"].setdefault(name, _plain(getattr(row, name)))
            became["is"][name] = _plain(value)
            setattr(row, name, value)
        if type(row) in FACTS.values():
            from goodwill.service.intake import lake_follows

            lake_follows(row._meta.db_table.removeprefix("fact_"), {row.fact_key: row.row})
        row.save(update_fields=[name.removesuffix("_id") if name == "taken_by_id" else name for name in values])

    def fact(self, table: str, /, **row: Any) -> None:
        """Writes a fact by the one way in, as a batch of its own, and remembers it."""
        from goodwill.service.intake import store_rows

        plain = {name: _plain(value) for name, value in row.items() if value is not None}
        batch = store_rows(table, [plain], source=SOURCE, by=self.colleague.email)
        self.after.setdefault("facts", []).append({"table": table, "batch": batch.pk})

    def act(self, kind: str, case: Case, **more: Any) -> None:
        """Writes what we did as an action: the fact that the order and the proofs read."""
        assert self.deed is not None
        message = message_of(case.message_id)
        self.fact(
            "actions",
            action_id=f"{SOURCE}:{self.deed.pk}",
            message_id=case.message_id,
            customer_id=case.customer_id,
            at=timezone.now(),
            staff=self.colleague.name or self.colleague.email,
            kind=kind,
            channel=getattr(message, "channel", None),
            **more,
        )

    def end(self, what: str = "") -> Deed:
        """Keeps the entry and the audit line; tells whoever wants to know once all of it is safe."""
        assert self.deed is not None
        self.deed.before, self.deed.after = self.before, self.after
        self.deed.save(update_fields=["before", "after"])
        record(
            self.colleague,
            self.kind,
            customer_id=self.customer_id,
            what=what or f"{self.message_id or self.customer_id or ''}",
            purpose=PURPOSE,
        )
        deed = self.deed
        transaction.on_commit(lambda: tell(deed), robust=True)
        return deed


_LISTENERS: list[Callable[[Deed], None]] = []


def on_deed(listener: Callable[[Deed], None]) -> Callable[[Deed], None]:
    """Registers somebody who is told of each deed after it is safely stored."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)
    return listener


def tell(deed: Deed) -> None:
    for listener in _LISTENERS:
        listener(deed)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
