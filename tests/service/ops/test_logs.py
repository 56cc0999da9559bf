"""Log lines: one event, one line, no personal data."""

from __future__ import annotations

import json
import logging
import sys

from goodwill.service.ops.logs import MaskedLines


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    found = logging.getLogger("goodwill.test").makeRecord(
        "goodwill.test", logging.WARNING, "file", 1, message, values, None, extra=extra
    )
    found.created = 1_700_000_000.5
    return found


def test_personal_data_and_secrets_are_masked_wherever_they_stand() -> None:
    line = MaskedLines("text").format(
        record(
            "%s asked from +41 44 123 45 67 by %s",
            "ann@example.org",
            "/enter/abcdefghijklmnopqrstuvwxyz012345",
            token="gw_abcdefgh12345678",
            database="postgresql://goodwill:hunter2@db/shop",
        )
    )
    for secret in ("ann@", "123 45", "abcdefghijkl", "gw_abcd", "hunter2"):
        assert secret not in line, line
    assert line.startswith("at=2023-11-14T22:13:20.500Z level=warning from=goodwill.test process=")
    assert 'what="[email] asked from [phone] by /enter/[secret]"' in line


def test_a_traceback_is_masked_and_stays_on_one_line() -> None:
    try:
        raise ValueError("no room for bob@example.org\nnext line")
    except ValueError:
        found = record("it failed")
        found.exc_info = sys.exc_info()
    text = MaskedLines("text").format(found)
    assert "\n" not in text
    assert "bob@" not in text
    told = json.loads(MaskedLines("json").format(found))
    assert told["what"] == "it failed"
    assert "ValueError: no room for [email]\nnext line" in told["traceback"]


def test_nobody_can_forge_a_line() -> None:
    text = MaskedLines("text").format(record('x" level=error what="forged\nat=now'))
    assert "\n" not in text
    assert text.endswith(r'what="x\" level=error what=\"forged\nat=now"')
