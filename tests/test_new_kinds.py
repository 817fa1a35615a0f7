"""The package with one file more in each folder where something can be added: each is found and used by itself.

And, for it starts a process of its own: importing all of the package changes nothing that belongs to the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

PACKAGE = Path(__file__).parents[1] / "rlseg"
# the folders of the package hold the files of others of the same names as well, as if they had been written there
RUN = """
import json, sys
from importlib.machinery import PathFinder
from pathlib import Path

class Beside(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = super().find_spec(name, path, target)
        if spec and spec.submodule_search_locations and name.partition(".")[0] == "rlseg":
            spec.submodule_search_locations.append(str(Path.cwd().joinpath(*name.split("."))))
        return spec

sys.meta_path.insert(0, Beside)
if sys.argv[2] == "import":
    import importlib, pkgutil, threading, warnings
    import jsonargparse, torch, torch_geometric, lightning.pytorch.cli, numba, scipy, skimage, zarr
    import tensorboard.compat.proto.summary_pb2, bioimage_cpp, tifffile, roifile, safetensors.torch, distributed
    from jsonargparse._common import parsing_settings
    def state():  # parser settings, YAML loader, exception hooks and warning filters are those of the command alone
        return (list(warnings.filters), sys.excepthook, threading.excepthook, jsonargparse.get_loader("yaml"),
                dict(parsing_settings), sys.unraisablehook)
    import rlseg
    before = state()  # the packages above do as they like
    for module in pkgutil.walk_packages(rlseg.__path__, "rlseg."):
        if not module.name.startswith("rlseg.viewer.widgets."):  # they need a Qt: make napari
            importlib.import_module(module.name)
    for one, other in zip(before, state()):
        assert one == other, (one, other)
from rlseg.__main__ import main
for words in json.loads(sys.argv[1]):
    assert main(words) == 0, words
"""
FILES = {
    "rewards/terms/zz_example_far_apart.py": '''
"""Prior: large objects."""
from typing import Literal
from rlseg.arrays import Floats, np
from rlseg.rewards.terms.base import Scene, Term

class LargeTerm(Term):
    """More pixels are better, up to `enough`."""
    kind: Literal["zz_large"] = "zz_large"
    enough: float

    def score(self, scene: Scene) -> Floats:
        """The share of enough."""
        return np.minimum(scene.segments.descriptor("area") / self.enough, 1.0)
''',
    "rewards/classes/zz_example_by_corner.py": '''
"""Classes by the corner of the image."""
from typing import Literal
from rlseg.arrays import np
from rlseg.rewards.classes.base import ClassRule

class CornerRule(ClassRule):
    """Segments that begin in the first row and column."""
    kind: Literal["zz_corner"] = "zz_corner"

    def matches(self, measurements):
        """By the place of the centroid."""
        return np.hypot(*measurements.segments.centroid.T) < 1
''',
    "rewards/edge_terms/zz_example_calm.py": '''
"""Prior: few cuts."""
from pydantic import Field
from rlseg.rewards.edge_terms.base import EdgeKey, EdgeScene, EdgeTerm

class Calm(EdgeTerm):
    """Pays for merging."""
    EXAMPLE = "{weight: 0.1}"
    weight: float = Field(ge=0, le=1)
    """Share of this term."""

    def pay(self, reward, scene: EdgeScene):
        """(K, E)."""
        return (1 - self.weight) * reward + self.weight * (1 - scene.actions)

KEY = EdgeKey("zz_calm", Calm, "Pay for merging everywhere.", place=2)
''',
    "rewards/measure/descriptors/zz_example_roots.py": '''
"""Square roots."""
from rlseg.arrays import np
from rlseg.rewards.measure.catalogue import descriptor

@descriptor("px")
def zz_root_of_area(segments, channel=0):
    """Side of a square of this area."""
    return np.sqrt(segments.descriptor("area"))
''',
    "data/superpixels/zz_example_squares.py": '''
"""Squares of one size."""
from typing import Literal
import numpy as np
from pydantic import Field
from rlseg.data.superpixels.base import Superpixels

class Squares(Superpixels):
    """Squares."""
    kind: Literal["zz_squares"] = "zz_squares"
    side: int = Field(default=8, ge=1)

    def __call__(self, image, brightness):
        """By row and column."""
        rows, columns = image.shape[1:]
        row, column = np.arange(rows)[:, None] // self.side, np.arange(columns) // self.side
        return (row * (column.max() + 1) + column).astype(np.int32)
''',
    "environment/solvers/zz_example_threshold.py": '''
"""Merges whatever attracts."""
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from rlseg.environment.solvers.base import Solver

class Threshold(Solver):
    """Connected components."""
    kind = "zz_threshold"

    def solve(self, num_nodes, edge_index, costs):
        """See Solver."""
        def one(cost):
            u, v = edge_index[:, cost > 0]
            joined = coo_matrix((np.ones(len(u)), (u, v)), shape=(num_nodes, num_nodes))
            return connected_components(joined, directed=False)[1]
        return np.stack([one(cost) for cost in costs]).astype(np.int64)
''',
    "training/learners/zz_example_steady.py": '''
"""Learns nothing."""
from typing import Literal
from rlseg.training.learners.base import Learner, LearnerConfig, Parts, Step

class Steady(LearnerConfig):
    """Keeps its first weights."""
    kind: Literal["zz_steady"] = "zz_steady"
    samples: int = 2

    def build(self, parts: Parts) -> Learner:
        """See LearnerConfig."""
        return SteadyLearner(parts.actor)

class SteadyLearner(Learner):
    """Its loss is 0."""
    def __init__(self, actor):
        super().__init__()
        self.actor = actor

    def parameter_groups(self):
        """One."""
        return {"actor": (list(self.actor.parameters()), 1e-3)}

    def step(self, state, environment, noise, number, progress):
        """Zero."""
        mean, std = self.actor(state.nodes, state.edges, state.graph)
        return Step(0 * (mean.sum() + std.sum()), {"loss/actor": 0.0})
''',
    "prediction/writers/zz_example_npy.py": '''
"""NumPy files."""
import numpy as np
from rlseg.io import atomic
from rlseg.prediction.writers.base import LabelFormat

class Npy(LabelFormat):
    """An array."""
    kind = "zz_npy"
    suffix = ".zz.npy"

    def write(self, path, labels, pixel_size=None, measurements=None, image=None):
        """See LabelFormat."""
        with atomic(path) as file:
            np.save(file, labels)
''',
    "io/decode/zz_example_pgm.py": '''
"""PGM, the plain gray format of netpbm."""
import numpy as np
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, check_size

class PgmDecoder(Decoder):
    """8 bits, binary, without comments."""
    kind = "ZZPGM"
    suffixes = (".zzpgm",)

    def recognises(self, path, start):
        """By its first bytes."""
        return start.startswith(b"ZZ")

    def decode(self, path, start, wanted):
        """See Decoder."""
        _, width, height, _, pixels = path.read_bytes().split(maxsplit=4)
        check_size(path, (int(height), int(width)), wanted.max_pixels)
        return Content(np.frombuffer(pixels, np.uint8).reshape(int(height), int(width)), "YX")
''',
    "io/outlines/zz_example_boxes.py": '''
"""Boxes, one a line: left, top, right, bottom."""
from rlseg.io.outlines.base import OutlineFormat
from rlseg.io.outlines.shapes import Found, rectangle

class Boxes(OutlineFormat):
    """Upright rectangles of x, y."""
    kind = "ZZ boxes"
    suffixes = (".zzbox",)

    def recognises(self, source):
        """By the first word."""
        return source.start.startswith(b"zzboxes")

    def read(self, source):
        """See OutlineFormat."""
        found = Found()
        for number, line in enumerate(source.text.splitlines()[1:], start=1):
            found.add(f"box {number}", [rectangle(*map(float, line.split()))])
        return found
''',
}
REWARD = """\
version: 1
name: added
units: {length: px}
classes:
  corner: {kind: zz_corner}
  background: {kind: area, over: 700}
rewards:
  foreground:
    terms:
      large: {kind: zz_large, enough: 200}
      side: {kind: descriptor, property: zz_root_of_area, expected: 16, scale: 5}
  background: 0.2
  corner: 0
edges:
  zz_calm: {weight: 0.1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, three images and a reward file."""
    folder = tmp_path_factory.mktemp("house")
    for name, text in FILES.items():
        assert not (PACKAGE / name).exists()
        path = folder / "rlseg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())
    (folder / "images").mkdir()
    for name in "abc":
        image = np.full((48, 48), 20, np.uint8) + np.random.default_rng(ord(name)).integers(0, 20, (48, 48), np.uint8)
        image[8:24, 8:24] += 150
        image[28:44, 20:40] += 120
        (folder / "images" / f"{name}.zzpgm").write_bytes(b"ZZ 48 48 255\n" + image.tobytes())
        (folder / f"{name}.zzbox").write_text("zzboxes\n8 8 24 24\n20 28 40 44\n")
    (folder / "reward.yaml").write_text(REWARD)
    return folder


def run(folder: Path, *commands: list[str], check: str = "") -> str:
    """What `rlseg COMMAND` prints with these files, one after the other. check: "import" to import everything first."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "OMP_NUM_THREADS": "1", "COLUMNS": "300"}
    words = [sys.executable, "-c", RUN, json.dumps(commands), check]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_whatever_is_added_is_one_file_and_importing_changes_nothing_of_the_process(folder: Path) -> None:
    fit = [
        *("fit", "--model.reward", "reward.yaml", "--data.images", "images", "--data.batches_per_epoch", "2"),
        *("--data.preparation.superpixels.kind", "zz_squares", "--data.preparation.superpixels.side", "4"),
        *("--model.learner.kind", "zz_steady", "--model.solver", "zz_threshold", "--model.imitation.steps", "1"),
        *("--trainer.max_epochs", "1", "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false"),
    ]
    checkpoint = "runs/unnamed/version_0/checkpoints/last.ckpt"
    predict = ["predict", checkpoint, "images", "--output", "labels", "--format", "zz_npy", "--table", "objects.csv"]
    run(folder, fit, predict, check="import")
    config = yaml.safe_load((folder / "runs/unnamed/version_0/config.yaml").read_text())
    assert config["model"]["learner"] == {"kind": "zz_steady", "samples": 2}
    assert config["model"]["solver"] == "zz_threshold"
    assert config["data"]["preparation"]["superpixels"] == {"kind": "zz_squares", "side": 4}
    assert np.load(folder / "labels" / "a.zz.npy").shape == (48, 48)
    assert (folder / "objects.csv").read_text().startswith("image,label,centroid_row,centroid_col,area,zz_root_of")


def test_outlines_of_a_format_that_was_added_are_measured(folder: Path) -> None:
    said = run(folder, ["reward", "measure", "--outlines", ".", "--images", "images"])
    assert "# Written by `rlseg reward measure` from 6 outlined objects in 3 image(s);" in said
    assert "the smallest one has 256 px" in said


def test_what_was_added_is_explained_and_listed(folder: Path) -> None:
    asked = [["reward", "explain", word] for word in ("zz_root_of_area", "edges")]
    said = run(folder, *asked, ["reward", "schema"])
    assert "Side of a square of this area." in said
    assert "Pay for merging everywhere." in said
    assert all(f'"{word}"' in said for word in ("zz_large", "zz_corner", "zz_calm", "zz_root_of_area", "enough"))
