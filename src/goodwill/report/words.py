"""How intents and channels are said, on the report and on the service's screens alike."""

from __future__ import annotations

from goodwill.report.figures import initial

INTENTS = {"warning": "warning others", "intention to buy": "wants to buy", "idea": "has an idea"}
"""Intents that are said otherwise than they are called."""
BAD = frozenset({"complaint", "warning", "leaving"})
GOOD = frozenset({"praise", "thanks", "recommendation"})

CHANNELS = {
    "email": "by e-mail",
    "e-mail": "by e-mail",
    "chat": "in the chat",
    "phone": "by phone",
    "review": "in a review",
    "forum": "on the forum",
    "blog": "on a blog",
    "survey": "in a survey",
    "store": "in the shop",
    "shop": "in the shop",
    "letter": "by letter",
}
BRANDS = {"youtube": "YouTube", "linkedin": "LinkedIn", "tiktok": "TikTok", "whatsapp": "WhatsApp", "sms": "SMS"}


def place_words(channel: str | None) -> str:
    """Where it was said.

    >>> place_words("email"), place_words("twitter"), place_words(None)
    ('by e-mail', 'on Twitter', '')
    """
    if not channel:
        return ""
    known = channel.lower()
    return CHANNELS.get(known) or f"on {BRANDS.get(known) or initial(channel)}"


def tone_of(intent: str | None) -> str:
    """Whether an intent is for us or against us: 'credit', 'debit' or ''.

    >>> tone_of("warning"), tone_of("thanks"), tone_of("question")
    ('debit', 'credit', '')
    """
    return "debit" if intent in BAD else "credit" if intent in GOOD else ""
