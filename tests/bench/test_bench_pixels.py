"""What a pixel and an object add to each part of a prediction, from 256 x 256 to 2,048 x 2,048: `make bench`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from workbench import crowd, model, note

from experiments.analysis.floor import growth_of
from experiments.baselines.classical import otsu_watershed
from rlseg.data.prepare import Preparation
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import first_objects
from rlseg.environment.refine import refine_objects
from rlseg.graph.batch import collate
from rlseg.io.read import read_image
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.writers.tiff import write_labels

pytestmark = pytest.mark.bench

SIZES = (256, 512, 1024, 2048)
ROUNDS = {256: 5, 512: 3, 1024: 2, 2048: 1}
TEXTBOOK = "Otsu and watershed of scikit-image, all of it"


class Clock:
    """The smallest milliseconds of CPU of some rounds of each part: what one core needs, also on a busy machine."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.ms: dict[str, float] = {}

    def __call__(self, part: str, call: Callable[[], Any]) -> Any:
        seconds = []
        for _ in range(self.rounds):
            began = time.process_time()
            found = call()
            seconds.append(time.process_time() - began)
        self.ms[part] = 1e3 * min(seconds)
        return found


def parts(pixels: np.ndarray, folder: Path, rounds: int) -> tuple[int, dict[str, float]]:
    """Objects that are found, and the milliseconds of each part of a prediction of (1, H, W) in one piece."""
    clock, preparation, module = Clock(rounds), Preparation(), model("policy_gradient")
    tifffile.imwrite(folder / "image.tif", pixels[0].astype(np.uint8), photometric="minisblack")
    raw = clock("read", lambda: read_image(folder / "image.tif").pixels)
    sample = clock("prepare: superpixels, graph, tables, features", lambda: preparation(raw, "image"))
    # what a trained policy would say; ours has not been trained
    weights = np.clip(1 / (1 + np.exp(8 * (sample.guide - 0.45))), 0.001, 0.999)
    environment, reward = SegmentationEnvironment(module.environment.reward, threads=1), module.environment.reward
    with torch.no_grad():
        state = module.state(collate([sample]))
        clock("actor", lambda: module.learner.actor(state.nodes, state.edges, state.graph))
    outcome = clock("multicut and rewards", lambda: environment.step(sample, weights[None]))
    labels = first_objects(sample, outcome, 0.3)
    refinement = module.refinement
    assert refinement is not None
    refined = clock("refine outlines", lambda: refine_objects(sample, labels, reward, refinement))
    clock("measure objects", lambda: measure_objects(sample, refined, reward))
    clock("write", lambda: write_labels(folder / "labels.tif", refined))
    image = (pixels[0] / 255).astype(np.float32)
    clock(TEXTBOOK, lambda: otsu_watershed(image))
    return int(refined.max()), clock.ms


def test_pixels_and_objects(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Images with many objects and with few: else nobody could tell the two costs apart."""
    torch.set_num_threads(1)
    images = [(size, dense) for size in SIZES for dense in (False, True)]
    parts(crowd(256, True), tmp_path, 1)  # what is compiled
    found = benchmark.pedantic(
        lambda: [parts(crowd(size, dense), tmp_path, ROUNDS[size]) for size, dense in images], rounds=1
    )
    pixels, objects = [size * size for size, _ in images], [count for count, _ in found]
    rows = {}
    for part in found[0][1]:
        ms = [times[part] for _, times in found]
        # of both images of a size
        each = [1e6 * (few + many) / 2 / size**2 for size, few, many in zip(SIZES, ms[::2], ms[1::2], strict=True)]
        rows[part] = vars(growth_of(pixels, objects, ms)) | {"each": each}
    note(benchmark, "growth: pixels and objects", parts=rows, sizes=SIZES, objects=objects)
    print("\n" + "\n".join(f"{part:45} {row}" for part, row in rows.items()))
    assert max(objects[1::2]) > 1.5 * max(objects[::2])
