"""Delighted: survey responses, with columns as its API names them, in JSON Lines or CSV."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_FIELDS = {
    "survey": "{survey_type} else {Survey Type} else delighted",
    "at": "{created_at} else {Created At} else {Responded At}",
    "score": "{score}",
    "comment": "{comment}",
    "touchpoint": "{person_properties.touchpoint} else {touchpoint}",
    "staff": "{person_properties.staff} else {person_properties.agent} else {staff} else {agent}",
}
_WHO = (
    ("email", None, "{person.email} else {person_email} else {Person Email} else {email}"),
    ("phone", None, "{person.phone_number} else {person_phone_number} else {phone_number} else {Phone Number}"),
)

DIALECTS = (
    Dialect(
        "Delighted survey responses",
        ("id", "score", "comment", "survey_type", "created_at"),
        (
            Part(
                "responses",
                {
                    "response_id": "sql:'delighted:' || {id}",
                    "customer_id": "{person_properties.customer_id}",
                    **_FIELDS,
                },
                handles=_WHO,
                utc=("at",),
            ),
        ),
    ),
    Dialect(
        "Delighted survey responses",
        ("Response ID", "Score", "Comment", "Created At"),
        (
            Part(
                "responses",
                {"response_id": "sql:'delighted:' || {Response ID}", "customer_id": "{customer_id}", **_FIELDS},
                handles=_WHO,
            ),
        ),
    ),
)
