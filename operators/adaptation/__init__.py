"""Trained operators adapted to new samples: low-rank changes, their files, and several of them as one."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Adapter": "geomlearn.operators.adaptation.attached",
        "AdaptationOptions": "geomlearn.operators.adaptation.options",
        "Condition": "geomlearn.operators.adaptation.orthogonal.condition",
        "MergeOptions": "geomlearn.operators.adaptation.options",
        "OrthogonalOptions": "geomlearn.operators.adaptation.orthogonal.options",
        "adapt": "geomlearn.operators.adaptation.learning",
        "crosstalk": "geomlearn.operators.adaptation.orthogonal.crosstalk",
        "disabled": "geomlearn.operators.adaptation.attached",
        "drift": "geomlearn.operators.adaptation.low_rank.singular_drift",
        "load_adapted": "geomlearn.operators.adaptation.adapted",
        "load_adapter": "geomlearn.operators.adaptation.adapter_files",
        "load_conditions": "geomlearn.operators.adaptation.orthogonal.condition_files",
        "merge": "geomlearn.operators.adaptation.merging",
        "merge_conditions": "geomlearn.operators.adaptation.orthogonal.slots",
        "orthonormality": "geomlearn.operators.adaptation.low_rank.sorsa",
        "put_on": "geomlearn.operators.adaptation.adapted",
        "read_peft_folder": "geomlearn.operators.adaptation.peft_folder",
        "save_adapter": "geomlearn.operators.adaptation.adapter_files",
        "save_conditions": "geomlearn.operators.adaptation.orthogonal.condition_files",
        "take_off": "geomlearn.operators.adaptation.adapted",
        "write_peft_folder": "geomlearn.operators.adaptation.peft_folder",
    },
)
