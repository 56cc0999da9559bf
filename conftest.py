"""Makes Django ready before a module of the service is imported for its doctests or tests; others run without it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collect_file(file_path: Path) -> None:
    """Called for each file before it is imported."""
    if "service" in file_path.parts and file_path.suffix == ".py":
        start_service()


def start_service() -> None:
    """Starts Django on a home of this run's own; a second call does nothing."""
    from django.conf import settings

    if settings.configured:
        return
    home = tempfile.mkdtemp(prefix="goodwill-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["GOODWILL_HOME"] = home
    os.environ.pop("GOODWILL_DATABASE_URL", None)
    from goodwill.service import start

    start()
