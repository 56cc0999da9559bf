"""The invented firm: its calendar, its staff, its shelves, its promises and its practices. Nothing here is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

FIRM = "Hedgerow Computing"
CURRENCY = "EUR"
TIMEZONE = "Europe/Amsterdam"
MARGIN = 0.29
RATES = {"USD": 0.92, "GBP": 1.15}

START = datetime(2024, 11, 1, tzinfo=UTC)
"""The shop opens."""
AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""The instant at which the facts end: the latest of them lies just before it. A Sunday morning."""
TODAY = (AS_OF - START).total_seconds() / 86_400
"""`AS_OF` in days since `START`; every time inside the generator is in these days."""
YEAR = 365.0

SEASON: npt.NDArray[np.float64] = np.array([0.95, 0.88, 0.92, 0.90, 0.88, 0.86, 0.90, 0.95, 1.0, 1.03, 1.38, 1.35])
"""How brisk business is in each month, January first; the mean is 1."""


def day(year: int, month: int, of_month: int, hour: float = 0.0) -> float:
    """An instant in days since `START`.

    >>> day(2024, 11, 2, 12)
    1.5
    """
    return (datetime(year, month, of_month, tzinfo=UTC) - START).total_seconds() / 86_400 + hour / 24


def season(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The season's factor at times in days since `START`; shape as given."""
    first = np.datetime64(START.date(), "D")
    months = (first + np.floor(at).astype("timedelta64[D]")).astype("datetime64[M]").astype(np.int64) % 12
    return SEASON[months]


def instant(at: float) -> datetime:
    """Days since `START` as a datetime, to the second."""
    return START + timedelta(seconds=round(at * 86_400))


# --- who works here, who else sells, where people talk ------------------------------------------------------------

STAFF = ("Gareth", "Mina", "Yusuf", "Ellen", "Pia", "Luca", "Odile", "Stanisław")
RIVALS = ("Partsmonger", "Byteborough", "Coldframe Direct")

CHANNELS = ("email", "chat", "twitter", "facebook", "review", "forum", "blog", "phone")
EMAIL, CHAT, TWITTER, FACEBOOK, REVIEW, FORUM, BLOG, PHONE = range(8)
SOURCES = ("helpdesk", "chatdesk", "twitter", "facebook", "reviews", "forum", "blogwatch", "phonebook")
PUBLIC = np.array([False, False, True, True, True, True, True, False])
PROMISED_HOURS = np.array([48.0, 6.0, 24.0, 36.0, 96.0, 72.0, 120.0, 24.0])
"""In what time everyone gets an answer, by channel."""
HELPS_FOR_DAYS = np.array([4.0, 1.0, 1.5, 2.5, 8.0, 5.0, 10.0, 2.0])
"""After how long an answer helps only 1/e as much: the truth, which the firm does not know."""

CRAFTS = ("gaming", "silent builds", "workstations", "laptops", "home servers", "networking", "small cases", "retro")
"""The circles of the community: people listen mostly to those of their own."""

_MAKERS = ("Bramble", "Thornlea", "Kestrel", "Fenwick", "Oakhurst", "Wrenfield", "Larkspur", "Hollin")
_GOODS = (
    "{} 650 W power supply",
    "{} 850 W power supply",
    "{} 1 TB NVMe drive",
    "{} 2 TB NVMe drive",
    "{} 32 GB memory kit",
    "{} mechanical keyboard",
    "{} 120 mm fan",
    "{} ATX motherboard",
    "{} mini-ITX motherboard",
    "{} graphics card",
    "{} tower case",
    "{} small case",
    "{} 27-inch monitor",
    "{} USB-C dock",
    "{} tower cooler",
    "{} water cooler",
    "{} Wi-Fi card",
    "{} 8-port switch",
    "{} wireless mouse",
    "{} webcam",
    "{} capture card",
    "{} 4-bay NAS",
    "{} riser cable",
    "{} headset",
)
PRODUCTS = tuple(good.format(maker) for good in _GOODS for maker in _MAKERS)
BATTERIES = tuple(
    f"{maker} {size} laptop battery" for maker in ("Bramble", "Kestrel", "Hollin") for size in ("50 Wh", "68 Wh")
)
DOWNLOADS = ("fan-control suite", "RAID recovery tool", "lighting studio", "benchmark pack", "disk cloning tool")

# --- practices, faults and promises -------------------------------------------------------------------------------

CAUSES = ("", "download-fee", "restocking-fee", "batteries", "late-parcels", "faulty-parts", "slow-answers")
NO_CAUSE, FEE, RESTOCKING, BATTERY_FAULT, LATE, FAULTY, SLOW = range(7)

FEE_FROM, FEE_UNTIL = day(2025, 3, 1), day(2026, 8, 1)
"""The download fee in the web shop. The chat desk's script was forgotten: Dana meets it on the last weekend."""
BATTERY_FROM, BATTERY_ADVICE = day(2026, 2, 10), day(2026, 4, 8)
"""The wave of complaints about batteries, and the day on which useful advice was published."""
BATTERY_LEFT = 0.22
"""The truth: what was left of the rate of battery complaints within weeks of the advice."""
STRIKE_FROM = day(2026, 10, 28, 6)
"""The courier's strike in the week of the autumn sale: the reason for the backlog."""


@dataclass(frozen=True, slots=True)
class Truths:
    """Figures that hold in the world and that the firm can only estimate or assume."""

    acquisition_cost: float = 18.0  # what one advertised newcomer costs, money
    contact_share: float = 0.045  # of those who read a solved question, who would have contacted us
    contact_cost: float = 6.4  # money a contact
    influence_share: float = 0.12  # mean total share of those who swayed a customer who was swayed
    influence_half_life: float = 120.0  # days
    would_have_come: float = 0.4  # of those referred, who would have come anyway


TRUTHS = Truths()


def settings_file() -> str:
    """The text of goodwill.toml: what the firm says of itself; its assumptions are near the truth but not it."""

    def listed(words: tuple[str, ...]) -> str:
        return "[" + ", ".join(f'"{word}"' for word in words) + "]"

    topics = {
        "downloads": ("download", "download link", "licence key", "fee to download again"),
        "delivery": ("parcel", "courier", "tracking", "delivery", "shipped"),
        "returns": ("return", "restocking fee", "refund", "send it back"),
        "batteries": ("battery", "batteries", "swollen", "charge"),
        "faults": ("dead on arrival", "broken", "faulty", "stopped working", "coil whine"),
        "compatibility": ("fit", "compatible", "work with", "clearance"),
        "price": ("price", "expensive", "discount", "cheaper"),
        "service": ("support", "helpdesk", "answer", "reply"),
        "noise": ("quiet", "silent", "loud", "fan noise"),
    }
    asked = date(2026, 9, 15).isoformat()
    return "\n".join(
        [
            "# An invented firm, written by goodwill.demo. The truth about it lies in truth/; no run reads that.",
            "[firm]",
            f'name = "{FIRM}"',
            f'currency = "{CURRENCY}"',
            f'timezone = "{TIMEZONE}"',
            f"margin = {MARGIN}",
            "",
            "[rates]",
            *(f"{currency} = {rate}" for currency, rate in RATES.items()),
            "",
            "[topics]",
            *(f"{name} = {listed(words)}" for name, words in topics.items()),
            "",
            f"[staff]\nnames = {listed(STAFF)}",
            "",
            f"[competitors]\nnames = {listed(RIVALS)}",
            "",
            "[assumptions]",
            f'influence_share = {{ value = 0.10, low = 0.05, high = 0.18, by = "Ines, marketing", at = {asked} }}',
            f'would_have_come = {{ value = 0.45, low = 0.30, high = 0.60, by = "Ines, marketing", at = {asked} }}',
            f'acquisition_cost = {{ value = 19, low = 14, high = 25, by = "Ines, marketing", at = {asked} }}',
            f'contact_cost = {{ value = 6, low = 4, high = 9, by = "Bram, service desk", at = {asked} }}',
            f'contact_share = {{ value = 0.05, low = 0.02, high = 0.09, by = "Bram, service desk", at = {asked} }}',
            f'hourly_cost = {{ value = 31, low = 28, high = 34, by = "Bram, service desk", at = {asked} }}',
            "",
        ]
    )
