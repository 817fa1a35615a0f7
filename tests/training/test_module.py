"""When things happen: schedule, seeds, guards, and what a checkpoint carries."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nuclei import REWARD, Run, digest
from torch import Tensor

from rlseg.data.samples import Samples
from rlseg.errors import RlsegError
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.terms.descriptor import DescriptorTerm
from rlseg.training.imitation import ImitationConfig
from rlseg.training.learners import PolicyGradient
from rlseg.training.learners.noise import step_noise
from rlseg.training.module import SegmentationModule
from rlseg.training.optimisation import rate_factor


def module(samples: list[Sample], **settings: Any) -> SegmentationModule:
    """A module that has met its data, without a trainer."""
    made = SegmentationModule(str(REWARD), threads=1, **settings)
    made.prepare(samples)
    return made


class Bench:
    """What a module needs of a trainer to make a step."""

    def __init__(self, made: SegmentationModule, **limits: Any) -> None:
        self.logged: dict[str, float] = {}
        limits = {"max_steps": -1, "max_epochs": 4, "num_training_batches": 5} | limits
        trainer = SimpleNamespace(**limits, world_size=1, log_every_n_steps=1, logger=None, global_rank=0)
        made._fabric = None
        made.__dict__["_trainer"] = trainer
        optimizers = made.configure_optimizers()
        for name, value in {
            "optimizers": lambda: optimizers if len(optimizers) > 1 else optimizers[0],
            "manual_backward": lambda loss: loss.backward(),
            "log_dict": lambda values, **_: self.logged.update(values),
            "log": lambda name, value, **_: self.logged.update({name: value}),
        }.items():
            object.__setattr__(made, name, value)
        self.module = made

    def step(self, samples: list[Sample]) -> dict[str, float]:
        self.logged.clear()
        self.module.training_step(collate(samples), 0)
        return dict(self.logged)


@pytest.fixture
def stepping(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes `Bench`es: the module's trainer is whatever it was given."""
    monkeypatch.setattr(SegmentationModule, "trainer", property(lambda self: self.__dict__["_trainer"]))
    monkeypatch.setattr(SegmentationModule, "global_rank", property(lambda self: 0))
    monkeypatch.setattr(SegmentationModule, "logger", property(lambda self: None))
    return Bench


def test_learning_rates_are_constant_then_fall_to_two_percent() -> None:
    factors = [rate_factor(p, 0.5) for p in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert factors == [1, 1, 1, pytest.approx(0.51), pytest.approx(0.02)]
    assert rate_factor(1.0, 1.0) == 1.0
    assert rate_factor(0.5, 0.0) == pytest.approx(0.51)
    rising = [rate_factor(p, 0.3) for p in np.linspace(0, 1, 50)]
    assert rising == sorted(rising, reverse=True)
    assert min(rising) >= 0.02


@pytest.mark.parametrize(
    ("learner", "limits", "progress"),
    [
        ("policy_gradient", {}, 0.5),  # 20 batches, 4 of them imitation: 8 of 16
        ("policy_gradient", {"max_steps": 12}, 1.0),  # 12 batches: 8 of 8
        ("guided", {"max_steps": 60}, 0.5),  # three optimisers: 20 batches
        ("guided", {"max_steps": 58}, 0.5),  # the 20th batch is begun
        ("policy_gradient", {"max_steps": 1000}, 0.5),  # the epochs end first
        ("policy_gradient", {"max_epochs": -1, "max_steps": 20}, 0.5),
        ("policy_gradient", {"max_epochs": -1}, 0.0),  # without end the rates stay
        ("policy_gradient", {"max_epochs": None}, 0.0),
        ("policy_gradient", {"max_epochs": 1}, 1.0),
    ],
)
def test_progress_counts_the_learners_batches(
    samples: list[Sample], stepping: Any, learner: str, limits: dict[str, Any], progress: float
) -> None:
    made = module(samples, learner={"kind": learner})
    stepping(made, **limits)
    made.start.phase.length = 4
    assert made._place(4 + 8) == (8, pytest.approx(progress))
    assert made._place(4) == (0, 0)


def test_imitation_has_its_own_rate_and_the_learner_starts_afterwards(samples: list[Sample], stepping: Any) -> None:
    settings = {"imitation": ImitationConfig(steps=2, share=0.5, lr=0.007), "constant_share": 0.0}
    made = module(samples, learner=PolicyGradient(samples=3, lr=0.01), **settings)
    bench = stepping(made, max_epochs=1, num_training_batches=6)
    logged = [bench.step(samples[:2]) for _ in range(6)]
    rates = [values["learning_rate/actor"] for values in logged]
    expected = [0.01 * rate_factor(p, 0.0) for p in (0, 0.25, 0.5, 0.75)]
    assert rates == pytest.approx([0.007, 0.007, *expected])
    assert all(("loss/imitation" in v) == (i < 2) for i, v in enumerate(logged))
    assert all(("loss/actor" in v) == (i >= 2) for i, v in enumerate(logged))
    assert [values["gradient_norm/skipped"] for values in logged] == [0] * 6
    assert int(made.steps_done) == 6


@pytest.mark.parametrize(
    ("settings", "imitation", "waits"),
    [
        ({"kind": "guided", "imagined": 2}, 6, ["critic", "temperature"]),
        ({"kind": "pathwise", "target_critic": True}, 6, ["critic", "temperature"]),
        ({"kind": "guided", "imagined": 2, "warmup_steps": 6}, 0, ["actor", "temperature"]),
        ({"kind": "pathwise", "warmup_steps": 3, "replay_capacity": 4}, 3, ["temperature"]),
    ],
    ids=["guided", "pathwise", "warm-up", "imitation, then warm-up"],
)
def test_91_what_has_waited_for_others_to_learn_starts_with_a_step_of_its_learning_rate(
    samples: list[Sample], stepping: Any, settings: dict[str, Any], imitation: int, waits: list[str]
) -> None:
    made = module(samples, learner={"samples": 2} | settings, imitation=ImitationConfig(steps=imitation, share=0.5))
    bench = stepping(made, datamodule=SimpleNamespace(train_samples=Samples.of(samples)))
    parts = [getattr(made.learner, name) for name in waits]
    before = digest([dict(part.named_parameters()) for part in parts])
    for _ in range(6):
        logged = bench.step(samples[:1])
    assert all(np.isfinite(value) for value in logged.values())
    assert digest([dict(part.named_parameters()) for part in parts]) == before
    states = {p: state for optimizer in made.optimizers() for p, state in optimizer.state.items()}
    assert states, "something has learned"
    assert not [p for part in parts for p in part.parameters() if p in states]
    was = [[p.detach().clone() for p in part.parameters()] for part in parts]
    rates = bench.step(samples[:1])
    for name, part, values in zip(waits, parts, was, strict=True):
        longest = max(float((p.detach() - w).abs().max()) for p, w in zip(part.parameters(), values, strict=True))
        assert longest == pytest.approx(rates[f"learning_rate/{name}"], rel=0.01), name


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_91_the_steps_of_all_optimisers_are_counted(samples: list[Sample], stepping: Any, learner: str) -> None:
    """Lightning counts the calls of each, and budgets are said in them."""
    made = module(samples, learner={"kind": learner, "samples": 2}, imitation=ImitationConfig(steps=2))
    bench = stepping(made)
    calls: list[str] = []
    for optimizer in as_list(made.optimizers()):
        optimizer.register_step_post_hook(lambda *_: calls.append("step"))
    bench.step(samples[:1])
    assert len(calls) == made.optimizer_count


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_58_a_gradient_that_is_no_number_changes_nothing_and_is_counted(
    samples: list[Sample], stepping: Any, learner: str, bad: float
) -> None:
    made = module(samples, learner={"kind": learner, "samples": 2}, imitation=ImitationConfig(steps=0))
    bench = stepping(made)
    bench.step(samples[:1])
    weights = digest(dict(made.named_parameters()))
    states = digest([optimizer.state_dict()["state"] for optimizer in as_list(made.optimizers())])

    def poison(loss: Tensor) -> None:
        loss.backward()
        for p in made.parameters():
            p.grad.fill_(bad)

    object.__setattr__(made, "manual_backward", poison)
    assert bench.step(samples[:1])["gradient_norm/skipped"] == 1
    assert digest(dict(made.named_parameters())) == weights
    assert digest([optimizer.state_dict()["state"] for optimizer in as_list(made.optimizers())]) == states
    object.__setattr__(made, "manual_backward", lambda loss: loss.backward())
    assert bench.step(samples[:1])["gradient_norm/skipped"] == 1
    assert digest(dict(made.named_parameters())) != weights


@pytest.mark.parametrize(
    ("learner", "settings"),
    [
        ("policy_gradient", {}),
        ("guided", {"replay_capacity": 4, "imagined": 2}),
        ("pathwise", {"target_critic": True}),
    ],
)
def test_58_weights_that_went_astray_come_back_and_then_it_is_an_error(
    samples: list[Sample], stepping: Any, learner: str, settings: dict[str, Any]
) -> None:
    """Weights so large that the networks overflow: everything after them is NaN, the actions too."""
    chosen = {"kind": learner, "samples": 2} | settings
    made = module(samples, learner=chosen, imitation=ImitationConfig(steps=0), constant_share=1.0)
    bench = stepping(made, datamodule=SimpleNamespace(train_samples=Samples.of(samples)))
    bench.step(samples[:1])
    rate = bench.step(samples[:1])["learning_rate/actor"]

    def go_astray() -> None:
        with torch.no_grad():
            for p in (*made.networks.parameters(), *made.learner.parameters()):
                p.fill_(1e30)

    go_astray()
    logged = [bench.step(samples[:1]) for _ in range(10)]
    assert [values["gradient_norm/skipped"] for values in logged] == list(range(1, 11))
    assert all(torch.isfinite(p).all() and (p < 1e29).all() for p in made.learner.parameters())
    after = bench.step(samples[:1])
    assert after["gradient_norm/skipped"] == 10
    assert np.isfinite(list(after.values())).all()
    assert after["learning_rate/actor"] == pytest.approx(rate / 2)
    go_astray()
    for _ in range(9):
        bench.step(samples[:1])
    with pytest.raises(RlsegError, match="the training has diverged: 10 updates in a row"):
        bench.step(samples[:1])


def test_58_the_guard_travels_with_the_checkpoint(samples: list[Sample]) -> None:
    made, other = module(samples), module(samples)
    made.guard.skipped, made.guard.factor = 7, 0.5
    checkpoint: dict[str, Any] = {"state_dict": made.state_dict()}
    made.__dict__["_trainer"] = None
    made._fabric = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SegmentationModule, "trainer", property(lambda self: SimpleNamespace(datamodule=None)))
        made.on_save_checkpoint(checkpoint)
    other.on_load_checkpoint(checkpoint)
    assert other.guard.state_dict() == made.guard.state_dict()


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_64_no_memory_left_is_said_with_the_settings_that_need_less(
    samples: list[Sample], stepping: Any, learner: str
) -> None:
    made = module(samples, learner={"kind": learner}, imitation=ImitationConfig(steps=0))
    bench = stepping(made)

    def full(loss: Tensor) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    object.__setattr__(made, "manual_backward", full)
    count = {"policy_gradient": 16, "guided": 8}[learner]
    with pytest.raises(RlsegError, match=rf"not enough for 4 images .* {count} times each") as caught:
        bench.step(samples)
    assert f"--data.batch_size 2, or --model.learner.samples {count // 2};" in str(caught.value)
    with pytest.raises(RlsegError, match="not enough for 1 images") as caught:
        bench.step(samples[:1])
    assert "batch_size" not in str(caught.value)


def test_64_the_same_in_a_validation(samples: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    made = module(samples)

    def full(self: SegmentationModule, batch: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(SegmentationModule, "state", full)
    with pytest.raises(RlsegError, match="the memory of the GPU is not enough"):
        made.validation_step(collate(samples[:1]), 0)


def test_57_scores_that_are_no_numbers_count_as_nothing_and_above_one_percent_are_an_error(
    samples: list[Sample], stepping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = DescriptorTerm.score
    every = [10_000]

    def broken(self: DescriptorTerm, scene: Any) -> Any:
        scores = original(self, scene).copy()
        if self.property == "solidity":
            members = np.flatnonzero(scene.members("foreground"))
            scores[members[:: every[0]]] = np.nan
        return scores

    monkeypatch.setattr(DescriptorTerm, "score", broken)
    made = module(samples, imitation=ImitationConfig(steps=0), learner=PolicyGradient(samples=48))
    bench = stepping(made)
    logged = bench.step(samples)
    assert logged["reward/non_finite_scores"] > 0
    assert np.isfinite(list(logged.values())).all()
    assert bench.step(samples)["reward/non_finite_scores"] > logged["reward/non_finite_scores"]
    every[0] = 2
    with pytest.raises(RlsegError, match="the reward term foreground/solidity gives no number for") as caught:
        bench.step(samples)
    assert "rlseg reward score" in str(caught.value)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_gradients_are_clipped(samples: list[Sample], stepping: Any) -> None:
    made = module(samples, imitation=ImitationConfig(steps=0), clip=1e-6)
    bench = stepping(made)
    norm = bench.step(samples[:1])["gradient_norm/actor"]
    assert norm > 1e-5, "what is logged is the norm before"
    after = torch.cat([p.grad.flatten() for p in made.parameters()]).norm()
    assert float(after) == pytest.approx(1e-6, rel=0.02)


def test_noise_depends_on_seed_rank_and_step_alone() -> None:
    def draw(*key: int) -> tuple[float, ...]:
        return tuple(torch.randn(4, generator=step_noise(*key)).tolist())

    torch.manual_seed(1)
    first = draw(0, 0, 0)
    torch.manual_seed(2)
    assert draw(0, 0, 0) == first
    keys = [(seed, rank, step) for seed in range(3) for rank in range(3) for step in range(30)]
    assert len({draw(*key) for key in keys}) == len(keys)


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_69_the_same_seed_gives_the_same_weights_bit_for_bit(
    learner: str, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first: Run = request.getfixturevalue("trained" if learner == "policy_gradient" else "trained_guided")
    more = () if learner == "policy_gradient" else Run.GUIDED
    second = Run.fit(folder, tmp_path / "again", *more)
    for part in ("state_dict", "optimizer_states", "learner_memory"):
        assert digest(first.content()[part]) == digest(second.content()[part]), part


def test_another_seed_gives_other_weights(folder: Path, trained: Run, tmp_path: Path) -> None:
    other = Run.fit(folder, tmp_path, "--seed_everything", "1", "--trainer.max_epochs", "1").content()
    first = trained.content()["state_dict"]
    weights = {name: values for name, values in other["state_dict"].items() if name.startswith("learner.")}
    assert weights
    assert not any(torch.equal(values, first[name]) for name, values in weights.items() if name.endswith("weight"))
    assert other["hyper_parameters"]["seed"] == 1


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return value is None or type(value) in (str, int, float, bool)


def test_checkpoints_hold_plain_values_and_all_that_prediction_needs(trained: Run) -> None:
    content = torch.load(trained.last, weights_only=True)
    settings = content["hyper_parameters"]
    assert plain(settings)
    assert plain(content["preparation"])
    assert settings["learner"]["kind"] == "policy_gradient"
    assert settings["columns"]["channels"] == 1
    assert "version: 1" in settings["reward_text"]
    assert settings["learner"]["samples"] == 4
    assert "reward" not in settings, "the path of the reward file means nothing elsewhere"


@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_a_checkpoint_loads_without_its_configuration(
    which: str, request: pytest.FixtureRequest, samples: list[Sample], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run: Run = request.getfixturevalue(which)
    monkeypatch.chdir(tmp_path)  # no reward file, no data
    loaded = SegmentationModule.load_from_checkpoint(run.last, map_location="cpu")
    assert digest(dict(loaded.state_dict())) == digest(run.content()["state_dict"])
    assert int(loaded.steps_done) == 12
    assert digest(loaded.learner.memory()) == digest(run.content()["learner_memory"])
    assert loaded.reward.term_names
    batch = collate([sample for sample in samples if set(sample.subgraphs) == {4, 9}])
    found = loaded.eval().segment(batch)
    assert sum(int(result.labels.max()) for result in found) > 3


def test_weights_of_other_networks_are_refused_by_name(trained: Run, samples: list[Sample]) -> None:
    content = trained.content()
    made = SegmentationModule(**content["hyper_parameters"])
    made.check_weights(content["state_dict"])
    missing = dict(content["state_dict"])
    name = sorted(missing)[0]
    del missing[name]
    with pytest.raises(RlsegError, match=f"{name}: missing in it"):
        made.check_weights(missing)
    with pytest.raises(RlsegError, match=r"old\.thing: \(3,\) in it, missing here"):
        made.check_weights(content["state_dict"] | {"old.thing": torch.zeros(3)})
    settings = content["hyper_parameters"] | {"actor": {"width": 8}}
    with pytest.raises(RlsegError, match="does not fit these networks"):
        SegmentationModule(**settings).on_load_checkpoint(content)


def test_data_of_another_kind_are_refused(trained: Run, samples: list[Sample]) -> None:
    made = SegmentationModule(**trained.content()["hyper_parameters"])
    with pytest.raises(RlsegError, match="trained on other data"):
        made.prepare(samples)  # other sub-graph sizes


def test_a_reward_that_asks_for_a_channel_that_is_not_there_is_found_before_training(
    samples: list[Sample], tmp_path: Path
) -> None:
    path = tmp_path / "reward.yaml"
    term = "{kind: descriptor, property: intensity_mean, channel: 7, expected: 0.5, scale: 0.1}"
    head = "version: 1\nname: x\nunits: {length: px, intensity: unit}\n"
    path.write_text(f"{head}rewards:\n  foreground:\n    terms:\n      red: {term}\n")
    with pytest.raises(RlsegError, match="no channel 7"):
        SegmentationModule(str(path)).prepare(samples)


def test_a_module_needs_a_reward() -> None:
    with pytest.raises(RlsegError, match=r"model\.reward"):
        SegmentationModule()


def test_features_are_standardised_on_the_training_images(samples: list[Sample]) -> None:
    made = module(samples)
    nodes = np.concatenate([sample.node_features for sample in samples])
    np.testing.assert_allclose(made.networks.node_standard.mean, nodes.mean(0), rtol=1e-3, atol=1e-5)
    before = digest(dict(made.state_dict()))
    made.prepare(samples[:1])
    assert digest(dict(made.state_dict())) == before, "a second meeting changes nothing"
