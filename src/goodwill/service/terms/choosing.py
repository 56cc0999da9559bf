"""A customer's choice of terms: kept as a fact by the one way in, stored at once, and in force when it returns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.facts import PURPOSES
from goodwill.know.agreements import AGREEMENTS
from goodwill.know.terms import answers
from goodwill.service import intake, live
from goodwill.service.intake.refused import Refused
from goodwill.service.live import terms
from goodwill.service.store import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.service.store.models import Batch, Colleague, Token

SOURCE = "terms"


def state(customer_id: str) -> dict[str, Any]:
    """What holds for a customer now: `customer_id`, `at`, `agreement`, `basis`, `purposes` (those that hold), `refused`
    (those that do not), and `answers` ({purpose, holds, ground}: their word, their agreement, the basis, nobody asked).

    The same for somebody who never chose: then `at` and `agreement` are None. Nothing is looked up but their terms.
    """
    firm = live.firm()
    person = live.person_of(customer_id)
    row = terms.latest_terms([person]).get(person)
    found = answers(row, firm)
    return {
        "customer_id": customer_id,
        "at": row["at"] if row else None,
        "agreement": row["agreement"] if row else None,
        "basis": firm.terms.basis,
        "purposes": [one.purpose for one in found if one.holds],
        "refused": [one.purpose for one in found if not one.holds],
        "answers": [{"purpose": one.purpose, "holds": one.holds, "ground": one.ground} for one in found],
    }


def choose(
    customer_id: str,
    purposes: Sequence[str] | None,
    agreement: str | None,
    by: Colleague | Token | str,
    *,
    signature: str | None = None,
) -> dict[str, Any]:
    """Keeps what a customer chose: `purposes` are allowed and the others refused; without them the agreement's hold.

    `by` is who brought it (for the log); `signature` of the record, where there is one. Gives `state`. Raises Refused
    (422, with `field`) for what cannot be chosen. Whoever calls has made sure that it is the customer's own choice.
    """
    with transaction.atomic():
        batch = keep(customer_id, purposes, agreement, by, signature=signature)
    bring_in(batch)
    return state(customer_id)


def keep(
    customer_id: str,
    purposes: Sequence[str] | None,
    agreement: str | None,
    by: Colleague | Token | str,
    *,
    signature: str | None = None,
) -> Batch:
    """The first half of `choose`, within the caller's transaction: kept, and in force as soon as it is brought in."""
    row = _row(customer_id, purposes, agreement)
    if signature:
        row["signature"] = signature
    named = "nothing" if not row["purposes"] else ", ".join(row["purposes"])
    batch = intake.store_rows("terms", [row], source=SOURCE, by=audit.name_of(by))
    said = f"{agreement}: {named}" if agreement else named
    audit.record(by, "terms", customer_id=live.person_of(customer_id), what=said, purpose="their choice")
    return batch


def bring_in(batch: Batch) -> None:
    """The second half: stored as a fact, and everything that rests on it made anew. The drainer does it otherwise."""
    drained = intake.drain_batch(batch)
    if drained.stored:
        live.after_drain(drained)


def _row(customer_id: str, purposes: Sequence[str] | None, agreement: str | None) -> dict[str, Any]:
    if agreement is not None and agreement not in AGREEMENTS:
        raise _refused(
            "agreement", f"no agreement is called {str(agreement)[:40]!r}", f"choose {', '.join(AGREEMENTS)}"
        )
    if purposes is None and agreement is None:
        raise _refused("purposes", "neither purposes nor an agreement were chosen", "name one of them")
    unknown = sorted(str(one)[:40] for one in purposes or () if one not in PURPOSES)
    if unknown:
        raise _refused("purposes", f"no purpose is called {unknown[0]!r}", f"choose among {', '.join(PURPOSES)}")
    row: dict[str, Any] = {"customer_id": customer_id, "at": datetime.now(UTC)}
    if agreement is not None:
        row["agreement"] = agreement
    chosen = set(purposes) if purposes is not None else by_agreement(customer_id, agreement or "")
    return {**row, "purposes": [purpose for purpose in PURPOSES if purpose in chosen]}


def by_agreement(customer_id: str, agreement: str, purposes: Sequence[str] | None = None) -> set[str]:
    """The purposes that hold under an agreement (those that were `purposes` of it, else all that it means); one that
    contributes leaves what held before."""
    agreed = AGREEMENTS[agreement]
    before = set() if agreed.replaces else set(state(customer_id)["purposes"])
    return before | set(agreed.purposes if purposes is None else purposes)


def _refused(field: str, what: str, mend: str) -> Refused:
    return Refused(422, what, where=f"terms, {field}", mend=mend, field=field)
