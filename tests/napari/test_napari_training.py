"""Trainings and predictions in the real napari, and what napari itself asks of the plugin."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlseg.viewer import samples
from rlseg.viewer.open import furnished, layers_of

pytestmark = pytest.mark.napari
Wait = Callable[[Callable[[], bool]], None]
SHORT = ("--trainer.max_epochs=2", "--data.batches_per_epoch=5", "--model.imitation.steps=10")


def test_the_manifest_is_valid_and_napari_finds_everything() -> None:
    from npe2 import PluginManager, PluginManifest

    manifest = PluginManifest.from_distribution("rlseg")
    manifest.validate_imports()
    assert [widget.display_name for widget in manifest.contributions.widgets or ()] == ["Rules", "Train and predict"]
    manager = PluginManager()
    manager.register(manifest)
    assert {str(reader.command) for reader in manager.iter_compatible_readers("mine/reward.yaml")} == {"rlseg.read"}


def test_samples_and_labels_by_the_plugin(viewer: Any, tmp_path: Path) -> None:
    for key in ("nuclei", "discs"):
        assert len(viewer.open_sample("rlseg", key)) == 2
    layer = viewer.layers["discs outlined"]
    for name in ("a.tif", "a.zip", "a.geojson"):
        assert layer.save(str(tmp_path / name), plugin="rlseg") == [str(tmp_path / name)]
    (again,) = viewer.open(str(tmp_path / "a.geojson"), plugin="rlseg")
    assert np.unique(again.data).size == 6


def test_project_training_prediction_and_table(
    viewer: Any, wait: Wait, picture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the picture is for the manual: it shows no folder of this machine
    rules, widget = furnished(viewer, samples.nuclei(), [])
    rules.measure()
    wait(lambda: rules.background.busy)
    project = Path("mine")
    widget.form.project.setText(str(project))
    widget.make()
    wait(lambda: widget._job is not None)
    assert "is made, with the rules of the widget" in widget.form.said.text()
    assert (project / "reward.yaml").read_text() == rules.state.rules.text
    widget.make()
    wait(lambda: widget._job is not None)
    assert "is there already" in widget.form.lines.text()
    widget.train(*SHORT)
    assert widget.form.stop.isEnabled()
    wait(lambda: widget._job is not None)
    assert "ended after 10 steps; what became of it:" in widget.form.said.text()
    assert widget.form.progress.value() == widget.form.progress.maximum() == 10
    assert not widget.form.picture.pixmap().isNull()
    form = widget.form
    tops = [box.geometry() for box in (form.project, form.images, form.image, form.drawn, form.minutes)]
    assert all(one.bottom() < two.top() for one, two in pairwise(tops)), "boxes are pushed into each other"
    _predict(viewer, widget, wait)
    widget.parent().raise_()
    wait(lambda: False)
    picture("napari_training")
    assert [kind for _, _, kind in layers_of(project)] == ["image"]


def _predict(viewer: Any, widget: Any, wait: Wait) -> None:
    box = widget.predicting
    image = viewer.layers["nuclei"]
    viewer.add_image(np.stack([image.data, image.data[::-1]]), name="stack", visible=False)
    for name in ("stack", "nuclei"):
        box.image.choose(viewer.layers[name])
        box.predict()
        wait(lambda: box.background.busy)
        layer = viewer.layers[f"{name} objects"]
        assert layer.data.shape == viewer.layers[name].data.shape
        assert box.table.rowCount() == layer.data.max() == len(layer.features)
        if not box.table.rowCount():  # so short a training may find nothing
            return
        last = box.table.rowCount() - 1
        box.table.selectRow(last)
        assert layer.selected_label == last + 1
        if name == "stack":
            plane = np.argwhere(layer.data == last + 1)[0, 0]
            assert viewer.dims.current_step[0] == plane
        layer.selected_label = 1
        assert box.table.item(box.table.currentRow(), 0).text() == "1"


def test_a_training_is_stopped(viewer: Any, wait: Wait, tmp_path: Path) -> None:
    _, widget = furnished(viewer, samples.nuclei(), [])
    widget.form.project.setText(str(tmp_path / "mine"))
    widget.make()
    wait(lambda: widget._job is not None)
    widget.form.minutes.setValue(20)
    widget.train("--data.batches_per_epoch=2", "--trainer.max_epochs=500")
    wait(lambda: widget.training.step < 2)
    widget.stop()
    wait(lambda: widget._job is not None)
    assert widget.form.said.text().startswith("stopped after")
    assert (widget.training.run / "checkpoints" / "last.ckpt").is_file()
    assert widget.predicting.model.text() == str(widget.training.run)


def test_what_goes_wrong_is_said(viewer: Any, wait: Wait, tmp_path: Path) -> None:
    _, widget = furnished(viewer, samples.nuclei(), [])
    widget.form.project.setText(str(tmp_path))
    widget.train()
    assert "is no project: it has no config.yaml" in widget.form.said.text()
    (tmp_path / "config.yaml").write_text("no: configuration\n")
    widget.train()
    wait(lambda: widget._job is not None)
    assert "it went wrong" in widget.form.said.text()
    assert "config.yaml" in widget.form.lines.text()
    widget.predicting.model.setText(str(tmp_path / "none.ckpt"))
    widget.predicting.predict()
    wait(lambda: widget.predicting.background.busy)
    assert "none.ckpt" in widget.predicting.said.text()
    assert widget.predicting.start.isEnabled()
