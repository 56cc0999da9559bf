"""Every screen in a real browser: light, dark and narrow; pictures to look at in tests/pictures/."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages import shop

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]

LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")]
SCREENS = {
    "now": "/",
    "case": "/case?message=x:1&act=answer",
    "correct": "/case?message=x:1&act=correct",
    "customer": "/customers/tom",
    "books": "/customers/tom?tab=books",
    "timeline": "/customers/tom?tab=timeline",
    "unvalued": "/customers/quiet",
    "fact": "/fact?table=purchases&key=o7441",
    "sign-in": "/sign-in",
}


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_screen_fits_and_nobody_complains(site: Any, look: str, width: int, scheme: str) -> None:
    shop.fill()
    anna = site.service.colleague(name="Anna Keller")
    for name, path in SCREENS.items():
        tab = site.tab(None if name == "sign-in" else anna, width=width, color_scheme=scheme).go(path)
        tab.picture(f"{name}-{look}")
        tab.fits()
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
