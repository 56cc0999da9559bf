"""An invented firm with a known truth: Hedgerow Computing, a PC-parts shop with two years of life.

`make` writes the firm's files as any firm would bring them, and beside them `truth/`, which a run never reads.
`score` holds a run's results against that truth. How the world works: docs/demo.md.
"""

from goodwill.demo.making import make
from goodwill.demo.scoring import Scores, score
from goodwill.demo.setting import AS_OF
from goodwill.demo.truth import Truth, load_truth

__all__ = ["AS_OF", "Scores", "Truth", "load_truth", "make", "score"]
