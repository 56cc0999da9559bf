"""A mailbox over IMAP (RFC 3501), only ever read: through the gate, over TLS, in bounded pieces.

imap-tools signs in and names folders; the connection is made by the gate, and every literal is bounded before it is
read. Folders are opened by EXAMINE and mails asked for by BODY.PEEK, so that none is marked as read. Whoever signs in
with an access token does so by XOAUTH2, as Google and Microsoft document it for their IMAP servers.
"""

from __future__ import annotations

import binascii
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from goodwill.errors import NoAnswer, NotLetOut, SourceError
from goodwill.gate import Gate

Security = Literal["TLS", "STARTTLS", "none"]
Token = Callable[[bool], str]
"""Gives an access token; with True another one, where the one before was refused."""
MOST_BYTES = 1_000_000
"""Bytes read of one mail: text comes first in it, and what is long is attachments."""
AT_ONCE = 10
"""Mails asked for with one command."""
LONGEST_LINE = 20_000_000
"""Bytes: the numbers of two million mails."""
SECONDS = 30.0
"""For one answer of the server."""
_UID = re.compile(rb"\bUID (\d+)")
_RECEIVED = re.compile(rb'INTERNALDATE "([^"]{10,40})"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class Letter:
    """One mail as the server holds it: its bytes (at most MOST_BYTES of its `size`), and when it was received."""

    uid: int
    raw: bytes
    size: int
    received: datetime


class Mailbox:
    """One connection to a mailbox; made by `connect`."""

    def __init__(self, box: Any, where: str) -> None:
        self._box, self._where = box, where

    def folders(self) -> list[tuple[str, bool]]:
        """The folders that can be opened, and whether each holds what was sent from here."""
        with _told(self._where):
            found = self._box.folder.list()
        return [(one.name, "\\Sent" in one.flags) for one in found if "\\Noselect" not in one.flags][:500]

    def open(self, folder: str) -> int:
        """Opens a folder for reading alone; its UIDVALIDITY: where that is another, its numbers mean other mails."""
        with _told(self._where):
            from imap_tools import MailboxFolderSelectError

            try:
                self._box.folder.set(folder, readonly=True)
            except MailboxFolderSelectError as unknown:
                names = ", ".join(name for name, _ in self.folders()[:12])
                mend = f"the server has {names}"
                raise SourceError(f"it has no folder {folder!r}", where=self._where, mend=mend) from unknown
            answer = self._box.client.response("UIDVALIDITY")[1]
        return int(answer[-1]) if answer and answer[-1] else 0

    def count(self) -> int:
        """How many mails the open folder holds."""
        with _told(self._where):
            return len(self._box.numbers())

    def after(self, uid: int, since: date) -> list[int]:
        """The numbers of the mails above one, received since a day, in order."""
        with _told(self._where):
            # `since` by name: the month of strftime follows the locale.
            day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"
            found = self._box.uids(f"UID {uid + 1}:* SINCE {day}")
        return sorted(number for number in map(int, found) if number > uid)  # '*' is the last one, however low

    def letters(self, uids: Sequence[int]) -> Iterator[Letter]:
        """These mails, one after the other; one that was deleted meanwhile is left out."""
        for start in range(0, len(uids), AT_ONCE):
            asked = ",".join(map(str, uids[start : start + AT_ONCE]))
            with _told(self._where):
                answer = self._box.client.uid(
                    "fetch", asked, f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{MOST_BYTES}>)"
                )
            if answer[0] != "OK":
                raise NoAnswer(
                    "its server does not give the mails", where=self._where, mend="goodwill asks again later"
                )
            yield from _letters(answer[1])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _letters(data: Sequence[Any]) -> Iterator[Letter]:
    for at, piece in enumerate(data):
        if not isinstance(piece, tuple):
            continue
        # What belongs to a mail stands before its literal or, with some servers, after it.
        after = data[at + 1] if at + 1 < len(data) and isinstance(data[at + 1], bytes) else b""
        said = bytes(piece[0]) + b" " + after
        uid = _UID.search(said)
        if uid is None:
            continue
        size, received = _SIZE.search(said), _RECEIVED.search(said)
        raw = bytes(piece[1])
        yield Letter(int(uid[1]), raw, int(size[1]) if size else len(raw), _instant(received[1] if received else b""))


def _instant(written: bytes) -> datetime:
    try:
        at = datetime.strptime(_month_as_number(written.decode("ascii").strip()), "%d-%m-%Y %H:%M:%S %z")
    except ValueError:
        return datetime.now(UTC)
    return at.astimezone(UTC)


def _month_as_number(written: str) -> str:
    day, month, rest = written.split("-", 2)
    return f"{int(day):02}-{_MONTHS.index(month.title()) + 1:02}-{rest}"


@contextmanager
def connect(
    gate: Gate, host: str, port: int, security: Security, user: str, secret: str | Token, authority: str = ""
) -> Iterator[Mailbox]:
    """A mailbox that is signed in to, and signed out of at the end. `secret`: a password, or what gives access tokens.

    `authority`: certificates (PEM) or a file of them that the server's is checked against, instead of the system's.
    Raises NotLetOut where it may not be asked, or would be in the open; NoAnswer; SourceError where it refuses.
    """
    where = f"{host}:{port}"
    if security == "none" and not gate.inside(host, port):
        raise NotLetOut(
            "a mailbox is not read in the open",
            where=where,
            mend="choose TLS or STARTTLS; for a server inside, the operator adds it to GOODWILL_OUT_PRIVATE",
        )
    from imap_tools import BaseMailBox

    context = _context(authority, where) if security != "none" else None

    class Box(BaseMailBox):  # type: ignore[misc, unused-ignore]
        def _get_mailbox_client(self) -> imaplib.IMAP4:
            client = _Client(gate, host, port, context if security == "TLS" else None)
            try:
                if security == "STARTTLS":
                    client.starttls(context)
            except BaseException:
                client.shutdown()
                raise
            return client

    with _told(where):
        box = Box()
    try:
        with _told(where):
            if isinstance(secret, str):
                _by_password(box, user, secret, where)
            else:
                _by_token(box.client, user, secret, where)
        yield Mailbox(box, where)
    finally:
        _leave(box)


def _by_password(box: Any, user: str, password: str, where: str) -> None:
    from imap_tools import MailboxLoginError

    signed_in = box.login if user.isascii() and password.isascii() else box.login_utf8
    try:
        signed_in(user, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as refused:
        if isinstance(refused, imaplib.IMAP4.abort):
            raise
        raise SourceError(
            f"it does not let {user} in: {_bare(refused)}",
            where=where,
            mend="compare user and password; Gmail and others want an app password",
        ) from None  # the cause would show the command, with the password


def _by_token(client: imaplib.IMAP4, user: str, token: Token, where: str) -> None:
    """Signs in with a token; one that is refused may have been taken back before its time, so that another is tried."""
    refusal = _refused(client, user, token(False))
    if refusal is not None:
        refusal = _refused(client, user, token(True))
    if refusal is not None:
        raise SourceError(
            f"it refuses the access token of {user}: {refusal}",
            where=where,
            mend="see that the token is for this mailbox and lets it be read by IMAP (scope, permission, consent)",
        )


def _refused(client: imaplib.IMAP4, user: str, token: str) -> str | None:
    """One exchange of XOAUTH2: why the token was refused, or none. A refusal is told first, and answered by nothing."""
    told: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        told.append(challenge)
        return b"" if len(told) > 1 else f"user={user}\x01auth=Bearer {token}\x01\x01".encode()

    try:
        client.authenticate("XOAUTH2", answer)
    except binascii.Error as odd:
        client.shutdown()  # it waits for the end of the exchange, and would not hear a farewell
        raise imaplib.IMAP4.error("its answer is no base64") from odd
    except imaplib.IMAP4.error as refused:
        if isinstance(refused, imaplib.IMAP4.abort):
            raise
        why = " ".join(part.decode("utf-8", "replace") for part in told[1:2])
        return f"{_bare(refused)} {why}".replace(token, "…").strip()[:300]
    return None


class _Client(imaplib.IMAP4):
    """imaplib's client on a connection of the gate's; what the server sends is bounded in size, each answer in time."""

    def __init__(self, gate: Gate, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self._gate, self._context = gate, context
        self._until = time.monotonic() + SECONDS
        super().__init__(host, port, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> Any:
        connection = self._gate.connect(self.host, self.port)
        connection.settimeout(timeout)
        if self._context is None:
            return connection
        try:
            return self._context.wrap_socket(connection, server_hostname=self.host)
        except BaseException:
            connection.close()
            raise

    def send(self, data: Any) -> None:
        self._until = time.monotonic() + SECONDS
        super().send(data)

    def read(self, size: int) -> bytes:
        if size > MOST_BYTES + 1_000:
            raise self.abort(f"it sends {size:,} bytes where {MOST_BYTES:,} were asked for")
        pieces, missing = [], size
        while missing:
            piece = self._stream().read1(min(missing, 65_536))
            if not piece:
                break
            self._hurry()
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def readline(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            waiting = self._stream().peek(1)  # what is there, after one look at the connection
            self._hurry()
            if not waiting:
                break
            line += self._stream().read1((waiting.find(b"\n") + 1) or len(waiting))
            if len(line) > LONGEST_LINE:
                raise self.abort("it sends a line without end")
        return bytes(line)

    def _stream(self) -> Any:
        return getattr(self, "_file", None) or self.file  # Python 3.14 calls it so

    def _hurry(self) -> None:
        if time.monotonic() > self._until:
            raise TimeoutError(f"no whole answer within {SECONDS:g} seconds")


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What goes wrong with the connection, in words of ours."""
    from imap_tools import ImapToolsError

    try:
        yield
    except ssl.SSLCertVerificationError as doubtful:
        raise NoAnswer(
            f"its certificate does not hold: {doubtful.verify_message}",
            where=where,
            mend="write the host as the certificate has it; for an authority of your own, enter its certificate",
        ) from doubtful
    except ssl.SSLError as broken:
        raise NoAnswer(
            f"it does not speak TLS as it should: {_bare(broken)}",
            where=where,
            mend="TLS is mostly on port 993, STARTTLS on 143",
        ) from broken
    except (OSError, imaplib.IMAP4.error, ImapToolsError, EOFError) as broken:
        raise NoAnswer(
            f"the mailbox cannot be read: {_bare(broken)}", where=where, mend="see whether it is up"
        ) from broken


def _context(authority: str, where: str) -> ssl.SSLContext:
    try:
        if authority.lstrip().startswith("-----BEGIN"):
            return ssl.create_default_context(cadata=authority)
        return ssl.create_default_context(cafile=authority or None)
    except (OSError, ValueError) as unreadable:
        raise SourceError(
            "the authority's certificate cannot be read",
            where=where,
            mend="give it as PEM (-----BEGIN CERTIFICATE-----)",
        ) from unreadable


def _leave(box: Any) -> None:
    try:
        box.logout()
    except Exception:  # it is done with, however it ended
        try:
            box.client.shutdown()
        except Exception:
            return


def _bare(problem: BaseException) -> str:
    """What a server said, on one line; never the command, which may hold the password."""
    said = getattr(problem, "command_result", None)
    text = str(said[1][0]) if isinstance(said, tuple) and len(said) > 1 and said[1] else str(problem)
    found = re.fullmatch(r"b?(['\"])(.*)\1", text, re.DOTALL)
    return " ".join((found[2] if found else text).split())[:200] or type(problem).__name__
