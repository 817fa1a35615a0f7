"""The curves of a training, read as users of Python do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nuclei import Run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import rlseg

LINES = """\
{"step": 4, "seconds": 1.0, "metrics": {"validation/reward": 0.25}}
{"step": 8, "seconds": 2.0, "metrics": {"validation/reward": 0.5, "reward/foreground/size": NaN}}
{"step": 8, "seconds": 2.1, "ended": "interrupted"}
{"step": 12, "seconds": 3.0, "metrics": {"validation/rew
"""


def test_each_curve_has_the_steps_at_which_it_was_known(tmp_path: Path) -> None:
    (tmp_path / "curves.jsonl").write_text(LINES)
    curves = rlseg.load_curves(str(tmp_path))
    assert sorted(curves) == ["reward/foreground/size", "validation/reward"]
    steps, values = curves["validation/reward"]
    assert (steps.dtype, values.dtype) == (np.int64, np.float64)
    assert (steps.tolist(), values.tolist()) == ([4, 8], [0.25, 0.5])
    assert curves["reward/foreground/size"].steps.tolist() == [8]
    assert np.isnan(curves["reward/foreground/size"].values).all()


def test_before_the_first_validation_there_is_no_curve_and_elsewhere_an_error(tmp_path: Path) -> None:
    with pytest.raises(rlseg.RlsegError, match=r"holds no curves.jsonl\n.*name the folder of a run"):
        rlseg.load_curves(tmp_path)
    (tmp_path / "curves.jsonl").write_text("")
    assert rlseg.load_curves(tmp_path) == {}


def test_the_curves_of_a_training_are_those_of_tensorboard(trained: Run) -> None:
    curves, events = rlseg.load_curves(trained.folder), EventAccumulator(str(trained.folder)).Reload()
    shown = events.Scalars("validation/reward")
    assert curves["validation/reward"].steps.tolist() == [event.step for event in shown]
    np.testing.assert_allclose(curves["validation/reward"].values, [event.value for event in shown], rtol=1e-6)
    assert set(curves) <= set(events.Tags()["scalars"])
    for tag in ("policy/std", "reward/foreground/eccentricity"):
        logged = {np.float32(event.value) for event in events.Scalars(tag)}
        assert {np.float32(value) for value in curves[tag].values} <= logged
