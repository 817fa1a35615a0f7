"""A drawn volume and its labels as files, rules and a configuration that trains on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from experiments.drawings.volumes import draw_volume

RULES = """
version: 1
name: drawn
dimensions: 3
units: {length: px, intensity: unit}
objects: {width: [11, 18]}
classes:
  background: {kind: area, over: 8000}
  debris: {kind: area, under: 200}
rewards:
  debris: 0.0
  background: 0.0
  foreground:
    combine: geometric
    terms:
      axis: {kind: descriptor, property: axis_minor_length, expected: [9, 17], scale: 3}
      size: {kind: descriptor, property: area, expected: [700, 3500], scale: 500}
      round: {kind: descriptor, property: sphericity, expected: 0.95, scale: 0.1, side: below}
      contrast: {kind: descriptor, property: contrast, expected: 0.3, scale: 0.15, side: below}
      level: {kind: descriptor, property: outline_level, expected: 0.45, scale: 0.15}
edges: {background: near, missed: 1}
"""
METADATA = {"axes": "ZYX", "PhysicalSizeZ": 3, "PhysicalSizeY": 1, "PhysicalSizeX": 1}


def write_project(folder: Path) -> Path:
    """The files, in a folder that is there already; returns it."""
    drawn = draw_volume(5, shape=(30, 48, 48))
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    pixels = np.rint(255 * drawn.image[0]).astype(np.uint8)
    tifffile.imwrite(folder / "images/a.ome.tif", pixels, ome=True, metadata=METADATA)
    tifffile.imwrite(folder / "labels/a.tif", drawn.truth.astype(np.uint16))
    (folder / "rules.yaml").write_text(RULES)
    (folder / "config.yaml").write_text(
        "seed_everything: 0\n"
        f"model: {{reward: {folder}/rules.yaml, refinement: {{loss: 0.3}}, min_score: 0.3}}\n"
        f"data: {{images: {folder}/images, labels: {folder}/labels, batch_size: 1, batches_per_epoch: 12,\n"
        "  preparation: {volume: true, subgraph_sizes: [6], superpixels: {kind: level_sets, merge_cost: 1.0}}}\n"
        "trainer: {accelerator: cpu, max_epochs: 1, logger: {class_path: TensorBoardLogger, init_args: {save_dir: "
        f"{folder}/runs, name: run}}}}}}\n"
    )
    return folder
