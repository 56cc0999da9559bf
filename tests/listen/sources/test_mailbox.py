"""The mailbox, against a real Dovecot: what is heard, what is left alone, and what a broken mail cannot do."""

from __future__ import annotations

import socket
import threading
import time
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conftest import missing
from goodwill.errors import NoAnswer, NotLetOut, SourceError
from goodwill.gate import Gate, hosts
from goodwill.listen.letters import imap
from goodwill.listen.sources import mailbox
from goodwill.listen.sources.kind import Heard, Place
from goodwill.listen.sources.mailbox import KIND, Settings
from patience import LONG
from servers import certificates, dovecot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)
DATE = (NOW - timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0000")


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    if dovecot.binary() is None:
        missing("a Dovecot (run: sh tools/dovecot.sh)")
    with dovecot.server() as running:
        yield running


@pytest.fixture
def user(server: dovecot.Dovecot) -> str:
    return server.add()


def mail(number: int, body: str = "It broke.", sender: str = "Anna M. <Anna@home.example>", **headers: str) -> bytes:
    told = {"From": sender, "To": "support@firm.example", "Date": DATE, "Message-ID": f"<{number}@home.example>"}
    told |= {"Subject": f"Trouble {number}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return (head + "\r\n" + body).encode()


def place(server: dovecot.Dovecot, user: str, /, **more: Any) -> Place:
    told = Settings.model_validate(server.settings(user, **{"ours": ("firm.example",), **more}))
    return Place("support", told, Gate(KIND.hosts(told), frozenset(server.private)))


def pulled(one: Place, cursor: dict[str, Any] | None = None) -> Heard:
    """All pieces of one pull as one."""
    whole = Heard()
    assert KIND.pull is not None
    for piece in KIND.pull(one, cursor or {}):
        for table, rows in piece.facts.items():
            whole.facts.setdefault(table, []).extend(rows)
        for table, rows in piece.edited.items():
            whole.edited.setdefault(table, []).extend(rows)
        whole.said += piece.said
        whole.cursor = piece.cursor
    return whole


def test_a_mail_becomes_a_message_and_is_not_marked_as_read(server: dovecot.Dovecot, user: str) -> None:
    server.deliver(user, mail(1, "It broke on day two.\r\n\r\nKind regards\r\nAnna M.\r\nHome Ltd"))
    heard = pulled(place(server, user))
    assert heard.facts["messages"] == [
        {
            "message_id": "support:1@home.example",
            "at": NOW - timedelta(hours=2),
            "source": "support",
            "channel": "email",
            "author": "anna@home.example",
            "text": "Trouble 1\nIt broke on day two.",
            "thread": "support:1@home.example",
            "to_us": True,
        }
    ]
    named = {"customer_id": "email:anna@home.example", "kind": "name", "value": "Anna M.", "source": "support"}
    assert heard.facts["handles"] == [named]
    assert b"\\Seen" not in b"".join(server.flags(user))


def test_only_what_came_since_is_read_in_batches(
    server: dovecot.Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "BATCH", 20)
    server.deliver(user, *(mail(number) for number in range(45)))
    assert KIND.pull is not None
    pieces = KIND.pull(place(server, user), {})
    first = next(iter(pieces))
    assert len(first.facts["messages"]) == 20
    pieces.close()  # type: ignore[attr-defined]  # the process dies here
    rest = pulled(place(server, user), first.cursor)
    keys = [row["message_id"] for row in first.facts["messages"] + rest.facts["messages"]]
    assert keys == [f"support:{number}@home.example" for number in range(45)]
    assert pulled(place(server, user), rest.cursor).facts == {}
    server.deliver(user, mail(99))
    assert [row["message_id"] for row in pulled(place(server, user), rest.cursor).facts["messages"]] == [
        "support:99@home.example"
    ]


def test_numbers_that_begin_anew_double_nothing(server: dovecot.Dovecot, user: str) -> None:
    server.deliver(user, mail(1), mail(2))
    first = pulled(place(server, user))
    server.renumber(user)
    server.deliver(user, mail(3))
    second = pulled(place(server, user), first.cursor)
    assert second.said[0].startswith("the server has numbered INBOX anew: it is read again from ")
    keys = [row["message_id"] for row in second.facts["messages"]]
    assert sorted(keys) == [f"support:{number}@home.example" for number in (1, 2, 3)]  # the same keys as before


def test_the_first_reading_goes_back_so_many_days_and_a_replay_to_a_day(server: dovecot.Dovecot, user: str) -> None:
    old = NOW - timedelta(days=40)
    server.deliver(user, mail(1, Date=""), received=old)
    server.deliver(user, mail(2))
    heard = pulled(place(server, user))
    assert [row["message_id"] for row in heard.facts["messages"]] == ["support:2@home.example"]
    assert KIND.since is not None
    again = pulled(place(server, user), KIND.since(old - timedelta(days=1)))
    assert [row["at"] for row in again.facts["messages"]] == [old, NOW - timedelta(hours=2)]


def test_threads_hold_together_and_our_answers_are_actions(server: dovecot.Dovecot, user: str) -> None:
    thread = {"In_Reply_To": "<a1@firm.example>", "References": "<1@home.example> <a1@firm.example>"}
    answer = {"Message_ID": "<a1@firm.example>", "In_Reply_To": "<1@home.example>", "To": "Anna <anna@home.example>"}
    server.deliver(user, mail(1), mail(2, "> Try this.\r\nIt helped, thanks!", **thread))
    server.deliver(user, mail(0, "Try this.", "Max <max@firm.example>", **answer), folder="Sent")
    heard = pulled(place(server, user, folders=("INBOX", "Sent")))
    first, second = heard.facts["messages"]
    assert (second["thread"], second["in_reply_to"]) == (first["thread"], "support:a1@firm.example")
    assert second["text"] == "It helped, thanks!"
    assert heard.facts["actions"] == [
        {
            "action_id": "support:a1@firm.example",
            "message_id": "support:1@home.example",
            "customer_id": "email:anna@home.example",
            "at": NOW - timedelta(hours=2),
            "staff": "Max",
            "kind": "reply",
            "channel": "email",
        }
    ]


def test_nobody_can_close_a_case_by_writing_in_our_name(server: dovecot.Dovecot, user: str) -> None:
    to_anna = {"To": "anna@home.example", "In_Reply_To": "<9@home.example>"}
    passed = "mx.firm.example; dmarc=pass header.from=firm.example"
    server.deliver(
        user,
        mail(1, "Done.", "max@firm.example", **to_anna),
        mail(2, "Done.", "max@firm.example", Authentication_Results="mx.evil.example; dmarc=pass", **to_anna),
        mail(3, "Done.", "max@firm.example", Authentication_Results=passed, **to_anna),
        mail(4, "Lunch?", "max@firm.example", Authentication_Results=passed, To="eva@firm.example"),
    )
    heard = pulled(place(server, user, server="mx.firm.example"))
    assert [row["action_id"] for row in heard.facts["actions"]] == ["support:3@home.example"]
    assert "messages" not in heard.facts
    assert heard.said == [
        "left out: 1 mails among ourselves, "
        "2 mails in our name that nothing proves (name `server`, or read the folder of what is sent)"
    ]


def test_an_address_is_verified_only_by_our_own_server(server: dovecot.Dovecot, user: str) -> None:
    server.deliver(
        user,
        mail(1, Authentication_Results="mx.firm.example; dkim=pass (good) header.d=home.example"),
        mail(2, sender="eve@home.example", Authentication_Results="mx.firm.example; dkim=pass header.d=evil.example"),
        mail(3, sender="eva@home.example", Authentication_Results="mx.firm.example; spf=pass; dmarc=fail"),
    )
    heard = pulled(place(server, user, server="mx.firm.example"))
    proven = [(row["value"], row["verified"]) for row in heard.facts["handles"] if row["kind"] == "email"]
    assert proven == [("anna@home.example", True)]


def test_what_machines_send_is_left_out_and_counted(server: dovecot.Dovecot, user: str) -> None:
    report = 'multipart/report; report-type=delivery-status; boundary="b"'
    server.deliver(
        user,
        mail(1, Auto_Submitted="auto-replied"),
        mail(2, Subject="Automatische Antwort: Ihre Anfrage"),
        mail(3, Subject="Réponse automatique : absence"),
        mail(4, Return_Path="<>"),
        mail(5, "--b\r\n\r\nno such user\r\n--b--", Content_Type=report),
        mail(6, sender="MAILER-DAEMON@mx.example"),
        mail(7, List_Id="<news.shop.example>"),
        mail(8, Precedence="bulk"),
        mail(9, List_Id="<support.firm.example>", Precedence="list"),
        mail(10, Auto_Submitted="no"),
        mail(11, sender="a@x.example, b@y.example"),
        mail(12, sender=""),
    )
    heard = pulled(place(server, user, lists=("support.firm.example",)))
    assert [row["message_id"] for row in heard.facts["messages"]] == [
        "support:9@home.example",
        "support:10@home.example",
    ]
    assert heard.said == [
        "left out: 4 automatic answers, 2 bounces, 2 mails of lists and newsletters, 2 mails without one sender"
    ]


def test_what_one_of_us_passes_on_was_written_by_the_customer(server: dovecot.Dovecot, user: str) -> None:
    below = "FYI\r\n\r\n---------- Forwarded message ---------\r\nFrom: Bea <bea@home.example>\r\n\r\nHelp me!"
    inner = mail(50, "Me too!", "Cleo <cleo@home.example>").decode()
    whole = f"--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--"
    form = {"Reply_To": "dora@home.example", "Subject": "Contact form"}
    server.deliver(
        user,
        mail(1, below, "max@firm.example"),
        mail(2, whole, "max@firm.example", Content_Type="multipart/mixed; boundary=b"),
        mail(3, "Do you ship to Chur?", "www@firm.example", **form),
    )
    rows = pulled(place(server, user)).facts["messages"]
    assert [(row["author"], row["text"]) for row in rows] == [
        ("bea@home.example", "Trouble 1\nHelp me!"),
        ("cleo@home.example", "Trouble 50\nMe too!"),
        ("dora@home.example", "Contact form\nDo you ship to Chur?"),
    ]
    assert rows[1]["message_id"] == "support:50@home.example"  # the mail itself, should it come too


def test_review_mails_are_reviews_only_from_their_site(server: dovecot.Dovecot, user: str) -> None:
    body = 'Anna M. wrote a review of Hexgear Chur\r\n★☆☆☆☆\r\n"It broke."\r\nRead it: https://www.yelp.com/biz/h?hrid=AbCd1'
    told = {"Subject": "Anna M. wrote a review of Hexgear Chur", "List_Unsubscribe": "<mailto:x@yelp.com>"}
    passed = "mx.firm.example; dkim=pass header.d=yelp.com"
    server.deliver(
        user,
        mail(1, body, "Yelp <no-reply@yelp.com>", **told),
        mail(2, body, "Yelp <no-reply@yelp.com.evil.example>", **told),
        mail(3, "A new shape.", "Yelp <no-reply@yelp.com>", Authentication_Results=passed, **told),
        mail(4, body.replace("It broke", "They mended it"), "Yelp <no-reply@yelp.com>", Authentication_Results=passed,
             **{**told, "Subject": "Anna M. updated their review of Hexgear Chur"}),
    )  # fmt: skip
    heard = pulled(place(server, user))
    review, plain = heard.facts["messages"]
    assert review == {
        "message_id": "support:yelp:AbCd1", "at": NOW - timedelta(hours=2), "source": "support", "channel": "review",
        "author": "Anna M. (yelp)", "text": "It broke.", "rating": 1.0, "place": "Hexgear Chur",
        "url": "https://www.yelp.com/biz/h?hrid=AbCd1", "about": "us", "to_us": False,
    }  # fmt: skip
    assert plain["channel"] == "email" and plain["text"].endswith("A new shape.")
    assert [(row["message_id"], row["text"]) for row in heard.edited["messages"]] == [
        ("support:yelp:AbCd1", "They mended it.")
    ]
    assert heard.said == ["left out: 1 mails of lists and newsletters"]
    strict = pulled(place(server, user, server="mx.firm.example"))
    assert [row["channel"] for row in strict.facts["messages"]] == ["email", "email"]  # nothing proves the first
    assert len(strict.edited["messages"]) == 1


def test_broken_and_boundless_mails_are_read_as_well_as_they_go(server: dovecot.Dovecot, user: str) -> None:
    deep = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(900))
    crowd = ", ".join(f"person{n}@far.example" for n in range(2_000))
    many = "".join("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(3_000))
    picture = (
        "--b\r\n\r\nSee the picture.\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment\r\n\r\n"
    )
    server.deliver(
        user,
        mail(1, deep, Content_Type="multipart/mixed; boundary=b0"),
        mail(2, "Many know it.", To=crowd, Cc=crowd, References=" ".join(f"<{n}@far.example>" for n in range(5_000))),
        mail(3, "no boundary at all", Content_Type="multipart/mixed"),
        mail(4, "=E4=ZZ broken", Content_Type="text/plain; charset=x", Content_Transfer_Encoding="quoted-printable"),
        mail(5, "!!!", Content_Transfer_Encoding="base64", Content_Type='text/plain; charset="rot13"'),
        mail(6, many, Content_Type="multipart/mixed; boundary=b"),
        mail(7, picture + "A" * 3_000_000 + "\r\n--b--", Content_Type="multipart/mixed; boundary=b"),
        mail(8, Date="Thu, 99 Foo 99999 99:99", Message_ID="", Subject="=?utf-8?b?broken?= =?x?q?y?="),
        b"no header at all",
        mail(9, "\x00\x1b[31m null\x00"),
        mail(10, "", Content_Type="application/pkcs7-mime; name=smime.p7m"),
    )  # fmt: skip
    used = time.process_time()
    heard = pulled(place(server, user))
    assert time.process_time() - used < 60
    texts = {row["message_id"]: row["text"] for row in heard.facts["messages"]}
    assert texts["support:2@home.example"] == "Many know it."
    assert texts["support:7@home.example"] == "Trouble 7\nSee the picture.\n[1 attachment]"
    assert "ä" in texts["support:4@home.example"] and "null" in texts["support:9@home.example"]
    assert "\x00" not in "".join(texts.values())
    assert texts["support:10@home.example"].endswith("[encrypted: it can be read in the mailbox alone]")
    (nameless,) = [row for row in heard.facts["messages"] if "no-id-" in row["message_id"]]
    assert nameless["at"] <= datetime.now(UTC) and nameless["at"] > NOW - timedelta(minutes=5)
    assert len(texts) == 10
    assert heard.said[0] == "left out: 1 mails without one sender"
    assert "1 large mails were read as to their beginning" in heard.said


def test_charsets_and_html_are_read(server: dovecot.Dovecot, user: str) -> None:
    def raw(number: int, kind: str, body: bytes, subject: bytes = b"") -> bytes:
        return mail(number, "", Content_Type=kind, Subject="SUBJECT").replace(b"SUBJECT", subject or b"Hm") + body

    html = (
        "<p>Grüezi&nbsp;zäme</p><blockquote type=cite><p>quoted</p></blockquote><div class=gmail_signature>Anna</div>"
    )
    flowed = "One long \r\nline.\r\n> quoted \r\n> too\r\nAnd more."
    server.deliver(
        user,
        raw(1, "text/plain; charset=iso-8859-1", "Grüße für 5 €".encode("cp1252"), "Grüße".encode("latin-1")),
        raw(2, "text/html; charset=utf-8", html.encode(), b"=?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?="),
        raw(3, "text/plain; charset=iso-2022-jp", "壊れた".encode("iso-2022-jp")),
        raw(4, "text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64", b64encode("kaputt".encode("utf-16"))),
        raw(5, "text/plain; format=flowed", flowed.encode()),
    )
    texts = [row["text"] for row in pulled(place(server, user)).facts["messages"]]
    assert texts == [
        "Grüße\nGrüße für 5 €", "Grüße\nGrüezi zäme", "Hm\n壊れた", "Hm\nkaputt", "Hm\nOne long line.\nAnd more.",
    ]  # fmt: skip


def test_the_test_button_says_what_it_saw(server: dovecot.Dovecot, user: str) -> None:
    server.deliver(user, mail(1), mail(2))
    assert KIND.check is not None
    said = KIND.check(place(server, user, folders=("INBOX", "Sent")))
    assert said == f"Signed in as {user}: INBOX holds 2, Sent holds 0."
    starttls = place(server, user, port=server.plain, security="STARTTLS")
    assert KIND.check(starttls) == f"Signed in as {user}: INBOX holds 2."
    in_the_open = place(server, user, port=server.plain, security="none")
    assert KIND.check(in_the_open).endswith("INBOX holds 2.")


@pytest.mark.slow
def test_what_is_wrong_with_a_mailbox_is_named(server: dovecot.Dovecot, user: str, tmp_path: Path) -> None:
    assert KIND.check is not None

    def check(gate: Gate | None = None, **more: Any) -> None:
        one = place(server, user, **more)
        KIND.check(Place(one.name, one.settings, gate) if gate else one)  # type: ignore[misc]

    with pytest.raises(SourceError, match=rf"it does not let {user} in: .*; compare user and password") as told:
        check(password="wrong secret")
    assert "wrong secret" not in str(told.value) and told.value.__cause__ is None
    with pytest.raises(SourceError, match=r"it has no folder 'Complaints'; the server has .*INBOX"):
        check(folders=("Complaints",))
    with pytest.raises(NoAnswer, match=r"its certificate does not hold: .*; write the host as the certificate has it"):
        check(authority="")
    other = certificates.make(tmp_path, "other.example")
    with pytest.raises(NoAnswer, match="its certificate does not hold"):
        check(authority=other.authority.read_text())
    with pytest.raises(SourceError, match="the authority's certificate cannot be read; give it as PEM"):
        check(authority="-----BEGIN nonsense")
    with pytest.raises(NoAnswer, match=r"it does not speak TLS as it should: .*; TLS is mostly on port 993"):
        check(port=server.plain)
    with pytest.raises(NotLetOut, match="a mailbox is not read in the open; choose TLS or STARTTLS"):
        check(Gate(hosts(f"localhost:{server.plain}")), port=server.plain, security="none")
    with pytest.raises(NotLetOut, match="which is not a public address"):
        check(Gate(hosts(f"localhost:{server.tls}")))
    with pytest.raises(NoAnswer, match=r"cannot be asked: .*refused"):
        check(Gate(private=hosts("localhost")), port=1)


def test_a_server_that_sends_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A literal of 10 GB, and a greeting that drips."""

    def serve(listening: socket.socket, says: bytes, drips: bool) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:  # the time was up before
            return
        with connection:
            try:
                for byte in says if drips else b"":
                    connection.sendall(bytes([byte]))
                    time.sleep(0.05)
                if not drips:
                    connection.sendall(b"* OK hello\r\n")
                    while asked := connection.recv(4096):
                        tag = asked.split()[0]
                        connection.sendall(says + tag + b" OK done\r\n")
            except OSError:
                return

    for says, drips, message in [
        (b"* OK " + b"a" * 2_400, True, "no whole answer within 1 seconds"),
        (
            b"* CAPABILITY IMAP4rev1 {10000000000}\r\n",
            False,
            "it sends 10,000,000,000 bytes where 1,000,000 were asked for",
        ),
    ]:
        monkeypatch.setattr(imap, "SECONDS", 1.0 if drips else LONG)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=serve, args=(listening, says, drips))
            thread.start()
            port = listening.getsockname()[1]
            began = time.monotonic()
            with (
                pytest.raises(NoAnswer, match=message),
                imap.connect(Gate(private=hosts("127.0.0.1")), "127.0.0.1", port, "none", "a", "b"),
            ):
                pass
            assert time.monotonic() - began < 60  # of two minutes
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_days_are_asked_for_in_the_servers_language(server: dovecot.Dovecot, user: str) -> None:
    server.deliver(user, mail(1), received=datetime(2026, 3, 5, 12, tzinfo=UTC))
    told = place(server, user).settings
    gate = Gate(KIND.hosts(told), frozenset(server.private))
    assert told.password is not None
    secret = told.password.get_secret_value()
    with imap.connect(gate, told.host, told.port, "TLS", told.user, secret, told.authority) as box:
        box.open("INBOX")
        assert box.after(0, date(2026, 3, 5)) == [1] and box.after(0, date(2026, 3, 6)) == []
        (letter,) = box.letters([1, 77])
        assert letter.received == datetime(2026, 3, 5, 12, tzinfo=UTC) and letter.size == len(letter.raw)
