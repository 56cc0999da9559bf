"""The careful reader as an ONNX graph of whole numbers, built node by node from its weights.

Products are of 8-bit activations and 7-bit weights, a scale a channel (Jacob et al. 2018). An activation's range is
fixed beforehand, never that of what happens to be in the batch, so that a text's reading does not depend on its
neighbours. A few channels are many times larger than the rest (Dettmers et al. 2022): they are divided, and their
weights multiplied, by a number of their own (Xiao et al. 2023, SmoothQuant). Seven bits, because on processors without
a dot product of bytes two products of full bytes overflow the 16 bits that they are added in.

A layer's norm is written out: ONNX Runtime is five times faster at its parts than at the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

Weights = Mapping[str, np.ndarray]

EPSILON = 1e-12
LISTENERS = 12  # heads of attention
SAID, WANTED = 13, 10  # mood, then wants; the helpers stay behind
LONGEST = 64  # tokens of one window; no position beyond it is kept
VIEWS = ("pooled_sum", "middle_sum", "first")
"""What careful.onnx is made to say beside its log-odds: the sum of its tokens' vectors; the same from further down,
where what the body was taught has replaced less of what it knew of language; the vector of the mark before a text."""
MIDDLE = 4  # the view from further down is what this layer hears, counted from 0
ACTIVATION, WEIGHT = 255, 63
_MICROSOFT = "com.microsoft"


@dataclass(frozen=True)
class Range:
    """How one activation is kept in bytes: channel c between low and high times ease[c]."""

    low: float
    high: float
    ease: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, usual: float = 0.95) -> Range:
        """Of values [rows, channels]: channels larger than this share of them are brought down to it."""
        largest = np.abs(values).max(axis=0)
        ease = np.maximum(largest / np.quantile(largest, usual), 1.0).astype(np.float32)
        eased = values / ease
        return cls(min(0.0, float(eased.min())), max(0.0, float(eased.max())), ease)

    @property
    def scale(self) -> float:
        return (self.high - self.low) / ACTIVATION

    @property
    def zero(self) -> int:
        """0 itself is kept exactly."""
        return round(-self.low / self.scale)


@dataclass
class _Graph:
    """Nodes and constants, growing."""

    ranges: Mapping[str, Range]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, value: Any, kind: type = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def add(self, kind: str, *inputs: str, name: str = "", domain: str = "", **attributes: Any) -> str:
        name = name or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def in_bytes(self, values: str, name: str) -> tuple[str, str, str]:
        """(bytes, scale, zero) of an activation."""
        kept = self.ranges[name]
        scale, zero = self.constant(kept.scale), self.constant(kept.zero, np.uint8)
        eased = self.add("Mul", values, self.constant(1 / kept.ease))
        return self.add("QuantizeLinear", eased, scale, zero), scale, zero

    def weights(self, matrix: np.ndarray, name: str) -> tuple[str, str, str]:
        """(int8 [in, out], scale [out], zero [out])."""
        eased = matrix * self.ranges[name].ease[:, None]
        scale = np.maximum(np.abs(eased).max(axis=0), 1e-9) / WEIGHT
        whole = self.constant(np.round(eased / scale), np.int8)
        return whole, self.constant(scale), self.constant(np.zeros(len(scale)), np.int8)

    def linear(self, values: str, name: str, matrix: np.ndarray, bias: np.ndarray) -> str:
        """values @ matrix + bias, the product in whole numbers."""
        kept, scale, zero = self.in_bytes(values, name)
        whole, each, none = self.weights(matrix, name)
        inputs = (kept, whole, scale, each, zero, none, self.constant(bias))
        return self.add("MatMulIntegerToFloat", *inputs, domain=_MICROSOFT)

    def attention(self, values: str, name: str, matrix: np.ndarray, bias: np.ndarray, mask: str) -> str:
        """Queries, keys and values in whole numbers, then who listens to whom (Vaswani et al. 2017)."""
        kept, scale, zero = self.in_bytes(values, name)
        whole, each, none = self.weights(matrix, name)
        inputs = (kept, whole, self.constant(bias), scale, each, mask, zero, none)
        return self.add("QAttention", *inputs, domain=_MICROSOFT, num_heads=LISTENERS)

    def norm(self, values: str, gain: np.ndarray, shift: np.ndarray) -> str:
        """Layer normalisation (Ba, Kiros and Hinton 2016)."""
        last, share = self.constant([-1], np.int64), self.constant(1 / len(gain))
        centred = self.add("Sub", values, self.add("Mul", self.add("ReduceSum", values, last), share))
        variance = self.add("Mul", self.add("ReduceSum", self.add("Mul", centred, centred), last), share)
        spread = self.add("Sqrt", self.add("Add", variance, self.constant(EPSILON)))
        normal = self.add("Mul", centred, self.add("Reciprocal", spread))
        return self.add("Add", self.add("Mul", normal, self.constant(gain)), self.constant(shift))


def layers_of(weights: Weights) -> list[str]:
    """The beginnings of the layers' names, in order."""
    opening = "body.encoder.layer."
    numbers = {int(name.split(".")[3]) for name in weights if name.startswith(opening)}
    return [f"{opening}{number}." for number in sorted(numbers)]


def build(weights: Weights, ranges: Mapping[str, Range]) -> onnx.ModelProto:
    """ids, mask int64 [n, t ≤ 64] → log_odds float32 [n, 13]: mood (3), then wants (10).

    Args:
        weights: those of `training.deep.body.Reader` on a BERT of any number of layers, by name.
        ranges: of what goes into each product: layer + 'in', 'heard', 'middle', 'thought'.
    """
    graph = _Graph(ranges)
    mask = graph.add("Cast", "mask", to=TensorProto.INT32)
    hidden = _embedded(graph, weights)
    for layer in layers_of(weights):
        hidden = _layer(graph, weights, layer, hidden, mask)
    _heads(graph, weights, hidden)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("ids", "mask")]
    output = helper.make_tensor_value_info("log_odds", TensorProto.FLOAT, ["n", SAID])
    whole = helper.make_graph(graph.nodes, "careful", inputs, [output], graph.constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=9, producer_name="goodwill")
    onnx.checker.check_model(model)
    return model


def save(model: onnx.ModelProto, path: Path) -> None:
    """Writes the graph in one file."""
    onnx.save(model, str(path))


def no_heads(path: Path) -> dict[str, np.ndarray]:
    """What careful.npz says of a careful.onnx before training.deep.heads: heads of nothing, and what is written after
    the file so that it says its views (VIEWS) beside its log-odds."""
    graph = onnx.load(str(path)).graph
    made_by = {node.output[0]: node for node in graph.node}
    total = next(made_by[node.input[0]] for node in reversed(graph.node) if node.op_type == "Squeeze")
    counts, said = total.input
    hidden, head = made_by[said].input
    # What each layer hears: eased, put into bytes, listened to.
    heard = [made_by[made_by[node.input[0]].input[0]].input[0] for node in graph.node if node.op_type == "QAttention"]
    whole, middle, first = VIEWS
    zero = helper.make_node("Constant", [], ["the_first"], value_int=0)
    more = onnx.ModelProto()
    more.graph.node.extend(
        [
            helper.make_node("MatMul", [counts, hidden], [whole]),
            helper.make_node("MatMul", [counts, heard[MIDDLE]], [middle]),
            zero,
            helper.make_node("Gather", [hidden, zero.output[0]], [first], axis=1),
        ]
    )
    for view, shape in ((whole, ["n", 1, "d"]), (middle, ["n", 1, "d"]), (first, ["n", "d"])):
        more.graph.output.append(helper.make_tensor_value_info(view, TensorProto.FLOAT, shape))
    width = next(constant.dims[0] for constant in graph.initializer if constant.name == head)
    return {
        "want_heads": np.zeros((len(VIEWS) * width, WANTED), np.int16),
        "want_units": np.ones(WANTED),
        "fast_say": np.zeros(WANTED),
        "continued": np.frombuffer(more.SerializeToString(), np.uint8),
    }


def _embedded(graph: _Graph, weights: Weights) -> str:
    """A token's own vector (int8, a scale each), and its place's."""
    table = weights["body.embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / 127
    whole = graph.add("Gather", graph.constant(np.round(table / scale), np.int8), "ids")
    scale = graph.add("Gather", graph.constant(scale), "ids")
    word = graph.add("Mul", graph.add("Cast", whole, to=TensorProto.FLOAT), scale)
    places = weights["body.embeddings.position_embeddings.weight"][:LONGEST]
    places = graph.constant(places + weights["body.embeddings.token_type_embeddings.weight"][0])
    first = graph.constant([0], np.int64)
    place = graph.add("Slice", places, first, graph.add("Shape", "ids", start=1, end=2), first)
    return graph.norm(graph.add("Add", word, place), *_pair(weights, "body.embeddings.LayerNorm"))


def _pair(weights: Weights, name: str) -> tuple[np.ndarray, np.ndarray]:
    return weights[f"{name}.weight"].T, weights[f"{name}.bias"]


def _layer(graph: _Graph, weights: Weights, layer: str, hidden: str, mask: str) -> str:
    asked = [_pair(weights, f"{layer}attention.self.{name}") for name in ("query", "key", "value")]
    matrix, bias = (np.concatenate(parts, axis=-1) for parts in zip(*asked, strict=True))
    heard = graph.attention(hidden, layer + "in", matrix, bias, mask)
    heard = graph.linear(heard, layer + "heard", *_pair(weights, layer + "attention.output.dense"))
    hidden = graph.norm(graph.add("Add", heard, hidden), *_pair(weights, layer + "attention.output.LayerNorm"))
    thought = graph.linear(hidden, layer + "middle", *_pair(weights, layer + "intermediate.dense"))
    thought = graph.add("Gelu", thought, domain=_MICROSOFT)
    thought = graph.linear(thought, layer + "thought", *_pair(weights, layer + "output.dense"))
    return graph.norm(graph.add("Add", thought, hidden), *_pair(weights, layer + "output.LayerNorm"))


def _heads(graph: _Graph, weights: Weights, hidden: str) -> None:
    """What each token says in every head, then the mean over the tokens: the same as the heads of the mean, but to the
    last bit alike in any batch. (A product of one row is computed in another order than one of many, and a plain sum
    in an order that depends on where in memory it lies.)"""
    matrix, bias = _pair(weights, "heads")
    said = graph.add("MatMul", hidden, graph.constant(np.ascontiguousarray(matrix[:, :SAID])))
    one = graph.constant([1], np.int64)
    counts = graph.add("Cast", graph.add("Unsqueeze", "mask", one), to=TensorProto.FLOAT)
    total = graph.add("Squeeze", graph.add("MatMul", counts, said), one)
    mean = graph.add("Div", total, graph.add("ReduceSum", counts, graph.constant([2], np.int64), keepdims=0))
    graph.add("Add", mean, graph.constant(bias[:SAID]), name="log_odds")
