"""Mail goes out by a real SMTP server, with or without a password; what is wrong is one clear line."""

from __future__ import annotations

import os
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult

from goodwill.errors import GoodwillError, NoAnswer, SettingsError
from servers import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from service.conftest import Service

pytestmark = [
    pytest.mark.parametrize("service", ["sqlite"], indirect=True),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),  # the test's own server, on loopback
]


class Letterbox:
    """What the server took."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Any]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


def let_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = (data.login, data.password) == (b"goodwill@firm.example", b"p@ss word")
    return AuthResult(success=good, handled=good)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    box = Letterbox()
    with letters.taken_by(box, authenticator=let_in, auth_require_tls=False, auth_required=True) as port:
        monkeypatch.setenv("GOODWILL_SMTP_URL", f"smtp://goodwill%40firm.example:p%40ss%20word@127.0.0.1:{port}")
        yield box


def test_a_letter_arrives_and_each_reader_has_their_own(service: Service, post: Letterbox) -> None:
    from goodwill.service.ops import mail

    mail.send(["anna@firm.example", "ben@firm.example"], "Grüsse\nBcc: all@firm.example", "Schön 😡")
    assert [to for to, _ in post.letters] == [["anna@firm.example"], ["ben@firm.example"]]
    letter = post.letters[0][1]
    assert letter["Bcc"] is None
    assert letter["From"] == "goodwill@firm.example"
    assert letter.get_payload(decode=True).decode().strip() == "Schön 😡"


def test_an_invitation_comes_by_mail_and_lets_in_once(service: Service, post: Letterbox) -> None:
    from goodwill.service.ops import invitations, mail

    admin = service.colleague()
    secret = invitations.invite("New@Firm.example", "agent", admin)
    mail.send("new@firm.example", *invitations.letter(secret, "https://goodwill.firm.example/"))
    text = post.letters[0][1].get_payload(decode=True).decode()
    assert f"https://goodwill.firm.example/enter/{secret}" in text
    assert "as agent" in text
    colleague = invitations.redeem(secret, name="Neu", password="a long enough passphrase")
    assert (colleague.email, colleague.role, colleague.name) == ("new@firm.example", "agent", "Neu")
    assert colleague.check_password("a long enough passphrase")
    with pytest.raises(invitations.LinkRefused, match="this link has been used; ask for another"):
        invitations.redeem(secret)


def test_the_doctors_look_sends_nothing(service: Service, post: Letterbox) -> None:
    from goodwill.service.ops import doctor

    assert doctor.mail_server().state == "ok"
    assert "lets goodwill@firm.example in" in doctor.mail_server().what
    assert post.letters == []


def test_what_is_wrong_with_mail_is_said_plainly(
    service: Service, post: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.ops import doctor, mail

    with pytest.raises(NoAnswer, match=r"the mail server refuses the recipient \(550\)"):
        mail.send("nobody@firm.example", "a", "b")
    good = os.environ["GOODWILL_SMTP_URL"]
    monkeypatch.setenv("GOODWILL_SMTP_URL", good.replace("p%40ss", "wrong"))
    with pytest.raises(NoAnswer, match="GOODWILL_SMTP_URL: the mail server refuses the user or password"):
        mail.check()
    assert doctor.mail_server().state == "fail"
    monkeypatch.setenv("GOODWILL_SMTP_URL", "smtp://127.0.0.1:9")
    with pytest.raises(NoAnswer, match=r"the mail server cannot be used: .*refused"):
        mail.send("anna@firm.example", "a", "b")
    for wrong, said in {
        "http://x": "'http' is no kind of mail server",
        "smtp://x:port": "this is no address of a mail server",
        "smtp://x?tls=maybe": "tls=maybe; leave it out",
        "smtps://x?tls=off": "tls=off; leave it out",
    }.items():
        monkeypatch.setenv("GOODWILL_SMTP_URL", wrong)
        with pytest.raises(SettingsError, match=said):
            mail.server()
    monkeypatch.delenv("GOODWILL_SMTP_URL")
    with pytest.raises(GoodwillError, match="no mail server is configured"):
        mail.send("anna@firm.example", "a", "b")
    assert doctor.mail_server().state == "warn"


def certificate(place: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody has signed but itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (place / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (place / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return place / "cert.pem", place / "key.pem"


@pytest.fixture
def safe_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Letterbox]]:
    """Starts servers that let in over TLS alone: by STARTTLS, or from the first byte. Their certificate is trusted."""
    cert, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    running = ExitStack()

    def start(way: str) -> Letterbox:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        box = Letterbox()
        tls = {"ssl_context": context} if way == "tls" else {"tls_context": context, "require_starttls": True}
        login = {"authenticator": let_in, "auth_required": True, "auth_require_tls": way == "starttls"}
        port = running.enter_context(letters.taken_by(box, "localhost", **tls, **login))
        user = "goodwill%40firm.example:p%40ss%20word@localhost"
        url = f"smtps://{user}:{port}" if way == "tls" else f"smtp://{user}:{port}?tls=on"
        monkeypatch.setenv("GOODWILL_SMTP_URL", url)
        return box

    with running:
        yield start


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_over_tls_with_a_password(
    service: Service, safe_post: Callable[[str], Letterbox], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    from goodwill.service.ops import doctor, mail

    box = safe_post(way)
    mail.send("anna@firm.example", "Hello", "over TLS")
    assert [(to, letter["Subject"]) for to, letter in box.letters] == [(["anna@firm.example"], "Hello")]
    assert "lets goodwill@firm.example in" in doctor.mail_server().what
    good = os.environ["GOODWILL_SMTP_URL"]
    monkeypatch.setenv("GOODWILL_SMTP_URL", good.replace("p%40ss", "wrong"))
    with pytest.raises(NoAnswer, match="GOODWILL_SMTP_URL: the mail server refuses the user or password; check both"):
        mail.send("anna@firm.example", "a", "b")
    assert len(box.letters) == 1


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    service: Service, safe_post: Callable[[str], Letterbox], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    from goodwill.service.ops import doctor, mail

    box = safe_post(way)
    monkeypatch.delenv("SSL_CERT_FILE")
    said = (
        "GOODWILL_SMTP_URL: the mail server's certificate is not to be trusted: self-signed certificate; use the name "
        r"that it was issued for, and let this machine trust who signed it \(SSL_CERT_FILE\)"
    )
    with pytest.raises(NoAnswer, match=f"^{said}$"):
        mail.send("anna@firm.example", "a", "b")
    assert doctor.mail_server().state == "fail"
    assert box.letters == []


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_refused(
    service: Service, safe_post: Callable[[str], Letterbox], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    from goodwill.service.ops import mail

    box = safe_post(way)
    monkeypatch.setenv("GOODWILL_SMTP_URL", os.environ["GOODWILL_SMTP_URL"].replace("@localhost", "@127.0.0.1"))
    with pytest.raises(NoAnswer, match="not to be trusted: IP address mismatch, certificate is not valid"):
        mail.send("anna@firm.example", "a", "b")
    assert box.letters == []


def test_a_server_without_starttls_gets_no_password(
    service: Service, post: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not sent in the open unless somebody asked for that."""
    from goodwill.service.ops import mail

    monkeypatch.setenv("GOODWILL_SMTP_URL", os.environ["GOODWILL_SMTP_URL"] + "?tls=on")
    with pytest.raises(NoAnswer, match=r"the mail server offers no STARTTLS.*\?tls=off sends in the open"):
        mail.send("anna@firm.example", "a", "b")
    assert post.letters == []


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.firm.example", 587, "starttls"),
        ("smtps://mail.firm.example", 465, "tls"),
        ("smtp://mail.firm.example:25?tls=off", 25, "off"),
        ("smtp://localhost:1025", 1025, "off"),
        ("smtp://localhost:1025?tls=on", 1025, "starttls"),
        ("smtps://localhost", 465, "tls"),
    ],
)
def test_tls_is_the_default(service: Service, monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: str) -> None:
    from goodwill.service.ops import mail

    monkeypatch.setenv("GOODWILL_SMTP_URL", url)
    found = mail.server()
    assert found is not None
    assert (found.port, found.tls) == (port, tls)
