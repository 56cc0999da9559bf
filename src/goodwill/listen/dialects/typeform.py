"""Typeform: a form's responses as CSV (Results › Responses › Download). Questions are found by their words."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_PART = Part(
    "responses",
    {
        "response_id": "{#} else {Response ID} else {Token} else {Network ID}",
        "survey": "typeform",
        "at": "{Submit Date (UTC)}",
        "customer_id": "{customer_id} else {~customer.?(id|number)|user.?id}",
        "score": "{~recommend|how likely|\\bnps\\b}",
        "comment": "{~main reason|reason for|why|tell us|comment|feedback|improve|anything else}",
        "touchpoint": "{touchpoint} else {source}",
        "reason": "{~hear about us|why did you come|brought you|find us}",
        "staff": "{staff} else {~who served|who helped}",
    },
    handles=(("email", None, "{~e-?mail}"), ("phone", None, "{~phone|mobile}")),
    where="nullif(trim({Submit Date (UTC)}), '') IS NOT NULL",
    utc=("at",),
    sure=0.8,
)

DIALECTS = (
    Dialect("Typeform responses", ("#", "Submit Date (UTC)"), (_PART,)),
    Dialect("Typeform responses", ("Network ID", "Submit Date (UTC)"), (_PART,)),
)
