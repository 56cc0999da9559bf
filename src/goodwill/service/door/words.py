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
    "took an ask back": "took back what you asked",
    "gave an idea": "gave us an idea",
    "answered an ask": "answered what you asked",
    "saw a case": "looked at what you said",
    "saw a fact": "looked at one thing that we hold",
    "looked up at the till": "knew you again at the till",
    "proposed": "drafted something that a person checks first",
    "read asks": "read what you asked",
}
OWN_ACTS = {"request": "asked for something by law", "terms": "chose what you allow", "erasing": "asked to be erased"}
"""The same where they did it themselves."""
PURPOSES_SAID = {
    "answer me": "to answer you",
    "value me": "to see what you give us",
    "their own": "at your own door",
    "their choice": "because you chose so",
    "mcp": "a program that helps us answer",
    "their request": "because you asked",
    "perk": "to give you what you earned",
    "api": "a program that works for us",
    "erase me": "because you asked to be erased",
}
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


def line(kind: str, amount: float) -> str:
    """A line of their account, as it is said to them.

    >>> line("referral", -3), line("idea", 3)
    ('For those who brought you', 'Your ideas')
    """
    return PASSED_ON[kind] if amount < 0 and kind in PASSED_ON else LINES.get(kind, kind)
