"""Checkpoints and exported folders that an earlier rlseg wrote (format 1) still predict, and train on.

They lie in `old`: trained for 160 steps on three drawn images of discs by the version before learners had kinds, with
the labels and the tables of objects that it found in one of the images.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from rlseg.__main__ import main
from rlseg.models.checkpoint import read_checkpoint
from rlseg.models.folder import read_model
from rlseg.prediction.table import read_table

OLD = Path(__file__).parent / "old"


@pytest.mark.parametrize("name", ["policy_gradient.ckpt", "guided.ckpt", "pathwise.ckpt", "guided_exported"])
def test_predicts_what_it_predicted_then(name: str, tmp_path: Path) -> None:
    output, table = tmp_path / "labels", tmp_path / "objects.csv"
    assert main(["predict", str(OLD / name), str(OLD / "a.tif"), "--output", str(output), "--table", str(table)]) == 0
    np.testing.assert_array_equal(tifffile.imread(output / "a.tif"), tifffile.imread(OLD / "a_labels.tif"))
    kind = name.removesuffix(".ckpt").removesuffix("_exported")
    then, now = (read_table(path)["a"] for path in (OLD / f"{kind}.csv", table))
    assert list(then) == list(now)
    for column, values in then.items():
        np.testing.assert_allclose(now[column], values, rtol=1e-5)
    assert read_model(OLD / name)["hyper_parameters"]["learner"]["kind"] == kind
    # nobody looked in several ways then, and their networks have no columns for it
    assert read_model(OLD / name)["preparation"]["proposals"] is None


@pytest.mark.parametrize("kind", ["policy_gradient", "guided", "pathwise"])
def test_trains_on_where_it_was(kind: str, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name in "abc":
        shutil.copy(OLD / f"{name}.tif", images)
    (tmp_path / "reward.yaml").write_text(read_checkpoint(OLD / f"{kind}.ckpt")["hyper_parameters"]["reward_text"])
    words = ["--model.reward", str(tmp_path / "reward.yaml"), "--data.images", str(images), "--data.batch_size", "2"]
    words += ["--data.preparation.subgraph_sizes", "[4,8]", "--data.batches_per_epoch", "5"]
    words += ["--trainer.max_epochs", "5", "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false"]
    words += ["--trainer.logger.init_args.save_dir", str(tmp_path), "--trainer.logger.init_args.name", "run"]
    assert main(["fit", *words, "--ckpt_path", str(OLD / f"{kind}.ckpt")]) == 0
    content = read_checkpoint(tmp_path / "run" / "version_0" / "checkpoints" / "last.ckpt")
    assert int(content["state_dict"]["steps_done"]) == 165
    assert content["hyper_parameters"]["learner"]["kind"] == kind
    assert content["rlseg"]["format"] == 2
