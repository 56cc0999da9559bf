"""How rare a value is that two records share, as far as a table of so many records can tell.

Agreement on a rare value says more than on a common one (Winkler 1989): a level's weight goes up by log2(u / share),
where `share` is how often strangers have that value. Counted as it stands, the share of a value that two records of
one person have is 2 / n at least, and in a table of a few hundred that makes every name look common. So the pair counts
as one sighting, and what is known of any value before counting, u, weighs as much as one: the mean of a gamma
distribution of shape 1 and mean u after the Poisson count, (c − 1 + 1) / (n + 1 / u). With few records the share stays
near u, with many it is the count.
"""

from __future__ import annotations

from typing import Any


def share(count: float, of: float, u: float) -> float:
    """How often strangers have a value, by `count` of `of` records that have it, the pair that shares it among them.

    >>> [float(f"{share(count, of, 1e-4):.2g}") for count, of in ((2, 500), (2, 1_000_000), (40_000, 1_000_000))]
    [0.00019, 2e-06, 0.04]
    """
    return count / (of + 1 / u)


def sql(count: str, of: str, u: float) -> str:
    """The same in SQL."""
    return f"{count}::double / ({of} + {1 / u!r})"


def columns_of(settings: dict[str, Any]) -> dict[str, float]:
    """The prepared columns whose values' rarity counts, each with the u of the level that takes two for the same."""
    levels = (level for comparison in settings["comparisons"] for level in comparison["comparison_levels"])
    return {
        level["tf_adjustment_column"]: level["u_probability"] for level in levels if level.get("tf_adjustment_column")
    }
