"""Measures of confidence of the final objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from nuclei import Run
from workshop import one_superpixel

from rlseg.agent.subgraph_means import covering_mean
from rlseg.environment.final import Segmentation
from rlseg.graph.batch import collate
from rlseg.io.read import read_image
from rlseg.prediction.confidence import critic_values, object_columns
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.predictor import Predictor


def found_by(run: Run, folder: Path) -> tuple[Predictor, list[Segmentation]]:
    predictor = Predictor(run.best, device="cpu")
    images = sorted((folder / "images").iterdir())[:3]
    return predictor, [predictor(read_image(path, 1).pixels, path.stem) for path in images]


def test_a_learner_without_a_critic_has_the_reward_alone(trained: Run, folder: Path) -> None:
    predictor, results = found_by(trained, folder)
    for result in results:
        assert critic_values(predictor.module, result) is None
        expected = measure_objects(result.sample, result.labels, predictor.module.reward)
        assert list(object_columns(predictor.module, result)) == list(expected)


def test_q_is_the_mean_over_pixels_edges_and_subgraphs(trained_guided: Run, folder: Path) -> None:
    predictor, results = found_by(trained_guided, folder)
    module = predictor.module
    assert sum(int(result.labels.max()) for result in results) > 2
    for result in results:
        batch = collate([result.sample])
        actions = torch.from_numpy(result.actions)[None]
        state = module.state(batch)
        learner = module.learner
        objects = learner._objects([result.outcome.segments], torch.device("cpu"))
        q = learner.critic(state.nodes, state.edges, state.graph, actions, batch.subgraphs, **objects)
        edge = covering_mean(q, batch.subgraphs, torch.zeros_like(actions))[0].detach().numpy()
        expected = []
        for label in range(1, int(result.labels.max()) + 1):
            nodes = result.sample.superpixels[result.labels == label]
            values = {n: edge[(result.sample.edge_index == n).any(axis=0)].mean() for n in np.unique(nodes)}
            expected.append(np.mean([values[n] for n in nodes]))
        columns = object_columns(module, result)
        assert list(columns)[-2:] == ["reward", "q"]
        np.testing.assert_allclose(columns["q"], expected, rtol=1e-4, atol=1e-6)


def test_an_image_of_one_superpixel_has_no_objects_to_judge(trained_guided: Run) -> None:
    predictor = Predictor(trained_guided.best, device="cpu")
    result = predictor.module.segment(collate([one_superpixel()]))[0]
    values = critic_values(predictor.module, result)
    assert values is not None
    assert values.shape == (int(result.labels.max()),)
    assert np.isfinite(values).all()
