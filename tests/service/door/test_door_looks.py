"""The door in a real browser: on a phone first, light and dark; everybody can read it, and it works without scripts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.door.visitors import ANNA, at_the_door, books, fill, secret_for
from service.pages.test_for_everyone import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]

LOOKS = [("phone", 375, "light"), ("phone-dark", 375, "dark"), ("light", 1280, "light"), ("dark", 1280, "dark")]
PAGES = {
    "home": "/door",
    "held": "/door/held",
    "more": "/door/held/all/bought",
    "given": "/door/given",
    "allowed": "/door/allowed",
    "asked": "/door/asked",
    "leaving": "/door/leaving",
}


def furnish(service: Any) -> None:
    """Something on every page."""
    from goodwill.service import requests
    from goodwill.service.door import budget
    from goodwill.service.requests import queue
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Ask, Hold, Setting

    fill()
    books()
    now = datetime.now(UTC)
    Setting.objects.create(
        name="door.referral_page", value="https://shop.example/?friend={code}", by="anna@firm.example"
    )
    budget.ask("anna", "quote", "kim@firm.example")
    for act, purpose in (("saw a case", "answer me"), ("answer", "answer me"), ("seen", "value me")):
        record("kim@firm.example", act, customer_id="anna", purpose=purpose)
    Hold.objects.create(
        customer_id="anna", table="messages", reason="A court wants to read it.", until=now.date() + timedelta(days=90),
        by="x@firm.example", at=now,
    )  # fmt: skip
    Ask.objects.create(
        customer_id="anna", what="A fan that is quiet", place="Bern", budget="40 €",
        expires=now.date() + timedelta(days=9), state=Ask.ANSWERED, answered=now,
        answer="The F-120 fits.\nWe have three in our shop.",
    )  # fmt: skip
    Ask.objects.create(customer_id="anna", what="A case without a window", expires=now.date() + timedelta(days=20))
    row = requests.open("rectify", "anna", "the customer", words="Order a3 was a present, not mine.")
    queue.settle(row.number, "You are right. We took it out.", "kim@firm.example")
    requests.open("access", "anna", "kim@firm.example", words="")


def visitor(site: Any, customer_id: str = "anna", **context: Any) -> Any:
    """A tab of somebody who came in."""
    tab = site.tab(**context)
    key = at_the_door(site.service, customer_id).cookies["sessionid"].value
    tab.page.context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
    return tab


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS)
def test_every_page_fits_and_axe_finds_nothing(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    furnish(site.service)
    tab = visitor(site, width=width, color_scheme=scheme)
    wrong: list[str] = []
    for name, path in PAGES.items():
        tab.go(path).picture(f"door-{name}-{look}")
        tab.fits()
        wrong += [f"{name}: {one}" for one in violations(tab, axe)]
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        tab.fits()
        wrong += [f"{name}, opened: {one}" for one in violations(tab, axe)]
        if width == 375:
            wrong += [f"{name}: {one}" for one in too_small(tab)]
    outside = site.tab(width=width, color_scheme=scheme)
    outside.allowed = (410,)
    stale = secret_for("ben")
    for name, path in {
        "ask": "/door",
        "enter": f"/door/enter/{secret_for('ben')}",
        "stale": f"/door/enter/{stale}",
    }.items():
        outside.go(path).picture(f"door-{name}-{look}")
        outside.fits()
        wrong += [f"{name}: {one}" for one in violations(outside, axe)]
    assert not wrong, "\n".join(wrong)


def too_small(tab: Any) -> list[str]:
    """What a thumb cannot hit, and fields into which a phone would zoom."""
    found: list[str] = tab.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, nav a, .button')]
        .filter(one => one.checkVisibility() && one.type !== 'hidden').flatMap(one => {
          const box = (one.closest('label') ?? one).getBoundingClientRect(), said = [];
          const typed = one.matches('input:not([type=checkbox], [type=radio]), select, textarea');
          if (box.height < 24 || box.width < 24) said.push(`${one.outerHTML.slice(0, 90)}: ${box.width}x${box.height}`);
          if (typed && parseFloat(getComputedStyle(one).fontSize) < 16) said.push(`${one.name} is under 16 px`);
          return said;
        })"""
    )
    return found


@pytest.mark.parametrize(("look", "width", "scheme"), LOOKS[:2])
def test_somebody_of_whom_little_is_known(site: Any, axe: str, look: str, width: int, scheme: str) -> None:
    from service.live.filling import put

    put("handles", {"customer_id": "x9", "kind": "email", "value": "x9@mail.example", "verified": True})
    tab = visitor(site, "x9", width=width, color_scheme=scheme)
    for name, path in PAGES.items():
        tab.go(path).picture(f"door-empty-{name}-{look}")
        tab.fits()
        assert not violations(tab, axe)


def test_a_whole_visit_without_scripts(site: Any) -> None:
    """From the link to the receipt, on a phone whose browser runs no script."""
    furnish(site.service)
    tab = site.tab(width=375, java_script_enabled=False)
    page = tab.page
    page.goto(f"{site.address}/door/enter/{secret_for('anna')}")
    page.get_by_role("button", name="Open my door").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Everything we hold about you, Anna Hex"
    page.get_by_role("link", name="What we hold").first.click()
    page.get_by_label("Your name").fill("Anna Hexe")
    page.get_by_role("button", name="Put it right").click()
    assert page.get_by_role("status").inner_text() == "Thank you. It counts from now on."
    page.get_by_text("I meant something else").first.click()
    page.get_by_role("radio", name="happy", exact=True).first.check()
    page.get_by_role("button", name="This is what I meant").first.click()
    assert "your word counts" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="What you allow").first.click()
    page.get_by_label(re.compile("^Quote me")).check()
    page.get_by_role("button", name="Keep this").click()
    assert page.get_by_label(re.compile("^Quote me")).is_checked()
    page.get_by_role("button", name="I say no to that").click()
    page.get_by_role("link", name="What you give").first.click()
    assert "your terms say no to it" in page.inner_text("main")
    page.get_by_role("link", name="Take along or leave").first.click()
    page.get_by_label("If you mean it, write erase").fill("erase")
    page.get_by_role("button", name="Erase me").click()
    assert page.get_by_role("heading", level=1).inner_text() == "We forget you"
    tab.picture("door-erased-phone")
    page.goto(site.address + "/door")
    assert page.get_by_role("heading", level=1).inner_text() == "See what we hold about you"


def test_their_own_page_works_alone_and_takes_in_others(site: Any, axe: str, tmp_path: Any) -> None:
    """Opened from a folder: it shows, adds another firm's file, saves itself, and refuses what is none."""
    furnish(site.service)
    client = at_the_door(site.service)
    mine = tmp_path / "my-terms.html"
    mine.write_bytes(client.get("/door/page").content)
    other = json.loads(mine.read_text(encoding="utf-8").split('id="kept">')[1].split("</script>")[0])
    other["firms"][0] |= {
        "name": "<img src=x onerror=alert(1)> Other Ltd",
        "address": "https://other.example",
        "evil": 1,
    }
    other["firms"][0]["records"] = [
        {"at": "2026-01-02", "state": "accepted", "agreement": "SD-BASE", "record": {"a": "</script><b>"}}
    ]
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")

    tab = site.tab(width=375)
    tab.address = "file:"
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.goto(mine.as_uri())
    assert tab.page.locator("#firms h2").all_inner_texts() == ["The firm"]
    tab.page.set_input_files("#add", tmp_path / "bad.json")
    tab.page.wait_for_selector("text=is no page of this kind")
    tab.page.set_input_files("#add", tmp_path / "other.json")
    tab.page.wait_for_selector("text=is added")
    assert tab.page.locator("#firms h2").all_inner_texts() == ["<img src=x onerror=alert(1)> Other Ltd", "The firm"]
    assert tab.page.locator("#firms img").count() == 0
    tab.picture("door-own-page-phone")
    tab.fits()
    assert not violations(tab, axe)
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="Save this page").click()
    again = tmp_path / "again.html"
    saved.value.save_as(again)
    tab.page.goto(again.as_uri())
    assert tab.page.locator("#firms h2").count() == 2
    tab.page.set_input_files("#add", mine)
    tab.page.wait_for_selector("text=is added")
    assert tab.page.locator("#firms h2").count() == 2  # the same firm is one
    assert "evil" not in again.read_text(encoding="utf-8")
    assert all(url.startswith(("file:", "blob:")) for url in asked), asked
    assert ANNA not in again.read_text(encoding="utf-8")


def _records(firm: str) -> dict[str, dict[str, Any]]:
    """Records of another firm by what is wrong with each, as the page says it; '' where nothing is."""
    from goodwill.know.agreements import Decision
    from goodwill.know.canonical import canonical
    from goodwill.know.proffers import FORMAT, proffer, public_of, sign, stamp
    from goodwill.know.records import answered

    now, mine, theirs = datetime.now(UTC), b"\x11" * 32, b"\x22" * 32

    def made(key: bytes = theirs, **more: Any) -> dict[str, Any]:
        given = {"format": FORMAT, "id": "proffer-000000000001", "at": stamp(now), "firm": firm, "agreement": "SD-BASE",
                 "handle": {"kind": "email", "value": "anna@mail.example"}, "key": public_of(mine), **more}  # fmt: skip
        signature = sign(mine, canonical(given))
        decision = Decision("accepted", "SD-BASE")
        return answered(
            proffer(given, signature), signature, decision, firm=given["firm"], name="Other", private=key, now=now
        )

    good = made()
    return {
        "": good,
        "the signature of the firm does not fit": {**good, "answer": {**good["answer"], "purposes": ["value me"]}},
        "the signature of your side does not fit": {**good, "proffer": {**good["proffer"], "agreement": "PDC-AI"}},
        "it was signed with another key than this firm names": made(b"\x33" * 32),
        "one key signed for both sides": made(mine),
        "it was made with another firm": made(firm="https://third.example"),
        "it is not whole": {"a": "</script><b>"},
        "a key or a signature is none": {**good, "answer_signature": "x"},
        "the line above says something else": {**good, "answer": {**good["answer"], "state": "declined"}},
    }


def test_their_own_page_says_of_each_record_whether_it_holds(site: Any, tmp_path: Any) -> None:
    """Ours, and those of another firm's file, without the net; and `goodwill terms verify` agrees."""
    from goodwill.errors import InputError
    from goodwill.know.proffers import public_of
    from goodwill.know.records import verify
    from service.terms.conftest import ADDRESS, Agent

    furnish(site.service)
    assert Agent(site.service).proffer("SD-BASE", door="anna").json()["state"] == "accepted"
    mine = tmp_path / "my-terms.html"
    mine.write_bytes(at_the_door(site.service).get("/door/page").content)
    other = json.loads(mine.read_text(encoding="utf-8").split('id="kept">')[1].split("</script>")[0])
    records, key = _records("https://other.example"), public_of(b"\x22" * 32)
    line = {"at": "2026-01-02", "state": "accepted", "agreement": "SD-BASE"}
    other["firms"][0] |= {"name": "Other", "address": "https://other.example", "key": key, "requests": [],
                          "records": [{**line, "record": one} for one in records.values()]}  # fmt: skip
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    tab = site.tab(width=375)
    tab.address = "file:"
    tab.page.goto(mine.as_uri())
    assert other["firms"][0]["address"] != ADDRESS
    tab.page.wait_for_selector("text=whole, and signed by both (key")
    tab.page.set_input_files("#add", tmp_path / "other.json")
    tab.page.wait_for_selector("text=it is not whole")
    tab.page.wait_for_function("[...document.querySelectorAll('#firms li span:last-of-type')].length > 0")
    section = tab.page.locator("section", has=tab.page.get_by_role("heading", name="Other", exact=True))
    lines = section.locator("ul").nth(1).locator("li").all_inner_texts()
    assert len(lines) == len(records)
    for (problem, record), said in zip(records.items(), lines, strict=True):
        assert (f"Wrong: {problem}" if problem else "whole, and signed by both") in said, (problem, said)
        if problem:
            with pytest.raises(InputError):
                wrong_firm = problem == "it was made with another firm"  # that one holds, but for somebody else
                verify(record, firm_key=public_of(b"\x44" * 32) if wrong_firm else key)
        else:
            assert verify(record, firm_key=key).state == "accepted"
    tab.picture("door-own-page-checked")
    tab.fits()


def test_the_offices_page_of_asks(site: Any, axe: str) -> None:
    furnish(site.service)
    agent = site.service.colleague(name="Anna Keller", role="agent")
    for look, width, scheme in LOOKS:
        tab = site.tab(agent, width=width, color_scheme=scheme).go("/asks")
        tab.picture(f"asks-{look}")
        tab.fits()
        assert not violations(tab, axe)
    admin = site.service.colleague("ada@firm.example", name="Ada")
    tab = site.tab(admin).go("/settings?tab=door")
    tab.picture("settings-door-light")
    assert not violations(tab, axe)
