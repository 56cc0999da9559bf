"""Log lines without personal data: key=value, or JSON where GOODWILL_LOG_FORMAT=json; one event, one line.

Everything that was formatted into the message is masked by `goodwill.privacy`, tracebacks too; so are goodwill's own
secrets: tokens, one-time links, passwords in addresses. Names of people cannot be told from other words, so code does
not log them.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime

from goodwill import privacy

_TOKEN = re.compile(r"\b(gw_|Bearer\s+)[\w.~+/=-]{8,}")
_LINK = re.compile(r"(/(?:enter|welcome|invitation|sign-in)/)[\w-]{16,}")
_PASSWORD = re.compile(r"(\w+://[^\s/:@]*:)[^\s@]+@")
_PLAIN = re.compile(r"[^\s\"=\\]+")
_BEYOND = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def masked(text: str) -> str:
    """The text without personal data and without goodwill's own secrets.

    >>> masked("ann@example.org came by https://shop.example/enter/Zm9vYmFyYmF6cXV1eA")
    '[email] came by https://shop.example/enter/[secret]'
    """
    text = _PASSWORD.sub(r"\1[secret]@", text)
    text = _TOKEN.sub(r"\1[secret]", text)
    return privacy.mask(_LINK.sub(r"\1[secret]", text))


class MaskedLines(logging.Formatter):
    """One line an event: at, level, from, process, what; `extra` fields and a traceback follow."""

    def __init__(self, form: str = "") -> None:
        super().__init__()
        self.json = (form or os.environ.get("GOODWILL_LOG_FORMAT", "")) == "json"

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "from": record.name,
            "process": record.process,
            "what": masked(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _BEYOND and not name.startswith("_"):
                line[name] = _value(value)
        if record.exc_info:
            line["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False) if self.json else " ".join(_pairs(line))


def _value(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else masked(str(value))


def _pairs(line: dict[str, object]) -> list[str]:
    return [f"{name}={value if _PLAIN.fullmatch(value) else _quoted(value)}" for name, value in _texts(line)]


def _texts(line: dict[str, object]) -> list[tuple[str, str]]:
    return [(name, "" if value is None else str(value)) for name, value in line.items()]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def to_stderr() -> None:
    """For processes of the service in which Django has not (yet) set up logging."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedLines())
    logging.basicConfig(level=os.environ.get("GOODWILL_LOG", "INFO"), handlers=[handler], force=True)
