"""Stack Exchange: questions, answers, comments and users of a dump (also as CSV from its Data Explorer)."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_SITE = "'stackexchange:' || coalesce({Site}, '')"
_POST = f"sql:{_SITE} || {{Id}} else sql:'stackexchange:' || {{Id}}"
_PARENT = f"sql:{_SITE} || {{ParentId}} else sql:'stackexchange:' || {{ParentId}}"
_VOTES = "sql:CASE WHEN try_cast({Score} AS BIGINT) > 0 THEN {Score} END"

DIALECTS = (
    Dialect(
        "Stack Exchange posts",
        ("Id", "PostTypeId", "CreationDate", "Body", "OwnerUserId"),
        (
            Part(
                "messages",
                {
                    "message_id": _POST,
                    "at": "{CreationDate}",
                    "source": "stackexchange",
                    "channel": "forum",
                    "author": "sql:coalesce({OwnerUserId}, {OwnerDisplayName}) else {OwnerUserId}",
                    "text": "sql:concat_ws(chr(10), nullif(trim({Title}), ''), nullif(trim({Body}), '')) else {Body}",
                    "audience": "{ViewCount}",
                    "helpful_votes": _VOTES,
                    "in_reply_to": _PARENT,
                    "thread": f"sql:{_SITE} || coalesce({{ParentId}}, {{Id}})"
                    " else sql:'stackexchange:' || coalesce({ParentId}, {Id})",
                    "accepted": "{Accepted}",
                    "to_us": "false",
                },
                # 1 questions, 2 answers; the others are pages about tags and the like.
                where="{PostTypeId} IN ('1', '2')",
                utc=("at",),
            ),
        ),
        note="tag pages and the like are left out; a question's views are its audience",
    ),
    Dialect(
        "Stack Exchange comments",
        ("Id", "PostId", "Text", "CreationDate", "UserId"),
        (
            Part(
                "messages",
                {
                    "message_id": f"sql:{_SITE} || 'comment:' || {{Id}} else sql:'stackexchange:comment:' || {{Id}}",
                    "at": "{CreationDate}",
                    "source": "stackexchange",
                    "channel": "forum",
                    "author": "sql:coalesce({UserId}, {UserDisplayName}) else {UserId}",
                    "text": "{Text}",
                    "helpful_votes": _VOTES,
                    "in_reply_to": f"sql:{_SITE} || {{PostId}} else sql:'stackexchange:' || {{PostId}}",
                    "to_us": "false",
                },
                utc=("at",),
            ),
        ),
    ),
    Dialect(
        "Stack Exchange users",
        ("Id", "Reputation", "DisplayName", "CreationDate"),
        (
            Part(
                "people",
                {
                    "customer_id": f"sql:{_SITE} || 'user:' || {{Id}} else sql:'stackexchange:user:' || {{Id}}",
                    "name": "{DisplayName}",
                },
                # Users below 1 are the site itself.
                where="try_cast({Id} AS BIGINT) > 0",
                handles=(("account", "forum", "{Id}"),),
            ),
        ),
    ),
)
