"""Who is who in a real browser: light, dark and narrow; pictures to look at; axe finds nothing; by keys alone."""

from __future__ import annotations

from typing import Any

import pytest

from service.door.visitors import at_the_door
from service.pages.test_for_everyone import violations
from service.who_pages import twins

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")]
LONG = "Konstantina-Alexandra Papadimitriou-Vasiliadou"


def furnish(anna: Any) -> dict[str, str]:
    """Links that wait and that are decided, records made one, roles; the addresses of the screens."""
    from goodwill.service import who
    from goodwill.service.store.models import Setting
    from service.live.filling import put

    twins.fill()
    put(
        "people",
        {"customer_id": "w3", "name": "Wilma K.", "email": "wilma@kern.example"},
        {"customer_id": "k1", "name": LONG, "email": "konstantina.alexandra.papadimitriou@department.example"},
        {"customer_id": "k2", "name": "K. Papadimitriou", "twitter": "konstantina_p"},
        {"customer_id": "wk-shop-0000000000000000000000417", "name": "Wilma Kern", "phone": "+41446681800"},
    )
    put("roles", {"customer_id": "w1", "organisation_id": "northwind", "role": "adviser", "say": 0.3,
                  "entered_by": "Anna Keller", "entered_at": "2026-05-03T10:00:00Z"})  # fmt: skip
    put("roles", {"customer_id": "n1", "organisation_id": "northwind", "role": "buyer", "say": 0.5,
                  "entered_by": "Ben Osei", "entered_at": "2026-05-03T10:00:00Z"})  # fmt: skip
    link = twins.link("w1", "w2", 0.9716)
    twins.link("k1", "k2", 0.9993)
    novak = twins.link("n1", "n2", 0.62)
    who.reject(novak.pk, by=anna, why="Brother and sister; both wrote.")
    twins.link("n1", "k2", 0.55)
    merged = who.merge("w1", "k2", by=anna, why="Said so on the phone.")
    who.undo(merged.number, by=anna, why="Wrong line.")
    twins.link("w3", "n2", 0.51)
    Setting.objects.create(name="who.confirm_above", value=0.9, by="anna@firm.example")
    return {
        "links": "/links",
        "links-decided": "/links?state=rejected",
        "links-one": f"/links/{link.pk}",
        "links-at-once": "/links/at-once",
        "customer-who": "/customers/w1?tab=who&find=novak",
        "organisation-who": "/customers/northwind?tab=who",
        "organisation-who-enter": "/customers/northwind?tab=who&person=novak",
        "settings-who": "/settings?tab=who",
        "customers-found": "/customers?q=priya",
    }


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_screen_fits_and_is_for_everyone(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    anna = site.service.colleague(name="Anna Keller")
    screens = furnish(anna)
    tab, wrong = site.tab(anna, width=width, color_scheme=scheme), []
    for name, path in screens.items():
        tab.go(path).picture(f"{name}-{look}")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
        wrong += [f"{name}, opened: {one}" for one in violations(tab, axe)]
        if name == "customer-who":
            tab.picture(f"{name}-opened-{look}")
    tab.go("/links").page.keyboard.press("Enter")
    tab.page.wait_for_selector(".waterfall")
    tab.picture(f"links-opened-{look}")
    tab.fits()
    wrong += [f"links, why: {one}" for one in violations(tab, axe)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_the_door_says_it_too(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    from goodwill.service import who

    anna = site.service.colleague(name="Anna Keller")
    furnish(anna)
    who.confirm(twins.link("k1", "w1", 0.9).pk, by=anna)
    tab = site.tab(width=width, color_scheme=scheme)
    key = at_the_door(site.service, "w1").cookies["sessionid"].value
    tab.page.context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
    tab.go("/door/held").picture(f"door-who-{look}")
    tab.fits()
    assert not violations(tab, axe)


def test_by_keys_alone(site: Any) -> None:
    from goodwill.service.store.models import Link

    anna = site.service.colleague(name="Anna Keller")
    twins.fill()
    first, second, third = twins.link("w1", "w2", 0.97), twins.link("n1", "n2", 0.8), twins.link("evil", "n2", 0.6)
    tab = site.tab(anna).go("/links")
    page, press = tab.page, tab.page.keyboard.press

    def in_hand() -> str:
        return str(page.evaluate("document.querySelector('[data-row][aria-current]')?.dataset.row"))

    assert in_hand() == str(first.pk)
    press("j")
    assert in_hand() == str(second.pk)
    press("Enter")
    page.wait_for_selector(f"#l{second.pk} .waterfall")
    press("Enter")
    assert page.locator(".waterfall").count() == 0
    press("n")
    page.wait_for_selector("text=Two persons, and never proposed again.")
    assert page.locator("h1").inner_text() == "Who is who: 2" and page.locator("#count-links").inner_text() == "2"
    assert in_hand() == str(third.pk), "the next one is in hand"
    press("k")
    press("c")
    page.wait_for_selector("text=One person from now on.")
    press("u")
    page.wait_for_selector("text=Taken back")
    assert page.locator("h1").inner_text() == "Who is who: 2"
    press("l")
    page.wait_for_selector("text=1 link put off until tomorrow")
    assert {row.pk: row.state for row in Link.objects.all()} == {
        first.pk: "proposed", second.pk: "rejected", third.pk: "proposed",
    }  # fmt: skip
    press("?")
    assert "not the same" in page.locator("dialog.keys").inner_text()


def test_without_scripts(site: Any) -> None:
    anna = site.service.colleague(name="Anna Keller")
    twins.fill()
    twins.link("w1", "w2", 0.97)
    page = site.tab(anna, java_script_enabled=False, width=375).page
    page.goto(site.address + "/links")
    page.click("text=Why")
    assert "All together" in page.inner_text("main")
    page.fill("#why", "She said so.")
    page.click("main button:has-text('One person')")
    assert "One person from now on." in page.inner_text(".toast")
    page.goto(site.address + "/customers/w1?tab=who")
    page.check("input[name=record][value=w2]")
    page.click("text=Split off the ticked")
    assert "Split off. No handle joins them again" in page.inner_text(".toast")
    page.fill("#find", "kern")
    page.click("text=Look them up")
    page.check("input[name=with][value=w2]")
    page.click("text=They are one")
    assert "2 records are held to be Wilma Kern" in page.inner_text("main")
    page.click("summary:has-text('Enter an organisation')")
    page.fill("#organisation", "Northwind Systems")
    page.check("input[name=role][value=adviser]")
    page.fill("#say", "30")
    page.click("text=Enter it")
    assert "30 % of the say" in page.inner_text("#roles")
    page.click(".toast button")
    assert "For nobody that we know of." in page.inner_text("#roles")


def test_while_one_types(site: Any) -> None:
    anna = site.service.colleague(name="Anna Keller")
    twins.fill()
    tab = site.tab(anna).go("/customers/w1?tab=who")
    page = tab.page
    page.locator("#find").press_sequentially("w.kern")
    page.wait_for_selector("input[name=with][value=w2]")
    page.click("summary:has-text('Enter an organisation')")
    page.locator("#organisation").press_sequentially("north")
    page.wait_for_selector("input[name=organisation_id][value=northwind]")
    page.locator("#organisation").fill("Nobody Ltd")
    page.wait_for_selector("text=No organisation here is called so")
