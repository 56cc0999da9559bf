"""The phrases that `first` looks for: regular expressions without look-around, each a whole phrase in plain words.

English, German, French, Spanish and Dutch, so that who writes in another language waits no longer. To widen a list is
to let more people in front of others: add a phrase together with a text that must not match it, in the tests.
"""

from __future__ import annotations


def _any(words: str) -> str:
    """One of the words or phrases between the bars, spread over lines as one likes.

    >>> _any("mother | father | step   mother")
    '(?:mother|father|step mother)'
    """
    return "(?:" + "|".join(" ".join(word.split()) for word in words.split("|")) + ")"


_THING = _any(
    """it | this | that | battery | batteries | charger | adapter | cable | plug | psu | power supply | supply | unit
    | capacitor | cell | phone | laptop | notebook | board | motherboard | card | drive | fan | monitor | machine
    | device | product | thing"""
)
_DID = r"(?:has |have |had |just |nearly |almost |suddenly |literally |was |is |were |are |got |badly |visibly |all )*"
_FAMILY = _any(
    """mother | mum | mom | father | dad | son | daughter | child | wife | husband | partner | brother | sister
    | parents | grandmother | grandfather"""
)
_FRAIL = "disabled | blind | deaf | bedridden | housebound | terminally ill | dying"

DANGER: tuple[str, ...] = (
    r"(?:caught|catches|catching|catch) fire",
    r"set (?:\w+ ){1,3}on fire",
    _THING + r" (?:is|was|were|are|went|goes) (?:literally )?(?:on fire|up in flames|in flames)",
    r"burst into flames?",
    r"went up in flames?",
    r"smoke (?:\w+ ){0,3}(?:coming|came|comes|pouring|poured|rising|rose) (?:out|from|off)",
    r"(?:started|starts|began|is|was) (?:smoking|to smoke) (?:\w+ ){0,3}(?:plugged|plug|power|switched|charging)",
    _THING + r" (?:started|starts|began|is|was) (?:smoking|to smoke|sparking|to spark)",
    r"smell(?:s|ed|ing)? (?:\w+ )?(?:of|like) (?:\w+ )?burn(?:ing|t)",
    r"smell(?:s|ed|ing)? (?:\w+ )?(?:burnt|burned)",
    r"(?:burning|burnt) smell",
    r"smell of (?:burning|burnt \w+|smoke)",
    r"(?:electric|electrical) shock",
    r"electrocuted",
    r"(?:got|gave me|gives me|gave him|gave her) an? (?:\w+ )?shock (?:from|off|when|touching)",
    r"sparks? (?:flew|flying|came|coming|shot|shooting) (?:out|from|off|everywhere)?",
    _THING + r" " + _DID + r"(?:exploded|blew up|burst open|melted)",
    r"(?:batteries|battery|cells?|pack)(?: \w+){0,2} " + _DID + r"(?:swollen|swelling|swelled|bulging|bloated|leaking)",
    r"(?:swollen|bulging|bloated|leaking) (?:\w+ ){0,2}(?:battery|batteries|cell|pack)",
    r"carbon monoxide",
    r"gas leak",
    r"allergic reaction",
    r"anaphyla\w+",
    r"food poisoning",
    r"chok(?:ed|ing) (?:on|hazard)",
    r"(?:burned|burnt|cut|injured|hurt) (?:my|his|her|our|their) (?:\w+ )?"
    + _any("hand | hands | finger | fingers | skin | arm | leg | face | eye | eyes | foot | son | daughter | child"),
    r"(?:was|were|got|been) (?:badly |seriously |nearly )?(?:injured|electrocuted|poisoned|scalded)",
    r"(?:taken|rushed|brought|went) to (?:the )?(?:hospital|emergency room|a&e)",
    r"fire hazard",
    # German, French, Spanish, Dutch
    r"(?:feuer gefangen|in flammen|brandgefahr|raucht|stromschlag|explodiert|aufgebläht\w*|verbrannt riecht)",
    r"(?:riecht|roch|stinkt) (?:\w+ )?verbrannt",
    r"(?:a pris feu|prend feu|en flammes|fume beaucoup|odeur de brûlé|choc électrique|décharge électrique|a explosé)",
    r"batterie (?:a |est |a été )?gonflée?",
    r"(?:se incendió|se prendió fuego|en llamas|echa humo|huele a quemado|descarga eléctrica|explotó|batería hinchada)",
    r"(?:vlam gevat|in brand gevlogen|brandlucht|ontploft|elektrische schok|opgezwollen accu|accu is opgezwollen)",
)

VULNERABLE: tuple[str, ...] = (
    r"(?:kill|killing) myself",
    r"end my (?:own )?life",
    r"suicidal",
    _any("i am | i'm | he is | he's | she is | she's | they are | who is | who's")
    + r" (?:\w+ ){0,2}"
    + _any(_FRAIL + " | wheelchair user | wheelchair bound | in hospital | in a wheelchair"),
    r"my (?:\w+ )?" + _any(_FRAIL + " | sick") + r" (?:\w+ )?" + _FAMILY,
    _any(
        """oxygen concentrator | oxygen machine | ventilator | dialysis | insulin pump | pacemaker | cpap machine
        | medical alarm | medical device | medical equipment | feeding pump"""
    ),
    r"(?:my|our) (?:late )?" + _FAMILY + r" (?:has |have |just |recently |sadly )*(?:passed away|died)",
    r"(?:mich umbringen|pflegebedürftig\w*|schwerbehindert\w*|beatmungsgerät)",
    r"(?:me suicider|handicapée?|fauteuil roulant|suicidarme|discapacitad[oa]|silla de ruedas)",
    r"(?:zelfmoord|rolstoel|mindervalide)",
)

LEGAL: tuple[str, ...] = (
    r"(?:my|our) (?:lawyer|lawyers|solicitor|solicitors|attorney|barrister)",
    r"(?:taking|take|start|starting|begin|consider|considering|seek|pursue|pursuing) legal (?:action|advice|steps)",
    r"small claims(?: court)?",
    r"(?:take|taking|took|bring) (?:you|this|them|it) to court",
    r"see you in court",
    r"(?:sue|suing) (?:you|them|the company)",
    r"(?:letter before (?:action|claim)|final notice before|statutory (?:deadline|period|right))",
    r"(?:ombudsman|trading standards|consumer protection (?:agency|authority|office|act))",
    r"(?:subject access request|data protection (?:authority|officer|commissioner)|gdpr (?:request|complaint|breach))",
    r"right (?:of|to) (?:withdrawal|withdraw|erasure|be forgotten)",
    r"(?:exercise|exercising|use|using|invoke) (?:\w+ ){0,3}"
    + _any("right of withdrawal | right to withdraw | right to cancel | cooling-off"),
    r"(?:withdrawal|cancellation|cooling-off|return) (?:period|deadline|window) (?:\w+ ){0,2}"
    + _any("ends | expires | runs out | closes"),
    r"mein(?:e|en)? (?:anwalt|anwältin|rechtsanwalt)",
    r"(?:rechtliche schritte|widerrufsrecht|widerrufe (?:ich|hiermit)|vor gericht)",
    r"(?:auskunft nach artikel 15|verbraucherzentrale)",
    r"(?:mon avocate?|mes avocats|action en justice|mise en demeure|droit de rétractation|porter plainte)",
    r"(?:mi abogad[oa]|acciones legales|derecho de desistimiento|poner una denuncia)",
    r"(?:mijn advocaat|juridische stappen|herroepingsrecht|ingebrekestelling)",
)

MONEY: tuple[str, ...] = (
    r"(?:charged|billed|debited|invoiced) (?:\w+ ){0,4}(?:twice|two times|three times|double)",
    r"(?:double|over)[- ]?(?:charged|billed|charging|billing)",
    r"(?:took|taken|takes|debited|withdrew|withdrawn) (?:\w+ |[$€£][\d.,]+ ){0,5}(?:twice|two times)",
    r"(?:duplicate|double) (?:charge|charges|payment|payments|debit)",
    r"paid twice",
    r"(?:unauthori[sz]ed|fraudulent) (?:charge|charges|payment|payments|transaction|transactions|debit)",
    r"wait(?:ing|ed)? (?:\w+ ){0,4}(?:for|on) (?:my|the|our|a|that) (?:\w+ )?(?:refund|money back|reimbursement)",
    r"where(?:'s| is| are) (?:my|our) (?:refund|refunds|money)",
    _any(
        """haven't | have not | hasn't | has not | never | still not | still no | not yet | didn't | did not
        | yet to"""
    )
    + r" (?:\w+ ){0,2}(?:received?|got|get|gotten|seen|had|been given|been) (?:\w+ ){0,2}"
    + _any("refund | refunded | money back | reimbursed | reimbursement"),
    r"refund (?:\w+ ){0,2}(?:hasn't|has not|still hasn't|never|is not|isn't|was not|wasn't|still not) "
    + r"(?:\w+ ){0,2}(?:arrived|come|came|been|paid|there|here|processed|received|credited)",
    r"(?:still )?no (?:sign of (?:my |the )?)?refund (?:yet|so far|after|since|until)",
    r"no sign of (?:my|the|a) (?:refund|money)",
    r"(?:promised|owed|owe|owes|due) (?:me |us )?(?:a |my |the |our )?(?:full )?refund",
    r"you (?:still )?owe (?:me|us)",
    r"refund (?:is |was )?(?:overdue|outstanding|missing|pending since)",
    r"(?:doppelt|zweimal) (?:abgebucht|berechnet|belastet|bezahlt)",
    r"(?:warte|warten) (?:\w+ ){0,5}auf (?:meine|die|unsere) (?:rückerstattung|erstattung|rückzahlung)",
    r"(?:warte|warten) (?:\w+ ){0,5}auf mein geld",
    r"(?:débitée?|facturée?|prélevée?) (?:\w+ ){0,3}(?:deux fois|en double)",
    r"(?:attends|attend|attendons) (?:\w+ ){0,5}(?:mon|le|notre) remboursement",
    r"(?:cobrado|cobraron|cargado) (?:\w+ ){0,4}(?:dos veces|doble)",
    r"(?:esperando|espero) (?:\w+ ){0,4}(?:mi|el) reembolso",
    r"(?:dubbel|twee keer) (?:afgeschreven|betaald|gerekend)",
    r"(?:wacht|wachten) (?:\w+ ){0,5}op (?:mijn|de) (?:terugbetaling|geld)",
)

PAID: tuple[str, ...] = (
    r"(?:paid|pay|paying|bought|purchased|charged|payment|refund)",
    r"sold me",
    r"[$€£] ?\d[\d.,]*",
    r"\d[\d.,]* ?(?:€|euros?|dollars?|pounds?)",
    r"(?:bezahlt|gekauft|abgebucht|payée?|achetée?|pagado|pagué|comprado|compré|betaald|gekocht)",
)

_KEY = r"(?:link|links|licen[cs]e|licen[cs]e key|key|keys|code|activation|voucher|serial|subscription|account|login)"
_CANNOT = _any(
    """can't | cannot | can not | couldn't | could not | unable to | not able to | won't let me | wouldn't let me
    | doesn't let me"""
)
_FAILS = (
    r"(?:failed|fails|failing|broken|broke|breaks|corrupt|corrupted|expired|dead|invalid|rejected|"
    r"doesn't work|does not work|don't work|do not work|didn't work|won't work|isn't working|not working|"
    r"never (?:worked|started|finished|came|arrived|completes))"
)

BLOCKED: tuple[str, ...] = (
    _CANNOT + r" (?:\w+ ){0,2}(?:download|access|log ?in|log on|sign ?in|activate|unlock|redeem|register|stream)",
    r"downloads?(?: \w+){0,4} " + _FAILS,
    r"(?:failed|broken|corrupt|corrupted|expired|dead) (?:download|downloads|link|licen[cs]e|key|activation)",
    _KEY
    + r"(?: \w+){0,3} "
    + _any(
        """expired | invalid | rejected | refused | locked | blocked | deactivated | already used | doesn't work
        | does not work | isn't working | not working | not accepted | isn't accepted | dead | broken | never came
        | never arrived | never worked"""
    ),
    r"locked out",
    r"(?:no|lost|denied|without) access",
    r"(?:never|not|didn't|haven't) (?:got|get|received|receive|gotten|been sent) (?:\w+ ){0,3}"
    + r"(?:download|link|licen[cs]e|key|code|login|access|file)",
    r"(?:download|herunterladen)(?: \w+){0,4} (?:fehlgeschlagen|abgebrochen|geht nicht|funktioniert nicht)",
    r"kann (?:\w+ ){0,5}nicht (?:herunterladen|einloggen|anmelden|aktivieren)",
    r"(?:impossible de|n'arrive pas à|ne peux pas) (?:le |la |me )?(?:télécharger|connecter|activer|accéder)",
    r"no (?:puedo|me deja) (?:descargar|acceder|activar|entrar)",
    r"kan (?:\w+ ){0,5}niet (?:downloaden|inloggen|activeren)",
)

NEGATED: tuple[str, ...] = (
    r"not|no|never|nothing|nobody|none|without|neither|nor|hardly|isn't|wasn't|aren't|weren't|didn't|doesn't|don't|"
    r"haven't|hasn't|hadn't|won't|wouldn't|cannot|can't|instead of|afraid of|worried about|in case of",
    r"kein|keine|keinen|nicht|nie|pas|sans|jamais|aucun|aucune|sin|nunca|ningún|ninguna|geen|niet|nooit",
)
"""What takes a phrase back when it stands at most two words before it."""

SOLVED: tuple[str, ...] = (
    r"(?:problem|issue|it|this|that|everything|all)(?:'s| is| was| has been| got)? (?:now |all |already )?"
    + r"(?:solved|resolved|sorted|fixed|working again)",
    r"(?:works|working) (?:fine |again |perfectly )?now",
    r"never mind",
    r"(?:you|they|he|she|support) (?:\w+ )?(?:fixed|solved|sorted|refunded) (?:it|this|that|me|everything)",
    r"(?:thanks|thank you) for (?:the |my |your |a )?(?:\w+ )?(?:refund|help|fix)",
)

NOT_MEANT: tuple[str, ...] = (
    r"insult to injury",
    r"fire sale",
    r"(?:prices?|sales|traffic|popularity|my (?:head|brain|mind)) (?:has |have |just |nearly )?(?:exploded|explode)",
    r"exploded in popularity",
    r"(?:sticker|price|culture) shock",
    r"shock horror",
    r"blew up (?:with|in) (?:notifications|popularity|my|his|her|our)",
    r"burn(?:t|ing|ed)? (?:a hole in|through) (?:my|the|your)",
    r"(?:wallet|bank account)(?: \w+){0,2} (?:is |was |caught |on )*(?:fire|flames|burning)",
)
"""What stands around a phrase that is only a figure of speech."""
