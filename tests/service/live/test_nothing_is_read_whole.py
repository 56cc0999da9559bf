"""Every page, and every question of the API, goes by an index: what it costs does not grow with the store."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.conftest import Service

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
BENCH = Path(__file__).resolve().parents[3] / "bench"
ROWS = 400


def test_no_page_and_no_question_reads_a_growing_table_whole(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    filled, screens = importlib.import_module("filled"), importlib.import_module("screens")
    from goodwill.service.live import searching

    monkeypatch.setattr(searching, "FEW", 5)  # as if they were many
    monkeypatch.setenv("GOODWILL_API_RATE", "0")
    filled.fill(filled.Size(ROWS, ROWS, filled.present()))
    cookie, token = screens.entered()
    client, address = service.client(), screens.asked(ROWS)
    whole = {}
    for forms, headers in screens.askers(cookie, token):
        for what, form in forms.items():
            steps = [step for turn in (1, 2) for step in screens.read_whole(client, headers, address(form, turn))]
            if steps:
                whole[what] = sorted(set(steps))
    for module in ("filled", "screens"):
        sys.modules.pop(module, None)
    assert whole == {}
