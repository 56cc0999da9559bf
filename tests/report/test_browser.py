"""The report in a real browser: no error, no request, no sideways scroll; pictures to look at in tests/pictures/."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from goodwill import report
from patience import LONG

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(result: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.write(result, path)
    return path


def look(browser: Any, page_file: Path, name: str, *, width: int = 1280, **context: Any) -> Any:
    """Opens the page and fails on any complaint of the browser's and on any request."""
    tab = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
    tab.set_default_timeout(1000 * LONG)
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    own = page_file.as_uri()
    tab.on(
        "request",
        lambda asked: (
            complaints.append(f"asked for {asked.url[:120]}") if not asked.url.startswith((own, "data:")) else None
        ),
    )
    tab.goto(own)
    tab.evaluate("document.fonts.ready")
    PICTURES.mkdir(exist_ok=True)
    tab.screenshot(path=PICTURES / f"report-{name}.png", full_page=True)
    assert not complaints
    return tab


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("desktop", 1280, "light"), ("dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")],
)
def test_nothing_scrolls_sideways_and_nothing_is_asked_for(
    browser: Any, page_file: Path, name: str, width: int, scheme: str
) -> None:
    tab = look(browser, page_file, name, width=width, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    # opened reasons and columns must fit as well
    tab.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("[...document.fonts].filter(face => face.status === 'loaded').length") == 2
    tab.context.close()


def test_dark_is_dark_in_pictures_too(browser: Any, page_file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    letters = "getComputedStyle(document.querySelector('.chart .wide text')).fill"
    seen = []
    for scheme in ("light", "dark"):
        tab = look(browser, page_file, "dark" if scheme == "dark" else "desktop", color_scheme=scheme)
        seen.append((tab.evaluate(ground), tab.evaluate(letters)))
        tab.context.close()
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_the_reader_may_choose_the_scheme(browser: Any, page_file: Path) -> None:
    tab = look(browser, page_file, "desktop", color_scheme="light")
    before = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != before
    tab.context.close()


def test_it_prints_with_every_reason_open(browser: Any, page_file: Path) -> None:
    tab = look(browser, page_file, "desktop", width=1000)
    tab.emulate_media(media="print")
    PICTURES.joinpath("report-print.pdf").write_bytes(tab.pdf(format="A4", prefer_css_page_size=True))
    assert tab.evaluate("getComputedStyle(document.querySelector('.contents')).display") == "none"
    hidden = "[...document.querySelectorAll('details table')].filter(table => table.offsetHeight === 0).length"
    assert tab.evaluate(hidden) == 0
    tab.context.close()


def test_letters_in_pictures_never_overlap(browser: Any, page_file: Path) -> None:
    overlaps = """(kind) => [...document.querySelectorAll(`.chart .${kind} svg`)].flatMap(svg => {
        const boxes = [...svg.querySelectorAll('text')].map(text => text.getBoundingClientRect());
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
    }).length"""
    for name, width, kind in (("desktop", 1280, "wide"), ("phone", 375, "narrow")):
        tab = look(browser, page_file, name, width=width)
        assert tab.evaluate(overlaps, kind) == 0
        tab.context.close()


def test_what_customers_write_stays_words(browser: Any, page_file: Path) -> None:
    tab = look(browser, page_file, "desktop")
    assert tab.evaluate("document.scripts.length") == 0
    assert tab.evaluate("document.images.length") == 0
    assert tab.locator("blockquote", has_text='<script>alert("owned")</script>').count() == 1
    tab.context.close()


def test_headings_and_tables_are_for_everyone(browser: Any, page_file: Path) -> None:
    tab = look(browser, page_file, "desktop")
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(head => Number(head.tagName[1]))")
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    assert tab.evaluate("[...document.querySelectorAll('table')].filter(table => !table.caption).length") == 0
    anchors = tab.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(link => link.hash.slice(1))")
    assert all(tab.evaluate("name => document.getElementById(name) !== null", name) for name in anchors)
    tab.context.close()
