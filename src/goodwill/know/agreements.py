"""The agreements that a customer may proffer (IEEE Std 7012-2025, 'MyTerms'), and what the firm answers.

IEEE Std 7012-2025, Standard for Machine Readable Personal Privacy Terms: the person proposes, as first party; the
firm accepts, makes one counter-offer, or declines; both keep the same record. The agreements are chosen by name from
a roster that a non-profit keeps (Customer Commons); their texts are there, and are not copied here.

What follows is what *this firm* takes each name to mean for the five purposes of `goodwill.facts.PURPOSES`, in its own
words. It is no summary of the texts, and where they and these words differ, the text that both sides agreed to counts.
The service-delivery agreements ('SD') say what may be done with somebody's data altogether, so they replace what held
before. The personal-data-contribution agreements ('PDC') give something on top of it, so they add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from goodwill.firm import Firm

STANDARD = "IEEE Std 7012-2025"
ROSTER = "https://customercommons.org/p7012/"
State = Literal["accepted", "offered", "declined"]


@dataclass(frozen=True)
class Agreement:
    """One agreement of the roster. `meaning` is how this firm keeps it, in its own words."""

    name: str
    purposes: tuple[str, ...]
    replaces: bool
    meaning: str

    @property
    def text(self) -> str:
        """Where its text is found."""
        return ROSTER


AGREEMENTS = {
    one.name: one
    for one in (
        Agreement("SD-BASE", ("answer me",), True, "We serve and answer you; you are not valued, told news, quoted."),
        Agreement(
            "SD-BASE-DP", ("answer me",), True, "The same, and you can take along what we hold in a form machines read."
        ),
        Agreement(
            "PDC-AI", ("study together",), False, "What you gave us may help to teach our readers, besides what held."
        ),
        Agreement(
            "PDC-GOOD", ("study together",), False, "What you gave us may be part of studies for the common good."
        ),
        Agreement(
            "PDC-INTENT", ("answer me",), False, "What you look for reaches us, is answered, and is never a sales lead."
        ),
    )
}
"""Every agreement that goodwill knows, by its name on the roster."""


@dataclass(frozen=True)
class Decision:
    """What the firm answers to a proffer: `agreement` is the one accepted or offered, None where it declines."""

    state: State
    agreement: str | None


def decide(firm: Firm, agreement: str, *, answers_an_offer: bool = False) -> Decision:
    """By the firm's `[terms] accepts` and `offers`. There is one alternative and no second: an answer to an offer is
    accepted or declined.

    >>> from goodwill.firm import Firm
    >>> decide(Firm(), "SD-BASE"), decide(Firm(), "PDC-AI")
    (Decision(state='accepted', agreement='SD-BASE'), Decision(state='offered', agreement='SD-BASE-DP'))
    >>> decide(Firm(), "PDC-AI", answers_an_offer=True)
    Decision(state='declined', agreement=None)
    """
    if agreement in firm.terms.accepts:
        return Decision("accepted", agreement)
    offered = firm.terms.offers
    if offered in firm.terms.accepts and not answers_an_offer:
        return Decision("offered", offered)
    return Decision("declined", None)
