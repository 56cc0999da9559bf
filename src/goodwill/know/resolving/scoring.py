"""Pairs and their weights: the pairs by the blocking rules, each once, the weights by Splink's prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.know.resolving import rarity

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.know.resolving.blocking import Rule

LOWEST = -8.0
"""Pairs under this weight in bits (a probability of four in a thousand) are forgotten."""


def pairs_of(api: Any, table: str, rules: list[Rule]) -> Any:
    """Every pair that some rule lets meet, once, as Splink wants blocked pairs."""
    union = " union ".join(f"({rule.pairs(table)})" for rule in rules)
    return api.query_sql(f"select join_key_l, join_key_r, '0' as match_key from ({union})")


def weigh(
    prepared: Any, model: dict[str, Any], pairs: Any, *, at_least: float | None = LOWEST, details: bool = False
) -> pa.Table:
    """The pairs that weigh enough: `row_l`, `row_r`, `match_weight` and, with `details`, what each comparison gave.

    `prepared` is the table as registered with a Splink database API, `model` a trained one.
    """
    from splink import Linker

    kept = {**model, "retain_intermediate_calculation_columns": details}
    linker = Linker(prepared, kept, log_level=None)
    linker.table_management.register_blocked_pairs_for_predict(pairs)
    lookups = [_shares(linker, prepared.physical_name, *column) for column in rarity.columns_of(model).items()]
    found = linker.inference.predict(threshold_match_weight=at_least, warning_mode="never")
    table: pa.Table = found.as_pyarrow_table()  # type: ignore[no-untyped-call]
    for made in (found, *lookups):
        made.drop_table_from_database_and_remove_from_cache()
    return table


def _shares(linker: Any, table: str, column: str, u: float) -> Any:
    """Tells Splink how rare each value of a column is (`rarity`); its own count would be the matched pair's, mostly."""
    share = rarity.sql("count(*)", f"(select count({column}) from {table})", u)
    lookup = linker._db_api.query_sql(
        f"select {column}, {share} as tf_{column} from {table} where {column} is not null group by {column}"
    )
    linker.table_management.register_term_frequency_lookup(lookup, column)
    return lookup
