"""A result becomes a page: every section is made here, in the order in which it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goodwill.report.books import books
from goodwill.report.commons import commons
from goodwill.report.customers import concentration, persons, top, words_about
from goodwill.report.figures import NAMES, SYMBOLS, count, day
from goodwill.report.grounds import grounds
from goodwill.report.love import love
from goodwill.report.meeting import sentences
from goodwill.report.now import now_section
from goodwill.report.order import order
from goodwill.report.proof import flows, flows_words, practices, practices_words
from goodwill.report.sources import mapping, unread
from goodwill.report.spend_choice import spend_choice
from goodwill.report.talk import claims, talk
from goodwill.report.view import Empty

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.report.spend_choice import SpendChoice
    from goodwill.report.view import (
        Books,
        Claims,
        Commons,
        Concentration,
        CustomerRow,
        FlowRow,
        Grounds,
        Love,
        MappedFile,
        NowSection,
        Order,
        Practice,
        Talk,
        Unread,
    )

CONTENTS = (
    ("books", "The sum that balances"),
    ("practices", "The price of each practice"),
    ("customers", "What follows from whom"),
    ("concentration", "In how few hands"),
    ("now", "Who to answer now"),
    ("talk", "What they talk about"),
    ("claims", "What the facts contradict"),
    ("love", "Would they recommend us?"),
    ("flows", "Who talks to whom"),
    ("commons", "Community and promises"),
    ("grounds", "Measured, estimated, assumed"),
    ("models", "Which model foretells purchases"),
    ("order", "How firm is the order?"),
    ("unread", "What could not be read"),
    ("columns", "How columns were understood"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole of it, as the template lays it out."""

    firm: str
    title: str
    dateline: tuple[str, ...]
    as_of: str
    as_of_iso: str
    currency: str
    currency_name: str
    sentence: tuple[str, ...]
    books: Books
    practices: tuple[Practice, ...]
    practices_words: str
    customers: tuple[CustomerRow, ...]
    customers_words: str
    concentration: Concentration
    now: NowSection
    talk: Talk
    claims: Claims
    love: Love
    flows: tuple[FlowRow, ...]
    flows_words: str
    commons: Commons
    grounds: Grounds
    spend_choice: SpendChoice
    order: Order
    unread: Unread
    mapping: tuple[MappedFile, ...]
    practices_empty: Empty | None = None
    customers_empty: Empty | None = None
    flows_empty: Empty | None = None
    mapping_empty: Empty | None = None
    version: str = ""
    contents: tuple[tuple[str, str], ...] = field(default=())


def make_page(result: Any) -> Page:
    """Everything on the page, put into words and figures."""
    firm: Firm = result.facts.firm
    customers = top(result.worth, result.facts)
    caused = practices(result)
    flowing = flows(result)
    columns = mapping(result)
    number = persons(result.worth).num_rows
    symbol = SYMBOLS.get(firm.currency, firm.currency)
    return Page(
        firm=firm.name,
        title=f"What {_of(firm.name)} customers are worth",
        dateline=(
            f"On {day(result.as_of, firm.zone)}, for the {result.horizon_days} days ahead:",
            f"{count(number, 'customer')}.",
            f"Sums are in {NAMES.get(firm.currency, firm.currency)} ({symbol}), to two significant figures;"
            " the small figures beside them are intervals, 80 % unless said. Exact cents stand in the books alone.",
        ),
        as_of=day(result.as_of, firm.zone),
        as_of_iso=result.as_of.isoformat(),
        currency=symbol,
        currency_name=NAMES.get(firm.currency, firm.currency),
        sentence=sentences(result, caused, symbol),
        books=books(result),
        practices=caused,
        practices_words=practices_words(result),
        practices_empty=None
        if caused
        else Empty(
            "No cause yet.", "Name the practices and faults behind complaints in causes.csv, with what each earns."
        ),
        customers=customers,
        customers_words=words_about(customers),
        customers_empty=None if customers else Empty("Nobody yet.", "Purchases bring customers: add purchases.csv."),
        concentration=concentration(result),
        now=now_section(result),
        talk=talk(result),
        claims=claims(result),
        love=love(result),
        flows=flowing,
        flows_words=flows_words(result),
        flows_empty=None if flowing else Empty("No message yet.", "Add messages.csv: what customers say, to anybody."),
        commons=commons(result),
        grounds=grounds(result),
        spend_choice=spend_choice(result.valuation.spend),
        order=order(result),
        unread=unread(result),
        mapping=columns,
        mapping_empty=None if columns else Empty("Nothing to understand: the facts came as tables, not as files."),
        contents=CONTENTS,
    )


def _of(name: str) -> str:
    """The possessive.

    >>> _of("Overboard PC"), _of("Parts")
    ('Overboard PC’s', 'Parts’')
    """
    return name + ("’" if name.endswith(("s", "S")) else "’s")
