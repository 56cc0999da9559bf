"""The price of a practice, on the running service: its bill on a page, and nobody's worth the less for complaining."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape
from typing import TYPE_CHECKING

import pytest

from stories.served import Firm
from stories.shop import SETTINGS, Shop, with_neighbours
from stories.test_the_price_of_a_practice import with_fee

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
COMPLAINED = [f"n{number + 50:03}" for number in range(40)]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    firm = Firm(tmp_path_factory.mktemp("price") / "home", SETTINGS)
    try:
        yield firm
    finally:
        firm.stop()


def sums(firm: Firm) -> dict[str, tuple[float, float]]:
    """What each who complains is worth, and what follows from them."""
    found = {}
    for who in COMPLAINED:
        row = firm.ask(f"/api/v1/customers/{who}")
        found[who] = (row["worth"], row["follows"])
    return found


def test_the_bill_is_on_the_page_and_nobody_is_worth_less_for_complaining(
    firm: Firm, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = with_fee(with_neighbours(Shop(tmp_path_factory.mktemp("files"))))
    complaints = [row for row in shop.tables["messages"] if row["message_id"].startswith("fee")]
    shop.tables["messages"] = [row for row in shop.tables["messages"] if row not in complaints]
    firm.tell_all(shop, "people", "promises", "purchases", "messages")
    firm.command("revalue")
    silent = sums(firm)

    shop.tables["messages"] = complaints
    firm.tell_all(shop, "causes", "messages", "actions")
    firm.command("revalue")
    for who, (worth, follows) in sums(firm).items():
        # Some seconds have passed between the two valuations.
        assert worth >= silent[who][0] * 0.999 and follows >= silent[who][1] * 0.999, who

    assert not any(row["message_id"].startswith("fee") for row in firm.now()), "each was answered"
    with closing(firm.colleague()) as anna:
        page = anna.get("/causes").text
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    row = words[words.index("The download fee practice") :]
    assert "Head of sales" in row, "whose decision it is"
    people, earns, cost, low, high = re.search(
        r"Each customer counts once\..*?taken together, so rather too wide\. (\d+) (\d+) −?([\d,]+) ([\d,]+)–([\d,]+)",
        row,
    ).groups()
    assert (people, earns) == ("40", "150")
    cost, low, high = (int(one.replace(",", "")) for one in (cost, low, high))
    assert 150 < low <= cost <= high, "it costs more than it earns"
