"""An ONNX body in 8 bits, quantised row by row: `python -m training.deep.by_row FLOAT.onnx INT8.onnx`.

Weights: one scale a channel, symmetric. What goes into each product: one scale a row (a token), found as it runs, so
that a text's vector does not depend on its neighbours in the batch, as it does with one scale a tensor (the usual
dynamic quantisation). Token-wise scales: Yao et al. 2022, ZeroQuant, section 4.1.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

MICROSOFT = "com.microsoft"
LARGE = 1000  # rows: a table of tokens, not of positions


class _Rewriter:
    """Rewrites one graph, node by node."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.constants = {constant.name: constant for constant in graph.initializer}
        self.nodes: list[onnx.NodeProto] = []
        self.added: list[onnx.TensorProto] = []
        self.replaced: set[str] = set()
        self.rows: dict[str, tuple[str, str]] = {}  # an input -> its integers and the scale of each row
        self._constant("row_one", np.float32(1))
        self._constant("row_middle", np.uint8(128))
        self._constant("row_least", np.float32(1e-12))
        self._constant("row_share", np.float32(1 / 127))

    def _constant(self, name: str, values: np.ndarray | np.generic) -> str:
        self.added.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def _make(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def rewrite(self, node: onnx.NodeProto) -> None:
        if node.op_type == "MatMul" and node.input[1] in self.constants:
            self._product(node)
        elif node.op_type == "Gather" and self._table(node.input[0]) is not None:
            self._lookup(node)
        else:
            self.nodes.append(node)

    def _table(self, name: str) -> np.ndarray | None:
        if name not in self.constants:
            return None
        values = numpy_helper.to_array(self.constants[name])
        return values if values.ndim == 2 and len(values) > LARGE else None

    def _product(self, node: onnx.NodeProto) -> None:
        values, weights = node.input
        given = numpy_helper.to_array(self.constants[weights])
        scale = np.maximum(np.abs(given).max(0), 1e-12) / 127
        name = f"{weights}_row{len(self.nodes)}"
        self.replaced.add(weights)
        integers, of_row = self._in_integers(values)
        inputs = [
            integers,
            self._constant(f"{name}_weights", np.clip(np.round(given / scale), -127, 127).astype(np.int8)),
            "row_one",
            self._constant(f"{name}_scale", scale.astype(np.float32)),
            "row_middle",
            self._constant(f"{name}_zero", np.zeros(given.shape[1], np.int8)),
        ]
        product = self._make("MatMulIntegerToFloat", inputs, f"{name}_product", MICROSOFT)
        self._make("Mul", [product, of_row], node.output[0])

    def _in_integers(self, values: str) -> tuple[str, str]:
        if values not in self.rows:
            name = f"{values}_row"
            largest = self._make("ReduceMax", [self._make("Abs", [values], f"{name}_size")], f"{name}_max", axes=[-1])
            largest = self._make("Max", [largest, "row_least"], f"{name}_above_zero")
            scale = self._make("Mul", [largest, "row_share"], f"{name}_scale")
            scaled = self._make("Div", [values, scale], f"{name}_scaled")
            integers = self._make("QuantizeLinear", [scaled, "row_one", "row_middle"], f"{name}_integers")
            self.rows[values] = integers, scale
        return self.rows[values]

    def _lookup(self, node: onnx.NodeProto) -> None:
        table, places = node.input
        given = numpy_helper.to_array(self.constants[table])
        scale = np.maximum(np.abs(given).max(1, keepdims=True), 1e-12) / 127
        self.replaced.add(table)
        self._constant(f"{table}_integers", np.clip(np.round(given / scale), -127, 127).astype(np.int8))
        self._constant(f"{table}_scale", scale.astype(np.float32))
        found = self._make("Gather", [f"{table}_integers", places], f"{table}_found", axis=0)
        scales = self._make("Gather", [f"{table}_scale", places], f"{table}_found_scale", axis=0)
        found = self._make("Cast", [found], f"{table}_float", to=TensorProto.FLOAT)
        self._make("Mul", [found, scales], node.output[0])


def quantise(source: str | Path, target: str | Path) -> None:
    """Reads a float model (opset 13 to 17) and writes the same in 8 bits."""
    model = onnx.load(str(source))
    rewriter = _Rewriter(model.graph)
    for node in model.graph.node:
        rewriter.rewrite(node)
    kept = [constant for constant in model.graph.initializer if constant.name not in rewriter.replaced]
    del model.graph.node[:]
    del model.graph.initializer[:]
    model.graph.node.extend(rewriter.nodes)
    model.graph.initializer.extend(kept + rewriter.added)
    if not any(known.domain == MICROSOFT for known in model.opset_import):
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    onnx.save(model, str(target))


if __name__ == "__main__":
    quantise(*sys.argv[1:3])
