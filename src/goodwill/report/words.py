"""How intents, channels and languages are said, on the report and on the service's screens alike."""

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

LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "fi": "Finnish", "cs": "Czech",
    "tr": "Turkish", "uk": "Ukrainian", "ru": "Russian", "ar": "Arabic", "zh": "Chinese", "ja": "Japanese",
    "ko": "Korean", "hi": "Hindi",
}  # fmt: skip


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


def language_words(code: str | None) -> str:
    """A language by its name in English, where the list has it.

    >>> language_words("pt"), language_words("xx"), language_words(None)
    ('Portuguese', 'xx', '')
    """
    return LANGUAGES.get(code, code) if code else ""
