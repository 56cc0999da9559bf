"""POST /webhooks/{kind}/{source name}: requests of those who send by themselves, verified on their raw bytes.

    202 {"batch": n}      taken, and on the disk              200 {"already": true}   it came before
    404 no such source    401 not verified                    413 over 5 MB           422 not what the kind sends
    429 a full backlog    503 paused, or the store is away    (both with Retry-After)

Whoever is not verified learns nothing but that. Each refusal is a line in the log; on the source it stands at most
every few seconds, so that a flood of them writes next to nothing.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError
from django.db.models import F, Q
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError, NotUnderstood, NotVerified
from goodwill.listen.sources import Heard, Request
from goodwill.service import intake
from goodwill.service.intake import refusals
from goodwill.service.intake.accept import refuse_when_full, unstored
from goodwill.service.sources import keeping, places
from goodwill.service.store.models import Source

if TYPE_CHECKING:
    from django.http import HttpRequest

LARGEST_BODY = 5 * 1024 * 1024
PAUSED_FOR = 300
"""Seconds after which the sender of a paused source may try again."""
NOTED_EVERY = 5.0
"""Seconds between two refusals that are written on a source."""
log = logging.getLogger("goodwill.webhooks")


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Takes one request of a source."""
    source = Source.objects.filter(name=name, kind=kind).first() if "\x00" not in kind + name else None
    try:
        if source is None:
            raise _Refusal(404, "no such source")
        taken = _take(request, source)
    except _Refusal as refusal:
        return _refused(refusal, kind, name, source)
    except (DatabaseError, InterfaceError) as away:
        return _refused(_of(unstored(away)), kind, name, None)
    if taken is None:
        return JsonResponse({"already": True})
    return JsonResponse({"batch": taken}, status=202)


class _Refusal(Exception):
    """An answer that is not 2xx; `why` is for our people and may say more than `what`, which the sender reads."""

    def __init__(self, status: int, what: str, *, why: BaseException | str = "", wait: int | None = None) -> None:
        self.status, self.what, self.wait = status, what, wait
        self.problem = why or what
        super().__init__(what)

    @property
    def why(self) -> str:
        return self.problem if isinstance(self.problem, str) else keeping.reason_of(self.problem)


def _of(refused: intake.Refused) -> _Refusal:
    return _Refusal(refused.status, refused.what, why=refused, wait=refused.retry_after)


def _take(request: HttpRequest, source: Source) -> int | None:
    if source.paused:
        raise _Refusal(503, "this source is paused", wait=PAUSED_FOR)
    body = _body(request)
    heard = _heard(request, body, source)
    try:
        refuse_when_full(sum(map(len, heard.facts.values())))
        return keeping.deliver(source.name, heard)
    except intake.Refused as refused:
        raise _of(refused) from refused


def _body(request: HttpRequest) -> bytes:
    """The bytes as they came; what says that it is too large is refused before it is read."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    too_large = _Refusal(413, f"it is larger than {LARGEST_BODY // 1024**2} MB")
    if told.isdigit() and int(told) > LARGEST_BODY:
        raise too_large
    try:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = bytes(request.META["wsgi.input"].read(LARGEST_BODY + 1))  # Django reads only an announced length
        else:
            body = bytes(request.body)
    except (UnreadablePostError, OSError):
        raise _Refusal(400, "it broke off") from None
    if len(body) > LARGEST_BODY:
        raise too_large
    return body


def _heard(request: HttpRequest, body: bytes, source: Source) -> Heard:
    """What the kind makes of it. What it cannot know of (our own mistake) is 500, and said in full to our people."""
    try:
        kind = places.kind_of(source)
        if kind.accept is None:
            raise _Refusal(404, "no such source", why=f"{kind.title} sends no requests")
        place = places.place_of(source)
    except GoodwillError as ours:
        raise _Refusal(503, "this source cannot be heard now", why=ours, wait=PAUSED_FOR) from ours
    headers = {name.lower(): value for name, value in request.headers.items()}
    came = Request(headers, body, datetime.now(UTC), request.GET.dict())
    try:
        return kind.accept(place, came)
    except NotVerified as refused:
        raise _Refusal(401, "not verified", why=refused) from refused
    except NotUnderstood as refused:
        raise _Refusal(422, refused.what, why=refused) from refused
    except GoodwillError as refused:
        raise _Refusal(502, "it could not be heard", why=refused) from refused
    except Exception as ours:
        log.exception("a request to source %s could not be read", source.name)
        raise _Refusal(500, "it could not be read", why=ours) from ours


# --- what is refused --------------------------------------------------------------------------------------------------


def _refused(refusal: _Refusal, kind: str, name: str, source: Source | None) -> HttpResponse:
    log.warning("webhook %s/%s refused (%d): %s", _short(kind), _short(name), refusal.status, refusal.why)
    if source is not None and not source.paused and refusal.status != 429:
        _note(source.name, refusal)
    answer = JsonResponse({"error": {"what": refusal.what}}, status=refusal.status)
    if refusal.wait is not None:
        answer["Retry-After"] = str(refusal.wait)
    return answer


def _short(word: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in word[:80])


_noted: dict[str, float] = {}
"""When a refusal was last written on each source, by this process's clock; only sources that there are."""


def _note(name: str, refusal: _Refusal) -> None:
    """Writes the reason on the source, unless that was done a moment ago."""
    now = time.monotonic()
    if now - _noted.get(name, -NOTED_EVERY) < NOTED_EVERY:
        return
    _noted[name] = now
    at = datetime.now(UTC)
    long_ago = Q(last_refused=None) | Q(last_refused__lt=at - timedelta(seconds=NOTED_EVERY))
    what: dict[str, Any] = {"last_error": refusal.why[: keeping.LONGEST_SAID].replace("\x00", ""), "last_refused": at}
    try:
        if Source.objects.filter(long_ago, name=name).update(failures=F("failures") + 1, **what):
            refusals.note(name, refusal.problem, at)
    except (DatabaseError, InterfaceError):
        log.warning("the reason could not be written on source %s", name)
