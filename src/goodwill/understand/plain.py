"""One message as the careful lane reads it: plain words, no mark-up, nobody's name behind an @."""

from __future__ import annotations

import html
import re

from goodwill.understand.signs import in_words
from goodwill.understand.tokens import TAG, bounded

_ADDRESS = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def plain(text: str) -> str:
    """The text without mark-up and unseen characters; addresses, @names and emoji as words; a long one's ends.

    >>> plain("@Acme &amp; co: sooooo late 😡 https://x.example/1")
    '@user & co: soo late angry http'
    """
    text = bounded(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = TAG.sub(" ", text)
    text = _ADDRESS.sub(" http ", text)
    text = _MENTION.sub("@user", text)
    text = _DRAWN_OUT.sub(r"\1\1", text)
    return " ".join(_UNSEEN.sub(" ", in_words(text)).split())
