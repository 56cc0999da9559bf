"""Understand: what a message means. Text to mood, intents, topics, urgency and flow, offline and fast.

`read_texts` reads bare texts; `read_messages` reads a firm's messages with its own topics, competitors and stars;
`staff_named` says which colleagues a text names; `evaluate` says how well the firm's own people find that it is read,
and `adapt` learns from what they corrected. `vectors` and `Similar` find what was said before; `themes` what people
talk about that no list foresaw; `correctable` what a message claims and the facts contradict. The room itself can be
called like `read_texts`, so that `goodwill.understand(texts)` works beside `goodwill.understand.read_messages`:

>>> import goodwill
>>> goodwill.understand(["Thank you so much!"], lane="auto")["intent"].to_pylist()
['thanks']
"""

import sys
from collections.abc import Sequence
from types import ModuleType

import pyarrow as pa

from goodwill.understand.adapt import Adapted, adapt
from goodwill.understand.claims import correctable
from goodwill.understand.corrections import CorrectionWarning
from goodwill.understand.evaluate import evaluate
from goodwill.understand.evaluation import Evaluation
from goodwill.understand.messages import read_messages
from goodwill.understand.reader import read_texts
from goodwill.understand.similar import Similar
from goodwill.understand.staff import staff_named
from goodwill.understand.themes import themes
from goodwill.understand.vectors import vectors

__all__ = [
    "Adapted",
    "CorrectionWarning",
    "Evaluation",
    "Similar",
    "adapt",
    "correctable",
    "evaluate",
    "read_messages",
    "read_texts",
    "staff_named",
    "themes",
    "vectors",
]


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, texts: Sequence[str | None], lane: str = "auto") -> pa.Table:
        return read_texts(texts, lane)


sys.modules[__name__].__class__ = _Room
