"""The mails in which Google, Yelp, Trustpilot and TripAdvisor tell a firm of a new review, read as reviews.

They are the way in that works for everyone, without a key. Each is known by its sender's domain *and* its shape: stars,
and words or a name. The shapes follow samples of our own making; one that is not understood stays a plain mail.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from goodwill.listen.letters.mail import Mail
from goodwill.listen.web import html_tree
from goodwill.listen.web.open_web import address

_ABOUT_REVIEWS = re.compile(r"review|rezension|bewertung|\bavis\b|rese[ñn]a|recensione|opini[óo]n", re.IGNORECASE)
_EDITED = re.compile(r"updated|edited|changed|geändert|aktualisiert|modifié", re.IGNORECASE)
_STARS = re.compile(r"(★{1,5})(☆{0,4})")
_RATED = (
    re.compile(r"\b([1-5])(?:[.,]0)?\s*(?:/|out of|von|sur|de|of)\s*5\b", re.IGNORECASE),
    re.compile(r"\b([1-5])(?:[.,]0)?[ -]?(?:stars?\b|sterne?\b|étoiles?\b|bubbles?\b|estrellas?\b)", re.IGNORECASE),
    re.compile(r"\b(?:rated|rating|bewertung|note)\b\D{0,25}?\b([1-5])(?:[.,]0)?\b(?!\s*%)", re.IGNORECASE),
)
_NAME = r"(?P<author>[^\n\"“”]{2,60}?)"
_PLACE = r"(?P<place>[^\n]{2,120}?)"
_TOLD = (
    re.compile(
        rf"(?:New review:? )?{_NAME} (?:just )?(?:left|wrote|posted|submitted|has left|has written|updated|edited)"
        rf" (?:you )?(?:a |an |their |the )?(?:new )?(?:\S+ )?review (?:for|of|on|about) {_PLACE}\W*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_NAME} hat (?:eine |ihre |seine |die )?(?:neue )?(?:Rezension|Bewertung) (?:zu|für|über) {_PLACE}"
        r" (?:geschrieben|abgegeben|hinterlassen|geändert|aktualisiert|verfasst)\W*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_NAME} a (?:laissé|publié|écrit|modifié) (?:un |son )?(?:nouvel )?avis"
        rf" (?:sur|à propos de|pour) {_PLACE}\W*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:You have |You've got )?a? ?new (?:\S+ )?review (?:for|of|on) {_PLACE}(?: (?:by|from) {_NAME})?\W*",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:Neue )(?:Rezension|Bewertung) (?:für|zu) {_PLACE}(?: von {_NAME})?\W*", re.IGNORECASE),
)
_BY = re.compile(r"(?:Review(?:ed)? by|Reviewer|By|From|Von|Par|Name)\s?:?\s+(?P<author>[^\n:]{2,60})", re.IGNORECASE)
_ENDS = re.compile(
    r"(reply|respond|read (the |this |full )?(full )?review|view (the |this )?review|see (the |this )?review|manage"
    r"|write a reply|answer|antworten|(rezension|bewertung) (lesen|ansehen|beantworten)|répondre"
    r"|lire l['’]avis|voir l['’]avis|unsubscribe|abmelden|you('re| are) receiving|this (e-?mail|message) was sent|©|https?://)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«]\s?(.{3,8000}?)\s?[\"”“»]\s*$", re.DOTALL | re.MULTILINE)
MOST_TEXT = 8_000


@dataclass(frozen=True)
class Site:
    """Where reviews are written: its name, the domains that its mails come from, and those its reviews lie at."""

    name: str
    senders: tuple[str, ...]
    pages: tuple[str, ...]


SITES = (
    Site("google", ("google.com",), ("google.com", "g.page", "goo.gl")),
    Site("yelp", ("yelp.com",), ("yelp.com", "yelp.ch", "yelp.de", "yelp.co.uk")),
    Site("trustpilot", ("trustpilot.com", "trustpilotmail.com"), ("trustpilot.com",)),
    Site("tripadvisor", ("tripadvisor.com",), ("tripadvisor.com", "tripadvisor.ch", "tripadvisor.de")),
)


@dataclass(frozen=True)
class Review:
    """A review that a mail tells of. `id` is the same when the mail comes twice."""

    site: str
    id: str
    rating: float
    author: str | None
    text: str
    place: str | None
    url: str | None
    edited: bool


def site_of(mail: Mail) -> Site | None:
    """The site whose review a mail may tell of, by its sender's domain and its subject."""
    domain = mail.sender.rpartition("@")[2]
    if not _ABOUT_REVIEWS.search(mail.subject):
        return None
    return next((site for site in SITES if _under(domain, site.senders)), None)


def read(mail: Mail) -> Review | None:
    """The review that a mail tells of; none where its sender or its shape is another.

    >>> from goodwill.listen.letters.mail import read as mail_of
    >>> mail = mail_of('''From: Yelp <no-reply@yelp.com>
    ... Subject: Anna M. wrote a review of Hexgear
    ...
    ... Anna M. wrote a review of Hexgear
    ... 2 out of 5 stars
    ... "It broke on the second day."
    ... Read the review: https://www.yelp.com/biz/hexgear?hrid=Ab12'''.encode())
    >>> found = read(mail)
    >>> found.site, found.rating, found.author, found.text, found.id
    ('yelp', 2.0, 'Anna M.', 'It broke on the second day.', 'yelp:Ab12')
    """
    site = site_of(mail)
    if site is None:
        return None
    tree = html_tree.parse(mail.html) if mail.html else html_tree.Node("")
    said = mail.plain if mail.plain.strip() else html_tree.text(tree)
    lines = [" ".join(line.split()) for line in said[:50_000].split("\n")]
    lines = [line for line in lines if line]
    rated = _rating(lines, tree)
    if rated is None:
        return None
    rating, stars_at = rated
    author, place = _told(mail.subject, lines)
    text = _words(lines, stars_at, author)
    if not text and not author:
        return None
    url = _url(site, tree, said)
    return Review(
        site.name,
        f"{site.name}:{_id(url) or hashlib.sha256(mail.id.encode()).hexdigest()[:32]}",
        rating,
        author,
        text[:MOST_TEXT],
        place,
        url,
        _EDITED.search(mail.subject) is not None,
    )


def _under(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _rating(lines: list[str], tree: html_tree.Node) -> tuple[float, int] | None:
    """The stars, and the line on which they stand (-1 where they are a picture)."""
    for at, line in enumerate(lines[:60]):
        stars = _STARS.search(line)
        if stars and len(stars[1]) + len(stars[2]) in (5, len(stars[1])):
            return float(len(stars[1])), at
        for pattern in _RATED:
            found = pattern.search(line[:200])
            if found and not line.startswith(('"', "“", "„", "«")):
                return float(found[1]), at
    for node in tree.walk():
        if node.name == "img":
            for pattern in _RATED:
                found = pattern.search(node.get("alt")[:100])
                if found:
                    return float(found[1]), -1
    return None


def _told(subject: str, lines: list[str]) -> tuple[str | None, str | None]:
    """Who wrote it, and about which place."""
    author = place = None
    for line in [subject, *lines[:15]]:
        for pattern in _TOLD:
            found = pattern.fullmatch(line[:300])
            if found:
                author = author or found["author"]
                place = place or found["place"].strip(" .!\"“”'")
                break
        if author:
            break
    if author is None:
        by = next((found for line in lines[:40] if (found := _BY.fullmatch(line[:100]))), None)
        author = by["author"] if by else None
    return (" ".join(author.split()) if author else None), place


def _words(lines: list[str], stars_at: int, author: str | None) -> str:
    """What the review says: what stands in quotation marks, else what follows the stars up to the buttons."""
    rest = lines[stars_at + 1 :]
    kept: list[str] = []
    for line in rest:
        if _ENDS.match(line) or (kept and _STARS.search(line)):
            break
        if line == author or _BY.fullmatch(line[:100]) or any(one.fullmatch(line[:300]) for one in _TOLD):
            continue
        kept.append(line)
    said = "\n".join(kept[:200])
    quoted = _QUOTED.match(said)
    return (quoted[1] if quoted else said).strip()


def _url(site: Site, tree: html_tree.Node, said: str) -> str | None:
    """The review's own page: of the links to the site, the one that names a review, else the first."""
    links = [node.get("href") for node in tree.walk() if node.name == "a"]
    links += re.findall(r"https?://[^\s<>\"')\]]{4,1000}", said)
    ours = [url for link in links if (url := address(link)) and _under(urlsplit(url).hostname or "", site.pages)]
    return next((url for url in ours if _id(url)), next(iter(ours), None))


def _id(url: str | None) -> str:
    """The review's own id in an address, where there is one."""
    found = re.search(
        r"(?:hrid=|review_?id=)([\w-]{4,80})|/reviews?/([\w-]{4,80})|-r(\d{4,12})\b", url or "", re.IGNORECASE
    )
    return next((one for one in found.groups() if one), "") if found else ""
