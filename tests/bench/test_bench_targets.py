"""What a user waits for, and how many times a yardstick of the same run it may take: `make bench`."""

from __future__ import annotations

import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tifffile
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from skimage.measure import regionprops_table
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from test_bench_peers import PlainLayer
from workbench import (
    COUNTERPARTS,
    ROOT,
    Judging,
    batch,
    batch_samples,
    good_objects,
    median_ms,
    model,
    mosaic,
    note,
    partitions,
)

from experiments.baselines.classical import METHODS, OUTLINED, load, local_threshold
from rlseg.environment.solvers.contraction import Contraction
from rlseg.graph.adjacency import cracks, touching
from rlseg.io.find import find_images
from rlseg.prediction.files import Prediction, Wishes
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling.workers import Threads
from rlseg.training.learners.noise import step_noise

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def hold(benchmark: BenchmarkFixture, name: str, limit: float, ratio: float, yardstick: str, ms: float) -> None:
    """Ask that a time is at most so many times that of a yardstick of the same run, and keep both for the report.

    Args:
        benchmark: that has measured our time.
        name: of what was measured.
        limit, ratio: at most, and found.
        yardstick: its name; ms: its milliseconds.
    """
    note(benchmark, f"target: {name}", limit=limit, ratio=ratio, yardstick=yardstick, yardstick_ms=ms)
    print(f"\n{name}: {ratio:.3g} times {yardstick} ({ms:.3g} ms), limit {limit:g}")
    assert ratio <= limit


def in_turn(
    ours: Callable[[], object],
    yardstick: Callable[[], object],
    rounds: int,
    before: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Median of (ours over the yardstick), and the median milliseconds of the yardstick, by the wall clock.

    The two take turns, so that a busy moment of the machine hits both.

    Args:
        ours, yardstick: what is measured.
        rounds: how often.
        before: done before each of ours, and not measured.
        clock: in seconds.
    """
    pairs = []
    ours(), yardstick()
    for _ in range(rounds):
        before()
        began = clock()
        ours()
        between = clock()
        yardstick()
        pairs.append((between - began, clock() - between))
    return float(np.median([a / b for a, b in pairs])), 1e3 * float(np.median([b for _, b in pairs]))


def plain_layer() -> Callable[[], object]:
    """One layer of Eq. 1 as it stands in torch-geometric, forward and backward, on the same four images."""
    four, module = batch(), model("policy_gradient")
    edges = module.state(four).edges.detach()
    width = module.learner.actor.config.width
    nodes = torch.randn(four.num_nodes, width, generator=torch.Generator().manual_seed(0))
    layer = PlainLayer(width, edges.shape[1], width, torch.nn.Identity)
    both, twice = torch.cat([four.edge_index, four.edge_index.flip(0)], 1), torch.cat([edges, edges])
    return lambda: layer(nodes, twice, both).sum().backward()


@pytest.mark.parametrize(("learner", "limit"), [("policy_gradient", 6), ("guided", 35)])
def test_training_step(benchmark: BenchmarkFixture, learner: str, limit: float) -> None:
    """Four images of about 600 superpixels, 16 (policy gradient) or 8 + 16 partitions (guided) of each, two threads."""
    module, four = model(learner), batch()
    shares = []

    def step() -> None:
        loss = module.learner.step(module.state(four), module.environment, step_noise(0, 0, 0), 0, 0.0).loss
        loss.backward()
        shares.append(module.environment.seconds)
        module.zero_grad(set_to_none=True)

    benchmark.pedantic(step, rounds=15, warmup_rounds=2)
    share = float(np.median(shares[2:])) * 1e3 / median_ms(benchmark)
    note(benchmark, "", environment_share=share)
    ratio, ms = in_turn(step, plain_layer(), 11)
    hold(benchmark, f"training step of {learner}, 4 images", limit, ratio, "a layer of Eq. 1 in torch-geometric", ms)


REGIONPROPS = "`regionprops_table` with seven of the nine descriptors, once"


STRONGEST = (
    "the strongest pipeline of scikit-image in results.md (loose mask, watershed, local threshold), without files"
)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """A model of a short training."""
    from rlseg.__main__ import main

    folder = tmp_path_factory.mktemp("model")
    words = [
        *("fit", "--config", str(ROOT / "experiments/nuclei.yaml"), "--trainer.max_epochs", "1"),
        *("--data.cache", "null", "--data.labels", "null", "--data.batches_per_epoch", "60"),
        *("--model.imitation.steps", "60", "--model.imitation.share", "1"),
        *("--model.reward", str(ROOT / "rewards/nuclei.yaml"), "--trainer.logger.init_args.save_dir", str(folder)),
        *("--data.images", str(ROOT / "experiments/data/nuclei/train/images")),
        *("--data.test_images", "null", "--data.test_labels", "null"),
    ]
    assert main(words) == 0
    return Predictor(folder / "nuclei/version_0/checkpoints/last.ckpt", device="cpu")


State = Literal["warm", "cold"]
SAMPLED = "different partitions that {} policy samples, {}"


@pytest.mark.parametrize(("state", "limit"), [("warm", 2.0), ("cold", 2.5)])
def test_rewards_of_64_partitions(benchmark: BenchmarkFixture, state: State, limit: float) -> None:
    """The image of about 700 superpixels, its partitions shared by two threads as a batch is."""
    one = min(batch_samples(), key=lambda s: abs(s.regions.num_nodes - 700))
    judging = Judging(one, partitions(model("policy_gradient"), one, 64), state)
    objects = np.unique(good_objects(one), return_inverse=True)[1][one.superpixels]
    table = lambda: regionprops_table(objects, one.image[0], properties=COUNTERPARTS)  # noqa: E731
    with ThreadPoolExecutor(2) as pool:
        ours = lambda: list(pool.map(judging.judge, np.split(judging.labels, 4)))  # noqa: E731
        benchmark.pedantic(ours, setup=judging.before, rounds=20, warmup_rounds=2)
        ratio, ms = in_turn(ours, table, 7, judging.before)
    note(benchmark, "", **judging.counts())
    sampled = SAMPLED.format("an untrained", state)
    name = f"rewards of 64 {sampled}, {one.regions.num_nodes} superpixels, two threads"
    hold(benchmark, name, limit, ratio, REGIONPROPS, ms)


@pytest.mark.parametrize(
    ("trained", "state", "limit"),
    [(False, "warm", 1 / 25), (False, "cold", 1 / 20), (True, "warm", 1 / 50), (True, "cold", 1 / 40)],
)
def test_rewards_against_regionprops(
    benchmark: BenchmarkFixture, predictor: Predictor, trained: bool, state: State, limit: float
) -> None:
    """The mean over 64, with all nine descriptors and the edges, against seven descriptors of scikit-image."""
    one = predictor.preparation(mosaic(256))
    judging = Judging(one, partitions(predictor.module if trained else model("policy_gradient"), one, 64), state)
    labels = np.unique(good_objects(one), return_inverse=True)[1][one.superpixels]
    table = lambda: regionprops_table(labels, one.image[0], properties=COUNTERPARTS)  # noqa: E731
    benchmark.pedantic(judging, setup=judging.before, rounds=9, warmup_rounds=1)
    ratio, ms = in_turn(judging, table, 7, judging.before, time.thread_time)
    note(benchmark, "", ms=median_ms(benchmark) / 64, **judging.counts())
    sampled = SAMPLED.format("an imitating" if trained else "an untrained", state)
    name = f"rewards of `nuclei.yaml`, the mean of 64 {sampled}"
    hold(benchmark, name, limit, ratio / 64, REGIONPROPS, ms)


@pytest.mark.parametrize(("size", "limit"), [(256, 1.5), (1024, 1.5)])
def test_predict(benchmark: BenchmarkFixture, predictor: Predictor, tmp_path: Path, size: int, limit: float) -> None:
    """From the file to the label file, against the strongest pipeline without training from array to array."""
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/image.tif", mosaic(size)[0].astype(np.uint8), photometric="minisblack")
    run = Prediction(predictor, Wishes(output=tmp_path / "out"), Threads(2))
    files = find_images(tmp_path / "in")
    benchmark.pedantic(lambda: run.run(files), rounds=10 if size == 256 else 4, warmup_rounds=1)
    assert tifffile.imread(tmp_path / "out/image.tif").max() > 5 * (size // 256) ** 2
    image = (mosaic(size)[0] / 255).astype(np.float32)
    ratio, ms = in_turn(lambda: run.run(files), lambda: local_threshold(image), 7 if size == 256 else 3)
    hold(benchmark, f"predict {size} x {size}, file to file", limit, ratio, STRONGEST, ms)


@pytest.mark.parametrize("who", ["rlseg", *(name for name in METHODS if name != OUTLINED)])
@pytest.mark.parametrize("size", [256, 1024])
def test_pipelines(benchmark: BenchmarkFixture, predictor: Predictor, size: int, who: str) -> None:
    """From array to objects in one piece; not the same objects: docs/results.md says how good they are."""
    raw, image = mosaic(size).astype(np.float32), (mosaic(size)[0] / 255).astype(np.float32)
    call = (lambda: predictor(raw)) if who == "rlseg" else lambda: METHODS[who](image)
    note(benchmark, f"peer: objects of {size:,} x {size:,} pixels, array to array", who=who)
    benchmark.pedantic(call, rounds=7 if size == 256 else 3, warmup_rounds=1)


def cells(side: int, step: int) -> np.ndarray:
    """(side, side) int32: Voronoi cells of one random point in each square of `step` pixels, numbered from 0."""
    rng = np.random.default_rng(0)
    count = -(-side // step) + 2
    corner = np.arange(count) - 1
    rows = (corner[:, None] + rng.random((count, count))) * step
    columns = (corner[None] + rng.random((count, count))) * step
    r, c = np.indices((side, side), dtype=np.int32)
    best, ids = np.full((side, side), np.inf), np.zeros((side, side), np.int64)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            a, b = r // step + 1 + down, c // step + 1 + right
            a, b = np.clip(a, 0, count - 1), np.clip(b, 0, count - 1)
            distance = (rows[a, b] - r) ** 2 + (columns[a, b] - c) ** 2
            nearer = distance < best
            best[nearer], ids[nearer] = distance[nearer], (a * count + b)[nearer]
    return np.unique(ids, return_inverse=True)[1].reshape(side, side).astype(np.int32)


def test_a_million_edges(benchmark: BenchmarkFixture) -> None:
    """Region adjacency graph and greedy multicut, one core."""
    ids = cells(4096, 7)
    count = int(ids.max()) + 1
    edges = touching(ids, *cracks(ids), count)[0].shape[1]
    assert edges > 10**6
    costs = np.random.default_rng(0).normal(0, 1.5, (1, edges))

    def both() -> np.ndarray:
        edge_index, _ = touching(ids, *cracks(ids), count)
        return Contraction().solve(count, edge_index, costs)

    def sort() -> np.ndarray:
        """The pairs of neighbours without their weights, as anybody would find them."""
        pairs = np.concatenate(
            [np.stack([a.ravel(), b.ravel()]) for a, b in ((ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:]))], 1
        ).astype(np.int64)
        pairs = np.sort(pairs[:, pairs[0] != pairs[1]], 0)
        return np.unique(pairs[0] * count + pairs[1])

    assert len(sort()) == edges
    benchmark.pedantic(both, rounds=5, warmup_rounds=1)
    ratio, ms = in_turn(both, sort, 3)
    hold(benchmark, f"graph and multicut of {edges:,} edges", 1.0, ratio, "`numpy.unique` of the neighbours", ms)


def test_a_whole_training(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """From the start of `rlseg fit` with the default for nuclei to 95 % of its last validation mAP."""
    words = [
        *("fit", "--config", "experiments/nuclei.yaml", "--data.cache", "null"),
        *("--trainer.logger.init_args.save_dir", str(tmp_path)),
    ]
    command = [sys.executable, "-W", "ignore", "-m", "rlseg", *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    began = []

    def run() -> None:
        began.append(time.time())
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    benchmark.pedantic(run, rounds=1)
    curve = EventAccumulator(str(tmp_path / "nuclei/version_0")).Reload().Scalars("validation/mean_ap")
    enough = 0.95 * curve[-1].value
    reached = next(point.wall_time for point in curve if point.value >= enough) - began[0]
    note(benchmark, "", last_mean_ap=curve[-1].value, whole_seconds=median_ms(benchmark) / 1e3, ms=1e3 * reached)
    pairs = load(ROOT / "experiments/data/nuclei/train/images", ROOT / "experiments/data/nuclei/train/labels")
    start = time.perf_counter()
    for image, _ in pairs:
        local_threshold(image)
    once = time.perf_counter() - start
    name = f"training on the nuclei, from an empty cache to 95 % of the final mAP ({reached:.3g} s)"
    hold(benchmark, name, 3.0, reached / once, "segmenting the training images once by that pipeline", 1e3 * once)


def test_profile(benchmark: BenchmarkFixture) -> None:
    """Where the time of 20 training steps goes; the environment in one thread, for the profiler sees no other."""
    module, four = model("policy_gradient"), batch()
    threads, module.environment.threads = module.environment.threads, 1
    profiler = cProfile.Profile()

    def steps() -> None:
        for number in range(20):
            loss = module.learner.step(module.state(four), module.environment, step_noise(0, 0, number), number, 0.0)
            loss.loss.backward()
            module.zero_grad(set_to_none=True)

    steps()
    benchmark.pedantic(lambda: profiler.runcall(steps), rounds=1)
    module.environment.threads = threads
    rows = sorted(pstats.Stats(profiler).stats.items(), key=lambda item: -item[1][2])  # type: ignore[attr-defined]
    top = [(_place(where), calls, 1e3 * own / 20) for where, (_, calls, own, _, _) in rows[:15]]
    note(benchmark, "profile: training step", profile=top)


def _place(where: tuple[str, int, str]) -> str:
    file, _, name = where
    return name.strip("{}<>") if file == "~" else f"{'/'.join(Path(file).parts[-2:])}: {name}"
