"""X (Twitter): what an account's archive holds: its own posts, which are our actions, and direct messages."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_IS_TWEET = "{kind} = 'tweet' AND NOT starts_with(coalesce({full_text}, ''), 'RT @')"
_IS_REPLY = _IS_TWEET + " AND {in_reply_to_status_id_str} IS NOT NULL"

DIALECTS = (
    Dialect(
        "X (Twitter) archive",
        ("id_str", "full_text", "conversation_id", "in_reply_to_status_id_str", "ours"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'twitter:dm:' || {id_str}",
                    "at": "{created_at}",
                    "source": "twitter",
                    "channel": "twitter",
                    "author": "{sender_id}",
                    "text": "{full_text}",
                    "thread": "sql:'twitter:dm:' || {conversation_id}",
                    "to_us": "true",
                },
                where="{kind} = 'direct message' AND {ours} = 'false'",
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": "sql:'twitter:' || {id_str}",
                    "message_id": "sql:'twitter:' || {in_reply_to_status_id_str}",
                    "at": "{created_at}",
                    "kind": "reply",
                    "channel": "twitter",
                },
                where=_IS_REPLY,
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": "sql:'twitter:' || {id_str}",
                    "at": "{created_at}",
                    "kind": "publish advice",
                    "channel": "twitter",
                },
                where=_IS_TWEET + " AND {in_reply_to_status_id_str} IS NULL",
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": "sql:'twitter:dm:' || {id_str}",
                    "at": "{created_at}",
                    "kind": "reply",
                    "channel": "twitter",
                },
                where="{kind} = 'direct message' AND {ours} = 'true'",
                utc=("at",),
            ),
        ),
        note="an archive holds what the account itself wrote (our actions: answers, and what we published) and the"
        " direct messages sent to it; what others said about it in public is not in it: connect X for mentions",
    ),
)
