"""The owner, on the running service: what follows from her by API, itemised, and her standing on a page."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from stories.served import Firm
from stories.shop import SETTINGS, Shop, with_neighbours
from stories.test_the_owner import with_olga

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
PARTS = ("spend", "referral", "influence", "knowledge")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    place = tmp_path_factory.mktemp("owner")
    firm = Firm(place / "home", SETTINGS)
    try:
        firm.tell_all(with_olga(with_neighbours(Shop(place))))
        firm.command("revalue")
        yield firm
    finally:
        firm.stop()


def everybody(firm: Firm) -> list[dict[str, Any]]:
    """Every row of /worth, a page at a time."""
    found, cursor = [], ""
    while True:
        piece = firm.ask(f"/api/v1/worth?limit=100&cursor={cursor}")
        found += piece["items"]
        cursor = piece["next"]
        if not cursor:
            return found


def test_she_is_an_owner_and_what_follows_is_many_times_the_median(firm: Firm) -> None:
    hers = firm.ask("/api/v1/customers/olga")
    rows = everybody(firm)
    assert hers["standing"] == "owner"
    assert [row["customer_id"] for row in firm.ask("/api/v1/worth?standing=owner")["items"]] == ["olga"]
    assert hers["follows"] > 10 * median(row["follows"] for row in rows)
    assert all(hers[part] > 0 for part in PARTS) and hers["referral"] > hers["spend"]
    assert abs(sum(hers[part] for part in PARTS) - hers["follows"]) < 0.01
    friend = next(row for row in rows if row["customer_id"] == "friend0")
    assert friend["passed_on"] < 0 and friend["worth"] < friend["follows"], "nothing is counted twice"


def test_every_part_is_itemised_and_marked(firm: Firm) -> None:
    statement = firm.ask("/api/v1/customers/olga/statement")
    assert {"spend", "referral", "influence", "answer", "idea"} <= {line["what"] for line in statement["lines"]}
    for line in statement["lines"]:
        assert line["evidence"] and set(line["evidence"]) <= {"measured", "estimated", "assumed"}, line
        assert line["rule"], line
    assert abs(statement["lines"][-1]["balance"] - firm.ask("/api/v1/customers/olga")["worth"]) < 0.01


def test_the_page_says_what_she_is_to_us(firm: Firm) -> None:
    with closing(firm.colleague()) as anna:
        first = anna.get("/customers").text
        page = anna.get("/customers/olga")
        timeline = anna.get("/customers/olga", params={"tab": "timeline"}).text
    assert 'href="/customers/olga"' in first[: first.index('href="/customers/n')], "she leads the list"
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
    for said in ("Olga Brandt", "brings", "sways", "teaches", "measured", "estimated"):
        assert said in words, said
    assert re.search(r"\bowner\b", words, re.IGNORECASE), words[:800]
    assert "friend0" not in page.text and "Friend 0" not in page.text, "those whom she brought are counted, not named"
    for said in ("Had an idea", "Helped to choose staff", "Brought somebody", "Tested"):
        assert said in timeline, said
