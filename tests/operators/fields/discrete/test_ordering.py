import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.ordering import nested_dissection


def test_every_unknown_once(icosphere):
    domain = build_domain(icosphere(3))
    order = nested_dissection(domain.points, domain.stiffness)
    np.testing.assert_array_equal(np.sort(order), np.arange(domain.n_unknowns))


def test_less_fill_than_the_order_of_superlu(icosphere):
    domain = build_domain(icosphere(5))
    matrix = sp.csr_array(sp.diags_array(domain.mass) + 0.1 * domain.stiffness)
    order = nested_dissection(domain.points, domain.stiffness)
    ours = splu(matrix[order][:, order].tocsc(), permc_spec="NATURAL", options={"SymmetricMode": True})
    assert ours.nnz < 0.8 * splu(matrix.tocsc()).nnz


def test_points_that_cannot_be_told_apart():
    graph = sp.csr_array(np.ones((200, 200)))
    np.testing.assert_array_equal(np.sort(nested_dissection(np.zeros((200, 3)), graph)), np.arange(200))


def test_the_first_seam_comes_last_and_separates(square):
    from scipy.sparse.csgraph import connected_components

    domain = build_domain(square(20))
    order = nested_dissection(domain.points, domain.stiffness)
    rest = order[:-21]
    assert connected_components(domain.stiffness[rest][:, rest])[0] == 2
