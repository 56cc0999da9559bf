"""ONNX Runtime as goodwill uses it: so many threads and no more, and none that spins while it waits."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from goodwill.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "GOODWILL_THREADS"
_USUAL, _MOST = 2, 1024


def threads(setting: int | None = None) -> int:
    """How many threads a model may use: the setting, else GOODWILL_THREADS, else 2; of the last no more than there are
    cores.

    Raises:
        SettingsError: GOODWILL_THREADS is no whole number from 1 on.

    >>> threads(1)
    1
    """
    if setting is not None:
        return setting
    given = os.environ.get(VARIABLE, "")
    if not given:
        return min(_USUAL, os.cpu_count() or 1)
    if not given.isdecimal() or not 1 <= int(given) <= _MOST:
        raise SettingsError(f"{given!r} is no number of threads", where=VARIABLE, mend="set it to 1 or more")
    return int(given)


@cache
def session(path: Path, most: int, continued: bytes = b"") -> Any:
    """The model of a file, loaded once.

    `continued`: more of the same graph. Two protobuf messages written one after the other are one, their lists joined
    (Protocol Buffers, 'Encoding: last one wins'), so that nodes and outputs are added without a new file.
    """
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = most, 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a waiting thread leaves the core alone
    return onnxruntime.InferenceSession(
        path.read_bytes() + continued if continued else str(path), options, providers=["CPUExecutionProvider"]
    )


@cache
def tokenizer(path: Path) -> Any:
    """A tokenizer that neither pads nor cuts."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(path))
    found.no_padding()
    found.no_truncation()
    return found
