"""Whether a change of the code left every result as it was, bit for bit.

    python -m experiments.analysis.same_results runs/before.json                    # in the checkout of before
    python -m experiments.analysis.same_results runs/after.json --compare runs/before.json

What is compared: the weights of every learner after 4 steps of imitation and 20 of its own; the labels and the table of
objects of one model (trained for two epochs) on all 197 nuclei images; what `rlseg reward check` says of every faulty
reward file of the tests; the schema of reward files. Everything goes through the command line, so that a checkout of
another time can be asked as well; where a command was spelled otherwise then, --spelling says how.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tifffile
import torch

IMITATION, OWN = 4, 20
NUCLEI = Path("experiments/data/nuclei")
# how each learner is asked for on top of experiments/nuclei.yaml
LEARNERS = {
    "policy_gradient": ["--model.learner.kind", "policy_gradient"],
    "guided": ["--model.learner.kind", "guided"],
    "pathwise": ["--config", "experiments/learners/pathwise.yaml"],
}


def run(*words: str, checkout: Path) -> str:
    """What `rlseg WORDS` of a checkout prints, errors included; which code it ends with is the last line."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "rlseg", *words], cwd=checkout, env=environment, capture_output=True, text=True
    )
    return f"{done.stdout}{done.stderr}{done.returncode}\n"


def digest(parts: Iterable[bytes]) -> str:
    """One short hexadecimal number for many bytes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:16]


def fit(name: str, words: list[str], folder: Path, checkout: Path) -> Path:
    """Train on the nuclei and give the last checkpoint."""
    logger = ["--trainer.logger.init_args.save_dir", str(folder), "--trainer.logger.init_args.name", name]
    said = run("fit", "--config", "experiments/nuclei.yaml", *words, *logger, checkout=checkout)
    path = folder / name / "version_0/checkpoints/last.ckpt"
    if not path.exists():
        raise SystemExit(f"{name} was not trained:\n{said}")
    return path


def weights(checkpoint: Path) -> str:
    """Names and bits of all weights of a checkpoint.

    The statistics of a control variate are left out: they show in the weights of the learner that uses them, and the
    pathwise one once carried them unused.
    """
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")["state_dict"]
    names = sorted(name for name in state if not name.startswith("learner.control."))
    return digest(name.encode() + state[name].numpy().tobytes() for name in names)


def learners(spelling: dict[str, list[str]], folder: Path, checkout: Path) -> dict[str, str]:
    """Weights of every learner after its first steps."""
    steps = ["--trainer.max_epochs", "1", "--data.batches_per_epoch", str(IMITATION + OWN)]
    steps += ["--model.imitation.steps", str(IMITATION)]
    return {
        f"weights {name}": weights(fit(name, [*spelling[name], *steps], folder, checkout)) for name in sorted(spelling)
    }


def prediction(folder: Path, checkout: Path) -> dict[str, str]:
    """Labels, image by image, and the table of one model on all nuclei."""
    model = fit("model", ["--trainer.max_epochs", "2", "--model.imitation.steps", "12"], folder, checkout)
    images = [str(NUCLEI / part / "images") for part in ("train", "test")]
    output, table = folder / "labels", folder / "objects.csv"
    said = run("predict", str(model), *images, "--output", str(output), "--table", str(table), checkout=checkout)
    found = {
        f"labels {path.stem}": digest([np.ascontiguousarray(tifffile.imread(path)).tobytes()])
        for path in sorted(output.glob("*.tif"))
    }
    return found | {"table": digest([table.read_bytes()]), "said": said.replace(str(folder), "FOLDER")}


def texts(checkout: Path) -> dict[str, str]:
    """What is said of every faulty reward file, and the schema."""
    files = sorted((checkout / "tests/reward_files/err").glob("*.yaml"))
    said = {path.name: run("reward", "check", str(path.relative_to(checkout)), checkout=checkout) for path in files}
    schema = run("reward", "schema", checkout=checkout)
    return {f"check {name}": digest([text.encode()]) for name, text in said.items()} | {
        "schema": digest([schema.encode()])
    }


def main() -> int:
    """Write the digests; compare them with earlier ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("output", type=Path, help="JSON file to write")
    parser.add_argument("--compare", type=Path, help="an earlier one")
    parser.add_argument(
        "--checkout", type=Path, default=Path.cwd(), help="the code to ask; that of this folder if not said"
    )
    parser.add_argument(
        "--spelling", action="append", default=[], metavar="LEARNER=WORDS", help="how this checkout asks for a learner"
    )
    options = parser.parse_args()
    spelling = LEARNERS | {name: words.split() for name, _, words in (text.partition("=") for text in options.spelling)}
    checkout = options.checkout.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = texts(checkout) | learners(spelling, folder, checkout) | prediction(folder, checkout)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} results written to {options.output}")
    if options.compare is None:
        return 0
    before = json.loads(options.compare.read_text(encoding="utf-8"))
    different = sorted(name for name in before.keys() | found.keys() if before.get(name) != found.get(name))
    print(f"{len(before.keys() | found.keys()) - len(different)} equal, {len(different)} different {different}")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
