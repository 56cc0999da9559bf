"""What follows from whom: the top customers in four parts, how few hold half, and how firm the order is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL, STANDINGS
from goodwill.report import bars, charts
from goodwill.report.books import PART_WORDS
from goodwill.report.columns import Cents, cents, in_order, name_of, names_of, strings
from goodwill.report.figures import a_sum, count, in_words, initial, money, percent, whole
from goodwill.report.view import Concentration, CustomerRow, Empty, Fact, Rung

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goodwill.lake import Facts

TOP = 15  # rows of the table of customers
FEW = 5  # figures over fewer people than this are hidden
POINTS = 160  # of the curve: finer than it is drawn
STANDING_WORDS = {
    "owner": "improves us: ideas, answers, tests, staff",
    "apostle": "does recommend, and others came",
    "committed": "would recommend",
    "loyal": "buys again",
    "none": "no sign yet",
}


def persons(worth: pa.Table) -> pa.Table:
    """Everybody but the pool."""
    return worth.filter(pc.not_equal(worth["customer_id"], POOL))


def top(worth: pa.Table, facts: Facts, most: int = TOP) -> tuple[CustomerRow, ...]:
    """The customers from whom most follows, the largest first; by their ids where two are alike."""
    people = persons(worth)
    order = pc.sort_indices(people, sort_keys=[("follows", "descending"), ("customer_id", "ascending")])
    rows = people.take(order[:most]).to_pylist()
    rows = [row for row in rows if row["follows"]]
    names = names_of(facts, [row["customer_id"] for row in rows])
    largest = max((float(row["follows_high"] or row["follows"]) for row in rows), default=0.0)
    longest = max((sum(max(0.0, float(row[part])) for part in PART_WORDS) for row in rows), default=0.0)
    return tuple(_row(row, names, max(min(largest, 2.5 * longest), longest)) for row in rows)


def _row(row: Mapping[str, Any], names: Mapping[str, str], largest: float) -> CustomerRow:
    low, high = (float(row[end] if row[end] is not None else row["follows"]) for end in ("follows_low", "follows_high"))
    return CustomerRow(
        name=name_of(row["customer_id"], names),
        standing=row["standing"] or "none",
        parts=tuple((initial(word), a_sum(row[part])) for part, (word, _) in PART_WORDS.items()),
        follows=a_sum(row["follows"], row["follows_low"], row["follows_high"]),
        worth=a_sum(row["worth"]),
        evidence=in_order(row["evidence"]),
        bar=bars.parts([(part, float(row[part])) for part in PART_WORDS], low, high, largest),
    )


def concentration(result: Any) -> Concentration:
    """How many customers hold half of all worth, and what follows from each standing."""
    people = persons(result.worth)
    held = np.sort(cents(people["worth"]))[::-1]
    total, found = int(held.sum()), result.proof.concentration
    if len(held) < FEW or total <= 0:
        state = Empty("Nothing yet: the curve needs at least five customers whose worth together is above zero.")
        return Concentration(None, (), (), (), state)
    of_all = f"of {count(len(held), 'customer')}: {percent(found.half_share)}"
    figures = [
        Fact("Hold half of all worth", whole(found.half), "", of_all),
        Fact("Ownership quotient", percent(found.ownership_quotient, 1), "", "recommend us to others or improve us"),
        _owner(found),
    ]
    below = int((held < 0).sum())
    words = (
        [f"{initial(count(below, 'customer'))} cost more than they bring, so the curve passes 100 %."] if below else []
    )
    title = "How much of all worth the most valuable customers hold"
    picture = _picture(np.cumsum(held), total, found.half_share)
    drawn = charts.draw(picture, title, "Dashed: as it would be if all were alike.", 260)
    return Concentration(drawn, tuple(figures), tuple(words), _ladder(people))


def _owner(found: Any) -> Fact:
    """What follows from an owner against the median customer, from the firm's own data."""
    name = "An owner against the median customer"
    if found.owners < FEW or not found.owner_times:
        return Fact(name, in_words(found.owners), "", "owner" if found.owners == 1 else "owners: too few to compare")
    times = f"{found.owner_times:.1f}" if found.owner_times < 9.5 else whole(found.owner_times)
    against = f"{money(found.owner_follows)} against {money(found.median_follows)}"
    return Fact(name, f"{times} times", against, "the median of what follows from each")


def _picture(running: Cents, total: int, share: float) -> Any:
    places = np.unique(np.linspace(0, len(running), min(POINTS, len(running)) + 1).round().astype(np.int64))
    held = np.concatenate([[0], running])[places] / total
    across = places / len(running)
    points = [round(float(x), 4) for x in across], [round(float(y), 4) for y in held]
    return lambda width, height: charts.concentration(*points, share, width, height)


def _ladder(people: pa.Table) -> tuple[Rung, ...]:
    code, words = strings(people["standing"])
    follows, worth = cents(people["follows"]), cents(people["worth"])
    rungs: list[Rung] = []
    for standing in reversed(STANDINGS):
        rows = code == words.index(standing) if standing in words else np.zeros(len(code), dtype=np.bool_)
        number = int(rows.sum())
        hide = 0 < number < FEW
        rungs.append(
            Rung(
                name=standing,
                meaning=STANDING_WORDS[standing],
                people=whole(number),
                share=percent(number / len(code)),
                median="hidden" if hide else money(float(np.median(follows[rows])) / 100) if number else "0",
                worth="hidden" if hide else money(float(worth[rows].sum()) / 100),
            )
        )
    return tuple(rungs)


def words_about(rows: Sequence[CustomerRow]) -> str:
    """The lead of the section."""
    if not rows:
        return ""
    return (
        "What follows from a customer in the horizon: what they pay, whom they bring, whom they sway, what they teach. "
        "It overlaps with what follows from others, so it is never added up over people; worth is, and does."
    )
