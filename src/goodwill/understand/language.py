"""Which language a message is in: by its script, then by its commonest words and the pieces of its words.

The lists are of function words, which carry no topic (the method of Grefenstette 1995); a word that several languages
share is a part of a vote for each. To the votes for the seven LEARNT languages goes what pieces of words say (the
method of Cavnar and Trenkle 1994, with learnt weights). The other languages are known by votes alone, so that a text
in one of them is 'not read' rather than taken for a neighbour.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from goodwill.understand.letters import SCRIPT_LANGUAGE, SCRIPTS
from goodwill.understand.tokens import Numbers, Words, number_of

_COMMON: dict[str, str] = {
    "en": "the and to of a in is it you that i for on my was with this have be not are but so we they at your just me "
    "what do all get if can when or from out like up how about no he she will would has had been were there their our "
    "one did don't it's i'm can't im dont very why please thanks thank hi hello more now new good great still any "
    "really who am too because than then them some here never only after back could an by as us his her its go got "
    "need want know time again ever help order works work bad love best worst buy sorry yes wow",
    "de": "der die das und ist nicht ich sie es ein eine einen einem einer zu den dem des mit auf für von im wir ihr "
    "auch war wie bei oder wenn aber noch nur nach aus hat habe haben sind wird werden kann sehr schon mein meine "
    "mir mich dir dich uns doch mal man was wo warum hier da dann so bin bitte danke kein keine immer wieder jetzt "
    "über alle mehr heute gut ganz vielen dank leider seit bis vom zum zur gibt weil dass nie toll schlecht hallo",
    "fr": "le la les et est pas je vous il elle un une des du de en que qui pour dans sur avec ne ce c'est j'ai mais "
    "on nous au aux plus par mon ma mes son sa ses tout très bien merci bonjour fait être avoir suis sont était ça "
    "cette ces si ou où quand comment pourquoi rien jamais toujours encore aussi même sans j'aime qu'il d'un d'une "
    "n'est votre vos leur trop bon bonne mauvais après chez c’est faut peut",
    "es": "el la los las y es no que de en un una por para con se lo me mi te tu su yo muy pero más como está están "
    "estoy son fue ser hay al del le les nos ya todo todos esta este esto si sí cuando donde qué porque gracias "
    "hola bien nunca siempre también sin sobre hasta tiene tengo hace hacer soy eres mejor peor bueno buena mal nada "
    "desde mis sus era han he ha usted ustedes quiero puede",
    "it": "il lo la i gli le e è non che di a da in un una per con si mi ti ci ma sono ho hai ha abbiamo hanno questo "
    "questa quello molto più come anche se del della dei delle al alla nel nella sul dal io tu lui lei noi voi loro "
    "grazie ciao sempre mai ancora bene perché cosa quando dove tutto tutti solo già poi era fatto essere fare mio "
    "mia tuo suo ottimo pessimo c'è dell'",
    "pt": "o a os as e é não que de em um uma por para com se do da dos das no na nos nas eu você ele ela meu minha "
    "seu sua muito mas mais como está estou são foi ser tem tenho há ao já isso este esta quando onde porque "
    "obrigado obrigada olá bem nunca sempre também sem sobre até tudo todos só ainda vou vai pra pro gente hoje bom "
    "boa ruim melhor pior nada fazer nem me te lhe vocês às pelo pela",
    "hi": "hai ka ki ke ko se me mein nahi nahin aur bhi kya ho tha thi the hum tum aap mera meri yeh ye woh wo kar "
    "raha rahi rahe kuch bahut bhai ji koi abhi apne hain kyu kyun toh jo phir sab baat aise gaya",
    # read by nobody here, but known, so that they are not taken for one of the above
    "nl": "de het een en van ik is niet dat je te op voor met zijn was aan hij ze maar er om hem ook als dan wat mijn "
    "nog wel naar heb heeft deze dit door over bij uit goed geen meer kan kunnen wij jullie ons waar hoe waarom heel "
    "graag bedankt dank altijd nooit weer nu zo zeer wordt werd hallo mij jij u uw slecht erg",
    "sv": "och att det är jag en ett som på för av med inte den har till var vi du han hon de om men så kan från när "
    "mycket bara också min mitt ska vill här där tack bra dålig aldrig alltid varför hur eller blir nu utan efter",
    "da": "og at det er jeg en et som på for af med ikke den har til var vi du han hun de om men så kan fra når meget "
    "kun også min mit skal vil her der tak godt dårlig aldrig altid hvorfor hvordan eller bliver nu uden efter hvad",
    "no": "og at det er jeg en et som på for av med ikke den har til var vi du han hun de om men så kan fra når veldig "
    "bare også min mitt skal vil her der takk bra dårlig aldri alltid hvorfor hvordan eller blir nå uten etter hva",
    "fi": "ja on ei se että en hän oli mutta ovat kun niin tämä mitä minä sinä me te he ole myös vain jos kuin kaikki "
    "nyt sitten hyvä huono kiitos olen hyvin miksi missä mikä aina koskaan vielä ihan tosi",
    "pl": "i w nie na się z do to jest że a o jak ale po co tak za od by już tylko czy dla jego ja mnie mi ty są był "
    "była może bardzo dziękuję dzięki dobry dobrze zły dlaczego gdzie kiedy jeszcze też przez ten ta te nigdy zawsze",
    "cs": "a je se na to že v s z do o jako ale po co tak za od by už jen pro jeho já mě mi ty jsou byl byla může "
    "velmi děkuji díky dobrý dobře špatný proč kde kdy ještě také ten ta nikdy vždy jsem není",
    "ro": "și în de la cu nu pe un o este sunt am ai are că din mai dar ce să se lui foarte pentru fost după când unde "
    "mulțumesc bun bună rău niciodată întotdeauna doar si sa tot eu tu el ea noi",
    "hu": "a az és hogy nem is egy van volt meg ez de csak már ha én te mi ti ők nagyon jó rossz köszönöm miért hol "
    "mikor még mert vagy mint lesz soha mindig kell lehet",
    "tr": "ve bir bu da de için çok ne ben sen o biz siz ama gibi daha var yok mi mı değil ile kadar en iyi kötü "
    "teşekkürler neden nasıl nerede zaman hiç her şey sonra bana beni olan olarak",
    "id": "yang dan di ini itu untuk dengan tidak ada dari saya kamu dia kami mereka ke pada akan bisa sudah juga "
    "tapi atau karena sangat baik buruk terima kasih kenapa bagaimana apa siapa mau aku gak nggak banget lagi",
}
LANGUAGES = tuple(_COMMON)
WITH_MOOD = ("en", "de", "fr", "es", "it", "pt", "ar", "hi")
"""Languages in which the mood is read. The intents are read in English alone."""
LEARNT = ("en", "de", "fr", "es", "it", "pt", "hi")
"""Languages whose pieces of words were learnt from examples (Hindi: as written in Latin letters)."""
_SHARE = 12  # a word of one language alone votes with 12
_ENGLISH_BY_DEFAULT = 5  # what English starts with: less than half a word of another language alone
_FOREIGN_LETTERS = {
    "de": "ßäöü", "fr": "éèêàçùœîôâ", "es": "ñáéíóú", "it": "àèìòùé", "pt": "ãõçáéêíóú", "sv": "åäö", "da": "åæø",
    "no": "åæø", "fi": "äö", "pl": "ąćęłńśźżó", "cs": "ěščřžýáíéůú", "ro": "ăâîșțşţ", "hu": "őűáéíóúöü",
    "tr": "ığşçöü", "nl": "ëï",
}  # fmt: skip
_LETTER_SHARE = 4
_LEARNT_WEIGHT = 5.0  # votes for one unit of log-probability
_FLOOR = -4.0  # below this log-probability nothing more is said against a language
_UNLEARNT = -3.0  # what a language that was not learnt is given instead: it must win by its common words


@cache
def _votes() -> tuple[Numbers, npt.NDArray[np.int64]]:
    """(numbers, sorted; votes [words, languages]) of the common words."""
    spoken: dict[str, list[int]] = {}
    for place, words in enumerate(_COMMON.values()):
        for word in set(words.split()):
            spoken.setdefault(word.replace("’", "'"), []).append(place)
    votes = np.zeros((len(spoken), len(LANGUAGES)), np.int64)
    for row, places in enumerate(spoken.values()):
        votes[row, places] = max(1, _SHARE // len(places))
    numbers = np.array([number_of(word) for word in spoken], np.uint64)
    order = np.argsort(numbers)
    return numbers[order], votes[order]


@cache
def _letter_votes() -> npt.NDArray[np.int64]:
    """[0x250, languages] what a letter beyond a–z says."""
    votes = np.zeros((0x250, len(LANGUAGES)), np.int64)
    for language, letters in _FOREIGN_LETTERS.items():
        for letter in letters:
            if ord(letter) < len(votes):
                votes[ord(letter), LANGUAGES.index(language)] = _LETTER_SHARE
    return votes


def languages_of(words: Words, learnt: npt.NDArray[np.float64] | None = None) -> list[str | None]:
    """The language of each message (ISO 639-1), None where there are no letters or where nothing tells.

    `learnt` [N, 7]: log-probabilities of the LEARNT languages (`goodwill.understand.model.tongue_log_odds`).

    >>> from goodwill.understand.tokens import words_of
    >>> languages_of(words_of(["It works.", "Das geht gar nicht", "Не работает", "dat is heel goed", "?!"]))
    ['en', 'de', 'ru', 'nl', None]
    """
    votes = _by_words(words) + _LEARNT_WEIGHT * (0.0 if learnt is None else _by_pieces(learnt))
    guess = np.array(LANGUAGES, object)[votes.argmax(axis=1)]
    script = words.scripts[:, 1:].argmax(axis=1) + 1
    by_script = np.array([SCRIPT_LANGUAGE.get(name) for name in SCRIPTS], object)[script]
    guess = np.where(script == SCRIPTS.index("latin"), guess, by_script)
    guess[words.scripts[:, 1:].sum(axis=1) == 0] = None
    arabic = words.scripts[:, SCRIPTS.index("arabic")]
    persian = words.scripts[:, SCRIPTS.index("persian")]
    guess[(script == SCRIPTS.index("arabic")) & (persian * 20 > arabic)] = "fa"
    return list(guess)


def _by_pieces(learnt: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """[N, languages] what the pieces of words say for each language."""
    said = np.full((len(learnt), len(LANGUAGES)), _UNLEARNT)
    places = [LANGUAGES.index(language) for language in LEARNT]
    said[:, places] = np.maximum(learnt, _FLOOR)
    return said


def _by_words(words: Words) -> npt.NDArray[np.int64]:
    """[N, languages] votes of common words and of letters beyond a–z."""
    numbers, votes = _votes()
    place = np.minimum(np.searchsorted(numbers, words.number), len(numbers) - 1)
    known = numbers[place] == words.number
    of_word = np.where(known[:, None], votes[place], 0)
    running = np.zeros((len(words.word) + 1, len(LANGUAGES)), np.int64)
    np.cumsum(of_word[words.word], axis=0, out=running[1:])
    total = running[words.first[1:]] - running[words.first[:-1]]
    place_of_letter = np.flatnonzero((words.characters >= 0xC0) & (words.characters < 0x250))
    if len(place_of_letter):
        owner = np.searchsorted(words.bounds, place_of_letter, side="right") - 1
        np.add.at(total, owner, _letter_votes()[words.characters[place_of_letter].astype(np.intp)])
    total[:, LANGUAGES.index("en")] += _ENGLISH_BY_DEFAULT
    return total
