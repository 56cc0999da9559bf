"""Google: the reviews of a Business Profile, as Google Takeout and the Business Profile API write them (JSON)."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_ID = "'google:' || coalesce({reviewId}, regexp_extract({name}, '[^/]+$'))"
_ID_OF_NAME = "'google:' || regexp_extract({name}, '[^/]+$')"
_ID_ALONE = "'google:' || {reviewId}"
_STARS = (
    "CASE upper({starRating}) WHEN 'ONE' THEN '1' WHEN 'TWO' THEN '2' WHEN 'THREE' THEN '3' WHEN 'FOUR' THEN '4'"
    " WHEN 'FIVE' THEN '5' WHEN 'STAR_RATING_UNSPECIFIED' THEN NULL ELSE {starRating} END"
)
# Google puts a machine's translation before the original, or after it.
_WORDS = (
    "trim(CASE WHEN contains({comment}, '(Original)') THEN split_part({comment}, '(Original)', 2)"
    " ELSE split_part({comment}, '(Translated by Google)', 1) END)"
)
_TEXT = f"sql:coalesce(nullif({_WORDS}, ''), ({_STARS}) || ' stars') else sql:({_STARS}) || ' stars'"


def _id(more: str = "") -> str:
    ends = f" || '{more}'" if more else ""
    return " else ".join(f"sql:{one}{ends}" for one in (_ID, _ID_OF_NAME, _ID_ALONE))


DIALECTS = (
    Dialect(
        "Google reviews",
        ("reviewer.displayName", "starRating", "createTime"),
        (
            Part(
                "messages",
                {
                    "message_id": _id(),
                    "at": "sql:coalesce(nullif({updateTime}, ''), {createTime}) else {createTime}",
                    "source": "google",
                    "channel": "review",
                    "author": "{reviewer.displayName}",
                    "text": _TEXT,
                    "rating": f"sql:{_STARS}",
                    "place": "sql:nullif(regexp_extract({name}, 'locations/([^/]+)', 1), '')",
                    "to_us": "false",
                },
                utc=("at",),
            ),
            Part(
                "actions",
                {
                    "action_id": _id(":reply"),
                    "message_id": _id(),
                    "at": "{reviewReply.updateTime}",
                    "kind": "reply",
                    "channel": "review",
                },
                where="nullif({reviewReply.updateTime}, '') IS NOT NULL",
                utc=("at",),
            ),
        ),
        note="a review of stars without words is kept with the text '5 stars'; of a translated one the original is"
        " kept; the export names reviewers, but no handle of theirs",
    ),
)
