"""`goodwill source …` as a process: what it stores, what it prints, what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goodwill.listen.sources import names

if TYPE_CHECKING:
    from service.conftest import Service

GOODWILL = Path(sys.executable).parent / "goodwill"
pytestmark = [
    pytest.mark.parametrize("service", ["sqlite"], indirect=True),
]


def goodwill(service: Service, *words: str, code: int = 0) -> str:
    done = subprocess.run([GOODWILL, *words], env=service.environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr.strip()


@pytest.mark.slow
def test_a_source_from_its_adding_to_its_end(service: Service) -> None:
    from goodwill.service.store.models import Source

    assert "no source is stored" in goodwill(service, "sources")
    told = goodwill(service, "source", "add", "discourse", "forum", "--secret", "s3cret")
    assert told.splitlines() == [
        "source forum (discourse) is stored",
        "let it send to: http://127.0.0.1:8321/webhooks/discourse/forum",
    ]
    assert "s3cret" not in str(Source.objects.values_list().get())
    assert goodwill(service, "source", "pause", "forum") == "source forum is paused\n"
    assert "forum  discourse (Discourse)  paused" in goodwill(service, "sources")
    assert goodwill(service, "source", "resume", "forum") == "source forum is heard again\n"
    goodwill(service, "source", "rotate", "forum", "--secret", "newer")
    [listed] = json.loads(goodwill(service, "sources", "--json"))
    assert (listed["name"], listed["state"], listed["way"]) == ("forum", "waits", "accept")
    assert "sends by itself" in goodwill(service, "source", "replay", "forum", "--since", "2026-05-03", code=1)
    assert "nothing came from 'file of dreams'" in goodwill(
        service, "source", "own", "forum", "--of", "file of dreams", code=1
    )
    assert goodwill(service, "source", "own", "forum") == "source forum may change only what it brings itself\n"
    assert goodwill(service, "source", "delete", "forum") == "source forum is deleted; its facts stay\n"
    assert "no source is called 'forum'" in goodwill(service, "source", "check", "forum", code=1)


@pytest.mark.slow
def test_what_is_refused(service: Service) -> None:
    assert "no kind of source is called 'discours'; did you mean 'discourse'?" in goodwill(
        service, "source", "add", "discours", "forum", code=1
    )
    assert "secret is missing" in goodwill(service, "source", "add", "discourse", "forum", code=1)
    assert "--setting: 'x' is no setting; write KEY=VALUE" in goodwill(
        service, "source", "add", "discourse", "forum", "--setting", "x", code=1
    )
    assert "has no setting 'colour'" in goodwill(
        service, "source", "add", "discourse", "forum", "--secret", "x", "--setting", "colour=red", code=1
    )


@pytest.mark.slow
def test_kinds_are_listed_with_how_they_were_tried(service: Service) -> None:
    told = goodwill(service, "sources", "--kinds")
    for name in names():
        assert f"{name}  " in told
    assert told.count("    tried ") == len(names())
    found = json.loads(goodwill(service, "sources", "--kinds", "--json"))
    assert [one["name"] for one in found] == list(names())
    assert {one["way"] for one in found} <= {"pull", "accept", "stream"}
