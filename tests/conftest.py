"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from patience import LONG

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STRICT = os.environ.get("GOODWILL_TEST_STRICT") == "1"


def pytest_configure() -> None:
    """Generated examples: no time makes one fail, and a strict run takes the same ones whenever and wherever it runs.

    Hypothesis draws on what constants the modules have that happen to be loaded, which another order of tests changes;
    a strict run leaves that to the runs of those who write the code.
    """
    from hypothesis import HealthCheck, settings
    from hypothesis.internal.conjecture import providers

    slow = [HealthCheck.too_slow]
    settings.register_profile("free", deadline=None, suppress_health_check=slow)
    settings.register_profile(
        "strict", derandomize=True, database=None, deadline=None, print_blob=True, suppress_health_check=slow
    )
    settings.load_profile("strict" if STRICT else "free")
    if STRICT and hasattr(providers, "_get_local_constants"):
        providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the real data carries the marker by itself."""
    for item in items:
        if "data_dir" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)


def missing(what: str) -> None:
    """Skips visibly; in CI (GOODWILL_TEST_STRICT=1) a missing server, browser or data set is a failure."""
    if STRICT:
        pytest.fail(f"missing in a strict run: {what}")
    pytest.skip(f"missing: {what}")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets: GOODWILL_TEST_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("GOODWILL_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        missing(f"real data (set GOODWILL_TEST_DATA; looked in {folder})")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window, for the tests of one file: its loop runs in this thread, so two cannot be open."""
    found = os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing("a Chromium (sh tools/browser.sh says how to install one)")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Django takes that loop for asynchronous code of ours
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"], timeout=1000 * LONG)
        yield opened
        opened.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, which says whether everybody can read a page."""
    path = Path(os.environ.get("GOODWILL_TEST_AXE") or ROOT / ".venv" / "share" / "axe" / "axe.min.js")
    if not path.is_file():
        missing(f"axe-core (sh tools/axe.sh fetches it; looked in {path})")
    return path.read_text(encoding="utf-8")
