"""Clusters of samples that lie near a union of subspaces, found without labels and without weights to tune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geomlearn.collections.options import SubspaceOptions
from geomlearn.collections.spectral_groups import affinity, group_count, spectral_groups
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result


@dataclass(frozen=True, eq=False)
class Groups:
    """Clusters and what they were found from.

    Attributes
    ----------
    labels          (n,) 0 … K − 1.
    representation  (s, s) C: row i expresses sample i by the others, over the samples that were clustered themselves.
    affinity        (s, s) symmetric, d coefficients a sample.
    centres, bases  a mean (d,) and an orthonormal basis (q, d) for each cluster: they take samples in that come later.
    """

    labels: np.ndarray
    representation: np.ndarray
    affinity: np.ndarray
    centres: tuple[np.ndarray, ...]
    bases: tuple[np.ndarray, ...]

    @property
    def n_groups(self) -> int:
        return len(self.centres)

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(m,) cluster whose affine subspace is nearest to each of samples (m, d)."""
        rests = []
        for centre, basis in zip(self.centres, self.bases, strict=True):
            offset = samples - centre
            rests.append(np.sum(offset**2, 1) - np.sum((offset @ basis.T) ** 2, 1))
        return np.argmin(rests, axis=0)


def cluster_subspaces(
    samples: np.ndarray, options: SubspaceOptions | None = None, *, progress: Progress = SILENT, **changes: Any
) -> Result[Groups]:
    """Group samples that lie near few low-dimensional subspaces.

    1. an autoencoder is trained to render the samples (left out with `encoder="none"`);
    2. one matrix C expresses every layer by itself, min Σ_l ‖H_l − C H_l‖²_F, diag C = 0      (equation 1);
       without an encoder in closed form, with the power of one sample as the ridge              (equation 3)
    3. C is refined from its own pseudo-labels Q, min 10 tr(Qᵀ L^{½} Q),  W^{½} = (|C| + |Cᵀ|)^{∘½}  (equation 2)
    and d coefficients a sample go into spectral clustering. Stages stop by themselves.

    Parameters
    ----------
    samples  (n, d), one a row: vertex trajectories, spectral coefficients, pictures.
    options  number of groups (or none: by the gap of the affinity's eigenvalues), dimension, encoder.

    Returns
    -------
    Result of Groups; history has the loss of each check, stats the epochs of each stage.

    Raises
    ------
    ParameterError   values are not finite, or fewer samples than twice the groups.

    Use when …   groups differ by how their members vary (parts by their motion), not by where their means are.
    Avoid when … groups are compact blobs: k-means is as good and much faster.
    Source   Sindičić & Kopriva 2025, arXiv 2504.18179.
    Differs  1. The diagonal of C is held at zero: without it C = I is the minimum. 2. The loss that keeps distances is
             left out: its minimum is a collapsed encoder. 3. Stages stop when C, or the labels, hardly change; the
             released script runs fixed epochs. 4. Beyond `n_most` samples a subset is clustered, the rest assigned.
    """
    # torch is imported with the network, not with the room.
    from geomlearn.collections.self_expression import express_layers

    options = (options or SubspaceOptions()).replace(**changes)
    samples = _checked(samples, options)
    random = np.random.default_rng(options.seed)
    n = len(samples)
    chosen = np.arange(n) if n <= options.n_most else np.sort(random.permutation(n)[: options.n_most])
    expressed = express_layers(samples[chosen], options, progress=progress)
    graph = affinity(expressed.value, options.dimension)
    count = options.n_groups or group_count(graph, options.most_groups)
    inside = spectral_groups(graph, count, seed=options.seed)
    members = [samples[chosen][inside == group] for group in range(count)]
    centres = tuple(part.mean(0) for part in members)
    bases = tuple(np.linalg.svd(part - part.mean(0), full_matrices=False)[2][: options.dimension] for part in members)
    groups = Groups(inside, expressed.value, graph, centres, bases)
    if n > len(chosen):
        labels = groups.assign(samples)
        labels[chosen] = inside
        groups = Groups(labels, expressed.value, graph, centres, bases)
    stats = {**expressed.stats, "n_groups": count, "n_clustered": len(chosen)}
    sentence = f"{count} groups of {np.bincount(groups.labels, minlength=count).tolist()} samples. {expressed.sentence}"
    return Result(groups, expressed.status, sentence, expressed.history, stats)


def _checked(samples: np.ndarray, options: SubspaceOptions) -> np.ndarray:
    samples = np.asarray(samples, float)
    if samples.ndim != 2:
        raise SizeMismatch(f"Samples must be (n, d); got {samples.shape}.", "Give one sample a row.")
    if not np.isfinite(samples).all():
        raise ParameterError("Samples hold values that are not finite.", "Leave those rows out, or fill them.")
    least = 2 * (options.n_groups or 2)
    if len(samples) < least:
        raise ParameterError(f"{len(samples)} samples do not make {least // 2} groups.", f"Give at least {least}.")
    return samples
