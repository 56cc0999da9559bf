"""Why each source was refused or could not be heard: the last fifty reasons, for the people who mend it.

What is kept is what goodwill's own errors say (what, where, how to mend it), with personal data masked; of an error
that is not ours only its kind, since what it says may quote what was sent.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import F

from goodwill.errors import GoodwillError
from goodwill.privacy import mask
from goodwill.service.store.models import Refusal

KEPT = 50
LONGEST = 300


def note(source: str, problem: BaseException | str, at: datetime | None = None) -> None:
    """Keeps one more; the same as the last one is counted with it."""
    at = at or datetime.now(UTC)
    what, where, mend = said(problem)
    last = Refusal.objects.filter(source=source).order_by("-id").first()
    if last is not None and (last.what, last.where, last.mend) == (what, where, mend):
        Refusal.objects.filter(pk=last.pk).update(times=F("times") + 1, at=at)
        return
    Refusal.objects.create(source=source, what=what, where=where, mend=mend, first=at, at=at)
    kept = Refusal.objects.filter(source=source).order_by("-id").values_list("id", flat=True)
    over = list(kept[KEPT : KEPT + 100])
    if over:
        Refusal.objects.filter(id__in=over).delete()


def said(problem: BaseException | str) -> tuple[str, str, str]:
    """What is wrong, where, and how to mend it, as it may be kept.

    >>> said(GoodwillError("no time: anna@home.example", where="row 3", mend="write 2026-05-03"))
    ('no time: [email]', 'row 3', 'write 2026-05-03')
    >>> said(KeyError("anna@home.example"))
    ('an error of goodwill’s own: KeyError', '', 'the log says more')
    """
    if isinstance(problem, str):
        return _kept(problem), "", ""
    if isinstance(problem, GoodwillError):
        return _kept(problem.what), _kept(problem.where), _kept(problem.mend)
    return f"an error of goodwill’s own: {type(problem).__name__}", "", "the log says more"


def _kept(text: str) -> str:
    return mask(text.replace("\x00", "")[: 4 * LONGEST])[:LONGEST]


def of(source: str, most: int = KEPT) -> list[Refusal]:
    """The reasons of a source, the latest first."""
    return list(Refusal.objects.filter(source=source).order_by("-id")[:most])


def forget(source: str) -> None:
    """The source is gone."""
    Refusal.objects.filter(source=source).delete()
