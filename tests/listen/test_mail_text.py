"""What somebody wrote in a mail themselves: the habits of many programs, in several languages."""

from __future__ import annotations

import time

import pytest

from goodwill.listen.letters import mail, mail_text
from goodwill.listen.letters.mail_machines import is_proven, why_automatic

OWN = "It broke again.\n\nCan you help?"
QUOTED = "Please try to turn it off and on.\nMax"


def marked(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


@pytest.mark.parametrize(
    "introduced",
    [
        "On Mon, 2 Nov 2026 at 10:12, Max Muster <max@firm.example> wrote:",
        "On Mon, Nov 2, 2026 at 10:12 AM Max Muster via Support\n<support@firm.example> wrote:",
        "On 02/11/2026 10:12, Max Muster wrote:",
        "Am Mo., 2. Nov. 2026 um 10:12 Uhr schrieb Max Muster <\nmax@firm.example>:",
        "Am 02.11.26 um 10:12 schrieb Max Muster:",
        "Max Muster <max@firm.example> schrieb am Mo., 2. Nov. 2026, 10:12:",
        "Le lun. 2 nov. 2026 à 10:12, Max Muster <max@firm.example> a écrit :",
        "Le 02/11/2026 à 10:12, Max Muster a écrit :",
        "Il giorno lun 2 nov 2026 alle ore 10:12 Max Muster <max@firm.example> ha scritto:",
        "El lun, 2 nov 2026 a las 10:12, Max Muster (<max@firm.example>) escribió:",
        "Op ma 2 nov. 2026 om 10:12 schreef Max Muster <max@firm.example>:",
    ],
)
def test_what_is_quoted_below_goes_marked_or_not(introduced: str) -> None:
    assert mail_text.own_words(f"{OWN}\n\n{introduced}\n\n{marked(QUOTED)}") == OWN
    assert mail_text.own_words(f"{OWN}\r\n\r\n{introduced}\r\n{QUOTED}") == OWN
    # Written below the quote, or between its lines.
    assert mail_text.own_words(f"{introduced}\n{marked(QUOTED)}\n\n{OWN}") == OWN
    assert (
        mail_text.own_words(f"{introduced}\n> Did you try?\nIt broke again.\n> Anything else?\n\nCan you help?") == OWN
    )


@pytest.mark.parametrize(
    "block",
    [
        "-----Original Message-----\nFrom: Max <max@firm.example>\nSent: Monday\nTo: Anna\nSubject: Help",
        "________________________________\nFrom: Max <max@firm.example>\nSent: Monday\nTo: Anna\nSubject: Re",
        "-----Ursprüngliche Nachricht-----\nVon: Max\nGesendet: Montag\nAn: Anna\nBetreff: Hilfe",
        "Von: Max Muster <max@firm.example>\nGesendet: Montag, 2. November 2026 10:12\nAn: Anna\nBetreff: AW: Hilfe",
        "*Von:* Max Muster <max@firm.example>\n*Gesendet:* Montag\n*An:* Anna\n*Betreff:* AW: Hilfe",
        "De : Max Muster <max@firm.example>\nEnvoyé : lundi 2 novembre 2026\nÀ : Anna\nObjet : RE: aide",
        "-----Message d'origine-----\nDe : Max\nEnvoyé : lundi",
    ],
)
def test_what_outlook_puts_below_goes(block: str) -> None:
    assert mail_text.own_words(f"{OWN}\n\n{block}\n\n{QUOTED}") == OWN


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAnna Muster\nHome Ltd",
        "--\nAnna",
        "Kind regards,\nAnna Muster\nHead of Homes\n+41 44 668 18 00",
        "Best,\nAnna",
        "Mit freundlichen Grüssen\nAnna Muster\n\nHome AG\nMusterweg 1\n8000 Zürich",
        "Viele Grüße aus Chur\nAnna",
        "LG Anna\n-- \nHome".replace("LG Anna", "LG\nAnna"),
        "Cordialement,\nAnna Muster",
        "Bien à vous\nAnna",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Von meinem iPhone gesendet",
        "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
        "Envoyé de mon iPhone",
        "This e-mail is confidential and intended for its addressee alone.\nDelete it.",
        "Diese E-Mail enthält vertrauliche Informationen. Löschen Sie sie.",
    ],
)
def test_a_signature_goes(signature: str) -> None:
    assert mail_text.own_words(f"{OWN}\n\n{signature}") == OWN
    assert mail_text.own_words(f"{OWN}\n\n{signature}\n\nOn Monday 2 Nov, Max wrote:\n{marked(QUOTED)}") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "On the second day, it broke.",
        "Thanks",
        "Thanks,\nit works now.",
        "Best\nEver\nThis is the best gear that I have had in my whole life, and I had a lot of it!",
        "I wrote: help me.\nNobody came.",
        "From: the beginning it was bad.",
        "Regards the order 17: where is it?\nI wait.",
        "a - b\n--- c ---\nd",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert mail_text.own_words(text) == text


def test_where_nothing_would_be_left_all_is() -> None:
    assert mail_text.own_words(marked(QUOTED)) == QUOTED
    assert mail_text.own_words("Von meinem iPhone gesendet") == "Von meinem iPhone gesendet"
    assert mail_text.own_words("") == ""


def test_a_postscript_outlives_the_signature() -> None:
    assert mail_text.own_words("It broke.\n\nRegards\nAnna\n\nPS: The box too.") == "It broke.\n\nPS: The box too."


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Monday Max wrote:</div><p>Try this</p></div>',
        '<blockquote type="cite"><div>Try this</div></blockquote>',
        '<div class="moz-cite-prefix">Am 02.11.26 um 10:12 schrieb Max:</div><blockquote cite="mid:1">Try</blockquote>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Max</div><div>Try this</div>',
        "<div><b>From:</b> Max<br><b>Sent:</b> Monday<br><b>To:</b> Anna<br><b>Subject:</b> x</div><div>Try this</div>",
        '<div class="yahoo_quoted">On Monday, Max wrote: Try this</div>',
        "<style>p{}</style><script>alert(1)</script><!-- <p>Try -->",
    ],
)
def test_html_mails_are_cut_alike(quote: str) -> None:
    assert (
        mail_text.own_words_of_html(
            f"<html><head><title>x</title></head><p>It broke again.</p><p>Can you help?</p>{quote}"
        )
        == OWN
    )


def test_no_text_takes_long() -> None:
    for text in [
        "\n" * 300_000,
        "> " * 300_000,
        "On " * 200_000,
        "On x\n" * 60_000,
        "From: \n" * 60_000,
        "_" * 500_000,
    ]:
        for one in (text, text.replace("\n", "\r\n"), "a\n" + text, "Regards\n" * 3 + text):
            used = time.process_time()
            mail_text.own_words(one)
            mail_text.forwarded(one)
            assert time.process_time() - used < 30, one[:20]


def test_headers_of_any_length_are_read_in_time() -> None:
    for header in [
        "=?utf-8?q?" * 60_000,
        "a@" * 300_000,
        "<" * 500_000,
        '"' * 500_000,
        "x@y." * 150_000,
        "(" * 300_000,
    ]:
        for name in ("From", "Subject", "References", "Authentication-Results", "Content-Type", "Date"):
            used = time.process_time()
            one = mail.read(f"{name}: {header}\r\n\r\nbody".encode())
            assert one.own_words() == "body" or name == "Content-Type"
            assert (one.sender, one.thread, one.told("to")) and not is_proven(one, "mx.firm.example")
            assert why_automatic(one) in ("", "bounce", "automatic answer")
            assert time.process_time() - used < 30, (name, header[:10])


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-generated; owner-token=x", "automatic answer"),
        ("X-Autoreply: yes", "automatic answer"),
        ("Precedence: auto_reply", "automatic answer"),
        ("Subject: Out of Office: Trouble", "automatic answer"),
        ("Subject: Abwesenheitsnotiz: Trouble", "automatic answer"),
        ("Subject: Absence du bureau", "automatic answer"),
        ("Content-Type: multipart/report; report-type=disposition-notification", "receipt"),
        ("Content-Type: multipart/report; report-type=delivery-status", "bounce"),
        ("Return-Path: <>\nSubject: Undelivered Mail Returned to Sender", "bounce"),
        ("List-Unsubscribe: <mailto:x@y.example>", "list"),
        ("Precedence: junk", "list"),
        ("Subject: Your office is out of paper", ""),
        ("Subject: Auto kaputt", ""),
        ("X-Auto-Response-Suppress: All", ""),
        ("Auto-Submitted: no", ""),
    ],
)
def test_machines_are_told_from_people(headers: str, why: str) -> None:
    assert why_automatic(mail.read(f"From: a@b.example\n{headers}\n\nHello".encode())) == why


@pytest.mark.parametrize(
    ("results", "proven"),
    [
        ("mx.firm.example; dmarc=pass (p=none) header.from=home.example", True),
        ("mx.firm.example 1; dkim=pass header.i=@home.example header.s=x", True),
        ("mx.firm.example; dkim=fail header.d=home.example; dkim=pass header.d=example", False),
        ("mx.firm.example; dkim=pass header.d=mailer.example", False),
        ("mx.firm.example; spf=pass smtp.mailfrom=home.example", False),
        ("mx.firm.example (dkim=pass header.d=home.example); none", False),
        ("mx.other.example; dmarc=pass header.from=home.example", False),
        ("mx.firm.example.evil.example; dmarc=pass header.from=home.example", False),
    ],
)
def test_a_sender_is_proven_only_so(results: str, proven: bool) -> None:
    one = mail.read(f"Authentication-Results: {results}\nFrom: Anna <anna@home.example>\n\nHello".encode())
    assert is_proven(one, "MX.firm.example") is proven
    below = (
        f"Authentication-Results: mx.firm.example; none\nAuthentication-Results: {results}\nFrom: anna@home.example\n\n"
    )
    assert not is_proven(mail.read(below.encode()), "mx.firm.example")
