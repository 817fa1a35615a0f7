"""The networks of a model as ONNX, for programs that run without torch and without rlseg."""

from __future__ import annotations

from rlseg.models.onnx.build import import_onnx
from rlseg.models.onnx.write import PIXELS, POLICY, refuse_onnx, write_onnx

__all__ = ["PIXELS", "POLICY", "import_onnx", "refuse_onnx", "write_onnx"]
