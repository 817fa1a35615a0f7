"""One run at a time in a folder that can be written, and checkpoints that a full disk does not spoil."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from nuclei import Run

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.training.run_folder import WholeCheckpointIO, claim

HOLD = """
import sys
from pathlib import Path
from filelock import FileLock
Path(sys.argv[1]).mkdir(parents=True)
with FileLock(Path(sys.argv[1], ".lock")):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """No file may become longer than this; the error is another one than that of a full disk, its way is the same."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_54_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "last.ckpt"
    writer = WholeCheckpointIO()
    writer.save_checkpoint({"number": 1}, str(path))
    with (
        disk_with_room_for(20_000),
        pytest.raises(RlsegError, match=r"cannot write the checkpoint .*last\.ckpt: File too"),
    ):
        writer.save_checkpoint({"number": 2, "weights": torch.zeros(10_000)}, str(path))
    assert torch.load(path, weights_only=True) == {"number": 1}
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]
    writer.save_checkpoint({"number": 3}, str(path))
    assert writer.load_checkpoint(path, weights_only=True) == {"number": 3}


def test_54_a_disk_that_fills_up_in_a_training_is_one_line(
    folder: Path, trained: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Continued in a folder with a checkpoint, which stays."""
    content = trained.last.read_bytes()
    words = Run.words(folder, tmp_path)
    words = [*words[: words.index("--trainer.logger")], "--trainer.logger", "false", "--trainer.max_epochs", "5"]
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.parent.mkdir()
    last.write_bytes(content)
    with disk_with_room_for(len(content) // 2):
        assert main([*words, "--trainer.default_root_dir", str(tmp_path), "--ckpt_path", str(last)]) == 2
    said = capfd.readouterr().err
    assert "rlseg: error: cannot write the checkpoint" in said
    assert "Traceback" not in said
    assert last.read_bytes() == content
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and not path.stat().st_size and path.suffix]


def test_54_a_disk_that_is_too_full_for_the_log_is_one_line(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with disk_with_room_for(5_000):
        assert main(Run.words(folder, tmp_path, "--trainer.max_epochs", "1")) == 2
    said = capfd.readouterr().err
    assert "rlseg: error: " in said
    assert "File too large" in said
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.ckpt"))


def test_55_a_folder_that_cannot_be_written_is_found_before_training(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file stands in its way, for nothing keeps an administrator from writing."""
    (tmp_path / "runs").write_text("a file")
    assert main(Run.words(folder, tmp_path / "runs")) == 2
    said = capfd.readouterr().err
    assert f"rlseg: error: cannot write to the run's folder {tmp_path / 'runs'}" in said
    assert "save_dir" in said
    assert "training on" not in said


def test_56_two_runs_in_one_folder(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = Run.words(folder, tmp_path, "--trainer.logger.version", "7", "--trainer.max_epochs", "1")
    place = tmp_path / "tiny" / "version_7"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert main(words) == 2
        assert f"rlseg: error: another run is writing to {place}" in capfd.readouterr().err
        assert {path.name for path in place.iterdir()} == {".lock"}
    finally:
        holder.kill()  # as kill -9 does: nothing is tidied up
        holder.communicate()
    assert (place / ".lock").exists()
    assert main(words) == 0
    last = Run(place).last
    # the same run, continued in its own folder
    assert main([*words, "--trainer.max_epochs", "2", "--ckpt_path", str(last)]) == 0
    assert int(Run(place).content()["state_dict"]["steps_done"]) == 6


def test_56_a_folder_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError), claim(tmp_path):
        raise ValueError
    with claim(tmp_path), pytest.raises(RlsegError, match="another run"), claim(tmp_path):
        pass
