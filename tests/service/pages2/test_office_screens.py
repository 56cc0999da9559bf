"""Every further screen in a real browser: light, dark and narrow; pictures in tests/pictures/; axe finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.pages.test_for_everyone import violations
from service.pages2 import office

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]

LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light")]
SCREENS = {
    "customers": "/customers",
    "customers-filtered": "/customers?standing=owner&sort=name&order=down",
    "causes": "/causes",
    "promises": "/promises",
    "proposals": "/proposals",
    "unread": "/unread",
    "settings": "/settings",
    "settings-promises": "/settings?tab=promises",
    "settings-assumptions": "/settings?tab=assumptions&edit=assumptions.margin",
    "settings-alerts": "/settings?tab=alerts",
    "people": "/people",
    "self": "/self",
    "tokens": "/tokens",
    "audit": "/audit",
    "jobs": "/jobs",
}
EMPTY = ("/customers", "/causes", "/promises", "/proposals", "/sources", "/unread", "/settings?tab=promises", "/people",
         "/tokens", "/audit", "/jobs")  # fmt: skip
ORDERS = "Order No;Client;Date;Total (EUR)\n7;ann;31.01.2026;1.234,50\n8;ben;01.02.2026;12,00\n9;cy;32.13.2026;1,00\n"


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_screen_fits_and_is_for_everyone(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    anna = office.fill(site.service)
    tab, wrong = site.tab(anna, width=width, color_scheme=scheme), []
    for name, path in SCREENS.items():
        tab.go(path).picture(f"{name}-{look}")
        tab.fits()
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
    assert not wrong, "\n".join(wrong)


def test_empty_screens_say_what_to_do(site: Any, axe: str) -> None:
    anna = site.service.colleague(name="Anna Keller")
    for width in (1280, 375):
        tab = site.tab(anna, width=width)
        for path in EMPTY:
            tab.go(path).fits()
            assert not violations(tab, axe), path
            tab.picture(f"empty-{path.strip('/').partition('?')[0]}-{width}")
    viewer = site.service.colleague("vera@firm.example", "viewer")
    tab = site.tab(viewer)
    for path in ("/customers", "/causes", "/promises"):
        tab.go(path)
        assert "first valuation" in tab.page.inner_text("main") or "No cause yet" in tab.page.inner_text("main")


def test_groups_of_a_viewer(site: Any, axe: str) -> None:
    office.fill(site.service)
    for width in (1280, 375):
        tab = site.tab(site.service.colleague(f"vera{width}@firm.example", "viewer"), width=width).go("/customers")
        tab.picture(f"customers-viewer-{width}")
        tab.fits()
        assert not violations(tab, axe)


def test_a_file_is_looked_at_and_taken_in(site: Any, axe: str, tmp_path: Path) -> None:
    from goodwill.service import intake, jobs
    from goodwill.service.store.models import Job

    anna = site.service.colleague(name="Anna Keller")
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    tab = site.tab(anna).go("/sources")
    tab.page.set_input_files("input[type=file]", file)
    tab.page.click("text=Look at it")
    assert "Looks like purchases" in tab.page.inner_text("main")
    tab.picture("look-light")
    tab.page.set_viewport_size({"width": 375, "height": 800})
    tab.fits()
    assert not violations(tab, axe)
    tab.picture("look-phone")
    tab.page.click("text=Take it in")
    assert "being taken in" in tab.page.inner_text(".toast")
    one = Job.objects.get()
    work = jobs.kinds()[one.name].work
    assert work(lambda *_: None, **one.arguments) == "orders.csv: 0 of 2 rows stored; it goes on"
    tab.go("/sources")
    assert tab.page.locator("#imports progress").count() == 1
    tab.picture("imports-moving-phone")
    while intake.drain().batches:
        pass
    said = work(lambda *_: None, **one.arguments)
    assert said.startswith("orders.csv: ") and "2 purchases" in said and "1 thing could not be read" in said
    # The list keeps itself fresh; then it rests.
    tab.page.wait_for_selector("#imports:has-text('2 new')")
    assert tab.page.locator("#imports progress").count() == 0
    tab.page.click("text=Undo…")
    tab.fits()
    assert not violations(tab, axe)
    tab.picture("imports-phone")
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.picture("imports-light")
    dark = site.tab(anna, color_scheme="dark").go("/sources")
    assert not violations(dark, axe)
    dark.picture("imports-dark")
    tab.page.click("text=Undo all of it")
    assert "is being undone" in tab.page.inner_text(".toast")


def test_customers_by_keys_alone(site: Any) -> None:
    anna = office.fill(site.service)
    tab = site.tab(anna).go("/customers")
    page = tab.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.querySelector('[aria-current][data-row]').dataset.row") != ""
    page.keyboard.press("/")
    page.wait_for_selector("#f-q:focus")
    page.keyboard.type("Bauer")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Bauer**")
    assert page.locator("tbody tr").count() > 0
    assert all("Bauer" in words for words in page.locator("tbody .who").all_inner_texts())
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/c0**")


def test_without_scripts(site: Any) -> None:
    anna = office.fill(site.service)
    tab = site.tab(anna, java_script_enabled=False)
    page = tab.page
    page.goto(site.address + "/customers")
    page.select_option("#f-standing", "owner")
    page.click("text=Show")
    assert "standing=owner" in page.url
    page.fill("#view-name", "Owners")
    page.click("text=Keep it")
    assert page.locator(".views a", has_text="Owners").count() == 2
    page.goto(site.address + "/settings?tab=assumptions")
    page.click("[aria-label='Change contact cost']")
    page.fill("#a-value", "7,5")
    page.fill("#a-high", "9")
    page.click("text=Keep it")
    assert "7.5" in page.locator("tr[id='assumptions.contact_cost']").inner_text()
