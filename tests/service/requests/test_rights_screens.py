"""Requests, receipts and rules in a real browser: light, dark and narrow; pictures; axe finds nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.erasing import someone as firm
from service.pages.test_for_everyone import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light")]


def fill(anna: Any) -> dict[str, str]:
    """Requests in every state, a hold, and somebody who was erased; the addresses of the screens."""
    from goodwill.service import erasing, requests, retention

    firm.people(2)
    firm.bjorn()
    firm.put(
        "people", {"customer_id": "olga", "name": "Olga Ferreira-Vasconcelos"}, {"customer_id": "ben", "name": "Ben"}
    )
    words = "Please tell me what you have about me, and since when. I asked your shop twice and nobody knew what to do."
    late = requests.open("access", "olga", anna, words, received=firm.NOW - 40 * firm.DAY)
    ready = requests.open("erase", firm.ID, "the customer", "Everything, please.", identity="signed in at the door")
    done = requests.open(
        "object", "ben", "the customer", identity="signed in at the door", received=firm.NOW - firm.DAY
    )
    requests.fulfil(done.number, anna)
    requests.extend(late.number, "We look through the paper files of 2019 too.", anna)
    retention.hold("ben", "purchases", "claim 17 O 233/26", (firm.NOW + timedelta(days=200)).date(), anna)
    gone = requests.open("erase", "other-1", "the customer", identity="signed in at the door")
    receipt = requests.fulfil(gone.number, anna).receipt
    firm.work()
    assert erasing.receipt(receipt)["state"] == "done"
    return {
        "requests": "/requests",
        "request-late": f"/requests/{late.number}",
        "request-ready": f"/requests/{ready.number}",
        "request-done": f"/requests/{done.number}",
        "receipt": f"/receipts/{receipt}",
        "keeping": "/keeping",
        "customer-rights": f"/customers/{firm.ID}",
    }


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_screen_fits_and_is_for_everyone(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    anna = site.service.colleague(name="Anna Keller")
    screens = fill(anna)
    tab, wrong = site.tab(anna, width=width, color_scheme=scheme), []
    for name, path in screens.items():
        tab.go(path).picture(f"{name}-{look}")
        tab.fits()
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
    assert not wrong, "\n".join(wrong)


def test_an_erasure_by_request_without_scripts(site: Any) -> None:
    from goodwill.service import requests

    firm.put("people", {"customer_id": "olga", "name": "Olga Novak"})
    row = requests.open("erase", "olga", "anna")
    page = site.tab(site.service.colleague(), java_script_enabled=False).page
    page.goto(f"{site.address}/requests")
    page.click("text=Erasure")
    page.fill("#identity", "called back")
    page.click("text=Note it")
    page.click("text=Erase them")
    assert "Done, and settled." in page.inner_text("body")
    page.click("main a:has-text('The receipt')")
    assert "It is under way" in page.inner_text("main") and row.number
