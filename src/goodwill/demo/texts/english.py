"""English, the shop's own tongue: fragments for every kind of message."""

from __future__ import annotations

from goodwill.demo.texts.english_asking import ASKING
from goodwill.demo.texts.english_good import GOOD
from goodwill.demo.texts.english_members import MEMBERS
from goodwill.demo.texts.english_small import SMALL
from goodwill.demo.texts.english_trouble import TROUBLE

RULES: dict[str, tuple[str, ...]] = {**SMALL, **TROUBLE, **ASKING, **GOOD, **MEMBERS}
