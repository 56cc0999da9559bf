"""Everybody can read the pages: axe-core finds nothing, on any screen, in any scheme, with everything opened."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from service.pages import shop
from service.pages.test_screens import LOOKS, SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def violations(tab: Any, axe: str) -> list[str]:
    # By the debugger's own way in, which the pages' policy does not bind.
    tab.page.evaluate(axe)
    found = tab.page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_axe_finds_nothing(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    shop.fill()
    anna = site.service.colleague(name="Anna Keller")
    wrong: list[str] = []
    for name, path in SCREENS.items():
        tab = site.tab(None if name == "sign-in" else anna, width=width, color_scheme=scheme).go(path)
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        wrong += [f"{name}, opened: {one}" for one in violations(tab, axe)]
    assert not wrong, "\n".join(wrong)


def test_headings_go_down_one_step_at_a_time(site: Any) -> None:
    shop.fill()
    anna = site.service.colleague()
    for path in SCREENS.values():
        tab = site.tab(anna).go(path)
        levels = tab.page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3')]"
            ".filter(one => one.checkVisibility()).map(one => +one.tagName[1])"
        )
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
