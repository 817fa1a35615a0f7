"""Commands in processes of their own, and what a training says of itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.prediction import Objects
from rlseg.viewer.session import Job, Training, planes_of, predict_planes, training
from rlseg.viewer.session.job import sys as of_job


def test_a_command_ends_with_its_code_and_its_lines() -> None:
    good, bad = Job(["--version"]), Job(["reward", "check", "no_such_file.yaml"])
    assert good.wait(60) == 0
    assert good.lines[0].startswith("rlseg ")
    assert good.poll() == []
    assert bad.wait(60) == 2
    assert "no_such_file.yaml" in "\n".join(bad.lines)
    bad.stop()  # it is over


def test_a_process_is_stopped_as_by_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a Python that stands for a training: it says that it is there, and what it was sent
    script = tmp_path / "python"
    code = "import time; print('writing to X'); exec('try:\\n time.sleep(60)\\nexcept KeyboardInterrupt:\\n print(1)')"
    script.write_text(f'#!/bin/sh\nexec {of_job.executable} -c "{code}"\n')
    script.chmod(0o755)
    monkeypatch.setattr(of_job, "executable", str(script))
    job = Job(["fit"])
    began = time.monotonic()
    while not job.lines and time.monotonic() - began < 30:
        job.poll()
        time.sleep(0.02)
    assert job.code is None
    job.stop()
    assert job.wait(30) == 0
    assert job.lines == ["writing to X", "1"]


class _Said:
    """A process that says some lines."""

    def __init__(self, args: list[str]) -> None:
        self.args, self.new = args, []

    def poll(self) -> list[str]:
        new, self.new = self.new, []
        return new


def test_a_training_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "Job", _Said)
    run = tmp_path / "version 0"
    (run / "panels").mkdir(parents=True)
    watched = Training(Path("config.yaml"), "--stop.minutes=1")
    job: Any = watched.job
    assert job.args == ["fit", "--config", "config.yaml", "--stop.minutes=1"]
    assert (watched.progress, watched.pictures, watched.report) == (0.0, [], None)
    job.new = [f"training on cpu, writing to {run}", "something else"]
    assert len(watched.poll()) == 2
    assert (watched.run, watched.reward, watched.total) == (run, None, 0)
    (run / "config.yaml").write_text("trainer: {max_epochs: 4}\ndata: {batches_per_epoch: 25}\n")
    job.new = ["step 25: reward 0.513 (all merged 0.1, all split 0.2), 20.0 objects an image"]
    watched.poll()
    assert (watched.step, watched.total, watched.reward, watched.progress) == (25, 100, 0.513, 0.25)
    for name in ("000025_a.png", "000050_a.png", "000025_b.png", "other.png"):
        (run / "panels" / name).touch()
    assert [path.name for path in watched.pictures] == ["000050_a.png", "000025_b.png"]
    (run / "report.html").touch()
    assert watched.report == run / "report.html"


class _Model:
    """Finds the pixels above 5, each by itself."""

    channels = 1

    def segment(self, image: np.ndarray, pixel_size: float | None = None, width: float | None = None) -> Objects:
        if len(image) != 1:
            raise RlsegError(f"the image has {len(image)} channels, 1 expected")
        labels = np.zeros(image.shape[1:], np.int32)
        labels[image[0] > 5] = np.arange(1, (image[0] > 5).sum() + 1)
        count = labels.max()
        if not count:
            import warnings

            warnings.warn("image: nothing here", stacklevel=2)
        return Objects(labels, {"label": np.arange(1, count + 1), "area": np.ones(count)})


def test_planes_are_predicted_each_by_itself_with_numbers_of_their_own() -> None:
    stack = np.zeros((3, 4, 5), np.float32)
    stack[0, 1, 1] = stack[2, 2, 2] = stack[2, 3, 3] = 9
    model: Any = _Model()
    found = predict_planes(model, planes_of(stack, False))
    assert found is not None
    assert found.labels.shape == stack.shape
    assert (found.labels[0, 1, 1], found.labels[2, 2, 2], found.labels[2, 3, 3]) == (1, 2, 3)
    assert (found.labels > 0).sum() == 3
    assert found.table["index"].tolist() == [1, 2, 3]
    assert found.table["plane_0"].tolist() == [0, 2, 2]
    assert found.remarks == ("image: nothing here",)
    one = predict_planes(model, planes_of(stack[2], False))
    assert one is not None
    assert list(one.table) == ["index", "area"]


def test_a_prediction_is_ended_between_two_planes() -> None:
    model: Any = _Model()
    asked: list[tuple[int, int]] = []

    def go_on(done: int, total: int) -> bool:
        asked.append((done, total))
        return done < 1

    assert predict_planes(model, planes_of(np.zeros((3, 4, 5)), False), go_on=go_on) is None
    assert asked == [(0, 3), (1, 3)]
    with pytest.raises(RlsegError, match="2 channels, 1 expected"):
        predict_planes(model, planes_of(np.zeros((2, 4, 5)), False, channels=True))
