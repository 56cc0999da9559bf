"""A Dovecot of the tests' own: in a temporary folder, on free ports of this machine alone, gone when the tests end."""

from __future__ import annotations

import getpass
import imaplib
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from patience import LONG, until
from servers import certificates
from servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

HOST = "localhost"
PASSWORD = 'p\u00e4ss "word\\ {8}'
MAILBOXES = 100
"""They are there from the beginning, since Dovecot looks at its file of users at most once a second."""
_CONFIGURED = """
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{place}/mail/%u
mail_uid = {mail}
mail_gid = {mail_group}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {place}/users
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={place}/mail/%u
}}
{by_token}
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
mail_max_userip_connections = 0
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service stats {{
  chroot =
}}
"""
_BY_TOKEN = """
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {place}/tokens
}}
"""
_TOKENS = """
introspection_mode = auth
introspection_url = {address}
username_attribute = email
active_attribute = active
active_value = true
"""


def binary() -> str | None:
    """The program, or none."""
    more = os.pathsep.join(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"])
    return shutil.which("dovecot") or shutil.which("dovecot", path=more)


@dataclass
class Dovecot:
    """A server that runs: its ports, the authority that signed its certificate, and its folder."""

    place: Path
    plain: int
    tls: int
    authority: Path
    users: Iterator[str]

    def settings(self, user: str, **more: object) -> dict[str, object]:
        """What a source `mailbox` must be told."""
        told = {"host": HOST, "port": self.tls, "user": user, "password": PASSWORD}
        return told | {"authority": self.authority.read_text()} | more

    @property
    def private(self) -> list[str]:
        """Its addresses, as the operator lets them."""
        return [f"{HOST}:{self.tls}", f"{HOST}:{self.plain}"]

    def add(self) -> str:
        """A new mailbox; its user."""
        return next(self.users)

    @contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A mail program of the tests', in the open."""
        with imaplib.IMAP4(HOST, self.plain, timeout=LONG) as client:
            client.authenticate("PLAIN", lambda _: b"\0%s\0%s" % (user.encode(), PASSWORD.encode()))
            yield client

    def deliver(self, user: str, *mails: bytes, folder: str = "INBOX", received: datetime | None = None) -> None:
        """Puts mails into a folder, as they come."""
        with self.client(user) as client:
            for mail in mails:
                whole = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                when = imaplib.Time2Internaldate(received or time.time())
                answer = client.append(folder, "()", when, whole)
                assert answer[0] == "OK", answer

    def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Forgets the folder's numbers, as after a move to another server."""
        name = self.place / "mail" / user if folder == "INBOX" else self.place / "mail" / user / f".{folder}"
        for index in [*name.glob("dovecot-uidlist*"), *name.glob("dovecot.index*"), *name.glob("dovecot-uidvalidity*")]:
            index.unlink()
        time.sleep(1.1)  # the new number is the time in seconds

    def flags(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """What is marked on each mail."""
        with self.client(user) as client:
            client.select(folder, readonly=True)
            return [one for one in client.fetch("1:*", "(FLAGS)")[1] if isinstance(one, bytes)]


@contextmanager
def server(introspection: str = "") -> Iterator[Dovecot]:
    """Runs a server; `introspection`: the address (RFC 7662) that it asks about access tokens, where it takes them."""
    program = binary()
    assert program is not None
    place = Path(tempfile.mkdtemp(prefix="goodwill-imap-", dir="/tmp"))  # a socket's path is short
    place.chmod(0o755)
    made = certificates.make(place, HOST)
    root = os.geteuid() == 0
    me = getpass.getuser()
    (place / "mail").mkdir()
    users = [f"user{number}@firm.example" for number in range(1, MAILBOXES + 1)]
    (place / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in users), encoding="utf-8")
    if root:
        shutil.chown(place / "mail", "mail", "mail")
    running = Dovecot(place, free_port(), free_port(), made.authority, iter(users))
    configured = _CONFIGURED.format(
        place=place,
        login="dovenull" if root else me,
        internal="dovecot" if root else me,
        group="dovecot" if root else str(os.getegid()),
        mail="mail" if root else me,
        mail_group="mail" if root else str(os.getegid()),
        certificate=made.certificate,
        key=made.key,
        plain=running.plain,
        tls=running.tls,
        by_token=_BY_TOKEN.format(place=place) if introspection else "",
    )
    (place / "tokens").write_text(_TOKENS.format(address=introspection))
    (place / "dovecot.conf").write_text(configured)
    process = subprocess.Popen(
        [program, "-F", "-c", place / "dovecot.conf"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        _wait(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(LONG)
        assert process.stderr is not None
        process.stderr.close()
        shutil.rmtree(place, ignore_errors=True)


def _wait(running: Dovecot, process: subprocess.Popen[str]) -> None:
    def greets() -> bool:
        try:
            with imaplib.IMAP4(HOST, running.plain, timeout=30):
                return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def said() -> str:
        assert process.stderr is not None
        log = running.place / "log"
        ended = "" if process.poll() is None else process.stderr.read()
        return f"dovecot greets: {ended}{log.read_text() if log.exists() else ''}"

    until(greets, said, unless=process.poll)
