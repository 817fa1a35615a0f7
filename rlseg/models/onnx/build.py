"""A graph of ONNX, written node by node, so that every size may differ from call to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError

OPSET = 18
_IR = 9  # of the time of this opset, so that runtimes of then read the file


def import_onnx() -> Any:
    """The package, which is not installed by default.

    Raises:
        RlsegError: it is missing.
    """
    try:
        return import_module("onnx")
    except ImportError:
        raise RlsegError("ONNX needs a package that is missing", 'pip install "rlseg[onnx]"') from None


class Graph:
    """Nodes and constants as they are added; values go by their names."""

    def __init__(self) -> None:
        self._onnx = import_onnx()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, *inputs: str, **settings: Any) -> str:
        """The value of an operator of ONNX."""
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], name=name, **settings))
        return name

    def constant(self, values: npt.ArrayLike, kind: npt.DTypeLike = np.float32) -> str:
        """An array that is kept in the file."""
        name = f"constant_{len(self._constants)}"
        array = np.array(values, kind, order="C")
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def size(self, value: str, axis: int) -> str:
        """(1,) int64, how long a value is along an axis."""
        return self.add("Shape", value, start=axis, end=axis + 1)

    def linear(self, values: str, weight: npt.ArrayLike, bias: npt.ArrayLike | None = None) -> str:
        """x W^T + b, see `torch.nn.Linear`."""
        product = self.add("MatMul", values, self.constant(np.asarray(weight).T))
        return product if bias is None else self.add("Add", product, self.constant(bias))

    def leaky(self, values: str, slope: float) -> str:
        """LeakyReLU."""
        return self.add("LeakyRelu", values, alpha=slope)

    def model(
        self,
        name: str,
        inputs: Mapping[str, tuple[npt.DTypeLike, Sequence[int | str]]],
        outputs: Mapping[str, tuple[str, Sequence[int | str]]],
        notes: Mapping[str, str],
    ) -> bytes:
        """The file.

        Args:
            name: of the graph.
            inputs: name -> type and shape, in which words are sizes that may differ.
            outputs: name -> the value that it is, float32, and its shape.
            notes: key -> text, kept beside the graph.
        """
        helper = self._onnx.helper
        for called, (value, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [called], name=called))
        kind = helper.np_dtype_to_tensor_dtype
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(n, kind(np.dtype(t)), shape) for n, (t, shape) in inputs.items()],
            [helper.make_tensor_value_info(n, kind(np.dtype(np.float32)), shape) for n, (_, shape) in outputs.items()],
            self._constants,
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR, producer_name="rlseg")
        helper.set_model_props(model, dict(notes))
        self._onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
