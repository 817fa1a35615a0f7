"""Of the nuclei images that a model was trained for, next to none raises the line on images unlike those."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from skimage.transform import rescale

from rlseg.__main__ import main
from rlseg.io.find import find_images
from rlseg.io.read import read_image
from rlseg.prediction.one_image import segment_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling import Threads

ROOT = Path(__file__).resolve().parents[2]
NUCLEI = ROOT / "experiments" / "data" / "nuclei"

pytestmark = pytest.mark.slow


def test_95_false_alarms_are_rare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    logger = ["--trainer.logger.init_args.save_dir", str(tmp_path), "--trainer.enable_progress_bar", "false"]
    assert main(["fit", "--config", "experiments/nuclei.yaml", *logger]) == 0
    predictor = Predictor(tmp_path / "nuclei" / "version_0" / "checkpoints" / "best.ckpt")
    files = [*find_images(NUCLEI / "train" / "images"), *find_images(NUCLEI / "test" / "images")]
    images = [read_image(file.image) for file in files]
    workers = Threads(1)
    remarks = [segment_image(predictor, image, "", None, workers, measure=False).remark for image in images]
    assert len(remarks) == 197
    assert sum(remark is not None for remark in remarks) <= 0.02 * 197
    for image in images[::20]:
        pixels = image.pixels
        for odd in (pixels.max() - pixels, rescale(pixels, 3, order=1, channel_axis=0)):
            unlike = replace(image, pixels=odd)
            assert segment_image(predictor, unlike, "", None, workers, measure=False).remark is not None
    workers.close()
