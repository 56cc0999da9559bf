"""Stripe: the payments export (Payments › Export), earlier called charges."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_CREATED = "{Created date (UTC)} else {Created (UTC)} else {Created}"
_PAID = "regexp_matches(lower(trim({Status})), '^(paid|succeeded|refunded|partial|disputed)')"
_WHO = (
    ("email", None, "{Customer Email} else {Email}"),
    ("card", None, "{Card Fingerprint} else {Payment Method Fingerprint}"),
)

DIALECTS = (
    Dialect(
        "Stripe payments export",
        ("id", "Amount", "Amount Refunded", "Currency", "Status"),
        (
            Part(
                "purchases",
                {
                    "purchase_id": "{id}",
                    "customer_id": "{Customer ID}",
                    "at": _CREATED,
                    "amount": "{Amount}",
                    "currency": "{Currency}",
                    "kind": "sql:CASE WHEN {Description} ILIKE '%subscription%' THEN 'subscription' END",
                },
                handles=_WHO,
                where=_PAID,
                utc=("at",),
            ),
            Part(
                "purchases",
                {
                    "purchase_id": "sql:{id} || '-refund'",
                    "customer_id": "{Customer ID}",
                    "at": "sql:coalesce(nullif(trim({Refunded date (UTC)}), ''), {Created date (UTC)}) else "
                    + _CREATED,
                    "amount": "{Amount Refunded}",
                    "currency": "{Currency}",
                    "kind": "return",
                },
                handles=_WHO,
                where=_PAID + " AND regexp_matches({Amount Refunded}, '[1-9]')",
                utc=("at",),
            ),
        ),
        note="payments that failed or were cancelled are no purchases",
    ),
)
