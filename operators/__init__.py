"""Maps between functions: equations on surfaces, and operators learned from their solutions."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Dataset": "geomlearn.operators.data.samples",
        "DeepONet": "geomlearn.operators.baselines.deeponet",
        "FNO": "geomlearn.operators.baselines.fno",
        "FieldSeries": "geomlearn.operators.fields.series",
        "GeoFNO": "geomlearn.operators.baselines.fno",
        "LaplaceSpectral": "geomlearn.operators.baselines.laplace_spectral",
        "LatentSpectralIrregular": "geomlearn.operators.latent_spectral.irregular_model",
        "LatentSpectralModel": "geomlearn.operators.latent_spectral.grid_model",
        "LatentSpectralShapes": "geomlearn.operators.latent_spectral.shape_model",
        "SSMLayer": "geomlearn.operators.sequence.layer",
        "Samples": "geomlearn.operators.data.samples",
        "SequenceBlock": "geomlearn.operators.sequence.block",
        "SequenceModel": "geomlearn.operators.sequence.model",
        "TrainingOptions": "geomlearn.operators.training.options",
        "Transolver": "geomlearn.operators.baselines.transolver",
        "UNet": "geomlearn.operators.baselines.unet",
        "evaluate": "geomlearn.operators.models.prediction",
        "generate": "geomlearn.operators.data.generate",
        "parameter_groups": "geomlearn.operators.sequence.parameter_groups",
        "predict": "geomlearn.operators.models.prediction",
        "read_dataset": "geomlearn.operators.data.files",
        "solve": "geomlearn.operators.fields.solve",
        "train_operator": "geomlearn.operators.models.learning",
    },
)
