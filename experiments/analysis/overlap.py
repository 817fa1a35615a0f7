"""How much sub-graphs share, by `data.preparation.subgraph_overlap`: docs/results/overlap.md.

    python -m experiments.analysis.overlap

The shipped training nuclei, and drawn discs and rings, each with the superpixels of its configuration.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from experiments import ROOT
from experiments.drawings.circles import draw_circles
from experiments.drawings.embryo import draw_embryo
from experiments.results.command import one_line_errors
from experiments.results.report import number
from experiments.results.templates import render_template
from rlseg.commands.reward.preparation import prepared_by
from rlseg.graph import extract_subgraphs
from rlseg.io import find_images, read_image

OUTPUT = ROOT / "docs" / "results" / "overlap.md"
SIZES = (6, 12, 32, 128)
OVERLAPS = (0, 1, 2, 3)

TEMPLATE = Path(__file__).with_suffix(".md.j2")


@dataclass(frozen=True)
class Shared:
    """What is counted of the sub-graphs of one size of several images.

    Attributes:
        alone: share of the edges that lie in exactly one.
        mean: in how many an edge lies.
        superpixels: of a sub-graph; NaN if there is none.
        images: how many images have any.
    """

    alone: float
    mean: float
    superpixels: float
    images: int


def count_shared(graphs: Iterable[tuple[npt.NDArray[np.integer], Sequence[npt.NDArray[np.integer]]]]) -> Shared:
    """Count over images: (2, E) edges, and the edge numbers of each sub-graph of one size."""
    times, superpixels, images = [], [], 0
    for edge_index, subgraphs in graphs:
        members = np.concatenate([*subgraphs, np.zeros(0, np.int64)]).astype(np.int64)
        times.append(np.bincount(members, minlength=edge_index.shape[1]))
        superpixels += [len(np.unique(edge_index[:, one])) for one in subgraphs]
        images += len(subgraphs) > 0
    every = np.concatenate(times)
    mean = float(np.mean(superpixels)) if superpixels else float("nan")
    return Shared(float(np.mean(every == 1)), float(every.mean()), mean, images)


def graphs_of(kind: str, count: int) -> Iterator[tuple[npt.NDArray[np.integer], int]]:
    """(2, E) edges and number of superpixels of the first images of a kind: nuclei, discs or rings."""
    config = {"nuclei": "nuclei", "discs": "circles", "rings": "embryo"}[kind]
    preparation = prepared_by(ROOT / "experiments" / f"{config}.yaml", None).preparation
    if kind == "nuclei":
        files = find_images(ROOT / "experiments" / "data" / "nuclei" / "train" / "images")[:count]
        images = (read_image(file.image).pixels for file in files)
    else:
        draw = {"discs": draw_circles, "rings": draw_embryo}[kind]
        images = (np.rint(255 * draw(seed).image) for seed in range(count))
    for image in images:
        regions = preparation.model_copy(update={"subgraph_sizes": ()})(image).regions
        yield regions.edge_index, regions.num_nodes


def report(kinds: Mapping[str, int]) -> str:
    """The page. kinds: name -> number of images."""
    said, shares, superpixels = [], [], []
    for kind, count in kinds.items():
        graphs = list(graphs_of(kind, count))
        edges, nodes = np.mean([(edge_index.shape[1], nodes) for edge_index, nodes in graphs], axis=0)
        said.append(f"{len(graphs)} {kind} ({nodes:.0f} superpixels, {edges:.0f} edges an image)")
        for size in SIZES:
            found = [
                count_shared((e, list(extract_subgraphs(e, n, [size], 0, overlap)[size])) for e, n in graphs)
                for overlap in OVERLAPS
            ]
            cells = [f"{100 * one.alone:.0f} %, {one.mean:.1f}" for one in found]
            shares.append(f"| {kind} | {size} | {' | '.join(cells)} | {found[0].images} of {len(graphs)} |")
            superpixels.append(f"| {kind} | {size} | {' | '.join(f'{one.superpixels:.1f}' for one in found)} |")
    page = {"images": said, "overlaps": OVERLAPS, "shares": shares, "superpixels": superpixels}
    return render_template(TEMPLATE, number, page)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Write the page; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, nargs=3, default=(175, 20, 16), help="how many nuclei, discs, rings")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="file to write")
    options = parser.parse_args(arguments)
    text = report(dict(zip(("nuclei", "discs", "rings"), options.images, strict=True)))
    options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
