"""Facebook: a page's comments, recommendations and check-ins."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_KEY = (
    "coalesce({id}, substr(md5(concat_ws(chr(31), {kind}, {timestamp}, coalesce({author}, ''), coalesce({text}, ''),"
    " coalesce({place}, ''))), 1, 16))"
)

DIALECTS = (
    Dialect(
        "Facebook page export",
        ("kind", "timestamp", "author", "recommends", "place", "ours"),
        (
            Part(
                "messages",
                {
                    "message_id": f"sql:'facebook:' || {_KEY}",
                    "at": "{timestamp}",
                    "source": "facebook",
                    "channel": "facebook",
                    "author": "{author}",
                    "text": "{text}",
                    "rating": "sql:CASE WHEN try_cast({rating} AS DOUBLE) BETWEEN 1 AND 5 THEN {rating} END",
                    "place": "{place}",
                    "url": "{url}",
                    "to_us": "sql:CASE WHEN {kind} = 'comment' THEN 'true' ELSE 'false' END",
                },
                where="{kind} IN ('comment', 'recommendation') AND {ours} = 'false'",
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": f"sql:'facebook:' || {_KEY}",
                    "at": "{timestamp}",
                    "kind": "reply",
                    "channel": "facebook",
                },
                where="{kind} = 'comment' AND {ours} = 'true'",
                utc=("at",),
            ),
            Part(
                "events",
                {
                    "event_id": f"sql:'facebook:' || {_KEY}",
                    "at": "{timestamp}",
                    "kind": "visit",
                    "place": "{place}",
                    "detail": "sql:concat_ws(' ', 'Facebook check-in', 'by ' || {author}, {text})",
                },
                where="{kind} = 'visit'",
                utc=("at",),
            ),
        ),
        note="people are named as they write themselves; what the page itself wrote (by the firm's name) is our action",
    ),
)
