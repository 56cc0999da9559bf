"""Mail: a mailbox in one file. What came is messages, what we sent is actions."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

DIALECTS = (
    Dialect(
        "mailbox (mbox)",
        ("Message-ID", "Date", "From", "Text", "Automatic", "ours"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'email:' || {Message-ID}",
                    "at": "{Date}",
                    "source": "email",
                    "channel": "email",
                    "author": "{From}",
                    "text": "{Text}",
                    "in_reply_to": "sql:'email:' || {In-Reply-To}",
                    "thread": "sql:'email:' || {Thread}",
                    "to_us": "sql:CASE WHEN {List-Id} IS NULL THEN 'true' ELSE 'false' END",
                },
                handles=(("email", None, "{From}"),),
                where="{ours} = 'false' AND {Automatic} = 'false'",
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": "sql:'email:' || {Message-ID}",
                    "message_id": "sql:'email:' || {In-Reply-To}",
                    "at": "{Date}",
                    "staff": "{From-Name}",
                    "kind": "reply",
                    "channel": "email",
                },
                where="{ours} = 'true' AND {Automatic} = 'false' AND {In-Reply-To} IS NOT NULL",
                utc=("at",),
            ),
        ),
        note="quoted text and signatures are cut, attachments stay in the mailbox, automatic answers are left out; mail"
        " from the mailbox's own address, or marked 'Sent', is ours, and counts where it answers somebody",
    ),
)
