"""The people of the stories, with fixed ids, placed in the invented firm whatever its size and seed.

The first `RESERVED` customers are theirs; no complaint, question or praise of chance is put into their mouths. (Tom and
Rosa also write and answer as members do, and Rosa's friends respond to her.) What they bought and said is below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo.setting import TODAY, day

if TYPE_CHECKING:
    from goodwill.demo.people import People

DANA, TOM, OWNER, ALDERMOOR, LOUD, QUIET, MISTAKEN = (f"C{number:07d}" for number in range(1, 8))
"""Dana (the download), Tom (the return), Rosa (the owner), the firm that Dana advises, two customers with the same
trouble (one with an audience and a project log, one without), and the author of a wrong review."""
FRIENDS = tuple(f"C{number:07d}" for number in range(8, 18))
"""Those whom the owner brought."""
RESERVED = 17
OWNER_INDEX = 2
FRIEND_INDICES = tuple(range(7, 17))
NAMES = {
    0: "Dana Whitlock",
    1: "Tom Abernathy",
    2: "Rosa Lindqvist",
    3: "Aldermoor Logistics",
    4: "Vic Tarrant",
    5: "Jo Pemberton",
    6: "Max Oduya",
}
ACCOUNTS = {
    0: ("twitter", "@danawhitlock"),
    1: ("twitter", "@tombuildspcs"),
    2: ("forum", "rosa_l"),
    4: ("twitter", "@victarrantmods"),
    6: ("review", "Max O."),
}
"""Public accounts that the firm knows to be theirs."""
MORE_ACCOUNTS = (
    (1, "facebook", "tom.abernathy.builds"),
    (1, "blog", "tombuilds.example"),
    (2, "twitter", "@rosa_builds"),
    (4, "forum", "vic_mods"),
)
EXPERT = "thermalnotes.example"
"""A blogger who is no customer: a voice."""

DANA_CHAT, DANA_TWEET = "chatdesk:dana-1", "twitter:dana-2"
TOM_THANKS = ("helpdesk:tom-1", "twitter:tom-2", "facebook:tom-3", "blogwatch:tom-4")
LOUD_TROUBLE, QUIET_TROUBLE = "twitter:equal-loud", "helpdesk:equal-quiet"
WRONG_REVIEW = "reviews:mistaken-1"
BATTERY_ADVICE_ACTION = "act-battery-advice"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a story's person (or the expert: −1) said."""

    message_id: str
    author: int
    at: float
    channel: str
    kind: str
    text: str
    handle: str = ""
    audience: int = 0
    reply_to: str = ""
    rating: float = 0.0
    to_us: bool = True
    cause: str = ""
    anger: int = 0
    accepted: bool = False
    votes: int = 0
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase of a story's person; money in cents of `currency`."""

    purchase_id: str
    buyer: int
    at: float
    cents: int
    margin_cents: int
    currency: str = "EUR"
    kind: str = "sale"
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Done:
    """Something that the firm did for a story's person."""

    action_id: str
    message_id: str
    customer: int
    at: float
    staff: str
    kind: str
    minutes: float
    cost_cents: int
    channel: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Stories:
    """All that the stories add to the world."""

    said: tuple[Said, ...]
    bought: tuple[Bought, ...]
    done: tuple[Done, ...]
    failures: tuple[tuple[str, int, float, str, str], ...] = field(default=())  # id, who, at, place, detail


def shape(people: People) -> None:
    """Gives the stories' people their place in the world, in place: what they are like, not what will happen."""
    first = slice(0, RESERVED)
    people.organisation[first] = False
    people.source[first] = 3
    people.language[first] = 0
    people.country[first] = 0
    people.lapse[first] = 0.15 / 365
    people.life_end[first] = np.inf
    people.registered_only[first] = False
    people.total_share[first] = 0.0
    people.power[first] = 0.0
    people.scripted[:] = False
    people.scripted[[0, 4, 5, 6]] = True

    arrivals = [day(2025, 6, 3), day(2025, 5, 12), 12.0, 30.0, day(2026, 1, 20), day(2026, 1, 22), day(2026, 8, 4)]
    people.arrival[:7] = arrivals
    people.rate[:7] = np.array([1.2, 3.5, 7.0, 38.0, 2.0, 2.0, 1.5]) / 365
    people.ticket[:7] = [32.0, 110.0, 120.0, 1850.0, 95.0, 95.0, 60.0]
    people.margin_rate[:7] = [0.55, 0.28, 0.3, 0.21, 0.29, 0.29, 0.29]
    people.organisation[3] = True
    people.country[0] = 5  # the United States
    people.craft[[1, 2, 4]] = [1, 1, 6]
    people.member[[1, 2, 4]] = True
    people.power[[1, 2]] = [5.0, 40.0]
    people.followers[:7] = [6214, 1830, 640, 0, 48_000, 12, 40]
    people.content[:3] = [0.0, 1.5, 2.0]

    friends = np.array(FRIEND_INDICES)
    people.source[friends] = 1
    people.arrival[friends] = np.linspace(TODAY - 340, TODAY - 25, len(friends))
    people.rate[friends] = np.maximum(people.rate[friends], 4.0 / 365)
    people.craft[friends] = 1


def tell() -> Stories:
    """What the stories' people bought, said and met with; the same in every world."""
    return Stories(said=_said(), bought=_bought(), done=_done(), failures=_failures())


def _said() -> tuple[Said, ...]:
    dana, tom, rosa, loud, quiet, mistaken = 0, 1, 2, 4, 5, 6
    last = TODAY
    returned = day(2026, 9, 21)
    return (
        Said(
            DANA_CHAT,
            dana,
            last - 1.6 / 24,
            "chat",
            "fee",
            "Hello, I bought the disk cloning tool yesterday for $24.95 and the download failed at 80 %. Now the link "
            "says it has expired. Can you send me a new one please?\nYour colleague says I have to pay another $25.95 "
            "to download it again? I have paid already and never got it!",
            handle="dana.whitlock@mailbox.example",
            cause="download-fee",
            anger=1,
            topic="downloads",
        ),
        Said(
            DANA_TWEET,
            dana,
            last - 0.5 / 24,
            "twitter",
            "warning",
            "Unbelievable. @HedgerowPC sold me a $24.95 download that failed, then told me to pay $25.95 MORE to "
            "download it again. I paid. I got nothing. Stay away from these people, I tell my clients the same.",
            handle="@danawhitlock",
            audience=6214,
            to_us=False,
            cause="download-fee",
            anger=2,
            topic="downloads",
        ),
        Said(
            TOM_THANKS[0],
            tom,
            returned,
            "email",
            "staff_praise",
            "Dear all, I want to thank Gareth for how he handled the return of my motherboard. He answered within "
            "the hour, sent the new board before the old one was back and even rang me to check that it boots. I "
            "have never had service like this. Tom",
            handle="tom.abernathy@post.example",
        ),
        Said(
            TOM_THANKS[1],
            tom,
            returned + 0.1,
            "twitter",
            "recommend",
            "Dead motherboard on Monday, new one running on Wednesday, no argument, no fee. Gareth at @HedgerowPC is a "
            "star. If you build PCs, buy there.",
            handle="@tombuildspcs",
            audience=1830,
            to_us=False,
        ),
        Said(
            TOM_THANKS[2],
            tom,
            returned + 0.4,
            "facebook",
            "recommend",
            "Huge thank you to Gareth of Hedgerow Computing, who turned my motherboard disaster into the best return "
            "I ever had. Highly recommended!",
            handle="tom.abernathy.builds",
            audience=420,
            to_us=False,
        ),
        Said(
            TOM_THANKS[3],
            tom,
            returned + 5,
            "blog",
            "guide",
            "How a return should be done. My new motherboard would not post. I wrote to Hedgerow Computing and "
            "Gareth took over: a replacement the next day, a prepaid label for the old one and a call to see that "
            "all was well. Here is how we found the fault step by step, and why I will buy my next build there.",
            handle="tombuilds.example",
            audience=2600,
            to_us=False,
        ),
        Said(
            "forum:rosa-guide",
            rosa,
            day(2026, 3, 2),
            "forum",
            "guide",
            "My guide to a really silent build: big slow fans, soft mounts, a Thornlea power supply that stands still "
            "below 40 %, and patience with the fan curves. Parts list with what I would buy again below.",
            handle="rosa_l",
            audience=3900,
            to_us=False,
            votes=61,
        ),
        Said(
            "twitter:rosa-1",
            rosa,
            day(2026, 7, 9),
            "twitter",
            "recommend",
            "Three friends asked me where to buy parts this month. Same answer as ever: @HedgerowPC. They answer, "
            "they listen, they build it in.",
            handle="@rosa_builds",
            audience=640,
            to_us=False,
        ),
        Said(
            LOUD_TROUBLE,
            loud,
            last - 20.2 / 24,
            "twitter",
            "late",
            "@HedgerowPC my riser cable should have been here on Thursday and tracking has not moved for three days. "
            "The project log is waiting. Where is it?",
            handle="@victarrantmods",
            audience=48_000,
            cause="late-parcels",
            anger=1,
            topic="delivery",
        ),
        Said(
            QUIET_TROUBLE,
            quiet,
            last - 20.0 / 24,
            "email",
            "late",
            "Hello, my riser cable should have been here on Thursday and the tracking has not moved for three days. "
            "Can you tell me where it is? Jo",
            handle="jo.pemberton@post.example",
            cause="late-parcels",
            anger=1,
            topic="delivery",
        ),
        Said(
            WRONG_REVIEW,
            mistaken,
            last - 40.0 / 24,
            "review",
            "review_bad",
            "One star. The description says 850 W but the sticker on the box says 650 W, so they lie about what they "
            "sell. (Order HC-MISTAKEN, the 650 W power supply.)",
            handle="Max O.",
            audience=210,
            rating=1.0,
            cause="",
            anger=1,
        ),
        Said(
            "blogwatch:expert-1",
            -1,
            day(2026, 5, 18),
            "blog",
            "guide",
            "Thermal paste, measured again: eleven pastes, three coolers, four weeks. The differences are smaller than "
            "the shops say. Raw numbers and method inside; parts bought with my own money.",
            handle=EXPERT,
            audience=31_000,
            to_us=False,
        ),
        Said(
            "blogwatch:expert-2",
            -1,
            day(2026, 9, 3),
            "blog",
            "guide",
            "Why your water cooler gurgles, and the two-minute cure. With pictures of where the air sits and how to "
            "turn the radiator.",
            handle=EXPERT,
            audience=27_500,
            to_us=False,
        ),
    )


def _bought() -> tuple[Bought, ...]:
    returned = day(2026, 9, 18)
    return (
        Bought("HC-DANA-1", 0, day(2025, 6, 3), 3490, 1700, "USD"),
        Bought("HC-DANA-2", 0, day(2026, 2, 14), 1995, 1100, "USD"),
        Bought("HC-DANA-3", 0, TODAY - 21.5 / 24, 2495, 1900, "USD"),
        Bought("HC-TOM-BOARD", 1, returned - 9, 18_900, 4900),
        Bought("HC-TOM-BACK", 1, returned, -18_900, -4900, kind="return"),
        Bought("HC-TOM-NEW", 1, returned + 0.2, 18_900, 4900),
        Bought("HC-LOUD-1", 4, day(2026, 1, 20), 9900, 2900),
        Bought("HC-LOUD-2", 4, TODAY - 6, 4990, 1500),
        Bought("HC-QUIET-1", 5, day(2026, 1, 22), 9900, 2900),
        Bought("HC-QUIET-2", 5, TODAY - 6, 4990, 1500),
        Bought("HC-MISTAKEN", 6, day(2026, 8, 4), 7990, 2200),
    )


def _done() -> tuple[Done, ...]:
    returned = day(2026, 9, 18)
    return (
        Done("act-tom-1", "", 1, returned, "Gareth", "fix", 25, 2600, "email"),
        Done("act-tom-2", "", 1, returned + 1.5, "Gareth", "call", 10, 520, "phone"),
        Done("act-rosa-1", "forum:rosa-guide", 2, day(2026, 3, 3), "Mina", "thank", 6, 310, "forum"),
        Done(
            BATTERY_ADVICE_ACTION, "", -1, day(2026, 4, 8), "Ellen", "publish advice", 240, 12_400, "forum", "batteries"
        ),
    )


def _failures() -> tuple[tuple[str, int, float, str, str], ...]:
    return (("ev-dana-1", 0, TODAY - 21.2 / 24, "downloads", "download failed at 80 %: disk cloning tool"),)
