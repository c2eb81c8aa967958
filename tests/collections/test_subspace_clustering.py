"""Subspace clustering: exact theory, identities of the losses, label-free stopping."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

from geomlearn.collections.options import SubspaceOptions
from geomlearn.collections.self_expression import (
    block_loss,
    express_layers,
    expression_loss,
    least_squares_representation,
)
from geomlearn.collections.spectral_groups import affinity, group_count, spectral_groups
from geomlearn.collections.subspace_clustering import cluster_subspaces
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status


def union(count: int, dimension: int, ambient: int, each: int, noise: float, seed: int = 0):
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        basis = np.linalg.qr(random.standard_normal((ambient, dimension)))[0]
        parts.append(random.standard_normal((each, dimension)) @ basis.T)
    samples = np.concatenate(parts) + noise * random.standard_normal((count * each, ambient))
    return samples, np.repeat(np.arange(count), each)


def accuracy(labels: np.ndarray, truth: np.ndarray) -> float:
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((labels.max() + 1, truth.max() + 1))
    np.add.at(table, (labels, truth), 1)
    return float(table[linear_sum_assignment(-table)].sum() / len(truth))


def test_1_independent_subspaces_give_blocks():
    samples, truth = union(4, 3, 20, 12, 0.0)
    found = least_squares_representation([samples], 1e-9)
    assert np.abs(found[truth[:, None] != truth]).max() < 1e-6
    assert np.diag(found) == pytest.approx(0)
    labels = spectral_groups(affinity(found, 3), 4)
    assert accuracy(labels, truth) == 1


def test_2_the_identity_would_win_without_the_mask():
    samples, _ = union(2, 2, 8, 10, 0.0)
    assert expression_loss(np.eye(20), [samples]) == 0
    found = express_layers(samples, SubspaceOptions(n_groups=2, dimension=2, max_epochs=200)).value
    assert (np.diag(found) == 0).all()


def test_3_and_4_the_block_loss():
    random = np.random.default_rng(1)
    found, labels = random.standard_normal((9, 9)), np.repeat([0, 1, 2], 3)
    root = np.sqrt(np.abs(found) + np.abs(found.T))
    q = np.eye(3)[labels]
    laplacian = np.diag(root.sum(1)) - root
    assert block_loss(found, labels) == pytest.approx(10 * np.trace(q.T @ laplacian @ q), abs=1e-10)
    pairs = 5 * sum(root[i, j] * np.sum((q[i] - q[j]) ** 2) for i in range(9) for j in range(9))
    assert block_loss(found, labels) == pytest.approx(pairs, abs=1e-10)
    assert block_loss(found, 2 - labels) == pytest.approx(block_loss(found, labels), abs=1e-12)
    blocks = np.where(labels[:, None] == labels, found, 0)
    assert block_loss(blocks, labels) == 0
    assert block_loss(found, labels) > 0


def test_5_so_many_a_column_ties_by_index():
    graph = affinity(np.ones((6, 6)) - np.eye(6), 2)
    halves = np.triu(graph)
    assert (graph == graph.T).all()
    assert halves[0, 1] == 1
    one_sided = np.argsort(-(np.ones((6, 6)) - np.eye(6)), axis=0, kind="stable")[:2]
    assert one_sided[:, 5].tolist() == [0, 1]


def test_6_an_exact_block_graph_returns_its_blocks():
    truth = np.repeat([0, 1, 2], [5, 7, 4])
    graph = (truth[:, None] == truth).astype(float) - np.eye(16)
    assert spectral_groups(graph, 3).tolist() == truth.tolist()
    assert group_count(graph, 8) == 3


def test_7_stages_find_the_groups_and_refining_loses_none():
    samples, truth = union(6, 4, 30, 40, 0.1)
    found = cluster_subspaces(samples, n_groups=6, dimension=9)
    assert accuracy(found.value.labels, truth) >= 0.97
    rough = cluster_subspaces(samples, n_groups=6, dimension=9, refine=False)
    assert accuracy(found.value.labels, truth) >= accuracy(rough.value.labels, truth) - 0.02


def test_7_stage_2_takes_more_than_half_of_the_loss():
    samples, _ = union(3, 2, 24, 12, 0.02)
    options = SubspaceOptions(n_groups=3, dimension=3, encoder="mlp", refine=False, max_epochs=300)
    # What C = 0 leaves is all of the power.
    assert express_layers(samples, options).stats["rest"] < 0.5


def test_8_no_labels_are_taken_and_nothing_else_sways_the_result():
    assert set(inspect.signature(cluster_subspaces).parameters) == {"samples", "options", "progress", "changes"}
    samples, _ = union(3, 2, 12, 10, 0.05)
    options = SubspaceOptions(n_groups=3, dimension=3, encoder="mlp", max_epochs=60)
    one = cluster_subspaces(samples, options).value
    told: list[tuple] = []
    torch.manual_seed(9)
    two = cluster_subspaces(samples, options, progress=Progress(lambda *words: told.append(words))).value
    assert told
    assert (one.labels == two.labels).all()
    assert (one.representation == two.representation).all()


def test_9_the_closed_form_is_ridge_regression_on_the_others():
    samples = np.random.default_rng(2).standard_normal((7, 12))
    found = least_squares_representation([samples], 0.3)
    for i in range(7):
        others = np.delete(samples, i, 0)
        expected = np.linalg.solve(others @ others.T + 0.3 * np.eye(6), others @ samples[i])
        assert np.delete(found[i], i) == pytest.approx(expected, abs=1e-8)


def test_10_the_order_of_samples_does_not_matter():
    samples, truth = union(3, 2, 12, 15, 0.02)
    order = np.random.default_rng(3).permutation(45)
    one = cluster_subspaces(samples, n_groups=3, dimension=3, max_epochs=400).value.labels
    two = cluster_subspaces(samples[order], n_groups=3, dimension=3, max_epochs=400).value.labels
    assert accuracy(two, one[order]) == 1
    assert accuracy(one, truth) == 1


def test_11_it_stops_by_itself_on_data_of_the_size_of_orl():
    samples, _ = union(40, 3, 64, 10, 0.02)
    options = SubspaceOptions(n_groups=40, dimension=9, encoder="mlp", refine=False, tolerance=0.1, check_every=50)
    found = express_layers(samples, options)
    assert found.status is Status.CONVERGED
    assert found.stats["epochs"] < options.max_epochs == 700


def test_the_number_of_groups_is_found_and_later_samples_join_them():
    samples, truth = union(4, 3, 20, 40, 0.01)
    some = np.concatenate([np.arange(start, start + 30) for start in range(0, 160, 40)])
    found = cluster_subspaces(samples[some], dimension=4, max_epochs=600)
    assert found.value.n_groups == 4
    rest = np.setdiff1d(np.arange(160), some)
    assert accuracy(found.value.assign(samples[rest]), truth[rest]) == 1
    large = cluster_subspaces(samples, n_groups=4, dimension=4, max_epochs=600, n_most=100)
    assert large.stats["n_clustered"] == 100
    assert accuracy(large.value.labels, truth) == 1


@pytest.mark.parametrize("encoder", ["mlp", "conv"])
def test_encoders_add_layers(encoder):
    samples, _ = union(3, 2, 64, 15, 0.02)
    options = {"encoder": encoder, "side": 8, "max_epochs": 200, "check_every": 25}
    found = cluster_subspaces(np.abs(samples), n_groups=3, dimension=3, **options)
    assert found.stats["layers"] == (3 if encoder == "mlp" else 4)
    stages = {stage: [row for row in found.history if row["stage"] == stage] for stage in (1, 2, 3)}
    assert stages[2][-1]["loss"] < 0.7 * stages[2][0]["loss"]
    assert stages[3]


def test_bad_input_is_said():
    with pytest.raises(SizeMismatch, match=r"must be \(n, d\)"):
        cluster_subspaces(np.ones(5))
    with pytest.raises(ParameterError, match="5 samples do not make 3"):
        cluster_subspaces(np.ones((5, 2)), n_groups=3)
    with pytest.raises(ParameterError, match="not finite"):
        cluster_subspaces(np.full((9, 2), np.nan))
    with pytest.raises(ParameterError, match="square pictures"):
        cluster_subspaces(np.random.default_rng(0).random((9, 10)), n_groups=2, encoder="conv")
