"""The documentation is complete: every command, option, setting and column, and nothing that is no more."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import typer.main

from goodwill.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def reference_pages() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference_pages", ROOT / "tools" / "reference_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {page: write() for page, write in module.PAGES.items()}


@pytest.mark.parametrize("page", ["facts.md", "settings.md", "sources.md"])
def test_pages_that_repeat_the_code_are_true(page: str) -> None:
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == reference_pages()[page], "run: .venv/bin/python tools/reference_pages.py"


def commands() -> dict[str, click.Command]:
    """Every command by the words that call it: 'run', 'token create'."""
    return dict(leaves("", typer.main.get_command(app)))


def leaves(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, one in inner.items():
        yield from leaves(f"{words} {name}".strip(), one)


def test_every_command_and_option_is_documented() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## goodwill ([\w -]+)\n(.*?)(?=^## |\Z)", page, flags=re.M | re.S))
    assert set(sections) == set(commands())
    for name, command in commands().items():
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("--") and option != "--help":
                    assert option in sections[name], f"goodwill {name} {option} is not in docs/commands.md"


def test_every_link_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target} does not exist"


def test_every_setting_of_the_installation_is_documented() -> None:
    """Each variable that the code asks the environment for has its line in docs/service.md, and the other way round."""
    page = (DOCS / "service.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(GOODWILL_[A-Z_]+)` \|", page, flags=re.M))
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    asked = set(re.findall(r"[\"'](GOODWILL_[A-Z_]+)[\"']", code))
    assert documented == asked - {"GOODWILL_LIFELINE"}


def test_every_setting_of_alerts_is_documented() -> None:
    from goodwill.service.ops.alert_settings import AlertSettings

    page = (DOCS / "service.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `alerts\.(\w+)` \|", page, flags=re.M)) == set(AlertSettings.model_fields)
