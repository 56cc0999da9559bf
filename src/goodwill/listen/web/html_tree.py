"""HTML as a small tree, read in one pass: for mails, feeds and pages of strangers.

The standard library's parser takes time that grows with the square of some inputs (200 kB of '<!--': 15 s with Python
3.11.7); this one only ever moves on. Nothing is run, fetched or kept but elements, attributes and text; how deep they
go and how many there are is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape

MOST_NODES = 50_000
DEEPEST = 120
_TAG = re.compile(r"<([a-zA-Z][^\s/>]*+)((?:[^>=]|=(?:\s*+(?:\"[^\"]*+\"|'[^']*+'))?+)*+)>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?+")
_EMPTY = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_UNSEEN = frozenset(
    {"script", "style", "template", "iframe", "noembed", "noframes", "head", "title", "object", "svg", "math"}
)
_BLOCKS = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "figcaption",
        ),
        *(
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
        ),
        *("pre", "section", "table", "tr", "ul"),
    }
)
_CLOSES_ITSELF = frozenset({"p", "li", "dt", "dd", "option", "tr", "td", "th"})
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")


@dataclass
class Node:
    """An element: its name and attributes in lower case, and what stands in it (texts and elements) in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Node | str] = field(default_factory=list)

    def get(self, attribute: str) -> str:
        """The attribute's value, '' where there is none."""
        return self.attributes.get(attribute, "").strip()

    @property
    def classes(self) -> frozenset[str]:
        """The words of its `class`."""
        return frozenset(self.attributes.get("class", "").split())

    def walk(self) -> Iterator[Node]:
        """Every element under this one, in the document's order."""
        todo: list[Node | str] = list(reversed(self.inside))
        while todo:
            node = todo.pop()
            if isinstance(node, Node):
                yield node
                todo += reversed(node.inside)

    def first(self, *names: str) -> Node | None:
        """The first element of one of these names."""
        return next((node for node in self.walk() if node.name in names), None)


def parse(document: str) -> Node:
    """The document's tree; never raises. What is not closed is closed at the end, as a browser does.

    >>> [node.name for node in parse("<p>Dear <b>all").walk()]
    ['p', 'b']
    """
    root = Node("")
    open_nodes, nodes, at = [root], 0, 0
    while at < len(document):
        sign = document.find("<", at)
        if sign < 0:
            _say(open_nodes[-1], document[at:])
            break
        if sign > at:
            _say(open_nodes[-1], document[at:sign])
        if document.startswith("<!--", sign):
            at = _after(document, "-->", sign + 4)
        elif document.startswith(("<!", "<?"), sign):
            at = _after(document, ">", sign + 2)
        elif document.startswith("</", sign):
            at = _after(document, ">", sign + 2)
            _close(open_nodes, document[sign + 2 : at - 1].strip().lower()[:50])
        elif document[sign + 1 : sign + 2].isalpha() and document[sign + 1].isascii():
            found = _TAG.match(document, sign)
            nodes += 1
            if found is None or nodes > MOST_NODES:
                break
            at = _open(open_nodes, found, document)
        else:
            _say(open_nodes[-1], "<")
            at = sign + 1
    return root


def _after(document: str, end: str, start: int) -> int:
    found = document.find(end, start)
    return found + len(end) if found >= 0 else len(document)


def _say(node: Node, text: str) -> None:
    with suppress(ValueError):  # a number of thousands of digits
        text = unescape(text)
    node.inside.append(text)


def _open(open_nodes: list[Node], found: re.Match[str], document: str) -> int:
    name = found[1].lower()
    node = Node(name, _attributes(found[2]))
    if name in _CLOSES_ITSELF and open_nodes[-1].name == name:
        open_nodes.pop()
    open_nodes[-1].inside.append(node)
    if name in _RAW:
        end = re.compile(f"</{name}", re.IGNORECASE).search(document, found.end())
        raw = document[found.end() : end.start() if end else len(document)]
        _say(node, raw) if name in ("title", "textarea") else node.inside.append(raw)
        return _after(document, ">", end.start()) if end else len(document)
    if name not in _EMPTY and not found[2].endswith("/") and len(open_nodes) < DEEPEST:
        open_nodes.append(node)
    return found.end()


def _attributes(written: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(written):
        value = one[2] or ""
        if value[:1] in ("'", '"'):
            value = value[1:-1]
        if "&" in value and len(value) < 20_000:
            with suppress(ValueError):
                value = unescape(value)
        found.setdefault(one[1].lower(), value)
        if len(found) > 50:
            break
    return found


def _close(open_nodes: list[Node], name: str) -> None:
    for at in range(len(open_nodes) - 1, 0, -1):
        if open_nodes[at].name == name:
            del open_nodes[at:]
            return


def text(node: Node, leave_out: frozenset[str] = frozenset(), cut: frozenset[str] = frozenset()) -> str:
    """What a reader sees, in lines: a paragraph's words on one line, an empty line between paragraphs.

    `leave_out`: classes and ids of elements that are skipped; `cut`: at the first such element the text ends.

    >>> text(parse("<p>Dear&nbsp;all,<br>thank <i>you</i>!<script>x()</script><p>Anna"))
    'Dear all,\\nthank you!\\n\\nAnna'
    """
    said: list[str] = []
    with suppress(_Enough):
        _tell(node, said, leave_out, cut, pre=False)
    lines = [line.strip() for line in "".join(said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Enough(Exception):
    """The text ends here."""


def _tell(node: Node, said: list[str], leave_out: frozenset[str], cut: frozenset[str], pre: bool) -> None:
    for one in node.inside:
        if isinstance(one, str):
            said.append(one if pre else _SPACE.sub(" ", one))
            continue
        marks = {*one.classes, one.get("id")} if one.attributes else set()
        if marks & cut:
            raise _Enough
        if one.name in _UNSEEN or marks & leave_out or "hidden" in one.attributes:
            continue
        if one.name == "br":
            said.append("\n")
            continue
        block = one.name in _BLOCKS
        if block:
            said.append("\n\n" if one.name in ("p", "blockquote") else "\n")
        _tell(one, said, leave_out, cut, pre or one.name == "pre")
        if block:
            said.append("\n\n" if one.name in ("p", "blockquote") else "\n")
        elif one.name in ("td", "th"):
            said.append(" ")


def plain(html: str) -> str:
    """The text of a piece of HTML.

    >>> plain("<b>5 &lt; 6</b>")
    '5 < 6'
    """
    return text(parse(html))


def paragraphs(html: str) -> str:
    """The text of a piece of HTML, a paragraph a line; what holds no markup stays as it is.

    >>> paragraphs("<p>It <b>fails</b> &amp; fails.</p><p>Again.</p><script>x()</script>")
    'It fails & fails.\\nAgain.'
    """
    if "<" not in html and "&" not in html:
        return html.strip()
    lines = (" ".join(line.split()) for line in plain(html).split("\n"))
    return "\n".join(line for line in lines if line)
