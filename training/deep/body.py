"""One body, many heads: a transformer's mean-pooled vector and a linear layer for each thing to say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

from training.data import WANTS
from training.deep.lessons import HELPERS

BASES = {
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": "all-MiniLM-L6-v2",
    "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658": "all-mpnet-base-v2",
}
"""SHA-256 of the model.safetensors that may be taught."""
HEADS = {"mood": 3, "wants": len(WANTS), "helpers": len(HELPERS)}


def known_base(path: str | Path) -> str:
    """The name of the base whose weights lie there; anything else is refused, so that a figure can be made again."""
    with (Path(path) / "model.safetensors").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest not in BASES:
        raise SystemExit(f"{path}/model.safetensors has SHA-256 {digest}; known are {', '.join(BASES.values())}")
    return BASES[digest]


class Reader(nn.Module):
    """Token ids [N, T] to log-odds: mood [N, 3], wants [N, 10], helpers [N, 30]."""

    def __init__(self, path: str | Path, dropout: float = 0.1) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(path, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        width = self.body.config.hidden_size
        self.heads = nn.Linear(width, sum(HEADS.values()))
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """[N, 43] the heads side by side, in the order of HEADS."""
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask[..., None].to(hidden.dtype)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
        return self.heads(self.dropout(pooled))


def split_heads(logits: torch.Tensor) -> dict[str, torch.Tensor]:
    """The heads by name."""
    return dict(zip(HEADS, logits.split(list(HEADS.values()), dim=-1), strict=True))
