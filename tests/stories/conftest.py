"""A small firm with an ordinary past, so that each story has neighbours to stand out from."""

from __future__ import annotations

from pathlib import Path

import pytest

from stories.shop import Shop, with_neighbours


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two hundred customers with two years of ordinary purchases."""
    return with_neighbours(Shop(tmp_path))
