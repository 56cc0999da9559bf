"""The dialects: how other systems export, one file each. A dialect is recognised by its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.listen.dialects import (
    delighted,
    facebook,
    formbricks,
    google,
    mbox,
    shopify,
    stack_exchange,
    stripe,
    trustpilot,
    twitter,
    typeform,
    yelp,
    zendesk,
)

if TYPE_CHECKING:
    from goodwill.listen.dialects.grammar import Dialect
    from goodwill.listen.source import Source

DIALECTS: tuple[Dialect, ...] = (
    *shopify.DIALECTS,
    *stripe.DIALECTS,
    *zendesk.DIALECTS,
    *typeform.DIALECTS,
    *delighted.DIALECTS,
    *formbricks.DIALECTS,
    *trustpilot.DIALECTS,
    *google.DIALECTS,
    *yelp.DIALECTS,
    *facebook.DIALECTS,
    *twitter.DIALECTS,
    *mbox.DIALECTS,
    *stack_exchange.DIALECTS,
)


def dialect_of(source: Source) -> Dialect | None:
    """The dialect whose marks a file's header bears; the one with most marks where several do."""
    names = {column.name.casefold() for column in source.columns}
    bearing = [
        one
        for one in DIALECTS
        if all(mark.casefold() in names for mark in one.marks) and (not one.exactly or len(names) == len(one.marks))
    ]
    return max(bearing, key=lambda one: len(one.marks)) if bearing else None
