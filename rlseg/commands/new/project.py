"""The files of a project: the reward file, the configuration, and a picture."""

from __future__ import annotations

import json
from pathlib import Path

from rlseg.commands.new.images import Seen
from rlseg.commands.new.plan import Plan
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import atomic_folder, make_folder
from rlseg.models import CONFIG, REWARD
from rlseg.rewards.language import parse_reward

PICTURE = "objects.png"

_CONFIG = """\
# Written by `rlseg new`. To train:  rlseg fit --config {config}
# Every value can be overridden on the command line, e.g. --trainer.max_epochs 4; rlseg fit --print_config shows all.
# Paths are whole, so that commands work in any folder; who moves the project or the images changes them here.
seed_everything: 0

model:
  reward: {reward}    # what the objects look like and what is paid for
  imitation: {{share: 0.6, steps: {steps}}}    # begin like what a search finds, for {steps} steps at most
  # outlines follow the image also where the rules pay up to 0.3 less for it, at this level of the brightness of each
  # object above its ground: {level_from}
  refinement: {{loss: 0.3, levels: [{level:g}]}}
  # what is paid less is no object, judged as the superpixels show it: its outline is refined afterwards, and may be
  # paid less; lower finds more, higher is stricter
  min_score: 0.3

data:
  images: {images}    # {count}{volumes}

stop: {{minutes: 5}}                    # at the latest; a training also ends when nothing changes any more

trainer:
  accelerator: auto
  devices: 1
  max_epochs: {epochs}                       # of 25 steps each
  logger:
    class_path: lightning.pytorch.loggers.TensorBoardLogger
    init_args: {{save_dir: {runs}, name: fit}}
"""
_VOLUMES = """
  preparation:
    volume: true                        # the planes of a stack are one volume"""
_APART = "\n    plane_distance: {:g}                # in sides of a pixel, where the files do not say it"
_NOISE = "\n    noise_floor: {:g}                   # the dimmest tenth of what was seen stands out by so much of it"
_AXES = "\n  reading: {{axes: {}}}"
# (steps of imitation, epochs) of a training on a few images, and on more than FEW
SHORT, LONG = (100, 14), (200, 12)
FEW = 20


def refuse_existing(folder: Path) -> None:
    """See that a project can be made there.

    Raises:
        RlsegError: something is there already.
    """
    if folder.exists() or folder.is_symlink():
        raise RlsegError(
            f"{folder} is there already", "name another one; nothing is overwritten, for you may have worked on it"
        )


def config_text(folder: Path, seen: Seen, plan: Plan) -> str:
    """The configuration for `rlseg fit`, with whole paths.

    Args:
        folder: of the project.
        seen: the images.
        plan: what was chosen.
    """
    whole = folder.absolute()
    number = f"{len(seen.files)} {seen.what}" + ("" if len(seen.files) == 1 else "s")
    steps, epochs = SHORT if len(seen.files) <= FEW else LONG
    return _CONFIG.format(
        config=whole / CONFIG,
        reward=quoted(whole / REWARD),
        images=quoted(seen.source.absolute()),
        runs=quoted(whole / "runs"),
        count=f"{number} of {seen.channels} channel(s), without any labels",
        volumes=_of_volumes(seen, plan.settings) if seen.volumes else "",
        level=plan.level,
        level_from=plan.level_from,
        steps=steps,
        epochs=epochs,
    )


def _of_volumes(seen: Seen, settings: Preparation) -> str:
    """How the files are read and prepared."""
    lines = _VOLUMES
    if settings.plane_distance is not None:
        lines += _APART.format(settings.plane_distance)
    if settings.noise_floor is not None:
        lines += _NOISE.format(settings.noise_floor)
    if seen.reading.axes is not None:
        lines += _AXES.format(seen.reading.axes)
    return f"{lines}\n  batch_size: 1"


def reward_text(plan: Plan, seen: Seen) -> str:
    """The reward file, with where its numbers come from.

    Args:
        plan: what was chosen.
        seen: the images.
    """
    lines = [
        f"# Written by `rlseg new` from {seen.source}, {plan.origin}.",
        f"# Please check against your images ({PICTURE} shows them):",
        *(f"#   {line}" for line in plan.said),
        "# `rlseg reward explain FILE` says what is paid for, `rlseg reward explain WORD` what a word means.",
        "#",
    ]
    return "\n".join(lines) + "\n" + plan.text


def write(folder: Path, reward: str, config: str, picture: bytes) -> None:
    """Write the project whole or not at all.

    Raises:
        RlsegError: it cannot be written.
    """
    parse_reward(reward, str(folder / REWARD))
    make_folder(folder.absolute().parent)
    with atomic_folder(folder) as made:
        (made / REWARD).write_text(reward, encoding="utf-8")
        (made / CONFIG).write_text(config, encoding="utf-8")
        (made / PICTURE).write_bytes(picture)


def quoted(path: Path) -> str:
    """A path as YAML, whatever it is made of."""
    return json.dumps(str(path), ensure_ascii=False)
