"""Asking another firm's web API with the firm's own key: JSON over the gate, and what went wrong in one clear line.

Keys and tokens go into headers alone, never into an address, where logs and proxies would keep them.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, SecretStr

from goodwill.errors import NotUnderstood, SourceError, TooOften
from goodwill.listen.posted import payload

if TYPE_CHECKING:
    from goodwill.gate import Answer, Gate

MOST_BYTES = 16 << 20  # a page of a hundred long posts with their authors
SECONDS = 60.0
A_WHILE = timedelta(minutes=15)  # until one comes back, where the other side does not say

Parameters = Mapping[str, Any]


def _web_address(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("wants an address such as https://host, without a password or a question mark")
    return written.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""The base address of an API, without a slash at its end."""


def hosts_of(*addresses: str) -> frozenset[str]:
    """The hosts of some addresses, as `gate.Gate.allowed` has them; empty addresses are left out.

    >>> sorted(hosts_of("https://api.example.com", "http://127.0.0.1:8080/v1", ""))
    ['127.0.0.1:8080', 'api.example.com']
    """
    return frozenset(urlsplit(address).netloc for address in addresses if address)


def bearer(token: SecretStr | str) -> dict[str, str]:
    """The header that carries a token (RFC 6750)."""
    return {"Authorization": f"Bearer {_plain(token)}"}


def basic(name: str, password: SecretStr) -> dict[str, str]:
    """The header that carries a name and a password (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{_plain(password)}".encode()).decode()}


def _plain(secret: SecretStr | str) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


@dataclass
class WebApi:
    """An API: what people call it, where it lies, what is sent with each request, and how its errors are mended.

    `rests(answer, said)`: for APIs that say 'too often' in words of their own: when to come back, else none.
    `unlocked(said)`: for those that say in words of their own that the key is no good: false then.
    """

    title: str
    base: str
    gate: Gate
    now: Callable[[], datetime]
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    mend: str = "enter a key that is valid and may read this"
    rests: Callable[[Answer, Any], datetime | None] = lambda _answer, _said: None
    unlocked: Callable[[Any], bool] = lambda _said: True

    def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """Asks for a page; parameters that hold nothing are left out, a list is sent as so many parameters.

        Raises TooOften, SourceError (the key, a server's fault), NotUnderstood (no JSON), NoAnswer and NotLetOut.
        """
        given = {name: value for name, value in (parameters or {}).items() if value not in (None, "", ())}
        query = urlencode(given, doseq=True)
        return self._ask("GET", f"{self.base}{path}" + (f"?{query}" if query else ""), self.headers, None)

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        """Sends a form, as OAuth wants it; errors as `get` has them."""
        told = {**self.headers, **(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", f"{self.base}{path}", told, urlencode(fields).encode())

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Any:
        gate = replace(self.gate, most_bytes=max(self.gate.most_bytes, MOST_BYTES), seconds=SECONDS)
        answer = gate.request(method, url, headers={"Accept": "application/json", **headers}, body=body)
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if answer.status == 200 and said is not None:
            return said
        raise self._wrong(answer, said)

    def _wrong(self, answer: Answer, said: Any) -> SourceError:
        where, status = urlsplit(answer.url).hostname or "", answer.status
        told = reason_of(said)
        words = f"{status}: {told}" if told else str(status)
        come_back = self.rests(answer, said)
        if come_back is None and (status == 429 or (status == 503 and "retry-after" in answer.headers)):
            come_back = when_again(answer.headers, self.now())
        if come_back is not None:
            back = f"{come_back.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return TooOften(
                f"{self.title} wants to be asked less ({words}); it may be asked again from {back}",
                retry_after=max(1, math.ceil((come_back - self.now()).total_seconds())),
                where=where,
            )
        if status == 200:
            return NotUnderstood(f"{self.title} answered with what is no JSON", where=where, mend="check the address")
        if status in (401, 403) or _is_about_the_key(said, told) or not self.unlocked(said):
            return SourceError(f"{self.title} refuses the key ({words})", where=where, mend=self.mend)
        if status == 404:
            return SourceError(f"{self.title} knows no such thing ({words})", where=where, mend="check names and ids")
        if status >= 500:
            return SourceError(f"{self.title} does not work at the moment ({words})", where=where, mend="wait")
        return SourceError(f"{self.title} does not take this request ({words})", where=where, mend="check the settings")


def reason_of(said: Any) -> str:
    """What an error's body says, in one short line; the forms are those of OAuth, Google, Meta, X and Mastodon.

    >>> reason_of({"error": {"message": "Invalid\\ntoken", "code": 190}})
    'Invalid token'
    >>> reason_of({"error": "invalid_grant", "error_description": "Bad Request"})
    'Bad Request'
    """
    if isinstance(said, list) and said:
        return reason_of(said[0])
    if not isinstance(said, dict):
        return ""
    for name in ("error_description", "detail", "message", "title"):
        if isinstance(said.get(name), str) and said[name].strip():
            return " ".join(said[name].split())[:200]
    error = said.get("error") or said.get("errors")
    return " ".join(error.split())[:200] if isinstance(error, str) else reason_of(error)


def _is_about_the_key(said: Any, told: str) -> bool:
    """OAuth (RFC 6749, 5.2) and Google's API keys say so with status 400."""
    codes = ("invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope")
    return at(said, "error") in codes or told.startswith("API key not valid")


def when_again(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the other side may be asked again: Retry-After (RFC 9110), else the usual headers of rate limits.

    A reset is written as an instant (seconds since 1970, or a date) or as seconds from now; never more than a day.

    >>> when_again({"retry-after": "120"}, datetime(2026, 11, 1, tzinfo=UTC)).isoformat()
    '2026-11-01T00:02:00+00:00'
    """
    for name in ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset"):
        when = _instant_or_wait(headers.get(name, "").strip(), now)
        if when is not None:
            return min(max(when, now + timedelta(seconds=1)), now + timedelta(days=1))
    return now + A_WHILE


def _instant_or_wait(written: str, now: datetime) -> datetime | None:
    try:
        number = float(written)
    except ValueError:
        return _date(written)
    if not 0 <= number < 1e11:
        return None
    return datetime.fromtimestamp(number, UTC) if number > 1e9 else now + timedelta(seconds=number)


def _date(written: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(written)
        except (ValueError, TypeError, IndexError):
            continue
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None


def instant(written: Any) -> datetime:
    """A time as APIs write it: ISO 8601 (with Z, nanoseconds, +0000) or seconds since 1970.

    Raises NotUnderstood where it is none.

    >>> instant("2026-11-01T10:00:00.123456789Z").isoformat(), instant(0).isoformat()
    ('2026-11-01T10:00:00.123456+00:00', '1970-01-01T00:00:00+00:00')
    """
    when = payload.instant(Decimal(written) if isinstance(written, float) else written)
    if when is None:
        raise NotUnderstood(f"{str(written)[:40]!r} is no time")
    return when


def words(written: Any) -> str:
    """A text as it can be kept; empty where there is none."""
    return payload.cleaned(written).strip() if isinstance(written, str) else ""


def at(said: Any, *path: str | int) -> Any:
    """What lies at a path within JSON; none where there is nothing, whatever its shape.

    >>> at({"a": [{"b": 1}]}, "a", 0, "b"), at({"a": "x"}, "a", "b")
    (1, None)
    """
    for step in path:
        try:
            said = said[step]
        except (KeyError, IndexError, TypeError):
            return None
    return said


def many(said: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects of a list within JSON; what is no object is left out.

    >>> many({"data": [{"id": 1}, 7]}, "data"), many({}, "data")
    ([{'id': 1}], [])
    """
    found = at(said, *path) if path else said
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def total(*counts: Any) -> int | None:
    """The sum of the counts that are given; none where there is none.

    >>> total(1, None, 2), total(None)
    (3, None)
    """
    given = [count for count in counts if isinstance(count, int) and not isinstance(count, bool) and count >= 0]
    return sum(given) if given else None
