"""What follows from them: the statement of account; whom they brought, what they taught; their referral link."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from goodwill.ledger.kinds import PART_OF_KIND
from goodwill.service import live, terms
from goodwill.service.door import choices, entry, words
from goodwill.service.door.frame import show
from goodwill.service.live import people
from goodwill.service.pages.account import Account, account_of
from goodwill.service.store.models import ReferralCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for another
MOST_LINES = 60


@entry.visitor
def given(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page; no sums where their terms forbid them."""
    found = live.customer(customer_id) or {}
    valued = "value me" in terms.state(customer_id)["purposes"]
    account = account_of(customer_id) if valued else None
    return show(
        request,
        "given",
        here="given",
        valued=valued,
        account=account,
        parts=parts(account) if account else (),
        passed=_said(account.latest(words.PASSED_ON, MOST_LINES, passed_on=True)) if account else (),
        standing=words.STANDINGS.get((account.worth.standing or "") if account else ""),
        did=did(found),
        ideas=[{**row, "became": words.BECAME[row["state"] or "heard"]} for row in found.get("contributions", ())],
        thanks=[row for row in found.get("actions", ()) if row["kind"] == "thank"],
        link=referral_link(customer_id),
    )


def did(found: dict[str, Any]) -> list[tuple[str, int, str]]:
    """What they did for the firm, counted: the words, the number, and what came of it."""
    referrals, messages = found.get("referrals", {}), found.get("messages", ())
    brought, bought = referrals.get("brought", 0), referrals.get("bought", 0)
    helped = [row for row in messages if row.get("accepted") or row.get("helpful_votes")]
    votes = sum(row.get("helpful_votes") or 0 for row in helped)
    counted = (
        ("You brought others", brought, f"{bought} of them bought something" if brought else ""),
        ("Your answers helped others", len(helped), f"{votes:,} said so" if votes else ""),
        ("You gave ideas and help", len(found.get("contributions", ())), ""),
        ("You answered our surveys", len(found.get("responses", ())), ""),
    )
    return [one for one in counted if one[1]]


def parts(account: Account) -> list[dict[str, Any]]:
    """The four parts of what follows, each with the lines that it is made of."""
    return [
        {
            "key": part.key,
            "amount": part.amount,
            "words": words.PARTS[part.key][0],
            "nothing": words.PARTS[part.key][1],
            "lines": _said(account.latest(_kinds(part.key), MOST_LINES, passed_on=False)),
        }
        for part in account.parts
    ]


def _kinds(part: str) -> list[str]:
    return [kind for kind, its in PART_OF_KIND.items() if its == part]


def _said(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**line, "words": words.line(line["kind"], float(line["amount"]))} for line in lines]


def referral_link(customer_id: str) -> str:
    """Their own link to the firm's shop; '' where the firm has named no page for it."""
    page = choices.referral_page()
    return page.replace(choices.CODE, code_of(customer_id)) if page else ""


def code_of(customer_id: str) -> str:
    """The word in their link: short, random, theirs for good."""
    ids = sorted(people.ids_of([customer_id]))
    kept = (
        ReferralCode.objects.filter(customer_id__in=ids).order_by("made", "code").values_list("code", flat=True).first()
    )
    if kept:
        return str(kept)
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return str(ReferralCode.objects.get_or_create(customer_id=customer_id, defaults={"code": code})[0].code)
