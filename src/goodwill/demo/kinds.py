"""The kinds of things that people say, and what is true of each: its mood and its intents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `leave`: log-odds that its author leaves if nobody answers (None: nothing hangs on it)."""

    name: str
    mood: str
    intents: tuple[str, ...]
    leave: float | None = None


KINDS = (
    Kind("fault", "negative", ("complaint",), -1.5),
    Kind("late", "negative", ("complaint",), -1.9),
    Kind("battery", "negative", ("complaint",), -1.3),
    Kind("danger", "negative", ("complaint",), 0.2),
    Kind("fee", "negative", ("complaint",), -0.5),
    Kind("restocking", "negative", ("complaint",), -0.8),
    Kind("owed", "negative", ("complaint", "question"), -0.3),
    Kind("service", "negative", ("complaint",), -0.7),
    Kind("sarcasm", "negative", ("complaint",), -1.1),
    Kind("leaving", "negative", ("leaving", "complaint"), 0.7),
    Kind("warning", "negative", ("warning", "complaint"), 0.0),
    Kind("where", "neutral", ("question",), -3.0),
    Kind("fits", "neutral", ("question",), -3.3),
    Kind("howto", "neutral", ("question",), -3.1),
    Kind("buying", "neutral", ("intention to buy", "question"), -3.0),
    Kind("praise", "positive", ("praise",), -4.0),
    Kind("staff_praise", "positive", ("praise", "thanks"), -4.0),
    Kind("thanks", "positive", ("thanks",), -4.2),
    Kind("idea", "neutral", ("idea",), -3.2),
    Kind("recommend", "positive", ("recommendation", "praise"), -4.0),
    Kind("review_good", "positive", ("praise", "recommendation"), -4.2),
    Kind("review_bad", "negative", ("complaint",), -0.9),
    Kind("review_mixed", "neutral", ("complaint", "praise"), -2.4),
    Kind("guide", "positive", ("recommendation",)),
    Kind("tip", "neutral", ()),
    Kind("reply_thanks", "positive", ("thanks",)),
    Kind("reply_bought", "positive", ("thanks",)),
    Kind("reply_share", "positive", ("recommendation",)),
    Kind("reply_disagree", "negative", ()),
    Kind("reply_noise", "neutral", ()),
    Kind("chatter", "neutral", ()),
    Kind("joke", "neutral", ()),
    Kind("spam", "neutral", ()),
    Kind("rival_praise", "positive", ("praise",)),
    Kind("rival_complaint", "negative", ("complaint",)),
)
"""In the order of their codes."""

CODE = {kind.name: code for code, kind in enumerate(KINDS)}
"""The code of a kind by its name."""
