"""Trustpilot: the service reviews export of its business portal."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_REPLY = "Company Reply Date (UTC)"
_REPLY_TOO = "Business Reply Date (UTC)"

DIALECTS = (
    Dialect(
        "Trustpilot reviews export",
        ("Review Id", "Review Created (UTC)", "Review Stars", "Review Content"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'trustpilot:' || {Review Id}",
                    "at": "{Review Created (UTC)}",
                    "source": "trustpilot",
                    "channel": "review",
                    "author": "{Review Username}",
                    "text": "sql:concat_ws(chr(10), nullif(trim({Review Title}), ''),"
                    " nullif(trim({Review Content}), '')) else {Review Content}",
                    "language": "{Review Language}",
                    "rating": "{Review Stars}",
                    "place": "{Location Name} else {Webshop Name} else {Domain URL}",
                    "url": "sql:'https://www.trustpilot.com/reviews/' || {Review Id}",
                    "to_us": "false",
                },
                handles=(
                    ("email", None, "{Review User Email} else {Review Consumer Email}"),
                    ("account", "trustpilot", "{Review Consumer User Id}"),
                ),
                utc=("at",),
            ),
            *(
                Part(
                    "actions",
                    {
                        "action_id": "sql:'trustpilot:' || {Review Id} || ':reply'",
                        "message_id": "sql:'trustpilot:' || {Review Id}",
                        "at": f"{{{column}}}",
                        "kind": "reply",
                        "channel": "review",
                    },
                    where=f"nullif(trim({{{column}}}), '') IS NOT NULL",
                    utc=("at",),
                )
                for column in (_REPLY, _REPLY_TOO)
            ),
        ),
    ),
)
