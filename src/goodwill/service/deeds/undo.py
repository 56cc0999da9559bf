"""What somebody did taken back: case and reading as they were, the facts that it wrote gone again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import SOURCE, CannotBe, Doing, allow
from goodwill.service.intake import lake_follows, remove
from goodwill.service.store.models import FACTS, Batch, Deed

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague


@transaction.atomic
def undo(colleague: Colleague, deed: int | str) -> Deed:
    """Undoes a deed. One's own; an admin undoes anybody's. A later deed on the same case is undone first."""
    allow(colleague, "agent", "undo")
    done = Deed.objects.select_related("by").filter(pk=_number(deed)).first()
    if done is None:
        raise CannotBe("there is no such deed", where="undo", mend="open the case again")
    if done.by_id != colleague.pk:
        allow(colleague, "admin", "undo what somebody else did")
    if done.undone_by_id is not None or done.kind == "undo":
        raise CannotBe("this was undone already", where="undo", mend="do it again instead")
    _nothing_later(done)
    doing = Doing(colleague, "undo", done.message_id, done.customer_id, done.kind).begin()
    for table, kept in done.before.items():
        doing.change(_row_of(table, kept["key"]), **_values(table, kept["was"]))
    for fact in done.after.get("facts", ()):
        _forget(fact, colleague)
    doing.after["undoes"] = done.pk
    entry = doing.end(f"{done.kind} {done.pk}")
    done.undone_by = entry
    done.save(update_fields=["undone_by"])
    if done.message_id and done.before:
        message_id = done.message_id
        transaction.on_commit(lambda: _again(message_id), robust=True)
    return entry


def _number(deed: int | str) -> int:
    try:
        return int(deed)
    except (TypeError, ValueError):
        raise CannotBe("there is no such deed", where="undo", mend="open the case again") from None


def _nothing_later(done: Deed) -> None:
    """What came after rests on what is to be undone."""
    if done.kind == "note":
        return
    later = Deed.objects.filter(pk__gt=done.pk, undone_by=None).exclude(kind__in=("undo", "note"))
    for other in later.filter(message_id=done.message_id) if done.message_id else ():
        if done.kind == "hear" or set(other.before) & set(done.before):
            raise CannotBe(f"{other.by or 'somebody'} did something after it", where="undo", mend="undo that first")


def _row_of(table: str, key: Any) -> Any:
    model = next(model for model in apps.get_app_config("store").get_models() if model._meta.db_table == table)
    row = model.objects.filter(pk=key).first()
    if row is None:
        raise CannotBe("what it changed is no longer there", where="undo", mend="nothing is left to undo")
    return row


def _values(table: str, was: dict[str, Any]) -> dict[str, Any]:
    """What was there, in the types of its columns."""
    model = next(model for model in apps.get_app_config("store").get_models() if model._meta.db_table == table)
    return {name: model._meta.get_field(name).to_python(value) for name, value in was.items()}


def _forget(fact: dict[str, Any], colleague: Colleague) -> None:
    """Takes a fact back: out of its batch where it still waits, else out of its table."""
    waiting = Batch.objects.filter(pk=fact["batch"], state=Batch.WAITING)
    if waiting.update(state=Batch.DRAINED, drained=timezone.now(), stored=0):
        return
    if fact["table"] == "messages":  # with its reading and its case
        keys = list(FACTS["messages"].objects.filter(batch=fact["batch"]).values_list("fact_key", flat=True))
        if keys:
            remove("messages", keys, source=SOURCE, by=colleague.email)
    else:
        gone = FACTS[fact["table"]].objects.filter(batch=fact["batch"])
        lake_follows(fact["table"], dict(gone.values_list("fact_key", "row")))
        gone.delete()


def _again(message_id: str) -> None:
    from goodwill.service import live

    live.rerank([message_id])
