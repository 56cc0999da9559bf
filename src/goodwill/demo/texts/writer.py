"""Puts what was noted into words: the grammar of the author's language, then the manners of the channel."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from goodwill.demo.kinds import KINDS
from goodwill.demo.setting import BLOG, CHAT, EMAIL, FACEBOOK, FORUM, PHONE, TWITTER
from goodwill.demo.texts.english import RULES as ENGLISH
from goodwill.demo.texts.grammar import Grammar
from goodwill.demo.texts.others import RULES as OTHERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_EMOJI = {
    "negative": ("😡", "🤬", "👎", "😠", "🙄"),
    "positive": ("🎉", "👍", "❤️", "😀", "🙏"),
    "neutral": ("🤔", "🙂", "🔧"),
}
_TAGS = ("#pcbuild", "#hardware", "#buildlog", "#pcparts", "#quietpc", "#homelab")
_NOTE = ("Caller says: ", "Phone note. ", "Rang at {hour}. ", "Customer on the phone: ", "Call-back asked. ")
_TWITTER_LENGTH = 280
_WITH_ASIDE = frozenset(
    {
        "reply_thanks",
        "reply_bought",
        "reply_share",
        "reply_disagree",
        "guide",
        "tip",
        "chatter",
        "joke",
        "howto",
        "fits",
    }
    | {"praise", "recommend", "review_good", "review_mixed", "rival_praise", "rival_complaint", "thanks", "where"}
)
"""Short kinds that people like to draw out."""
_ASIDE_SHARE = 0.6
_SWAPS = (("the ", "teh "), ("because", "becuase"), ("receive", "recieve"), ("really", "realy"), ("you ", "u "))


class Writer:
    """Writes texts one after the other; the same seed and the same calls give the same texts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._grammars = {"en": Grammar(ENGLISH), **{code: Grammar(rules) for code, rules in OTHERS.items()}}

    def write(self, kind: int, language: str, channel: int, anger: int, words: dict[str, str]) -> tuple[str, str]:
        """One text and the language that it is in (a language without words for the kind falls back to English).

        `words` must have: product, product2, order, staff, rival, name.
        """
        name, mood = KINDS[kind].name, KINDS[kind].mood
        if name not in self._grammars[language]:
            language = "en"
        grammar, chance = self._grammars[language], self._random.random
        if not words["staff"]:
            words["staff"] = "everybody" if name == "thanks" else "the team"
        words["sting"] = grammar.say(f"sting{anger}", words, chance)
        rule = "blog_post" if name == "guide" and channel == BLOG else name
        said = grammar.say(rule, words, chance).strip()
        if name in _WITH_ASIDE and language == "en" and chance() < _ASIDE_SHARE:
            said = f"{said} {grammar.say('aside', words, chance)}".strip()
        return self._in_manner(said, grammar, channel, mood, anger, words, name), language

    def _in_manner(
        self,
        said: str,
        grammar: Grammar,
        channel: int,
        mood: str,
        anger: int,
        words: Mapping[str, str],
        name: str,
    ) -> str:
        chance = self._random.random
        if channel == EMAIL:
            parts = (grammar.say("hello", words, chance).strip(), said, grammar.say("regards", words, chance).strip())
            said = "\n".join(part for part in parts if part)
        elif channel == PHONE:
            said = self._choice(_NOTE).format(hour=f"{8 + int(chance() * 10)}:{int(chance() * 6)}0") + said
        elif channel == TWITTER:
            if name not in {"spam", "chatter", "joke"} and "@HedgerowPC" not in said and chance() < 0.55:
                said = f"@HedgerowPC {said}" if chance() < 0.75 else f"{said} @HedgerowPC"
            if chance() < 0.15:
                said = f"{said} {self._choice(_TAGS)}"
            said = said[:_TWITTER_LENGTH]
        if channel in (TWITTER, FACEBOOK, CHAT) and chance() < 0.18:
            said = f"{said} {self._choice(_EMOJI[mood]) * (1 + 2 * (anger == 2 and chance() < 0.4))}"
        return self._carelessly(said, channel, anger)

    def _carelessly(self, said: str, channel: int, anger: int) -> str:
        """Some write without capitals, some shout, some mistype."""
        turn = self._random.random()
        if channel in (CHAT, TWITTER, FACEBOOK, FORUM) and turn < 0.16:
            said = said.lower().removesuffix(".")
        elif anger == 2 and turn < 0.26:
            said = said.upper() if turn > 0.235 else said.replace(".", "!!")
        elif channel not in (BLOG,) and turn < 0.34:
            old, new = _SWAPS[int(self._random.random() * len(_SWAPS))]
            said = said.replace(old, new, 1)
        return said

    def _choice(self, options: tuple[str, ...]) -> str:
        return options[int(self._random.random() * len(options))]
