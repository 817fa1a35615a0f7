import collections

import pytest
import torch

from rlseg.agent.replay import Replay, Transition


def transition(name: str, edges: int = 3, cut: bool = True) -> Transition:
    return Transition(name, torch.rand(edges), torch.rand(edges), torch.rand(edges).round() if cut else None)


def filled(count: int, capacity: int = 10) -> Replay:
    replay = Replay(capacity)
    for i in range(count):
        replay.add(transition(str(i), edges=i))
    return replay


def names(replay: Replay, count: int, generator: torch.Generator, **kwargs) -> list[str]:
    return [t.image for t in replay.sample(count, generator, **kwargs)[1]]


def test_the_oldest_make_room():
    replay = filled(7, capacity=3)
    assert len(replay) == 3
    assert sorted(names(replay, 9, torch.Generator())) == ["4", "5", "6"]


def test_nothing_stored_gives_nothing():
    positions, found = Replay(4).sample(3, torch.Generator())
    assert (len(positions), found) == (0, [])


def test_tensors_are_copies_without_gradients():
    actions = torch.rand(2, requires_grad=True)
    replay = Replay(1)
    replay.add(Transition("a", actions, torch.zeros(2)))
    before = actions.detach().clone()
    with torch.no_grad():
        actions.zero_()
    _, (found,) = replay.sample(1, torch.Generator())
    assert torch.equal(found.actions, before)
    assert not found.actions.requires_grad
    assert found.cut is None


def test_the_same_generator_draws_the_same():
    draws = [names(filled(10), 4, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 4


def test_poorly_predicted_ones_come_first_and_seldom_used_ones_next():
    generator = torch.Generator().manual_seed(0)
    replay = filled(4, capacity=4)
    replay.update(torch.arange(4), torch.tensor([0.0, 0.0, 1.0, 3.0]))
    counts = collections.Counter(name for _ in range(400) for name in names(replay, 1, generator))
    assert counts["0"] + counts["1"] <= 2
    # Losses 1 : 3 with use counted against them: uses settle where loss / uses^2 is about equal.
    assert 1.5 < counts["3"] / counts["2"] < 2.1


def test_uniform_sampling_ignores_the_losses():
    generator = torch.Generator().manual_seed(0)
    replay = filled(2, capacity=2)
    replay.update(torch.arange(2), torch.tensor([0.0, 100.0]))
    counts = collections.Counter(name for _ in range(400) for name in names(replay, 1, generator, prioritised=False))
    assert 150 < counts["0"] < 250


def test_a_new_transition_is_as_urgent_as_the_most_urgent():
    replay = filled(2, capacity=3)
    replay.update(torch.arange(2), torch.tensor([0.0, 5.0]))
    replay.sample(2, torch.Generator())
    replay.add(transition("new"))
    generator = torch.Generator().manual_seed(0)
    first = collections.Counter()
    for _ in range(100):
        other = Replay(3)
        other.load_state_dict(replay.state_dict())
        first.update(names(other, 1, generator))
    assert first["new"] > first["1"] > first["0"] == 0


def test_it_continues_from_a_checkpoint_that_holds_plain_data_only(tmp_path):
    replay = filled(5, capacity=4)
    replay.add(transition("bare", cut=False))
    replay.update(torch.arange(4), torch.rand(4))
    torch.save(replay.state_dict(), tmp_path / "replay.ckpt")
    other = Replay(4)
    other.load_state_dict(torch.load(tmp_path / "replay.ckpt", weights_only=True))
    for buffer in (replay, other):
        buffer.add(transition("after", edges=0))
    draws = [buffer.sample(3, torch.Generator().manual_seed(1)) for buffer in (replay, other)]
    assert torch.equal(draws[0][0], draws[1][0])
    for one, two in zip(draws[0][1], draws[1][1], strict=True):
        assert one.image == two.image
        assert torch.equal(one.actions, two.actions)
        assert torch.equal(one.edge_reward, two.edge_reward)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="capacity"):
        Replay(0)
    with pytest.raises(ValueError, match="capacity 10"):
        Replay(3).load_state_dict(filled(1).state_dict())
    with pytest.raises(ValueError, match="finite"):
        filled(2).update(torch.tensor([0]), torch.tensor([float("nan")]))
