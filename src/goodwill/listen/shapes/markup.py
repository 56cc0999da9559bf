"""HTML to the words that it shows: for posts, mails and feeds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset(
    ("p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr")
)
_UNSEEN = frozenset(("script", "style", "head", "title", "template"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def words_of(html: str) -> str:
    """The text that a piece of HTML shows, a paragraph a line.

    >>> words_of("<p>It <b>fails</b> &amp; fails.</p><p>Again.</p><script>x()</script>")
    'It fails & fails.\\nAgain.'
    """
    if "<" not in html and "&" not in html:
        return html.strip()
    parser = _Words()
    parser.feed(html)
    parser.close()
    text = re.sub(r"[ \t\r\f\v\u00a0]+", " ", "".join(parser.parts))
    return re.sub(r" ?\n[\s]*", "\n", text).strip()
