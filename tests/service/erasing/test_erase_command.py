"""`goodwill erase`: at once, with its receipt in words; and lifted again."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from service.erasing import someone as firm
from service.erasing.test_coming_again import small

if TYPE_CHECKING:
    from service.conftest import Service

pytestmark = pytest.mark.slow


def test_from_the_command_line(service: Service) -> None:
    from django.db import connections

    from goodwill.service import erasing
    from goodwill.service.store.models import Erasure

    def goodwill(*words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from goodwill.cli import main; main()", *words]
        return subprocess.run(
            command, env=service.environment, input=answer, capture_output=True, text=True, check=False, timeout=600
        )

    small()
    connections.close_all()
    assert goodwill("erase", firm.ID, answer="n\n").returncode == 1
    assert not Erasure.objects.exists()
    connections.close_all()
    done = goodwill("erase", firm.ID, "--why", "by letter", "--yes")
    assert done.returncode == 0, done.stderr
    assert "went: " in done.stdout and "1 purchases: the law keeps records of sales for 10 years" in done.stdout
    row = Erasure.objects.get()
    assert f"erased; the receipt is {row.receipt}" in done.stdout and row.state == "done" and row.why == "by letter"
    left = {name: found for name, content in firm.dumped(service).items() if (found := firm.needles_in(content))}
    assert left == {}
    connections.close_all()
    again = goodwill("erase", firm.ID, "--yes")
    assert again.returncode == 1 and "nobody is called so, or nothing of theirs is held" in again.stderr
    assert "tombstones lifted" in goodwill("erase", firm.EMAIL, "--lift").stdout
    assert erasing.receipt(row.receipt) is not None
