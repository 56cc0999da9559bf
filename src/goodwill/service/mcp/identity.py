"""Who asks: the token that the program was given, or the person at this machine who started it without one."""

from __future__ import annotations

from dataclasses import dataclass

from goodwill.errors import GoodwillError

LOCAL = "mcp"


@dataclass(frozen=True)
class Asker:
    """A program that asks: its name for the log, and its scopes."""

    name: str
    scopes: frozenset[str]
    token: str = ""

    @property
    def who(self) -> str:
        """As the log of who saw what has it."""
        return f"token {self.name}" if self.token else self.name

    def allow(self, scope: str) -> None:
        """Raises GoodwillError where the token is revoked or its scope does not reach so far; asked at each call."""
        scopes = asker(self.token).scopes if self.token else self.scopes
        if scope not in scopes:
            raise GoodwillError(
                f"this token may {' and '.join(sorted(scopes)) or 'nothing'}, not {scope}",
                where=self.who,
                mend=f"start it with one that may: goodwill token create NAME --scope {scope}",
            )


def asker(token: str) -> Asker:
    """Who shows this token; without one, whoever runs the command here may read and propose.

    Raises GoodwillError where the token is unknown or revoked.
    """
    from goodwill.service.api.auth import SCOPES, find

    if not token:
        return Asker(LOCAL, frozenset({"read", "write"}))
    found = find(token)
    if found is None:
        raise GoodwillError(
            "this token opens nothing", where="GOODWILL_TOKEN", mend="make one: goodwill token create NAME --scope read"
        )
    highest = max((SCOPES.index(scope) for scope in found.scopes if scope in SCOPES), default=-1)
    return Asker(found.name, frozenset(SCOPES[: highest + 1]), token)
