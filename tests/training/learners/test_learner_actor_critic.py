"""The learner with a critic: all variants, whom each loss teaches, and what it remembers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from nuclei import digest
from workshop import Workshop, generator

from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward
from rlseg.training.learners import actor_critic, guided, pathwise
from rlseg.training.learners.base import Step

UNET = {"unet": {"widths": (4, 8), "out_channels": 4}}
VARIANTS: dict[str, dict[str, Any]] = {
    "guided": {},
    "edge credit first": {"learner": {"edge_credit_steps": 4}},
    "pathwise": {"learner": {"kind": "pathwise"}},
    "explored": {"learner": {"kind": "pathwise", "exploration_share": 0.5}},
    "objects": {"critic": {"objects": True}},
    "pathwise objects": {"critic": {"objects": True}, "learner": {"kind": "pathwise"}},
    "slow critic": {"learner": {"kind": "pathwise", "target_critic": True, "tau": 0.5, "tau_every": 1}},
    "replay": {"learner": {"replay_capacity": 5, "replay_updates": 2}},
    "replay objects": {"critic": {"objects": True}, "learner": {"replay_capacity": 4, "replay_prioritised": False}},
    "explored objects": {
        "critic": {"objects": True},
        "learner": {"kind": "pathwise", "exploration_share": 0.5},
    },
    "everything": {
        "critic": {"objects": True},
        "features": UNET,
        "learner": {"kind": "pathwise", "target_critic": True, "replay_capacity": 4, "centred_weight": 3.0},
    },
    "pixels alone": {"features": UNET | {"handcrafted": False, "handcrafted_edges": False}},
}


def workshop(samples: list[Sample], reward: Reward, warmup: int = 0, **settings: Any) -> Workshop:
    more = {"kind": "guided", "samples": 3, "warmup_steps": warmup} | settings.pop("learner", {})
    if more["kind"] == "guided":
        more = {"imagined": 4} | more
    return Workshop(samples, reward, learner=more, **settings)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains(samples: list[Sample], reward: Reward, name: str) -> None:
    shop = workshop(samples[:2], reward, warmup=2, **VARIANTS[name])
    start = digest(dict(shop.learner.named_parameters()))
    warm = shop.train(2)
    actor = digest(shop.learner.actor.state_dict())
    steps = shop.train(6)
    assert digest(dict(shop.learner.named_parameters())) != start
    assert digest(shop.learner.actor.state_dict()) != actor
    for step in (*warm, *steps):
        assert torch.isfinite(step.loss)
        assert all(torch.isfinite(torch.tensor(value)) for value in step.scalars.values())
        assert step.scalars["critic/within_state_r2"] <= 1
        assert step.actions is not None
        assert step.actions.shape == (3, sum(s.regions.num_edges for s in samples[:2]))
        assert len(step.outcomes) == 2
    for p in shop.learner.parameters():
        assert torch.isfinite(p).all()
    of_guided = VARIANTS[name].get("learner", {}).get("kind") != "pathwise"
    assert set(steps[-1].scalars) == {
        *("loss/critic", "loss/actor", "loss/temperature", "temperature/4", "temperature/9"),
        *("critic/within_state_r2", "policy/std", "reward/train"),
        *(("critic/eta/4", "critic/eta/9") if of_guided else ("policy/entropy", "policy/saturated")),
    }


def only(monkeypatch: pytest.MonkeyPatch, part: str, shop: Workshop) -> None:
    """Make all parts of the loss but one a constant zero."""
    zero = torch.zeros(())
    if part != "critic":
        monkeypatch.setattr(actor_critic, "critic_loss", lambda *_, **__: zero)
    if part != "actor":
        monkeypatch.setattr(pathwise, "pathwise_actor_loss", lambda *_, **__: zero)
        monkeypatch.setattr(guided, "guided_actor_loss", lambda *_, **__: zero)
    if part != "temperature":
        monkeypatch.setattr(shop.learner.temperature, "loss", lambda *_, **__: zero)


OWNS = {"critic": {"critic", "features"}, "actor": {"actor"}, "temperature": {"temperature"}}


@pytest.mark.parametrize("loss", ["guided", "pathwise"])
@pytest.mark.parametrize("target", [False, True])
@pytest.mark.parametrize("objects", [False, True])
def test_each_loss_teaches_its_own_networks_only(
    samples: list[Sample], reward: Reward, loss: str, target: bool, objects: bool
) -> None:
    """This is what makes one backward pass of the sum exact."""
    settings = {
        "learner": {"kind": loss, "replay_capacity": 4} | ({"target_critic": target} if loss == "pathwise" else {}),
        "critic": {"objects": objects},
        "features": UNET,
    }
    found: dict[str, dict[str, torch.Tensor]] = {}
    for part in ("all", *OWNS):
        shop = workshop(samples[:2], reward, **settings)
        shop.step(7)  # fills the replay
        with pytest.MonkeyPatch.context() as patch:
            if part != "all":
                only(patch, part, shop)
            shop.step(8, 0.2).loss.backward()
        found[part] = shop.gradients()
    assert set(found["all"]) == {"critic", "features", "actor", "temperature"}
    for part, owned in OWNS.items():
        for name, gradient in found[part].items():
            if name in owned:
                assert (gradient != 0).any(), f"{part} must teach {name}"
                torch.testing.assert_close(gradient, found["all"][name], rtol=1e-5, atol=1e-8)
            else:
                assert (gradient == 0).all(), f"{part} must not teach {name}"


def test_warming_up_teaches_the_critic_only_from_uniform_actions(samples: list[Sample], reward: Reward) -> None:
    shop = workshop(samples[:2], reward, warmup=5)
    step = shop.step(4)
    step.loss.backward()
    gradients = shop.gradients()
    assert (gradients["critic"] != 0).any()
    for name in ("actor", "temperature"):
        assert (gradients[name] == 0).all()
    learning = {p for p in shop.learner.parameters() if p.grad is not None}
    assert learning & set(step.idle) == set()
    assert learning | set(step.idle) == set(shop.learner.parameters()), "a distributed run expects a gradient of all"
    assert step.actions is not None
    assert step.actions.mean() == pytest.approx(0.5, abs=0.03)
    assert step.actions.var() == pytest.approx(1 / 12, abs=0.01)
    after = shop.step(5)
    assert after.actions is not None
    assert "loss/actor" in after.scalars
    assert after.actions.var() < 0.05


def test_the_actor_first_follows_the_reward_of_each_edge(samples: list[Sample], reward: Reward) -> None:
    """As the policy gradient of the same actor does, while the critic learns as ever."""
    own = Workshop(samples[:2], reward, learner={"kind": "policy_gradient", "samples": 3, "credit": "edge"})
    shop = workshop(samples[:2], reward, learner={"edge_credit_steps": 3})
    usual = workshop(samples[:2], reward)
    shop.learner.actor.load_state_dict(own.learner.actor.state_dict())
    usual.learner.load_state_dict(shop.learner.state_dict())
    for each in (shop, usual, own):
        each.step(2).loss.backward()
    torch.testing.assert_close(shop.gradients()["actor"], own.gradients()["actor"])
    for name in ("critic", "temperature"):
        torch.testing.assert_close(shop.gradients()[name], usual.gradients()[name])
        assert (shop.gradients()[name] != 0).any()
    usual.learner.load_state_dict(shop.learner.state_dict())
    for each in (shop, usual):
        each.learner.zero_grad()
        each.step(3).loss.backward()
    torch.testing.assert_close(shop.gradients()["actor"], usual.gradients()["actor"])


def test_imagined_partitions_are_judged_and_not_rewarded(
    samples: list[Sample], reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = workshop(samples[:2], reward, critic={"objects": True})
    counts: dict[str, list[int]] = {"step_batch": [], "partition_batch": []}
    for name, found in counts.items():
        original = getattr(shop.environment, name)

        def counted(some: Any, actions: Any, original: Any = original, found: list[int] = found) -> Any:
            found += [len(part) for part in actions]
            return original(some, actions)

        monkeypatch.setattr(shop.environment, name, counted)
    shop.train(2)
    assert counts == {"step_batch": [3] * 4, "partition_batch": [4] * 4}


def test_eq_2_looks_at_the_objects_of_the_policys_own_actions(
    samples: list[Sample], reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the rewarded samples are wider than the policy; those of the actor are not."""
    settings = {"kind": "pathwise", "exploration_share": 0.5, "exploration_std": 5.0, "samples": 4}
    shop = workshop(samples[:1], reward, critic={"objects": True}, learner=settings)
    seen: list[Any] = []
    original = shop.environment.partition_batch
    monkeypatch.setattr(
        shop.environment, "partition_batch", lambda some, actions: seen.extend(actions) or original(some, actions)
    )
    step = shop.step(3)
    assert len(seen) == 1
    own, tried = torch.from_numpy(seen[0]), step.actions
    assert tried is not None
    torch.testing.assert_close(own[:2], tried[:2])
    assert (own[2:] - 0.5).abs().mean() < 0.6 * (tried[2:] - 0.5).abs().mean()


def test_an_object_aware_critic_comes_to_know_the_rewards(samples: list[Sample], reward: Reward) -> None:
    shop = workshop(samples[:1], reward, warmup=50, critic={"objects": True}, learner={"samples": 8})
    steps = shop.train(50)
    losses = [step.scalars["loss/critic"] for step in steps]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    late = sum(step.scalars["critic/within_state_r2"] for step in steps[-10:]) / 10
    assert late > 0.1


def test_the_actor_learns(samples: list[Sample], reward: Reward) -> None:
    settings = {"samples": 8, "actor_lr": 2e-3}
    shop = workshop(samples[:1], reward, warmup=10, critic={"objects": True}, learner=settings)
    before = shop.reward()
    shop.train(70)
    assert shop.reward() > before + 0.15


def test_the_slow_critic_follows(samples: list[Sample], reward: Reward) -> None:
    shop = workshop(
        samples[:1], reward, learner={"kind": "pathwise", "target_critic": True, "tau": 0.25, "tau_every": 3}
    )
    learner = shop.learner
    start = [p.clone() for p in learner.target.parameters()]
    assert not any(p.requires_grad for p in learner.target.parameters())
    with torch.no_grad():
        for p in learner.critic.parameters():
            p.add_(1.0)
    for number, moved in ((1, 0.0), (2, 0.0), (3, 0.25)):
        learner.after_step(number)
        for p, first in zip(learner.target.parameters(), start, strict=True):
            torch.testing.assert_close(p, first + moved)


def test_temperature_stays_within_its_bounds(samples: list[Sample], reward: Reward) -> None:
    shop = workshop(samples[:1], reward, learner={"alpha_min": 0.004, "alpha_max": 0.006})
    with torch.no_grad():
        shop.learner.temperature.log_alpha.copy_(torch.tensor([-50.0, 3.0]))
    shop.learner.after_step(0)
    low, high = shop.learner.temperature.log_alpha.exp().tolist()
    assert (low, high) == (pytest.approx(0.004), pytest.approx(0.006))


def test_optimisers_own_disjoint_parameters(samples: list[Sample], reward: Reward) -> None:
    learner = workshop(samples[:1], reward, learner={"kind": "pathwise", "target_critic": True}).learner
    groups = learner.parameter_groups()
    assert list(groups) == ["critic", "actor", "temperature"]
    ids = [id(p) for parameters, _ in groups.values() for p in parameters]
    assert len(ids) == len(set(ids))
    assert set(ids) == {id(p) for p in learner.parameters() if p.requires_grad}


def same(first: Step, second: Step) -> bool:
    return torch.equal(first.loss, second.loss) and first.scalars == second.scalars


@pytest.mark.parametrize("objects", [False, True])
def test_what_it_remembers_travels_in_a_checkpoint(
    samples: list[Sample], reward: Reward, tmp_path: Path, objects: bool
) -> None:
    settings = {"learner": {"replay_capacity": 5}, "critic": {"objects": objects}}
    shop = workshop(samples[:3], reward, **settings)
    shop.train(3)
    torch.save({"weights": shop.learner.state_dict(), "memory": shop.learner.memory()}, tmp_path / "c.pt")
    content = torch.load(tmp_path / "c.pt", weights_only=True)
    other = workshop(samples[:3], reward, seed=5, **settings)
    other.learner.load_state_dict(content["weights"])
    forgetful = other.step(9)
    other = workshop(samples[:3], reward, seed=5, **settings)
    other.learner.load_state_dict(content["weights"])
    other.learner.load_memory(content["memory"])
    assert digest(other.learner.memory()) == digest(shop.learner.memory())
    assert same(shop.step(9), other.step(9))
    assert not same(shop.step(10), forgetful)
    assert digest(other.learner.memory()) != digest(content["memory"]), "a step adds to the memory"


def test_without_replay_there_is_nothing_to_remember(samples: list[Sample], reward: Reward) -> None:
    learner = workshop(samples[:1], reward).learner
    assert learner.memory() == {}
    learner.load_memory({})


def test_replayed_transitions_are_rewarded_as_they_were(samples: list[Sample], reward: Reward) -> None:
    shop = workshop(samples[:2], reward, learner={"replay_capacity": 8})
    step = shop.step(1)
    learner = shop.learner
    _, stored = learner.replay.sample(8, generator(0), False)
    assert sorted(t.image for t in stored) == sorted(3 * [s.name for s in samples[:2]])
    for transition in stored:
        sample = next(s for s in samples if s.name == transition.image)
        outcome = shop.environment.step(sample, transition.actions.numpy()[None])
        torch.testing.assert_close(transition.edge_reward, torch.from_numpy(outcome.edge_reward[0]).float())
    assert step.actions is not None
    bounds = collate(samples[:2]).edge_start
    tried = [step.actions[k, a:b] for a, b in pairwise(bounds) for k in range(3)]
    assert sorted(digest(t.actions) for t in stored) == sorted(digest(part) for part in tried)
