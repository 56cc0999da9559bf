"""A firm's own token address, and what its mail server asks it about a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from listen.sources.other_side import Reply

if TYPE_CHECKING:
    from listen.sources.other_side import Asked


class Tokens:
    """Gives tokens (RFC 6749, at any path) and says whether one holds (RFC 7662, at /introspect)."""

    def __init__(self) -> None:
        self.user = ""
        self.refresh_tokens = {"first"}
        self.turns = False  # whether every use of a refresh token gives another one
        self.good: set[str] = set()
        self.given = 0
        self.answer: Any = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/introspect":
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            return Reply({"active": token in self.good, "email": self.user, "username": self.user})
        form = {name: values[0] for name, values in parse_qs(asked.body).items()}
        if self.answer is not None:
            return Reply(self.answer)
        by_itself = form.get("grant_type") == "client_credentials" and form.get("scope") == "mail"
        if form.get("client_secret") != "shh" or not (by_itself or form.get("refresh_token") in self.refresh_tokens):
            return Reply({"error": "invalid_grant", "error_description": "AADSTS700082: it has expired."}, 400)
        self.given += 1
        self.good.add(f"access-{self.given}")
        said = {"token_type": "Bearer", "expires_in": "3600", "access_token": f"access-{self.given}"}
        if self.turns:
            self.refresh_tokens = {f"refresh-{self.given}"}
            said["refresh_token"] = f"refresh-{self.given}"
        return Reply(said)
