"""Plain words for what the log, the terms and the facts keep in short. A test holds them at a reading age of twelve."""

from __future__ import annotations

ACTS = {
    "seen": "looked",
    "take": "took up what you said",
    "answer": "answered you",
    "note": "wrote a note",
    "thank": "thanked you",
    "refund": "noted money given back",
    "close": "closed your case",
    "correct": "put something right",
    "undo": "took a step back",
    "terms": "kept your choice",
    "terms proffered": "brought us an agreement",
    "exported": "took a copy",
    "recognised": "knew you again at the till",
    "came to the door": "came to the door",
    "request": "worked on what you asked for by law",
    "erasing": "began to erase",
    "held": "set a hold: a law wants some of it kept",
    "released a hold": "ended a hold",
    "took along": "took a copy",
    "disputed": "said that something is wrong",
    "asked": "asked us for something",
    "asked of them": "asked you for something",
    "took an ask back": "took back what you asked",
    "gave an idea": "gave us an idea",
    "answered an ask": "answered what you asked",
    "saw a case": "looked at what you said",
    "saw a fact": "looked at one thing that we hold",
    "looked up at the till": "knew you again at the till",
    "proposed": "drafted something that a person checks first",
    "read asks": "read what you asked",
    "saw a link": "looked whether somebody is you",
    "entered a role": "wrote down whom you speak for",
    "removed a role": "took out whom you speak for",
    "who is who: confirm": "held two records to be you",
    "who is who: merge": "held two records to be you",
    "who is who: split": "took two records apart",
    "who is who: reject": "said that somebody is not you",
    "who is who: undo": "took a step back",
}
OWN_ACTS = {"request": "asked for something by law", "terms": "chose what you allow", "erasing": "asked to be erased"}
"""The same where they did it themselves."""
SAYS_WHY = ("answer", "thank", "request", "answered an ask")
"""Acts whose words say already what they were for."""
PURPOSES_SAID = {
    "answer me": "to answer you",
    "value me": "to see what you give us",
    "their own": "at your own door",
    "their choice": "because you chose so",
    "mcp": "a program that helps us answer",
    "their request": "because you asked",
    "perk": "to give you what you earned",
    "ask": "one of the few times that we may",
    "api": "a program that works for us",
    "erase me": "because you asked to be erased",
    "who is who": "to know who is who",
}
COLUMNS = {
    "name": "the name",
    "email": "the e-mail",
    "phone": "the phone",
    "account": "an account",
    "card": "a card",
    "device": "a device",
    "country": "the country",
}
"""What is compared to find out who is who."""
ALLOWED = {
    "answer me": ("Answer me", "Use what we hold to answer you and to put things right."),
    "value me": (
        "Add up what I give",
        "Add up what you spend, whom you bring and what you teach us. If you say no, you wait no longer for an answer.",
    ),
    "tell me news": ("Tell me news", "Write to you about what is new."),
    "quote me": ("Quote me", "Show others what you said in public, with your name."),
    "study together": ("Study with others", "Compare what we learnt with other firms, without your name."),
}
"""Each purpose in a word, and in a sentence that a twelve-year-old reads with ease."""
GROUNDS = {
    "their word": "you said so",
    "their agreement": "your agreement says so",
    "the basis": "our own rule, until you say no",
    "nobody asked": "it needs your yes",
}
MOODS = (("negative", "unhappy"), ("neutral", "neither happy nor unhappy"), ("positive", "happy"))
INTENTS = (
    ("complaint", "complain"),
    ("question", "ask something"),
    ("praise", "praise"),
    ("thanks", "say thanks"),
    ("idea", "give an idea"),
    ("recommendation", "say to others: go there"),
    ("warning", "say to others: stay away"),
    ("leaving", "leave you"),
    ("intention to buy", "buy something"),
)
"""What somebody wanted, as they would say it after 'I wanted to'."""
HANDLES = {
    "email": "e-mail",
    "phone": "phone",
    "account": "account",
    "card": "card",
    "device": "device",
    "name": "name",
}
DONE = {
    "reply": "we answered you",
    "thank": "we thanked you",
    "call": "we called you",
    "fix": "we put something right",
    "refund": "we gave money back",
    "invite": "we invited you",
    "publish advice": "we published advice",
}
WROTE = {
    "answer": "what we wrote to you",
    "thank": "our thanks to you",
    "note": "a note about you",
    "refund": "a note about money given back",
    "close": "a note when your case was closed",
    "correct": "a note about what was put right",
}
STATES = {"open": "waits for us", "answered": "we answered", "resolved": "closed"}
BECAME = {"heard": "we heard it", "planned": "we plan it", "shipped": "we did it", "declined": "we will not do it"}
PARTS = {
    "spend": ("What you spend", "You have not bought often enough for a guess."),
    "referral": ("Whom you bring", "Nobody yet that we know of."),
    "influence": ("Who listens to you", "Nobody yet that we know of."),
    "knowledge": ("What you teach us", "Nothing yet that we could put a sum on."),
}
"""The four parts of what follows: the name, and what stands where there is no line."""
LINES = {
    "opening": "Brought forward",
    "purchase": "What you bought",
    "return": "What you gave back",
    "subscription": "Your subscription",
    "spend": "What you may buy",
    "revalued": "Added up again",
    "service": "What serving you costs",
    "referral": "What they may buy whom you brought",
    "acquisition": "Adverts that we did not need",
    "reward": "What you got for it",
    "influence": "What they may buy who listen to you",
    "knowledge": "What you taught us",
    "answer": "Answers that you gave to others",
    "contacts": "Calls that we did not get",
    "idea": "Your ideas",
    "bug report": "Faults that you told us of",
    "test": "Tests that you did",
    "staff choice": "Help in choosing who works here",
    "testimonial": "What you said for us",
    "small ties": "Many small things together",
    "reach": "strangers who could read you",
}
PASSED_ON = {"referral": "For those who brought you", "influence": "For those whom you listen to"}
STANDINGS = {
    "loyal": "buys again",
    "committed": "would tell others to come",
    "apostle": "tells others to come, and some came",
    "owner": "makes us better: by ideas, answers, tests or choosing who works here",
}
REQUESTS = {
    "access": "to see what we hold",
    "rectify": "to put something right",
    "erase": "to be erased",
    "restrict": "to hold still while it is checked",
    "portability": "to take it along",
    "object": "to say no",
}
ASKED = {
    "survey": "We asked how we did",
    "quote": "We asked if we may quote you",
    "invitation": "We asked you to come or to join in",
}
"""What we asked of them."""
TABLES = {
    "people": "your name",
    "handles": "what we know you by",
    "roles": "whom you speak for",
    "purchases": "what you bought",
    "messages": "what you said",
    "readings": "how we read what you said",
    "responses": "your answers to surveys",
    "referrals": "whom you brought",
    "actions": "what we did for you",
    "contributions": "your ideas",
    "events": "what happened",
    "terms": "what you allow",
    "corrections": "what was put right",
    "looks": "who looked at it",
}


ERASED = {
    **TABLES,
    "worth": "your account",
    "tie": "who listens to whom",
    "person": "ways to know you again",
    "link": "guesses who you are",
    "case": "what waited for us",
    "reading": "how we read what you said",
    "batch_raw": "packed copies of what came in, of all people",
    "django_session": "visits to your door",
    "recognisable": "ways to know you at the till",
    "proffered": "what a program of yours agreed with us",
    "search_word": "words to find you by",
    "door_link": "links to your door",
    "ask": "what you looked for",
    "asking": "what we asked of you",
    "referral_code": "your own link",
}
"""What a receipt says went; what has no words of its own here is counted as other things."""
OTHER = "other things of yours"
STAYS = {
    "purchases": "the day and the sum of what you bought",
    "actions": "what we did, but not for whom",
    "deed": "that we wrote, but not to whom or what",
    "audit": "that somebody looked, but not at whom",
    "line": "lines in our books, for all people together",
}
"""What a receipt says stays, without their name."""
KEPT_FOR = {
    "people": "{years} after we last heard of you; then we erase you",
    "handles": "what we only guessed: {years}",
    "roles": "{years} from the day when we wrote it down",
    "terms": "what you chose before: {years}; what holds now stays",
    "purchases": "{years} with your name; then the sum and the day alone",
}
"""How long each kind is kept, where it is not simply so many years."""


def kept_for(table: str, years: float) -> str:
    """How long a kind is kept.

    >>> kept_for("messages", 1), kept_for("people", 7)
    ('1 year', '7 years after we last heard of you; then we erase you')
    """
    said = f"{years:g} year{'' if years == 1 else 's'}"
    return KEPT_FOR.get(table, "{years}").format(years=said)


def line(kind: str, amount: float) -> str:
    """A line of their account, as it is said to them.

    >>> line("referral", -3), line("idea", 3)
    ('For those who brought you', 'Your ideas')
    """
    return PASSED_ON[kind] if amount < 0 and kind in PASSED_ON else LINES.get(kind, kind)


def counted(numbers: dict[str, int], said: dict[str, str], other: str = OTHER) -> list[tuple[str, int]]:
    """The numbers of a receipt in plain words; what has none is added up.

    >>> counted({"worth": 1, "before": 2, "job": 3}, ERASED)
    [('your account', 1), ('other things of yours', 5)]
    """
    found: dict[str, int] = {}
    for name, number in numbers.items():
        words = said.get(name, other)
        found[words] = found.get(words, 0) + number
    return sorted(found.items(), key=lambda pair: pair[0] == other)
