import pytest
import torch

from rlseg.agent.union_graph import UnionGraph


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture
def kite() -> UnionGraph:
    """One image, six superpixels, number 5 touches nobody.

    0 --- 1
    | \\   |
    |   \\ |        5
    2 --- 3 --- 4
    """
    edges = torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 3, 3, 4]])
    return UnionGraph.single(edges, 6)


@pytest.fixture
def pair() -> UnionGraph:
    """Two images side by side: a triangle 0-1-2, and a path 3-4-5-6."""
    edges = torch.tensor([[0, 0, 1, 3, 4, 5], [1, 2, 2, 4, 5, 6]])
    return UnionGraph(edges, torch.tensor([0, 0, 0, 1, 1, 1, 1]), torch.tensor([0, 0, 0, 1, 1, 1]), 2)


@pytest.fixture(params=["nothing", "one superpixel", "two apart"])
def edgeless(request) -> UnionGraph:
    """Graphs without edges."""
    nodes = {"nothing": 0, "one superpixel": 1, "two apart": 2}[request.param]
    return UnionGraph.single(torch.zeros(2, 0, dtype=torch.int64), nodes)
