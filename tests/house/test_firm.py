"""goodwill.toml: defaults, and wrong settings named with their place and mend."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from goodwill.assumptions import Assumptions
from goodwill.errors import SettingsError
from goodwill.firm import Firm


def load(tmp_path: Path, text: str) -> Firm:
    file = tmp_path / "goodwill.toml"
    file.write_text(text, encoding="utf-8")
    return Firm.load(file)


def test_a_file_that_is_not_there_gives_the_defaults(tmp_path: Path) -> None:
    firm = Firm.load(tmp_path / "goodwill.toml")
    assert (firm.currency, firm.margin.value, firm.margin.measured) == ("EUR", 0.3, False)


def test_a_stated_margin_is_measured_and_one_in_the_assumptions_is_assumed(tmp_path: Path) -> None:
    assert load(tmp_path, "[firm]\nmargin = 0.24").margin.measured
    assumed = load(
        tmp_path, "[assumptions]\nmargin = {value = 0.2, low = 0.1, high = 0.3, by = 'Anna', at = 2026-05-03}"
    )
    assert (assumed.margin.low, assumed.margin.by, assumed.margin.at) == (0.1, "Anna", date(2026, 5, 3))
    assert not assumed.margin.measured


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[firm]\ntimezone = 'Mars/Olympus'", "no time zone is called 'Mars/Olympus'"),
        ("[firm]\ncurrency = 'euro'", "firm.currency: String should match pattern"),
        ("[rates]\nUSD = 0", "the rate of USD is 0.0; it must be above 0"),
        ("[assumptions]\nmargin = 'much'", "wants a number, or a table {value, low, high, by, at}"),
        ("[assumptions]\nmargin = {value = 0.3, low = 0.5}", "low ≤ value ≤ high does not hold"),
        ("[terms]\nbasis = 'because'", "'legitimate interest' or 'consent'"),
        ("[firm", "not readable as TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert said in str(error.value)
    assert str(tmp_path / "goodwill.toml") in str(error.value)


def test_a_setting_that_nobody_knows_is_named_and_left_aside(tmp_path: Path) -> None:
    firm = load(tmp_path, "[firm]\ncurrncy = 'USD'\nname = 'Hedgerow'\n[colours]\npaper = 'white'")
    assert firm.name == "Hedgerow"
    assert len(firm.unknown) == 2
    assert "firm.currncy: no such setting, so it is left aside; did you mean 'firm.currency'?" in firm.unknown[0]


def test_names_in_any_form(tmp_path: Path) -> None:
    for text in ("staff = ['Gareth', 'Anna']", "[staff]\nnames = ['Gareth', 'Anna']", "[staff]\nGareth = 'Anna'"):
        assert load(tmp_path, text).staff.names == ("Gareth", "Anna")


def test_rates_and_lists_in_short_form(tmp_path: Path) -> None:
    firm = load(tmp_path, "staff = ['Gareth']\n[rates]\nUSD = 0.9\n[topics]\ndelivery = 'late'")
    assert (firm.rate("USD"), firm.rate("EUR"), firm.rate("XYZ")) == (0.9, 1.0, None)
    assert firm.staff.names == ("Gareth",)
    assert firm.topics == {"delivery": ("late",)}


def test_every_assumption_of_our_own_has_a_range_and_says_whose_it_is() -> None:
    for name, field in Assumptions.model_fields.items():
        assert field.default.low <= field.default.value <= field.default.high, name
        assert field.default.by == "goodwill"
        assert field.description
