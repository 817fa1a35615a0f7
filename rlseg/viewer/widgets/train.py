"""The widget of trainings: a project, its training in a process of its own, and what it finds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QSizePolicy, QSplitter, QVBoxLayout, QWidget

from rlseg.errors import RlsegError
from rlseg.models import CHECKPOINTS
from rlseg.viewer.session import Job, Training, config_of, drawn_labels, new_project, write_image, write_text
from rlseg.viewer.widgets.layers import planes_of_layer
from rlseg.viewer.widgets.predict import PredictBox
from rlseg.viewer.widgets.rules import RulesWidget
from rlseg.viewer.widgets.train_form import TrainForm

LOOK_EVERY = 300
"""Milliseconds between two looks at the process."""
SAID = 4
"""Last lines that are shown."""


class TrainWidget(QWidget):
    """Make a project, train, predict.

    Args:
        napari_viewer: the viewer; napari gives it by this name.

    Attributes:
        form: boxes, buttons and the picture of the training.
        predicting: the lower half.
        training: the last one that was begun; None before.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.form, self.predicting = TrainForm(napari_viewer), PredictBox(napari_viewer)
        self.training: Training | None = None
        self._job: Job | None = None
        self._then: Callable[[int], None] = lambda code: None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY)
        self._timer.timeout.connect(self._look)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.form)
        parts.addWidget(self.predicting)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(parts)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.form.make.clicked.connect(self.make)
        self.form.train.clicked.connect(lambda: self.train())
        self.form.stop.clicked.connect(self.stop)
        # a training that nobody watches would go on without anybody knowing
        self.destroyed.connect(lambda: self._job and self._job.stop())

    def open_project(self, folder: Path) -> None:
        """Train and predict by this one."""
        self.form.project.setText(str(folder))
        self.predicting.model.setText(str(folder))

    def make(self) -> None:
        """Make a project with `rlseg new`, then put the rules of the other widget into it, if there are some."""
        folder = self._folder()
        if folder is None:
            return
        rules = self._rules()
        try:
            images, outlines = self._sources(folder)
        except RlsegError as error:
            self.form.say(str(error), wrong=True)
            return

        def then(code: int) -> None:
            if code:
                self._ended_badly()
                return
            if rules is not None:
                write_text(folder, rules)
            by = "with the rules of the widget" if rules is not None else "with rules that rlseg new has chosen"
            self.form.say(f"{folder} is made, {by}")
            self.open_project(folder)

        self.form.say("looking at the images ...")
        self._begin(Job(new_project(folder, images, outlines)), then)

    def train(self, *overrides: str) -> None:
        """Train the project. overrides: more words for `rlseg fit`."""
        folder = self._folder()
        if folder is None:
            return
        try:
            config = config_of(folder)
        except RlsegError as error:
            self.form.say(str(error), wrong=True)
            return
        minutes = self.form.minutes.value()
        self.training = Training(config, *([f"--stop.minutes={minutes:g}"] if minutes else []), *overrides)
        self.form.say("the training begins ...")
        self.form.progress.setValue(0)
        self._begin(self.training.job, self._trained)

    def stop(self) -> None:
        """End what runs; a training keeps its last checkpoint."""
        if self._job is not None:
            self._job.stop()
            self.form.say("stops, and keeps what there is; press Stop again to end it at once")

    def _begin(self, job: Job, then: Callable[[int], None]) -> None:
        self._job, self._then = job, then
        self.form.running(True)
        self._timer.start()

    def _look(self) -> None:
        job = self._job
        assert job is not None
        training = self.training if self.training is not None and self.training.job is job else None
        lines = job.poll() if training is None else training.poll()
        if lines:
            self.form.show_lines([line for line in job.lines if line.strip()][-SAID:])
        if training is not None:
            self._show_training(training)
        code = job.code
        if code is not None:
            self._timer.stop()
            self._job = None
            self.form.running(False)
            self._then(code)

    def _show_training(self, training: Training) -> None:
        if training.total:
            self.form.progress.setRange(0, training.total)
            self.form.progress.setValue(training.step)
        if training.reward is not None and self._job is not None and self.form.stop.isEnabled():
            self.form.say(f"step {training.step} of at most {training.total}: reward {training.reward:.3f}")
        if training.pictures:
            self.form.show_picture(training.pictures[0])

    def _trained(self, code: int) -> None:
        training = self.training
        assert training is not None
        self._show_training(training)
        if training.run is None or not any((training.run / CHECKPOINTS).glob("*.ckpt")):
            self._ended_badly()
            return
        self.predicting.model.setText(str(training.run))
        page = f"; what became of it: {training.report}" if training.report is not None else ""
        self.form.say(f"{'ended' if code == 0 else 'stopped'} after {training.step} steps{page}")

    def _ended_badly(self) -> None:
        self.form.say("it went wrong: the last lines say what", wrong=True)

    def _folder(self) -> Path | None:
        text = self.form.project.text().strip()
        if self._job is not None or not text:
            self.form.say("something runs already" if text else "name the folder of a project", wrong=True)
            return None
        return Path(text).expanduser()

    def _rules(self) -> str | None:
        """The text of the rules widget of this viewer, if it is open and has some."""
        for dock in self.viewer.window.dock_widgets.values():
            inner = dock if isinstance(dock, RulesWidget) else None
            if inner is not None and inner.state is not None:
                return inner.state.rules.text
        return None

    def _sources(self, folder: Path) -> tuple[Path, Path | None]:
        """Where the images of a new project are, and what is drawn on the open one.

        Raises:
            RlsegError: there is none, or it cannot be kept.
        """
        given = self.form.images.text().strip()
        if given:
            return Path(given).expanduser(), None
        layer = self.form.image.layer
        if layer is None:
            raise RlsegError("no image is open", "open one, or name a folder of images")
        planes = planes_of_layer(layer, self.form.channels.isChecked())
        beside = folder.with_name(f"{folder.name}_data")
        if planes.stack:
            for place in planes.places():
                name = "_".join([layer.name, *(f"{one:03d}" for one in place)])
                images, _ = write_image(beside, name, planes.at(place))
            return images, None
        drawn = self.form.drawn.layer
        labels = None
        if drawn is not None and not hasattr(drawn, "shape_type"):
            labels = drawn_labels(drawn.data, planes.size)[0]
        elif drawn is not None:
            labels = drawn_labels(list(zip(drawn.shape_type, drawn.data, strict=True)), planes.size)[0]
        return write_image(beside, layer.name, planes.at(), labels)
