"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the real data carries the marker by itself."""
    for item in items:
        if "data_dir" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)


def missing(what: str) -> None:
    """Skips visibly; in CI (GOODWILL_TEST_STRICT=1) a missing server, browser or data set is a failure."""
    if os.environ.get("GOODWILL_TEST_STRICT") == "1":
        pytest.fail(f"missing in a strict run: {what}")
    pytest.skip(f"missing: {what}")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets: GOODWILL_TEST_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("GOODWILL_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        missing(f"real data (set GOODWILL_TEST_DATA; looked in {folder})")
    return folder
