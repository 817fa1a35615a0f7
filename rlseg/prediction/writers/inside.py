"""Labels inside the OME-Zarr image that they are about."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from rlseg.arrays import AnyLabels
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, atomic, atomic_folder, make_folder
from rlseg.io.decode import image_group, import_zarr, is_zarr
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest
from rlseg.prediction.writers.ngff import refuse_replacing

NAME = "rlseg"
_CHUNK = 1024


class InsideImage(LabelFormat):
    """`labels/rlseg` in the group of an OME-Zarr image, where programs that show the image look for labels."""

    kind = "inside"
    suffix = f"/labels/{NAME}"
    whole = True

    def place(self, target: Path, image: Path) -> Path:
        """In the image, not among the results.

        Raises:
            RlsegError: it is no OME-Zarr image, or of several.
        """
        return image_group(image)[0] / "labels" / NAME

    def check(self, path: Path) -> None:
        """See `refuse_replacing`."""
        refuse_replacing(path)

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_inside`."""
        smallest(labels)
        write_inside(path.parent.parent if image is None else image, labels)


def write_inside(image: Path, labels: AnyLabels) -> None:
    """Write labels into an OME-Zarr image, as its own NGFF version has it (0.4 or 0.5), and list them there.

    They have the axes of the image but the channel, each resolution of it (each label pixel is the one at the centre of
    those it stands for), and its scales and translations, so that both lie on each other whatever the units.
    Descriptions that were consolidated are consolidated anew, for programs that read those alone.

    Args:
        image: an OME-Zarr image, or a container of one.
        labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.

    Raises:
        RlsegError: it is no such image or of another size, holds another thing in this place, or cannot be written to.
        ValueError: not 2-D, or a label is negative or too large.
    """
    stored = smallest(labels)
    zarr = import_zarr()
    folder, multiscale = image_group(image)
    group = zarr.open_group(store=str(folder), mode="r")
    kept = [place for place, axis in enumerate(multiscale["axes"]) if axis["name"] != "c"]
    axes = [multiscale["axes"][place] for place in kept]
    shapes = [[group[level["path"]].shape[place] for place in kept] for level in multiscale["datasets"]]
    flat = tuple(n for n, axis in zip(shapes[0], axes, strict=True) if axis["name"] in "yx")
    if flat != stored.shape or np.prod(shapes[0]) != stored.size:
        raise RlsegError(f"{image} has shape {tuple(shapes[0])}, its labels have shape {stored.shape}", "copy it again")
    found = dict(group.attrs)
    new = "ome" in found
    version = str(found["ome"].get("version", "0.5") if new else multiscale.get("version", "0.4"))
    described = _described(multiscale, kept, axes, version, new)
    path = folder / "labels" / NAME
    refuse_replacing(path)
    make_folder(path.parent)
    names = [axis["name"] for axis in axes]
    with atomic_folder(path) as made:
        out = zarr.create_group(store=str(made), zarr_format=3 if new else 2, attributes=described)
        for level, shape in zip(multiscale["datasets"], shapes, strict=True):
            out.create_array(
                level["path"],
                data=_shrunk(stored, shape[-2:]).reshape(shape),
                chunks=tuple(min(n, _CHUNK) for n in shape),
                **({"dimension_names": names} if new else {"chunk_key_encoding": {"name": "v2", "separator": "/"}}),
            )
    _list(path.parent, version, new)
    _consolidate(zarr, folder)


def _described(
    multiscale: dict[str, Any], kept: list[int], axes: list[dict[str, Any]], version: str, new: bool
) -> dict[str, Any]:
    """The attributes of the group of labels."""
    levels = [
        {"path": level["path"], "coordinateTransformations": _steps(level, kept)} for level in multiscale["datasets"]
    ]
    own: dict[str, Any] = {"name": NAME, "axes": axes, "datasets": levels}
    if multiscale.get("coordinateTransformations"):
        own["coordinateTransformations"] = _steps(multiscale, kept)
    label: dict[str, Any] = {"source": {"image": "../../"}}
    if new:
        return {"ome": {"version": version, "multiscales": [own], "image-label": label}}
    return {"multiscales": [own | {"version": version}], "image-label": label | {"version": version}}


def _steps(holder: dict[str, Any], kept: list[int]) -> list[dict[str, Any]]:
    """Scales and translations along the axes that are kept."""
    return [
        {key: [value[place] for place in kept] if isinstance(value, list) else value for key, value in step.items()}
        for step in holder.get("coordinateTransformations", ())
    ]


def _shrunk(labels: AnyLabels, size: list[int]) -> AnyLabels:
    """(h, w) of (H, W) labels: those at the centres of what each of the fewer pixels stands for."""
    rows, columns = (
        ((np.arange(n) + 0.5) * whole / n).astype(np.int64) for n, whole in zip(size, labels.shape, strict=True)
    )
    return labels[np.ix_(rows, columns)]


def _list(folder: Path, version: str, new: bool) -> None:
    """Say in the group `labels` that there are these, beside others that it names."""
    path = folder / ("zarr.json" if new else ".zattrs")
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        holder = found.setdefault("attributes", {}).setdefault("ome", {"version": version}) if new else found
        holder["labels"] = [*(name for name in holder.get("labels", ()) if name != NAME), NAME]
    except (OSError, ValueError, TypeError, AttributeError):
        raise RlsegError(f"cannot read {path}: it is no description of a group of labels", "repair it") from None
    if new:
        found = {"zarr_format": 3, "node_type": "group"} | found
    else:
        _write(folder / ".zgroup", {"zarr_format": 2})
    _write(path, found)


def _write(path: Path, content: dict[str, Any]) -> None:
    with atomic(path) as file:
        file.write(json.dumps(content, indent=2).encode())


def _consolidate(zarr: Any, folder: Path) -> None:
    """Renew the copies of all descriptions that the group of the image, and the folders around it, may keep."""
    for place in (folder, *folder.parents):
        if not is_zarr(place):
            return
        kept = place / "zarr.json"
        if (place / ".zmetadata").is_file():
            zarr.consolidate_metadata(str(place), zarr_format=2)
        elif kept.is_file() and json.loads(kept.read_text(encoding="utf-8")).get("consolidated_metadata"):
            with warnings.catch_warnings():  # that the specification has none yet: the image has it all the same
                warnings.simplefilter("ignore")
                zarr.consolidate_metadata(str(place), zarr_format=3)
