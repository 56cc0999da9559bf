"""docs/door.md names every page and every setting of the door."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_every_page_and_setting_is_documented(service: object) -> None:
    from goodwill.service.door import choices, entry, frame
    from goodwill.service.door.urls import urlpatterns

    page = (DOCS / "door.md").read_text(encoding="utf-8")
    addresses = {one.name: f"/{one.pattern}" for one in urlpatterns}
    for _, name, _ in frame.PAGES:
        assert f"| `{addresses[name]}` |" in page, name
    assert set(re.findall(r"^\| `(door\.\w+)` \|", page, flags=re.M)) == set(choices.CHOICES)
    assert f"| `door.asks` | {choices.MOST} |" in page
    assert entry.LASTS.total_seconds() == 15 * 60 and entry.IDLE == 30 * 60
    assert (entry.LINKS_AN_HOUR, entry.FROM_ONE_MACHINE, entry.FROM_ALL) == (3, 30, 2_000)


def test_every_attack_that_is_listed_has_its_test() -> None:
    listed = set(re.findall(r"`(test_\w+)`", (DOCS / "door.md").read_text(encoding="utf-8")))
    written = {
        name
        for path in (DOCS.parent / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), flags=re.M)
    }
    assert len(listed) > 25 and not listed - written
