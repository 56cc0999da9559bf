"""Sources and notes in a real browser: light, dark and narrow, for everyone, and by keys alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.pages import shop
from service.pages.test_for_everyone import violations
from service.sources.conftest import drain
from service.sources_pages.conftest import SECRET, message, send
from service.sources_pages.test_notes_and_links import article
from service.sources_pages.test_source_wizard import ANGRY, feed

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]

LOOKS = [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")]
SCREENS = {
    "sources": "/sources",
    "sources-choose": "/sources/new",
    "sources-connect-webhook": "/sources/new/zendesk",
    "sources-connect-mailbox": "/sources/new/mailbox",
    "sources-one": "/source/help-desk",
    "sources-failing": "/source/support",
    "sources-waiting": "/source/survey",
    "sources-delete": "/source/help-desk/delete",
    "sources-link": "/sources/link",
    "sources-note": "/note?customer=tom",
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fill() -> None:
    """A firm with sources of every state, and people who speak."""
    from goodwill.errors import NotVerified
    from goodwill.service.intake import refusals
    from goodwill.service.sources import connect
    from goodwill.service.store.models import FACTS, Batch, Import, Source, Unread

    shop.fill()
    now = datetime.now(UTC)
    secret = {"secret": SECRET}
    for kind, name, given, columns in (
        ("zendesk", "help-desk", secret, {"last_seen": now - HOUR / 20, "last_well": now - HOUR / 20,
                                          "said": "left out: 3 notes among agents"}),
        ("mailbox", "support", {"host": "imap.firm.example", "user": "support@firm.example", "password": "p"},
         {"failures": 4, "last_well": now - 5 * HOUR, "last_seen": now - 5 * HOUR, "next_pull": now + HOUR / 7,
          "last_error": "imap.firm.example: the server does not let support@firm.example in: AUTHENTICATIONFAILED; "
                        "enter the password again, or an app password where two steps are asked for"}),
        ("feed", "kims-blog", {"url": "https://kim.example/feed"},
         {"last_seen": now - 3 * DAY, "last_well": now - HOUR / 12, "next_pull": now + HOUR / 12}),
        ("shopify", "web-shop", secret, {"last_seen": now - HOUR / 2, "last_well": now - HOUR / 2}),
        ("typeform", "survey", secret, {}),
        ("x", "x", {"secret": "bearer", "account": "verity"}, {"paused": True, "last_seen": now - 2 * DAY}),
        ("stripe", "payments", secret, {"failures": 1, "last_refused": now - HOUR / 6,
                                        "last_error": "payments: the signature is not Stripe's; compare the secrets"}),
    ):  # fmt: skip
        connect.add(kind, name, given, by="test")
        Source.objects.filter(name=name).update(**columns)
    Source.objects.filter(name="help-desk").update(secrets=_two())
    for day in range(14):
        for name, rows in (
            ("help-desk", 30 + day * day % 17 * 9),
            ("web-shop", 120 - day * 7),
            ("kims-blog", day % 5 // 4),
        ):
            if rows:
                Batch.objects.create(table="messages", source=name, rows=rows, received=now - day * DAY - HOUR / 20,
                                     state="drained", stored=rows - day % 2, unread=day % 3 // 2)  # fmt: skip
    Batch.objects.create(table="messages", source="help-desk", rows=2, received=now, kind="edit")
    Batch.objects.create(
        table="purchases", source="", rows=20, received=now - HOUR, token="token till", state="drained"
    )
    for field, reason in (("currency", "there is no rate for 'SEK'"), ("at", "'31.02.' is no date")):
        Unread.objects.create(batch=1, position=len(field), table="purchases", source="help-desk", field=field,
                              reason=reason, mend="enter it under Settings", row="{}", at=now - HOUR)  # fmt: skip
    FACTS["messages"].objects.filter(fact_key="x:1").update(fact_source="help-desk")
    Import.objects.create(name="tickets.csv", path="", source="file tickets of 2025.csv", by="test", state=Import.DONE)
    connect.own("help-desk", ["file tickets of 2025.csv"], by="test")
    for number in range(8):
        why = ("the signature is not Zendesk's", "the request is 9 minutes old")[number % 2]
        refusals.note(
            "help-desk", NotVerified(why, where="help-desk", mend="compare the secrets"), now - HOUR * (9 - number)
        )


def _two() -> str:
    from goodwill.service.sources.places import sealed

    return sealed({"secret": [SECRET, SECRET[::-1]]})


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_screen_fits_and_is_for_everyone(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    fill()
    tab, wrong = site.tab(site.service.colleague(name="Anna Keller"), width=width, color_scheme=scheme), []
    tab.allowed = ("Multiple forms should",)  # Chrome's counsel for sign-in forms: a mailbox has three secrets in one
    for name, path in SCREENS.items():
        tab.go(path).picture(f"{name}-{look}")
        tab.fits()
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
        levels = tab.page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3')]"
            ".filter(one => one.checkVisibility()).map(one => +one.tagName[1])"
        )
        assert levels.count(1) == 1 and levels[0] == 1, name
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [1280, 375])
def test_empty_and_analysts_screens(site: Any, axe: str, width: int) -> None:
    tab = site.tab(site.service.colleague(f"a{width}@firm.example"), width=width)
    tab.go("/sources").picture(f"sources-empty-{width}")
    tab.fits()
    assert not violations(tab, axe)
    fill()
    tab = site.tab(site.service.colleague(f"cy{width}@firm.example", "analyst"), width=width)
    for path in ("/sources", "/source/help-desk", "/source/support"):
        tab.go(path).fits()
        assert not violations(tab, axe)
    tab.picture(f"sources-analyst-{width}")


def test_a_source_is_tried_and_added_in_the_browser(site: Any, axe: str, side: Any) -> None:
    side.pages["/feed"] = feed(ANGRY)
    tab = site.tab(site.service.colleague(name="Anna Keller")).go("/sources")
    page = tab.page
    page.keyboard.press("n")
    page.wait_for_url("**/sources/new")
    page.click("a:text-is('Feed')")
    page.fill("#name", "kim")
    page.fill("#s-url", side.url("/none"))
    page.click("text=Test it")
    page.wait_for_selector("#tried .wrong")
    assert "404" in page.inner_text("#tried")
    page.fill("#s-url", side.url("/feed"))
    page.click("text=Test it")
    page.wait_for_selector("#tried .saw")
    tab.picture("sources-tried")
    assert not violations(tab, axe)
    page.click("text=Add it")
    page.wait_for_url("**/source/kim")
    _pulled("kim")
    page.wait_for_selector("#state .said")
    assert ANGRY in page.inner_text("#state")


def _pulled(name: str) -> None:
    """What the worker and the drainer do beside."""

    def work() -> None:
        from django.db import connections

        from goodwill.service.sources import pulling

        pulling.pull(name)
        drain()
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_the_first_delivery_shows_while_the_page_is_open(site: Any, axe: str) -> None:
    tab = site.tab(site.service.colleague(name="Anna Keller")).go("/sources/new/standard")
    page = tab.page
    page.fill("#name", "Our shop")
    page.wait_for_selector("#address .wrong")
    page.fill("#name", "our-shop")
    page.wait_for_selector("#webhook[value$='/webhooks/standard/our-shop']")
    page.fill("#s-secret", SECRET)
    page.click("text=Add it, and wait")
    page.wait_for_url("**/source/our-shop")
    assert "Waits for its first delivery" in page.inner_text("#state")
    client = site.service.client()
    assert send(client, "our-shop", [message(ANGRY)]).status_code == 202
    drain()
    page.wait_for_selector("#state .said")
    tab.picture("sources-first-delivery")
    assert ANGRY in page.inner_text("#state") and not violations(tab, axe)
    page.go_back()
    assert page.input_value("#s-secret") == ""


def test_a_call_is_noted_by_keys_alone(site: Any, axe: str) -> None:
    _people()
    tab = site.tab(site.service.colleague("ben@firm.example", "agent", name="Ben Osei")).go("/")
    page, keys = tab.page, tab.page.keyboard
    keys.press("s")
    page.wait_for_url("**/note*")
    page.wait_for_selector("#who:focus")
    keys.type("ashdown")
    page.wait_for_selector("#found input[value=tom]")
    tab.picture("sources-note-found")
    assert not violations(tab, axe)
    keys.press("Tab")
    keys.press("ArrowDown")  # from 'none of them', which is chosen, round to the first
    page.wait_for_selector("input[value=tom]:focus")
    keys.press("Tab")
    page.wait_for_selector("[name=where]:focus")
    keys.press("Tab")
    keys.type("My fan header is dead. Can you send another board?")
    with _drained_beside():
        keys.press("Control+Enter")
        page.wait_for_url(site.address + "/")
        assert page.inner_text(".toast").startswith("Noted")
        row = page.locator("[data-row]", has_text="My fan header is dead.")
        row.wait_for()  # the list asks by itself, where the reader took its time
    assert "Tom Ashdown" in row.inner_text() and "by phone" in row.inner_text()
    tab.go("/customers/tom")
    keys.press("s")
    page.wait_for_url("**/note?customer=tom**")
    page.wait_for_selector("#text:focus")
    keys.press("Tab")
    tab.go("/customers")
    keys.press("s")
    page.wait_for_url("**/note?next=**")
    page.click("text=Leave it")
    page.wait_for_url("**/customers")


def _people() -> None:
    """People who can be looked up."""
    from goodwill.service.live import search_words

    shop.fill()
    search_words.catch_up()


@contextmanager
def _drained_beside() -> Iterator[None]:
    """A drainer at work, as the service has one."""
    done = threading.Event()

    def drains() -> None:
        from django.db import connections

        while not done.wait(0.05):
            drain()
        connections.close_all()

    thread = threading.Thread(target=drains)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_link_is_looked_at(site: Any, axe: str, side: Any) -> None:
    url = article(side)
    for width in (1280, 375):
        tab = site.tab(site.service.colleague(f"a{width}@firm.example"), width=width).go("/sources/link")
        tab.page.fill("#url", url)
        tab.page.click("text=Look at it")
        tab.page.wait_for_selector(".seen-page")
        tab.picture(f"sources-link-seen-{width}")
        tab.fits()
        assert not violations(tab, axe)


def test_notes_and_sources_without_scripts(site: Any) -> None:
    _people()
    tab = site.tab(site.service.colleague("ben@firm.example", "agent"), java_script_enabled=False)
    page = tab.page
    page.goto(site.address + "/note")
    page.fill("#who", "ashdown")
    page.fill("#text", "My fan header is dead.")
    page.click("text=Look them up")
    assert page.input_value("#text") == "My fan header is dead."
    page.check("input[value=tom]")
    with _drained_beside():
        page.click("text=Note it")
        page.wait_for_selector(".toast")
    assert "Noted" in page.inner_text(".toast")
