"""The commands that work on the service's store, as users type them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.conftest import Service

GOODWILL = Path(sys.executable).parent / "goodwill"
pytestmark = pytest.mark.slow


def goodwill(service: Service, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [GOODWILL, *words], env=service.environment, capture_output=True, text=True, timeout=600, cwd=service.home
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_token_is_the_last_word_and_opens_its_scope_until_revoked(service: Service) -> None:
    from goodwill.service.api.auth import find

    said = goodwill(service, "token", "create", "shop", "--scope", "read", "--scope", "write")
    token = said.split()[-1]
    found = find(token)
    assert found is not None
    assert found.scopes == ["read", "write"]
    assert "shop  read write  " in goodwill(service, "token", "list")
    goodwill(service, "token", "revoke", "shop")
    assert find(token) is None
    assert "no token is called 'shop'; goodwill token list names them" in goodwill(
        service, "token", "revoke", "shop", code=1
    )
    assert "no scope is called 'all'" in goodwill(service, "token", "create", "x", "--scope", "all", code=1)


def test_sources_are_stored_with_sealed_secrets(service: Service) -> None:
    from goodwill.service.store.models import Source

    assert "no source is stored" in goodwill(service, "sources")
    goodwill(service, "source", "add", "signed", "shop", "--secret", "s3cret-s3cret-s3cret-s3cret")
    found = Source.objects.get()
    assert found.kind == "signed"
    assert "s3cret" not in found.secrets + str(found.settings)
    assert "shop  signed (" in goodwill(service, "sources") and "never heard" in goodwill(service, "sources")
    again = goodwill(service, "source", "add", "signed", "shop", "--secret", "s3cret-s3cret-s3cret-s3cret", code=1)
    assert "a source is called 'shop' already" in again
    assert "'My Shop' is no name; use a-z" in goodwill(service, "source", "add", "signed", "My Shop", code=1)
    assert "'x' is no setting; write KEY=VALUE" in goodwill(
        service, "source", "add", "signed", "a", "--setting", "x", code=1
    )


def test_a_file_comes_in_once_is_valued_saved_and_put_back(service: Service, tmp_path: Path) -> None:
    from goodwill.service.store.models import FACTS, Worth

    rows = [
        "Order ID,Customer,Date,Total",
        *(f"{n},c{n % 40},2026-0{1 + n % 8}-1{n % 9},{10 + n}.50" for n in range(200)),
    ]
    (tmp_path / "purchases.csv").write_text("\n".join([*rows, "200,c1,soon,1"]))
    for _ in range(2):
        said = goodwill(service, "import", str(tmp_path / "purchases.csv"))
        assert "200 purchases: stored" in said
        assert "purchases.csv, line 202, Date: 'soon' is no time" in said
    assert FACTS["purchases"].objects.count() == 200
    assert "there is no such file" in goodwill(service, "import", "nothing.csv", code=1)
    assert "customers valued as of 1 November 2026" in goodwill(service, "revalue", "--as-of", "2026-11-01T00:00")
    assert Worth.objects.count() >= 40
    assert "'soon' is no time; write it as 2026-11-01" in goodwill(service, "revalue", "--as-of", "soon", code=1)
    assert "keep it where nobody else reads it" in goodwill(service, "backup", str(tmp_path / "saved.zip"))
    assert "there is something here already" in goodwill(service, "restore", str(tmp_path / "saved.zip"), code=1)
    FACTS["purchases"].objects.all().delete()
    from django.db import connection

    connection.close()
    assert "rows restored" in goodwill(service, "restore", str(tmp_path / "saved.zip"), "--replace")
    assert FACTS["purchases"].objects.count() == 200


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_invite_and_doctor(service: Service) -> None:
    from goodwill.service.ops import invitations

    said = goodwill(service, "invite", "anna@firm.example", "--role", "admin")
    secret = said.split()[-1].rpartition("/")[2]
    assert invitations.redeem(secret).role == "admin"
    assert "works here already" in goodwill(service, "invite", "anna@firm.example", code=1)
    assert "ok    database: SQLite answers" in goodwill(service, "doctor")
    (service.home / "goodwill.toml").write_text("[firm")
    assert "fail  firm: " in goodwill(service, "doctor", code=1)
