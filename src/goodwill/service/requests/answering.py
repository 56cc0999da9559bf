"""The answer to each kind of request, with one button: what is done for it, and what the customer is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.errors import InputError
from goodwill.facts import PURPOSES
from goodwill.service import erasing, terms
from goodwill.service.requests import queue

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Request, Token

DOES = {
    "access": "gives the file of everything that is held",
    "portability": "gives the same file, for another firm to read",
    "rectify": "says what was corrected; the correction itself is made where the fact is shown",
    "erase": "erases them, with a receipt",
    "restrict": "refuses every purpose but answering them",
    "object": "refuses being valued, news, quotes and study",
}
"""What the button of each kind does."""


def fulfil(number: str, by: Colleague | Token | str, answer: str = "") -> Request:
    """Does what is asked for and settles the request. Raises InputError before anything is done where who they are
    was not made sure, where it is settled, or where a correction says nothing."""
    row = queue.required(number)
    if not row.identity:
        raise InputError(
            "it was not made sure that it is they",
            where=f"request {number}",
            mend="note how their identity was checked",
        )
    if row.kind == "rectify":
        return queue.settle(number, answer, by)
    if row.kind == "erase":
        receipt = erasing.erase(str(row.customer_id), by, "their request (GDPR art. 17)")
        said = answer or f"You are being erased. The receipt is {receipt}: it says what went, and what the law keeps."
        return queue.settle(number, said, by, receipt=receipt)
    if row.kind in ("restrict", "object"):
        held = set(terms.state(str(row.customer_id))["purposes"])
        left = [one for one in PURPOSES if one in held and one == "answer me"]
        terms.set(str(row.customer_id), left, None, by)
        did = "From now on we use what we hold to answer you and for nothing else."
        return queue.settle(number, answer or did, by)
    return queue.settle(number, answer or "Everything that we hold is in the file that comes with this.", by)
