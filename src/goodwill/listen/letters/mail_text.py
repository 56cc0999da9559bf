"""What somebody wrote in a mail themselves: without what they quote, their signature, and what their program adds.

There is no standard for it, so these are the habits of the programs that most people write with (Gmail, Outlook, Apple
Mail, Thunderbird, the webmails of the large providers), in English, German, French, Italian, Spanish and Dutch. Rather
too much is kept than too little: where nothing would be left, all is.
"""

from __future__ import annotations

import re

from goodwill.listen.web import html_tree

MOST_CHARACTERS = 20_000
_MOST_LINES = 5_000
_ATTRIBUTION = re.compile(
    r"(On .{6,250}(wrote|writes)"
    r"|(Am|Den) .{6,250}(schrieb|geschrieben|schreibt)( .{0,150})?"
    r"|.{6,150} schrieb (am|gestern|heute) .{4,100}"
    r"|Le .{6,250}a écrit"
    r"|(Il giorno|Il|In data) .{6,250}ha scritto"
    r"|El .{6,250}escribió"
    r"|Op .{6,250}(schreef|heeft .{1,120} geschreven)( .{0,150})?"
    r"|Em .{6,250}escreveu)\s?:"
)
_ATTRIBUTION_BEGINS = re.compile(r"(On|Am|Den|Le|Il|In data|El|Op|Em) \S")
_ORIGINAL = re.compile(
    r"[-_*\s]*(Original Message|Original Appointment|Ursprüngliche Nachricht|Originalnachricht|Message d['’]origine"
    r"|Message original|Messaggio originale|Mensaje original|Oorspronkelijk bericht|Reply message)[-_*\s:]*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[-_*>\s]*(Forwarded message|Begin forwarded message|Weitergeleitete Nachricht"
    r"|Anfang der weitergeleiteten (Nachricht|E-Mail)|Message transféré"
    r"|Début du message (réexpédié|transféré)|Messaggio inoltrato|Mensaje reenviado|Doorgestuurd bericht)[-_*\s:]*",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"[*_\s]*(?P<name>From|Sent|Date|To|Cc|Subject|Von|Gesendet|Datum|An|Betreff|De|Envoyé|Date|À|Objet|Da|Inviato|Data"
    r"|A|Oggetto|Enviado|Fecha|Para|Asunto|Van|Verzonden|Aan|Onderwerp|Reply-To|Antwort an)"
    r"\s?:[*_]*\s*(?P<value>.{0,500})"
)
_SENDER_FIELDS = frozenset({"From", "Von", "De", "Da", "Van"})
_SIGNATURE = re.compile(r"--\s?|—|_{3,}|-{5,}")
_FROM_A_PHONE = re.compile(
    r"(Sent from (my |Mail for |Yahoo|Outlook|Proton)|Get Outlook for |Sent via |Sent with "
    r"|Von meinem .{2,40} gesendet|Gesendet (von|mit) |Diese Nachricht wurde von meinem |Hol dir Outlook"
    r"|Envoyé (de|depuis|à partir de) |Télécharger Outlook|Obtenez Outlook"
    r"|Inviato da |Enviado desde |Verzonden vanaf |Enviado do ).{0,150}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"((with |my )?(kind|kindest|best|warm|warmest) (regards|wishes)|regards|best|all the best|sincerely( yours)?"
    r"|yours( sincerely| faithfully| truly)?|cheers|rgds"
    r"|(mit )?(freundliche[nmr]?|beste[nr]?|liebe[nr]?|herzliche[nr]?|viele[n]?|schöne[n]?|sonnige[n]?) (grüße[n]?"
    r"|grüsse[n]?|gruß|gruss)( aus .{2,30})?|hochachtungsvoll|mfg|lg|vg|glg|gruß|gruss|grüße|grüsse"
    r"|(bien )?cordialement|(avec mes |mes |mes meilleures )?(salutations|sincères salutations)( distinguées)?"
    r"|bien à vous|sincèrement|amicalement|cdlt|meilleures salutations|cordiali saluti|distinti saluti"
    r"|saludos( cordiales)?|un saludo|met vriendelijke groet(en)?|groeten|atenciosamente)\s?[,.!]?",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"P\.?\s?S\.?[\s:.]", re.IGNORECASE)
_DISCLAIMER = re.compile(
    r"(This (e-?mail|message|communication)( \(|,| and| is| contains| may).{0,200}(confidential|privileged|intended)"
    r"|(The information|CONFIDENTIALITY).{0,100}(confidential|notice)"
    r"|Diese (E-?Mail|Nachricht).{0,120}vertraulich|Der Inhalt dieser E-?Mail"
    r"|Ce(t e-?mail| message| courriel).{0,160}confidentiel"
    r"|(Please )?consider the environment before printing|Virus-free|Virenfrei|Sans virus)",
    re.IGNORECASE,
)
_SIGNATURE_LINES, _SIGNATURE_WIDTH = 12, 90
_QUOTES_IN_HTML = frozenset(
    {
        *("gmail_quote", "gmail_quote_container", "gmail_attr", "gmail_signature", "yahoo_quoted", "moz-cite-prefix"),
        *("moz-signature", "moz-forward-container", "protonmail_quote", "protonmail_signature_block", "Signature"),
        *("tutanota_quote", "zmail_extra", "WordSection1Quote", "ms-outlook-mobile-signature", "AppleMailSignature"),
    }
)
_QUOTE_BEGINS_IN_HTML = frozenset({"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container"})


def own_words(text: str) -> str:
    """What the writer added themselves.

    >>> own_words("It works now, thanks!\\n\\nOn Mon, 2 Nov 2026 at 10:12, Max <max@firm.example> wrote:\\n> Try this.")
    'It works now, thanks!'
    >>> own_words("Es geht nicht.\\n-- \\nAnna Muster\\nMusterweg 1")
    'Es geht nicht.'
    """
    whole = _lines(text)
    lines = _without_signature(_without_quotes(whole))
    said = _tidy(lines)
    if not said:
        said = _tidy(line.lstrip("> ") for line in whole)
    return said[:MOST_CHARACTERS]


def own_words_of_html(html: str) -> str:
    """The same for a mail that is only written in HTML.

    >>> own_words_of_html('<p>Thank you!</p><div class="gmail_quote">On Monday Max wrote: <p>Try this.</p></div>')
    'Thank you!'
    """
    tree = html_tree.parse(html)
    _mark_citations(tree)
    said = own_words(html_tree.text(tree, _QUOTES_IN_HTML, _QUOTE_BEGINS_IN_HTML))
    return said or own_words(html_tree.text(tree))


def forwarded(text: str) -> tuple[str, str] | None:
    """The address of whoever wrote what a mail forwards, and their text; none where it forwards nothing.

    >>> forwarded("FYI\\n\\n---------- Forwarded message ---------\\nFrom: Anna <anna@home.example>\\n"
    ...           "Date: Mon, 2 Nov 2026\\nSubject: Broken\\nTo: <max@firm.example>\\n\\nIt broke.")
    ('anna@home.example', 'It broke.')
    """
    lines = _lines(text)
    for at, line in enumerate(lines):
        if not _FORWARDED.fullmatch(line.strip()[:200]):
            continue
        writer, end = "", at + 1
        for end in range(at + 1, min(at + 12, len(lines))):
            bare = lines[end].lstrip("> ")
            found = _FIELD.match(bare)
            if found and found["name"] in _SENDER_FIELDS:
                address = re.search(r"[^\s<>\[\]():,;\"']+@[\w.-]+\.\w+", found["value"])
                writer = address[0].lower() if address else ""
            elif not found and (writer and not bare.strip()):
                break
        if writer:
            return writer, own_words("\n".join(one.removeprefix("> ").removeprefix(">") for one in lines[end:]))
    return None


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")[:_MOST_LINES]


def _mark_citations(tree: html_tree.Node) -> None:
    """`<blockquote type="cite">` (Apple Mail, Thunderbird) is a quote; another blockquote may be the writer's own."""
    for node in tree.walk():
        if node.name == "blockquote" and (node.get("type") == "cite" or "cite" in node.attributes):
            node.attributes["class"] = "gmail_quote"


def _without_quotes(lines: list[str]) -> list[str]:
    """Lines marked with > go, with what introduces them; from an unmarked quote on, all goes."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if line.startswith(">"):
            at += 1
            continue
        taken = _introduces(lines, at)
        if taken:
            at += taken
            following = next((one.strip() for one in lines[at:] if one.strip()), "")
            if not following.startswith(">") and any(one.strip() for one in kept):
                break  # the quote is not marked: it goes to the end
            continue
        if _begins_a_quote(lines, at) and any(one.strip() for one in kept):
            break
        kept.append(lines[at])
        at += 1
    return kept


def _introduces(lines: list[str], at: int) -> int:
    """How many lines 'On … wrote:' takes here: programs break it into up to four; 0 where it is none."""
    if not _ATTRIBUTION_BEGINS.match(lines[at].strip()) and "schrieb" not in lines[at]:
        return 0
    said = ""
    for taken, line in enumerate(lines[at : at + 4], 1):
        said = f"{said} {line.strip()}".strip()[:600]
        if not line.strip():
            return 0
        if _ATTRIBUTION.fullmatch(said):
            return taken
    return 0


def _begins_a_quote(lines: list[str], at: int) -> bool:
    """'-----Original Message-----', or the block of From:, Sent:, To:, Subject: that Outlook puts above a quote."""
    line = lines[at].strip()[:200]
    if _ORIGINAL.fullmatch(line) or _FORWARDED.fullmatch(line):
        return True
    rule = re.fullmatch(r"[_-]{5,}", line) is not None
    first = next((one for one in lines[at + rule : at + rule + 2] if one.strip()), "")
    begins = _FIELD.match(first[:600])
    if begins is None or begins["name"] not in _SENDER_FIELDS:
        return False
    block = [found["name"] for one in lines[at : at + 9] if (found := _FIELD.match(one[:600]))]
    return len(set(block)) >= 3


def _without_signature(lines: list[str]) -> list[str]:
    before = False
    for at, line in enumerate(lines):
        bare = line.strip()
        if not before or not bare:
            before = before or bool(bare)
            continue
        if _SIGNATURE.fullmatch(bare) and (bare in ("--", "—") or _is_signature(lines[at + 1 :])):
            return lines[:at]
        if _FROM_A_PHONE.fullmatch(bare[:200]) or _DISCLAIMER.match(bare[:400]):
            return lines[:at]
        if len(bare) < 60 and _CLOSING.fullmatch(bare) and _is_signature(lines[at + 1 :]):
            rest = lines[at + 1 :]
            after = next((n for n, one in enumerate(rest) if _POSTSCRIPT.match(one.strip())), len(rest))
            return lines[:at] + rest[after:]
    return lines


def _is_signature(lines: list[str]) -> bool:
    """Whether what follows a greeting is a name and an address rather than more of the letter."""
    said = 0
    for at, line in enumerate(lines):
        bare = line.strip()
        said += bool(bare)
        if _POSTSCRIPT.match(bare) or _SIGNATURE.fullmatch(bare) or _FROM_A_PHONE.fullmatch(bare[:200]):
            return True
        if _DISCLAIMER.match(bare[:400]):
            return True
        if bare and at >= 2 and (len(bare) > _SIGNATURE_WIDTH or bare.endswith("?")):
            return False
        if said > _SIGNATURE_LINES:
            return False
    return True


def _tidy(lines: object) -> str:
    said = "\n".join(str(line).rstrip() for line in lines)  # type: ignore[attr-defined]
    return re.sub(r"\n{3,}", "\n\n", said).strip()
