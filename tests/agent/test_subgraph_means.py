import torch

from rlseg.agent.subgraph_means import covering_mean, flatten, mean_or_zero, subgraph_mean

SUBGRAPHS = {2: torch.tensor([[0, 1], [1, 3]]), 3: torch.tensor([[1, 2, 3]]), 9: torch.zeros(0, 9).long()}


def test_sub_graph_values_are_the_means_of_their_edges():
    values = torch.randn(4, 6)
    means = subgraph_mean(values, SUBGRAPHS)
    assert {k: tuple(m.shape) for k, m in means.items()} == {2: (4, 2), 3: (4, 1), 9: (4, 0)}
    for sample in range(4):
        torch.testing.assert_close(means[2][sample, 1], (values[sample, 1] + values[sample, 3]) / 2)
        torch.testing.assert_close(means[3][sample, 0], values[sample, 1:4].mean())


def test_an_edge_gets_the_mean_over_the_sub_graphs_that_hold_it():
    values = {2: torch.tensor([[1.0, 2.0]]), 3: torch.tensor([[6.0]]), 9: torch.zeros(1, 0)}
    otherwise = torch.full((1, 6), -7.0)
    found = covering_mean(values, SUBGRAPHS, otherwise)
    torch.testing.assert_close(found, torch.tensor([[1.0, 3.0, 6.0, 4.0, -7.0, -7.0]]))


def test_sizes_lie_side_by_side_in_ascending_order():
    values = {3: torch.tensor([[3.0]]), 2: torch.tensor([[1.0, 2.0]])}
    assert flatten(values).tolist() == [[1.0, 2.0, 3.0]]
    assert flatten({}, 5).shape == (5, 0)


def test_the_mean_of_nothing_is_zero_with_a_zero_gradient():
    weight = torch.ones(3, requires_grad=True)
    loss = mean_or_zero(weight[:0])
    loss.backward()
    assert loss.item() == 0
    assert weight.grad.tolist() == [0, 0, 0]
    assert mean_or_zero(torch.tensor([[1.0, 3.0]])).item() == 2
