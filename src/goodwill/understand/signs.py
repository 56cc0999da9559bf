"""Emoji and emoticons in words, so that a reader of words can read them."""

from __future__ import annotations

import re

_EMOJI: dict[str, str] = {
    # joy and affection
    "happy": "😀😃😄😁😊🙂☺😌😺😸🤗😇🥲",
    "laughing": "😂🤣😆😹😅",
    "love": "😍🥰😘😗😙😚😻💕💞💓💗💖💘💝💟",
    "heart": "❤♥🧡💛💚💙💜🤎🖤🤍🫶",
    "great": "👍👌💯🔥🤩✨🌟⭐🏆🥇😎🤙🚀",
    "congratulations": "🎉🎊🥳🙌👏💪",
    "thanks": "🙏🤝💐",
    "yummy": "😋🤤",
    "wink": "😉😜😝😛🤪😏",
    # anger and disgust
    "angry": "😡😠🤬👿😾💢😤",
    "terrible": "👎🤮🤢💩☠💀🚮🖕🗑",
    "annoyed": "🙄😒😑🤦😩😫😖😣🫠🥱",
    # sorrow and worry
    "sad": "😢😭😞😔🙁☹😟😕😥😿💔🥺😓😪",
    "worried": "😨😰😱😧😦😬😳🫣",
    "sick": "🤒🤕😷🤧",
    # thought and questions
    "thinking": "🤔🤨🧐❓❔🤷😐😶",
    "surprised": "😮😯😲🤯",
    # what needs hands
    "urgent": "🚨🆘⚠❗❕‼⏰⏳⌛",
    "idea": "💡",
    "broken": "❌🚫⛔",
    "money": "💰💸🤑💵💶💳",
    "shopping": "🛒🛍🎁",
    "bye": "👋",
    "delivery": "📦🚚",
    "phone": "📱📞☎",
}
WORD_OF: dict[str, str] = {sign: f" {word} " for word, signs in _EMOJI.items() for sign in signs}

_SIGNS = re.compile("[‼←-⯿\U0001f000-\U0001faff]")
_EMOTICONS: tuple[tuple[str, str], ...] = tuple(
    (sign, f" {word} ")
    for word, signs in (
        ("weeping", ":'( :'-("),  # the longer ones first
        ("smiley", ":') :-)) :)) :-) :) ;-) ;) =) :] (: :-] ^_^ ^^"),
        ("frowny", ":-(( :(( :-( :( =( :[ :-[ ): -_- -.- >:("),
        ("heart", "<33 <3"),
    )
    for sign in signs.split()
)
_LETTERED = re.compile(r":-?(?:(?P<grin>D)|(?P<tongue>[pP])|(?P<doubtful>[/\\](?!/)))(?!\w)")


def in_words(text: str) -> str:
    """Emoji and emoticons become words between spaces; a sign that is not in the list becomes a space.

    >>> in_words("late again 😡 <3 :-( :D").split()
    ['late', 'again', 'angry', 'heart', 'frowny', 'grin']
    """
    if not text.isascii():
        text = _SIGNS.sub(lambda found: WORD_OF.get(found[0], " "), text)
    for sign, word in _EMOTICONS:
        text = text.replace(sign, word)
    return _LETTERED.sub(lambda found: f" {found.lastgroup} ", text) if ":" in text else text
