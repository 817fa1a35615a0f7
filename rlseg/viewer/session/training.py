"""A training in a process of its own: how far it is, what it earns, and its newest picture."""

from __future__ import annotations

import re
from pathlib import Path

from rlseg.models import CONFIG, settings_of
from rlseg.viewer.session.job import Job

_RUN = re.compile(r"writing to (.+)$")
_STEP = re.compile(r"^step (\d+): reward (-?[\d.]+)")
_PANEL = re.compile(r"(\d+)_(.+)\.png")
PANELS, REPORT = "panels", "report.html"


class Training:
    """`rlseg fit --config CONFIG`, watched by what it says and writes.

    Args:
        config: the configuration.
        overrides: more words, like --trainer.max_epochs 3.

    Attributes:
        job: the process.
        run: its folder, None until it is known.
        step: of the last validation.
        reward: what the last validation earned, None before there was one.
    """

    def __init__(self, config: Path, *overrides: str) -> None:
        self.job = Job(["fit", "--config", str(config), *overrides])
        self.run: Path | None = None
        self.step = 0
        self.reward: float | None = None
        self._total = 0

    def poll(self) -> list[str]:
        """Look what is new; returns the lines that it has said since the last call."""
        lines = self.job.poll()
        for line in lines:
            if found := _RUN.search(line):
                self.run = Path(found[1])
            elif found := _STEP.match(line):
                self.step, self.reward = int(found[1]), float(found[2])
        return lines

    @property
    def total(self) -> int:
        """Steps that it takes at most; 0 as long as nobody knows."""
        if not self._total and self.run is not None and (self.run / CONFIG).is_file():
            self._total = _steps_of(self.run / CONFIG)
        return self._total

    @property
    def progress(self) -> float:
        """Share of the steps that are done, 0..1."""
        return min(self.step / self.total, 1.0) if self.total else 0.0

    @property
    def pictures(self) -> list[Path]:
        """The newest validation picture of each image."""
        newest: dict[str, tuple[int, Path]] = {}
        folder = None if self.run is None else self.run / PANELS
        for path in folder.glob("*.png") if folder is not None and folder.is_dir() else ():
            found = _PANEL.fullmatch(path.name)
            if found is not None and (step := int(found[1])) >= newest.get(found[2], (-1, path))[0]:
                newest[found[2]] = step, path
        return [path for _, (_, path) in sorted(newest.items())]

    @property
    def report(self) -> Path | None:
        """The page about it, once it is written."""
        page = None if self.run is None else self.run / REPORT
        return page if page is not None and page.is_file() else None


def _steps_of(config: Path) -> int:
    """Epochs times batches, 0 if a configuration does not say both."""
    try:
        content = settings_of(config)
        return int(content["trainer"]["max_epochs"]) * int(content["data"]["batches_per_epoch"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
