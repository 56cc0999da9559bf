"""What an agent program proposed, settled by a person: accepted, perhaps in other words, or declined.

Accepting does the deed itself, in the person's name; the proposal is what they had before them, nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from goodwill.service.deeds.answer import answer
from goodwill.service.deeds.correct import READINGS_TABLE, correct
from goodwill.service.deeds.doing import CannotBe, Overtaken, allow
from goodwill.service.deeds.thank import thank
from goodwill.service.store.audit import record
from goodwill.service.store.models import Proposal

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed

WAITING, ACCEPTED, DECLINED = "waiting", "accepted", "declined"


@transaction.atomic
def accept(colleague: Colleague, proposal: int, text: str | None = None, *, again: bool = False) -> Deed:
    """Does what was proposed. `text` stands in the place of the proposed one where the person changed it.

    Raises Overtaken where the proposal is settled, or the case was answered meanwhile (`again` answers all the same).
    """
    allow(colleague, "agent", "accept a proposal")
    found = _waiting(proposal)
    done = _do(colleague, found, text, again)
    _settle(colleague, found, ACCEPTED)
    return done


@transaction.atomic
def decline(colleague: Colleague, proposal: int) -> Proposal:
    """Settles it without doing anything. Raises Overtaken where it is settled already."""
    allow(colleague, "agent", "decline a proposal")
    found = _waiting(proposal)
    _settle(colleague, found, DECLINED)
    return found


def _waiting(proposal: int) -> Proposal:
    rows = Proposal.objects.select_related("settled_by")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=proposal).first()
    if found is None:
        raise CannotBe(f"no proposal has the number {proposal}", where="proposal", mend="open the list again")
    if found.state != WAITING:
        who = found.settled_by or "Somebody"
        raise Overtaken(f"{who} {found.state} it already", where="proposal", mend="open the list again")
    return found


def _do(colleague: Colleague, found: Proposal, text: str | None, again: bool) -> Deed:
    what, message_id = found.what, found.message_id or ""
    if found.kind == "correction":
        return correct(colleague, what.get("table", READINGS_TABLE), message_id, what["field"], what["value"])
    written = what["text"] if text is None else text
    deed = thank if found.kind == "thanks" else answer
    return deed(colleague, message_id, written, again=again)


def _settle(colleague: Colleague, found: Proposal, state: str) -> None:
    found.state, found.settled_by, found.settled_at = state, colleague, timezone.now()
    found.save(update_fields=["state", "settled_by", "settled_at"])
    record(
        colleague,
        f"{state} a proposal",
        customer_id=found.customer_id,
        what=f"proposal {found.pk} of {found.by}: {found.kind} {found.message_id}",
    )
