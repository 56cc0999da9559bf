"""Who a program is: a Bearer token, of which only the digest is kept, and what its scope lets it do.

    @router.get("/…", auth=Scoped("read"))

A wrong or revoked token is answered with 401, one whose scope does not reach so far with 403, one that asks too often
with 429 (`limits`). `request.auth` is the `Token`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ninja.security import HttpBearer

from goodwill.errors import GoodwillError
from goodwill.service.api import limits
from goodwill.service.store import audit
from goodwill.service.store.models import Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from goodwill.service.store.models import Colleague

SCOPES = ("read", "write", "admin")
"""Each includes those before it."""
APART = ("recognise",)
"""Each is for one thing alone; of the others only `admin` includes it."""
UNLIMITED = ("write",)
"""What comes in waits for nobody but the backlog."""
PREFIX = "gw_"
_USED_IS_NOTED_EVERY = timedelta(minutes=1)


class Forbidden(GoodwillError):
    """The token's scope does not reach so far."""


class Scoped(HttpBearer):
    """Lets in whoever has a token of this scope or one that includes it."""

    openapi_description = "A token made by `goodwill token create NAME --scope write`"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope
        self._enough = frozenset({scope, "admin"} if scope in APART else SCOPES[SCOPES.index(scope) :])

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        found = find(token)
        if found is None:
            return None
        if self._enough.isdisjoint(found.scopes):
            raise Forbidden(
                f"this token may {' and '.join(found.scopes) or 'nothing'}, not {self.scope}",
                where=f"token {found.name}",
                mend=f"make one that may: goodwill token create NAME --scope {self.scope}",
            )
        if self.scope not in UNLIMITED:
            limits.count(found)
        return found


def find(token: str) -> Token | None:
    """The token that a program shows; None where it is unknown or revoked."""
    # Asked at every request: plain SQL costs a third of a query that is put together anew each time.
    asked = Token.objects.raw("SELECT * FROM token WHERE digest = %s AND revoked IS NULL", [digest(token)])
    found = next(iter(asked), None)
    if found is not None:
        now = datetime.now(UTC)
        if found.last_used is None or now - found.last_used > _USED_IS_NOTED_EVERY:
            Token.objects.filter(name=found.name).update(last_used=now)
    return found


def make_token(name: str, scopes: Iterable[str], by: Colleague | None = None) -> str:
    """Makes a token and gives it: it is shown once, only its digest is kept.

    Raises GoodwillError where the name is taken or empty, or a scope is unknown.
    """
    chosen = [scope for scope in (*SCOPES, *APART) if scope in set(scopes)]
    unknown = sorted(set(scopes) - {*SCOPES, *APART})
    if unknown or not chosen:
        what = f"no scope is called {unknown[0]!r}" if unknown else "a token needs a scope"
        raise GoodwillError(what, where=f"token {name}", mend=f"choose among {', '.join((*SCOPES, *APART))}")
    if not name.strip() or len(name) > 80:
        raise GoodwillError("a token needs a name of 1 to 80 letters", where="token", mend="name who will use it")
    if Token.objects.filter(name=name).exists():
        raise GoodwillError("there is a token of this name", where=f"token {name}", mend="choose another name")
    secret = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(name=name, digest=digest(secret), scopes=chosen, by=by)
    audit.record(by or "goodwill", "token made", what=f"{name}: {', '.join(chosen)}")
    return secret


def revoke_token(name: str, by: Colleague | None = None) -> None:
    """Ends a token at once. Raises GoodwillError where there is none of that name."""
    ended = Token.objects.filter(name=name, revoked__isnull=True).update(revoked=datetime.now(UTC))
    if not ended:
        raise GoodwillError("there is no such token, or it is revoked", where=f"token {name}", mend="check the name")
    audit.record(by or "goodwill", "token revoked", what=name)


def digest(token: str) -> str:
    """What is kept of a token. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
