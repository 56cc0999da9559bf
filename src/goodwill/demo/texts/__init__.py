"""The language of the invented firm's customers: a grammar of fragments for each language."""

from goodwill.demo.texts.grammar import Grammar
from goodwill.demo.texts.writer import Writer

__all__ = ["Grammar", "Writer"]
