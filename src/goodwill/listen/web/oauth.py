"""Access tokens by OAuth 2.0 where nobody sits at a screen: by a refresh token, or by the client's own credentials.

Source: RFC 6749, sections 4.4 (client credentials), 5 (answers and errors) and 6 (refreshing). A token is asked for
through the gate at the firm's own token address, and held in memory until shortly before it runs out. Some servers put
a new refresh token in the place of the old one (section 6): `replaced` is told of it, so that it can be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.errors import NotUnderstood
from goodwill.listen.web.web_api import WebApi, at

if TYPE_CHECKING:
    from goodwill.gate import Gate

EARLY = timedelta(minutes=2)
"""Before a token runs out, another is asked for: a reading takes a while."""
AN_HOUR = 3600.0
"""How long a token holds where the server does not say."""
LONGEST = 24 * AN_HOUR


@dataclass(frozen=True)
class Client:
    """A client of a token address: with a refresh token it acts for whoever gave that, without one for itself."""

    address: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    @property
    def form(self) -> dict[str, str]:
        """What is sent; what is empty is left out.

        >>> Client("https://id.example/token", "goodwill", "shh", scope="mail").form["grant_type"]
        'client_credentials'
        """
        grant = "refresh_token" if self.refresh_token else "client_credentials"
        told = {
            "grant_type": grant,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "scope": self.scope,
        }
        return {name: value for name, value in told.items() if value}


_held: dict[Client, tuple[str, datetime]] = {}
"""Tokens and until when each is used, by client; gone with the process."""


def access_token(
    client: Client,
    gate: Gate,
    now: Callable[[], datetime],
    *,
    title: str,
    mend: str,
    anew: bool = False,
    replaced: Callable[[str], None] = lambda _refresh_token: None,
) -> str:
    """A token that holds; `anew` where the one before was refused, whatever it said of its time.

    Raises SourceError where the client is refused, NotUnderstood where the answer has no token in it, and what
    `WebApi.post` raises; no message has a secret in it.
    """
    token, until = _held.get(client, ("", now()))
    if not anew and until > now():
        return token
    _held.pop(client, None)
    said = WebApi(title, client.address, gate, now, {}, mend).post("", client.form)
    given = at(said, "access_token")
    if not isinstance(given, str) or not given or not given.isascii() or not given.isprintable():
        raise NotUnderstood(f"{title} gave no access token", where=client.address, mend=mend)
    _keep(client, given, now(), _lasts(at(said, "expires_in")))
    successor = at(said, "refresh_token")
    if isinstance(successor, str) and client.refresh_token and successor not in ("", client.refresh_token):
        _keep(replace(client, refresh_token=successor), given, now(), _lasts(at(said, "expires_in")))
        replaced(successor)
    return given


def _keep(client: Client, token: str, now: datetime, lasts: timedelta) -> None:
    for other in [one for one, (_, until) in list(_held.items()) if until <= now]:
        _held.pop(other, None)
    _held[client] = (token, now + lasts - EARLY)


def _lasts(written: Any) -> timedelta:
    """How long a token holds: `expires_in` is a number of seconds, which some servers write as a text."""
    try:
        seconds = float(written)
    except (TypeError, ValueError):
        seconds = AN_HOUR
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST) if seconds == seconds else AN_HOUR)
