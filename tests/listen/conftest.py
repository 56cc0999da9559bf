"""A folder that a test fills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goodwill.listen import read_folder

if TYPE_CHECKING:
    from goodwill.lake import Facts

NOW = datetime(2026, 6, 30, tzinfo=UTC)
Read = Callable[..., "Facts"]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes files (text or bytes; the name's first dot may be written as __) and reads the folder."""

    def write_and_read(toml: str = "", **files: str | bytes) -> Facts:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            stem, _, ending = name.partition("__")
            (tmp_path / f"{stem}.{(ending or 'csv').replace('_', '.')}").write_bytes(data)
        if toml:
            (tmp_path / "goodwill.toml").write_text(toml, encoding="utf-8")
        return read_folder(tmp_path, not_after=NOW)

    return write_and_read
