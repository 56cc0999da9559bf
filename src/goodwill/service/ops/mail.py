"""Outgoing mail: by the SMTP server that GOODWILL_SMTP_URL names, or not at all.

    smtp://user:password@host:587     STARTTLS, certificate checked (loopback does without, unless ?tls=on asks for it)
    smtps://user:password@host:465    TLS from the first byte
    smtp://host:25?tls=off            in the open; only for a relay on a network that you trust

A user and password are percent-encoded where they hold reserved characters. GOODWILL_MAIL_FROM is the sender. The demo
sends nothing: its letters lie in a folder (`outbox`).
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail.backends.smtp import EmailBackend

from goodwill.errors import GoodwillError, NoAnswer, SettingsError
from goodwill.service.ops import outbox

WHERE = "GOODWILL_SMTP_URL"
SECONDS = 15
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Server:
    """What GOODWILL_SMTP_URL says."""

    host: str
    port: int
    user: str
    password: str
    tls: str  # 'starttls', 'tls' or 'off'

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def server() -> Server | None:
    """The mail server that was configured; None without one. Raises SettingsError for what cannot be one."""
    written = os.environ.get(WHERE, "").strip()
    if not written:
        return None
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as broken:
        raise SettingsError("this is no address of a mail server", where=WHERE, mend=_FORM) from broken
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingsError(f"{parts.scheme or 'nothing'!r} is no kind of mail server", where=WHERE, mend=_FORM)
    implicit = parts.scheme == "smtps"
    usual = "off" if parts.hostname in _LOOPBACK and not implicit else "on"
    wanted = parse_qs(parts.query).get("tls", [usual])[0]
    if wanted not in ("on", "off") or (implicit and wanted == "off"):
        raise SettingsError(f"tls={wanted}", where=WHERE, mend="leave it out, or write smtp://…?tls=off")
    return Server(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls="tls" if implicit else "off" if wanted == "off" else "starttls",
    )


_FORM = "write smtp://user:password@host:587 or smtps://user:password@host:465"


def sender() -> str:
    """From whom mail comes: GOODWILL_MAIL_FROM, or the server's user where that is an address."""
    written = os.environ.get("GOODWILL_MAIL_FROM", "").strip()
    found = server()
    if not written and found and "@" in found.user:
        return found.user
    return written or "goodwill@localhost"


class Backend(EmailBackend):
    """Django's SMTP, set by the environment when it is used. Without a server nothing is sent, and that is an error."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        found = server()
        if found is None:
            raise GoodwillError("no mail server is configured", where=WHERE, mend=_FORM)
        super().__init__(
            host=found.host,
            port=found.port,
            username=found.user,
            password=found.password,
            use_tls=found.tls == "starttls",
            use_ssl=found.tls == "tls",
            fail_silently=fail_silently,
            timeout=SECONDS,
        )


def configured() -> bool:
    """Whether mail can be sent at all, or is laid into the demo's outbox."""
    return outbox.folder() is not None or server() is not None


def send(to: str | list[str], subject: str, text: str) -> None:
    """Sends one plain letter; each address has its own copy, so nobody sees who else was told.

    Raises NoAnswer where the server cannot be reached or refuses; those not yet reached have then got nothing.
    """
    from django.core.mail import EmailMessage

    addresses = [to] if isinstance(to, str) else to
    subject = " ".join(subject.split())  # a line break in a subject would be a header of its own
    if (instead := outbox.folder()) is not None:
        outbox.keep(instead, addresses, subject, text)
        return
    letters = [EmailMessage(subject, text, sender(), [address]) for address in addresses]
    with _plain_words():
        connection = Backend()
        try:
            connection.send_messages(letters)
        finally:
            _hang_up(connection)


def check() -> str:
    """Connects and signs in, sends nothing; says to whom. Raises NoAnswer, or GoodwillError without a server."""
    if outbox.folder() is not None:
        return "nothing is sent: letters lie in the demo's outbox"
    found = server()
    with _plain_words():
        connection = Backend()
        try:
            connection.open()
            assert connection.connection is not None
            connection.connection.noop()
        finally:
            _hang_up(connection)
    return f"{found} answers" + (f" and lets {found.user} in" if found and found.user else "")


def _hang_up(connection: Backend) -> None:
    """Closes the line, also where the server did not let us in; whatever else went wrong is told, not this."""
    with contextlib.suppress(OSError):
        connection.close()


class _plain_words:  # noqa: N801
    """Turns what smtplib and the socket raise into one clear line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, smtplib.SMTPAuthenticationError):
            raise NoAnswer("the mail server refuses the user or password", where=WHERE, mend="check both") from problem
        if isinstance(problem, smtplib.SMTPRecipientsRefused):
            codes = ", ".join(str(code) for code, _ in problem.recipients.values())
            raise NoAnswer(f"the mail server refuses the recipient ({codes})", where=WHERE) from problem
        if isinstance(problem, ssl.SSLCertVerificationError):
            raise NoAnswer(
                f"the mail server's certificate is not to be trusted: {problem.verify_message}",
                where=WHERE,
                mend="use the name that it was issued for, and let this machine trust who signed it (SSL_CERT_FILE)",
            ) from problem
        if isinstance(problem, smtplib.SMTPNotSupportedError):
            raise NoAnswer(
                "the mail server offers no STARTTLS, or no sign-in with a password",
                where=WHERE,
                mend="use smtps:// where it speaks TLS from the first byte; ?tls=off sends in the open",
            ) from problem
        if isinstance(problem, OSError):  # smtplib's errors are OSErrors too
            said = str(problem) or type(problem).__name__
            raise NoAnswer(
                f"the mail server cannot be used: {said}", where=WHERE, mend="check host, port and tls"
            ) from problem
