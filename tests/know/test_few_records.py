"""With few records: what is rare is not told by the pair itself, a level that taught nothing stops nobody, and what is
said to be sure is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goodwill.know import resolution
from goodwill.know.resolving import rarity


def shop(records: int, seed: int) -> tuple[pa.Table, dict[str, int]]:
    """What a shop holds: names and few handles, five records for four people, of whom some have two addresses."""
    rng = np.random.default_rng(seed)
    people = records * 4 // 5
    owner = np.concatenate([np.arange(people), rng.integers(0, people, records - people)])
    syllables = ["ba", "do", "fi", "gu", "ka", "le", "mo", "ni", "pa", "ro", "su", "te", "va", "wi", "ze", "an", "el"]

    def word(length: int) -> str:
        return "".join(syllables[int(at)] for at in rng.integers(0, len(syllables), length))

    given, surname = [word(2) for _ in range(60)], [word(3) for _ in range(people)]
    names = [f"{given[int(rng.integers(60))]} {surname[int(rng.integers(people))]}" for _ in range(people)]
    rows: list[dict[str, Any]] = []
    for place, person in enumerate(owner.tolist()):
        first, _, last = names[person].partition(" ")
        name = f"{first[0]}. {last}" if rng.random() < 0.1 else names[person]
        second = rng.random() < 0.3
        mail = f"{first}{person}@{'work' if second else 'mail'}.example" if rng.random() > 0.35 else None
        phone = f"+4179{person:07d}" if rng.random() > 0.6 else None
        account = f"{first}_{last[:3]}{person % 97}" if rng.random() > 0.7 else None
        country = ("CH", "DE", "AT")[person % 3] if rng.random() > 0.3 else None
        rows.append({"record_id": f"r{place:05d}", "name": name, "email": mail, "phone": phone, "account": account,
                     "country": country})  # fmt: skip
    return pa.Table.from_pylist(rows), dict(zip((row["record_id"] for row in rows), owner.tolist(), strict=True))


def test_the_pair_itself_makes_no_value_common() -> None:
    u = 1e-4
    assert rarity.share(2, 500, u) < 2.1 * u < 2 / 500  # counted as it stands it would weigh five bits against them
    assert rarity.share(2, 5_000_000, u) == pytest.approx(2 / 5_000_000, rel=0.01)
    assert rarity.share(90, 1_000, u) == pytest.approx(90 / 11_000)
    shares = [rarity.share(count, 1_000, u) for count in range(2, 90)]
    assert shares == sorted(shares)


def test_splink_and_we_count_alike() -> None:
    import duckdb

    expression = rarity.sql("count(*)", "1234", 3.3e-5)
    found = duckdb.sql(f"select {expression} from range(7)").fetchone()
    assert found is not None and found[0] == pytest.approx(rarity.share(7, 1234, 3.3e-5), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_said_to_be_sure_is_true_and_most_are_found(seed: int) -> None:
    table, whose = shop(500, seed)
    found = resolution(table)
    said = found.links.to_pylist()
    true = [whose[one["left_id"]] == whose[one["right_id"]] for one in said]
    sure = [right for one, right in zip(said, true, strict=True) if one["probability"] >= 0.99]
    assert len(sure) > 40 and np.mean(sure) > 0.94
    wanted = sum(list(whose.values()).count(person) > 1 for person in set(whose.values()))
    likely = sum(right for one, right in zip(said, true, strict=True) if one["probability"] >= 0.5)
    assert likely > 0.8 * wanted, (likely, wanted)


def test_a_training_rule_that_breaks_teaches_nothing_and_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Splink gives up where a level's probability sinks to nought, which some tables of a few hundred bring about."""
    from splink.internals.linker_components.training import LinkerTraining

    table, whose = shop(120, 1)
    learns = LinkerTraining.estimate_parameters_using_expectation_maximisation
    tried: list[str] = []

    def breaks_first(self: Any, rule: Any, **given: Any) -> Any:
        tried.append(str(rule))
        if len(tried) == 1:
            self._linker._settings_obj.core_model_settings.comparisons[0].comparison_levels[-1].m_probability = 0.0
        return learns(self, rule, **given)

    monkeypatch.setattr(LinkerTraining, "estimate_parameters_using_expectation_maximisation", breaks_first)
    found = resolution(table)
    assert len(tried) > 1 and found.people.num_rows == len(whose)

    def breaks_otherwise(self: Any, rule: Any, **given: Any) -> Any:
        raise ValueError("something else")

    monkeypatch.setattr(LinkerTraining, "estimate_parameters_using_expectation_maximisation", breaks_otherwise)
    with pytest.raises(ValueError, match="something else"):
        resolution(table)
