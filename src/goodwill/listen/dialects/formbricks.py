"""Formbricks: a survey's responses as CSV (Summary › Responses › Download). Questions are found by their words."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

DIALECTS = (
    Dialect(
        "Formbricks responses export",
        ("Response ID", "Timestamp", "Finished", "Survey ID"),
        (
            Part(
                "responses",
                {
                    "response_id": "sql:'formbricks:' || {Response ID}",
                    "survey": "{Survey ID}",
                    "at": "{Timestamp}",
                    "customer_id": "{customer_id} else {customerId} else {User ID}",
                    "score": "{~recommend|how likely|\\bnps\\b}",
                    "comment": "{~main reason|reason for|why|tell us|comment|feedback|improve|anything else}",
                    "touchpoint": "{touchpoint} else {source} else {action}",
                    "reason": "{~hear about us|why did you come|brought you|find us}",
                    "staff": "{staff} else {~who served|who helped}",
                },
                handles=(("email", None, "{email} else {Verified Email} else {~e-?mail}"),),
                # A response that was given up before any answer says nothing.
                where="nullif(trim(coalesce({~recommend|how likely|\\bnps\\b}, '')), '') IS NOT NULL"
                " OR lower({Finished}) IN ('yes', 'true')",
                utc=("at",),
            ),
        ),
        note="the score is the question with 'recommend' or 'how likely' in it; other questions' answers stay in the"
        " file but for one comment",
    ),
)
