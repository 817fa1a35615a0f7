"""Films of volumes (TZYX): linked as films of images are, with lengths in px where planes are farther apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from film_rules import HEAD, film_rules, rules_text

from rlseg import track_labels
from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.prediction.tracking import read_lineage
from rlseg.rewards.language import RewardFileError, parse_reward

VOLUMES = HEAD.replace("units:", "dimensions: 3\nunits:")
SHAPE = (8, 40, 40)


def ball(plane: float, row: float, column: float, radius: float, distance: float = 2.0) -> np.ndarray:
    z, r, c = np.indices(SHAPE)
    return ((z - plane) * distance) ** 2 + (r - row) ** 2 + (c - column) ** 2 <= radius**2


def film() -> np.ndarray:
    """(4, Z, H, W): 1 moves up a plane a frame, 2 divides along z after two frames; the picture moves by (0, 3)."""
    frames = np.zeros((4, *SHAPE), np.int32)
    for t, frame in enumerate(frames):
        shift = 3 * t
        frame[ball(1 + t, 10, 8 + shift, 3)] = 1
        if t < 2:
            frame[ball(4, 28, 10 + shift, 6)] = 2
        else:
            frame[ball(2, 28, 10 + shift, 4.8)], frame[ball(6, 28, 10 + shift, 4.8)] = 5, 9
    return frames


def test_a_film_of_volumes_is_linked() -> None:
    rules = film_rules("drift: 5", reach=6, division=True, head=VOLUMES)
    found = track_labels(rules, film(), plane_distance=2.0)
    assert found.labels.shape == (4, *SHAPE)
    np.testing.assert_array_equal(found.drift, [[0, 0], [0, 3], [0, 3], [0, 3]])
    assert found.parent.tolist() == [0, 0, 2, 2]
    assert (found.first.tolist(), found.last.tolist()) == ([0, 0, 2, 2], [3, 1, 3, 3])
    table = found.table()
    of_first = table["track"] == 1
    np.testing.assert_allclose(table["centroid_slice"][of_first], [1, 2, 3, 4])
    np.testing.assert_allclose(table["centroid_col"][of_first], [8, 11, 14, 17])
    assert table["voxels"][0] == ball(1, 10, 8, 3).sum()
    assert "area" not in table


def test_planes_count_as_far_as_they_are_apart() -> None:
    """Two planes a frame are 4 px and within reach, or 12 px and not."""
    frames = np.stack([ball(1 + 2 * t, 20, 20, 4) for t in range(3)]).astype(np.int32)
    rules = film_rules(reach=6, head=VOLUMES)
    near, far = (track_labels(rules, frames, plane_distance=distance) for distance in (1.0, 6.0))
    assert (len(near.first), len(far.first)) == (1, 3)


def test_from_a_file_to_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 1.0}
    tifffile.imwrite(tmp_path / "film.tif", film(), ome=True, metadata={"axes": "TZYX", **sizes})
    (tmp_path / "rules.yaml").write_text(rules_text("drift: 5", reach=6, division=True, head=VOLUMES))
    words = [
        "track",
        str(tmp_path / "film.tif"),
        "--rules",
        str(tmp_path / "rules.yaml"),
        "--output",
        str(tmp_path / "out"),
    ]
    assert main(words) == 0
    assert "4 frames, 10 objects, 4 tracks, 1 divisions" in capsys.readouterr().out
    with tifffile.TiffFile(tmp_path / "out" / "film.tif") as written:
        assert written.series[0].axes == "TZYX"
        assert 'PhysicalSizeZ="1.0"' in (written.ome_metadata or "")
        tracked = written.asarray()
    lines = (tmp_path / "out" / "film_napari.csv").read_text().splitlines()
    assert lines[:2] == ["track_id,t,z,y,x", "1,0,1,10,8"]
    lineage = read_lineage(tmp_path / "out" / "film_RES", volumes=True)
    np.testing.assert_array_equal(lineage.labels, tracked)
    assert lineage.parent == {3: 2, 4: 2}
    # a folder of volumes, by its own scores
    folder = tmp_path / "frames"
    folder.mkdir()
    for t, frame in enumerate(film()):
        tifffile.imwrite(folder / f"t{t + 9}.tif", frame, ome=True, metadata={"axes": "ZYX"})
    words = ["track", str(folder), *words[2:-1], str(tmp_path / "again"), "--plane-distance", "2"]
    assert main([*words, "--truth", str(tmp_path / "out" / "film_RES")]) == 0
    assert "TRA 1.000; 8 of 8 links right" in capsys.readouterr().out
    # without the distance of planes nothing is guessed
    assert main(words[:-2]) == 2
    assert "--plane-distance 1 where voxels are cubes" in capsys.readouterr().err
    assert main([*words[:-1], "0"]) == 2
    assert "must be a positive number of pixels, got 0" in capsys.readouterr().err


def test_rules_of_images_are_refused_and_the_other_way_round() -> None:
    with pytest.raises(RlsegError, match="dimensions: 3"):
        track_labels(film_rules(), film(), plane_distance=2.0)
    with pytest.raises(RlsegError, match="the axes TZYX"):
        track_labels(film_rules(head=VOLUMES), film()[:, 0])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("joint: true", "tracks.joint: 'joint' is for images alone"),
        ("pay: 0.5", "tracks.pay: 'pay' is for images alone"),
    ],
)
def test_what_there_is_of_images_alone(line: str, said: str) -> None:
    with pytest.raises(RewardFileError, match=said):
        film_rules(line, head=VOLUMES)
    assert film_rules("joint: false", head=VOLUMES).volumes


@pytest.mark.parametrize("name", ["perimeter", "eccentricity", "box_width"])
def test_descriptors_of_images_are_refused_at_their_place(name: str) -> None:
    text = rules_text(head=VOLUMES).replace("property: area", f"property: {name}")
    with pytest.raises(RewardFileError, match=f"'{name}' is a property of images alone") as caught:
        parse_reward(text)
    (problem,) = caught.value.problems
    assert problem.span is not None
    assert name in problem.span.source.lines[problem.span.line][problem.span.column :]


def test_other_descriptors_of_volumes_are_compared() -> None:
    text = rules_text("drift: 5", reach=6, head=VOLUMES).replace("property: area", "property: axis_major_length")
    found = track_labels(parse_reward(text), film(), plane_distance=2.0)
    # without a division one half goes on as what divided
    assert (found.first.tolist(), found.last.tolist()) == ([0, 0, 2], [3, 3, 3])
