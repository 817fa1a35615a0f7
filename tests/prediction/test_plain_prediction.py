"""Predictions on arrays, beside those with torch."""

from __future__ import annotations

import numpy as np
import pytest
from nuclei import Run, crop

from rlseg.graph.batch import collate
from rlseg.prediction.plain_agent import PlainAgent, policy_of
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.whole_graph import WholeGraph


def test_the_objects_are_those_of_torch(trained: Run) -> None:
    predictor = Predictor(trained.last)
    assert predictor.policy is not None
    assert not predictor.has_critic
    for number in range(3):
        raw, name = crop(number)[:2]
        found = predictor(raw, name)
        batch = collate([predictor.preparation(raw, name)]).to(predictor.module.device)
        (expected,) = predictor.module.segment(batch)
        np.testing.assert_allclose(found.actions, expected.actions, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(found.labels, expected.labels)


def test_a_large_graph_gets_the_same_actions(trained: Run) -> None:
    predictor = Predictor(trained.last)
    assert predictor.policy is not None
    sample = predictor.preparation(*crop(0)[:2])
    seen = sample.node_features, sample.edge_features, sample.edge_index, None
    plain = PlainAgent(predictor.policy)
    whole = WholeGraph(predictor.module, predictor.preparation)
    found, expected = plain.actions(plain.look(*seen)), whole.actions(whole.look(*seen))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("overlap", [0, 2])
def test_the_critic_judges_a_large_graph_by_the_same_sub_graphs(trained_guided: Run, overlap: int) -> None:
    predictor = Predictor(trained_guided.best, "cpu")
    preparation = predictor.preparation.model_copy(update={"subgraph_overlap": overlap})
    sample = preparation(*crop(0)[:2])
    state = WholeGraph(predictor.module, preparation).look(
        sample.node_features, sample.edge_features, sample.edge_index, None
    )
    assert state.batch.subgraphs.keys() == sample.subgraphs.keys()
    for size, ids in state.batch.subgraphs.items():
        assert len(ids) > 0
        np.testing.assert_array_equal(ids.numpy(), sample.subgraphs[size])


def test_what_is_unusual_needs_torch(trained: Run) -> None:
    content = dict(trained.content())
    content["state_dict"] = {name: values.numpy() for name, values in content["state_dict"].items()}
    settings = content["hyper_parameters"]
    assert policy_of(content) is not None
    for other in (
        settings | {"learner": {"kind": "guided"}},
        settings | {"more": 1},
        settings | {"features": {"unet": {}}},
        settings | {"columns": settings["columns"] | {"node": 3}},
        {key: value for key, value in settings.items() if key != "seed"},
    ):
        assert policy_of(content | {"hyper_parameters": other}) is None
