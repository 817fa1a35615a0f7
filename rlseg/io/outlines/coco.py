"""COCO's JSON: outlines of many images in one file."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.names import stem_of
from rlseg.io.outlines.base import OutlineFormat, broken
from rlseg.io.outlines.rle import mask_of, run_lengths
from rlseg.io.outlines.shapes import Found, Mask, Shape, polygon_of
from rlseg.io.outlines.source import Source

_MOST_PIXELS = 2**29


class Coco(OutlineFormat):
    """Polygons of x, y, the outer corner of the first pixel at 0, 0, and run lengths."""

    kind = "COCO JSON"
    suffixes = (".json",)

    def recognises(self, source: Source) -> bool:
        """By its lists of images and annotations."""
        content = source.json
        return isinstance(content, dict) and all(isinstance(content.get(k), list) for k in ("images", "annotations"))

    def images(self, source: Source) -> tuple[str, ...]:
        """Of those with a file name."""
        try:
            return tuple(_stem(image) for image in source.json["images"])
        except (KeyError, TypeError):
            raise broken(source, "one of its images has no file_name") from None

    def read(self, source: Source) -> Found:
        """The outlines of the image that is wanted, by its file name up to the suffix."""
        found = Found()
        place = 0
        try:
            image = self._image(source)
            if image.get("height") and image.get("width"):
                found.shape = int(image["height"]), int(image["width"])
            names = {kind["id"]: str(kind["name"]) for kind in source.json.get("categories") or ()}
            for annotation in source.json["annotations"]:
                place += 1
                if annotation["image_id"] == image["id"]:
                    _add(found, annotation, names.get(annotation.get("category_id"), ""))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise broken(source, f"annotation {place} is none of COCO" if place else "it is no COCO") from None
        return found

    def _image(self, source: Source) -> dict[str, Any]:
        names, images = self.images(source), source.json["images"]
        chosen = [number for number, name in enumerate(names) if source.image in (None, name)]
        if len(chosen) == 1:
            return dict(images[chosen[0]])
        known = f"it has {len(names)}: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}"
        if source.image is None:
            raise RlsegError(f"{source.path} has outlines of {len(names)} images, one is needed", known)
        count = f"{len(chosen)} images" if chosen else "no image"
        raise RlsegError(f"{source.path} has {count} called {source.image}", known)


def _stem(image: dict[str, Any]) -> str:
    return stem_of(Path(PurePosixPath(str(image["file_name"]).replace("\\", "/")).name))


def _add(found: Found, annotation: dict[str, Any], kind: str) -> None:
    name = f"{kind} {annotation.get('id', '')}".strip()
    label = annotation.get("label")  # rlseg writes it as the id, others perhaps as a kind
    ours = isinstance(label, int) and not isinstance(label, bool) and label > 0 and label == annotation.get("id")
    number = label if ours else None
    outline = annotation.get("segmentation")
    if not outline:
        found.leave("a box without an outline" if annotation.get("bbox") else "empty", name)
    elif isinstance(outline, dict):
        height, width = (int(n) for n in outline["size"])
        if height * width > _MOST_PIXELS:
            raise ValueError("too large")
        counts = outline["counts"]
        runs = run_lengths(counts) if isinstance(counts, str) else counts
        found.shapes.append(Shape(name, (Mask(0, 0, mask_of(runs, height, width)),), number))
    else:
        corners = [np.asarray(ring, np.float64).reshape(-1, 2) for ring in outline]
        found.shapes.append(Shape(name, tuple(polygon_of([ring]) for ring in corners)))
