"""Every test here may ask for a small firm."""

from __future__ import annotations

import pytest

from engage.small_firm import SmallFirm


@pytest.fixture
def firm() -> SmallFirm:
    return SmallFirm()
