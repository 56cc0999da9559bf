"""Who is probably who in a table of records, with nothing set by hand.

The columns are profiled, spelt one way and compared by kind; blocking rules are proposed from the data; the weights are
learnt without labels (Fellegi and Sunter 1969; expectation-maximisation by Splink, Linacre et al. 2022); records are
gathered into persons by average linkage with a cut chosen from the data. What comes out is probable, never certain: a
hint until a person confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goodwill.errors import InputError
from goodwill.know.links import Explainer, Link, probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.know.resolving.clustering import Cut
    from goodwill.know.resolving.model import Model

APART = -10.0
"""A pair that no rule let meet, or that weighed too little to be kept, weighs this when groups are compared."""
MEMORY = "4GB"


@dataclass(frozen=True)
class Resolution:
    """Who is probably who, and how that was found.

    `people` has a row for each record in the order given (record_id, customer_id, match_probability), `links` a row for
    each pair that may be one person (left_id, right_id, bits, probability, together), the surest first.
    """

    people: pa.Table
    links: pa.Table
    model: Model
    cut: Cut
    pairs_compared: int
    notes: tuple[str, ...]
    prepared: pa.Table = field(repr=False)

    def explain(self, left_id: str, right_id: str) -> Link:
        """Why two records are, or are not, held to be one person: each thing compared and its weight."""
        return Explainer(self.model, self.prepared).explain(left_id, right_id)

    def explain_each(self, pairs: Sequence[tuple[str, str]]) -> list[Link]:
        """The same for many pairs at once."""
        return Explainer(self.model, self.prepared).explain_each(pairs)


def resolve(table: pa.Table, *, api: Any = None) -> pa.Table:
    """Says which records are probably one person's: record_id, customer_id, match_probability, in the order given.

    `table` has `record_id` and any columns of text. `customer_id` is the first of a person's record ids;
    `match_probability` how sure the record's best link to the person is, 1 for a record that stands alone. `api` is a
    Splink database API, DuckDB in memory unless given. The same records give the same answer in any order.

    Raises `InputError` where ids are missing or given twice, or where no column says who somebody is.

    >>> import pyarrow as pa
    >>> names = ["Anna Meyer", "Anna Meyer", "Bob Stone", "Cleo Frost", "Dora Lang", "Emil Haas"]
    >>> mails = ["a.meyer@x.ch", "a.meyer@x.ch", "bob@y.ch", "cleo@z.ch", "dora@v.ch", "emil@w.ch"]
    >>> ids = ["r1", "r2", "r3", "r4", "r5", "r6"]
    >>> resolve(pa.table({"record_id": ids, "name": names, "email": mails}))["customer_id"].to_pylist()
    ['r1', 'r1', 'r3', 'r4', 'r5', 'r6']
    """
    return resolution(table, api=api).people


def resolution(table: pa.Table, *, api: Any = None) -> Resolution:
    """As `resolve`, with the links, the model, the cut and what to know about them."""
    from goodwill.know.resolving.quiet import quiet

    if not table.num_rows:
        raise InputError("there are no records", where="the table", mend="give at least one")
    with quiet():
        return _resolved(table, api or _in_memory())


def _resolved(table: pa.Table, api: Any) -> Resolution:
    from goodwill.know.resolving import scoring
    from goodwill.know.resolving.clustering import choose_cut, cut_at, grow
    from goodwill.know.resolving.evidence import plan, prepare
    from goodwill.know.resolving.model import fit
    from goodwill.know.resolving.profile import profile

    planned = plan(table, profile(table))
    prepared = prepare(table, planned)
    model, registered, name = fit(api, prepared, planned)
    if model.rules:
        pairs = scoring.pairs_of(api, name, list(model.rules))
        compared = int(api.query_sql(f"select count(*) as n from {pairs.physical_name}").as_record_list()[0]["n"])
        weighed = scoring.weigh(registered, model.settings, pairs)
        pairs.drop_table_from_database_and_remove_from_cache()
        left, right, bits = _sorted(weighed)
    else:
        compared, left, right, bits = 0, *(np.zeros(0, kind) for kind in (np.int64, np.int64, np.float64))
    tree = grow(prepared.num_rows, left, right, bits, APART)
    cut = choose_cut(tree)
    first = cut_at(tree, cut.weight)
    return Resolution(
        _people(table, prepared, first, left, right, bits),
        _links(prepared, first, left, right, bits),
        model,
        cut,
        compared,
        _notes(model, cut, compared, first),
        prepared,
    )


def _in_memory() -> Any:
    """DuckDB in memory; what does not fit lies in the system's own folder for what is temporary until it is done."""
    import tempfile

    import duckdb
    from splink.backends.duckdb import DuckDBAPI

    db = duckdb.connect()
    db.execute(f"set enable_progress_bar = false; set memory_limit = '{MEMORY}'; set preserve_insertion_order = false")
    db.execute("set temp_directory = $1", [tempfile.gettempdir()])
    return DuckDBAPI(db)


def _sorted(weighed: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left, right = weighed["row_l"].to_numpy(), weighed["row_r"].to_numpy()
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((high, low))
    return low[order], high[order], np.round(weighed["match_weight"].to_numpy()[order], 6)


def _people(table: pa.Table, prepared: pa.Table, first: Any, left: Any, right: Any, bits: Any) -> pa.Table:
    import pyarrow.compute as pc

    best = np.full(prepared.num_rows, -np.inf)
    inside = first[left] == first[right]
    np.maximum.at(best, left[inside], bits[inside])
    np.maximum.at(best, right[inside], bits[inside])
    alone = np.bincount(first, minlength=prepared.num_rows)[first] == 1
    sure = np.where(alone, 500.0, best)
    at = pc.index_in(table["record_id"].cast(pa.string()).combine_chunks(), prepared["record_id"].combine_chunks())
    ids = prepared["record_id"].combine_chunks()
    return pa.table(
        {
            "record_id": table["record_id"],
            "customer_id": ids.take(pa.array(first)).take(at),
            "match_probability": probabilities(sure).take(at),
        }
    )


def _links(prepared: pa.Table, first: Any, left: Any, right: Any, bits: Any) -> pa.Table:
    order = np.lexsort((right, left, -bits))
    ids = prepared["record_id"].combine_chunks()
    return pa.table(
        {
            "left_id": ids.take(pa.array(left[order])),
            "right_id": ids.take(pa.array(right[order])),
            "bits": pa.array(bits[order]),
            "probability": probabilities(bits[order]),
            "together": pa.array(first[left[order]] == first[right[order]]),
        }
    )


def _notes(model: Model, cut: Cut, compared: int, first: Any) -> tuple[str, ...]:
    """What to know about the answer, in sentences."""
    people = len(np.unique(first))
    every = model.rows * (model.rows - 1) // 2
    notes = [f"{model.rows:,} records are {people:,} people"]
    notes += [f"the column '{name}' was left out: {why}" for name, why in model.plan.left_out]
    notes.append(
        f"{len(model.rules)} blocking rules let {compared:,} of {every:,} pairs meet; they were the broadest that "
        f"found something new among the probable matches of a sample"
    )
    notes.append(
        f"one pair in {1 / model.prior:,.0f} is held to be one person's: about {model.prior * every:,.0f} pairs"
    )
    notes.append(
        f"groups join while their mean weight is at least {cut.weight:+.2f} bits (a probability of "
        f"{cut.probability:.3f}); that cut was chosen because {cut.chosen}"
    )
    return tuple(notes)
