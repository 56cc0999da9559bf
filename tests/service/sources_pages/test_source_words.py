"""Groups of kinds and the small bars."""

from __future__ import annotations

import pytest

pytest.importorskip("django")

from goodwill.service.pages.source_words import GROUPS, OTHERS, groups, sparkline


def test_every_kind_stands_in_one_group_and_every_name_is_one() -> None:
    from goodwill.listen.sources import names

    grouped = [name for _, members in GROUPS for name in members]
    assert sorted(grouped) == sorted(set(grouped))
    assert set(grouped) <= set(names())
    shown = [kind.name for _, kinds in groups() for kind in kinds]
    assert sorted(shown) == list(names())
    assert OTHERS not in dict(groups()), "a kind has no group yet: name it in GROUPS"


def test_bars_are_as_high_as_their_day_and_say_their_figures() -> None:
    drawn = sparkline([0, 5, 10, 0])
    assert [part.split('"')[1] for part in drawn.split("<rect")[1:]] != []
    assert drawn.count("<rect") == 4 and drawn.count('class="track"') == 2
    assert 'y="10" width="6" height="10"' in drawn and 'y="0" width="6" height="20"' in drawn
    assert "15 rows in 4 days, 0 today, 10 on the fullest day" in drawn
    assert "nothing in 14 days" in sparkline([0] * 14)
    assert "style=" not in drawn and "<script" not in drawn
