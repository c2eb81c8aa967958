"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.collections.collection import Collection as Collection
from geomlearn.collections.frechet_covariance import covariance_matrix as covariance_matrix
from geomlearn.collections.frechet_covariance import permutation_p_values as permutation_p_values
from geomlearn.collections.members import members_of as members_of
from geomlearn.collections.morphometrics.shape_model import ShapeModel as ShapeModel
from geomlearn.collections.morphometrics.shape_model import shape_model as shape_model
from geomlearn.collections.networks.refine import refine_network as refine_network
from geomlearn.collections.options import FrechetOptions as FrechetOptions
from geomlearn.collections.options import NetworkOptions as NetworkOptions
from geomlearn.collections.options import RigidPartsOptions as RigidPartsOptions
from geomlearn.collections.options import ShapeModelOptions as ShapeModelOptions
from geomlearn.collections.options import SubspaceOptions as SubspaceOptions
from geomlearn.collections.pairs.matched import Matched as Matched
from geomlearn.collections.pairs.matched import open_matched as open_matched
from geomlearn.collections.pairs.run import match_pairs as match_pairs
from geomlearn.collections.retrieval.index import Index as Index
from geomlearn.collections.retrieval.index import index_shapes as index_shapes
from geomlearn.collections.retrieval.index import open_index as open_index
from geomlearn.collections.retrieval.options import FindOptions as FindOptions
from geomlearn.collections.rigid_parts import RigidParts as RigidParts
from geomlearn.collections.rigid_parts import rigid_parts as rigid_parts
from geomlearn.collections.subspace_clustering import Groups as Groups
from geomlearn.collections.subspace_clustering import cluster_subspaces as cluster_subspaces
from geomlearn.collections.sufficient_directions import Sufficient as Sufficient
from geomlearn.collections.sufficient_directions import find_directions as find_directions
