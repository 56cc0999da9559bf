"""Which mails nobody wrote, and whose sender is proven.

Automatic answers say so (RFC 3834), lists name themselves (RFC 2919), bounces are reports (RFC 3464) or come from no
one; programs older than that have habits. Who sent a mail is proven only by what our own mail server found (RFC 8601).
"""

from __future__ import annotations

import re

from goodwill.listen.letters.mail import Mail

_AWAY = re.compile(
    r"\s*((re|aw|tr|fw|wg):\s*)?"
    r"(\[?auto(matic)?[ -]?(reply|response|antwort)\]?|out of (the )?office|away from (the|my) "
    r"(office|mail)|automatische antwort|abwesenheits?(notiz|nachricht|meldung|assistent)?\b|abwesend\b|nicht im büro"
    r"|réponse automatique|absence du bureau|absent du bureau|message d'absence|risposta automatica|fuori sede"
    r"|respuesta automática|fuera de la oficina|automatisch antwoord|afwezig)",
    re.IGNORECASE,
)
_MACHINES = re.compile(r"(mailer-daemon|postmaster|bounces?|bounce[+-].*)@")
_FAILED = re.compile(
    r"(undeliver(ed|able)|delivery (status notification|failure|has failed)|returned mail"
    r"|mail delivery (failed|subsystem)"
    r"|unzustellbar|zustellung fehlgeschlagen|échec de (la )?(remise|distribution)|non remis)",
    re.IGNORECASE,
)
_RESULT = re.compile(r"\b(dkim|dmarc)\s*=\s*(\w+)([^;]{0,500})", re.IGNORECASE)
_SAID_OF = re.compile(r"header\.(from|d|i)\s*=\s*\"?([^\s;\"]{1,200})", re.IGNORECASE)


def why_automatic(mail: Mail, own_lists: tuple[str, ...] = ()) -> str:
    """'bounce', 'automatic answer', 'list' or 'receipt' where a machine sent it, '' where a person did.

    `own_lists`: parts of the List-Id, or addresses, of lists that customers write to us through; these are read.

    >>> from goodwill.listen.letters.mail import read
    >>> why_automatic(read(b"From: a@b.example\\r\\nAuto-Submitted: auto-replied\\r\\n\\r\\nI am away."))
    'automatic answer'
    """
    headers = mail.headers
    if mail.kind == "multipart/report":
        return "receipt" if "disposition-notification" in mail.parameters else "bounce"
    if _MACHINES.match(mail.sender) or (headers.get("x-failed-recipients") and _FAILED.match(mail.subject)):
        return "bounce"
    if headers.get("auto-submitted", "no").partition(";")[0].strip().lower() != "no":
        return "automatic answer"
    precedence = headers.get("precedence", "").strip().lower()
    if precedence == "auto_reply" or any(
        name in headers for name in ("x-autoreply", "x-autorespond", "x-autoresponder")
    ):
        return "automatic answer"
    if _AWAY.match(mail.subject):
        return "automatic answer"
    if headers.get("return-path", "?").strip() == "<>":
        return "bounce" if _FAILED.search(mail.subject) else "automatic answer"
    if _is_list(mail, precedence) and not _is_ours(mail, own_lists):
        return "list"
    return ""


def _is_list(mail: Mail, precedence: str) -> bool:
    named = any(name in mail.headers for name in ("list-id", "list-post", "list-unsubscribe", "feedback-id"))
    return named or precedence in ("bulk", "list", "junk")


def _is_ours(mail: Mail, own_lists: tuple[str, ...]) -> bool:
    said = f"{mail.headers.get('list-id', '')} {mail.headers.get('list-post', '')}".lower()
    return any(one.strip() and one.strip().lower() in said for one in own_lists)


def is_proven(mail: Mail, server: str) -> bool:
    """Whether our own mail server found that the mail comes from the domain in its From.

    `server` is the name with which it signs its Authentication-Results; of several the topmost counts, since a server
    writes above what came, and takes away what bears its name (RFC 8601 §5). DMARC, or DKIM by the sender's own domain,
    proves it; SPF does not, for it says nothing about From.

    >>> from goodwill.listen.letters.mail import read
    >>> mail = read(b"Authentication-Results: mx.firm.example; dkim=pass header.d=home.example\\r\\n"
    ...             b"From: anna@home.example\\r\\n\\r\\nHello")
    >>> is_proven(mail, "mx.firm.example"), is_proven(mail, "mx.other.example")
    (True, False)
    """
    domain = mail.sender.rpartition("@")[2]
    if not server or not domain:
        return False
    for result in mail.results:
        bare = re.sub(r"\([^()]{0,300}\)", " ", result)  # comments may say anything
        name, _, found = bare.partition(";")
        if name.split()[:1] != [server.strip().lower()] and name.strip().lower().split()[:1] != [
            server.strip().lower()
        ]:
            continue
        for one in _RESULT.finditer(found):
            told = {key.lower(): value.rpartition("@")[2].lower() for key, value in _SAID_OF.findall(one[3])}
            who = [told.get("from", domain)] if one[1].lower() == "dmarc" else [told.get("d", ""), told.get("i", "")]
            if one[2].lower() == "pass" and any(_aligned(domain, other) for other in who if other):
                return True
        return False
    return False


def _aligned(domain: str, other: str) -> bool:
    """The same domain, or one above it ('home.example' signs for 'mail.home.example')."""
    return domain == other or ("." in other and domain.endswith(f".{other}"))
