"""Yelp: reviews, tips, check-ins and users of the open data set (JSON Lines), and reviews as its API gives them."""

from __future__ import annotations

from goodwill.listen.dialects.grammar import Dialect, Part

_HANDLE = (("account", "yelp", "{user_id}"),)

DIALECTS = (
    Dialect(
        "Yelp reviews",
        ("review_id", "user_id", "business_id", "stars", "text", "date"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'yelp:' || {review_id}",
                    "at": "{date}",
                    "source": "yelp",
                    "channel": "review",
                    "author": "{user_id}",
                    "text": "{text}",
                    "rating": "{stars}",
                    "place": "{business_id}",
                    "engagements": "sql:CAST(coalesce(try_cast({useful} AS BIGINT), 0)"
                    " + coalesce(try_cast({funny} AS BIGINT), 0) + coalesce(try_cast({cool} AS BIGINT), 0) AS VARCHAR)",
                    "helpful_votes": "sql:CASE WHEN try_cast({useful} AS BIGINT) >= 0 THEN {useful} END",
                    "to_us": "false",
                },
                handles=_HANDLE,
                utc=("at",),
            ),
        ),
    ),
    Dialect(
        "Yelp tips",
        ("text", "date", "compliment_count", "business_id", "user_id"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'yelp:tip:'"
                    " || substr(md5({user_id} || {business_id} || {date} || {text}), 1, 16)",
                    "at": "{date}",
                    "source": "yelp",
                    "channel": "review",
                    "author": "{user_id}",
                    "text": "{text}",
                    "place": "{business_id}",
                    "engagements": "{compliment_count}",
                    "to_us": "false",
                },
                handles=_HANDLE,
                utc=("at",),
            ),
        ),
    ),
    Dialect(
        "Yelp check-ins",
        ("business_id", "date"),
        (
            Part(
                "events",
                {
                    "event_id": "sql:'yelp:' || {business_id} || ':' || trim({each})",
                    "at": "sql:trim({each})",
                    "kind": "visit",
                    "place": "{business_id}",
                    "detail": "Yelp check-in",
                },
                utc=("at",),
            ),
        ),
        note="check-ins say where and when, not who",
        each=("date", ","),
        exactly=True,
    ),
    Dialect(
        "Yelp users",
        ("user_id", "name", "review_count", "yelping_since"),
        (
            Part(
                "people",
                {"customer_id": "sql:'yelp:' || {user_id}", "name": "{name}"},
                handles=_HANDLE,
            ),
        ),
    ),
    Dialect(
        "Yelp reviews (API)",
        ("id", "rating", "text", "time_created", "user.name"),
        (
            Part(
                "messages",
                {
                    "message_id": "sql:'yelp:' || {id}",
                    "at": "{time_created}",
                    "source": "yelp",
                    "channel": "review",
                    "author": "{user.id} else {user.name}",
                    "text": "{text}",
                    "rating": "{rating}",
                    "url": "{url}",
                    "to_us": "false",
                },
                utc=("at",),
            ),
        ),
        note="Yelp's API gives the first 160 letters of a review; the whole text is behind its url",
    ),
)
