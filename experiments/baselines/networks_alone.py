"""How long the networks of Cellpose-SAM and StarDist take for one tile on one thread, with random weights.

    ENVIRONMENT/bin/python experiments/baselines/networks_alone.py cellpose-sam
    ENVIRONMENT/bin/python experiments/baselines/networks_alone.py stardist

Run by the Python of an environment of its own, which has the public package (`pip install cellpose`; `pip install
stardist tensorflow-cpu`): nothing of this project is imported. The architecture is that of the package's defaults;
values of weights do not change the time of a pass, and none are downloaded. What comes after the network (flows
followed to objects, polygons suppressed by others) is not part of it. Prints a line of JSON: name and version of the
package, parameters, the smallest seconds of a pass, its input, and its kind of numbers. Exit code 3: not installed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any
from unittest.mock import MagicMock

SIDE = 256
Found = tuple[str, int, dict[str, Callable[[], Any]]]


def cellpose_sam() -> Found:
    """The network of Cellpose 4, in the 16 bits of its default and in 32; a tile always has 256 x 256 pixels."""
    import torch

    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        # PyPI's wheel needs the CUDA libraries of PyPI's torch; beside a torch for CPUs it cannot be imported. Segment
        # Anything resizes pictures by it, the network calls nothing of it
        sys.modules |= {f"torchvision{rest}": MagicMock() for rest in ("", ".ops", ".ops.boxes", ".transforms")}
        sys.modules["torchvision.transforms.functional"] = MagicMock()
    from cellpose.vit import CPSAM

    torch.set_num_threads(1)
    passes: dict[str, Callable[[], Any]] = {}
    parameters = 0
    for kind in ("bfloat16", "float32"):
        dtype = getattr(torch, kind)
        # after reading weights the package casts the whole network as well, not only its encoder
        network = CPSAM(dtype=dtype).to(dtype).eval()
        parameters = sum(values.numel() for values in network.parameters())
        tile = torch.rand(1, 3, SIDE, SIDE).to(dtype)

        def call(network: Any = network, tile: Any = tile) -> Any:
            with torch.inference_mode():
                return network(tile)

        passes[kind] = call
    return f"cellpose {version('cellpose')}", parameters, passes


def stardist() -> Found:
    """The network of StarDist's default configuration, and with the grid of 2 of its model `2D_versatile_fluo`."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    import numpy as np
    import tensorflow
    from stardist.models import Config2D, StarDist2D

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    tile = np.random.default_rng(0).random((1, SIDE, SIDE, 1), np.float32)
    passes: dict[str, Callable[[], Any]] = {}
    parameters = 0
    for grid in (1, 2):
        network = StarDist2D(Config2D(grid=(grid, grid)), basedir=None).keras_model
        parameters = max(parameters, network.count_params())
        passes[f"grid {grid}, float32"] = lambda network=network: network.predict_on_batch(tile)
    return f"stardist {version('stardist')}", parameters, passes


NETWORKS = {"cellpose-sam": cellpose_sam, "stardist": stardist}


def main() -> int:
    name, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    # before any library is imported, as they ask for it then
    os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        package, parameters, passes = NETWORKS[name]()
    except ImportError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 3
    for kind, call in passes.items():
        call()  # the first pass also compiles
        seconds = []
        for _ in range(rounds):
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
        print(json.dumps({"package": package, "parameters": parameters, "kind": kind, "seconds": min(seconds)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
