"""Penalties that keep layers near isometries, and what near-orthogonal maps are good for: aligning feature spaces."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Alignment": "geomlearn.regularizers.alignment",
        "SurrogateSharpness": "geomlearn.regularizers.ignite",
        "align_features": "geomlearn.regularizers.alignment",
        "conv_reports": "geomlearn.regularizers.layer_spectra",
        "lambda_orthogonality": "geomlearn.regularizers.lambda_orthogonality",
        "layer_singular_values": "geomlearn.regularizers.layer_spectra",
        "orthogonal_conv": "geomlearn.regularizers.orthogonal_conv",
        "orthogonal_dense": "geomlearn.regularizers.orthogonal_conv",
        "procrustes": "geomlearn.regularizers.alignment",
    },
)
