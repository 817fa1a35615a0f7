"""The page about a training, written at its end, also when it is interrupted."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from rlseg.errors import RlsegError
from rlseg.models import model_of
from rlseg.training import folder_of


class ReportAtEnd(Callback):
    """Remembers what the page is about.

    Args:
        allow: packages from which terms of the reward file may be imported.
    """

    def __init__(self, allow: Sequence[str]) -> None:
        self.allow = tuple(allow)
        self._run: Path | None = None
        self._data: Any = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """See where the run's folder is. Of several processes the first writes the page."""
        folder = Path(folder_of(trainer))  # all processes must ask
        if trainer.is_global_zero and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            self._run, self._data = folder, trainer.datamodule  # type: ignore[attr-defined]

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write the page when the training inside ends, or is interrupted; not when it fails or is terminated.

        What goes wrong with the page is said, and never fails a training that may have taken days.
        """
        try:
            yield
        except KeyboardInterrupt:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.default_int_handler)  # Lightning leaves it ignored
            self._write()
            raise
        self._write()

    def _write(self) -> None:
        if self._run is None:
            return
        from rlseg.prediction import Predictor
        from rlseg.prediction.report import write_report

        # on large images that takes a while, after the training has said that it is over
        print("writing the report ...", file=sys.stderr, flush=True)
        try:
            model = model_of(self._run)
            predictor = Predictor(model, allow=self.allow)
            path = write_report(self._run, model, predictor, self._data.validation_samples, say=_tell)
        except Exception as error:
            what = error.message if isinstance(error, RlsegError) else f"{type(error).__name__}: {error}"
            print(f"warning: no report was written: {what}", file=sys.stderr)
            return
        print(f"report: {path}", file=sys.stderr)


def _tell(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
