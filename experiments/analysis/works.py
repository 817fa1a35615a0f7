"""What a user waits for, as whole processes, and what else is begun and done in the same run to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from experiments import ROOT
from rlseg.io import find_images, read_image

NUCLEI = ROOT / "experiments/data/nuclei"
TEXTBOOK = str(ROOT / "experiments/baselines/textbook.py")
FIT = ("-W", "ignore", "-m", "rlseg", "fit", "--config", "experiments/nuclei.yaml", "--data.cache", "null")
PREPARE = """\
from pathlib import Path
from rlseg.data import Preparation, prepare_files
from experiments import ROOT
from rlseg.io import find_images
prepare_files(find_images(Path("experiments/data/nuclei/train/images")), Preparation(), workers=1)
"""


@dataclass(frozen=True)
class Peer:
    """A process without `rlseg`: its name, and what follows `python`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Pictures:
    """So many images of so many pixels a side: the nuclei, side by side if a tile of them is too small."""

    count: int
    side: int


@dataclass(frozen=True)
class Work:
    """Something a user waits for.

    Attributes:
        name: of it.
        arguments: what follows `python`; {model}, {images} and {output} stand for files of the run.
        peer: what it is compared with.
        limit: how many times the wall clock time of the peer it may take, at most.
        pictures: that are written before, or none.
        cores: that all of the processes may use.
        warm: what it compiles or reads for the first time, works before it have.
        asked: it takes minutes, so that it is left out unless it is asked for, and done once.
        memory: the limit is of the peak memory instead.
        rounds: at most so many.
        own_tree: it writes beside its package, so that it gets a copy of it.
    """

    name: str
    arguments: tuple[str, ...]
    peer: Peer
    limit: float
    pictures: Pictures | None = None
    cores: int = 1
    warm: bool = False
    asked: bool = False
    memory: bool = False
    rounds: int = 9
    own_tree: bool = False


PREDICT = ("-m", "rlseg", "predict", "{model}", "{images}", "--output", "{output}")
DEMO = ("-W", "ignore", "-m", "experiments.demo")
NUMPY = Peer("`import numpy`", ("-c", "import numpy"))
PYDANTIC = Peer("`import numpy, pydantic, yaml`", ("-c", "import numpy, pydantic, yaml"))
LIBRARIES = Peer(
    "`import torch, lightning, torch_geometric`",
    ("-W", "ignore", "-c", "import torch, lightning, torch_geometric, skimage.segmentation, numba"),
)
PIPELINE = Peer("textbook pipeline", (TEXTBOOK, "{images}", "{output}"))
ALL_NUCLEI = Peer("textbook pipeline on them", (TEXTBOOK, str(NUCLEI / "train/images"), "{output}"))

GUIDED = ("--model.learner.kind", "guided", "--trainer.max_epochs", "1", "--model.imitation.steps", "5")
SAVED = ("--trainer.logger.init_args.save_dir", "{output}")
MEGAPIXELS, HUGE = Pictures(1, 2048), Pictures(1, 10000)

WORKS = (
    Work("rlseg --help", ("-m", "rlseg", "--help"), NUMPY, 0.8),
    Work("rlseg reward check", ("-m", "rlseg", "reward", "check", "rewards/nuclei.yaml"), PYDANTIC, 3.0),
    Work("predict one image of 256 x 256", PREDICT, PIPELINE, 5.0, Pictures(1, 256)),
    Work("predict 27 of them", PREDICT, PIPELINE, 3.5, Pictures(27, 256), warm=True),
    Work("predict one of 1024 x 1024", PREDICT, PIPELINE, 3.0, Pictures(1, 1024), warm=True),
    Work("predict one of 2048 x 2048", PREDICT, PIPELINE, 3.0, MEGAPIXELS, rounds=1),
    Work("predict one of 2048 x 2048, two cores", PREDICT, PIPELINE, 2.5, MEGAPIXELS, cores=2, warm=True, rounds=1),
    Work("prepare the nuclei for training", ("-c", PREPARE), ALL_NUCLEI, 2.5, warm=True, rounds=1),
    Work("an epoch of guided", (*FIT, *GUIDED, *SAVED), LIBRARIES, 3.5, cores=2, warm=True, memory=True, rounds=1),
    Work("predict one of 10000 x 10000, two cores", PREDICT, PIPELINE, 2.5, HUGE, cores=2, asked=True, rounds=1),
    Work("make demo", DEMO, ALL_NUCLEI, 15.0, cores=2, asked=True, rounds=1, own_tree=True),
)


def write_pictures(pictures: Pictures, folder: Path) -> None:
    """Write images of nuclei, as large and as many as is asked for, into a new folder."""
    files = find_images(NUCLEI / "train/images")
    tiles = [tile.astype(np.uint8) for file in files if (tile := read_image(file.image).pixels[0]).shape == (256, 256)]
    count = -(-pictures.side // 256)
    folder.mkdir(parents=True)
    for number in range(pictures.count):
        rows = [[tiles[(number + count * r + c) % len(tiles)] for c in range(count)] for r in range(count)]
        image = np.concatenate([np.concatenate(row, 1) for row in rows])[: pictures.side, : pictures.side]
        tifffile.imwrite(folder / f"{number}.tif", image)
