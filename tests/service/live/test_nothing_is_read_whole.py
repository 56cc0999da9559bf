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
KNOWN = {
    "A source, to be deleted": "a rare act of an admin, who is told to the fact what would go",
    "Note: whose number": "the end of a number finds somebody where nothing else does",
}
"""What reads a table whole all the same, and why that is borne."""


def test_no_page_and_no_question_reads_a_growing_table_whole(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    filled, screens = importlib.import_module("filled"), importlib.import_module("screens")
    from goodwill.service.live import searching

    monkeypatch.setattr(searching, "FEW", 5)  # as if they were many
    monkeypatch.setenv("GOODWILL_API_RATE", "0")
    filled.fill(filled.Size(ROWS, ROWS, filled.present()))
    cookie, token = screens.entered()
    client = service.client()
    name, _, key = cookie.partition("=")
    client.cookies[name] = key
    address = screens.asked(ROWS)
    whole = {}
    for forms, headers in ((screens.PAGES, {}), (screens.API, {"Authorization": f"Bearer {token}"})):
        for what, form in forms.items():
            steps = [step for turn in (1, 2) for step in screens.read_whole(client, headers, address(form, turn))]
            if steps:
                whole[what] = sorted(set(steps))
    for module in ("filled", "screens"):
        sys.modules.pop(module, None)
    assert {what: steps for what, steps in whole.items() if what not in KNOWN} == {}
    assert set(whole) == set(KNOWN), "what is mended is no longer known"
