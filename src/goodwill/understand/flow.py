"""Sheldrake's six influence flows (Sheldrake 2011, The Business of Influence): who speaks to whom, about whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALONE = "email e-mail mail chat live_chat livechat phone call sms ticket form contact_form survey letter helpdesk"
_PRIVATE = frozenset(_ALONE.split())
"""Channels on which a customer speaks to us alone, where the source does not say."""


def _plain(name: str) -> str:
    """A name without what differs between a handle and a written name.

    >>> _plain("@Rival_Parts"), _plain("Rival Parts")
    ('rivalparts', 'rivalparts')
    """
    return re.sub(r"[\W_]+", "", name.lower())


class Flows:
    """Decides the flow of messages, for one firm and its competitors.

    >>> flows = Flows("Acme", ["Rival Parts"])
    >>> flows.of("Where is my order?", to_us=True), flows.of("Acme was great")
    (3, 2)
    >>> flows.of("I like Rival Parts better"), flows.of("@RivalParts where is my order?")
    (5, 6)
    >>> flows.of("New GPUs in stock!", author="@rivalparts"), flows.of("Sale on now", author="acme")
    (4, 1)
    """

    def __init__(self, firm: str, competitors: Sequence[str]) -> None:
        self._firm = _plain(firm)
        self._competitors = frozenset(filter(None, map(_plain, competitors)))
        self._named = _any_of(competitors)
        self._we = _any_of([firm])
        self._spoken_to = _spoken_to(competitors)

    def of(
        self,
        text: str,
        to_us: bool | None = None,
        about: str | None = None,
        author: str | None = None,
        channel: str | None = None,
        answers: str | None = None,
    ) -> int:
        """The flow, 1 to 6. `answers` is the author of the message that this one answers.

        A competitor's own words are flow 4, ours 1. What is said to us is 3, whatever it is about: `to_us` says so, or
        where the source does not say, a channel that nobody else reads. Of the rest, what is about a competitor (the
        source says so, or one is named and we are not) is 6 where it is spoken to that competitor, else 5. All else
        is what customers tell each other about us: 2.
        """
        writer = _plain(author or "")
        if writer in self._competitors:
            return 4
        if writer and writer == self._firm:
            return 1
        if to_us or (to_us is None and (channel or "").lower() in _PRIVATE):
            return 3
        if not self._about_a_competitor(text, about):
            return 2
        to_them = bool(self._spoken_to and self._spoken_to.match(text)) or _plain(answers or "") in self._competitors
        return 6 if to_them else 5

    def _about_a_competitor(self, text: str, about: str | None) -> bool:
        if about:
            return about.lower() != "us" and _plain(about) != self._firm
        named = bool(self._named and self._named.search(text))
        return named and not (self._we and self._we.search(text))


def _spelling(name: str) -> str:
    """A pattern of a name as people write it: 'Rival Parts', 'rivalparts', 'Rival-Parts'."""
    return r"[\s_-]*".join(re.escape(part) for part in re.split(r"[\s_-]+", name.strip()) if part)


def _any_of(names: Sequence[str]) -> re.Pattern[str] | None:
    wanted = [_spelling(name) for name in sorted(names, key=len, reverse=True) if _plain(name)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(wanted)})(?!\w)", re.IGNORECASE) if wanted else None


def _spoken_to(names: Sequence[str]) -> re.Pattern[str] | None:
    """A text that opens with @competitor, perhaps after other handles, or greets one by name."""
    wanted = "|".join(_spelling(name) for name in sorted(names, key=len, reverse=True) if _plain(name))
    if not wanted:
        return None
    return re.compile(rf"\s*(?:@\w+\s+)*(?:@|(?:dear|hi|hello|hey)\s+@?)(?:{wanted})(?!\w)", re.IGNORECASE)
