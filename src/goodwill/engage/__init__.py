"""Engage: whom to answer, thank or help now, and why; a person then does it.

>>> from goodwill import engage
>>> engage.GROUPS
('first', 'promise', 'stake', 'thank')
"""

from goodwill.engage.foreseen import failed_without_a_word
from goodwill.engage.ranking import GROUPS, Ranking, rank

__all__ = ["GROUPS", "Ranking", "failed_without_a_word", "rank"]
