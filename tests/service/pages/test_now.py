"""Now in a browser: keys, deeds, fresh rows that leave the hand alone, two people on one case; and without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages import shop

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
IN_HAND = "document.querySelector('[data-row][aria-current]')?.dataset.row"


def refresh(tab: Any) -> None:
    """Asks again now rather than in four seconds; twice, for the first may be what was on its way already."""
    tab.page.evaluate("goodwill.refresh().then(() => goodwill.refresh())")


def gone(tab: Any, message_id: str) -> None:
    """Waits until the row has left."""
    tab.page.wait_for_selector(f'[data-row="{message_id}"]', state="detached")


def state(message_id: str) -> str:
    from goodwill.service.store.models import Case

    return Case.objects.get(message_id=message_id).state


def test_j_and_k_move_and_enter_opens(site: Any) -> None:
    shop.fill()
    tab = site.tab(site.service.colleague()).go("/")
    keys = tab.page.keyboard
    assert tab.page.title() == "Now: 5 · goodwill"
    assert tab.page.evaluate(IN_HAND) == "x:1"
    keys.press("j")
    keys.press("j")
    assert tab.page.evaluate(IN_HAND) == "forum:3"
    keys.press("k")
    assert tab.page.evaluate(IN_HAND) == "mail:2"
    keys.press("Enter")
    tab.page.wait_for_selector("[aria-current] .detail .history")
    assert "Second board, same fault" in tab.page.inner_text("[aria-current] .detail")
    keys.press("Escape")
    assert tab.page.locator(".detail > *").count() == 0
    assert tab.page.evaluate("document.activeElement.dataset.row") == "mail:2"
    keys.press("?")
    assert tab.page.evaluate("document.querySelector('dialog').open")
    keys.press("Escape")
    assert not tab.page.evaluate("document.querySelector('dialog').open")


def test_an_answer_by_keys_leaves_now_and_comes_back_by_undo(site: Any) -> None:
    shop.fill()
    tab = site.tab(site.service.colleague(name="Anna Keller")).go("/")
    keys = tab.page.keyboard
    keys.press("r")
    tab.page.wait_for_selector("[aria-current] textarea:focus")
    keys.type("Dear Dana, jx?u: the fee is gone.")  # letters are letters inside a field
    assert tab.page.evaluate(IN_HAND) == "x:1"
    keys.press("Control+Enter")
    tab.page.wait_for_selector(".toast")
    gone(tab, "x:1")
    assert state("x:1") == "answered"
    tab.page.wait_for_selector("h1:text-is('Now: 4')")
    assert tab.page.title().startswith("Now: 4")
    assert tab.page.evaluate(IN_HAND) == "mail:2"
    keys.press("u")
    tab.page.wait_for_selector('[data-row="x:1"]')
    assert state("x:1") == "open"


def test_praise_is_thanked_and_a_case_is_closed_with_its_cause(site: Any) -> None:
    from goodwill.service.store.models import Case

    shop.fill()
    tab = site.tab(site.service.colleague()).go("/")
    keys = tab.page.keyboard
    for _ in range(5):
        keys.press("j")
    assert tab.page.evaluate(IN_HAND) == "blog:6"
    keys.press("t")
    tab.page.wait_for_selector("[aria-current] textarea:focus")
    keys.press("Control+Enter")
    gone(tab, "blog:6")
    tab.page.evaluate("document.querySelector('[data-row=\"x:1\"]').focus()")
    keys.press("x")
    tab.page.wait_for_selector("[aria-current] select:focus")
    tab.page.select_option("[aria-current] select", "download-fee")
    keys.press("Control+Enter")
    gone(tab, "x:1")
    closed = Case.objects.get(message_id="x:1")
    assert (closed.state, closed.cause_id, state("blog:6")) == ("resolved", "download-fee", "answered")


def test_taking_it_and_looking_at_it_is_seen_by_others(site: Any) -> None:
    shop.fill()
    anna = site.tab(site.service.colleague(name="Anna Keller")).go("/")
    ben = site.tab(site.service.colleague("ben@firm.example", "agent", name="Ben Ode")).go("/")
    anna.page.keyboard.press("a")
    anna.page.wait_for_selector("text=You have it")
    anna.page.keyboard.press("r")
    anna.page.wait_for_selector("[aria-current] textarea:focus")
    refresh(anna)
    refresh(ben)
    seen = ben.page.inner_text('[data-row="x:1"] .presence')
    assert "Anna Keller has it" in seen
    assert "Anna Keller is looking at this right now" in seen
    # A second taker is asked to take it over by name, and an answer that came second is not lost.
    ben.page.keyboard.press("r")
    ben.page.wait_for_selector("[aria-current] textarea:focus")
    ben.page.keyboard.type("mine")
    anna.page.keyboard.type("Done.")
    anna.page.keyboard.press("Control+Enter")
    gone(anna, "x:1")
    refresh(ben)
    assert "It has left Now meanwhile" in ben.page.inner_text('[data-row="x:1"]')
    ben.allowed = (409,)
    ben.page.keyboard.press("Control+Enter")
    ben.page.wait_for_selector("text=Anna Keller already answered this")
    assert ben.page.input_value("[aria-current] textarea") == "mine"


def test_fresh_rows_leave_the_row_in_hand_and_a_half_written_answer_alone(site: Any) -> None:
    from goodwill.service.store.models import Case

    shop.fill()
    tab = site.tab(site.service.colleague()).go("/")
    tab.page.keyboard.press("j")
    tab.page.keyboard.press("r")
    tab.page.wait_for_selector("[aria-current] textarea:focus")
    tab.page.keyboard.type("Half of an")
    shop.said(
        "x:9", "priya", shop.now(), "My board is on fire, literally.", "first", channel="twitter", author="priya",
        intents=["complaint"], place=0.5, due=shop.now() + shop.HOUR, sums=(9000, 100, 20000),
    )  # fmt: skip
    Case.objects.filter(message_id="mail:2").update(stake=7777)
    refresh(tab)
    rows = tab.page.evaluate("[...document.querySelectorAll('[data-row]')].map(row => row.dataset.row)")
    assert rows[:3] == ["x:9", "x:1", "mail:2"]
    assert tab.page.evaluate(IN_HAND) == "mail:2"
    assert tab.page.inner_text("[aria-current] .stake strong") == "7,800"
    tab.page.keyboard.type(" answer")
    assert tab.page.input_value("[aria-current] textarea") == "Half of an answer"
    assert tab.page.title().startswith("Now: 6")


def test_nothing_new_is_not_sent_again(service: Any) -> None:
    shop.fill()
    client = service.client(service.colleague())
    first = client.get("/", headers={"hx-request": "true"})
    assert b"<html" not in first.content
    again = client.get("/", headers={"hx-request": "true", "if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    shop.said(
        "x:9", "priya", shop.now(), "Where is it?", "stake", channel="chat", author="priya", intents=["question"],
        place=25,
    )  # fmt: skip
    assert client.get("/", headers={"hx-request": "true", "if-none-match": first["ETag"]}).status_code == 200


def test_filters_are_an_address(service: Any) -> None:
    shop.fill()
    client = service.client(service.colleague())
    assert client.get("/?channel=email").content.count(b"data-row=") == 2
    assert client.get("/?group=thank").content.count(b"data-row=") == 1
    assert b"Clear the filter" in client.get("/?channel=nowhere").content
    assert client.get("/?mine=mine").content.count(b"data-row=") == 0
    assert client.get("/?mine=nobody").content.count(b"data-row=") == 6


def test_everything_works_without_scripts(site: Any) -> None:
    shop.fill()
    tab = site.tab(site.service.colleague(name="Anna Keller"), java_script_enabled=False)
    tab.page.goto(site.address)
    row = tab.page.locator(".case").first
    row.get_by_role("button", name="Take it").click()
    assert "You have it." in tab.page.locator(".toast").inner_text()
    tab.page.locator(".case").first.get_by_role("link", name="Answer").click()
    tab.page.locator("textarea").fill("Dear Dana, it is mended.")
    tab.page.get_by_role("button", name="Record the answer").click()
    assert "Answer recorded." in tab.page.locator(".toast").inner_text()
    assert state("x:1") == "answered"
    tab.page.locator(".toast button").click()
    assert state("x:1") == "open"
    tab.page.locator(".case").first.get_by_role("link", name="Refund").click()
    tab.page.get_by_label("Given back, €").fill("nothing")
    tab.page.get_by_role("button", name="Note the refund").click()
    assert "'nothing' is no refund: write a sum such as 12.50." in tab.page.locator(".toast").inner_text()


def test_nobody_waits(site: Any) -> None:
    tab = site.tab(site.service.colleague()).go("/")
    assert "Nobody waits for an answer." in tab.page.inner_text("main")
    tab.picture("now-empty")
