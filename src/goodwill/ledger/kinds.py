"""Which kind of entry belongs to which part of a worth: the one table."""

from __future__ import annotations

from typing import Final

PARTS: Final = ("spend", "referral", "influence", "knowledge")

PART_OF_KIND: Final[dict[str, str]] = {
    # what the customer pays
    "opening": "spend",
    "purchase": "spend",
    "return": "spend",
    "subscription": "spend",
    "spend": "spend",
    "revalued": "spend",
    "service": "spend",
    # whom the customer brings
    "referral": "referral",
    "acquisition": "referral",
    "reward": "referral",
    # whom the customer sways
    "influence": "influence",
    # what the customer teaches, and spares us
    "knowledge": "knowledge",
    "answer": "knowledge",
    "contacts": "knowledge",
    "idea": "knowledge",
    "bug report": "knowledge",
    "test": "knowledge",
    "staff choice": "knowledge",
    "testimonial": "knowledge",
}

TIE_KINDS: Final = ("referral", "influence")  # money that passes from one customer to another
SMALL_TIES: Final = "small ties"  # ties below a cent, together; its rule begins with the kind of tie
REACH: Final = "reach"  # strangers: on a customer's account, outside every sum
CAUSE_KINDS: Final = ("harm", "earns")  # on the account of a cause, beside the sums
OWN_KINDS: Final = tuple(kind for kind in PART_OF_KIND if kind not in TIE_KINDS)
BESIDE_THE_SUMS: Final = (REACH, *CAUSE_KINDS)
BESIDE: Final = -1  # the part code of those

EVIDENCE: Final = ("measured", "estimated", "assumed")
MEASURED: Final = 1
ESTIMATED: Final = 2
ASSUMED: Final = 4  # the codes add: 3 is measured and estimated


def part_code(kind: str) -> int:
    """The position in PARTS of a kind, BESIDE for what stands in no sum.

    >>> PARTS[part_code("answer")], part_code("reach")
    ('knowledge', -1)
    """
    return BESIDE if kind in BESIDE_THE_SUMS else PARTS.index(PART_OF_KIND[kind])
