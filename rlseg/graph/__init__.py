"""Superpixels become a graph: which touch, their tables, features and sub-graphs; one image as a `Sample`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.graph.adjacency import cracks, face_areas, group_pairs, touching
from rlseg.graph.features import edge_features, node_features
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.pieces import joined, pieces_of, pieces_of_equals
from rlseg.graph.proposed import ProposalCounts, edges_with_proposals, with_proposals
from rlseg.graph.rag import crack_table, measure_regions, span_table
from rlseg.graph.ring import RingGeometry, ring_edge_features, ring_node_features
from rlseg.graph.sample import Sample, SampleFacts
from rlseg.graph.subgraphs import extract_subgraphs
from rlseg.graph.sums import FeatureSums, sums_over_cracks, sums_over_pixels
from rlseg.graph.unions import root_of

if TYPE_CHECKING:
    from rlseg.graph.batch import Batch, collate

__all__ = [
    "Batch",
    "FeatureSums",
    "ProposalCounts",
    "RingGeometry",
    "Sample",
    "SampleFacts",
    "collate",
    "crack_table",
    "cracks",
    "edge_features",
    "edges_with_proposals",
    "extract_subgraphs",
    "face_areas",
    "group_pairs",
    "intersect_with_truth",
    "joined",
    "measure_regions",
    "node_features",
    "pieces_of",
    "pieces_of_equals",
    "ring_edge_features",
    "ring_node_features",
    "root_of",
    "span_table",
    "sums_over_cracks",
    "sums_over_pixels",
    "touching",
    "with_proposals",
]

# of all this they alone need torch, which takes a second to import
__getattr__ = lazy_names(__name__, {"batch": ("Batch", "collate")})
