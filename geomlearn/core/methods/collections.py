"""Rows of the method table: many shapes at once."""

from __future__ import annotations

from geomlearn.core.methods.method import Method

ROWS = (
    Method(
        key="subspace-clustering",
        title="Self-supervised subspace clustering",
        kind="collection",
        target="geomlearn.collections.subspace_clustering:cluster_subspaces",
        options="geomlearn.collections.options:SubspaceOptions",
        paper="Sindičić & Kopriva, Label-independent Hyperparameter-free Self-supervised Deep Subspace Clustering",
        year=2025,
        arxiv="2504.18179",
        summary="Groups of samples that lie near a union of subspaces, found without labels or weights to tune.",
        equation=("C = argmin Σ_l ‖H_l − C H_l‖²,  diag C = 0", "then 10 tr(Qᵀ L^{½} Q) → min, Q its own groups"),
        use="groups differ by how their members vary (parts by their motion), not by where their means are.",
        avoid="groups are compact blobs: k-means is as good and much faster.",
        needs=("torch",),
        benchmark="collections subspaces",
    ),
    Method(
        key="fccov",
        title="Fréchet cumulative covariance",
        kind="collection",
        target="geomlearn.collections.sufficient_directions:find_directions",
        options="geomlearn.collections.options:FrechetOptions",
        paper="Yuan, Wang & Yu, Fréchet Cumulative Covariance Net",
        year=2025,
        arxiv="2502.15374",
        summary="The few functions of predictors on which object-valued responses depend.",
        equation=("c_ij = Cov(f(X), 1{d(Y, y_i) ≤ d(y_j, y_i)})", "f = argmax κ·mean ‖c_ij‖² − ‖Cov f(X) − I‖²"),
        use="responses are no vectors (shapes, fields, maps), and one wants to know which inputs they answer to.",
        avoid="linear is asked of an even link (the response depends on x²): it sees nothing there; ask for deep.",
        benchmark="collections drivers",
    ),
    Method(
        key="rigid-parts",
        title="Rigid parts of an animated shape",
        kind="collection",
        target="geomlearn.collections.rigid_parts:rigid_parts",
        options="geomlearn.collections.options:RigidPartsOptions",
        paper="James & Twigg, Skinning Mesh Animations",
        year=2005,
        summary="Segments frames in correspondence into parts that move rigidly, as many as explain the motion.",
        equation=(
            "R_i(f) = argmin_R Σ_j ‖x_j(f) − x_i(f) − R (x_j(0) − x_i(0))‖²",
            "Ward's tree of R",
        ),
        use="a skeleton is sought for poses or a scan sequence in correspondence.",
        avoid="flesh bends everywhere: there are no rigid parts then, and `unexplained` says so.",
        benchmark="collections bones",
    ),
    Method(
        key="map-network",
        title="Functional map network",
        kind="collection",
        target="geomlearn.collections.networks.refine:refine_network",
        options="geomlearn.collections.options:NetworkOptions",
        paper="Huang, Wang & Guibas, Functional Map Networks for Analyzing and Exploring Large Shape Collections",
        year=2014,
        summary="Finds the maps that contradict the others of a collection, and makes all consistent.",
        equation=(
            "e_ij = median_k ‖T_kj T_ik − T_ij‖",
            "min Σ w_ij ‖C_ij Y_i − Y_j‖²,  Σ Y_iᵀ Y_i = n I,  C_ij = Y_j Y_i⁺",
        ),
        use="the shapes are of one kind and some maps are wrong; the others then outvote them.",
        avoid="most maps are wrong, or wrong in the same way (all mirrored): cycles do not see that.",
        needs=("torch",),
        benchmark="collections network",
    ),
)
