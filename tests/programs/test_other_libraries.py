"""What is written, read by the libraries of the programs it is for: the same pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zarr
from fill import fill
from ome_zarr_images import make_image
from program_labels import LABELS

from rlseg.io.outlines import read_outlines
from rlseg.io.pixel_size import PixelSize
from rlseg.prediction.table import object_table, write_table
from rlseg.prediction.writers import FORMATS
from rlseg.prediction.writers.coco import write_coco
from rlseg.prediction.writers.geojson import write_geojson
from rlseg.prediction.writers.inside import write_inside
from rlseg.prediction.writers.labelme import write_labelme
from rlseg.prediction.writers.polygons import polygons

pytestmark = [
    pytest.mark.programs,
    pytest.mark.filterwarnings("default"),  # those of other programs are theirs
]
all_labels = pytest.mark.parametrize("name", LABELS)


@all_labels
def test_pycocotools(name: str, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    mask = pytest.importorskip("pycocotools.mask")
    labels = LABELS[name]
    write_coco(tmp_path / "a.coco.json", labels, None, object_table(labels))
    found = coco.COCO(str(tmp_path / "a.coco.json"))
    back = np.zeros_like(labels)
    for annotation in found.loadAnns(found.getAnnIds()):
        pixels = found.annToMask(annotation).astype(bool)
        assert not back[pixels].any()
        back[pixels] = annotation["id"]
        assert mask.area(found.annToRLE(annotation)) == annotation["area"] == pixels.sum()
        assert mask.toBbox(found.annToRLE(annotation)).tolist() == annotation["bbox"]
        # its own encoder writes the same text
        assert (
            mask.encode(np.asfortranarray(pixels.astype(np.uint8)))["counts"].decode()
            == (annotation["segmentation"]["counts"])
        )
    np.testing.assert_array_equal(back, labels)


@all_labels
def test_shapely(name: str, tmp_path: Path) -> None:
    """The port of JTS, in which QuPath keeps its objects: valid, of the same area, with the same pixels."""
    shapely = pytest.importorskip("shapely")
    labels = LABELS[name]
    write_geojson(tmp_path / "a.geojson", labels)
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]] + 0.5
    back = np.zeros_like(labels)
    for feature in json.loads((tmp_path / "a.geojson").read_text())["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        label = feature["properties"]["label"]
        assert shapely.is_valid(shape), shapely.is_valid_reason(shape)
        assert shape.area == np.count_nonzero(labels == label)
        back[shapely.contains_xy(shape, x, y)] = label
    np.testing.assert_array_equal(back, labels)


@all_labels
def test_labelme(name: str, tmp_path: Path) -> None:
    """Its own code from the shapes of a file to instances."""
    utils = pytest.importorskip("labelme.utils")
    labels = LABELS[name]
    write_labelme(tmp_path / "a.json", labels, tmp_path / "a.png")
    shapes = json.loads((tmp_path / "a.json").read_text())["shapes"]
    for shape in shapes:
        shape["mask"] = utils.img_b64_to_arr(shape["mask"]).astype(bool)
    _, instances = utils.shapes_to_label(labels.shape, shapes, {"object": 1})
    numbers = np.array([0, *(shape["group_id"] for shape in shapes)])
    np.testing.assert_array_equal(numbers[instances], labels)


@all_labels
def test_cellpose(name: str, tmp_path: Path) -> None:
    """It finds the masks of an image by their name, and reads them as labels."""
    try:
        import cellpose.io as io
    except (ImportError, RuntimeError) as error:  # of torchvision, where it does not go with torch
        pytest.skip(f"no cellpose: {error}")
    labels = LABELS[name]
    (tmp_path / "a.tif").touch()
    FORMATS["cellpose"].write(tmp_path / "a_cp_masks.tif", labels, PixelSize(0.3, 0.2))
    names = io.get_label_files([str(tmp_path / "a.tif")], "_cp_masks")
    (found,) = names[0] if isinstance(names, tuple) else names
    np.testing.assert_array_equal(io.imread(found), labels)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("names", ["cyx", "tczyx", "yx"])
def test_ome_zarr(version: str, names: str, tmp_path: Path) -> None:
    """It comes to the labels from the image, through its list of them."""
    reader = pytest.importorskip("ome_zarr.reader")
    parse = pytest.importorskip("ome_zarr.io").parse_url
    labels = np.kron(np.array([[0, 1, 2], [3, 0, 70_000]]), np.ones((4, 6), int))
    path = make_image(tmp_path / "a.zarr", version, names)
    write_inside(path, labels)
    nodes = list(reader.Reader(parse(str(path)))())
    (found,) = [node for node in nodes if any(isinstance(spec, reader.Label) for spec in node.specs)]
    np.testing.assert_array_equal(np.asarray(found.data[0]).reshape(labels.shape), labels)
    assert len(found.data) == 2
    scale, shift = found.metadata["coordinateTransformations"][0]
    assert scale["scale"][-2:] == [0.5, 0.25]
    assert shift["translation"][-2:] == [7.0, 0.0]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr_models(version: str, tmp_path: Path) -> None:
    """Checked against the specification of each version."""
    models = pytest.importorskip("ome_zarr_models")
    path = make_image(tmp_path / "a.zarr", version)
    write_inside(path, np.kron(np.array([[0, 1, 2], [3, 0, 7]]), np.ones((4, 6), int)))
    for place, kind in (("labels", "Labels"), ("labels/rlseg", "ImageLabel")):
        group = zarr.open_group(store=str(path / place), mode="r")
        found = models.open_ome_zarr(group)
        assert (type(found).__name__, found.ome_zarr_version) == (kind, version)
    FORMATS["zarr"].write(tmp_path / "b.ome.zarr", np.eye(5, dtype=int), PixelSize(0.3, 0.2))
    found = models.open_ome_zarr(zarr.open_group(store=str(tmp_path / "b.ome.zarr"), mode="r"))
    assert type(found).__name__ == "ImageLabel"


@all_labels
def test_napari_shows_the_labels(name: str, tmp_path: Path) -> None:
    """Its own readers of TIFF, and its layer of labels."""
    io = pytest.importorskip("napari_builtins.io")
    layers = pytest.importorskip("napari.layers")
    labels = LABELS[name]
    FORMATS["tiff"].write(tmp_path / "a.tif", labels, PixelSize(0.3, 0.2))
    ((data, *_),) = io.napari_get_reader(str(tmp_path / "a.tif"))(str(tmp_path / "a.tif"))
    np.testing.assert_array_equal(layers.Labels(np.asarray(data)).data, labels)


@all_labels
def test_polygons_of_napari(name: str, tmp_path: Path) -> None:
    """Along the edges of pixels, saved by napari, they are the pixels that they go around."""
    io = pytest.importorskip("napari_builtins.io")
    layers = pytest.importorskip("napari.layers")
    labels = LABELS[name]
    for label, parts in polygons(labels).items():
        for part in parts:
            outline = part[0][:, ::-1] - 0.5  # row, column, the centre of the first pixel at 0, 0
            layer = layers.Shapes([outline], shape_type="polygon")
            path = io.napari_write_shapes(str(tmp_path / "a.csv"), layer.data, {"shape_type": layer.shape_type})
            found = read_outlines(tmp_path / "a.csv", labels.shape).labels > 0
            np.testing.assert_array_equal(found, fill([part[0].tolist()], labels.shape))
            assert path is not None, label


def test_anndata_of_a_table(tmp_path: Path) -> None:
    """As docs/formats.md says it."""
    anndata = pytest.importorskip("anndata")
    pandas = pytest.importorskip("pandas")
    labels = LABELS["cells"]
    table = object_table(labels, {"reward": np.linspace(0, 1, len(np.unique(labels)) - 1)})
    write_table(tmp_path / "objects.parquet", {"a": table, "b": table})
    objects = pandas.read_parquet(tmp_path / "objects.parquet")
    objects.index = objects["image"] + ":" + objects["label"].astype(str)
    cells = anndata.AnnData(objects.drop(columns=["image", "label"]), obs=objects[["image", "label"]])
    cells.obsm["spatial"] = objects[["centroid_col", "centroid_row"]].to_numpy()
    cells.write_h5ad(tmp_path / "a.h5ad")
    back = anndata.read_h5ad(tmp_path / "a.h5ad")
    assert back.obs_names[0] == "a:1"
    np.testing.assert_array_equal(back[:, "area"].X[:, 0], np.tile(table["area"], 2))
    np.testing.assert_array_equal(back.obsm["spatial"][:, 1], np.tile(table["centroid_row"], 2))
