"""What a worker of the web server does as it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOADED = """
import gc, sys, threading
from goodwill.service.ops import web
assert web.application
for thread in threading.enumerate():
    if thread.name == web.SETTLING:
        thread.join()
pages = {"goodwill.service.pages.customers", "goodwill.service.pages.now", "goodwill.service.api"}
print(pages <= set(sys.modules), gc.get_freeze_count() > 100_000, gc.get_threshold() == web.GARBAGE, gc.isenabled())
"""


def test_all_is_loaded_and_passed_over_by_the_search_for_garbage(tmp_path: Path) -> None:
    settings = {"GOODWILL_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "goodwill.service.settings"}
    environment = {**os.environ, **settings, "GOODWILL_DATABASE_URL": ""}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True"] * 4, done.stderr
