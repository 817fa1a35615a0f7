"""Checkpoints that are hostile, damaged, of another version or of another machine."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import LightningModule
from nuclei import Run, digest
from test_bad_input import assert_refused

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.models.checkpoint import read_checkpoint, refuse_other_weights
from rlseg.models.folder import read_model, write_model
from rlseg.models.origin import version
from rlseg.training.module import SegmentationModule

Words = Callable[[Path], list[list[str]]]


@pytest.fixture
def commands(folder: Path, tmp_path: Path) -> Words:
    """The command lines that open a checkpoint."""

    def of(path: Path) -> list[list[str]]:
        return [
            [*Run.words(folder, tmp_path / "runs"), "--ckpt_path", str(path)],
            ["predict", str(path), str(folder / "images"), "--output", str(tmp_path / "labels")],
            ["export", str(path), str(tmp_path / "model")],
        ]

    return of


def saved(content: dict[str, Any], path: Path) -> Path:
    torch.save(content, path)
    return path


class Payload:
    def __init__(self, harm: Path) -> None:
        self.harm = harm

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.harm,))


@pytest.mark.parametrize("where", ["hyper_parameters", "callbacks", "state_dict", "optimizer_states", "legacy"])
def test_46_a_pickle_is_refused_and_does_not_run(
    where: str, trained: Run, commands: Words, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm = tmp_path / "harm"
    content = trained.content()
    content["callbacks" if where == "legacy" else where] = {"x": Payload(harm)}
    torch.save(content, tmp_path / "evil.ckpt", _use_new_zipfile_serialization=where != "legacy")
    for words in commands(tmp_path / "evil.ckpt"):
        assert_refused(words, "is not a checkpoint", tmp_path, capsys)
    assert not harm.exists()


def test_47_an_instantiator_is_not_called(
    trained: Run,
    folder: Path,
    commands: Words,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "code").mkdir()
    text = f"from pathlib import Path\nPath({str(tmp_path / 'harm')!r}).touch()\ndef run(*_, **__): pass"
    (tmp_path / "code" / "stranger.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "code")
    content = trained.content()
    content["hyper_parameters"] |= {"_instantiator": "stranger.run", "_class_path": "stranger.run"}
    path = saved(content, tmp_path / "evil.ckpt")
    for words in commands(path)[:2]:
        assert_refused(words, "", tmp_path, capsys)
    # Lightning's own way of reading, for those who take the module into their scripts
    del content["hyper_parameters"]["_class_path"]
    with pytest.raises(Exception, match=r"stranger|_instantiator"):
        SegmentationModule.load_from_checkpoint(saved(content, path), map_location="cpu", weights_only=True)
    assert not (tmp_path / "harm").exists()
    assert "stranger" not in sys.modules


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "half": lambda raw: raw[: len(raw) // 2],
    "without its end": lambda raw: raw[:-1],
    "without its beginning": lambda raw: raw[100:],
    "other magic": lambda raw: b"XX" + raw[2:],
    "text": lambda raw: b"hello",
    "zeros": lambda raw: bytes(len(raw)),
    "a weight flipped": lambda raw: raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_48_damaged_checkpoints_are_refused(name: str, trained: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_bytes(DAMAGED[name](trained.last.read_bytes()))
    with pytest.raises(RlsegError, match=r"is not a checkpoint|is damaged"):
        read_checkpoint(tmp_path / "a.ckpt")


def test_48_the_commands_refuse_a_damaged_checkpoint(
    trained: Run, commands: Words, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.ckpt").write_bytes(DAMAGED["a weight flipped"](trained.last.read_bytes()))
    for words in commands(tmp_path / "a.ckpt"):
        assert_refused(words, "a.ckpt is damaged: a checksum is wrong", tmp_path, capsys)


def flips(raw: bytes, count: int, seed: int) -> list[bytes]:
    """Copies with one bit changed each."""
    random = np.random.default_rng(seed)
    changed = []
    for place, bit in zip(random.integers(len(raw), size=count), random.integers(8, size=count), strict=True):
        copy = bytearray(raw)
        copy[place] ^= 1 << bit
        changed.append(bytes(copy))
    return changed


def small_checkpoint(trained: Run) -> dict[str, Any]:
    """The checkpoint with a few of its weights, so that most bits say what the file is."""
    content = trained.content()
    weights = dict(list(content["state_dict"].items())[:4])
    kept = ("hyper_parameters", "preparation", "epoch", "global_step", "rlseg")
    return {"state_dict": weights} | {key: content[key] for key in kept}


def check_flips(content: dict[str, Any], folder: Path, count: int, seed: int) -> None:
    """Each copy is refused or says the same as the original: some bits, such as times, mean nothing."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    refused = 0
    for raw in flips(buffer.getvalue(), count, seed):
        (folder / "a.ckpt").write_bytes(raw)
        try:
            found = read_checkpoint(folder / "a.ckpt")
        except RlsegError:
            refused += 1
        else:
            assert digest(found) == digest(content)
    assert refused > count / 2


def check_folder_flips(content: dict[str, Any], folder: Path, count: int, seed: int) -> None:
    """The same for the weights of an exported model, every bit of which counts."""
    write_model(content, folder / "model")
    weights = folder / "model" / "model.safetensors"
    for raw in flips(weights.read_bytes(), count, seed):
        weights.write_bytes(raw)
        with pytest.raises(RlsegError, match="is damaged"):
            read_model(folder / "model")


def test_48_flipped_bits_are_noticed(trained: Run, tmp_path: Path) -> None:
    check_flips(small_checkpoint(trained), tmp_path, 150, 0)
    check_folder_flips(small_checkpoint(trained), tmp_path, 60, 1)


@pytest.mark.slow
def test_48_a_hundred_thousand_flipped_bits_are_noticed(trained: Run, tmp_path: Path) -> None:
    check_flips(small_checkpoint(trained), tmp_path, 80_000, 2)
    check_folder_flips(small_checkpoint(trained), tmp_path, 20_000, 3)


def test_48_a_size_that_the_checksum_does_not_cover(trained: Run, tmp_path: Path) -> None:
    """torch believes the size of a compressed part, which nothing here is: it would read other weights."""
    torch.save(small_checkpoint(trained), tmp_path / "a.ckpt")
    raw = bytearray((tmp_path / "a.ckpt").read_bytes())
    entry = raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"data/3"))
    raw[entry + 20] ^= 16
    (tmp_path / "a.ckpt").write_bytes(raw)
    with pytest.raises(RlsegError, match="is not a checkpoint"):
        read_checkpoint(tmp_path / "a.ckpt")


def test_48_what_is_compressed_is_not_inflated(trained: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(trained.last) as old, zipfile.ZipFile(tmp_path / "a.ckpt", "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    with pytest.raises(RlsegError, match="parts of it are compressed"):
        read_checkpoint(tmp_path / "a.ckpt")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state_dict": [1, 2]}, "it has no state_dict"),
        ({"state_dict": {"x": 3}}, "not all of its weights are tensors"),
        ({"hyper_parameters": "a"}, "it has no hyper_parameters"),
        ({"preparation": None}, "it has no preparation"),
    ],
)
def test_48_foreign_checkpoints_are_refused(change: dict[str, Any], says: str, trained: Run, tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match=says):
        read_checkpoint(saved(trained.content() | change, tmp_path / "a.ckpt"))


def test_48_a_checkpoint_without_its_training_is_not_resumed(
    trained: Run, commands: Words, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = trained.content()
    del content["optimizer_states"]
    path = saved(content, tmp_path / "a.ckpt")
    assert_refused(commands(path)[0], "a.ckpt cannot be resumed: it has no optimizer_states", tmp_path, capsys)
    assert main(commands(path)[1]) == 0


def test_49_the_first_five_differences_are_listed() -> None:
    mine = {f"layer.{n}": torch.zeros(n + 1) for n in range(9)}
    theirs = {name: values for name, values in mine.items() if name != "layer.3"} | {"other": torch.zeros(())}
    with pytest.raises(RlsegError) as caught:
        refuse_other_weights(mine, theirs, "a.ckpt", "hint")
    assert str(caught.value).splitlines() == [
        *("a.ckpt does not fit these networks: 2 weights differ:", "  layer.3: missing in it, (4,) here"),
        *("  other: () in it, missing here", "  hint: hint"),
    ]
    with pytest.raises(RlsegError) as caught:
        refuse_other_weights(mine, {name: values[:0] for name, values in mine.items()}, "a.ckpt", "hint")
    lines = str(caught.value).splitlines()
    assert lines[0] == "a.ckpt does not fit these networks: 9 weights differ, the first 5:"
    assert lines[1] == "  layer.0: (0,) in it, (1,) here"
    assert len(lines) == 7
    refuse_other_weights(mine, dict(mine), "a.ckpt", "hint")


def test_45_a_checkpoint_says_which_version_wrote_it_and_newer_ones_are_refused(
    trained: Run, commands: Words, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = trained.content()
    assert content["rlseg"] == {"format": 2, "version": version()}
    path = saved(content | {"rlseg": {"format": 3, "version": "9.1"}}, tmp_path / "a.ckpt")
    for words in commands(path):
        said = assert_refused(words, "was written by rlseg 9.1 in format 3; this is rlseg", tmp_path, capsys)
        assert "pip install --upgrade rlseg" in said
    for odd in ({"format": "x"}, {"format": -1}, 3):
        with pytest.raises(RlsegError, match="is damaged: its stamp is"):
            read_checkpoint(saved(content | {"rlseg": odd}, tmp_path / "b.ckpt"))


def test_45_a_checkpoint_of_before_there_were_formats_is_read(trained: Run, tmp_path: Path) -> None:
    content = trained.content()
    del content["rlseg"]
    assert digest(read_checkpoint(saved(content, tmp_path / "a.ckpt"))) == digest(content)


def test_50_a_checkpoint_saved_on_a_gpu_loads_without_one(
    trained: Run, folder: Path, commands: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its tensors say that they lay on the first GPU."""
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        path = saved(trained.content(), tmp_path / "gpu.ckpt")
    with zipfile.ZipFile(path) as archive:
        pickled = archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))
    assert re.search(rb"cuda:0", pickled)
    assert not re.search(rb"[^a-z]cpu[^a-z]", pickled)
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(path, weights_only=True)
    rest, predict, _ = commands(path)
    assert main([*rest, "--trainer.max_epochs", "5"]) == 0
    assert int(Run.newest(tmp_path / "runs").content()["state_dict"]["steps_done"]) == 15
    assert main([*predict, "--device", "cpu"]) == 0
    alone = [word.replace(str(path), str(trained.last)).replace("/labels", "/alone") for word in predict]
    assert main([*alone, "--device", "cpu"]) == 0
    for file in (tmp_path / "labels").iterdir():
        assert file.read_bytes() == (tmp_path / "alone" / file.name).read_bytes()


def test_modules_of_scripts_load_as_lightning_does(trained: Run) -> None:
    module: LightningModule = SegmentationModule.load_from_checkpoint(trained.last, map_location="cpu")
    assert int(module.steps_done) == 12
