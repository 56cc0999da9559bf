"""Webmention (W3C Recommendation of 2017): a site tells that one of its pages links to one of ours.

Anybody may say so, unsigned; nothing is believed but what the page itself shows when it is asked: that it links to our
page, and what it says. A page that no longer links to us, or is gone, takes its message with it.
"""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from goodwill.errors import NotUnderstood, SourceError
from goodwill.listen.sources.kind import Heard, Kind, Place, Request
from goodwill.listen.sources.kind import Settings as KindSettings
from goodwill.listen.web import web_page
from goodwill.listen.web.open_web import address, fetch, host

SECONDS = 5.0
LONGEST_ADDRESS = 2_000
AT_ONCE = 2
"""Pages asked for at the same time: a flood of mentions must not take every thread of the web."""
PAUSE = 2.0
"""Seconds between two requests to one host: nobody is to be flooded in our name (§4.5 of the recommendation)."""


class Settings(KindSettings):
    """What pages are ours."""

    ours: tuple[str, ...] = Field(
        min_length=1, description="the hosts of your own pages: blog.firm.example, www.firm.example"
    )
    about: str = Field("us", description="whom the mentions are about: 'us', or a competitor's name")


def accept(place: Place, request: Request) -> Heard:
    """One mention: the page that tells of it is asked, and is a message if it links to the page of ours.

    Raises NotUnderstood where it is no mention of ours, SourceError where too many come at once.
    """
    source, target = _addresses(request)
    if not _is_ours(target, place.settings):
        raise NotUnderstood("the page mentioned is not ours", where=target[:200], mend="name its host in the settings")
    key = place.key(web_page.digest(source))
    with _turns.one(host(source)):
        answer = fetch(place.gate, source, {"Accept": "text/html"}, most_bytes=web_page.MOST_BYTES, seconds=SECONDS)
    if answer.status in (404, 410):
        return Heard(
            removed={"messages": [key]}, said=[f"{source}: gone (HTTP {answer.status}), and so is its message"]
        )
    if answer.status != 200:
        raise SourceError(f"the page that mentions us answers {answer.status}", where=source[:200], mend="")
    page = web_page.understand(answer)
    if _bare(target) not in {_bare(link) for link in page.links}:
        if any(_is_ours(link, place.settings) for link in page.links):  # it still mentions us, elsewhere
            return Heard(said=[f"{source}: does not link to {target}: not taken"])
        return Heard(
            removed={"messages": [key]}, said=[f"{source}: does not link to {target}: not taken, or taken back"]
        )
    if page.act and not page.text:
        return Heard(said=[f"{source}: a {page.act} of {target}, in which nothing is said"])
    row = web_page.row(page, key, place.name, place.now())
    if not row["text"]:
        raise NotUnderstood("the page that mentions us has no words that can be read", where=source[:200])
    return Heard(edited={"messages": [row | {"about": place.settings.about or None}]})


def _addresses(request: Request) -> tuple[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise NotUnderstood("a mention comes as a form", where="Content-Type", mend="send source=…&target=…")
    try:
        form = parse_qs(request.body[:10_000].decode("utf-8"), max_num_fields=20)
    except ValueError:
        raise NotUnderstood("this is no form", mend="send source=…&target=…") from None
    found = []
    for name in ("source", "target"):
        whole = address(form.get(name, [""])[0])
        if whole is None or len(form[name][0]) > LONGEST_ADDRESS:
            raise NotUnderstood(f"no {name}", where=name, mend="send source=…&target=…, both from https:// on")
        found.append(whole)
    if _bare(found[0]) == _bare(found[1]):
        raise NotUnderstood(
            "a page does not mention itself", where="source", mend="send the page that links to the target"
        )
    return found[0], found[1]


def _bare(url: str) -> str:
    """An address as two writers of it would agree on."""
    parts = urlsplit(url.partition("#")[0])
    return f"{host(url)}{parts.path.rstrip('/') or ''}" + (f"?{parts.query}" if parts.query else "")


def _is_ours(url: str, settings: Settings) -> bool:
    return host(url) in {one.strip().lower().removeprefix("www.") for one in settings.ours}


class _Turns:
    """So many requests at once, and none to the same host within a short while."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()

    def one(self, of: str) -> _Turns:
        """A turn, for `with`; raises SourceError where none is free."""
        now = time.monotonic()
        with self._lock:
            self._asked = {name: at for name, at in self._asked.items() if now - at < PAUSE}
            if of in self._asked or not self._places.acquire(blocking=False):
                raise _Busy("too many mentions at once", where=of, mend="send it again in a while")
            self._asked[of] = now
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._places.release()


class _Busy(SourceError):
    retry_after = 60


_turns = _Turns()

KIND = Kind(
    name="webmention",
    title="Webmention",
    says="pages on the web that link to yours and tell so: the blog that nobody follows",
    connect='In the head of your own pages: <link rel="webmention" href="…"> with the address that goodwill shows. '
    "WordPress, micro.blog and many other blogs then tell it of every link; nothing is entered here but your hosts.",
    settings=Settings,
    tried="against local servers, with pages of our own making; not against the web",
    accept=accept,
    anywhere=True,
)
