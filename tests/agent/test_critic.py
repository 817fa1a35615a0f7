import pytest
import torch

from rlseg.agent.config import CriticConfig
from rlseg.agent.critic import Critic, bounded
from rlseg.agent.losses.soft_actor_critic import critic_loss, within_state_r2
from rlseg.agent.target import call_frozen
from rlseg.agent.union_graph import UnionGraph

SIZES = (2, 3)
SMALL = {"width": 8, "edge_width": 4, "hidden": 8, "object_width": 6}
ACTIONS, OBJECTS = CriticConfig(**SMALL), CriticConfig(**SMALL, objects=True)
SUBGRAPHS = {2: torch.tensor([[0, 1], [1, 2], [3, 4]]), 3: torch.tensor([[3, 4, 5]])}


def state(graph: UnionGraph, edge_dim: int = 2) -> tuple[torch.Tensor, torch.Tensor, UnionGraph]:
    return torch.randn(graph.num_nodes, 5), torch.randn(graph.num_edges, edge_dim), graph


def partition(graph: UnionGraph, samples: int) -> dict[str, torch.Tensor]:
    """Random objects of at most two kinds per image, measured by three descriptors."""
    labels = 2 * graph.node_image + torch.randint(0, 2, (samples, graph.num_nodes))
    table = torch.randn(samples, 2 * graph.num_images, 3)
    u, v = graph.edge_index
    counts = torch.nn.functional.one_hot(labels, 2 * graph.num_images).sum(1)
    return {
        "cut": (labels[:, u] != labels[:, v]).float(),
        "object_features": table.gather(1, labels.unsqueeze(-1).expand(-1, -1, 3)),
        "object_share": 1.0 / counts.gather(1, labels),
    }


@pytest.fixture(params=["actions", "objects"])
def judge(request):
    """A critic of each kind, and what it wants beside state, actions and sub-graphs."""
    if request.param == "actions":
        return Critic(5, 2, SIZES, ACTIONS), lambda graph, samples: {}
    return Critic(5, 2, SIZES, OBJECTS, object_dim=3), partition


def test_one_value_per_sub_graph_and_sample(judge, pair):
    critic, more = judge
    q = critic(*state(pair), torch.rand(4, 6), SUBGRAPHS, **more(pair, 4))
    assert {k: tuple(v.shape) for k, v in q.items()} == {2: (4, 3), 3: (4, 1)}


def test_samples_do_not_see_each_other(judge, pair):
    critic, more = judge
    s, actions, extra = state(pair), torch.rand(3, 6), more(pair, 3)
    together = critic(*s, actions, SUBGRAPHS, **extra)
    for k in range(3):
        alone = critic(*s, actions[k : k + 1], SUBGRAPHS, **{n: x[k : k + 1] for n, x in extra.items()})
        for size in SIZES:
            torch.testing.assert_close(together[size][k], alone[size][0])


def test_images_do_not_see_each_other(judge, pair):
    critic, more = judge
    (nodes, edges, _), actions, extra = state(pair), torch.rand(2, 6), more(pair, 2)
    q = critic(nodes, edges, pair, actions, SUBGRAPHS, **extra)
    path = UnionGraph.single(pair.edge_index[:, 3:] - 3, 4)
    part = {n: x[:, 3:] for n, x in extra.items()}
    ids = {2: SUBGRAPHS[2][2:] - 3, 3: SUBGRAPHS[3] - 3}
    alone = critic(nodes[3:], edges[3:], path, actions[:, 3:], ids, **part)
    torch.testing.assert_close(q[2][:, 2:], alone[2])
    torch.testing.assert_close(q[3], alone[3])


def test_the_ends_of_an_edge_are_equal(judge, pair):
    critic, more = judge
    (nodes, edges, _), actions, extra = state(pair), torch.rand(2, 6), more(pair, 2)
    turned = UnionGraph(pair.edge_index.flip(0), pair.node_image, pair.edge_image, 2)
    one = critic(nodes, edges, pair, actions, SUBGRAPHS, **extra)
    other = critic(nodes, edges, turned, actions, SUBGRAPHS, **extra)
    for size in SIZES:
        torch.testing.assert_close(one[size], other[size], atol=1e-6, rtol=0)


def test_gradients_reach_the_actions_and_a_frozen_critic_keeps_its_own(judge, pair):
    critic, more = judge
    s, actions, extra = state(pair), torch.rand(2, 6, requires_grad=True), more(pair, 2)
    q = call_frozen(critic, *s, actions, SUBGRAPHS, **extra)
    sum(v.sum() for v in q.values()).backward()
    assert (actions.grad.abs() > 0).all()
    assert all(p.grad is None for p in critic.parameters())


def test_every_parameter_learns(judge, pair):
    critic, more = judge
    q = critic(*state(pair), torch.rand(2, 6), SUBGRAPHS, **more(pair, 2))
    sum(v.square().sum() for v in q.values()).backward()
    assert [n for n, p in critic.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("subgraphs", [{}, {2: torch.zeros(0, 2).long()}, {3: SUBGRAPHS[3]}])
def test_missing_sizes_are_empty_and_all_parameters_still_get_a_gradient(judge, pair, subgraphs):
    critic, more = judge
    q = critic(*state(pair), torch.rand(2, 6), subgraphs, **more(pair, 2))
    assert q[2].shape == (2, 0)
    reward = {k: torch.zeros(2, len(ids)) for k, ids in subgraphs.items()}
    critic_loss(q, reward).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in critic.parameters())


def test_graphs_without_edges_give_zero_gradients(judge, edgeless):
    critic, more = judge
    extra = more(edgeless, 2) if edgeless.num_nodes else partition_of_nothing(more)
    q = critic(*state(edgeless), torch.zeros(2, 0), {}, **extra)
    critic_loss(q, {}).backward()
    assert all(p.grad is not None and not p.grad.any() for p in critic.parameters())


def partition_of_nothing(more) -> dict[str, torch.Tensor]:
    if more is not partition:
        return {}
    return {
        "cut": torch.zeros(2, 0),
        "object_features": torch.zeros(2, 0, 3),
        "object_share": torch.zeros(2, 0),
    }


def test_a_sub_graph_is_judged_by_its_edges_values_in_their_order(pair):
    critic = Critic(5, 2, SIZES, ACTIONS)
    s, actions = state(pair), torch.rand(2, 6)
    values = critic.by_actions(*s, actions)
    q = critic(*s, actions, SUBGRAPHS)
    for row, ids in enumerate(SUBGRAPHS[2].tolist()):
        members = values[1, ids]
        expected = critic.heads["2"].mlp(members.flatten()) + critic.shortcut(members).mean(0)
        torch.testing.assert_close(q[2][1, row : row + 1], expected)


def test_the_object_critic_equals_its_formula(pair):
    critic = Critic(5, 2, SIZES, OBJECTS, object_dim=3)
    net = critic.by_objects
    (nodes, edges, graph), extra = state(pair), partition(pair, 2)
    values = net(net.seen(nodes, edges, graph), graph, torch.rand(2, 6), *extra.values())
    x = net.encoder(nodes)
    for layer in net.layers:
        x = layer(x, edges, graph)
    c = net.state(x, edges, graph)
    lrelu = torch.nn.LeakyReLU(0.1)
    for k, e in [(0, 1), (1, 4)]:
        u, v = graph.edge_index[:, e].tolist()
        phi, share = lrelu(net.phi(extra["object_features"][k])), extra["object_share"][k]
        here = graph.node_image == graph.edge_image[e]
        number = share[here].sum()
        total = (phi[here] * share[here, None]).sum(0)
        g = net.summary(torch.cat([total.asinh(), number.log()[None]]))
        hidden = net.sum_part(phi[u] + phi[v]) + c[e] + g
        if extra["cut"][k, e]:
            expected = net.cut(lrelu(hidden[:6] + net.max_part(torch.maximum(phi[u], phi[v]))))
        else:
            expected = net.merge(lrelu(hidden[6:]))
        torch.testing.assert_close(values[k, e], expected)


def test_a_critic_learns_what_the_actions_are_worth(kite):
    """Reward of an edge: its action where it is even, one minus it where it is odd."""
    s, critic = state(kite), Critic(5, 2, SIZES, CriticConfig(width=16, edge_width=8))
    optimiser = torch.optim.Adam(critic.parameters(), lr=1e-2)
    sign = torch.tensor([1.0, -1.0] * 3)
    for _ in range(150):
        actions = torch.rand(16, 6)
        worth = 0.5 + sign * (actions - 0.5)
        reward = {k: worth[:, ids].mean(2) for k, ids in SUBGRAPHS.items()}
        q = critic(*s, actions, SUBGRAPHS)
        optimiser.zero_grad()
        critic_loss(q, reward, centred_weight=1.0).backward()
        optimiser.step()
    assert within_state_r2(q, reward) > 0.8


def test_objects_must_be_given_exactly_where_they_are_asked_for(pair):
    with pytest.raises(ValueError, match="object descriptors"):
        Critic(5, 2, SIZES, OBJECTS)
    with pytest.raises(ValueError, match="object descriptors"):
        Critic(5, 2, SIZES, ACTIONS, object_dim=3)
    with pytest.raises(ValueError, match="needs cut"):
        Critic(5, 2, SIZES, OBJECTS, object_dim=3)(*state(pair), torch.rand(2, 6), SUBGRAPHS)
    with pytest.raises(ValueError, match="actions only"):
        Critic(5, 2, SIZES, ACTIONS)(*state(pair), torch.rand(2, 6), SUBGRAPHS, **partition(pair, 2))


def test_59_q_is_linear_where_rewards_are_and_bounded_everywhere():
    small = torch.linspace(-100, 100, 401)
    assert torch.equal(bounded(small), small)
    large = torch.tensor([101.0, 1e4, 1e20, 3e38], requires_grad=True)
    found = bounded(large)
    assert (found.diff() > 0).all()
    assert 100 < found.min() < found.max() < 200
    torch.testing.assert_close(bounded(-large), -found)
    found.sum().backward()
    assert (large.grad[:3] > 0).all()


def test_a_graph_is_looked_at_once_for_several_calls(judge, pair):
    critic, more = judge
    s, actions, extra = state(pair), torch.rand(4, 6), more(pair, 4)
    seen = critic.look(*s)
    assert (seen is None) == (critic.by_objects is None)
    anew, again = (critic(*s, actions, SUBGRAPHS, **extra, seen=known) for known in (None, seen))
    for size in SIZES:
        assert torch.equal(anew[size], again[size])
