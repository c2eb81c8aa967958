"""Spectral bases, correspondence and learning on meshes and point clouds: ``import geomlearn as gl``.

Nothing is imported before it is asked for. The types of all names stand in ``__init__.pyi``.
"""

from geomlearn.core.lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Cloud": "geomlearn.api.shapes",
        "Collection": "geomlearn.collections.collection",
        "Curves": "geomlearn.shapes.drawn.curves",
        "Field": "geomlearn.api.fields",
        "GeomError": "geomlearn.core.errors",
        "Laplacian": "geomlearn.spectral.laplacian",
        "Basis": "geomlearn.spectral.basis",
        "Match": "geomlearn.api.matching",
        "Mesh": "geomlearn.api.shapes",
        "Options": "geomlearn.core.options",
        "Progress": "geomlearn.core.progress",
        "Result": "geomlearn.core.results",
        "Shape": "geomlearn.shapes.shape",
        "Status": "geomlearn.core.results",
        "Vectors": "geomlearn.shapes.drawn.vectors",
        "as_shape": "geomlearn.shapes.exchange",
        "check": "geomlearn.api.shapes",
        "clean": "geomlearn.api.shapes",
        "distances": "geomlearn.api.spectra",
        "eigenbasis": "geomlearn.api.spectra",
        "evaluate": "geomlearn.api.matching",
        "forecast": "geomlearn.api.forecasts",
        "gradient": "geomlearn.api.spectra",
        "hks": "geomlearn.api.spectra",
        "laplacian": "geomlearn.api.spectra",
        "load_model": "geomlearn.api.learning",
        "match": "geomlearn.api.matching",
        "methods": "geomlearn.api.about",
        "read": "geomlearn.api.shapes",
        "render": "geomlearn.api.pictures",
        "restoration": "geomlearn.restoration:",
        "samples": "geomlearn.api.learning",
        "save_model": "geomlearn.api.learning",
        "sense": "geomlearn.sensing:",
        "sparse": "geomlearn.sparse:",
        "show": "geomlearn.api.pictures",
        "solve": "geomlearn.api.fields",
        "to_pyvista": "geomlearn.shapes.exchange",
        "to_torch_geometric": "geomlearn.shapes.exchange",
        "to_trimesh": "geomlearn.shapes.exchange",
        "train": "geomlearn.api.learning",
        "wks": "geomlearn.api.spectra",
        "tuning": "geomlearn.tuning:",
        "write": "geomlearn.api.shapes",
    },
)
