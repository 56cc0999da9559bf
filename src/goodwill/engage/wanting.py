"""Which of the messages that nobody has answered want something of us, and what sort of thing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import HOUR, Flags, flags

if TYPE_CHECKING:
    from goodwill.engage.waiting import Messages
    from goodwill.lake import Facts

COMPLAINING = ("complaint", "warning", "leaving")
THANKFUL = ("praise", "thanks", "recommendation")
DIRECT = ("email", "chat", "phone", "letter", "sms", "form")
"""Channels on which one writes to somebody; without another word, to us."""
URGENT_ENOUGH = 0.5
"""A reading's urgency from which a message wants an answer whatever else it says."""
THANK_WITHIN = timedelta(days=30)
"""Thanking somebody in public for what they said a season ago is odd."""


def wants_something(facts: Facts, said: Messages, first: Flags, end: int) -> Flags:
    """Whoever speaks to us wants an answer, whatever was meant. What is said to others wants one if it complains of
    us, asks what nobody has answered, or praises us of late; what customers answer each other is theirs, unless a
    complaint is in it; an answer that was taken as the answer is none, however a trouble is told in it."""
    to_us = spoken_to_us(said)
    to_another = flags(pc.is_valid(said.column("in_reply_to"))) & ~to_us
    complains = said.intent(*COMPLAINING)
    taken = flags(pc.fill_null(said.column("accepted"), False))
    of_late = (end - said.at) / HOUR <= THANK_WITHIN / timedelta(hours=1)
    asks = (said.intent("question") | _ends_in_a_question(said)) & ~_somebody_replied(facts, said)
    pressing = said.mood_is_negative | (said.urgency >= URGENT_ENOUGH)
    in_public = complains | pressing | asks | said.intent("idea") | (said.intent(*THANKFUL) & of_late)
    late_thanks = to_us & is_thankful(said) & ~of_late
    wants: Flags = np.where(to_us, ~late_thanks, np.where(to_another, complains & ~taken, in_public)) | first
    return wants


def is_thankful(said: Messages) -> Flags:
    """Nothing but thanks, praise or a recommendation: to be thanked, not helped."""
    wants = said.intent(*COMPLAINING, "question", "idea", "intention to buy") | said.mood_is_negative
    thankful: Flags = said.intent(*THANKFUL) & ~wants
    return thankful


def spoken_to_us(said: Messages) -> Flags:
    """Said to us rather than to others: as the source says, else by the channel."""
    channel = pc.utf8_lower(pc.fill_null(said.column("channel"), ""))
    direct = pc.is_in(channel, value_set=pa.array(DIRECT))
    return flags(pc.coalesce(said.column("to_us"), direct))


def _ends_in_a_question(said: Messages) -> Flags:
    """A question mark that is not inside an address."""
    return flags(pc.match_substring_regex(pc.fill_null(said.column("text"), ""), r"\?(\s|$|[)\"'!?])"))


def _somebody_replied(facts: Facts, said: Messages) -> Flags:
    replies = facts.messages.filter(facts.messages.in_reply_to.notnull())
    answered = facts.lake.arrow(replies.select(message_id=replies.in_reply_to).distinct())
    return flags(pc.is_in(said.column("message_id"), value_set=answered["message_id"].combine_chunks()))
