"""The untouched body as goodwill ships it for similarity: `python -m training.deep.vectors --body DIR --out FOLDER`.

Mean-pooled, of length 1, in 8 bits row by row (training/deep/by_row.py); the tokenizer beside it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

from training.deep.by_row import quantise


class Vectors(nn.Module):
    """Token ids and mask, both [N, T], to vectors [N, D] of length 1."""

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(path, add_pooling_layer=False, attn_implementation="eager")

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask[..., None].to(hidden.dtype)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
        return pooled / pooled.norm(dim=-1, keepdim=True)


def export(body: Path, folder: Path) -> None:
    """Writes body.onnx and tokenizer.json."""
    ids = torch.randint(5, 1000, (2, 7))
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "float.onnx"
        torch.onnx.export(
            Vectors(body).eval(),
            (ids, torch.ones_like(ids)),
            str(whole),
            input_names=["ids", "mask"],
            output_names=["vector"],
            dynamic_axes={"ids": {0: "n", 1: "t"}, "mask": {0: "n", 1: "t"}, "vector": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
        quantise(whole, folder / "body.onnx")
    shutil.copyfile(body / "tokenizer.json", folder / "tokenizer.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    export(given.body, given.out)
