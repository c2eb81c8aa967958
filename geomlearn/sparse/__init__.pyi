"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.sparse.codes import debiased as debiased
from geomlearn.sparse.codes import sparse_codes as sparse_codes
from geomlearn.sparse.codes import weight_for_activity as weight_for_activity
from geomlearn.sparse.dictionary import SparseDictionary as SparseDictionary
from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary as OnlineOrthogonalDictionary
from geomlearn.sparse.options import CodeOptions as CodeOptions
from geomlearn.sparse.options import DictionaryOptions as DictionaryOptions
from geomlearn.sparse.options import OnlineDictionaryOptions as OnlineDictionaryOptions
from geomlearn.sparse.options import UnfoldedOptions as UnfoldedOptions
from geomlearn.sparse.patches import DiskPatches as DiskPatches
from geomlearn.sparse.patches import disk_patches as disk_patches
from geomlearn.sparse.penalties import PENALTIES as PENALTIES
from geomlearn.sparse.penalties import penalty as penalty
from geomlearn.sparse.unfolded import UnfoldedSolver as UnfoldedSolver
from geomlearn.sparse.unfolded_training import train_unfolded as train_unfolded
