import pytest
import torch
from torch.nn import functional

from rlseg.agent.gnn import EdgeHead, MessageLayer
from rlseg.agent.union_graph import UnionGraph

WIDTH, EDGE = 8, 3


def first_layer(pair, f_i, f_j, e, a):
    """The linear layer of the concatenation (f_i, f_j, e, a), written as one."""
    parts = [(f_i, pair.receiver), (f_j, pair.sender), (e, pair.edge), (a, pair.action)]
    inputs = torch.cat([x for x, layer in parts if layer is not None])
    weight = torch.cat([layer.weight for _, layer in parts if layer is not None], dim=1)
    return functional.leaky_relu(weight @ inputs + pair.receiver.bias, 0.1)


def slow_layer(layer, nodes, edges, graph, actions):
    """Eq. 1 / Eq. 3 node by node and neighbour by neighbour; nodes (N, W), actions (E,)."""
    out = []
    for i in range(graph.num_nodes):
        messages, merged = [], []
        for e, (u, v) in enumerate(graph.edge_index.t().tolist()):
            if i in (u, v):
                j = v if i == u else u
                messages.append(first_layer(layer.phi, nodes[i], nodes[j], edges[e], actions[e : e + 1]))
                merged.append((1 - actions[e]) * messages[-1])
        zero = torch.zeros(WIDTH, dtype=nodes.dtype)
        inputs = [
            (layer.gamma_own, nodes[i]),
            (layer.gamma_mean, sum(messages, zero) / max(len(messages), 1)),
        ]
        if layer.gamma_merged is not None:
            inputs.append((layer.gamma_merged, sum(merged, zero) / max(len(merged), 1)))
        hidden = functional.leaky_relu(sum(linear(x) for linear, x in inputs), 0.1)
        out.append(layer.norm(nodes[i] + layer.gamma_last(hidden)))
    return torch.stack(out)


@pytest.mark.parametrize("edge_dim", [0, EDGE])
@pytest.mark.parametrize("with_actions", [False, True])
def test_the_factored_layer_equals_the_loop_over_neighbours(kite, edge_dim, with_actions):
    layer = MessageLayer(WIDTH, edge_dim, with_actions)
    nodes, edges = torch.randn(6, WIDTH), torch.randn(6, edge_dim)
    actions = torch.rand(2, 6)
    fast = layer(nodes, edges, kite, actions if with_actions else None)
    for k in range(2):
        slow = slow_layer(layer, nodes, edges, kite, actions[k])
        torch.testing.assert_close(fast[k] if with_actions else fast, slow, atol=1e-5, rtol=1e-5)


def test_its_gradients_equal_those_of_the_loop(kite):
    layer = MessageLayer(WIDTH, EDGE, True).double()
    nodes = torch.randn(6, WIDTH, dtype=torch.float64, requires_grad=True)
    edges = torch.randn(6, EDGE, dtype=torch.float64, requires_grad=True)
    actions = torch.rand(6, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, WIDTH, dtype=torch.float64)
    wanted = [nodes, edges, actions, *layer.parameters()]
    fast = torch.autograd.grad((layer(nodes, edges, kite, actions[None])[0] * weight).sum(), wanted)
    slow = torch.autograd.grad((slow_layer(layer, nodes, edges, kite, actions) * weight).sum(), wanted)
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("edge_dim", [0, EDGE])
def test_nodes_that_differ_between_samples_equal_one_sample_at_a_time(kite, edge_dim):
    layer = MessageLayer(WIDTH, edge_dim, True)
    nodes, edges, actions = torch.randn(3, 6, WIDTH), torch.randn(6, edge_dim), torch.rand(3, 6)
    together = layer(nodes, edges, kite, actions)
    for k in range(3):
        torch.testing.assert_close(together[k], layer(nodes[k], edges, kite, actions[k : k + 1])[0])


def test_a_node_without_neighbours_sees_zeros(kite):
    layer = MessageLayer(WIDTH, EDGE)
    nodes = torch.randn(6, WIDTH)
    own = functional.leaky_relu(layer.gamma_own(nodes[5]), 0.1)
    expected = layer.norm(nodes[5] + layer.gamma_last(own))
    torch.testing.assert_close(layer(nodes, torch.randn(6, EDGE), kite)[5], expected)


def test_cut_neighbours_count_less_only_through_the_second_mean(kite):
    layer = MessageLayer(WIDTH, EDGE, True)
    with torch.no_grad():
        layer.phi.action.weight.zero_()
    nodes, edges = torch.randn(6, WIDTH), torch.randn(6, EDGE)
    merged, cut = (layer(nodes, edges, kite, torch.full((1, 6), a)) for a in (0.0, 1.0))
    assert not torch.allclose(merged[0, :5], cut[0, :5])
    torch.testing.assert_close(merged[0, 5], cut[0, 5])
    with torch.no_grad():
        layer.gamma_merged.weight.zero_()
    merged, cut = (layer(nodes, edges, kite, torch.full((1, 6), a)) for a in (0.0, 1.0))
    torch.testing.assert_close(merged, cut)


@pytest.mark.parametrize("with_actions", [False, True])
def test_an_edge_output_does_not_know_which_end_comes_first(kite, with_actions):
    head = EdgeHead(WIDTH, EDGE, 2, with_actions)
    nodes, edges = torch.randn(6, WIDTH), torch.randn(6, EDGE)
    actions = torch.rand(3, 6) if with_actions else None
    turned = UnionGraph.single(kite.edge_index.flip(0), 6)
    one, other = head(nodes, edges, kite, actions), head(nodes, edges, turned, actions)
    torch.testing.assert_close(one, other, atol=1e-6, rtol=0)
    assert one.std(dim=-2).min() > 1e-3


def test_the_edge_head_equals_its_formula(kite):
    head = EdgeHead(WIDTH, EDGE, 2, True)
    nodes, edges, actions = torch.randn(6, WIDTH), torch.randn(6, EDGE), torch.rand(1, 6)
    out = head(nodes, edges, kite, actions)
    for e, (u, v) in enumerate(kite.edge_index.t().tolist()):
        one = first_layer(head.first, nodes[u], nodes[v], edges[e], actions[0, e : e + 1])
        other = first_layer(head.first, nodes[v], nodes[u], edges[e], actions[0, e : e + 1])
        torch.testing.assert_close(out[0, e], head.rest(one + other))


def test_degrees_of_the_union_graph(pair, kite):
    assert (1 / pair.inverse_degree[:, 0]).tolist() == [2, 2, 2, 1, 2, 2, 1]
    assert kite.inverse_degree[5].item() == 1
