"""The demo's outbox, and what is asked of a customer, in a real browser: light, dark and narrow; axe finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import fill
from service.pages.test_for_everyone import violations

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")]


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_they_fit_and_are_for_everyone(
    site: Any, axe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: str, width: int, scheme: str
) -> None:
    from goodwill.service.door import budget, letters
    from goodwill.service.ops import mail

    fill()
    monkeypatch.setenv("GOODWILL_OUTBOX", str(tmp_path / "outbox"))
    mail.send("anna@mail.example", *letters.letter("x" * 43))
    mail.send("kim@firm.example", "Somebody in ‘First’ waits for 31 minutes", "Anna Hex, by chat: http://127.0.0.1:1/")
    budget.ask("anna", "invitation", "kim@firm.example", "Test the new case with us on Saturday, 3 May, at ten")
    tab, wrong = site.tab(site.service.colleague(name="Anna Keller"), width=width, color_scheme=scheme), []
    for name, path in {"settings-mail": "/settings?tab=mail", "customer-asked": "/customers/anna"}.items():
        tab.go(path)
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.picture(f"{name}-{look}")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
    assert not wrong, "\n".join(wrong)
