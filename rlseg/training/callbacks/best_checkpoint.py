"""The best checkpoint of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.utilities import rank_zero_only

from rlseg.io import leads_out
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

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Bring the best checkpoint so far into this run's folder; Lightning would forget it.

        It is the one beside the checkpoint that is resumed: what path that one names is not asked, for it may come from
        somebody else, and its folder may have been moved.
        """
        if self._fitted is None or not self._fitted.ckpt_path or self.dirpath is None:
            return
        earlier = Path(self._fitted.ckpt_path).parent / "best.ckpt"
        if not state_dict["best_model_path"] or not earlier.is_file() or leads_out(earlier, earlier.parent):
            return
        here = Path(self.dirpath) / earlier.name
        if here.resolve() != earlier.resolve():
            _copy(earlier, here)
        score = state_dict["best_model_score"]
        moved = {
            "dirpath": self.dirpath,
            "best_model_path": str(here),
            "kth_best_model_path": str(here),
            "best_k_models": {str(here): score},
        }
        super().load_state_dict(state_dict | moved)


@rank_zero_only
def _copy(source: Path, target: Path) -> None:
    write_checkpoint(target, source.read_bytes())
