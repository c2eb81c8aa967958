"""Options of the collections' methods; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options


class SubspaceOptions(Options):
    """Groups of samples near a union of subspaces."""

    n_groups: int | None = Field(
        default=None, ge=1, le=1000, description="How many groups; absent, by the gap of the affinity's eigenvalues."
    )
    most_groups: int = Field(default=20, ge=2, le=1000, description="Most groups that are looked for.")
    dimension: int = Field(
        default=9, ge=1, le=1000, description="Coefficients kept a sample: 4 for trajectories of rigid parts."
    )
    encoder: Literal["none", "mlp", "conv"] = Field(
        default="none",
        description="Autoencoder whose layers are expressed beside the input.",
    )
    side: int | None = Field(default=None, ge=4, le=4096, description="Pixels along a side of a picture, for conv.")
    refine: bool = Field(default=True, description="Refine the coefficients by their own pseudo-labels.")
    tolerance: float = Field(
        default=0.1, gt=0, lt=1, description="Relative change between checks below which a stage stops."
    )
    check_every: int = Field(default=50, ge=1, le=10_000, description="Epochs between checks.")
    max_epochs: int = Field(default=700, ge=1, le=1_000_000, description="Most epochs of a stage.")
    n_most: int = Field(default=5000, ge=10, le=50_000, description="Samples beyond which a subset is clustered.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of weights, subset and k-means.")


class FamilyOptions(SubspaceOptions):
    """Families among shapes, described by few numbers each."""

    dimension: int = Field(default=5, ge=1, le=1000, description="Coefficients kept a shape.")


class FrechetOptions(Options):
    """Directions of predictors on which object-valued responses depend."""

    n_directions: int = Field(default=2, ge=1, le=50, description="Sufficient coordinates.")
    way: Literal["linear", "deep"] = Field(
        default="linear", description="Closed form, blind to even links; or a network, for any link."
    )
    n_permutations: int = Field(default=200, ge=0, le=100_000, description="Permutations behind the p-values.")
    hidden: tuple[int, ...] = Field(default=(64, 32), description="Widths of the network.")
    dependence: float = Field(
        default=20.0, gt=0, le=1e6, description="Weight κ·d of the dependence beside the covariance penalty."
    )
    rate: float = Field(default=5e-3, gt=0, le=1, description="Rate of Adam.")
    decay: float = Field(default=1e-4, ge=0, le=1, description="Weight decay.")
    batch_size: int = Field(default=400, ge=20, le=100_000, description="Samples of one step; 150 or more.")
    epochs: int = Field(default=150, ge=1, le=100_000, description="Most epochs; the best on a held-out fifth counts.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of weights, split and permutations.")


class RigidPartsOptions(Options):
    """Parts of an animated shape that move rigidly."""

    n_parts: int | None = Field(
        default=None, ge=1, le=1000, description="How many; absent, the fewest that explain the motion."
    )
    most_parts: int = Field(default=40, ge=2, le=1000, description="Most parts that are tried when none are asked for.")
    unexplained: float = Field(
        default=4e-4, gt=0, lt=1, description="Share of the squared motion that parts may leave unexplained."
    )


class NetworkOptions(Options):
    """Maps of a collection made consistent through a latent basis."""

    k: int = Field(
        default=30,
        ge=4,
        le=200,
        description="Modes of each shape in the latent basis.",
        json_schema_extra={"unit": "modes"},
    )


class ShapeModelOptions(Options):
    """Mean and modes of variation of shapes in correspondence."""

    scaling: bool = Field(default=True, description="Take size off as well as place and turn.")
    explained: float = Field(
        default=0.99, gt=0, le=1, description="Share of the variance that the kept modes explain together."
    )
    most_modes: int = Field(default=30, ge=1, le=1000, description="Most modes kept.")
