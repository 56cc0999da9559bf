"""A mailbox over IMAP: what customers write, what we answer, and the reviews that mails tell of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from goodwill.listen.letters import imap
from goodwill.listen.letters.mail_rows import Reading
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place
from goodwill.listen.sources.kind import Settings as KindSettings
from goodwill.listen.web import oauth
from goodwill.listen.web.web_api import WebAddress, hosts_of

BATCH = 200
_DAYS = 30


class Settings(KindSettings):
    """A mailbox's settings."""

    host: str = Field(description="the server's name: imap.gmail.com, outlook.office365.com, imap.firm.example")
    port: int = Field(993, ge=1, le=65535, description="993 for TLS, 143 for STARTTLS")
    security: imap.Security = Field(
        "TLS", description="'TLS', 'STARTTLS', or 'none' for a server inside that the operator lets (not encrypted)"
    )
    user: str = Field(description="the mailbox's user, mostly its address")
    password: SecretStr | None = Field(
        None,
        description="its password; Gmail, Yahoo and iCloud want an app password; empty: it is let in by OAuth, below",
        json_schema_extra={"asked_first": True},
    )
    folders: tuple[str, ...] = Field(
        ("INBOX",), description="the folders that are read; name the folder of what is sent too, and answers count"
    )
    sent: tuple[str, ...] = Field(
        (), description="which of the folders hold what we sent, where the server does not mark them so"
    )
    ours: tuple[str, ...] = Field(
        (), description="our own addresses and domains (support@firm.example, firm.example): their mails are answers"
    )
    lists: tuple[str, ...] = Field(
        (), description="lists of our own through which customers write (a Google Group, say): their address or List-Id"
    )
    server: str = Field(
        "", description="the name with which your mail server signs Authentication-Results (mx.google.com): what it "
        "found proves a sender; empty: no sender is taken as proven"
    )  # fmt: skip
    reviews: bool = Field(True, description="read mails of Google, Yelp, Trustpilot and TripAdvisor as reviews")
    about: str = Field("us", description="whom those reviews are about: 'us', or a competitor's name")
    authority: str = Field("", description="certificate (PEM) of an authority of your own; empty: the system's")
    days: int = Field(_DAYS, ge=0, le=36500, description="how many days back the first reading goes")
    client_id: str = Field("", description="OAuth: the id of your own app (client); empty: the password is used")
    client_secret: SecretStr | None = Field(None, description="OAuth: the app's secret")
    refresh_token: SecretStr | None = Field(
        None, description="OAuth: a refresh token of the mailbox's user; empty: the app is let in by itself"
    )
    tokens: WebAddress | Literal[""] = Field(
        "", description="OAuth: the address that gives tokens: https://oauth2.googleapis.com/token, "
        "https://login.microsoftonline.com/YOUR-TENANT/oauth2/v2.0/token"
    )  # fmt: skip
    scope: str = Field(
        "", description="OAuth: what the token is for; for an app by itself at Microsoft "
        "https://outlook.office365.com/.default"
    )  # fmt: skip

    @model_validator(mode="after")
    def _a_way_in(self) -> Settings:
        if not self.client_id:
            if not self.password:
                raise ValueError("enter its password, or client_id and tokens to be let in by OAuth")
        elif not self.tokens:
            raise ValueError("OAuth wants the address that gives tokens too: enter tokens")
        elif not self.refresh_token and not self.client_secret:
            raise ValueError("OAuth wants a refresh token, or the secret of an app that is let in by itself")
        return self


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """New mails of every folder, 200 at a time; the cursor has each folder's UIDVALIDITY and last number.

    Where a folder's numbers begin anew, it is read again from the first day; a mail's key is its Message-ID, so that
    none comes twice.
    """
    settings: Settings = place.settings
    of = f"{settings.user} at {settings.host}"
    since = cursor.get("since") or (place.now().date() - timedelta(days=settings.days)).isoformat()
    folders = cursor.get("folders", {}) if cursor.get("of", of) == of else {}  # another mailbox has other numbers
    seen: Cursor = {"of": of, "since": since, "folders": dict(folders)}
    with _connect(place) as box:
        sent = {*settings.sent, *(name for name, is_sent in box.folders() if is_sent)}
        for folder in settings.folders:
            validity = box.open(folder)
            before, last = seen["folders"].get(folder, [validity, 0])
            said = []
            if before != validity:
                last, said = 0, [f"the server has numbered {folder} anew: it is read again from {since}"]
            new = box.after(last, date.fromisoformat(since))
            reading = Reading(place, sent=folder in sent)
            for start in range(0, len(new), BATCH):
                uids = new[start : start + BATCH]
                heard = reading.heard(box.letters(uids))
                heard.said = said + heard.said
                seen["folders"][folder] = [validity, uids[-1]]
                heard.cursor = {**seen, "folders": dict(seen["folders"])}
                yield heard
                said = []
            seen["folders"][folder] = [validity, new[-1] if new else last]
    yield Heard(cursor={**seen, "folders": dict(seen["folders"])})


def check(place: Place) -> str:
    """Signs in, opens each folder, and says how many mails it holds."""
    counts: Counter[str] = Counter()
    with _connect(place) as box:
        for folder in place.settings.folders:
            box.open(folder)
            counts[folder] = box.count()
    return (
        f"Signed in as {place.settings.user}: " + ", ".join(f"{name} holds {n:,}" for name, n in counts.items()) + "."
    )


def _connect(place: Place):  # type: ignore[no-untyped-def]
    one: Settings = place.settings
    secret = partial(_token, place) if one.client_id else _bare(one.password)
    return imap.connect(place.gate, one.host, one.port, one.security, one.user, secret, one.authority)


def _token(place: Place, anew: bool) -> str:
    """An access token for the mailbox; a refresh token that takes the place of another is kept."""
    one: Settings = place.settings
    refresh_token = _bare(one.refresh_token)
    client = oauth.Client(one.tokens, one.client_id, _bare(one.client_secret), refresh_token, one.scope)
    return oauth.access_token(
        client,
        place.gate,
        place.now,
        title="the token address",
        mend="compare client_id, client_secret and scope; let the mailbox's user sign in anew and enter the new "
        "refresh token",
        anew=anew,
        replaced=partial(place.replaced, "refresh_token", refresh_token),
    )


def _bare(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _since(when: datetime) -> Cursor:
    return {"since": when.astimezone(UTC).date().isoformat()}


KIND = Kind(
    name="mailbox",
    title="Mailbox",
    says="what customers write by mail, our answers to it, and the reviews that Google, Yelp, Trustpilot and "
    "TripAdvisor tell of by mail",
    connect="Enter the IMAP server, the mailbox's user and its password (an app password at Yahoo, iCloud and Gmail: "
    "myaccount.google.com, Security › App passwords; a Workspace admin must allow IMAP). Microsoft 365 and Outlook.com "
    "let nobody in with a password any more. Microsoft 365, server outlook.office365.com: in the Entra admin centre "
    "register an app, give it the application permission IMAP.AccessAsApp of Office 365 Exchange Online, grant admin "
    "consent, make a client secret, and in Exchange PowerShell let it into the mailbox (New-ServicePrincipal, then "
    "Add-MailboxPermission); enter client_id, client_secret, tokens and scope as below. Gmail, server imap.gmail.com: "
    "an OAuth client in the Google Cloud console, and a refresh token of the mailbox's user for the scope "
    "https://mail.google.com/. A refresh token for the scope https://outlook.office.com/IMAP.AccessAsUser.All "
    "offline_access does for Outlook.com. Mails are never marked as read, moved or deleted.",
    settings=Settings,
    tried="against a real Dovecot 2.3, by password and by OAuth (XOAUTH2) with a local server that gives tokens; not "
    "against Gmail, Microsoft or other providers. Review mails: samples of our own making; "
    "not real ones",
    pull=pull,
    check=check,
    hosts=lambda settings: frozenset({f"{settings.host}:{settings.port}"}) | hosts_of(settings.tokens),
    every=120,
    since=_since,
)
