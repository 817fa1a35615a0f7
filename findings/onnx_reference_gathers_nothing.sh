#!/usr/bin/env bash
# onnx 1.22.0, its reference (`onnx.reference.ReferenceEvaluator`): Gather of no rows loses the other axes. Right since 1.23.0.
#
# Expected from memory: the reference is what the standard says: Gather along axis 0 of (N, D) by indices (0,) gives (0, D), as
# numpy.take does.
# Seen: it gives (0,), whatever D is. Graph networks then fail on graphs without edges, a few nodes later: adding (0,) and (0, D) is
# a TypeError about 'Issues with types' that names no shape. onnxruntime, and the reference of 1.23.0, give (0, D).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/gather.py" <<'EOF'
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

given = [
    helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", "d"]),
    helper.make_tensor_value_info("places", TensorProto.INT64, ["m"]),
]
taken = helper.make_tensor_value_info("taken", TensorProto.FLOAT, ["m", "d"])
graph = helper.make_graph([helper.make_node("Gather", ["rows", "places"], ["taken"], axis=0)], "gather", given, [taken])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
onnx.checker.check_model(model, full_check=True)
evaluator = ReferenceEvaluator(model)
rows = np.ones((3, 2), np.float32)
shapes = [evaluator.run(None, {"rows": rows, "places": np.zeros(n, np.int64)})[0].shape for n in (1, 0)]
print("onnx", onnx.__version__, "one row:", shapes[0], "no row:", shapes[1], "numpy.take:", rows.take(np.zeros(0, int), 0).shape)
assert shapes == [(1, 2), (0,) if sys.argv[1] == "before" else (0, 2)], "this has changed"
EOF
for version in 1.22.0 1.23.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "onnx==$version" numpy==2.4.6
    when=$([ "$version" = 1.22.0 ] && echo before || echo after)
    "$folder/$version/bin/python" "$folder/gather.py" "$when"
done
echo "as described"
