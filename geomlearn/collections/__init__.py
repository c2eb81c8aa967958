"""Many shapes at once: maps between them, groups among them, and what drives them."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Collection": "geomlearn.collections.collection",
        "FindOptions": "geomlearn.collections.retrieval.options",
        "FrechetOptions": "geomlearn.collections.options",
        "Groups": "geomlearn.collections.subspace_clustering",
        "Index": "geomlearn.collections.retrieval.index",
        "Matched": "geomlearn.collections.pairs.matched",
        "NetworkOptions": "geomlearn.collections.options",
        "RigidParts": "geomlearn.collections.rigid_parts",
        "RigidPartsOptions": "geomlearn.collections.options",
        "ShapeModel": "geomlearn.collections.morphometrics.shape_model",
        "ShapeModelOptions": "geomlearn.collections.options",
        "SubspaceOptions": "geomlearn.collections.options",
        "Sufficient": "geomlearn.collections.sufficient_directions",
        "cluster_subspaces": "geomlearn.collections.subspace_clustering",
        "covariance_matrix": "geomlearn.collections.frechet_covariance",
        "find_directions": "geomlearn.collections.sufficient_directions",
        "index_shapes": "geomlearn.collections.retrieval.index",
        "match_pairs": "geomlearn.collections.pairs.run",
        "members_of": "geomlearn.collections.members",
        "open_index": "geomlearn.collections.retrieval.index",
        "open_matched": "geomlearn.collections.pairs.matched",
        "refine_network": "geomlearn.collections.networks.refine",
        "rigid_parts": "geomlearn.collections.rigid_parts",
        "shape_model": "geomlearn.collections.morphometrics.shape_model",
        "permutation_p_values": "geomlearn.collections.frechet_covariance",
    },
)
