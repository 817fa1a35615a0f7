"""Open layers as images, projects and labels as layers and files."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from nuclei import write_folder

from rlseg.errors import RlsegError
from rlseg.io import RawImage, Reading
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image, read_labels
from rlseg.viewer.open import layers_of
from rlseg.viewer.readers import image_layer, reader_of
from rlseg.viewer.session import config_of, images_of, micrometres, new_project, planes_of, write_image, write_text
from rlseg.viewer.writers import write_objects

CONFIG = "data:\n  images: {images}\n  labels: {labels}\nmodel: {{reward: reward.yaml}}\n"
LABELS = np.kron(np.array([[0, 1], [2, 0]]), np.ones((4, 5), int)).astype(np.int32)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    data = write_folder(tmp_path / "data", 2)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG.format(images=data / "images", labels=data / "labels"))
    return folder


def test_planes_of_stacks_colours_and_channels() -> None:
    stack = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    planes = planes_of(stack, False)
    assert (planes.stack, planes.size) == ((2, 3), (4, 5))
    assert len(list(planes.places())) == 6
    assert (planes.at((1, 2)).pixels[0] == stack[1, 2]).all()
    assert (planes.at((9, -1)).pixels[0] == stack[1, 0]).all()
    channels = planes_of(stack, False, channels=True)
    assert (channels.stack, channels.at((1,)).pixels.shape) == ((2,), (3, 4, 5))
    colours = planes_of(np.moveaxis(stack[0], 0, -1), True)
    assert (colours.stack, colours.size, colours.at().pixels.shape) == ((), (4, 5), (3, 4, 5))
    gray = planes_of(np.repeat(stack[0, 0][..., None], 4, axis=-1), True)
    assert gray.at().pixels.shape == (1, 4, 5)
    assert planes_of([stack[0, 0], stack[0, 0, ::2, ::2]], False).size == (4, 5)


def test_what_is_no_image() -> None:
    with pytest.raises(RlsegError, match=r"this has shape \(5,\)"):
        planes_of(np.zeros(5), False)
    with pytest.raises(RlsegError, match="only true and false"):
        planes_of(np.zeros((5, 5), bool), False).at()


def test_pixels_are_as_large_as_the_layer_says() -> None:
    assert micrometres((1.0, 0.5, 0.25), ("pixel", "micrometer", "um")) == PixelSize(0.5, 0.25)
    assert micrometres((0.5, 0.5), ("nanometer", "nanometer")) == PixelSize(0.0005, 0.0005)
    assert micrometres((0.5, 0.5), ("pixel", "pixel")) is None
    assert micrometres((0.5,), ()) is None


def test_a_project_opens_with_its_images_and_labels(project: Path) -> None:
    for path in (project, project / "config.yaml"):
        read = reader_of(str(path))
        assert read is not None
        layers = read(str(path))
        assert [kind for _, _, kind in layers] == ["image", "labels"] * 2
        assert [settings["visible"] for _, settings, _ in layers] == [True, True, False, False]
        assert layers[0][0].shape == layers[1][0].shape == (96, 96)
    assert len(layers_of(project)) == 4
    assert [file.stem for file in images_of(project)] == [s["name"] for _, s, k in layers if k == "image"]


def test_what_is_for_others_is_left_to_them(project: Path, tmp_path: Path) -> None:
    (tmp_path / "reward.yaml").write_text("version: 1\n")
    for path in (tmp_path, tmp_path / "reward.yaml", tmp_path / "data" / "images", tmp_path / "none.geojson"):
        assert reader_of(str(path)) is None
    with ZipFile(tmp_path / "tables.zip", "w") as content:
        content.writestr("table.csv", "a,b")
    (tmp_path / "no.zip").write_bytes(b"none")
    assert reader_of(str(tmp_path / "tables.zip")) is reader_of(str(tmp_path / "no.zip")) is None
    with pytest.raises(RlsegError, match=r"is no project: it has no config\.yaml"):
        config_of(tmp_path)
    (project / "config.yaml").write_text("model: {}\n")
    with pytest.raises(RlsegError, match="does not say which images"):
        images_of(project)


@pytest.mark.parametrize("name", ["a.tif", "a.tiff", "a.zip", "a.geojson"])
def test_labels_are_written_and_read_again(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    assert write_objects(path, LABELS, {"scale": (0.5, 0.5), "units": ("um", "um")}) == [path]
    if "tif" in name:
        assert (read_labels(Path(path)) == LABELS).all()
        assert read_image(path).pixel_size == PixelSize(0.5, 0.5)
        return
    read = reader_of([path])
    assert read is not None
    ((labels, settings, kind),) = read([path])
    assert (kind, settings["name"]) == ("labels", "a")
    assert settings["metadata"] == {"outlines": path}
    assert (labels[:8, :10] == LABELS).all()


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match=r"plane by plane, this layer has shape \(2, 8, 10\)"):
        write_objects(str(tmp_path / "a.tif"), np.stack([LABELS, LABELS]), {})
    with pytest.raises(RlsegError, match=r"a\.png is of no format"):
        write_objects(str(tmp_path / "a.png"), LABELS, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("channels", "kind"), [(1, "uint8"), (3, "uint8"), (2, "uint16"), (3, "float32")])
def test_an_image_that_was_only_open_becomes_a_file(tmp_path: Path, channels: int, kind: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (channels, 8, 10)).astype(np.float32)
    image = RawImage(pixels, np.dtype(kind), PixelSize(0.5, 0.25))
    images, outlines = write_image(tmp_path, "a/../b c", image, LABELS)
    assert outlines is not None
    again = read_image(images / "a____b_c.tif", reading=Reading())
    assert (again.pixels == pixels).all()
    assert (again.dtype, again.pixel_size) == (image.dtype, image.pixel_size)
    assert (read_labels(outlines / "a____b_c.tif") == LABELS).all()
    assert new_project(tmp_path / "p", images, outlines)[-2:] == ["--outlines", str(outlines)]
    data, settings, _ = image_layer(again, "x")
    planes = planes_of(data, settings.get("rgb", False), data.ndim == 3 and not settings.get("rgb"))
    assert (planes.at().pixels == pixels).all()
    assert len(settings["scale"]) == (3 if data.ndim == 3 and not settings.get("rgb") else 2)


def test_rules_are_written_into_a_project(project: Path) -> None:
    assert write_text(project, "name: a\n") == project / "reward.yaml"
    assert write_text(project / "b.yaml", "name: b\n").read_text() == "name: b\n"
