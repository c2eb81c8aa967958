"""Cleaning of scans: each step gives a new shape and says where every vertex of it comes from."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Cleaned": "geomlearn.shapes.cleaning.cleaned",
        "CleanOptions": "geomlearn.shapes.cleaning.options",
        "clean": "geomlearn.shapes.cleaning.pipeline",
        "decimate": "geomlearn.shapes.cleaning.resampling",
        "drop_islands": "geomlearn.shapes.cleaning.islands",
        "drop_outliers": "geomlearn.shapes.cleaning.outliers",
        "fill": "geomlearn.shapes.cleaning.holes.fill",
        "orient": "geomlearn.shapes.cleaning.orientation",
        "keep_largest": "geomlearn.shapes.cleaning.pieces",
        "reconstruct": "geomlearn.shapes.cleaning.reconstruction",
        "remesh": "geomlearn.shapes.cleaning.resampling",
        "smooth": "geomlearn.shapes.cleaning.smoothing",
        "subsample": "geomlearn.shapes.cleaning.resampling",
        "weld_vertices": "geomlearn.shapes.cleaning.pieces",
        "rescale": "geomlearn.shapes.cleaning.frame",
        "turn_up": "geomlearn.shapes.cleaning.frame",
    },
)
