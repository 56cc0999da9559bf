"""Shopify: the orders export (Orders › Export) and the customers export (Customers › Export)."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

# An order takes a line per article; only its first line has a total.
_SOLD = (
    "nullif(trim({Total}), '') IS NOT NULL AND lower(coalesce(trim({Financial Status}), ''))"
    " NOT IN ('voided', 'expired', 'pending', 'authorized')"
)
_ID = "sql:ltrim({Customer ID}, '''')"  # written '1234 so that spreadsheets leave it alone

DIALECTS = (
    Dialect(
        "Shopify orders export",
        ("Name", "Email", "Financial Status", "Total", "Lineitem name"),
        (
            Part(
                "purchases",
                {
                    "purchase_id": "{Name}",
                    "at": "{Created at} else {Paid at}",
                    "amount": "{Total}",
                    "currency": "{Currency}",
                    "channel": "{Source}",
                },
                handles=(("email", None, "{Email}"), ("phone", None, "{Phone} else {Billing Phone}")),
                where=_SOLD,
            ),
            Part(
                "purchases",
                {
                    "purchase_id": "sql:{Name} || '-refund'",
                    "at": "{Created at} else {Paid at}",
                    "amount": "{Refunded Amount}",
                    "currency": "{Currency}",
                    "kind": "return",
                    "channel": "{Source}",
                },
                handles=(("email", None, "{Email}"), ("phone", None, "{Phone} else {Billing Phone}")),
                where=_SOLD + " AND try_cast({Refunded Amount} AS DOUBLE) > 0",
            ),
        ),
        note="orders that are pending, authorised only, voided or expired are no purchases; a refund is booked on its"
        " order's date, since the export does not say when it was given",
    ),
    Dialect(
        "Shopify customers export",
        ("First Name", "Last Name", "Email", "Total Spent", "Total Orders"),
        (
            Part(
                "people",
                {
                    "customer_id": _ID,
                    "name": "sql:nullif(trim(concat_ws(' ', {First Name}, {Last Name})), '')",
                    "country": "{Default Address Country Code} else {Country Code} else {Country}",
                },
                handles=(("email", None, "{Email}"), ("phone", None, "sql:ltrim({Phone}, '''')")),
            ),
        ),
    ),
)
