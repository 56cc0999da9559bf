"""Understand: what a message means. Text to mood, intents, topics, urgency and flow, offline and fast.

`read_texts` reads bare texts; `read_messages` reads a firm's messages with its own topics, competitors and stars;
`staff_named` says which colleagues a text names. The room itself can be called like `read_texts`, so that
`goodwill.understand(texts)` works beside `goodwill.understand.read_messages`:

>>> import goodwill
>>> goodwill.understand(["Thank you so much!"], lane="auto")["intent"].to_pylist()
['thanks']
"""

import sys
from collections.abc import Sequence
from types import ModuleType

import pyarrow as pa

from goodwill.understand.corrections import CorrectionWarning
from goodwill.understand.messages import read_messages
from goodwill.understand.reader import read_texts
from goodwill.understand.staff import staff_named

__all__ = ["CorrectionWarning", "read_messages", "read_texts", "staff_named"]


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, texts: Sequence[str | None], lane: str = "auto") -> pa.Table:
        return read_texts(texts, lane)


sys.modules[__name__].__class__ = _Room
