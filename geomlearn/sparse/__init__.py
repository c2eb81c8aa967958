"""Few numbers for a field: penalties that make codes sparse, dictionaries, and solvers with learned steps."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "CodeOptions": "geomlearn.sparse.options",
        "DictionaryOptions": "geomlearn.sparse.options",
        "DiskPatches": "geomlearn.sparse.patches",
        "OnlineDictionaryOptions": "geomlearn.sparse.options",
        "OnlineOrthogonalDictionary": "geomlearn.sparse.online_dictionary",
        "PENALTIES": "geomlearn.sparse.penalties",
        "SparseDictionary": "geomlearn.sparse.dictionary",
        "UnfoldedOptions": "geomlearn.sparse.options",
        "UnfoldedSolver": "geomlearn.sparse.unfolded",
        "debiased": "geomlearn.sparse.codes",
        "disk_patches": "geomlearn.sparse.patches",
        "penalty": "geomlearn.sparse.penalties",
        "sparse_codes": "geomlearn.sparse.codes",
        "train_unfolded": "geomlearn.sparse.unfolded_training",
        "weight_for_activity": "geomlearn.sparse.codes",
    },
)
