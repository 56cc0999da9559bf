"""Zendesk: the tickets export as CSV (a view's), and tickets as JSON Lines (the account's data export)."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_REPLIED = (
    "sql:strftime(try_cast(left(trim({Created at}), 19) AS TIMESTAMP)"
    " + to_seconds(60 * try_cast({First reply time in minutes} AS DOUBLE)), '%Y-%m-%d %H:%M:%S')"
    " || substr(trim({Created at}), 20)"
)

DIALECTS = (
    Dialect(
        "Zendesk tickets export",
        ("Id", "Requester", "Subject", "Status", "Via", "Created at"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'zendesk:' || {Id}",
                    "at": "{Created at}",
                    "source": "zendesk",
                    "channel": "{Via}",
                    "author": "{Requester email} else {Requester}",
                    "customer_id": "{Requester external id}",
                    "text": "sql:concat_ws(chr(10), nullif(trim({Subject}), ''), nullif(trim({Description}), ''))"
                    " else {Subject}",
                    "thread": "sql:'zendesk:' || {Id}",
                    "to_us": "true",
                },
                handles=(("email", None, "{Requester email}"),),
            ),
            Part(
                "actions",
                {
                    "action_id": "sql:'zendesk:' || {Id} || ':first reply'",
                    "message_id": "sql:'zendesk:' || {Id}",
                    "at": _REPLIED,
                    "staff": "{Assignee}",
                    "kind": "reply",
                    "channel": "{Via}",
                },
                where="try_cast({First reply time in minutes} AS DOUBLE) IS NOT NULL",
            ),
        ),
    ),
    Dialect(
        "Zendesk tickets as JSON",
        ("id", "subject", "description", "requester_id", "created_at"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'zendesk:' || {id}",
                    "at": "{created_at}",
                    "source": "zendesk",
                    "channel": "{via.channel}",
                    "author": "{requester.email} else {requester.name} else {requester_id}",
                    "text": "sql:concat_ws(chr(10), nullif(trim({subject}), ''), nullif(trim({description}), ''))",
                    "thread": "sql:'zendesk:' || {id}",
                    "url": "{url}",
                    "to_us": "true",
                },
                handles=(("email", None, "{requester.email}"),),
                utc=("at",),
            ),
        ),
    ),
)
