"""The best checkpoint of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only
from torch import Tensor

from rlseg.errors import RlsegError
from rlseg.io import leads_out
from rlseg.models import read_checkpoint
from rlseg.training.run_folder import write_checkpoint

MONITOR = "validation/reward"


class BestCheckpoint(ModelCheckpoint):
    """best.ckpt in the run's folder: the largest validation reward, also of the run that this one resumes."""

    def __init__(self) -> None:
        super().__init__(monitor=MONITOR, mode="max", filename="best", enable_version_counter=False)
        self._fitted: Trainer | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Find the folder."""
        super().setup(trainer, pl_module, stage)
        self._fitted = trainer if stage == "fit" else None

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say if there is none."""
        super().on_train_end(trainer, pl_module)
        if not self.best_model_path and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            rank_zero_info("warning: nothing was validated, so there is no best.ckpt; last.ckpt is the result")

    def state_dict(self) -> dict[str, Any]:
        """The best score alone: names of folders would make a resumed run's checkpoints others than without a stop."""
        return {"best_model_score": self.best_model_score}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Bring the best checkpoint so far into this run's folder; Lightning would forget it.

        It is the one beside the checkpoint that is resumed, with the score that it carries itself: that may come from
        somebody else or from a run that was killed between the two, and its folder may have been moved.

        Raises:
            RlsegError: it is damaged.
        """
        if self._fitted is None or not self._fitted.ckpt_path or self.dirpath is None:
            return
        earlier = Path(self._fitted.ckpt_path).parent / "best.ckpt"
        if state_dict["best_model_score"] is None or not earlier.is_file() or leads_out(earlier, earlier.parent):
            return
        score = _score_of(earlier)
        here = Path(self.dirpath) / earlier.name
        if here.resolve() != earlier.resolve():
            _copy(earlier, here)
        self.best_model_path = self.kth_best_model_path = str(here)
        self.best_model_score = self.kth_value = self.current_score = score
        self.best_k_models = {str(here): score}


def _score_of(path: Path) -> Tensor:
    """The validation reward that a best checkpoint was saved with."""
    for name, state in read_checkpoint(path).get("callbacks", {}).items():
        if name.startswith(BestCheckpoint.__name__) and isinstance(state.get("best_model_score"), Tensor):
            return state["best_model_score"]
    raise RlsegError(f"{path} does not say how good it is", "move it away to resume without it")


@rank_zero_only
def _copy(source: Path, target: Path) -> None:
    write_checkpoint(target, source.read_bytes())
