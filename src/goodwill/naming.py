"""Finding people's names in what was written: those that the firm knows, and those that people say of themselves.

Nothing here knows a list of given names: a name is known by where it stands. After a greeting ('Dear Anna'), a title
('Frau Brunner'), in a sign-off ('Thanks, Bob'), in 'my name is'; and by the firm's own table of people.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

_RUN = re.compile(r"[^\W_]+")
_TITLES = (
    "mr mrs ms miss mx dr prof professor sir madam dame lord lady herr frau herrn fräulein monsieur madame mme mlle "
    "señor señora senor senora sr sra srta signor signora signore dottor dottoressa dott sig mevrouw meneer dhr senhor "
    "senhora"
)
_PARTICLES = "van von der den de del della di da dos do la le les el al bin ibn ben ter ten zu zur y e st mc o d l"
_ALSO = (
    "may will mark grace joy hope faith bill rob pat sue art drew chase frank guy rich rose dawn summer april june "
    "august max grant nick penny price ray young king stone west wood woods field hill brown green white black gray "
    "grey park parks long short best good love bush rice bond cook baker carter fisher shepherd page rush sharp small "
    "strong swift power powers case chance cross dean duke earl gene glen harmony heaven hunter iris ivy jack john "
    "kitty lily lance miles olive pearl ruby sandy skip sky star sunny violet ward web winter wolf day night bell bird "
    "fox lamb banks brook brooks church church ford house lane marsh mason mills moon moore rivers shore snow street "
    "temple valley waters wells"
)
_ALONE_IN_CAPITALS = frozenset(_ALSO.split())
"""Names that are also words: alone they count only with their capital."""
_NEVER_ALONE = frozenset((*_TITLES.split(), *_PARTICLES.split()))


def people_in(people: pa.Table) -> tuple[str, ...]:
    """The names in a firm's table `people`: of persons, not of organisations.

    >>> import pyarrow as pa
    >>> people_in(pa.table({"name": ["Anna Meyer", "Acme", None], "kind": [None, "organisation", "person"]}))
    ('Anna Meyer',)
    """
    rows = people.select(["name", "kind"]).to_pylist()
    return tuple(dict.fromkeys(row["name"].strip() for row in rows if row["name"] and row["kind"] != "organisation"))


@lru_cache(maxsize=16)
def known_names(names: tuple[str, ...]) -> Callable[[str], Iterator[tuple[int, int]]]:
    """A search for these names: whole, and each part alone. One look-up a word, however many names there are.

    A name counts as it is written, in capitals, and with a capital; in small letters where it is not also a word, or
    stands whole. Titles, initials and particles ('van', 'de') never count alone.
    """
    spellings: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        for part, whole in ((name, True), *((part, False) for part in name.split())):
            runs = tuple(_RUN.findall(part))
            while whole and runs and runs[0].lower() in _TITLES.split():
                runs = runs[1:]
            if not runs or sum(map(len, runs)) < 2 or (len(runs) == 1 and runs[0].lower() in _NEVER_ALONE):
                continue
            spellings.setdefault(runs[0].lower(), set()).add(runs)
    ordered = {first: sorted(found, key=lambda runs: (-len(runs), runs)) for first, found in spellings.items()}
    return lambda text: _known(text, ordered) if ordered else iter(())


def _known(text: str, spellings: dict[str, list[tuple[str, ...]]]) -> Iterator[tuple[int, int]]:
    if text.isascii() and not any(letter.isalpha() for letter in text):
        return
    reached = 0
    for found in _RUN.finditer(text):
        begin = found.start()
        wanted = spellings.get(found[0].lower())
        if not wanted or begin < reached or (begin and text[begin - 1] in "@_"):
            continue
        for runs in wanted:
            end = _end_of(text, begin, runs)
            if end:
                yield begin, end
                reached = end
                break


def _end_of(text: str, begin: int, runs: tuple[str, ...]) -> int:
    """Where the name ends that begins here; 0 where it does not stand here."""
    said, place = [], begin
    for number, run in enumerate(runs):
        if number:
            gap = place
            while place < len(text) and place - gap < 3 and not text[place].isalnum() and text[place] not in "\n\x00@_":
                place += 1
            if place == gap:
                return 0
        said.append(text[place : place + len(run)])
        place += len(run)
        if said[-1].lower() != run.lower() or (place < len(text) and (text[place].isalnum() or text[place] == "_")):
            return 0
    return place if _written(said, runs) else 0


def _written(said: list[str], runs: tuple[str, ...]) -> bool:
    """Whether a name is written as names are."""
    if all(
        one == run or one == run.upper() or one == run[:1].upper() + run[1:]
        for one, run in zip(said, runs, strict=True)
    ):
        return True
    small = all(one == run.lower() for one, run in zip(said, runs, strict=True))
    return small and (len(runs) > 1 or runs[0].lower() not in _ALONE_IN_CAPITALS)


# --- names that people say -------------------------------------------------------------------------------------------

_LETTERS = r"[^\W\d_]"
_BIG = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶŁĻŃŅŇŌŐŒŘŚŞŠȘŤȚŪŮŰŲŹŻŽ]"
_WORD = rf"(?:{_BIG}{_LETTERS}{{1,30}}(?:['’-]{_LETTERS}{{1,30}}){{0,2}}|{_BIG}['’]{_BIG}{_LETTERS}{{1,30}})"
_INITIAL = rf"{_BIG}\."
_PARTICLE = r"(?:van der|van den|van de|van|von der|von|de la|de|del|della|di|da|dos|le|la|el|al|bin|zu)"
_NAME = rf"(?:{_INITIAL} ?){{0,2}}{_WORD}(?: (?:{_PARTICLE} )?(?:{_INITIAL} )?{_WORD}){{0,2}}"
_SMALL = rf"{_LETTERS}{{2,20}}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Herr|Herrn|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Srta|Sra?|Signora?|"
    r"Signore|dottoressa|dottor|Dott|Sig|Mevrouw|Meneer|Senhora?)\.?"
)
_GREETING = (
    r"dear|hi|hello|hey|hiya|good\s(?:morning|afternoon|evening|day)|hallo|guten\s(?:tag|morgen|abend)|liebe[rs]?|"
    r"sehr\sgeehrte[rs]?|geehrte[rs]?|grüezi|servus|moin|bonjour|bonsoir|salut|ch[eè]re?|hola|estimad[oa]|querid[oa]|"
    r"buenos\sd[ií]as|buenas\stardes|buongiorno|buonasera|ciao|gentile|car[oa]|ol[aá]|prezad[oa]|bom\sdia|beste|geachte|dag"
)
_REGARDS = (
    r"(?:(?:best|kind|kindest|warm|warmest|many|with\skind|with\sbest)\s)?(?:regards|wishes|greetings)|best|"
    r"(?:with\s)?(?:many\s)?thanks(?:\sand\sbest\swishes)?|yours(?:\s(?:sincerely|faithfully|truly|ever))?|sincerely(?:\syours)?|respectfully|cheers|thanks(?:\sagain|\sa\slot|\s"
    r"so\smuch|\sin\sadvance)?|many\sthanks|thank\syou(?:\sso\smuch|\svery\smuch|\sagain)?|thx|ta|love|lots\sof\slove|"
    r"mit\s(?:freundlichen|besten|herzlichen|lieben)\sgr(?:ü|ue)(?:ß|ss)en|(?:freundliche|viele|liebe|beste|herzliche|"
    r"sch(?:ö|oe)ne)\sgr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|mfg|lg|vg|danke|vielen\sdank|cordialement|bien\s(?:cordialement|à\s"
    r"vous)|sincères\ssalutations|amicalement|bises|merci|(?:un\s)?saludos?(?:\scordiales)?|atentamente|gracias|"
    r"(?:cordiali|distinti)\ssaluti|saluti|grazie|atenciosamente|abra[cç]os?|obrigad[oa]|met\svriendelijke\sgroet(?:en)?|"
    r"groet(?:en|jes)?|bedankt"
)
_SAYS = (
    r"(?:(?:my|the)\s(?:full\s)?name\s?(?:is|'s|’s|:)|name:|i\sam\scalled|i['’]m\scalled|mein\sname\sist|ich\shei(?:ß|ss)e|je\s"
    r"m['’]appelle|mon\snom\sest|me\sllamo|mi\snombre\ses|mi\schiamo|(?:o\s)?meu\snome\sé|mijn\snaam\sis|ik\sheet)"
)
_STARTS = r"(?:(?<=[\n.!?;:,\x00])|^)[ \t]{0,3}(?=[^\W\d_])"
_ENDS = r"(?=\s{0,3}(?:[\n\x00]|$)|\s{0,2}[.!,;:)(]|\s[-–—:;(x❤🙏👍😊🙂])"

_PATTERNS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        # Dear Mr Okonkwo · Hi Priya! · Sehr geehrte Frau Brunner
        rf"{_STARTS}(?i:{_GREETING}),?\s(?:(?i:{_TITLE})\s){{0,2}}(?P<name>{_NAME})",
        # Hi Johannes and Mia,
        rf"{_STARTS}(?i:{_GREETING})\s{_NAME}\s(?:and|und|et|y|e|en|&)\s(?P<name>{_NAME})(?=\s?[,!:.\n\x00])",
        # hello tom, · hey sam - : in small letters only before a sign
        rf"{_STARTS}(?i:{_GREETING})\s(?P<small>{_SMALL})(?=\s?[,!:\n\x00]|\s[-–—]|$)",
        # Mrs Adeyemi-Clarke, Prof. van der Meer
        rf"(?<!\w){_TITLE}\s(?P<name>(?:{_PARTICLE}\s)?{_NAME})",
        # Best regards,\nOluwaseun Adeyemi · Thanks, Bob
        rf"{_STARTS}(?i:{_REGARDS})[ ,.!–-]{{0,3}}\s{{0,4}}(?P<name>{_NAME}){_ENDS}",
        # Viele Grüße aus Bern\nBeat Zurbriggen
        rf"{_STARTS}(?i:{_REGARDS})[^\n\x00]{{1,30}}\n{{1,3}}\s{{0,3}}(?P<name>{_NAME})\s{{0,3}}(?=[\n\x00]|$)",
        # the last paragraph: a name on a line of its own, and a line about them at most
        rf"\n\s{{0,3}}\n\s{{0,3}}(?P<name>{_NAME} {_WORD})\s{{0,3}}(?:\n[^\n\x00]{{0,40}})?(?=\x00|\Z)",
        # xx Debbie
        rf"(?<!\w)x{{1,3}}\s(?P<name>{_NAME})\s{{0,3}}(?=[\n\x00]|$)",
        # cheers, dave
        rf"{_STARTS}(?i:{_REGARDS})(?:,\s{{1,3}}|\n{{1,2}})(?P<small>{_SMALL})\s{{0,2}}(?:[\n\x00.!]|$)",
        # – Karl, on a line of its own
        rf"(?:\n\s{{0,3}}|(?<=[.!?])\s)[-–—~]{{1,2}}\s?(?P<name>{_NAME})\s{{0,2}}(?=[\n\x00]|$)",
        # my name is Ingrid Solheim · my name is lars,
        rf"(?i:(?<!\w){_SAYS})\s{{0,2}}(?P<name>{_NAME})",
        rf"(?i:(?<!\w){_SAYS})\s{{0,2}}(?P<small>{_SMALL}(?:\s{_SMALL})?)(?=\s?[,.!\n\x00]|$)",
        # This is Gupta from · It's Nils again
        rf"(?<!\w)(?:[Tt]his\sis|[Ii]t['’]s|[Ii]t\sis|[Ii]\sam|[Ii]['’]m|[Hh]ier\s(?:ist|spricht))\s(?P<name>{_NAME})"
        r"\s(?:from|here|again|speaking|calling|aus|von)(?!\w)",
        # Wanda here,
        rf"{_STARTS}(?P<name>{_NAME})\shere(?=\s?[,.!:–—-]|\sagain|\sfrom)",
        # spoke to Carmen
        rf"(?<!\w)(?i:spoke|speaking|talked|chatted|dealt)\s(?:to|with)\s(?:{_TITLE}\s)?(?P<name>{_NAME})",
        rf"(?<!\w)(?i:served|helped|looked\safter)\sby\s(?:{_TITLE}\s)?(?P<name>{_NAME})",
    )
)
_SHORT = 4
_OTHERS = (
    "i sir sirs madam madams mr mrs ms dr miss team all everyone everybody anyone somebody someone folks guys "
    "friends friend there again world customer customers service services support help helpdesk desk staff crew "
    "people you your yours we us our they them he she it its this that these those the a an and or but if so not no "
    "yes ok okay just still now then here same over out right only up down once twice both any some every much more "
    "most very too good great fine well bad terrible awful happy sad sorry please thank thanks cheers regards wishes "
    "best love dear hi hello hey bye buy man mate mates dude bro buddy pal sis babe hun darling doctor nurse manager "
    "reception receptionist agent bot siri alexa google amazon apple facebook twitter microsoft monday tuesday "
    "wednesday thursday friday saturday sunday january february march april june july august september october "
    "november december today tomorrow yesterday morning afternoon evening night day week christmas easter god lord "
    "diary santa sincerely disappointed faithfully in on at to for from with by of as is are was were be been being "
    "am do does did done have has had will would can could should may might must shall what when where why who whom "
    "whose which how spelt spelled written wrong missing misspelled listed called sent my me mine his her hers their "
    "theirs one two three first second last next new old damen herren zusammen alle leute kunde kundin kundenservice "
    "kundendienst madame monsieur mesdames messieurs señor señora señores signore signora signori pepper muscle "
    "sales billing accounts accounting returns complaints reservations head office ladies gentlemen colleagues "
    "colleague neighbours neighbour neighbor neighbors parents owner owners host hosts webmaster admin moderator "
    "moderators mods dev devs developers nothing everything anything something sirmadam lot lots advance years ages "
    "thing anyway though bonjour salut merci hola gracias ciao grazie danke"
)
_NO_NAME = frozenset(_OTHERS.split())
"""What stands where a name could, and is none."""


@lru_cache(maxsize=16)
def spoken_names(firms: tuple[str, ...] = ()) -> Callable[[str], Iterator[tuple[int, int]]]:
    """A search for names by where they stand; firms are people to nobody ('Thank you Acme!')."""
    others = {"".join(_RUN.findall(firm)).lower() for firm in firms}
    return lambda text: _spoken(text, others)


def _spoken(text: str, firms: set[str]) -> Iterator[tuple[int, int]]:
    """Each once, in no order."""
    seen = set()
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            group = "name" if "name" in pattern.groupindex else "small"
            span = _without_others(text, *found.span(group))
            if span and span not in seen and "".join(_RUN.findall(text[slice(*span)])).lower() not in firms:
                seen.add(span)
                yield span


def _without_others(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The name up to the first word that is none ('Anna Thanks' is Anna); None where the first is none."""
    last = begin
    for found in _RUN.finditer(text, begin, end):
        if found[0].lower() in _NO_NAME or (found[0].isupper() and 1 < len(found[0]) <= _SHORT):
            break  # 'Thanks AA!'
        last = found.end()
    while last > begin and not text[last - 1].isalnum():
        last -= 1
    return (begin, last) if last - begin >= 2 else None
