"""The UNet that learns boundaries, the superpixels of its maps, and the baselines on both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from experiments.baselines import boundary_superpixels, boundary_unet, truth_superpixels
from experiments.baselines import unet as baselines_unet
from rlseg.io.find import find_images
from rlseg.io.read import read_image, read_labels
from rlseg.metrics import score_image, superpixel_ceiling


def discs() -> np.ndarray:
    """(40, 60) two touching objects and one alone."""
    rows, columns = np.indices((40, 60))
    truth = np.zeros(rows.shape, np.int32)
    for number, (row, column) in enumerate([(14, 14), (14, 31), (28, 48)], start=1):
        truth[np.hypot(rows - row, columns - column) <= 8.6] = number
    return truth


def write(folder: Path, count: int) -> Path:
    """A folder with images/ and labels/ of noisy discs."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for n in range(count):
        truth = np.roll(discs(), 3 * n, axis=1)
        image = 50 + 600 * (truth > 0) + np.random.default_rng(n).normal(0, 20, truth.shape)
        tifffile.imwrite(folder / "images" / f"{n}.tif", image.astype(np.float32))
        tifffile.imwrite(folder / "labels" / f"{n}.tif", truth.astype(np.uint8))
    return folder


def test_targets_are_true_of_each_pair_of_pixels() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (5, 6))
    found = boundary_unet.targets(labels)
    for r, c in np.ndindex(5, 6):
        assert found[0, r, c] == (labels[r, c] > 0)
        assert found[1, r, c] == (c < 5 and labels[r, c] != labels[r, min(c + 1, 5)])
        assert found[2, r, c] == (r < 4 and labels[r, c] != labels[min(r + 1, 4), c])


def test_crops_turn_image_and_labels_alike() -> None:
    labels = np.random.default_rng(1).integers(0, 2, (20, 24)).astype(np.int32)
    pair = (labels[None].astype(np.float32), labels)
    seen = set()
    for images, wanted in boundary_unet.Crops([pair], count=6, batch=4, side=12, seed=0):
        assert images.shape == (4, 1, 12, 12)
        for image, target in zip(images.numpy(), wanted.numpy(), strict=True):
            np.testing.assert_array_equal(boundary_unet.targets(image[0]), target)  # 0 and 1 have no gamma
            seen.add(image.tobytes())
    assert len(seen) > 20


def test_folders_are_mapped_and_nothing_is_done_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, count in (("train", 2), ("test", 1)):
        write(tmp_path / name, count)
    words = [
        "--train",
        str(tmp_path / "train"),
        "--others",
        f"[{tmp_path / 'test'}]",
        "--output",
        str(tmp_path / "out"),
    ]
    words += ["--steps", "2", "--widths", "[4, 8]", "--batch", "1", "--crop", "16", "--brightness", "true"]
    assert boundary_unet.main(words) == 0
    for name, count in (("train", 2), ("test", 1)):
        files = find_images(tmp_path / "out" / name / "images", tmp_path / "out" / name / "labels")
        assert len(files) == count
        for file in files:
            maps = read_image(tmp_path / "out" / name / "maps" / f"{file.stem}.tif", 3).pixels
            assert maps.shape[1:] == read_labels(file.labels).shape if file.labels else False
            assert 0 <= maps.min() < maps.max() <= 1
    first = next((tmp_path / "out" / "test" / "maps").iterdir())
    before = first.stat().st_mtime_ns
    assert boundary_unet.main(words) == 0
    assert "done before" in capsys.readouterr().out
    assert first.stat().st_mtime_ns == before
    assert boundary_superpixels.main([str(tmp_path / "out" / "test")]) == 0
    assert read_labels(tmp_path / "out" / "test" / "superpixels" / f"{first.stem}.tif").shape == (40, 60)


def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "train", 1)
    words = ["--train", str(tmp_path / "train"), "--output", str(tmp_path / "out")]
    assert boundary_unet.main(words) == 2
    assert "folds" in capsys.readouterr().err
    assert boundary_unet.main([*words, "--others", f"[{tmp_path / 'other' / 'train'}]"]) == 2
    assert "different names" in capsys.readouterr().err
    assert boundary_superpixels.main([str(tmp_path / "none")]) == 2
    assert truth_superpixels.main([str(tmp_path / "none"), "--output", str(tmp_path / "out")]) == 2
    assert baselines_unet.main(["--unet", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("no such f") == 3


def test_superpixels_of_perfect_maps_keep_every_outline() -> None:
    truth = discs()
    found = boundary_superpixels.BoundarySuperpixels()(boundary_unet.targets(truth))
    np.testing.assert_array_equal(superpixel_ceiling(found, truth), truth)


def test_an_object_ends_where_its_probability_is_one_half_even_without_a_boundary() -> None:
    maps = np.zeros((3, 30, 30), np.float32)
    maps[0] = np.clip((15.2 - np.hypot(*(np.indices((30, 30)) - 15))) / 10, 0, 1)
    found = boundary_superpixels.BoundarySuperpixels()(maps)
    inside = maps[0] >= 0.5
    assert not np.intersect1d(found[inside], found[~inside]).size


def test_truth_superpixels_lie_under_one_label_and_leave_no_sliver() -> None:
    truth = discs()
    random = np.random.default_rng(0)
    image = (0.1 + 0.6 * (truth > 0) + random.normal(0, 0.05, truth.shape)).clip(0, 1)[None].astype(np.float32)
    found = truth_superpixels.truth_superpixels(image, truth)
    for number in range(found.max() + 1):
        assert len(np.unique(truth[found == number])) == 1
    np.testing.assert_array_equal(superpixel_ceiling(found, truth), truth)
    fine = truth_superpixels.intersect_with_truth(truth_superpixels.GradientWatershed(min_size=1)(image), truth)
    assert 4 < found.max() + 1 < fine.max() / 2
    assert len(np.unique(found[truth > 0])) > 3


def test_truth_superpixels_of_an_image_without_objects() -> None:
    image = np.random.default_rng(0).random((1, 24, 24), dtype=np.float32)
    assert truth_superpixels.truth_superpixels(image, np.zeros((24, 24), np.int32)).max() >= 0


def case() -> tuple[baselines_unet.Case, np.ndarray]:
    truth = discs()
    maps = (0.02 + 0.96 * boundary_unet.targets(truth)).astype(np.float32)
    pieces = truth * 1000 + np.indices(truth.shape)[0] // 5 * 20 + np.indices(truth.shape)[1] // 5
    superpixels = np.unique(pieces, return_inverse=True)[1].reshape(truth.shape).astype(np.int32)
    return baselines_unet.Case(maps, {"UNET": baselines_unet.graph(maps, superpixels)}, truth), truth


@pytest.mark.parametrize(
    "method", [baselines_unet.components(0.5, 0.3), *(baselines_unet.multicut("UNET", 0, w) for w in (False, True))]
)
def test_perfect_maps_give_all_objects(method: baselines_unet.Method) -> None:
    one, truth = case()
    assert score_image(method(one), truth).summary.mean_ap == 1


def test_edges_have_the_mean_boundary_of_their_cracks() -> None:
    truth = discs()
    maps = np.random.default_rng(0).random((3, *truth.shape)).astype(np.float32)
    found = baselines_unet.graph(maps, truth)
    u, v = found.regions.edge_index
    for e in range(len(u)):
        values = []
        for (r, c), label in np.ndenumerate(truth):
            for channel, (y, x) in ((1, (r, c + 1)), (2, (r + 1, c))):
                if y < 40 and x < 60 and {label, truth[y, x]} == {u[e], v[e]}:
                    values.append(maps[channel, r, c])
        assert found.boundary[e] == pytest.approx(np.mean(values))
    assert found.inside[2] == pytest.approx(maps[0][truth == 2].mean())


def test_the_best_setting_is_the_one_that_scores_most(capsys: pytest.CaptureFixture[str]) -> None:
    one, truth = case()
    candidates = {
        "nothing": lambda case: np.zeros_like(case.truth),
        "all": baselines_unet.components(0.5, 0.3),
        "merged": lambda case: (case.truth > 0).astype(np.int32),
    }
    assert baselines_unet.best(candidates, [(one, truth)])[0] == "all"
    assert "1 training images" in capsys.readouterr().out


def test_the_baselines_command(tmp_path: Path) -> None:
    for name in ("train", "test"):
        write(tmp_path / name, 1)
        maps = tmp_path / "unet" / name
        boundary_unet.share(tmp_path / name, maps)
        for file in find_images(maps / "images", maps / "labels"):
            assert file.labels is not None
            boundary_unet.write_maps(
                maps / "maps" / f"{file.stem}.tif", boundary_unet.targets(read_labels(file.labels))
            )
    folders = [str(tmp_path / name) for name in ("train", "test")]
    assert truth_superpixels.main([*folders, "--output", str(tmp_path / "truth")]) == 0
    assert boundary_superpixels.main([str(tmp_path / "unet" / name) for name in ("train", "test")]) == 0
    words = ["--unet", str(tmp_path / "unet"), "--truth", str(tmp_path / "truth"), "--json", str(tmp_path / "x.json")]
    assert baselines_unet.main(words) == 0
    rows = json.loads((tmp_path / "x.json").read_text())["rows"]
    assert [row["mean_ap"] for row in rows if "GT" in row["method"]] == [1, 1]
    assert rows[0]["mean_ap"] == 1
